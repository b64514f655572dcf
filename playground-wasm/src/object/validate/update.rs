//! What a second apply of an object may not change (`Validate...Update` of `pkg/apis/*/validation`).

use super::At;
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
        "Job" => {
            for field in ["completions", "selector", "template", "completionMode"] {
                same(old_spec.field(field), new_spec.field(field), IMMUTABLE, errors);
            }
        }
        "Pod" => pod(old_spec, new_spec, errors),
        "ConfigMap" | "Secret" => data(kind, old, new, errors),
        "EndpointSlice" => same(old.field("addressType"), new.field("addressType"), IMMUTABLE, errors),
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
    let external = |spec: At<'_, '_>| spec.field("type").text() == "ExternalName";
    if external(old) || external(new) {
        return;
    }
    let (before, after) = (old.field("clusterIP").text(), new.field("clusterIP").text());
    // An apply that names no address keeps the one that there is.
    if !before.is_empty() && !after.is_empty() && before != after {
        let list = new.field("clusterIPs");
        list.index(0).invalid_value(errors, after, "may not change once set");
    }
    let balanced = |spec: At<'_, '_>| spec.field("type").text() == "LoadBalancer";
    if balanced(old) && balanced(new) {
        same(old.field("loadBalancerClass"), new.field("loadBalancerClass"), "may not change once set", errors);
        let check = new.field("healthCheckNodePort");
        if check.is_set() && old.field("healthCheckNodePort").is_set() && check.number() != old.field("healthCheckNodePort").number() {
            check.forbidden(errors, IMMUTABLE);
        }
    }
}

fn stateful_set(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let fixed = ["selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates"];
    if fixed.into_iter().any(|field| !equal(old.field(field).node(), new.field(field).node())) {
        new.forbidden(
            errors,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

/// Of a pod only images, a shorter deadline and more tolerations may change.
fn pod(old: At<'_, '_>, new: At<'_, '_>, errors: &mut Errors) {
    let changed = |field| !equal(old.field(field).node(), new.field(field).node());
    let fixed = ["nodeName", "nodeSelector", "hostNetwork", "volumes", "restartPolicy", "dnsPolicy", "hostname", "subdomain", "affinity"];
    let (before, after) = (old.field("containers"), new.field("containers"));
    let count = before.items().count();
    if count != after.items().count() {
        after.forbidden(errors, "pod updates may not add or remove containers");
        return;
    }
    let parts = ["name", "command", "args", "ports", "env", "envFrom", "volumeMounts", "livenessProbe", "readinessProbe", "startupProbe"];
    let containers =
        before.items().zip(after.items()).any(|(a, b)| parts.iter().any(|part| !equal(a.field(part).node(), b.field(part).node())));
    if containers || fixed.into_iter().any(changed) {
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
