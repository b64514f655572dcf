//! The call graph of a cluster: whom each workload names, and how far everything is from where requests enter.

use std::net::IpAddr;

use crate::behavior::Reference;
use crate::cluster::{AddressOwner, Cluster, ObjectRef, Pod, PodId, ServiceId, WorkloadId};
use crate::dto::CallView;
use crate::edge::infrastructure;
use crate::model::Role;
use crate::net::Network;

/// A call with both ends resolved.
pub struct Call {
    pub from: WorkloadId,
    pub to: Callee,
    pub view: CallView,
}

/// What a call reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    Service(ServiceId),
    Pod(PodId),
    Nothing,
}

/// The calls of one workload.
pub fn calls_of(cluster: &Cluster, from: WorkloadId) -> Vec<Call> {
    let mut calls = Vec::new();
    if let Some(first) = cluster.first_pods[from.0 as usize] {
        add_calls(cluster, cluster.pod(first), &mut calls);
    }
    calls
}

/// The calls of every workload, from the first of its pods; those of pods of one workload are alike.
pub fn calls(net: Network<'_>) -> Vec<Call> {
    let mut calls = edge_calls(net);
    for pod in first_pods(net.cluster) {
        add_calls(net.cluster, pod, &mut calls);
    }
    calls
}

/// The same without their views.
pub fn links(net: Network<'_>) -> Vec<(WorkloadId, Callee)> {
    let mut links: Vec<_> = edge_calls(net).iter().map(|call| (call.from, call.to)).collect();
    for pod in first_pods(net.cluster) {
        links.extend(references(net.cluster, pod).map(|(_, to)| (pod.workload, to)));
    }
    links
}

fn first_pods(cluster: &Cluster) -> impl Iterator<Item = &Pod> {
    cluster.pods().filter(|(id, pod)| cluster.first_pods[pod.workload.0 as usize] == Some(*id)).map(|(_, pod)| pod)
}

/// Whether some workload calls an address instead of a name.
pub fn calls_addresses(cluster: &Cluster) -> bool {
    let firsts = cluster.first_pods.iter().flatten().map(|&pod| cluster.pod(pod));
    let mut calls = firsts.flat_map(|pod| pod.behavior.iter()).flat_map(|behavior| &behavior.calls);
    calls.any(|reference| !is_local(&reference.host) && reference.host.parse::<IpAddr>().is_ok())
}

/// The references of a pod with what they reach. One to localhost stays in the pod and is no line on the map.
fn references<'c>(cluster: &'c Cluster, pod: &'c Pod) -> impl Iterator<Item = (&'c Reference, Callee)> {
    let namespace = &cluster.workload(pod.workload).meta.namespace;
    let containers = pod.spec().containers.iter().zip(pod.behavior.iter()).filter(|(container, _)| container.role != Role::Init);
    let references = containers.flat_map(|(_, behavior)| &behavior.calls).filter(|reference| !is_local(&reference.host));
    references.map(move |reference| (reference, callee(cluster, namespace, &reference.host)))
}

