//! Nodes, Services, pods, calls and policies as they are to be drawn.

use super::calls::{Call, Ranks, calls, is_system, owners};
use crate::cluster::{Cluster, Node, NodeId, Pod, PodId, Selection, Service, ServiceId};
use crate::dto::{CallView, ContainerView, NodeView, Picture, PodView, PolicyView, ServiceView};
use crate::index::Index;
use crate::model::{PortRef, Role, WorkloadKind};
use crate::net::Network;
use crate::object::type_name;
use crate::policy::Direction;
use crate::trace::{pod_id, port_protocol, service_id};

/// The picture of a cluster with the views of its Services and pods.
pub fn picture(net: Network<'_>) -> Picture {
    let calls = calls(net);
    let selection = Selection::new(net.cluster);
    let links: Vec<_> = calls.iter().map(|call| (call.from, call.to)).collect();
    let behind: Vec<_> = net.cluster.services.iter().map(|service| owners(net.cluster, selection.of(service))).collect();
    let ranks = Ranks::new(net.cluster, &links, &behind);
    let (services, pods) = members(net.cluster, &ranks, &selection);
    Picture { nodes: nodes(net.cluster), services, pods, calls: views(calls), policies: policies(net) }
}

pub fn views(calls: Vec<Call>) -> Vec<CallView> {
    calls.into_iter().map(|call| call.view).collect()
}

pub fn nodes(cluster: &Cluster) -> Vec<NodeView> {
    let view = |(_, node): (_, &Node)| NodeView {
        id: format!("Node/{}", node.name),
        name: node.name.clone(),
        address: node.ips.first().map_or_else(String::new, ToString::to_string),
        pod_cidr: node.pod_cidrs.first().map_or_else(String::new, ToString::to_string),
        zone: node.zone().map(str::to_owned),
        range: node.object.and_then(|object| cluster.sources.head(object)),
    };
    cluster.nodes().map(view).collect()
}

/// The views of all Services and pods.
fn members(cluster: &Cluster, ranks: &Ranks, selection: &Selection<'_>) -> (Vec<ServiceView>, Vec<PodView>) {
    let mut marks = Marks::default();
    let services = cluster.services().map(|(id, service)| {
        let mark = marks.next(&service.meta().name);
        service_view(cluster, id, service, selected(cluster, service, selection), ranks.service(id), mark)
    });
    let pods = cluster.pods().map(|(id, pod)| pod_view(cluster, id, pod, ranks.workload(pod.workload)));
    (services.collect(), pods.collect())
}

/// The letters on the roundels: the first of the name, a second one or a digit where it is taken.
#[derive(Default)]
struct Marks {
    /// Each with the number that is to be tried next behind it.
    taken: Index<String, u32>,
}

impl Marks {
    fn next(&mut self, name: &str) -> String {
        let mut letters = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase());
        let first = letters.next().unwrap_or('S').to_string();
        let double = letters.map(|second| format!("{first}{}", second.to_ascii_lowercase()));
        let free = std::iter::once(first.clone()).chain(double).find(|mark| !self.taken.contains_key(mark));
        let mark = free.unwrap_or_else(|| {
            let mut number = self.taken.get(&first).copied().unwrap_or(2);
            let mut numbered = format!("{first}{number}");
            while self.taken.contains_key(&numbered) {
                number += 1;
                numbered = format!("{first}{number}");
            }
            self.taken.insert(first, number + 1);
            numbered
        });
        self.taken.insert(mark.clone(), 2);
        mark
    }
}

/// The object ids of the pods that a Service selects, or that its given slices name.
fn selected(cluster: &Cluster, service: &Service, selection: &Selection<'_>) -> Vec<String> {
    if !service.slices_given {
        return selection.of(service).map(|pod| pod_id(cluster, pod)).collect();
    }
    let named = service.slices.iter().flat_map(|slice| &slice.endpoints).filter_map(|endpoint| endpoint.pod.as_ref());
    let mut pods: Vec<String> = named.map(|name| format!("Pod/{}/{name}", service.meta().namespace)).collect();
    pods.sort_unstable();
    pods.dedup();
    pods
}

pub fn service_view(cluster: &Cluster, id: ServiceId, service: &Service, pods: Vec<String>, rank: u32, mark: String) -> ServiceView {
    let meta = service.meta();
    let balancer =
        service.load_balancer.iter().filter_map(|ingress| ingress.ip.map(|ip| ip.to_string()).or_else(|| ingress.hostname.clone()));
    ServiceView {
        id: service_id(cluster, id),
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
        service_type: if service.is_headless() { "Headless".into() } else { type_name(&service.spec.service_type).to_owned() },
        mark,
        cluster_ips: service.cluster_ips.iter().map(ToString::to_string).collect(),
        external_ips: balancer.chain(service.spec.external_ips.iter().map(ToString::to_string)).collect(),
        ports: service.spec.ports.iter().zip(&service.node_ports).map(|(port, node_port)| port_text(port, *node_port)).collect(),
        pods,
        rank,
        system: is_system(cluster, service.object),
        range: cluster.sources.head(service.object),
    }
}

