//! What controllers remember of their workloads, and how pods come and go at their word.
//!
//! A controller looks at its workload when that or one of its pods has changed, in the same instant: what a real one takes for it
//! is a few milliseconds.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::log::{About, What};
use super::owners::Owners;
use super::pods::{bare_pod, name_pod, new_pod};
use super::{Event, Millis, Simulation, kubelet};
use crate::cluster::{NodeId, PodId, WorkloadId};
use crate::model::{ClaimedStatus, Meta, Template, WorkloadKind};

/// What the controller of a workload remembers.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own about the workload")]
pub struct Managed {
    /// The pods that exist, the oldest first.
    pub pods: Vec<PodId>,
    /// A Deployment's ReplicaSets, the oldest first.
    pub sets: Vec<ReplicaSet>,
    /// How many pods were made: the next one's number, for its name.
    pub made: u32,
    /// Manifests give its pods as they were in another cluster; the controller leaves them so until somebody asks it for a change.
    pub asleep: bool,
    queued: bool,
    /// How many of its pods kubelets have refused.
    pub refused: u32,
    /// The revisions of a StatefulSet's template: the one in use, and that one's text.
    pub current: Option<Rc<Template>>,
    /// Pods of an ordered StatefulSet that have a place already and are not made yet.
    pub unborn: Vec<PodId>,
    /// How the pods of a Job have ended, those included that are gone.
    pub ended: BTreeMap<PodId, JobEnd>,
    /// How many of them failed since the last one succeeded, and when the last one did.
    pub failures: u32,
    pub failed_at: Millis,
    /// When a Job that is not suspended began.
    pub started_at: Option<Millis>,
    /// Why a Job ends that waits for its pods to end: reason and message.
    pub ending: Option<(&'static str, String)>,
    /// A Job that has completed or failed.
    pub finished: bool,
    /// A Job that was told to be suspended.
    pub suspended: bool,
}

/// What a pod that has ended means to its Job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    /// With its index, where the Job has indexes.
    Succeeded(Option<u32>),
    Failed,
    /// The Job deleted it itself, or is not to count it.
    Dropped,
}

/// A ReplicaSet of a Deployment.
#[derive(Debug, Clone)]
pub struct ReplicaSet {
    pub template: Rc<Template>,
    pub replicas: u32,
    /// The annotation `deployment.kubernetes.io/revision`.
    pub revision: u32,
    /// `deployment.kubernetes.io/desired-replicas` and `max-replicas`, as they were when it was scaled last.
    pub desired: u32,
    pub most: u32,
    /// How many pods it made.
    pub made: u32,
    /// The one of a manifest.
    pub object: Option<WorkloadId>,
}

impl ReplicaSet {
    pub fn hash(&self) -> u32 {
        self.template.hash
    }
}

impl Simulation {
    /// Notes what the workloads of time zero have.
    pub(super) fn begin_workloads(&mut self) {
        self.know_workloads();
        let ids: Vec<(PodId, WorkloadId)> = self.cluster.pods().map(|(id, pod)| (id, pod.workload)).collect();
        for (id, workload) in ids {
            let managed = &mut self.managed[workload.0 as usize];
            managed.pods.push(id);
            managed.made += 1;
            let kind = self.cluster.workload(workload).kind;
            if kind != WorkloadKind::Pod && self.cluster.sources.id(self.cluster.pod(id).object).kind != "Pod" {
                self.log.push(0, About::Pod(id), What::Made);
            }
        }
        let owners = Owners::of(&self.cluster);
        for index in 0..self.managed.len() {
            let id = WorkloadId(u32::try_from(index).unwrap_or(u32::MAX));
            match self.cluster.workload(id).kind {
                WorkloadKind::Deployment => self.begin_deployment(&owners, id),
                // Its time runs from the first look.
                WorkloadKind::Job if self.cluster.workload(id).control.active_deadline.is_some() || self.cluster.workload(id).suspended => {
                    self.wake(id);
                }
                _ => {}
            }
        }
    }

