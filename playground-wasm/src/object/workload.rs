//! Workloads: pods and what makes pods, brought to one shape.

use std::rc::Rc;

use super::api::meta::ObjectMeta;
use super::api::{apps, batch, core, pod as api};
use super::pod::pod_spec;
use super::selector::label_selector;
use crate::model::{Amount, ClaimedStatus, Control, FailureRule, LabelSelector, Labels, Meta, Strategy, Template, Workload, WorkloadKind};
use crate::schema::IntOrString;
use crate::text::{Node, Scalar, Value};

/// What the kinds differ in, before the shared part is built.
struct Parts {
    kind: WorkloadKind,
    replicas: Option<i32>,
    selector: Option<LabelSelector>,
    template: Option<(Option<ObjectMeta>, api::PodSpec)>,
    service_name: String,
    suspended: bool,
    control: Control,
}

/// The API server's defaults, those of a Deployment's strategy.
fn control() -> Control {
    Control {
        min_ready: 0,
        strategy: rolling(None, None, Amount::Percent(25), Amount::Percent(25)),
        paused: false,
        ordered: true,
        first_ordinal: 0,
        completions: None,
        indexed: false,
        backoff_limit: 6,
        active_deadline: None,
        ttl: None,
        patient: false,
        failure_rules: Vec::new(),
    }
}

fn count(value: Option<i32>) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(0)
}

fn rolling(surge: Option<IntOrString>, unavailable: Option<IntOrString>, some: Amount, default: Amount) -> Strategy {
    let amount = |value: Option<IntOrString>, default| match value {
        None => default,
        Some(IntOrString::Int(number)) => Amount::Count(count(Some(number))),
        Some(IntOrString::String(text)) => Amount::Percent(text.trim_end_matches('%').parse().unwrap_or(0)),
    };
    Strategy::RollingUpdate { surge: amount(surge, some), unavailable: amount(unavailable, default), partition: 0 }
}

fn template_parts(template: api::PodTemplateSpec) -> Option<(Option<ObjectMeta>, api::PodSpec)> {
    template.spec.map(|spec| (template.metadata, spec))
}

/// Converts a bare Pod.
pub fn pod(pod: api::Pod, meta: Meta, owner: Option<(String, String)>, root: &Node) -> (Workload, ClaimedStatus) {
    let status = pod.status.unwrap_or_default();
    let mut ips: Vec<std::net::IpAddr> = status.pod_ips.unwrap_or_default().into_iter().filter_map(|entry| entry.ip.parse().ok()).collect();
    if ips.is_empty() {
        ips.extend(status.pod_ip.and_then(|ip| ip.parse::<std::net::IpAddr>().ok()));
    }
    let claimed = ClaimedStatus {
        ips,
        ready: status
            .conditions
            .unwrap_or_default()
            .into_iter()
            .find(|condition| condition.type_ == "Ready")
            .map(|condition| condition.status == "True"),
        terminating: pod.metadata.deletion_timestamp.is_some(),
        finished: status.phase.filter(|phase| phase == "Succeeded" || phase == "Failed"),
    };
    let template = pod.spec.map(|spec| (Some(pod.metadata), spec));
    let parts = Parts {
        kind: WorkloadKind::Pod,
        replicas: Some(1),
        selector: None,
        template,
        service_name: String::new(),
        suspended: false,
        control: control(),
    };
    (build(parts, meta, owner, root), claimed)
}

/// Converts a Deployment.
pub fn deployment(deployment: apps::Deployment, meta: Meta, root: &Node) -> Workload {
    let spec = deployment.spec;
    let strategy = spec.strategy.unwrap_or_default();
    let update = strategy.rolling_update.unwrap_or_default();
    let strategy = match strategy.type_.as_deref() {
        Some("Recreate") => Strategy::Recreate,
        _ => rolling(update.max_surge, update.max_unavailable, Amount::Percent(25), Amount::Percent(25)),
    };
    let control = Control { min_ready: count(spec.min_ready_seconds), strategy, paused: spec.paused.unwrap_or(false), ..control() };
    let parts = Parts {
        kind: WorkloadKind::Deployment,
        replicas: spec.replicas,
        selector: Some(label_selector(&spec.selector)),
        template: template_parts(spec.template),
        service_name: String::new(),
        suspended: false,
        control,
    };
    build(parts, meta, None, root)
}

