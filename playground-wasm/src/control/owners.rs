//! Who controls the pods and ReplicaSets that manifests give (`pkg/controller/controller_ref_manager.go`): the controller that they
//! name as such, else one that selects them, which adopts them and counts them as its own.
//!
//! A Deployment takes the ReplicaSet of its template for its own new one (`FindNewReplicaSet`, `pkg/controller/deployment/util`). Left
//! out: adoption by DaemonSets and Jobs, and the garbage collection of what names an owner that is not there.

use std::rc::Rc;

use super::Simulation;
use super::workloads::ReplicaSet;
use crate::cluster::{Cluster, PodId, WorkloadId};
use crate::model::{Labels, Template, Workload, WorkloadKind};

/// The label by which a Deployment tells its ReplicaSets' pods apart.
pub const HASH_LABEL: &str = "pod-template-hash";
const ANNOTATION: &str = "deployment.kubernetes.io/";

/// The controllers of what manifests give.
#[derive(Default)]
pub struct Owners {
    /// Those that adopt pods.
    adopting: Vec<WorkloadId>,
    /// A ReplicaSet, its Deployment, and the template by which that knows its pods.
    sets: Vec<(WorkloadId, WorkloadId, Rc<Template>)>,
    /// Whose pods manifests give.
    given: Vec<WorkloadId>,
}

impl Owners {
    pub fn of(cluster: &Cluster) -> Self {
        if is_plain(cluster) { Self::default() } else { Self::read(cluster) }
    }

    #[inline(never)]
    fn read(cluster: &Cluster) -> Self {
        let mut owners = Self::default();
        let workloads = || (0_u32..).map(WorkloadId).zip(&cluster.workloads).map(|(id, (_, workload))| (id, workload));
        let living = || workloads().filter(|(id, _)| !cluster.is_deleted(*id));
        let deployments: Vec<WorkloadId> =
            living().filter(|(_, workload)| workload.kind == WorkloadKind::Deployment).map(|(id, _)| id).collect();
        for (id, workload) in living() {
            if matches!(workload.kind, WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController | WorkloadKind::StatefulSet) {
                owners.adopting.push(id);
            }
            if workload.kind == WorkloadKind::ReplicaSet {
                let deployment = match &workload.owner {
                    Some(_) => named(cluster, workload, &Labels::new()),
                    None => deployments.iter().copied().find(|&of| selects(cluster.workload(of), workload, &workload.meta.labels)),
                };
                if let Some(deployment) = deployment.filter(|&of| cluster.workload(of).kind == WorkloadKind::Deployment) {
                    owners.sets.push((id, deployment, Rc::clone(&workload.template)));
                }
            }
        }
        for deployment in deployments {
            let template = &cluster.workload(deployment).template;
            let same =
                owners.sets_of(cluster, deployment).into_iter().rev().find(|&set| is_same(&cluster.workload(set).template, template));
            if let Some(entry) = owners.sets.iter_mut().find(|(set, ..)| Some(*set) == same) {
                entry.2 = Rc::new(Template { labels: entry.2.labels.clone(), ..Template::clone(template) });
            }
        }
        for (_, workload) in living().filter(|(_, workload)| workload.kind == WorkloadKind::Pod && workload.owner.is_some()) {
            if let Some(owner) = named(cluster, workload, &workload.meta.labels) {
                owners.given.push(owner);
                owners.given.extend(owners.controller_of_set(owner).map(|(deployment, _)| deployment));
            }
        }
        owners.given.sort_unstable();
        owners.given.dedup();
        owners
    }

    /// The ReplicaSets of a Deployment, the oldest first.
    pub fn sets_of(&self, cluster: &Cluster, deployment: WorkloadId) -> Vec<WorkloadId> {
        let mut sets: Vec<WorkloadId> = self.sets.iter().filter(|(_, of, _)| *of == deployment).map(|(set, ..)| *set).collect();
        sets.sort_by_key(|&set| noted(cluster.workload(set), "revision"));
        sets
    }

    /// Whether a Deployment has ReplicaSets that manifests give.
    pub fn has_sets(&self, id: WorkloadId) -> bool {
        self.sets.iter().any(|(_, deployment, _)| *deployment == id)
    }

