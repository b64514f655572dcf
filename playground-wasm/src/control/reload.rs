//! Objects are applied or deleted while the cluster runs: what is derived from them is made anew, and what runs stays.
//!
//! Allocated addresses and ports stay with their Services, pods with their nodes and addresses. Controllers look at the workloads
//! that changed; a ConfigMap or Secret reaches the containers that waited for it, and others when their pods are made anew.

use std::rc::Rc;

use super::placement::{own_nodes, recount};
use super::{Simulation, assemble, behave};
use crate::cluster::{Cluster, WorkloadId};
use crate::edge::infrastructure;
use crate::model::{Workload, WorkloadKind};

impl Simulation {
    /// Takes the objects over as they are now in `given`.
    pub(super) fn reload(&mut self) {
        let objects = infrastructure::complete(&self.given, &self.cluster.config).into_owned();
        assemble::place(&mut self.slots, &objects);
        let deleted = |cluster: &Cluster, index: usize| cluster.is_deleted(WorkloadId(u32::try_from(index).unwrap_or(u32::MAX)));
        let before: Vec<(Rc<Workload>, bool)> = (0..self.cluster.workloads.len())
            .map(|index| (Rc::clone(&self.cluster.workloads[index].1), deleted(&self.cluster, index)))
            .collect();
        let taints: Vec<_> = self.cluster.nodes.iter().map(|node| node.taints.clone()).collect();
        let new = assemble::assemble(&mut self.cluster, &self.slots);
        own_nodes(&mut self.cluster);
        self.know_ranges();
        self.outages.resize(self.cluster.nodes.len(), 0);
        self.know_workloads();
        self.service_env = behave::service_environments(&self.cluster);
        self.scheduler = recount(&self.cluster);
        self.derive();
        for (id, claimed) in new {
            if self.cluster.workload(id).kind == WorkloadKind::Pod {
                self.make_bare_pod(id, &claimed);
            } else {
                self.wake(id);
            }
            if self.cluster.workload(id).kind == WorkloadKind::ReplicaSet {
                self.take_new_set(id);
            }
        }
        for (index, (workload, was_deleted)) in before.into_iter().enumerate() {
            let id = WorkloadId(u32::try_from(index).unwrap_or(u32::MAX));
            let now = &self.cluster.workloads[index].1;
            if *now != workload && workload.kind == WorkloadKind::Pod {
                self.relabel(id);
            } else if *now != workload || deleted(&self.cluster, index) != was_deleted {
                self.awaken(id);
            }
        }
        self.claim_pods();
        if self.cluster.nodes.len() != taints.len() {
            self.wake_daemon_sets();
        }
        self.taints_changed(&taints);
        let pods: Vec<_> = self.cluster.pods().map(|(id, _)| id).collect();
        for id in pods {
            self.retry_config(id);
        }
        self.reschedule();
    }

    /// A pod's own manifest was applied again: of what the API lets change, labels, annotations, images and scheduling
    /// gates matter here.
    fn relabel(&mut self, id: WorkloadId) {
        let meta = &self.cluster.workload(id).meta;
        let (mut labels, annotations) = (self.cluster.workload(id).template.labels.clone(), meta.annotations.clone());
        labels.extend(meta.labels.clone());
        let Some(pod) = self.cluster.find_pod(&meta.namespace, &meta.name) else { return };
        let template = Rc::clone(&self.cluster.workload(id).template);
        let own = &mut self.cluster.pods[pod.0 as usize];
        (own.meta.labels, own.meta.annotations) = (labels, annotations);
        let before = std::mem::replace(&mut own.template, template);
        self.derive();
        let images = |index: usize| (&before.spec.containers[index].image, &self.cluster.pod(pod).spec().containers[index].image);
        let changed: Vec<usize> = (0..before.spec.containers.len()).filter(|&index| images(index).0 != images(index).1).collect();
        if !changed.is_empty() {
            self.behave_again(pod);
            self.replace_images(pod, changed);
        }
    }
}
