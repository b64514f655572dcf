//! What the containers of a pod do, given to it when it is made: its environment, and what is known of its images.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::behavior::{self, ContainerBehavior, annotation, environment};
use crate::cluster::{Cluster, ContainerState, PodId, RunState};
use crate::model::{Container, EnvSource, IpFamily, Labels, WorkloadKind};
use crate::text::Step;

/// What is wrong with a behavior annotation.
pub type Note = (PodId, annotation::Problem);

/// Gives one pod its behavior; the result is what is wrong with its annotation.
pub fn give_behavior(cluster: &mut Cluster, id: PodId, service_env: &BTreeMap<String, Labels>) -> Vec<annotation::Problem> {
    let empty = Labels::new();
    let pod = cluster.pod(id);
    let workload = cluster.workload(pod.workload);
    // A pod given beside its owner holds its own spec.
    let kind = if cluster.sources.id(pod.object).kind == "Pod" { WorkloadKind::Pod } else { workload.kind };
    let spec_path: Vec<Step> = kind.pod_spec_path().iter().map(|&field| Step::from(field)).collect();
    let annotations = if kind == WorkloadKind::Pod { &pod.meta.annotations } else { &pod.template.annotations };
    let (annotation, problems) = match annotations.get(annotation::ANNOTATION) {
        Some(text) => annotation::read(text, &pod.spec().containers, &spec_path),
        None => Default::default(),
    };
    let services = if pod.spec().enable_service_links { service_env.get(&pod.meta.namespace).unwrap_or(&empty) } else { &empty };
    let field = |path: &str| field_value(cluster, id, path);
    let inputs = environment::Inputs {
        spec: &spec_path,
        namespace: &pod.meta.namespace,
        config_data: &cluster.config_data,
        services,
        field: &field,
    };
    let files = behavior::Files { namespace: &pod.meta.namespace, volumes: &pod.spec().volumes, config_data: &cluster.config_data };
    let mut errors = Vec::new();
    let mut behaviors = Vec::with_capacity(pod.containers.len());
    for (index, container) in pod.spec().containers.iter().enumerate() {
        let (env, lacking) = environment::resolve(container, &inputs);
        errors.extend(lacking.map(|error| (index, error.message)));
        let annotated = annotation.get(&container.name);
        let subject = behavior::Subject { container, spec: &spec_path, env: &env, annotated };
        let mut behavior = behavior::behave(&subject);
        behavior::configure(&subject, &files, &mut behavior);
        behaviors.push(behavior);
    }
    let given = |name: &str| annotation.get(name)?.proxy.clone();
    behavior::takeover::complete(&pod.spec().containers, &spec_path, &given, &mut behaviors);
    let pod = &mut cluster.pods[id.0 as usize];
    for (index, message) in errors {
        pod.containers[index].run = RunState::Waiting { reason: CONFIG_ERROR.into(), message };
    }
    pod.behavior = Rc::from(behaviors);
    problems
}

/// The behavior of the pod before, where the same was to come out for this one: they have one template, in which no container
/// looks at a field of its own pod.
pub fn of_the_one_before(cluster: &Cluster, id: PodId) -> Option<Rc<[ContainerBehavior]>> {
    let (pod, before) = (cluster.pod(id), cluster.pod(PodId(id.0.checked_sub(1)?)));
    let own = |container: &Container| container.env.iter().any(|variable| matches!(variable.source, EnvSource::Field(_)));
    let same = Rc::ptr_eq(&pod.template, &before.template)
        && (pod.object, &pod.meta.namespace) == (before.object, &before.meta.namespace)
        && !pod.spec().containers.iter().any(own)
        && !before.containers.iter().any(lacks_config);
    same.then(|| Rc::clone(&before.behavior))
}

/// Why a container waits whose environment names what does not exist.
pub const CONFIG_ERROR: &str = "CreateContainerConfigError";

/// Whether a container waits for a ConfigMap or Secret that does not exist.
pub fn lacks_config(state: &ContainerState) -> bool {
    matches!(&state.run, RunState::Waiting { reason, .. } if reason == CONFIG_ERROR)
}

/// The `{SVC}_SERVICE_HOST` variables of each namespace.
pub fn service_environments(cluster: &Cluster) -> BTreeMap<String, Labels> {
    let mut environments: BTreeMap<String, Labels> = BTreeMap::new();
    for service in &cluster.services {
        let Some(&address) = service.cluster_ips.first() else { continue };
        let meta = service.meta();
        let ports: Vec<_> = service
            .spec
            .ports
            .iter()
            .map(|port| (Some(port.name.as_str()).filter(|name| !name.is_empty()), port.port, port.protocol))
            .collect();
        environment::service_variables(&meta.name, address, &ports, environments.entry(meta.namespace.clone()).or_default());
    }
    environments
}

/// The fields that the downward API can put into the environment (`pkg/fieldpath`).
fn field_value(cluster: &Cluster, id: PodId, path: &str) -> Option<String> {
    let pod = cluster.pod(id);
    let key = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix("']").map(str::to_owned);
    if let Some(key) = key("metadata.labels['") {
        return Some(pod.meta.labels.get(&key).cloned().unwrap_or_default());
    }
    if let Some(key) = key("metadata.annotations['") {
        return Some(pod.meta.annotations.get(&key).cloned().unwrap_or_default());
    }
    let joined = |ips: &[std::net::IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    match path {
        "metadata.name" => Some(pod.meta.name.clone()),
        "metadata.namespace" => Some(pod.meta.namespace.clone()),
        "spec.nodeName" => pod.node.map(|node| cluster.node(node).name.clone()),
        "spec.serviceAccountName" => Some(pod.spec().service_account.clone()),
        "status.podIP" => pod.ip(IpFamily::V4).or_else(|| pod.ips.first().copied()).map(|ip| ip.to_string()),
        "status.podIPs" => Some(joined(&pod.ips)),
        "status.hostIP" => pod.node.and_then(|node| cluster.node(node).ips.first()).map(ToString::to_string),
        "status.hostIPs" => pod.node.map(|node| joined(&cluster.node(node).ips)),
        _ => None,
    }
}
