//! A machine fails, its silence is noticed, and its pods are given up (`pkg/controller/nodelifecycle`, `pkg/controller/tainteviction`).
//!
//! The node stays Ready for the grace period in which nobody misses its heartbeats. Then it is NotReady and so are its pods; it is
//! tainted, and pods that do not tolerate that for longer are deleted after five minutes. Nobody there stops them, so they stay
//! Terminating until the machine comes back, while their controllers make others. A machine that comes back has been started anew.

use super::Simulation;
use super::kubelet::{SECOND, is_over};
use super::log::{About, What};
use super::scheduler::tolerates;
use super::{Event, Millis};
use crate::cluster::{NodeId, Pod, PodId};
use crate::model::{Taint, WorkloadKind};

/// `--node-monitor-grace-period` of kube-controller-manager, by default.
const GRACE: Millis = 50 * SECOND;
/// What the admission plugin DefaultTolerationSeconds gives every pod.
const TOLERATED: u32 = 300;
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

#[inline(never)]
fn least_tolerated(pod: &Pod, taints: &[Taint]) -> Option<u32> {
    let minded = taints.iter().filter(|taint| taint.effect == "NoExecute" && !taint.key.starts_with("node.kubernetes.io/"));
    let seconds = minded.map(|taint| {
        let tolerated = pod.spec().tolerations.iter().filter(|held| tolerates(held, &taint.key, &taint.value, &taint.effect));
        tolerated.map(|toleration| toleration.seconds.unwrap_or(u32::MAX)).min().unwrap_or(0)
    });
    seconds.min().filter(|&seconds| seconds < u32::MAX)
}

impl Simulation {
    pub(super) fn fail_node(&mut self, id: NodeId) {
        let node = &mut self.cluster.nodes[id.0 as usize];
        if !std::mem::replace(&mut node.up, false) {
            return;
        }
        let ready = node.ready;
        let outage = self.next_outage(id);
        if ready {
            self.queue.after(GRACE, Event::NodeSilent(id, outage));
        }
        self.network_version += 1;
    }

    fn next_outage(&mut self, id: NodeId) -> u32 {
        self.outages.resize(self.cluster.nodes.len(), 0);
        self.outages[id.0 as usize] += 1;
        self.outages[id.0 as usize]
    }

    fn pods_on(&self, id: NodeId) -> Vec<PodId> {
        self.cluster.pods().filter(|(_, pod)| pod.node == Some(id)).map(|(id, _)| id).collect()
    }

    fn tell_of_node(&mut self, id: NodeId, reason: &'static str, message: String) {
        let about = About::Object(format!("Node/{}", self.cluster.node(id).name));
        self.log.push(self.queue.now(), about, What::Told { warning: false, reason, message });
    }

    pub(super) fn node_silent(&mut self, id: NodeId, outage: u32) {
        if self.outages[id.0 as usize] != outage {
            return;
        }
        let node = &mut self.cluster.nodes[id.0 as usize];
        node.ready = false;
        let taint = |effect: &str| Taint { key: UNREACHABLE.into(), value: String::new(), effect: effect.into() };
        node.taints.extend([taint("NoSchedule"), taint("NoExecute")]);
        let name = node.name.clone();
        self.tell_of_node(id, "NodeNotReady", format!("Node {name} status is now: NodeNotReady"));
        for pod in self.pods_on(id) {
            if !is_over(self.cluster.pod(pod)) {
                let what = What::Told { warning: true, reason: "NodeNotReady", message: "Node is not ready".into() };
                self.log.push(self.queue.now(), About::Pod(pod), what);
                self.update(pod);
            }
            if let Some(seconds) = self.tolerates_outage(pod) {
                self.queue.after(Millis::from(seconds) * SECOND, Event::Evict(pod, outage));
            }
        }
        self.wake_daemon_sets();
    }

