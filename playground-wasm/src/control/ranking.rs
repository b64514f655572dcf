//! Which pods of a ReplicaSet go first when there are too many (`getPodsToDelete`, `ActivePodsWithRanks` of
//! `pkg/controller/controller_utils.go`).

use super::{Simulation, names};
use crate::cluster::{Phase, PodId};
use crate::index::Index;

const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

impl Simulation {
    /// Sorts pods so that those come first which are to be deleted first; `related` are the active ones of the same owner.
    pub(super) fn rank(&self, pods: &mut [PodId], related: &[PodId]) {
        let now = self.queue.now();
        let mut on_node: Index<u32, u32> = Index::default();
        for node in related.iter().filter_map(|&id| self.cluster.pod(id).node) {
            *on_node.entry(node.0).or_default() += 1;
        }
        // Ages count by powers of two, so that of pods about as old any may go: the one that its name's hash chooses.
        let age = |since: u64| now.saturating_sub(since).saturating_mul(1_000_000).checked_ilog2().map_or(-1, u32::cast_signed);
        let key = |id: PodId| {
            let pod = self.cluster.pod(id);
            let cost = pod.meta.annotations.get(COST).and_then(|cost| cost.parse::<i32>().ok()).unwrap_or(0);
            let neighbors = pod.node.and_then(|node| on_node.get(&node.0)).copied().unwrap_or(0);
            let restarts = pod.containers.iter().map(|state| state.restarts).max().unwrap_or(0);
            (
                (pod.node.is_some(), pod.phase != Phase::Pending, pod.ready),
                (cost, std::cmp::Reverse(neighbors), if pod.ready { age(pod.conditions.ready.since) } else { 0 }),
                (std::cmp::Reverse(restarts), age(pod.created_at), names::hash(&[&pod.meta.name])),
            )
        };
        pods.sort_by_cached_key(|&id| key(id));
    }
}
