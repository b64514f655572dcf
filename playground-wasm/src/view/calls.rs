//! The call graph of a cluster: whom each workload names, and how far everything is from where requests enter.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::cluster::{AddressOwner, Cluster, PodId, ServiceId, WorkloadId};
use crate::dto::CallView;
use crate::index::Index;
use crate::model::{Role, contains_all};

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

/// The calls of every workload, from the first of its pods; those of pods of one workload are alike.
pub fn calls(cluster: &Cluster) -> Vec<Call> {
    let mut seen: BTreeSet<WorkloadId> = BTreeSet::new();
    let mut calls = Vec::new();
    for pod in &cluster.pods {
        if !seen.insert(pod.workload) {
            continue;
        }
        let (object, workload) = &cluster.workloads[pod.workload.0 as usize];
        let containers = pod.spec().containers.iter().zip(pod.behavior.iter());
        for (_, behavior) in containers.filter(|(container, _)| container.role != Role::Init) {
            for reference in &behavior.calls {
                let to = callee(cluster, &workload.meta.namespace, &reference.host);
                let id = match to {
                    Callee::Service(id) => Some(crate::trace::service_id(cluster, id)),
                    Callee::Pod(id) => Some(crate::trace::pod_id(cluster, id)),
                    Callee::Nothing => None,
                };
                // A call to localhost stays in the pod and is no line on the map.
                if is_local(&reference.host) {
                    continue;
                }
                let view = CallView {
                    from: cluster.sources.id(*object).to_string(),
                    to: id,
                    text: reference.text.clone(),
                    range: cluster.sources.line(pod.object, &reference.origin).map(|line| line.range),
                };
                calls.push(Call { from: pod.workload, to, view });
            }
        }
    }
    calls
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
    workloads: Index<WorkloadId, u32>,
    services: Index<ServiceId, u32>,
}

impl Ranks {
    pub fn new(cluster: &Cluster, calls: &[Call]) -> Self {
        let members = members(cluster);
        let behind = |id: ServiceId| members.get(&id).map_or(&[][..], Vec::as_slice);
        let mut edges: Index<WorkloadId, Vec<WorkloadId>> = Index::default();
        for call in calls {
            if let Callee::Service(id) = call.to {
                edges.entry(call.from).or_default().extend(behind(id));
            }
        }
        let called: BTreeSet<WorkloadId> = edges.values().flatten().copied().collect();
        let exposed = cluster
            .services()
            .filter(|(_, service)| service.spec.service_type.is_external())
            .flat_map(|(id, _)| behind(id).iter().copied());
        let uncalled = cluster.pods.iter().map(|pod| pod.workload).filter(|workload| !called.contains(workload));
        // The rest only calls itself in a circle: any of it may begin.
        let all = cluster.pods.iter().map(|pod| pod.workload);
        let mut walk = Walk { edges: &edges, state: Index::default(), order: Vec::new(), forward: Vec::new() };
        for start in exposed.chain(uncalled).chain(all) {
            walk.visit(start);
        }
        let mut workloads: Index<WorkloadId, u32> = Index::default();
        for &from in walk.order.iter().rev() {
            let rank = *workloads.entry(from).or_insert(0);
            for (_, to) in walk.forward.iter().filter(|(caller, _)| *caller == from) {
                let known = workloads.entry(*to).or_insert(0);
                *known = (*known).max(rank + 1);
            }
        }
        let mut services: Index<ServiceId, u32> = Index::default();
        for (id, members) in &members {
            if let Some(rank) = members.iter().filter_map(|workload| workloads.get(workload)).min() {
                services.insert(*id, *rank);
            }
        }
        // A Service without pods stands behind its first caller.
        for call in calls {
            if let (Callee::Service(id), Some(rank)) = (call.to, workloads.get(&call.from)) {
                services.entry(id).or_insert(rank + 1);
            }
        }
        Self { workloads, services }
    }

    pub fn service(&self, id: ServiceId) -> u32 {
        self.services.get(&id).copied().unwrap_or(0)
    }

    pub fn workload(&self, id: WorkloadId) -> u32 {
        self.workloads.get(&id).copied().unwrap_or(0)
    }
}

/// Depth first over the calls: which lead forward, and the workloads in the order they were left.
struct Walk<'a> {
    edges: &'a Index<WorkloadId, Vec<WorkloadId>>,
    /// False while a workload is on the way, true once it was left.
    state: Index<WorkloadId, bool>,
    order: Vec<WorkloadId>,
    forward: Vec<(WorkloadId, WorkloadId)>,
}

impl Walk<'_> {
    fn visit(&mut self, start: WorkloadId) {
        if self.state.contains_key(&start) {
            return;
        }
        // A stack of its own: pasted manifests may chain more workloads than a browser's stack holds frames.
        let mut stack = vec![(start, 0)];
        self.state.insert(start, false);
        while let Some((from, next)) = stack.last_mut() {
            let Some(&to) = self.edges.get(from).and_then(|edges| edges.get(*next)) else {
                self.state.insert(*from, true);
                self.order.push(*from);
                stack.pop();
                continue;
            };
            *next += 1;
            let from = *from;
            match self.state.get(&to) {
                Some(false) => {}
                Some(true) => self.forward.push((from, to)),
                None => {
                    self.forward.push((from, to));
                    self.state.insert(to, false);
                    stack.push((to, 0));
                }
            }
        }
    }
}

/// The workloads behind each Service.
fn members(cluster: &Cluster) -> BTreeMap<ServiceId, Vec<WorkloadId>> {
    let mut members: BTreeMap<ServiceId, Vec<WorkloadId>> = BTreeMap::new();
    for (id, service) in cluster.services() {
        let Some(selector) = &service.spec.selector else { continue };
        let selected =
            cluster.pods.iter().filter(|pod| pod.meta.namespace == service.meta().namespace && contains_all(&pod.meta.labels, selector));
        let list = members.entry(id).or_default();
        for pod in selected {
            if !list.contains(&pod.workload) {
                list.push(pod.workload);
            }
        }
    }
    members
}

/// Whether an object is the cluster's own.
pub fn is_system(cluster: &Cluster, object: crate::cluster::ObjectRef) -> bool {
    cluster.sources.get(object).file.is_none()
}
