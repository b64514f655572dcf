//! What is doubtful about how a Service is reached: whom else it selects, its external address, its traffic policies.

use super::scene::Scene;
use super::{Finding, code, edit, under};
use crate::cluster::{Service, ServiceId};
use crate::model::{Labels, ServiceType, TrafficPolicy, Workload, WorkloadKind};
use crate::text::Step;

/// Labels that say which application a pod is.
const IDENTIFYING: [&str; 2] = ["app", "app.kubernetes.io/name"];

/// The doubts about one Service.
pub fn doubts(scene: &Scene<'_>, id: ServiceId) -> Vec<Finding> {
    let service = scene.cluster.service(id);
    [too_broad(scene, service), pending(service), not_local(scene, service)].into_iter().flatten().collect()
}

/// The labels by which a workload tells its own pods; a bare pod's are its own, a Job's are generated.
fn own_labels(workload: &Workload) -> Option<&Labels> {
    match workload.kind {
        WorkloadKind::Pod => Some(&workload.meta.labels),
        WorkloadKind::Job | WorkloadKind::CronJob => None,
        _ => Some(&workload.selector.match_labels),
    }
}

fn too_broad(scene: &Scene<'_>, service: &Service) -> Option<Finding> {
    let groups = scene.selected(service);
    let workloads: Vec<&Workload> = groups.iter().map(|&group| scene.workload(group)).collect();
    let (key, one, other) = IDENTIFYING.iter().find_map(|&key| {
        let mut values = workloads.iter().filter_map(|workload| Some((own_labels(workload)?.get(key)?, &workload.meta.name)));
        let (first, one) = values.next()?;
        let (_, other) = values.find(|(value, _)| *value != first)?;
        Some((key, one, other))
    })?;
    let message =
        format!("Service {} selects pods of {one} and of {other}, whose `{key}` differ: it sends requests to either", service.meta().name);
    let path: Vec<Step> = under(&[], &["spec", "selector"]);
    Some(Finding::new(code::SELECTOR_TOO_BROAD, service.object, path, message).help(format!("Select by `{key}` as well.")))
}

fn pending(service: &Service) -> Option<Finding> {
    if service.spec.service_type != ServiceType::LoadBalancer || !service.load_balancer.is_empty() {
        return None;
    }
    let name = &service.meta().name;
    let (field, message) = match &service.spec.load_balancer_class {
        Some(class) => ("loadBalancerClass", format!("Service {name} waits for a controller of class {class}, and this cluster has none")),
        None => ("type", format!("Service {name} waits for an external address, and no controller in this cluster gives any")),
    };
    Some(Finding::new(code::LOAD_BALANCER_PENDING, service.object, vec!["spec".into(), field.into()], message))
}

fn not_local(scene: &Scene<'_>, service: &Service) -> Option<Finding> {
    let spec = &service.spec;
    let external =
        spec.external_traffic_policy == TrafficPolicy::Local && (spec.service_type.is_external() || !spec.external_ips.is_empty());
    let internal = spec.internal_traffic_policy == TrafficPolicy::Local;
    let field = if external {
        "externalTrafficPolicy"
    } else if internal {
        "internalTrafficPolicy"
    } else {
        return None;
    };
    let endpoints = || service.slices.iter().flat_map(|slice| &slice.endpoints).filter(|endpoint| endpoint.ready);
    endpoints().next()?;
    let bare = |name: &str| !endpoints().any(|endpoint| endpoint.node.as_deref() == Some(name));
    let without: Vec<&str> = scene.cluster.nodes.iter().map(|node| node.name.as_str()).filter(|name| bare(name)).collect();
    let (first, rest) = without.split_first()?;
    let others = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    let message = format!(
        "Service {} has {field} Local, and {first}{others} has no ready endpoint: what arrives there is dropped",
        service.meta().name
    );
    let path: Vec<Step> = vec!["spec".into(), field.into()];
    let edit = edit::replace(scene.source(service.object), &path, "Cluster");
    Some(Finding::new(code::LOCAL_POLICY_NO_ENDPOINT, service.object, path, message).fix(edit::fix("Change to Cluster".into(), [edit])))
}