    /// Makes room for workloads that are new.
    pub(super) fn know_workloads(&mut self) {
        let owners = Owners::of(&self.cluster);
        for (index, (_, workload)) in self.cluster.workloads.iter().enumerate().skip(self.managed.len()) {
            let id = WorkloadId(u32::try_from(index).unwrap_or(u32::MAX));
            let owned = workload.kind == WorkloadKind::ReplicaSet && (workload.owner.is_some() || owners.controller_of_set(id).is_some());
            let asleep = owners.has_given_pods(id) || owned;
            let current = Some(Rc::clone(&workload.template));
            self.managed.push(Managed { asleep, current, ..Managed::default() });
        }
    }

    /// Lets the controller of a workload look at it, in this instant.
    pub(super) fn wake(&mut self, id: WorkloadId) {
        let managed = &mut self.managed[id.0 as usize];
        if !managed.asleep && !std::mem::replace(&mut managed.queued, true) {
            self.queue.after(0, Event::Reconcile(id));
        }
    }

    /// Somebody asked for a change of the workload, whoever made its pods.
    pub(super) fn awaken(&mut self, id: WorkloadId) {
        self.managed[id.0 as usize].asleep = false;
        self.wake(id);
    }

    /// A pod that has become ready counts as available a while later.
    pub(super) fn wake_when_available(&mut self, id: PodId) {
        let workload = self.cluster.pod(id).workload;
        let delay = Millis::from(self.cluster.workload(workload).control.min_ready) * kubelet::SECOND;
        if delay > 0 {
            self.queue.after(delay, Event::Reconcile(workload));
        }
    }

    pub(super) fn reconcile(&mut self, id: WorkloadId) {
        self.managed[id.0 as usize].queued = false;
        if self.managed[id.0 as usize].asleep {
            return;
        }
        if self.cluster.workload(id).kind == WorkloadKind::ReplicaSet && self.reconcile_set(id) {
            return;
        }
        if self.cluster.is_deleted(id) {
            // The garbage collector deletes what a deleted owner leaves.
            for pod in self.managed[id.0 as usize].pods.clone() {
                self.delete_pod(pod, None);
            }
            return;
        }
        match self.cluster.workload(id).kind {
            WorkloadKind::Deployment => self.reconcile_deployment(id),
            WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController => self.reconcile_replicas(id),
            WorkloadKind::StatefulSet => self.reconcile_stateful_set(id),
            WorkloadKind::DaemonSet => self.reconcile_daemon_set(id),
            WorkloadKind::Job => self.reconcile_job(id),
            WorkloadKind::Pod | WorkloadKind::CronJob => {}
        }
    }

    /// Whether the pod of a workload counts: it is neither over nor being deleted (`FilterActivePods`).
    pub(super) fn is_active(&self, id: PodId) -> bool {
        let pod = self.cluster.pod(id);
        !pod.gone && !pod.terminating && !kubelet::is_over(pod)
    }

    /// Whether a pod has been ready for as long as its workload asks (`IsPodAvailable`).
    pub(super) fn is_available(&self, id: PodId) -> bool {
        let pod = self.cluster.pod(id);
        let least = Millis::from(self.cluster.workload(pod.workload).control.min_ready) * kubelet::SECOND;
        self.is_active(id) && pod.ready && self.queue.now() >= pod.conditions.ready.since + least
    }

    /// Makes a pod of a workload by a template; a controller that chooses the node says so.
    pub(super) fn make_pod(&mut self, id: WorkloadId, template: &Rc<Template>, number: u32, node: Option<NodeId>) {
        let (object, workload) = self.cluster.workloads[id.0 as usize].clone();
        let (name, labels) = name_pod(&workload, template, number);
        let meta = Meta { namespace: workload.meta.namespace.clone(), name, labels, annotations: template.annotations.clone() };
        let pod = new_pod(meta, id, object, &workload, template, &ClaimedStatus::default());
        let pod = self.add_pod(crate::cluster::Pod { number, meant_for: node, ..pod });
        self.log.push(self.queue.now(), About::Pod(pod), What::Made);
    }

