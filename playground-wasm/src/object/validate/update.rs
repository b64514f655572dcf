//! What a second apply of an object may not change (`Validate...Update` of `pkg/apis/*/validation`).

use super::At;
use super::service::cluster_ips;
use crate::object::error::Errors;
use crate::text::{Node, Value};

const IMMUTABLE: &str = "field is immutable";

/// Judges an object that takes the place of an earlier one of the same kind and name.
pub fn update(kind: &str, before: &Node, after: &Node, errors: &mut Errors) {
    let (old, new) = (At::root(before), At::root(after));
    let (old_spec, new_spec) = (old.field("spec"), new.field("spec"));
    match kind {
        "Service" => service(old_spec, new_spec, errors),
        "Deployment" | "ReplicaSet" | "DaemonSet" => same(old_spec.field("selector"), new_spec.field("selector"), IMMUTABLE, errors),
        "StatefulSet" => stateful_set(old_spec, new_spec, errors),
        "Job" => job(old_spec, new_spec, errors),
        "Pod" => pod(old_spec, new_spec, errors),
        "Node" => node(old_spec, new_spec, errors),
        "ConfigMap" | "Secret" => data(kind, old, new, errors),
        "EndpointSlice" => same(old.field("addressType"), new.field("addressType"), IMMUTABLE, errors),
        "IngressClass" => same(old_spec.field("controller"), new_spec.field("controller"), IMMUTABLE, errors),
        "GatewayClass" => same(old_spec.field("controllerName"), new_spec.field("controllerName"), "Value is immutable", errors),
        _ => {}
    }
}

/// `ValidateImmutableField`.
fn same(old: At<'_, '_>, new: At<'_, '_>, detail: &str, errors: &mut Errors) {
    if !equal(old.node(), new.node()) {
        new.invalid(errors, detail);
    }
}

/// Whether two values say the same, wherever they stand.
fn equal(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.map(|node| &node.value), b.map(|node| &node.value)) {
        (None, None) => true,
        (Some(Value::Scalar(a)), Some(Value::Scalar(b))) => a == b,
        (Some(Value::Seq(a)), Some(Value::Seq(b))) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(Some(a), Some(b))),
        (Some(Value::Map(a)), Some(Value::Map(_))) => {
            let b = b.unwrap_or(&EMPTY);
            let count = if let Value::Map(entries) = &b.value { entries.len() } else { 0 };
            a.len() == count && a.iter().all(|(key, value)| b.get(&key.text).is_some_and(|other| equal(Some(value), Some(other))))
        }
        _ => false,
    }
}

static EMPTY: Node = Node { span: crate::text::Span { line: 0, column: 0, end_line: 0, end_column: 0 }, value: Value::Map(Vec::new()) };

fn service(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let is = |spec: At<'_, '_>, kind: &str| spec.field("type").text() == kind;
    if is(old, "ExternalName") || is(new, "ExternalName") {
        return;
    }
    let (before, after) = (cluster_ips(old), cluster_ips(new));
    let list = new.field("clusterIPs");
    // An apply that names no address keeps those that there are.
    for (index, (old_ip, new_ip)) in before.iter().zip(&after).enumerate() {
        if old_ip != new_ip {
            list.index(index).invalid_value(errors, new_ip, "may not change once set");
        }
    }
    let single = new.field("ipFamilyPolicy").text() == "SingleStack";
    if before.len() == 2 && after.len() == 1 && !single {
        new.field("ipFamilyPolicy").invalid(errors, "must be set to 'SingleStack' when releasing the secondary clusterIP");
    }
    let headless = |ips: &[&str]| ips == ["None"];
    let (old_families, families) = (old.field("ipFamilies"), new.field("ipFamilies"));
    if !headless(&before) && !headless(&after) {
        for (a, b) in old_families.items().zip(families.items()) {
            if a.text() != b.text() {
                families.index(0).invalid(errors, "may not change once set");
            }
        }
        if old_families.items().count() == 2 && families.items().count() == 1 && !single {
            new.field("ipFamilyPolicy").invalid(errors, "must be set to 'SingleStack' when releasing the secondary ipFamily");
        }
    }
    if is(old, "LoadBalancer") && is(new, "LoadBalancer") {
        same(old.field("loadBalancerClass"), new.field("loadBalancerClass"), "may not change once set", errors);
        let check = new.field("healthCheckNodePort");
        if check.is_set() && old.field("healthCheckNodePort").is_set() && check.number() != old.field("healthCheckNodePort").number() {
            check.forbidden(errors, IMMUTABLE);
        }
    }
}