/// Converts a ReplicaSet.
pub fn replica_set(set: apps::ReplicaSet, meta: Meta, owner: Option<(String, String)>, root: &Node) -> Workload {
    let spec = set.spec;
    let parts = Parts {
        kind: WorkloadKind::ReplicaSet,
        replicas: spec.replicas,
        selector: Some(label_selector(&spec.selector)),
        template: spec.template.and_then(template_parts),
        service_name: String::new(),
        suspended: false,
        control: Control { min_ready: count(spec.min_ready_seconds), ..control() },
    };
    build(parts, meta, owner, root)
}

/// Converts a ReplicationController; an absent selector is its template's labels.
pub fn replication_controller(controller: core::ReplicationController, meta: Meta, root: &Node) -> Workload {
    let spec = controller.spec.unwrap_or_default();
    let template = spec.template.and_then(template_parts);
    let labels = template.as_ref().and_then(|(meta, _)| meta.as_ref()).and_then(|meta| meta.labels.clone()).unwrap_or_default();
    let match_labels = spec.selector.filter(|selector| !selector.is_empty()).unwrap_or(labels);
    let parts = Parts {
        kind: WorkloadKind::ReplicationController,
        replicas: spec.replicas,
        selector: Some(LabelSelector { match_labels, match_expressions: Vec::new() }),
        template,
        service_name: String::new(),
        suspended: false,
        control: control(),
    };
    build(parts, meta, None, root)
}

/// Converts a StatefulSet.
pub fn stateful_set(set: apps::StatefulSet, meta: Meta, root: &Node) -> Workload {
    let spec = set.spec;
    let update = spec.update_strategy.unwrap_or_default();
    let partition = count(update.rolling_update.and_then(|rolling| rolling.partition));
    let strategy = match update.type_.as_deref() {
        Some("OnDelete") => Strategy::OnDelete,
        _ => Strategy::RollingUpdate { surge: Amount::Count(0), unavailable: Amount::Count(1), partition },
    };
    let control = Control {
        min_ready: count(spec.min_ready_seconds),
        strategy,
        ordered: spec.pod_management_policy.as_deref() != Some("Parallel"),
        first_ordinal: count(spec.ordinals.and_then(|ordinals| ordinals.start)),
        ..control()
    };
    let parts = Parts {
        kind: WorkloadKind::StatefulSet,
        replicas: spec.replicas,
        selector: Some(label_selector(&spec.selector)),
        template: template_parts(spec.template),
        service_name: spec.service_name.unwrap_or_default(),
        suspended: false,
        control,
    };
    build(parts, meta, None, root)
}

/// Converts a DaemonSet.
pub fn daemon_set(set: apps::DaemonSet, meta: Meta, root: &Node) -> Workload {
    let spec = set.spec;
    let update = spec.update_strategy.unwrap_or_default();
    let strategy = match (update.type_.as_deref(), update.rolling_update.unwrap_or_default()) {
        (Some("OnDelete"), _) => Strategy::OnDelete,
        (_, update) => rolling(update.max_surge, update.max_unavailable, Amount::Count(0), Amount::Count(1)),
    };
    let control = Control { min_ready: count(spec.min_ready_seconds), strategy, ..control() };
    let parts = Parts {
        kind: WorkloadKind::DaemonSet,
        replicas: None,
        selector: Some(label_selector(&spec.selector)),
        template: template_parts(spec.template),
        service_name: String::new(),
        suspended: false,
        control,
    };
    build(parts, meta, None, root)
}