    /// Makes the pod of a manifest.
    pub(super) fn make_bare_pod(&mut self, id: WorkloadId, claimed: &ClaimedStatus) {
        let pod = bare_pod(&self.cluster, &Owners::of(&self.cluster), id, claimed);
        for &ip in &claimed.ips {
            self.addresses.reserve(ip);
        }
        let pod = self.add_pod(pod);
        self.wake(self.cluster.pod(pod).workload);
    }

    fn add_pod(&mut self, pod: crate::cluster::Pod) -> PodId {
        let id = PodId(u32::try_from(self.cluster.pods.len()).unwrap_or(u32::MAX));
        let workload = pod.workload;
        self.runs.push(vec![kubelet::Run::default(); pod.containers.len()]);
        self.cluster.pods.push(crate::cluster::Pod { created_at: self.queue.now(), ..pod });
        self.cluster.first_pods[workload.0 as usize].get_or_insert(id);
        self.managed[workload.0 as usize].pods.push(id);
        if kubelet::looks_far(self.cluster.pod(id)) {
            self.far_probes.push(id);
        }
        self.policies_stale = true;
        self.publisher.add(&self.cluster, id, &mut self.queue);
        self.unscheduled.push(id);
        self.schedule_again();
        if self.cluster.pod(id).node.is_none() {
            self.behave(id);
            self.update(id);
        }
        id
    }

    /// A pod that has its node gets its address, its behavior and a kubelet.
    fn settle_in(&mut self, id: PodId) {
        self.give_address(id);
        self.behave(id);
        self.edge.close_ports_of(&mut self.cluster, id);
        self.changed_host_ports(id);
        self.admit(id);
    }

    fn changed_host_ports(&mut self, id: PodId) {
        let spec = self.cluster.pod(id).spec();
        if spec.containers.iter().flat_map(|container| &container.ports).any(|port| port.host_port.is_some()) {
            self.tables.set_host_ports(&self.cluster);
        }
    }

    /// Looks for a place for every pod that waits for one, and starts those that found it.
    pub(super) fn schedule_again(&mut self) {
        self.rescheduling = false;
        let waiting = self.unscheduled.clone();
        self.schedule();
        for id in waiting {
            let pod = self.cluster.pod(id);
            if pod.node.is_some() && !pod.gone {
                self.settle_in(id);
            }
        }
    }

    /// Something has changed that the scheduler may have waited for.
    pub(super) fn reschedule(&mut self) {
        if !self.unscheduled.is_empty() && !std::mem::replace(&mut self.rescheduling, true) {
            self.queue.after(0, Event::Schedule);
        }
    }

    /// A pod is no more: nobody counts it.
    pub(super) fn forget(&mut self, id: PodId, workload: WorkloadId) {
        self.managed[workload.0 as usize].pods.retain(|&pod| pod != id);
        self.unscheduled.retain(|&pod| pod != id);
        self.far_probes.retain(|&pod| pod != id);
        if self.cluster.first_pods[workload.0 as usize] == Some(id) {
            self.cluster.first_pods[workload.0 as usize] = self.managed[workload.0 as usize].pods.first().copied();
        }
        self.changed_host_ports(id);
    }

    /// Tells something about a workload itself.
    pub(super) fn tell_of(&mut self, id: WorkloadId, warning: bool, reason: &'static str, message: String) {
        let object = self.cluster.sources.id(self.cluster.workloads[id.0 as usize].0).to_string();
        self.log.push(self.queue.now(), About::Object(object), What::Told { warning, reason, message });
    }

    /// Deletes a pod as its controller does.
    pub(super) fn unmake_pod(&mut self, id: PodId) {
        self.log.push(self.queue.now(), About::Pod(id), What::Unmade);
        self.delete_pod(id, None);
    }
}