    /// Whether manifests give pods that name this as their controller, or a ReplicaSet of it.
    pub fn has_given_pods(&self, id: WorkloadId) -> bool {
        let is_given = |id: WorkloadId| self.given.binary_search(&id).is_ok();
        is_given(id) || self.controller_of_set(id).is_some_and(|(deployment, _)| is_given(deployment))
    }

    /// The Deployment of a ReplicaSet, and the template by which it knows that one's pods.
    pub fn controller_of_set(&self, id: WorkloadId) -> Option<(WorkloadId, Rc<Template>)> {
        let found = self.sets.binary_search_by_key(&id, |(set, ..)| *set).ok()?;
        let (_, deployment, template) = &self.sets[found];
        Some((*deployment, Rc::clone(template)))
    }

    /// The controller of a pod that a manifest gives, and the hash of the template that the pod has of it.
    pub fn of_pod(&self, cluster: &Cluster, pod: &Workload, labels: &Labels, may_be_adopted: bool) -> Option<(WorkloadId, u32)> {
        let owner = match &pod.owner {
            Some(_) => named(cluster, pod, labels),
            None => self.adopting.iter().copied().find(|&of| may_be_adopted && selects(cluster.workload(of), pod, labels)),
        }?;
        if let Some((deployment, template)) = self.controller_of_set(owner) {
            return Some((deployment, template.hash));
        }
        // A Job of a CronJob.
        let top = named(cluster, cluster.workload(owner), &Labels::new()).unwrap_or(owner);
        Some((top, cluster.workload(top).template.hash))
    }
}

/// Whether no manifest gives what has or may get a controller, as in most clusters.
pub fn is_plain(cluster: &Cluster) -> bool {
    let (mut pods, mut adopting) = (false, false);
    for (_, workload) in &cluster.workloads {
        match workload.kind {
            WorkloadKind::ReplicaSet => return false,
            WorkloadKind::Pod if workload.owner.is_some() => return false,
            WorkloadKind::Pod => pods = true,
            WorkloadKind::ReplicationController | WorkloadKind::StatefulSet => adopting = true,
            _ => {}
        }
    }
    !(pods && adopting)
}

/// The controller that an object names; the Deployment where its ReplicaSet is not among the manifests.
fn named(cluster: &Cluster, workload: &Workload, labels: &Labels) -> Option<WorkloadId> {
    let (kind, name) = workload.owner.as_ref()?;
    let find = |kind: &str, name: &str| cluster.find_workload(kind, &workload.meta.namespace, name).filter(|&id| !cluster.is_deleted(id));
    find(kind, name).or_else(|| find("Deployment", name.strip_suffix(labels.get(HASH_LABEL)?)?.strip_suffix('-')?))
}

/// Whether a controller adopts an object with these labels.
fn selects(controller: &Workload, object: &Workload, labels: &Labels) -> bool {
    let ordinal = || object.meta.name.strip_prefix(controller.meta.name.as_str())?.strip_prefix('-')?.parse::<u32>().ok();
    controller.meta.namespace == object.meta.namespace
        && controller.selector != crate::model::LabelSelector::default()
        && controller.selector.matches(labels)
        && (controller.kind != WorkloadKind::StatefulSet || ordinal().is_some())
}

/// `EqualIgnoreHash`.
fn is_same(set: &Template, template: &Template) -> bool {
    let labels = |template: &Template| {
        let mut labels = template.labels.clone();
        labels.remove(HASH_LABEL);
        labels
    };
    set.spec == template.spec && set.annotations == template.annotations && labels(set) == labels(template)
}

/// A number that a Deployment's controller has noted on a ReplicaSet.
fn noted(set: &Workload, what: &str) -> Option<u32> {
    set.meta.annotations.get(&format!("{ANNOTATION}{what}"))?.parse().ok()
}

