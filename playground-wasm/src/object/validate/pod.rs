//! Pods and pod specs (`pkg/apis/core/validation`, `ValidatePodCreate`, `ValidatePodSpec`).

use super::At;
use super::container::{containers, ids, only_for_pods};
use super::volume::volumes;
use super::{address, meta, placement};
use crate::object::error::Errors;
use crate::object::names::{NameForm, qualified_name, search_problem};

#[inline(never)]
pub fn pod(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    pod_spec(spec, true, &[], errors);
    only_for_pods(spec.field("containers"), errors);
    only_for_pods(spec.field("initContainers"), errors);
    if !spec.field("ephemeralContainers").is_empty() {
        spec.field("ephemeralContainers").forbidden(errors, "cannot be set on create");
    }
    if !spec.field("nodeName").is_empty() && !spec.field("schedulingGates").is_empty() {
        spec.field("nodeName").forbidden(errors, "cannot be set until all schedulingGates have been cleared");
    }
}

/// A pod spec, of a pod or of a template; `claims` are volumes that its StatefulSet brings.
pub fn pod_spec<'n>(spec: At<'_, 'n>, is_pod: bool, claims: &[&'n str], errors: &mut Errors) {
    let grace = spec.field("terminationGracePeriodSeconds");
    if is_pod {
        grace.not_negative(errors);
    }
    let list = spec.field("volumes");
    let volumes = volumes(list, claims, errors);
    containers(spec, &volumes, errors);
    if spec.field("hostNetwork").flag() == Some(true) {
        host_ports(spec, errors);
    }
    spec.field("restartPolicy").one_of(errors, &["Always", "OnFailure", "Never"]);
    spec.field("dnsPolicy").one_of(errors, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    meta::labels(spec.field("nodeSelector"), errors);
    if ["securityContext", "shareProcessNamespace", "hostUsers"].into_iter().any(|field| spec.field(field).is_set()) {
        security(spec, errors);
    }
    placement::affinity(spec.field("affinity"), errors);
    dns_config(spec, errors);
    let gates = spec.field("readinessGates");
    for gate in gates.items() {
        gate.field("conditionType").formed(errors, qualified_name);
    }
    let gates = spec.field("schedulingGates");
    for (index, gate) in gates.items().enumerate() {
        let name = gate.field("name").text();
        for detail in qualified_name(name) {
            gate.invalid_value(errors, name, detail);
        }
        if gates.items().take(index).any(|other| other.field("name").text() == name) {
            gate.duplicate(errors, &format!("{name:?}"));
        }
    }
    if spec.field("topologySpreadConstraints").is_set() {
        placement::spread(spec.field("topologySpreadConstraints"), errors);
    }
    if spec.field("hostnameOverride").is_set() {
        host_name(spec, errors);
    }
    for (field, form) in [
        ("serviceAccountName", NameForm::Subdomain),
        ("nodeName", NameForm::Subdomain),
        ("hostname", NameForm::Label),
        ("subdomain", NameForm::Label),
        ("priorityClassName", NameForm::Subdomain),
        ("runtimeClassName", NameForm::Subdomain),
    ] {
        let name = spec.field(field);
        if !name.is_empty() {
            name.formed(errors, |name| form.problems(name));
        }
    }
    let deadline = spec.field("activeDeadlineSeconds");
    if deadline.number().is_some_and(|seconds| !(1..=i64::from(i32::MAX)).contains(&seconds)) {
        deadline.invalid(errors, "must be between 1 and 2147483647, inclusive");
    }
    spec.field("preemptionPolicy").one_of(errors, &["PreemptLowerPriority", "Never"]);
    let os = spec.field("os");
    if os.is_set() && os.field("name").is_empty() {
        os.field("name").required(errors, "");
    } else if os.is_set() && !matches!(os.field("name").text(), "linux" | "windows") {
        os.unsupported(errors, &["linux", "windows"]);
    }
    file_volumes(spec, list, errors);
    placement::tolerations(spec.field("tolerations"), errors);
    let aliases = spec.field("hostAliases");
    for alias in aliases.items() {
        address::ip(alias.field("ip"), errors);
        let names = alias.field("hostnames");
        for name in names.items() {
            name.formed(errors, |name| NameForm::Subdomain.problems(name));
        }
    }
}

/// Variables of a file must be of one in an `emptyDir` (`validateFileKeyRefVolumes`).
fn file_volumes(spec: At<'_, '_>, volumes: At<'_, '_>, errors: &mut Errors) {
    for kind in ["containers", "initContainers"] {
        let list = spec.field(kind);
        for container in list.items() {
            let variables = container.field("env");
            for variable in variables.items() {
                let from = variable.field("valueFrom");
                let reference = from.field("fileKeyRef");
                let name = reference.field("volumeName");
                if !reference.is_set() {
                    continue;
                }
                match volumes.items().find(|volume| volume.field("name").text() == name.text()) {
                    None => name.not_found(errors),
                    Some(volume) if !volume.field("emptyDir").is_set() => {
                        name.invalid(errors, "referenced volume must be of type emptyDir");
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// `validatePodHostName`.
#[inline(never)]
fn host_name(spec: At<'_, '_>, errors: &mut Errors) {
    let name = spec.field("hostnameOverride");
    if spec.field("setHostnameAsFQDN").flag() == Some(true) {
        name.forbidden(errors, "may not be specified when setHostnameAsFQDN is true");
    }
    if spec.field("hostNetwork").flag() == Some(true) {
        name.forbidden(errors, "may not be specified when hostNetwork is true");
    }
    if name.text().len() > 64 {
        name.too_long(errors, 64);
    }
    name.formed(errors, |name| NameForm::Subdomain.problems(name));
}

/// `validatePodSpecSecurityContext` and `validateHostUsers`, as far as Linux goes.
#[inline(never)]
fn security(spec: At<'_, '_>, errors: &mut Errors) {
    let context = spec.field("securityContext");
    ids(context, &["fsGroup", "runAsUser", "runAsGroup"], errors);
    let is = |field| spec.field(field).flag() == Some(true);
    if is("shareProcessNamespace") && is("hostPID") {
        let at = spec.field("shareProcessNamespace");
        at.under(&context).invalid(errors, "ShareProcessNamespace and HostPID cannot both be enabled");
    }
    context.field("fsGroupChangePolicy").one_of(errors, &["Always", "OnRootMismatch"]);
    if spec.field("hostUsers").flag() == Some(false) {
        for (field, said) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
            if is(field) {
                spec.field(said).forbidden(errors, "when `hostUsers` is false");
            }
        }
    }
}

/// `validatePodHostNetworkDeps`: such a pod listens on the node itself. The API server defaults the host port of a pod, and
/// leaves that of a template out until a pod is made of it.
fn host_ports(spec: At<'_, '_>, errors: &mut Errors) {
    let list = spec.field("containers");
    for container in list.items() {
        let ports = container.field("ports");
        for port in ports.items() {
            let host_port = port.field("hostPort");
            let number = host_port.number().unwrap_or(0);
            if number != 0 && Some(number) != port.field("containerPort").number() {
                host_port.invalid(errors, "must match `containerPort` when `hostNetwork` is true");
            }
        }
    }
}

fn dns_config(spec: At<'_, '_>, errors: &mut Errors) {
    let config = spec.field("dnsConfig");
    let (servers, searches, options) = (config.field("nameservers"), config.field("searches"), config.field("options"));
    if spec.field("dnsPolicy").text() == "None" {
        if !config.is_set() {
            return config.required(errors, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if servers.is_empty() {
            return servers.required(errors, "must provide at least one DNS nameserver when `dnsPolicy` is None");
        }
    }
    if servers.items().count() > 3 {
        servers.invalid(errors, "must not have more than 3 nameservers");
    }
    for server in servers.items() {
        address::ip(server, errors);
    }
    if searches.items().count() > 32 {
        searches.invalid(errors, "must not have more than 32 search paths");
    }
    if searches.items().map(|search| search.text().len() + 1).sum::<usize>() > 2049 {
        searches.invalid(errors, "must not have more than 2048 characters (including spaces) in the search list");
    }
    for search in searches.items().filter(|search| search.text() != ".") {
        let bare = search.text().strip_suffix('.').unwrap_or(search.text());
        if let Some(problem) = search_problem(bare) {
            search.invalid_value(errors, bare, problem);
        }
    }
    for option in options.items() {
        if option.field("name").is_empty() {
            option.required(errors, "must not be empty");
        }
    }
}
