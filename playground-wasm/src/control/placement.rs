//! A pod's node: the scheduler binds it. And who owns which address.

use super::Simulation;
use super::log::{About, What};
use super::scheduler::Scheduler;
use crate::cluster::{AddressOwner, Cluster, NodeId, PodId};
use crate::index::Index;

/// What the API server says of a pod with scheduling gates (`applySchedulingGatedCondition` of `pkg/registry/core/pod`).
const GATED: &str = "Scheduling is blocked due to non-empty scheduling gates";

impl Simulation {
    /// Finds a node for each pod that waits for one: those that name theirs first, so that they stand there already when the
    /// others look for a place.
    pub(super) fn schedule(&mut self) {
        let waiting = std::mem::take(&mut self.unscheduled);
        let mut rest = Vec::new();
        let names: Index<String, NodeId> = if waiting.iter().any(|&id| self.cluster.pod(id).spec().node_name.is_some()) {
            self.cluster.nodes().map(|(id, node)| (node.name.clone(), id)).collect()
        } else {
            Index::default()
        };
        for id in waiting {
            let pod = self.cluster.pod(id);
            match &pod.spec().node_name {
                Some(name) if !pod.gone => match names.get(name) {
                    Some(&node) => self.bind(id, node),
                    None => {
                        let why = format!("spec.nodeName names {name}, and there is no such node");
                        self.cluster.pods[id.0 as usize].why = why;
                        self.unscheduled.push(id);
                    }
                },
                _ => rest.push(id),
            }
        }
        for id in rest {
            let pod = self.cluster.pod(id);
            if pod.gone || pod.terminating && pod.deletion.is_some() {
                continue;
            }
            if pod.spec().gated {
                self.cluster.pods[id.0 as usize].why = GATED.into();
                self.unscheduled.push(id);
                continue;
            }
            match self.scheduler.place(&self.cluster, pod) {
                Ok(node) => self.bind(id, node),
                Err(why) => self.leave_unscheduled(id, why),
            }
        }
    }

    #[inline(never)]
    fn leave_unscheduled(&mut self, id: PodId, why: String) {
        let pod = &mut self.cluster.pods[id.0 as usize];
        if pod.why != why {
            let what = What::Told { warning: true, reason: "FailedScheduling", message: why.clone() };
            self.log.push(self.queue.now(), About::Pod(id), what);
        }
        pod.why = why;
        self.unscheduled.push(id);
    }

    /// Puts a pod on a node; a DaemonSet's controller does so itself.
    pub(super) fn bind(&mut self, id: PodId, node: NodeId) {
        let now = self.queue.now();
        let pod = &mut self.cluster.pods[id.0 as usize];
        pod.node = Some(node);
        pod.why.clear();
        pod.conditions.scheduled.set(true, now);
        let pod = self.cluster.pod(id);
        self.scheduler.bind(pod, node);
        if pod.claimed.finished.is_none() {
            self.log.push(now, About::Pod(id), What::Scheduled);
        }
    }

    /// Leads packets for a pod's addresses to it.
    pub(super) fn own_addresses(&mut self, id: PodId) {
        let pod = &self.cluster.pods[id.0 as usize];
        if !pod.spec().host_network && !pod.gone {
            for &ip in &pod.ips {
                self.cluster.addresses.entry(ip).or_insert(AddressOwner::Pod(id));
            }
        }
    }

    /// Leads packets for a pod's addresses nowhere.
    pub(super) fn disown_addresses(&mut self, id: PodId) {
        for ip in &self.cluster.pods[id.0 as usize].ips {
            if self.cluster.addresses.get(ip) == Some(&AddressOwner::Pod(id)) {
                self.cluster.addresses.remove(ip);
            }
        }
    }

    /// Takes a pod's addresses back.
    pub(super) fn take_addresses(&mut self, id: PodId) {
        self.disown_addresses(id);
        let pod = &mut self.cluster.pods[id.0 as usize];
        let own = !pod.spec().host_network;
        for ip in std::mem::take(&mut pod.ips).into_iter().filter(|_| own) {
            self.addresses.release(ip);
        }
    }

    /// Reserves what statuses name, and leads packets for nodes to them.
    pub(super) fn reserve_addresses(&mut self) {
        for pod in &self.cluster.pods {
            for &ip in &pod.claimed.ips {
                self.addresses.reserve(ip);
            }
        }
        own_nodes(&mut self.cluster);
    }
}

/// Leads packets for the nodes' own addresses to them.
pub fn own_nodes(cluster: &mut Cluster) {
    let owned: Vec<_> = cluster.nodes().flat_map(|(id, node)| node.ips.iter().map(move |&ip| (ip, AddressOwner::Node(id)))).collect();
    for (ip, owner) in owned {
        cluster.addresses.entry(ip).or_insert(owner);
    }
}

/// Counts anew which pods stand where.
pub fn recount(cluster: &Cluster) -> Scheduler {
    let mut scheduler = Scheduler::default();
    for (_, pod) in cluster.pods() {
        if let Some(node) = pod.node.filter(|_| !super::kubelet::is_over(pod)) {
            scheduler.bind(pod, node);
        }
    }
    scheduler
}