    /// For how many seconds a pod bears with its unreachable node; absent for ever.
    fn tolerates_outage(&self, id: PodId) -> Option<u32> {
        let pod = self.cluster.pod(id);
        if self.cluster.workload(pod.workload).kind == WorkloadKind::DaemonSet {
            return None;
        }
        let own = || pod.spec().tolerations.iter().filter(|toleration| tolerates(toleration, UNREACHABLE, "", "NoExecute"));
        if own().next().is_none() {
            return Some(TOLERATED);
        }
        own().filter_map(|toleration| toleration.seconds).min()
    }

    /// For how many seconds a pod may stay for the `NoExecute` taints of its node (`processPodOnNode`); absent for ever. What a
    /// node's own troubles taint it with is left out, since every pod tolerates it for a while, which is the outage's to count.
    fn tolerates_node(&self, id: PodId) -> Option<u32> {
        let pod = self.cluster.pod(id);
        let taints = &self.cluster.node(pod.node?).taints;
        if taints.is_empty() { None } else { least_tolerated(pod, taints) }
    }

    /// Has a pod deleted that its node's taints drive away.
    pub(super) fn heed_taints(&mut self, id: PodId) {
        if let (Some(seconds), Some(node)) = (self.tolerates_node(id), self.cluster.pod(id).node) {
            let outage = self.outages[node.0 as usize];
            self.queue.after(Millis::from(seconds) * SECOND, Event::Evict(id, outage));
        }
    }

    /// Nodes have got other taints: those that had these before.
    #[inline(never)]
    pub(super) fn taints_changed(&mut self, before: &[Vec<Taint>]) {
        for (index, before) in before.iter().enumerate() {
            if self.cluster.nodes[index].taints != *before {
                for pod in self.pods_on(NodeId(u32::try_from(index).unwrap_or(u32::MAX))) {
                    self.heed_taints(pod);
                }
                self.wake_daemon_sets();
            }
        }
    }

    pub(super) fn evict(&mut self, id: PodId, outage: u32) {
        let pod = self.cluster.pod(id);
        let Some(node) = pod.node.filter(|_| !pod.gone && pod.deletion.is_none()) else { return };
        // A taint may have been taken away meanwhile.
        let minds = !self.cluster.node(node).ready || self.tolerates_node(id).is_some();
        if minds && self.outages[node.0 as usize] == outage {
            let message = format!("Marking for deletion Pod {}/{}", pod.meta.namespace, pod.meta.name);
            let what = What::Told { warning: false, reason: "TaintManagerEviction", message };
            self.log.push(self.queue.now(), About::Pod(id), what);
            self.delete_pod(id, None);
        }
    }

    /// The machine has started again: its kubelet takes its pods up, and lets those go that were deleted meanwhile.
    pub(super) fn recover_node(&mut self, id: NodeId) {
        let node = &mut self.cluster.nodes[id.0 as usize];
        if std::mem::replace(&mut node.up, true) {
            return;
        }
        let name = node.name.clone();
        let was_ready = std::mem::replace(&mut node.ready, true);
        node.taints.retain(|taint| taint.key != UNREACHABLE);
        self.next_outage(id);
        if !was_ready {
            self.tell_of_node(id, "NodeReady", format!("Node {name} status is now: NodeReady"));
        }
        for pod in self.pods_on(id) {
            if self.cluster.pod(pod).deletion.is_some() {
                self.remove(pod);
            } else if !is_over(self.cluster.pod(pod)) {
                self.reboot(pod);
            }
        }
        self.network_version += 1;
        self.wake_daemon_sets();
        self.reschedule();
    }

    pub(super) fn wake_daemon_sets(&mut self) {
        for index in 0..self.cluster.workloads.len() {
            if self.cluster.workloads[index].1.kind == WorkloadKind::DaemonSet {
                self.wake(crate::cluster::WorkloadId(u32::try_from(index).unwrap_or(u32::MAX)));
            }
        }
    }
}
