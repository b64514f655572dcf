//! StatefulSets (`pkg/controller/statefulset/stateful_set_control.go`): a pod for each ordinal, one after the other unless they
//! are told to be made in parallel; a new template goes to the highest ordinal first, down to the partition.
//!
//! An ordered set of time zero has nodes and addresses for all its pods, so that a cluster at rest does not depend on how long they
//! took; each is made when its turn comes. Left out: volume claims, and more than one unavailable pod in an update.

use std::rc::Rc;

use super::Simulation;
use super::log::{About, What};
use crate::cluster::{PodId, WorkloadId};
use crate::model::{Strategy, WorkloadKind};

impl Simulation {
    /// Takes back those pods of ordered StatefulSets that are not made before others are ready.
    pub(super) fn hold_back(&mut self) {
        for index in 0..self.managed.len() {
            let id = WorkloadId(u32::try_from(index).unwrap_or(u32::MAX));
            let workload = self.cluster.workload(id);
            let set = workload.kind == WorkloadKind::StatefulSet && workload.control.ordered && !self.managed[index].asleep;
            if !set || self.managed[index].pods.len() < 2 {
                continue;
            }
            let first = self.of_ordinal(id, workload.control.first_ordinal);
            let held: Vec<PodId> = self.managed[index].pods.iter().copied().filter(|&pod| Some(pod) != first).collect();
            for &pod in &held {
                self.disown_addresses(pod);
                self.cluster.pods[pod.0 as usize].gone = true;
            }
            self.managed[index].pods.retain(|pod| !held.contains(pod));
            self.managed[index].unborn = held;
            self.cluster.first_pods[index] = first;
        }
        let cluster = &self.cluster;
        self.unscheduled.retain(|&pod| !cluster.pod(pod).gone);
        self.log.forget(|pod| cluster.pod(pod).gone);
    }

    fn of_ordinal(&self, id: WorkloadId, ordinal: u32) -> Option<PodId> {
        self.managed[id.0 as usize].pods.iter().copied().find(|&pod| self.ordinal(pod) == Some(ordinal))
    }

    fn ordinal(&self, id: PodId) -> Option<u32> {
        self.cluster.pod(id).meta.name.rsplit_once('-')?.1.parse().ok()
    }

    pub(super) fn reconcile_stateful_set(&mut self, id: WorkloadId) {
        let workload = Rc::clone(&self.cluster.workloads[id.0 as usize].1);
        let control = &workload.control;
        let (first, end) = (control.first_ordinal, control.first_ordinal.saturating_add(workload.replicas));
        let partition = match control.strategy {
            Strategy::RollingUpdate { partition, .. } => Some(first + partition),
            _ => None,
        };
        let managed = &mut self.managed[id.0 as usize];
        let current = managed.current.get_or_insert_with(|| Rc::clone(&workload.template)).clone();
        if current.hash != workload.template.hash {
            self.drop_unborn(id);
        }
        let mut all_ready = true;
        let mut all_new = true;
        for ordinal in first..end {
            match self.of_ordinal(id, ordinal) {
                None => {
                    let old = partition.is_some_and(|partition| ordinal < partition);
                    let template = if old { &current } else { &workload.template };
                    self.make_ordinal(id, ordinal - first, template);
                    if control.ordered {
                        return;
                    }
                    (all_ready, all_new) = (false, false);
                }
                Some(pod) => {
                    let running = self.cluster.pod(pod);
                    let (over, terminating) = (super::kubelet::is_over(running), running.terminating);
                    if over && !terminating {
                        self.unmake_pod(pod);
                        all_ready = false;
                    } else if terminating || !self.is_available(pod) {
                        all_ready = false;
                    }
                    all_new &= self.cluster.pod(pod).revision == workload.template.hash;
                    if !all_ready && control.ordered {
                        return;
                    }
                }
            }
        }
        let mut condemned: Vec<(u32, PodId)> = self.managed[id.0 as usize]
            .pods
            .iter()
            .filter_map(|&pod| Some((self.ordinal(pod)?, pod)))
            .filter(|(ordinal, _)| !(first..end).contains(ordinal))
            .collect();
        condemned.sort_unstable();
        for &(_, pod) in condemned.iter().rev() {
            let terminating = self.cluster.pod(pod).terminating;
            if !terminating {
                self.unmake_pod(pod);
            }
            if control.ordered {
                return;
            }
        }
        if all_ready && all_new && condemned.is_empty() {
            self.managed[id.0 as usize].current = Some(Rc::clone(&workload.template));
        }
        self.update_set(id, first, end, partition);
    }

    /// Deletes the pod with the highest ordinal that has an old template, unless a pod above it is not healthy yet.
    fn update_set(&mut self, id: WorkloadId, first: u32, end: u32, partition: Option<u32>) {
        let Some(partition) = partition else { return };
        let hash = self.cluster.workload(id).template.hash;
        for ordinal in (partition.max(first)..end).rev() {
            let Some(pod) = self.of_ordinal(id, ordinal) else { return };
            if self.cluster.pod(pod).terminating {
                return;
            }
            if self.cluster.pod(pod).revision != hash {
                self.unmake_pod(pod);
                return;
            }
            if !self.is_available(pod) {
                return;
            }
        }
    }

    fn make_ordinal(&mut self, id: WorkloadId, number: u32, template: &Rc<crate::model::Template>) {
        let ordinal = self.cluster.workload(id).control.first_ordinal + number;
        let unborn = self.managed[id.0 as usize].unborn.iter().position(|&pod| self.ordinal(pod) == Some(ordinal));
        match unborn {
            Some(index) if self.cluster.pod(self.managed[id.0 as usize].unborn[index]).revision == template.hash => {
                let pod = self.managed[id.0 as usize].unborn.remove(index);
                self.bear(pod);
            }
            _ => self.make_pod(id, template, number, None),
        }
    }

    /// Makes a pod that was held back.
    fn bear(&mut self, id: PodId) {
        let now = self.queue.now();
        let pod = self.pod_mut(id);
        pod.gone = false;
        pod.created_at = now;
        pod.conditions = crate::cluster::Conditions::default();
        let workload = pod.workload;
        self.managed[workload.0 as usize].pods.push(id);
        self.cluster.first_pods[workload.0 as usize].get_or_insert(id);
        self.policies_stale = true;
        self.publisher.add(&self.cluster, id, &mut self.queue);
        self.log.push(now, About::Pod(id), What::Made);
        let pod = self.cluster.pod(id);
        if pod.node.is_some_and(|node| self.cluster.node(node).ready) {
            self.log.push(now, About::Pod(id), What::Scheduled);
            self.pod_mut(id).conditions.scheduled.set(true, now);
            self.own_addresses(id);
            self.admit(id);
            return;
        }
        self.leave_place(id);
        self.unscheduled.push(id);
        self.schedule_again();
        self.update(id);
    }

    fn leave_place(&mut self, id: PodId) {
        if let Some(node) = self.cluster.pod(id).node {
            self.scheduler.release(&self.cluster.pods[id.0 as usize], node);
            self.take_addresses(id);
            self.pod_mut(id).node = None;
        }
    }

    fn drop_unborn(&mut self, id: WorkloadId) {
        for pod in std::mem::take(&mut self.managed[id.0 as usize].unborn) {
            self.leave_place(pod);
        }
    }
}