impl Simulation {
    /// Takes up the ReplicaSets that manifests give a Deployment, where it does not have them yet.
    #[inline(never)]
    pub(super) fn take_sets(&mut self, owners: &Owners, id: WorkloadId) {
        for set in owners.sets_of(&self.cluster, id) {
            let managed = &self.managed[id.0 as usize];
            let Some((_, template)) = owners.controller_of_set(set).filter(|_| managed.sets.iter().all(|known| known.object != Some(set)))
            else {
                continue;
            };
            let pods = managed.pods.iter().filter(|&&pod| self.cluster.pod(pod).revision == template.hash).count();
            let pods = u32::try_from(pods).unwrap_or(0);
            let (of, last) = (self.cluster.workload(set), managed.sets.iter().map(|set| set.revision).max().unwrap_or(0));
            let wanted = self.cluster.workload(id).replicas;
            let taken = ReplicaSet {
                template,
                replicas: if managed.asleep { pods } else { of.replicas },
                revision: noted(of, "revision").unwrap_or(last + 1),
                desired: noted(of, "desired-replicas").unwrap_or(wanted),
                most: noted(of, "max-replicas").unwrap_or(wanted),
                made: pods,
                object: Some(set),
            };
            self.managed[id.0 as usize].sets.push(taken);
            self.wake(id);
        }
    }

    /// A ReplicaSet is new: its Deployment takes it up.
    pub(super) fn take_new_set(&mut self, id: WorkloadId) {
        let owners = Owners::of(&self.cluster);
        if let Some((deployment, _)) = owners.controller_of_set(id) {
            self.take_sets(&owners, deployment);
            self.awaken(deployment);
        }
    }

    /// A ReplicaSet that a Deployment controls was changed or deleted: that one looks at it. False for others.
    pub(super) fn reconcile_set(&mut self, id: WorkloadId) -> bool {
        let has = |managed: &super::workloads::Managed| managed.sets.iter().position(|set| set.object == Some(id));
        let found = self.managed.iter().enumerate().find_map(|(of, managed)| Some((WorkloadId(u32::try_from(of).ok()?), has(managed)?)));
        let Some((deployment, index)) = found else { return false };
        let set = &mut self.managed[deployment.0 as usize].sets[index];
        let hash = set.hash();
        if self.cluster.is_deleted(id) {
            self.managed[deployment.0 as usize].sets.remove(index);
            for pod in self.managed[deployment.0 as usize].pods.clone() {
                if self.cluster.pod(pod).revision == hash {
                    self.delete_pod(pod, None);
                }
            }
        } else {
            set.replicas = self.cluster.workload(id).replicas;
            self.fill_set(deployment, index);
        }
        self.awaken(deployment);
        true
    }

    /// Controllers adopt pods of manifests that they select, and let those go that they select no longer.
    pub(super) fn claim_pods(&mut self) {
        if !is_plain(&self.cluster) {
            self.claim_pods_of(&Owners::of(&self.cluster));
        }
    }

    #[inline(never)]
    fn claim_pods_of(&mut self, owners: &Owners) {
        let bare: Vec<(WorkloadId, PodId)> = self
            .cluster
            .pods()
            .filter(|(_, pod)| self.cluster.sources.id(pod.object).kind == "Pod")
            .filter_map(|(id, pod)| {
                let own = self.cluster.workload_of(pod.object)?;
                let workload = self.cluster.workload(own);
                (workload.owner.is_none() && self.is_active(id)).then_some((own, id))
            })
            .collect();
        for (own, id) in bare {
            let pod = self.cluster.pod(id);
            let own_hash = self.cluster.workload(own).template.hash;
            let claimed = owners.of_pod(&self.cluster, self.cluster.workload(own), &pod.meta.labels, true);
            let (owner, revision) = claimed.unwrap_or((own, own_hash));
            let before = pod.workload;
            // What a deleted controller leaves is the garbage collector's.
            if owner == before || self.cluster.is_deleted(before) {
                continue;
            }
            let pod = &mut self.cluster.pods[id.0 as usize];
            (pod.workload, pod.revision) = (owner, revision);
            self.managed[before.0 as usize].pods.retain(|&pod| pod != id);
            self.managed[owner.0 as usize].pods.push(id);
            self.cluster.find_first_pods();
            self.scheduler = super::placement::recount(&self.cluster);
            self.wake(before);
            self.wake(owner);
        }
    }
}
