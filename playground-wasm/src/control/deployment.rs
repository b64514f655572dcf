//! Deployments and their ReplicaSets (`pkg/controller/deployment`: `rolling.go`, `recreate.go`, `sync.go`; `pkg/controller/replicaset`).
//!
//! Left out: the progress deadline and the limit of old revisions, which change no pod.

use std::rc::Rc;

use super::Simulation;
use super::names::template_hash;
use super::owners::{HASH_LABEL, Owners};
use super::workloads::ReplicaSet;
use crate::cluster::{PodId, WorkloadId};
use crate::model::{Strategy, Template, Workload};

/// The reason of a Deployment's events.
pub const SCALING: &str = "ScalingReplicaSet";

/// A rollout never takes more steps in one instant.
const STEPS: u32 = 1_000;

impl Simulation {
    /// The ReplicaSet that a Deployment of time zero has; those that manifests give are its own.
    pub(super) fn begin_deployment(&mut self, owners: &Owners, id: WorkloadId) {
        if owners.has_sets(id) {
            self.take_sets(owners, id);
        } else if let Some(message) = self.begin_set(id) {
            self.tell_of(id, false, SCALING, message);
        }
    }

    /// The one that it makes, and what there is to tell of it.
    pub(super) fn begin_set(&mut self, id: WorkloadId) -> Option<String> {
        let workload = self.cluster.workload(id);
        let (replicas, surge) = (workload.replicas, limits(workload).0);
        let given = self.managed[id.0 as usize].pods.first().filter(|_| self.managed[id.0 as usize].asleep);
        let template = given.map_or_else(|| Rc::clone(&workload.template), |&pod| self.template_of(pod));
        let count = u32::try_from(self.managed[id.0 as usize].pods.len()).unwrap_or(0);
        let set =
            ReplicaSet { template, replicas: count, revision: 1, desired: replicas, most: replicas + surge, made: count, object: None };
        let is_told = !self.managed[id.0 as usize].asleep && count > 0;
        let told = is_told.then(|| format!("Scaled up replica set {} from 0 to {count}", set_name(workload, &set.template)));
        self.managed[id.0 as usize].sets.push(set);
        told
    }

    /// The template of a pod that a manifest gives without its ReplicaSet, which is called as the pod says.
    #[inline(never)]
    fn template_of(&self, pod: PodId) -> Rc<Template> {
        let pod = self.cluster.pod(pod);
        let mut template = Rc::clone(&self.cluster.workload(pod.workload).template);
        if let Some(hash) = pod.meta.labels.get(HASH_LABEL) {
            Rc::make_mut(&mut template).labels.insert(HASH_LABEL.into(), hash.clone());
        }
        template
    }

    pub(super) fn reconcile_deployment(&mut self, id: WorkloadId) {
        for _ in 0..STEPS {
            let changed = self.roll(id);
            for index in 0..self.managed[id.0 as usize].sets.len() {
                self.fill_set(id, index);
            }
            if !changed {
                break;
            }
        }
    }

    /// One step of a Deployment's controller; false where there is nothing to do.
    fn roll(&mut self, id: WorkloadId) -> bool {
        let workload = Rc::clone(&self.cluster.workloads[id.0 as usize].1);
        let (replicas, hash) = (workload.replicas, workload.template.hash);
        let sets = &self.managed[id.0 as usize].sets;
        let new = sets.iter().position(|set| set.hash() == hash);
        if workload.control.paused || sets.iter().any(|set| set.replicas > 0 && set.desired != replicas) {
            return self.scale(id, &workload, new);
        }
        let last = sets.iter().map(|set| set.revision).max().unwrap_or(0);
        let new = match new {
            Some(new) => {
                if sets[new].revision < last {
                    self.managed[id.0 as usize].sets[new].revision = last + 1;
                }
                new
            }
            None if workload.control.strategy == Strategy::Recreate && self.has_others(id, hash) => {
                return self.scale_down_others(id, &workload, None);
            }
            None => {
                let (surge, _) = limits(&workload);
                let template = Rc::clone(&workload.template);
                let set = ReplicaSet {
                    template,
                    replicas: 0,
                    revision: last + 1,
                    desired: replicas,
                    most: replicas + surge,
                    made: 0,
                    object: None,
                };
                self.managed[id.0 as usize].sets.push(set);
                let new = self.managed[id.0 as usize].sets.len() - 1;
                let count = self.new_replicas(id, &workload, new);
                self.resize(id, &workload, new, count);
                return true;
            }
        };
        if workload.control.strategy == Strategy::Recreate {
            if self.scale_down_others(id, &workload, Some(new)) {
                return true;
            }
            return !self.has_others(id, hash) && self.resize(id, &workload, new, replicas);
        }
        let count = self.new_replicas(id, &workload, new);
        self.resize(id, &workload, new, count) || self.shrink_old(id, &workload, new)
    }