/// Converts a Job; its pods run side by side up to `parallelism`.
pub fn job(job: batch::Job, meta: Meta, owner: Option<(String, String)>, root: &Node) -> Workload {
    let spec = job.spec;
    let parallel = spec.parallelism.unwrap_or(1);
    let parts = Parts {
        kind: WorkloadKind::Job,
        replicas: Some(spec.completions.map_or(parallel, |completions| parallel.min(completions))),
        selector: None,
        template: template_parts(spec.template),
        service_name: String::new(),
        suspended: spec.suspend.unwrap_or(false),
        control: Control {
            completions: spec.completions.map(|completions| count(Some(completions))).or((spec.parallelism.is_none()).then_some(1)),
            indexed: spec.completion_mode.as_deref() == Some("Indexed"),
            backoff_limit: spec.backoff_limit.map_or(6, |limit| count(Some(limit))),
            active_deadline: spec.active_deadline_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
            ttl: spec.ttl_seconds_after_finished.and_then(|seconds| u32::try_from(seconds).ok()),
            // The default under a failure policy.
            patient: spec.pod_failure_policy.is_some() || spec.pod_replacement_policy.as_deref() == Some("Failed"),
            failure_rules: spec.pod_failure_policy.into_iter().flat_map(|policy| policy.rules).map(failure_rule).collect(),
            ..control()
        },
    };
    build(parts, meta, owner, root)
}

fn failure_rule(rule: batch::PodFailurePolicyRule) -> FailureRule {
    let codes = rule.on_exit_codes;
    let others = codes.as_ref().is_some_and(|codes| codes.operator == "NotIn");
    let (container, codes) = codes.map_or_else(Default::default, |codes| (codes.container_name, codes.values));
    FailureRule { action: rule.action, container: container.filter(|name| !name.is_empty()), others, codes }
}

/// Converts a CronJob; it makes no pod of its own before its schedule comes.
pub fn cron_job(cron: batch::CronJob, meta: Meta, root: &Node) -> Workload {
    let spec = cron.spec;
    let parts = Parts {
        kind: WorkloadKind::CronJob,
        replicas: Some(0),
        selector: None,
        template: spec.job_template.spec.map(|spec| spec.template).and_then(template_parts),
        service_name: String::new(),
        suspended: spec.suspend.unwrap_or(false),
        control: control(),
    };
    build(parts, meta, None, root)
}

fn build(parts: Parts, meta: Meta, owner: Option<(String, String)>, root: &Node) -> Workload {
    let (template_meta, spec) = parts.template.unwrap_or_else(|| (None, api::PodSpec::default()));
    let template_meta = template_meta.unwrap_or_default();
    let labels: Labels = template_meta.labels.unwrap_or_default();
    let spec = pod_spec(spec);
    let selector = parts.selector.unwrap_or_default();
    let hash = root.get("spec").map_or(0, |node| fnv(node.get("template").unwrap_or(node)));
    let template = Template { labels, annotations: template_meta.annotations.unwrap_or_default(), spec, hash };
    Workload {
        meta,
        kind: parts.kind,
        replicas: parts.replicas.map_or(1, |replicas| u32::try_from(replicas).unwrap_or(0)),
        selector,
        template: Rc::new(template),
        service_name: parts.service_name,
        owner,
        suspended: parts.suspended,
        control: parts.control,
    }
}

/// FNV-1a over the values of a tree, so that a template's hash changes when the template does and with nothing else.
fn fnv(node: &Node) -> u32 {
    fn feed(hash: u32, bytes: &[u8]) -> u32 {
        bytes.iter().fold(hash, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
    }
    fn walk(hash: u32, node: &Node) -> u32 {
        match &node.value {
            Value::Scalar(Scalar::Str(text)) => feed(feed(hash, b"s"), text.as_bytes()),
            Value::Scalar(Scalar::Int(number)) => feed(feed(hash, b"i"), &number.to_le_bytes()),
            Value::Scalar(Scalar::UInt(number)) => feed(feed(hash, b"i"), &number.to_le_bytes()),
            Value::Scalar(Scalar::Float(number)) => feed(feed(hash, b"f"), number.as_bytes()),
            Value::Scalar(Scalar::Bool(flag)) => feed(hash, &[u8::from(*flag), b'b']),
            Value::Scalar(Scalar::Null) => feed(hash, b"n"),
            Value::Seq(items) => items.iter().fold(feed(hash, b"["), walk),
            Value::Map(entries) => entries.iter().fold(feed(hash, b"{"), |hash, (key, value)| walk(feed(hash, key.text.as_bytes()), value)),
        }
    }
    walk(2_166_136_261, node)
}
