//! Containers, their ports and their environment (`pkg/apis/core/validation`, `validateContainers`, `validateInitContainers`).

use super::At;
use super::address::{self, PROTOCOLS};
use super::probe::{lifecycle, probe};
use super::volume::{Volumes, devices, mounts, no_backsteps};
use super::{meta, resources};
use crate::object::error::Errors;
use crate::object::names::{NameForm, config_key, env_name, port_name};

const NOT_FOR_INIT: &str = "may not be set for init containers without restartPolicy=Always";
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// All containers of a pod spec.
pub fn containers(spec: At<'_, '_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    let main = spec.field("containers");
    if main.is_empty() {
        main.required(errors, "");
    }
    let grace = spec.field("terminationGracePeriodSeconds").number().unwrap_or(30);
    let mut names: Vec<&str> = Vec::new();
    for container in main.items() {
        common(container, volumes, errors);
        unique(container, &mut names, errors);
        running(container, grace, errors);
        if container.field("restartPolicy").is_set() || container.field("restartPolicyRules").is_set() {
            restart_rules(container, errors);
        }
    }
    let mut host_ports = Vec::new();
    for container in main.items() {
        unique_host_ports(container, &mut host_ports, errors);
    }
    let init = spec.field("initContainers");
    for container in init.items() {
        common(container, volumes, errors);
        let policy = container.field("restartPolicy");
        if policy.text() != "Always" && policy.is_set() {
            restart_rules(container, errors);
        } else if policy.is_set() && !container.field("restartPolicyRules").is_empty() {
            let detail = "restartPolicyRules are not allowed for init containers with restart policy Always";
            container.field("restartPolicyRules").forbidden(errors, detail);
        }
        unique(container, &mut names, errors);
        unique_host_ports(container, &mut Vec::new(), errors);
        if policy.text() == "Always" {
            running(container, grace, errors);
        } else {
            for field in ["lifecycle"].into_iter().chain(PROBES).filter(|field| container.field(field).is_set()) {
                container.field(field).forbidden(errors, NOT_FOR_INIT);
            }
        }
    }
}

/// What only a pod is asked, not the template of one (`validateContainerOnlyForPod`).
pub fn only_for_pods(list: At<'_, '_>, errors: &mut Errors) {
    for container in list.items() {
        let image = container.field("image");
        if image.text().trim() != image.text() {
            image.invalid(errors, "must not have leading or trailing whitespace");
        }
    }
}

fn unique<'n>(container: At<'_, 'n>, names: &mut Vec<&'n str>, errors: &mut Errors) {
    let name = container.field("name").text();
    if names.contains(&name) {
        container.field("name").duplicate(errors, &format!("{name:?}"));
    } else if !name.is_empty() {
        names.push(name);
    }
}

/// What containers that go on running may have.
fn running(container: At<'_, '_>, grace: i64, errors: &mut Errors) {
    lifecycle(container.field("lifecycle"), grace, errors);
    for kind in PROBES {
        probe(container.field(kind), kind, errors);
    }
}

/// How a container is restarted, whatever its pod says (`validateContainerRestartPolicy`).
#[inline(never)]
fn restart_rules(container: At<'_, '_>, errors: &mut Errors) {
    let (policy, rules) = (container.field("restartPolicy"), container.field("restartPolicyRules"));
    if policy.is_set() {
        if !matches!(policy.text(), "Always" | "Never" | "OnFailure") {
            policy.unsupported(errors, &["Always", "Never", "OnFailure"]);
        }
    } else if !rules.is_empty() {
        policy.required(errors, "must specify restartPolicy when restart rules are used");
    }
    for rule in rules.items() {
        if rule.field("action").text() != "Restart" {
            rule.field("action").unsupported(errors, &["Restart"]);
        }
        let codes = rule.field("exitCodes");
        if !codes.is_set() {
            codes.required(errors, "must be specified");
        } else if !matches!(codes.field("operator").text(), "In" | "NotIn") {
            codes.field("operator").unsupported(errors, &["In", "NotIn"]);
        }
    }
}

fn unique_host_ports(container: At<'_, '_>, taken: &mut Vec<String>, errors: &mut Errors) {
    for port in container.field("ports").items() {
        let host_port = port.field("hostPort");
        let Some(number) = host_port.number().filter(|&number| number != 0) else { continue };
        let key = format!("{}/{}/{number}", port.field("protocol").text_or("TCP"), port.field("hostIP").text());
        if taken.contains(&key) {
            host_port.duplicate(errors, &format!("{key:?}"));
        }
        taken.push(key);
    }
}

/// `validateContainerCommon`.
fn common(container: At<'_, '_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    container.field("name").named(errors, |name| NameForm::Label.problems(name));
    if container.field("image").is_empty() {
        container.field("image").required(errors, "");
    }
    container.field("terminationMessagePolicy").one_of(errors, &["File", "FallbackToLogsOnError"]);
    ports(container.field("ports"), errors);
    env(container.field("env"), errors);
    env_from(container.field("envFrom"), errors);
    mounts(container, volumes, errors);
    if container.field("volumeDevices").is_set() {
        devices(container, volumes, errors);
    }
    container.field("imagePullPolicy").one_of(errors, &["Always", "IfNotPresent", "Never"]);
    resources::requirements(container.field("resources"), errors);
    let context = container.field("securityContext");
    if context.is_set() {
        security(context, errors);
    }
}