    /// Whether pods of other templates are there that have not ended.
    fn has_others(&self, id: WorkloadId, hash: u32) -> bool {
        self.managed[id.0 as usize].pods.iter().any(|&pod| {
            let pod = self.cluster.pod(pod);
            pod.revision != hash && !super::kubelet::is_over(pod)
        })
    }

    #[inline(never)]
    fn scale_down_others(&mut self, id: WorkloadId, workload: &Workload, new: Option<usize>) -> bool {
        let mut changed = false;
        for index in (0..self.managed[id.0 as usize].sets.len()).filter(|&index| Some(index) != new) {
            changed |= self.resize(id, workload, index, 0);
        }
        changed
    }

    /// `NewRSNewReplicas`.
    fn new_replicas(&self, id: WorkloadId, workload: &Workload, new: usize) -> u32 {
        let sets = &self.managed[id.0 as usize].sets;
        let (replicas, own) = (workload.replicas, sets[new].replicas);
        if workload.control.strategy == Strategy::Recreate || own >= replicas {
            return replicas;
        }
        let all: u32 = sets.iter().map(|set| set.replicas).sum();
        own + (replicas + limits(workload).0).saturating_sub(all).min(replicas - own)
    }

    fn available(&self, id: WorkloadId, set: &ReplicaSet) -> u32 {
        let pods = self.managed[id.0 as usize].pods.iter();
        let count = pods.filter(|&&pod| self.cluster.pod(pod).revision == set.hash() && self.is_available(pod)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// `reconcileOldReplicaSets`: first what is broken goes, then as many as may be unavailable.
    fn shrink_old(&mut self, id: WorkloadId, workload: &Workload, new: usize) -> bool {
        let sets = &self.managed[id.0 as usize].sets;
        let least = workload.replicas.saturating_sub(limits(workload).1);
        let all: u32 = sets.iter().map(|set| set.replicas).sum();
        let unavailable = sets[new].replicas.saturating_sub(self.available(id, &sets[new]));
        let most = all.saturating_sub(least).saturating_sub(unavailable);
        let old: Vec<usize> = (0..sets.len()).filter(|&index| index != new && sets[index].replicas > 0).collect();
        if old.is_empty() || most == 0 {
            return false;
        }
        let mut cleaned = 0;
        for &index in &old {
            let set = &self.managed[id.0 as usize].sets[index];
            let broken = set.replicas.saturating_sub(self.available(id, set)).min(most - cleaned);
            let count = set.replicas - broken;
            cleaned += broken;
            self.resize(id, workload, index, count);
        }
        let available: u32 = self.managed[id.0 as usize].sets.iter().map(|set| self.available(id, set)).sum();
        let mut left = available.saturating_sub(least);
        let mut changed = cleaned > 0;
        for &index in &old {
            let replicas = self.managed[id.0 as usize].sets[index].replicas;
            let less = replicas.min(left);
            left -= less;
            changed |= self.resize(id, workload, index, replicas - less);
        }
        changed
    }

    /// A Deployment's own number has changed, or it is paused: its ReplicaSets keep their shares.
    #[inline(never)]
    fn scale(&mut self, id: WorkloadId, workload: &Workload, new: Option<usize>) -> bool {
        let (replicas, (surge, _)) = (workload.replicas, limits(workload));
        let sets = &self.managed[id.0 as usize].sets;
        let active: Vec<usize> = (0..sets.len()).filter(|&index| sets[index].replicas > 0).collect();
        let mut changed = false;
        if let Some(only) = active.first().copied().filter(|_| active.len() == 1).or(if active.is_empty() {
            new.or(sets.len().checked_sub(1))
        } else {
            None
        }) {
            changed = self.resize(id, workload, only, replicas);
        } else if new.is_some_and(|new| sets[new].replicas == replicas && self.available(id, &sets[new]) == replicas) {
            changed = self.scale_down_others(id, workload, new);
        } else if workload.control.strategy != Strategy::Recreate {
            for (index, count) in shares(sets, active, replicas, surge) {
                changed |= self.resize(id, workload, index, count);
            }
        }
        for set in &mut self.managed[id.0 as usize].sets {
            (set.desired, set.most) = (replicas, replicas + surge);
        }
        changed
    }

    /// Gives a ReplicaSet its number; false where it has it.
    fn resize(&mut self, id: WorkloadId, workload: &Workload, index: usize, count: u32) -> bool {
        let set = &mut self.managed[id.0 as usize].sets[index];
        let before = std::mem::replace(&mut set.replicas, count);
        if before != count {
            let given = set.object.map(|id| self.cluster.workload(id).meta.name.clone());
            let name = given.unwrap_or_else(|| set_name(workload, &set.template));
            let way = if count > before { "up" } else { "down" };
            self.tell_of(id, false, SCALING, format!("Scaled {way} replica set {name} from {before} to {count}"));
        }
        before != count
    }

    /// A ReplicaSet makes the pods that it lacks, and deletes those that are too many.
    pub(super) fn fill_set(&mut self, id: WorkloadId, index: usize) {
        let set = &self.managed[id.0 as usize].sets[index];
        let (template, hash, replicas) = (Rc::clone(&set.template), set.hash(), set.replicas as usize);
        let related: Vec<PodId> = self.managed[id.0 as usize].pods.iter().copied().filter(|&pod| self.is_active(pod)).collect();
        let own: Vec<PodId> = related.iter().copied().filter(|&pod| self.cluster.pod(pod).revision == hash).collect();
        for _ in own.len()..replicas {
            let made = &mut self.managed[id.0 as usize].sets[index].made;
            *made += 1;
            let number = *made - 1;
            self.make_pod(id, &template, number, None);
        }
        self.delete_surplus(own, &related, replicas);
    }

    fn delete_surplus(&mut self, mut own: Vec<PodId>, related: &[PodId], replicas: usize) {
        let surplus = own.len().saturating_sub(replicas);
        if surplus > 0 {
            self.rank(&mut own, related);
            for pod in own.into_iter().take(surplus) {
                self.unmake_pod(pod);
            }
        }
    }

    /// A ReplicaSet or ReplicationController of its own.
    pub(super) fn reconcile_replicas(&mut self, id: WorkloadId) {
        let workload = Rc::clone(&self.cluster.workloads[id.0 as usize].1);
        let own: Vec<PodId> = self.managed[id.0 as usize].pods.iter().copied().filter(|&pod| self.is_active(pod)).collect();
        for _ in own.len()..workload.replicas as usize {
            let made = &mut self.managed[id.0 as usize].made;
            *made += 1;
            let number = *made - 1;
            self.make_pod(id, &workload.template, number, None);
        }
        let related = own.clone();
        self.delete_surplus(own, &related, workload.replicas as usize);
    }
}

/// The name of the ReplicaSet for a template.
fn set_name(workload: &Workload, template: &Template) -> String {
    let hash = template.labels.get(HASH_LABEL).cloned().unwrap_or_else(|| template_hash(template.hash));
    format!("{}-{hash}", workload.meta.name)
}

/// How many pods there may be more than asked for, and how many less (`ResolveFenceposts`): never neither.
fn limits(workload: &Workload) -> (u32, u32) {
    let Strategy::RollingUpdate { surge, unavailable, .. } = workload.control.strategy else { return (0, 0) };
    let (surge, unavailable) = (surge.of(workload.replicas, true), unavailable.of(workload.replicas, false));
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable.min(workload.replicas)) }
}