/// Of a Job that runs as many pods as it has indexes, both may change together (elastic Indexed Jobs).
fn job(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let completions = new.field("completions");
    let before = old.field("completions");
    // Of a Job that says neither there is one pod; an apply that never said it leaves it alone.
    let default = (!old.field("parallelism").is_set()).then_some(1);
    let changed = if completions.is_set() { before.number().or(default) != completions.number() } else { before.is_set() };
    let mode = |spec: At<'_, '_>| spec.field("completionMode").text() == "Indexed";
    if changed {
        if !mode(new) {
            completions.invalid(errors, IMMUTABLE);
        } else if completions.is_set() && completions.number() != Some(new.field("parallelism").number().unwrap_or(1)) {
            completions.invalid(errors, "can only be modified in tandem with spec.parallelism");
        }
    }
    if mode(old) != mode(new) {
        new.field("completionMode").invalid(errors, IMMUTABLE);
    }
    for field in ["selector", "template", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        same(old.field(field), new.field(field), IMMUTABLE, errors);
    }
}

fn node(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let fixed = |field: &'static str, said: &'static str, detail: &str, errors: &mut Errors| {
        if !old.field(field).is_empty() && !equal(old.field(field).node(), new.field(field).node()) {
            new.field(said).forbidden(errors, detail);
        }
    };
    let cidrs = if old.field("podCIDRs").is_empty() { "podCIDR" } else { "podCIDRs" };
    fixed(cidrs, "podCIDRs", "node updates may not change podCIDR except from \"\" to valid", errors);
    fixed("providerID", "providerID", "node updates may not change providerID except from \"\" to valid", errors);
}

fn stateful_set(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let fixed = ["selector", "serviceName", "volumeClaimTemplates"];
    let policy = |spec: At<'_, '_>| spec.field("podManagementPolicy").text_or("OrderedReady") == "OrderedReady";
    if policy(old) != policy(new) || fixed.into_iter().any(|field| !equal(old.field(field).node(), new.field(field).node())) {
        new.forbidden(
            errors,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

/// What a pod has whether or not its manifest says so: an apply that no longer says it changes nothing that can be told here.
const DEFAULTED: &[&str] = &[
    "dnsPolicy",
    "enableServiceLinks",
    "hostNetwork",
    "imagePullPolicy",
    "nodeName",
    "preemptionPolicy",
    "priority",
    "restartPolicy",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "terminationMessagePath",
    "terminationMessagePolicy",
];

/// Whether two objects differ in other fields than these.
fn differ(old: At<'_, '_>, new: At<'_, '_>, except: &[&str]) -> bool {
    let changed = |name: &str, old: At<'_, '_>, new: At<'_, '_>| {
        let other = new.entries().find(|(key, _)| *key == name).and_then(|(_, at)| at.node());
        let known = other.is_some() || !DEFAULTED.contains(&name);
        !except.contains(&name) && known && !old.entries().any(|(key, at)| key == name && equal(at.node(), other))
    };
    old.entries().any(|(name, _)| changed(name, old, new)) || new.entries().any(|(name, _)| changed(name, new, old))
}

/// Of a pod only images, a shorter deadline, more tolerations and fewer scheduling gates may change (`ValidatePodUpdate`).
fn pod(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let mut changed = false;
    for kind in ["containers", "initContainers"] {
        let (before, after) = (old.field(kind), new.field(kind));
        if before.items().count() != after.items().count() {
            return after.forbidden(errors, "pod updates may not add or remove containers");
        }
        changed |= before.items().zip(after.items()).any(|(a, b)| differ(a, b, &["image"]));
    }
    let (before, after) = (old.field("activeDeadlineSeconds"), new.field("activeDeadlineSeconds"));
    match (before.number(), after.number()) {
        (Some(before), Some(after_seconds)) if before < after_seconds => {
            return after.invalid(errors, "must be less than or equal to previous value");
        }
        (Some(_), None) => after.invalid(errors, "must not update from a positive integer to nil value"),
        _ => {}
    }
    let tolerations = new.field("tolerations");
    let kept = |old: At<'_, '_>| tolerations.items().any(|new| !differ(old, new, &["tolerationSeconds"]));
    if !old.field("tolerations").items().all(kept) {
        tolerations.forbidden(errors, "existing toleration can not be modified except its tolerationSeconds");
    }
    let gates = new.field("schedulingGates");
    let had = |name: &str| old.field("schedulingGates").items().any(|gate| gate.field("name").text() == name);
    for gate in gates.items() {
        let name = gate.field("name");
        if !had(name.text()) {
            name.forbidden(errors, &format!("only deletion is allowed, but found new scheduling gate '{}'", name.text()));
        }
    }
    let free = ["containers", "initContainers", "activeDeadlineSeconds", "tolerations", "schedulingGates"];
    if changed || differ(old, new, &free) {
        new.forbidden(
            errors,
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        );
    }
}

fn data(kind: &str, old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    if kind == "Secret" && old.field("type").text_or("Opaque") != new.field("type").text_or("Opaque") {
        new.field("type").invalid(errors, IMMUTABLE);
    }
    if old.field("immutable").flag() == Some(true) {
        let detail = "field is immutable when `immutable` is set";
        if new.field("immutable").flag() != Some(true) {
            new.field("immutable").forbidden(errors, detail);
        }
        for field in ["data", "binaryData"] {
            if !equal(old.field(field).node(), new.field(field).node()) {
                new.field(field).forbidden(errors, detail);
            }
        }
    }
}