/// `ValidateSecurityContext`, as far as Linux goes.
#[inline(never)]
fn security(context: At<'_, '_>, errors: &mut Errors) {
    ids(context, &["runAsUser", "runAsGroup"], errors);
    context.field("procMount").one_of(errors, &["Default", "Unmasked"]);
    if context.field("allowPrivilegeEscalation").flag() == Some(false) {
        if context.field("privileged").flag() == Some(true) {
            context.invalid(errors, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
        let capabilities = context.field("capabilities");
        if capabilities.field("add").items().any(|name| name.text() == "CAP_SYS_ADMIN") {
            context.invalid(errors, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
    }
}

/// Users and groups by number.
pub fn ids(context: At<'_, '_>, fields: &[&'static str], errors: &mut Errors) {
    for field in fields {
        let id = context.field(field);
        if id.number().is_some_and(|id| !(0..=i64::from(i32::MAX)).contains(&id)) {
            id.invalid(errors, "must be between 0 and 2147483647, inclusive");
        }
    }
}

fn ports(list: At<'_, '_>, errors: &mut Errors) {
    let mut names: Vec<&str> = Vec::new();
    for port in list.items() {
        let name = port.field("name");
        if !name.is_empty() {
            let problems = port_name(name.text());
            if problems.is_empty() && names.contains(&name.text()) {
                name.duplicate(errors, &format!("{:?}", name.text()));
            }
            for problem in problems {
                name.invalid(errors, problem);
            }
            names.push(name.text());
        }
        let number = port.field("containerPort");
        if number.number().unwrap_or(0) == 0 {
            number.required(errors, "");
        } else {
            address::port(number, errors);
        }
        if port.field("hostPort").number().unwrap_or(0) != 0 {
            address::port(port.field("hostPort"), errors);
        }
        port.field("protocol").one_of(errors, PROTOCOLS);
    }
}

fn env(list: At<'_, '_>, errors: &mut Errors) {
    for variable in list.items() {
        variable.field("name").named(errors, env_name);
        let from = variable.field("valueFrom");
        if !from.is_set() {
            continue;
        }
        if from.field("fieldRef").is_set() {
            field_ref(from.field("fieldRef"), POD_FIELDS, errors);
        }
        if from.field("resourceFieldRef").is_set() {
            resources::field_ref(from.field("resourceFieldRef"), false, errors);
        }
        for field in ["configMapKeyRef", "secretKeyRef"] {
            let reference = from.field(field);
            if reference.is_set() {
                reference.field("name").formed(errors, |name| NameForm::Subdomain.problems(name));
                reference.field("key").named(errors, config_key);
            }
        }
        if from.field("fileKeyRef").is_set() {
            file_key(from.field("fileKeyRef"), errors);
        }
        let sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
        let given = sources.iter().filter(|field| from.field(field).is_set()).count();
        if given == 0 {
            from.invalid_value(
                errors,
                "",
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
            );
        } else if !variable.field("value").is_empty() {
            from.invalid_value(errors, "", "may not be specified when `value` is not empty");
        } else if given > 1 {
            from.invalid_value(errors, "", "may not have more than one field specified at a time");
        }
    }
}

/// A line of a file that an init container writes (`validateFileKeySelector`).
#[inline(never)]
fn file_key(reference: At<'_, '_>, errors: &mut Errors) {
    reference.field("key").named(errors, env_name);
    reference.field("volumeName").named(errors, |name| NameForm::Label.problems(name));
    let path = reference.field("path");
    if path.is_empty() {
        path.required(errors, "");
    } else {
        no_backsteps(path, errors);
    }
}

/// Fields of the pod that a variable can show (`ConvertDownwardAPIFieldLabel`).
const POD_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Fields that are known, and shown nowhere or only in volumes.
const OTHER_FIELDS: &[&str] =
    &["metadata.annotations", "metadata.labels", "spec.host", "spec.restartPolicy", "spec.schedulerName", "status.phase"];

/// A field of the pod; `fields` can be shown here.
pub fn field_ref(reference: At<'_, '_>, fields: &[&str], errors: &mut Errors) {
    let path = reference.field("fieldPath");
    let text = path.text();
    if text.is_empty() {
        return path.required(errors, "");
    }
    if let Some((map, key)) = text.strip_suffix("']").and_then(|text| text.split_once("['")) {
        let key = if map == "metadata.annotations" { key.to_ascii_lowercase() } else { key.to_owned() };
        if !matches!(map, "metadata.annotations" | "metadata.labels") {
            return reference.invalid_value(errors, map, "does not support subscript");
        }
        for detail in crate::object::names::qualified_name(&key) {
            reference.invalid_value(errors, &key, detail);
        }
    } else if fields.contains(&text) {
    } else if POD_FIELDS.contains(&text) || OTHER_FIELDS.contains(&text) {
        path.unsupported(errors, fields);
    } else {
        path.invalid(errors, format!("error converting fieldPath: field label not supported: {text}"));
    }
}

fn env_from(list: At<'_, '_>, errors: &mut Errors) {
    for source in list.items() {
        if !source.field("prefix").is_empty() {
            source.field("prefix").formed(errors, env_name);
        }
        let mut given = 0;
        for field in ["configMapRef", "secretRef"] {
            let reference = source.field(field);
            if reference.is_set() {
                given += 1;
                reference.field("name").named(errors, |name| NameForm::Subdomain.problems(name));
            }
        }
        match given {
            0 => list.invalid_value(errors, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => list.invalid_value(errors, "", "may not have more than one field specified at a time"),
        }
    }
}

/// Labels and annotations of a pod template (`ValidatePodTemplateSpec`, which leaves out the `metadata` in its paths).
pub fn template_metadata(template: At<'_, '_>, errors: &mut Errors) {
    let metadata = template.field("metadata");
    meta::labels(metadata.field("labels").under(&template), errors);
    meta::annotations(metadata.field("annotations").under(&template), errors);
}