fn port_text(port: &crate::model::ServicePort, node_port: Option<u16>) -> String {
    let name = if port.name.is_empty() { String::new() } else { format!("{} ", port.name) };
    let target = match &port.target {
        PortRef::Number(number) => port_protocol(*number, port.protocol),
        PortRef::Name(target) => format!("{target}/{}", port.protocol),
    };
    let node_port = node_port.map_or_else(String::new, |node_port| format!(" :{node_port}"));
    format!("{name}{} → {target}{node_port}", port.port)
}

pub fn pod_view(cluster: &Cluster, id: PodId, pod: &Pod, rank: u32) -> PodView {
    let (object, workload) = &cluster.workloads[pod.workload.0 as usize];
    let bare = workload.kind == WorkloadKind::Pod;
    let suffix = pod.meta.name.strip_prefix(&workload.meta.name).map_or("", |rest| rest.trim_start_matches('-'));
    PodView {
        id: pod_id(cluster, id),
        namespace: pod.meta.namespace.clone(),
        name: pod.meta.name.clone(),
        app: if bare { pod.meta.name.clone() } else { workload.meta.name.clone() },
        suffix: if bare { String::new() } else { suffix.to_owned() },
        workload: cluster.sources.id(*object).to_string(),
        node: pod.node.map(|NodeId(index)| format!("Node/{}", cluster.nodes[index as usize].name)),
        ip: pod.ips.first().map(ToString::to_string),
        status: super::moment::status(pod),
        ready: pod.ready,
        why: pod.why.clone(),
        containers: containers(cluster, pod),
        system: is_system(cluster, pod.object),
        rank,
        range: cluster.sources.head(pod.object),
    }
}

fn containers(cluster: &Cluster, pod: &Pod) -> Vec<ContainerView> {
    let kind = cluster.workload(pod.workload).kind;
    let kind = if cluster.sources.id(pod.object).kind == "Pod" { WorkloadKind::Pod } else { kind };
    pod.spec()
        .containers
        .iter()
        .zip(&pod.containers)
        .zip(pod.behavior.iter())
        .map(|((container, state), behavior)| {
            let mut path: Vec<crate::text::Step> = kind.pod_spec_path().iter().map(|&field| field.into()).collect();
            path.extend([container.list().into(), container.index.into(), "name".into()]);
            ContainerView {
                name: container.name.clone(),
                image: container.image.clone(),
                role: match container.role {
                    Role::Main => "container",
                    Role::Init => "init",
                    Role::Sidecar => "sidecar",
                }
                .into(),
                ready: state.ready,
                listens: behavior
                    .listeners
                    .iter()
                    .map(|listener| {
                        let address = listener.address.map_or_else(String::new, |address| format!("{address}:"));
                        format!("{address}{}", port_protocol(listener.port, listener.protocol))
                    })
                    .collect(),
                range: cluster.sources.line(pod.object, &path).map(|line| line.range),
            }
        })
        .collect()
}

fn policies(net: Network<'_>) -> Vec<PolicyView> {
    let cluster = net.cluster;
    if !cluster.config.enforce_network_policy {
        return Vec::new();
    }
    let mut isolated: Vec<Vec<PodId>> = vec![Vec::new(); cluster.policies.len()];
    for (id, _) in cluster.pods() {
        for &number in Direction::BOTH.iter().flat_map(|&direction| net.policies.isolating(direction, id)) {
            let pods = &mut isolated[number];
            if pods.last() != Some(&id) {
                pods.push(id);
            }
        }
    }
    isolated.into_iter().enumerate().map(|(index, pods)| policy_view(cluster, index, pods)).collect()
}

/// The view of one policy, by its index.
pub fn policy(net: Network<'_>, index: usize) -> PolicyView {
    let isolates = |id: PodId| Direction::BOTH.iter().any(|&direction| net.policies.isolating(direction, id).contains(&index));
    policy_view(net.cluster, index, net.cluster.pods().map(|(id, _)| id).filter(|&id| isolates(id)).collect())
}

fn policy_view(cluster: &Cluster, index: usize, pods: Vec<PodId>) -> PolicyView {
    let (object, policy) = &cluster.policies[index];
    PolicyView {
        id: cluster.sources.id(*object).to_string(),
        namespace: policy.meta.namespace.clone(),
        name: policy.meta.name.clone(),
        ingress: policy.ingress.is_some(),
        egress: policy.egress.is_some(),
        pods: pods.into_iter().map(|pod| pod_id(cluster, pod)).collect(),
        range: cluster.sources.head(*object),
    }
}
