//! A kubelet looks at a pod before it takes it up (`pkg/kubelet/lifecycle/predicate.go`, `rejectPod`): one whose node was chosen past
//! the scheduler may not fit. Its phase is then Failed, and nobody tries again but a controller that makes another.
//!
//! Left out: resources, operating systems, what the scheduler has looked at already, and pods that a manifest gives with the status that another kubelet gave them.

use super::super::Simulation;
use super::super::scheduler::{self, NO_FREE_PORTS};
use super::is_over;
use crate::cluster::{NodeId, Phase, Pod, PodId};

/// A workload of which so many pods were refused will have the next one refused, too.
const HOPELESS: u32 = 3;

impl Simulation {
    /// Whether a kubelet has refused pods of the same workload before, so that nobody need wait for what becomes of the next.
    pub(super) fn is_hopeless(&self, id: PodId) -> bool {
        self.managed[self.cluster.pod(id).workload.0 as usize].refused >= HOPELESS
    }

    /// Why a kubelet will not have a pod: the plugin, and what that says.
    fn refusal(&self, id: PodId) -> Option<(&'static str, &'static str)> {
        let pod = self.cluster.pod(id);
        let has_status = !pod.claimed.ips.is_empty() || pod.claimed.ready.is_some();
        let node_id = pod.node.filter(|_| pod.spec().node_name.is_some() && !has_status)?;
        let node = self.cluster.node(node_id);
        if !scheduler::is_wanted(pod.spec(), node) {
            return Some(("NodeAffinity", scheduler::NOT_WANTED));
        }
        let needs_ports = scheduler::host_ports(pod.spec()).next().is_some();
        (needs_ports && self.lacks_ports(id, node_id)).then_some(("NodePorts", NO_FREE_PORTS))
    }

    /// Whether a pod that runs on the node has a port that this one needs.
    #[inline(never)]
    fn lacks_ports(&self, id: PodId, node: NodeId) -> bool {
        let ports: Vec<_> = scheduler::host_ports(self.cluster.pod(id).spec()).collect();
        let runs = |other: &Pod| other.node == Some(node) && other.has_sandbox && !is_over(other);
        let takes =
            |other: &Pod| scheduler::host_ports(other.spec()).any(|taken| ports.iter().any(|&port| scheduler::collide(taken, port)));
        self.cluster.pods().any(|(other, pod)| other != id && runs(pod) && takes(pod))
    }

    /// Refuses a pod that does not fit; false for one that does.
    pub(super) fn refuse(&mut self, id: PodId) -> bool {
        let Some((reason, message)) = self.refusal(id) else { return false };
        self.reject(id, reason, message);
        true
    }

    #[inline(never)]
    fn reject(&mut self, id: PodId, reason: &'static str, message: &str) {
        let message = format!("Predicate {reason} failed: {message}");
        self.tell(id, true, reason, message.clone());
        if let Some(node) = self.cluster.pod(id).node {
            self.scheduler.release(&self.cluster.pods[id.0 as usize], node);
        }
        self.take_addresses(id);
        let pod = self.pod_mut(id);
        (pod.phase, pod.reason, pod.why) = (Phase::Failed, reason, format!("Pod was rejected: {message}"));
        let workload = pod.workload;
        self.managed[workload.0 as usize].refused += 1;
        self.publisher.touch(id, &mut self.queue);
        self.network_version += 1;
        self.update(id);
        self.wake(workload);
        self.reschedule();
    }
}
