//! DaemonSets (`pkg/controller/daemon`): a pod on every node that its pods tolerate, and a new template node by node.

use std::rc::Rc;

use super::Simulation;
use super::scheduler::{is_wanted, tolerates};
use crate::cluster::{Node, NodeId, Phase, Pod, PodId, WorkloadId};
use crate::model::{PodSpec, Strategy, WorkloadKind};

/// Whether a DaemonSet puts a pod on a node (`NodeShouldRunDaemonPod`): its controller adds tolerations for a node's own troubles
/// (`pkg/controller/daemon/util`, `AddOrUpdateDaemonPodTolerations`).
pub fn fits(spec: &PodSpec, node: &Node) -> bool {
    node.taints.iter().all(|taint| {
        taint.effect == "PreferNoSchedule"
            || taint.key.starts_with("node.kubernetes.io/")
            || spec.tolerations.iter().any(|toleration| tolerates(toleration, &taint.key, &taint.value, &taint.effect))
    }) && is_wanted(spec, node)
}

impl Simulation {
    /// The pods of time zero are meant for one node each.
    pub(super) fn assign_daemons(&mut self) {
        if self.cluster.workloads.iter().any(|(_, workload)| workload.kind == WorkloadKind::DaemonSet) {
            self.assign_all_daemons();
        }
    }

    #[inline(never)]
    fn assign_all_daemons(&mut self) {
        for index in 0..self.unscheduled.len() {
            let id = self.unscheduled[index];
            let workload = self.cluster.pod(id).workload;
            if self.cluster.workload(workload).kind != WorkloadKind::DaemonSet {
                continue;
            }
            let pods = &self.managed[workload.0 as usize].pods;
            let has = |node| pods.iter().any(|&pod| [self.cluster.pod(pod).node, self.cluster.pod(pod).meant_for].contains(&Some(node)));
            let spec = self.cluster.pod(id).spec();
            let free = self.cluster.nodes().find(|(node, of)| fits(spec, of) && !has(*node)).map(|(node, _)| node);
            self.cluster.pods[id.0 as usize].meant_for = free;
        }
    }

    pub(super) fn reconcile_daemon_set(&mut self, id: WorkloadId) {
        let workload = Rc::clone(&self.cluster.workloads[id.0 as usize].1);
        let hash = workload.template.hash;
        let nodes: Vec<(NodeId, bool)> = self.cluster.nodes().map(|(node, of)| (node, fits(&workload.template.spec, of))).collect();
        let total = u32::try_from(nodes.iter().filter(|(_, fits)| *fits).count()).unwrap_or(u32::MAX);
        let (surge, unavailable) = match workload.control.strategy {
            Strategy::RollingUpdate { surge, unavailable, .. } => (surge.of(total, true), unavailable.of(total, true)),
            _ => (0, 0),
        };
        let on = |pod: &Pod| pod.node.or(pod.meant_for);
        let mut missing = 0;
        let mut surging = 0;
        let mut old: Vec<(NodeId, PodId)> = Vec::new();
        for &(node, fits) in &nodes {
            let pods: Vec<PodId> =
                self.managed[id.0 as usize].pods.iter().copied().filter(|&pod| on(self.cluster.pod(pod)) == Some(node)).collect();
            let mut active: Vec<PodId> = Vec::new();
            for &pod in &pods {
                let over = super::kubelet::is_over(self.cluster.pod(pod));
                if self.cluster.pod(pod).terminating {
                    continue;
                }
                if !fits || over {
                    let of = self.cluster.pod(pod);
                    if fits && of.phase == Phase::Failed {
                        let (meta, node) = (&of.meta, &self.cluster.node(node).name);
                        let message =
                            format!("Found failed daemon pod {}/{} on node {node}, will try to kill it", meta.namespace, meta.name);
                        self.tell_of(id, true, "FailedDaemonPod", message);
                    }
                    self.unmake_pod(pod);
                } else {
                    active.push(pod);
                }
            }
            if !fits {
                continue;
            }
            let ends = pods.iter().any(|&pod| !self.cluster.pod(pod).gone && self.cluster.pod(pod).terminating);
            if active.is_empty() && !ends {
                self.make_daemon(id, node);
                missing += 1;
                continue;
            }
            let stale = active.iter().copied().find(|&pod| self.cluster.pod(pod).revision != hash);
            let fresh = active.iter().copied().find(|&pod| self.cluster.pod(pod).revision == hash);
            match (stale, fresh) {
                (Some(stale), Some(fresh)) => {
                    surging += 1;
                    if self.is_available(fresh) {
                        self.unmake_pod(stale);
                    }
                }
                (Some(stale), None) if !self.is_available(stale) && (surge > 0 || unavailable > 0) => {
                    // What does not work already may go at once.
                    self.unmake_pod(stale);
                    missing += 1;
                }
                (Some(stale), None) => old.push((node, stale)),
                (None, Some(fresh)) => missing += u32::from(!self.is_available(fresh)),
                (None, None) => missing += 1,
            }
        }
        if surge > 0 {
            for (node, _) in old.into_iter().take((surge.saturating_sub(surging)) as usize) {
                self.make_daemon(id, node);
            }
        } else {
            for (_, pod) in old.into_iter().take(unavailable.saturating_sub(missing) as usize) {
                self.unmake_pod(pod);
            }
        }
    }

    fn make_daemon(&mut self, id: WorkloadId, node: NodeId) {
        let template = Rc::clone(&self.cluster.workload(id).template);
        let made = &mut self.managed[id.0 as usize].made;
        *made += 1;
        let number = *made - 1;
        self.make_pod(id, &template, number, Some(node));
    }
}