/// The calls of a workload whose first pod this is.
fn add_calls(cluster: &Cluster, pod: &Pod, calls: &mut Vec<Call>) {
    let (object, _) = &cluster.workloads[pod.workload.0 as usize];
    for (reference, to) in references(cluster, pod) {
        let id = match to {
            Callee::Service(id) => Some(crate::trace::service_id(cluster, id)),
            Callee::Pod(id) => Some(crate::trace::pod_id(cluster, id)),
            Callee::Nothing => None,
        };
        let view = CallView {
            from: cluster.sources.id(*object).to_string(),
            to: id,
            text: reference.text.clone(),
            range: cluster.sources.line(pod.object, &reference.origin).map(|line| line.range),
        };
        calls.push(Call { from: pod.workload, to, view });
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whom a host means to a pod of that namespace, by the forms that Service names have; the resolver decides when a request is sent.
fn callee(cluster: &Cluster, namespace: &str, host: &str) -> Callee {
    if let Ok(address) = host.parse::<IpAddr>() {
        let owner = cluster.services().find(|(_, service)| service.cluster_ips.contains(&address)).map(|(id, _)| Callee::Service(id));
        return owner.unwrap_or_else(|| match cluster.addresses.get(&address) {
            Some(&AddressOwner::Pod(pod)) => Callee::Pod(pod),
            _ => Callee::Nothing,
        });
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let suffix = format!(".svc.{}", cluster.config.cluster_domain);
    let short = host.strip_suffix(&suffix).or_else(|| host.strip_suffix(".svc")).unwrap_or(&host);
    let labels: Vec<&str> = short.split('.').collect();
    let found = match labels.as_slice() {
        [name] => cluster.find_service(namespace, name),
        // A pod of a headless Service by its hostname comes in front of the Service's own name.
        [name, other] => cluster.find_service(other, name).or_else(|| cluster.find_service(namespace, other)),
        [.., name, other] => cluster.find_service(other, name),
        [] => None,
    };
    found.map_or(Callee::Nothing, Callee::Service)
}

/// Distance of workloads and Services from where requests enter: the longest way over calls, those that lead back left out.
pub struct Ranks {
    /// By the index of a workload; absent where nothing was found behind a call.
    workloads: Vec<Option<u32>>,
    services: Vec<Option<u32>>,
}

impl Ranks {
    /// From whom each workload calls, and from the workloads behind each Service, by its index.
    pub fn new(cluster: &Cluster, links: &[(WorkloadId, Callee)], members: &[Vec<WorkloadId>]) -> Self {
        let behind = |id: ServiceId| members[id.0 as usize].as_slice();
        let mut edges: Vec<Vec<WorkloadId>> = vec![Vec::new(); cluster.workloads.len()];
        let mut called = vec![false; cluster.workloads.len()];
        for &(from, to) in links {
            if let Callee::Service(id) = to {
                edges[from.0 as usize].extend(behind(id));
                for callee in behind(id) {
                    called[callee.0 as usize] = true;
                }
            }
        }
        let exposed = cluster
            .services()
            .filter(|(_, service)| service.spec.service_type.is_external())
            .flat_map(|(id, _)| behind(id).iter().copied());
        let uncalled = cluster.pods().map(|(_, pod)| pod.workload).filter(|workload| !called[workload.0 as usize]);
        // The rest only calls itself in a circle: any of it may begin.
        let all = cluster.pods().map(|(_, pod)| pod.workload);
        let mut walk = Walk { forward: vec![Vec::new(); edges.len()], state: vec![State::New; edges.len()], edges, order: Vec::new() };
        for start in exposed.chain(uncalled).chain(all) {
            walk.visit(start);
        }
        let mut workloads = vec![None; cluster.workloads.len()];
        for &from in walk.order.iter().rev() {
            let rank = *workloads[from.0 as usize].get_or_insert(0);
            for to in &walk.forward[from.0 as usize] {
                let known = workloads[to.0 as usize].get_or_insert(0);
                *known = (*known).max(rank + 1);
            }
        }
        let rank = |workload: &WorkloadId| workloads[workload.0 as usize];
        let mut services: Vec<Option<u32>> = members.iter().map(|members| members.iter().filter_map(rank).min()).collect();
        // A Service without pods stands behind its first caller.
        for (from, to) in links {
            if let (Callee::Service(id), Some(rank)) = (*to, rank(from)) {
                services[id.0 as usize].get_or_insert(rank + 1);
            }
        }
        Self { workloads, services }
    }

    pub fn service(&self, id: ServiceId) -> u32 {
        self.services[id.0 as usize].unwrap_or(0)
    }

    pub fn workload(&self, id: WorkloadId) -> u32 {
        self.workloads[id.0 as usize].unwrap_or(0)
    }
}

/// Where the walk is with a workload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    OnTheWay,
    Left,
}

/// Depth first over the calls: which lead forward, and the workloads in the order they were left.
struct Walk {
    edges: Vec<Vec<WorkloadId>>,
    state: Vec<State>,
    order: Vec<WorkloadId>,
    forward: Vec<Vec<WorkloadId>>,
}

impl Walk {
    fn visit(&mut self, start: WorkloadId) {
        if self.state[start.0 as usize] != State::New {
            return;
        }
        // A stack of its own: pasted manifests may chain more workloads than a browser's stack holds frames.
        let mut stack = vec![(start, 0)];
        self.state[start.0 as usize] = State::OnTheWay;
        while let Some((from, next)) = stack.last_mut() {
            let Some(&to) = self.edges[from.0 as usize].get(*next) else {
                self.state[from.0 as usize] = State::Left;
                self.order.push(*from);
                stack.pop();
                continue;
            };
            *next += 1;
            let state = &mut self.state[to.0 as usize];
            if *state != State::OnTheWay {
                self.forward[from.0 as usize].push(to);
            }
            if *state == State::New {
                *state = State::OnTheWay;
                stack.push((to, 0));
            }
        }
    }
}

/// The workloads that some pods belong to, each once.
pub fn owners(cluster: &Cluster, pods: impl Iterator<Item = PodId>) -> Vec<WorkloadId> {
    let mut list: Vec<WorkloadId> = Vec::new();
    for pod in pods {
        let workload = cluster.pod(pod).workload;
        if list.last() != Some(&workload) && !list.contains(&workload) {
            list.push(workload);
        }
    }
    list
}

/// Whether an object is the cluster's own; proxies at the edge are part of what the manifests ask for.
pub fn is_system(cluster: &Cluster, object: ObjectRef) -> bool {
    cluster.sources.get(object).file.is_none() && !infrastructure::is_made(cluster, object)
}

/// The calls of proxies at the edge: one for each Service that their rules send to.
fn edge_calls(net: Network<'_>) -> Vec<Call> {
    let cluster = net.cluster;
    let mut calls: Vec<Call> = Vec::new();
    for (from, lead) in net.edge.leads(cluster) {
        let to = Callee::Service(lead.to.service);
        if calls.iter().any(|call| call.from == from && call.to == to) {
            continue;
        }
        let view = CallView {
            from: cluster.sources.id(cluster.workloads[from.0 as usize].0).to_string(),
            to: Some(crate::trace::service_id(cluster, lead.to.service)),
            text: lead.text,
            range: cluster.sources.line(lead.object, &lead.path).map(|line| line.range),
        };
        calls.push(Call { from, to, view });
    }
    calls
}
