//! A kubelet looks at a pod before it takes it up (`pkg/kubelet/lifecycle/predicate.go`, `rejectPod`): one whose node was chosen past
//! the scheduler may not fit. Its phase is then Failed, and nobody tries again but a controller that makes another.
//!
//! Left out: resources, operating systems, and pods that a manifest gives with the status that another kubelet gave them.

use super::super::Simulation;
use super::super::scheduler::{self, NO_FREE_PORTS};
use super::is_over;
use crate::cluster::{Phase, Pod, PodId};

/// A workload of which so many pods were refused will have the next one refused, too.
const HOPELESS: usize = 3;

impl Simulation {
    /// Whether a kubelet has refused pods of the same workload before, so that nobody need wait for what becomes of the next.
    pub(super) fn is_hopeless(&self, id: PodId) -> bool {
        let pods = &self.managed[self.cluster.pod(id).workload.0 as usize].pods;
        pods.iter().filter(|&&pod| !self.cluster.pod(pod).reason.is_empty()).count() >= HOPELESS
    }

    /// Why a kubelet will not have a pod: the plugin, and what that says.
    fn refusal(&self, id: PodId) -> Option<(&'static str, &'static str)> {
        let pod = self.cluster.pod(id);
        let node_id = pod.node.filter(|_| pod.claimed.ips.is_empty() && pod.claimed.ready.is_none())?;
        let node = self.cluster.node(node_id);
        if !scheduler::is_wanted(pod.spec(), node) {
            return Some(("NodeAffinity", scheduler::NOT_WANTED));
        }
        let runs = |other: &Pod| other.node == Some(node_id) && other.has_sandbox && !is_over(other);
        let ports: Vec<_> = scheduler::host_ports(pod.spec()).collect();
        let mut others = self.cluster.pods().filter(|(other, pod)| !ports.is_empty() && *other != id && runs(pod));
        if others
            .any(|(_, other)| scheduler::host_ports(other.spec()).any(|taken| ports.iter().any(|&port| scheduler::collide(taken, port))))
        {
            return Some(("NodePorts", NO_FREE_PORTS));
        }
        None
    }

    /// Refuses a pod that does not fit; false for one that does.
    pub(super) fn refuse(&mut self, id: PodId) -> bool {
        let Some((reason, message)) = self.refusal(id) else { return false };
        let message = format!("Predicate {reason} failed: {message}");
        self.tell(id, true, reason, message.clone());
        if let Some(node) = self.cluster.pod(id).node {
            self.scheduler.release(&self.cluster.pods[id.0 as usize], node);
        }
        self.take_addresses(id);
        let pod = self.pod_mut(id);
        (pod.phase, pod.reason, pod.why) = (Phase::Failed, reason, format!("Pod was rejected: {message}"));
        let workload = pod.workload;
        self.publisher.touch(id, &mut self.queue);
        self.network_version += 1;
        self.update(id);
        self.wake(workload);
        self.reschedule();
        true
    }
}
