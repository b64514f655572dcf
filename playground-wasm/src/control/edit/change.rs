//! What an edit of an object changes, as far as it can be made anew in a cluster that runs.

use std::rc::Rc;

use crate::cluster::{ObjectRef, ServiceId, WorkloadId};
use crate::control::Simulation;
use crate::dns::corefile;
use crate::model::{Container, EnvSource, Hook, Labels, NetworkPolicy, PodSpec, Service, ServiceType, Volume, VolumeSource, Workload};
use crate::object::Body;

/// What is to be made anew.
pub(super) enum Change {
    Service(ServiceId, Rc<Service>),
    /// Also in what decides about the times at which its endpoints are published.
    Selector(ServiceId, Rc<Service>),
    Policy(usize, Rc<NetworkPolicy>),
    Data((bool, String, String), Labels),
    Template(WorkloadId, Rc<Workload>),
    Replicas(WorkloadId, Rc<Workload>),
}

impl Simulation {
    /// What an object's new content changes; absent where it changes more than can be made anew here.
    #[inline(never)]
    pub(super) fn change(&self, object: ObjectRef, before: &Body, after: &Body) -> Option<Change> {
        match (before, after) {
            (Body::Service(before), Body::Service(after)) => {
                let (id, service) = self.cluster.services().find(|(_, service)| service.object == object)?;
                let a_pods = |ip| self.cluster.addresses.contains_key(ip);
                let kept = has_the_same_allocations(before, after) && !service.slices_given && !service.cluster_ips.iter().any(a_pods);
                let at_the_edge = !self.edge.controllers.is_empty() || !self.edge.planes.is_empty();
                if !kept || at_the_edge || self.is_felt_far() || self.queue.is_busy() {
                    return None;
                }
                // Whom it selects, and whether it waits for them, decides about when its endpoints are published.
                let published = |service: &'_ Service| (service.selector.clone(), service.publish_not_ready_addresses);
                let spec = Rc::clone(after);
                Some(if published(before) == published(after) { Change::Service(id, spec) } else { Change::Selector(id, spec) })
            }
            (Body::Policy(_), Body::Policy(after)) => {
                let index = self.cluster.policies.iter().position(|(known, _)| *known == object)?;
                (!self.is_felt_far()).then(|| Change::Policy(index, Rc::clone(after)))
            }
            (Body::Data { secret, meta, data_type, .. }, Body::Data { data, data_type: type_after, .. }) => {
                let key = (*secret, meta.namespace.clone(), meta.name.clone());
                let corefile = key.1 == corefile::NAMESPACE && key.2 == corefile::CONFIG_MAP;
                let kept = data_type == type_after && !corefile && !self.is_read(&key);
                kept.then(|| Change::Data(key, data.clone()))
            }
            (Body::Workload(before, claimed), Body::Workload(after, claimed_after)) if claimed == claimed_after => {
                let index = self.cluster.workloads.iter().position(|(known, _)| *known == object)?;
                let id = WorkloadId(u32::try_from(index).ok()?);
                if before.replicas != after.replicas {
                    return self.may_scale(id, before, after).then(|| Change::Replicas(id, Rc::clone(after)));
                }
                self.may_replace(id, before, after).then(|| Change::Template(id, Rc::clone(after)))
            }
            _ => None,
        }
    }

    /// Whether what happens to some pod depends on the network beyond it: by a probe, or by a hook.
    pub(super) fn is_felt_far(&self) -> bool {
        let far = |spec: &PodSpec, hook: Option<&Hook>| matches!(hook, Some(Hook::HttpGet(get)) if get.host.is_some() || spec.host_network);
        let looks_far = |spec: &PodSpec| {
            spec.containers.iter().any(|container| far(spec, container.post_start.as_ref()) || far(spec, container.pre_stop.as_ref()))
        };
        !self.far_probes.is_empty() || self.cluster.workloads.iter().any(|(_, workload)| looks_far(&workload.template.spec))
    }

    /// Whether some container has its environment from a ConfigMap or Secret.
    fn is_read(&self, (secret, namespace, name): &(bool, String, String)) -> bool {
        let by_key = |source: &EnvSource| match source {
            EnvSource::ConfigMapKey { name: read, .. } => !secret && read == name,
            EnvSource::SecretKey { name: read, .. } => *secret && read == name,
            EnvSource::Value(_) | EnvSource::Field(_) | EnvSource::Resource => false,
        };
        let reads = |container: &Container| {
            container.env.iter().any(|variable| by_key(&variable.source))
                || container.env_from.iter().any(|from| from.secret == *secret && from.name == *name)
        };
        let mounts =
            |volume: &Volume| matches!(&volume.source, VolumeSource::Data { secret: of, name: read, .. } if of == secret && read == name);
        let mut workloads = self.cluster.workloads.iter().filter(|(_, workload)| workload.meta.namespace == *namespace);
        workloads.any(|(_, workload)| {
            let spec = &workload.template.spec;
            spec.containers.iter().any(reads) || spec.volumes.iter().any(mounts)
        })
    }
}

/// Whether only how a Service chooses among its pods can differ: its addresses and ports, and so the environment of pods, do not.
fn has_the_same_allocations(before: &Service, after: &Service) -> bool {
    let plain =
        |service: &Service| service.service_type == ServiceType::ClusterIp && service.external_ips.is_empty() && service.selector.is_some();
    let ports = |service: &'_ Service| -> Vec<_> {
        service.ports.iter().map(|port| (port.name.clone(), port.port, port.protocol, port.node_port)).collect()
    };
    let reserved = |service: &'_ Service| (service.load_balancer_ip, service.health_check_node_port, service.load_balancer_status.clone());
    plain(before)
        && plain(after)
        && before.cluster_ips == after.cluster_ips
        && before.ip_families == after.ip_families
        && before.dual_stack == after.dual_stack
        && ports(before) == ports(after)
        && reserved(before) == reserved(after)
}

/// Whether an object takes part in what leads requests in from outside.
pub(super) fn is_of_the_edge(body: &Body) -> bool {
    match body {
        Body::Ingress(_)
        | Body::IngressClass(_)
        | Body::GatewayClass(_)
        | Body::Gateway(_)
        | Body::ListenerSet(_)
        | Body::Route(_)
        | Body::ReferenceGrant(_) => true,
        Body::Data { data_type, .. } => data_type == "kubernetes.io/tls",
        Body::Namespace(_) | Body::Node(_) | Body::Workload(..) | Body::Service(_) | Body::Slices(_) | Body::Policy(_) | Body::Accepted => {
            false
        }
    }
}