/// What each active ReplicaSet has after scaling in proportion: the larger ones first; of equal ones, newer ones grow and older
/// ones shrink first; what is left over by rounding is the first one's.
fn shares(sets: &[ReplicaSet], mut active: Vec<usize>, replicas: u32, surge: u32) -> Vec<(usize, u32)> {
    let size = |index: usize| i64::from(sets[index].replicas);
    let allowed = if replicas > 0 { i64::from(replicas + surge) } else { 0 };
    let add = allowed - active.iter().map(|&index| size(index)).sum::<i64>();
    active.sort_by_key(|&index| {
        let age = i64::try_from(index).unwrap_or(0);
        (-size(index), if add > 0 { -age } else { age })
    });
    let mut added = 0;
    let mut shares = Vec::with_capacity(active.len());
    for &index in &active {
        let before = i64::from(sets[index].most).max(1);
        // Rounded to the nearest, halves up.
        let fraction = if replicas == 0 { -size(index) } else { (2 * size(index) * allowed + before) / (2 * before) - size(index) };
        let left = add - added;
        let share = if add > 0 { fraction.min(left) } else { fraction.max(left) };
        added += share;
        shares.push((index, size(index) + share));
    }
    if let Some((_, first)) = shares.first_mut() {
        *first = (*first + add - added).max(0);
    }
    shares.into_iter().map(|(index, count)| (index, u32::try_from(count).unwrap_or(0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replica_sets_are_scaled_in_proportion() {
        let template = || {
            let mut workload = None;
            let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}";
            let loaded = crate::load::Loader::default().load(&[crate::dto::SourceFile { name: "a".into(), text: text.into() }]);
            for placed in loaded.objects {
                if let Some(crate::object::Body::Workload(found, _)) = &placed.manifest.body {
                    workload = Some(Rc::clone(&found.template)).filter(|_| found.meta.name == "a").or(workload);
                }
            }
            workload.unwrap()
        };
        let set = |replicas| ReplicaSet { template: template(), replicas, revision: 1, desired: 10, most: 13, made: 0, object: None };
        // The example of the Kubernetes documentation: 10 replicas, maxSurge 3, 8 old and 5 new pods, scaled to 15.
        assert_eq!(shares(&[set(8), set(5)], vec![0, 1], 15, 3), [(0, 11), (1, 7)]);
        assert_eq!(shares(&[set(8), set(5)], vec![0, 1], 0, 3), [(0, 0), (1, 0)]);
    }
}
