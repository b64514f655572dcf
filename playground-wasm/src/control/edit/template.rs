//! The pod template of a workload was exchanged, as when an image or a variable changes: its pods are others, in the places of those before.
//!
//! A cluster built of the new template has as many pods, in the same places of its list, so scheduler and network plugin come to the
//! same nodes and addresses. What remains to be seen is whether the pods live through the same: their
//! containers start, listen and end at the same times, and probes get the same answers. Then their states are those of the pods before
//! them, everything else happened when it did, and only what bears their names or reads their template is made anew. All else is
//! left to a build, as are pods that have been restarted, since their events name them.

use std::rc::Rc;

use super::{Replaced, having_lived};
use crate::behavior::ContainerBehavior;
use crate::cluster::{Pod, PodId, WorkloadId};
use crate::control::pods::{name_pod, new_pod};
use crate::control::{Simulation, behave, probe};
use crate::model::{Affinity, Container, ContainerPort, Hook, LabelSelector, Labels, Meta, PodSpec, Role, Workload, WorkloadKind};

impl Simulation {
    /// Whether a workload differs in its template alone, and there in nothing that the scheduler or a kubelet goes by.
    pub(super) fn may_replace(&self, id: WorkloadId, before: &Workload, after: &Workload) -> bool {
        let (old, new) = (&before.template, &after.template);
        let rest = Workload { template: Rc::clone(old), ..after.clone() };
        let is_lasting = !matches!(after.kind, WorkloadKind::Job | WorkloadKind::CronJob);
        is_lasting
            && self.is_settled(id)
            && rest == *before
            && old.labels == new.labels
            && !new.spec.host_network
            && new.spec.affinity.apart.is_empty()
            && !new
                .spec
                .containers
                .iter()
                .any(|container| is_request(container.post_start.as_ref()) || is_request(container.pre_stop.as_ref()))
            && host_ports(&old.spec) == host_ports(&new.spec)
            && lived(&old.spec) == lived(&new.spec)
    }

    /// Puts the pods of the new template in the places of the old ones. Absent, with the cluster as it was, where it cannot be done.
    #[inline(never)]
    pub(super) fn replace_pods(&mut self, id: WorkloadId, after: &Rc<Workload>) -> Option<Replaced> {
        let ids = self.managed[id.0 as usize].pods.clone();
        let successors = self.successors(id, &ids, after)?;
        let names = ids.iter().map(|&pod| self.cluster.pod(pod).names()).collect();
        let before = std::mem::replace(&mut self.cluster.workloads[id.0 as usize].1, Rc::clone(after));
        let old = self.exchange_pods(&ids, successors);
        let annotated = ids.iter().any(|&pod| !behave::give_behavior(&mut self.cluster, pod, &self.service_env).is_empty());
        self.cluster.sort_names_of(&ids);
        let alike =
            !annotated && ids.iter().zip(&old).all(|(&pod, old)| live_alike(old, self.cluster.pod(pod))) && !self.is_told_apart(&ids, &old);
        if !alike {
            self.cluster.workloads[id.0 as usize].1 = before;
            self.exchange_pods(&ids, old);
            self.cluster.sort_names_of(&ids);
            return None;
        }
        self.know_template(id, &after.template);
        self.publish_all(&ids);
        Some(Replaced { workload: id, pods: ids, names })
    }

    /// The pods of a workload as its controller makes them at first, each with what became of the one in its place; absent where those
    /// that are there are not the first.
    fn successors(&self, id: WorkloadId, ids: &[PodId], after: &Workload) -> Option<Vec<Pod>> {
        let (object, before) = &self.cluster.workloads[id.0 as usize];
        if self.noted.contains(object) {
            return None;
        }
        let (old, new) = (identities(before, ids.len()), identities(after, ids.len()));
        let mut successors = Vec::with_capacity(ids.len());
        for ((&id, old), new) in ids.iter().zip(old).zip(new) {
            let was = self.cluster.pod(id);
            let is_first = (&was.meta, was.object) == (&old, *object) && was.created_at == 0 && was.deletion.is_none() && !was.gone;
            if !is_first || !was.reason.is_empty() || was.containers.iter().any(|state| state.restarts > 0 || state.last.is_some()) {
                return None;
            }
            let new = new_pod(new, was.workload, *object, after, &after.template, &was.claimed);
            successors.push(Pod {
                node: was.node,
                meant_for: was.meant_for,
                ips: was.ips.clone(),
                number: was.number,
                ..having_lived(was, new)
            });
        }
        Some(successors)
    }

    fn exchange_pods(&mut self, ids: &[PodId], pods: Vec<Pod>) -> Vec<Pod> {
        ids.iter().zip(pods).map(|(&id, pod)| std::mem::replace(self.pod_mut(id), pod)).collect()
    }

    /// Whether somebody asks for a label in which pods differ from those before them, as for `pod-template-hash`.
    fn is_told_apart(&self, ids: &[PodId], old: &[Pod]) -> bool {
        let mut keys: Vec<&str> = Vec::new();
        for (&id, old) in ids.iter().zip(old) {
            let (labels, before) = (&self.cluster.pod(id).meta.labels, &old.meta.labels);
            keys.extend(labels.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, _)| key.as_str()));
            keys.extend(before.keys().filter(|key| !labels.contains_key(*key)).map(String::as_str));
        }
        keys.sort_unstable();
        keys.dedup();
        let selects = |labels: &Labels| keys.iter().any(|key| labels.contains_key(*key));
        let asks = |selector: &LabelSelector| {
            selects(&selector.match_labels) || selector.match_expressions.iter().any(|requirement| keys.contains(&requirement.key.as_str()))
        };
        let keeps_near =
            |Affinity { near, apart, .. }: &Affinity| near.iter().chain(apart).filter_map(|term| term.selector.as_ref()).any(asks);
        !keys.is_empty()
            && (keys.iter().any(|key| self.policies.asks_for(key))
                || self.cluster.services.iter().any(|service| service.spec.selector.as_ref().is_some_and(selects))
                || self.cluster.workloads.iter().any(|(_, workload)| keeps_near(&workload.template.spec.affinity)))
    }
}

/// What the pods are called that the controller of a workload makes at first.
fn identities(workload: &Workload, count: usize) -> Vec<Meta> {
    if workload.kind == WorkloadKind::Pod {
        let mut labels = workload.template.labels.clone();
        labels.extend(workload.meta.labels.clone());
        return vec![Meta { labels, ..workload.meta.clone() }];
    }
    let (namespace, annotations) = (&workload.meta.namespace, &workload.template.annotations);
    let numbers = 0..u32::try_from(count).unwrap_or(u32::MAX);
    let names = numbers.map(|number| name_pod(workload, &workload.template, number));
    names.map(|(name, labels)| Meta { namespace: namespace.clone(), name, labels, annotations: annotations.clone() }).collect()
}

/// A spec without what neither decides where a pod goes nor when something happens to it, or does so by its behavior only.
fn lived(spec: &PodSpec) -> PodSpec {
    let mut spec = spec.clone();
    for container in &mut spec.containers {
        container.image.clear();
        container.command.clear();
        container.args.clear();
        container.env.clear();
        container.env_from.clear();
        container.ports.clear();
        container.mounts.clear();
        container.run_as_user = None;
    }
    spec.volumes.clear();
    spec.host_aliases.clear();
    spec.service_account.clear();
    spec.enable_service_links = true;
    spec
}

fn is_request(hook: Option<&Hook>) -> bool {
    matches!(hook, Some(Hook::HttpGet(_)))
}

/// What a spec takes of its node.
pub(super) fn host_ports(spec: &PodSpec) -> Vec<(usize, &ContainerPort)> {
    let containers = spec.containers.iter().enumerate();
    let ports = containers.flat_map(|(index, container)| container.ports.iter().map(move |port| (index, port)));
    ports.filter(|(_, port)| port.host_port.is_some()).collect()
}

/// Whether containers that do this come to the same states at the same times as those did.
fn live_alike(old: &Pod, new: &Pod) -> bool {
    let same = |((old, new), container): ((&ContainerBehavior, &ContainerBehavior), &Container)| {
        let init = container.role == Role::Init;
        old.life == new.life
            && !new.life.missing_image
            && (old.ready, old.exec, &old.proxy) == (new.ready, new.exec, &new.proxy)
            // It decides whether an init container is a server.
            && (!init || (old.assumed, old.listeners.is_empty()) == (new.assumed, new.listeners.is_empty()))
    };
    // A container that lacks its configuration waits.
    old.containers == new.containers
        && old.behavior.len() == new.behavior.len()
        && old.behavior.iter().zip(new.behavior.iter()).zip(&new.spec().containers).all(same)
        && (old.behavior.iter().zip(new.behavior.iter()).all(|(old, new)| old.listeners == new.listeners) || !clashes(old) && !clashes(new))
        && probe::prospects(old) == probe::prospects(new)
}

/// Whether two containers open one port.
fn clashes(pod: &Pod) -> bool {
    let clash = |one: &ContainerBehavior, other: &ContainerBehavior| {
        one.listeners.iter().any(|listener| other.listeners.iter().any(|other| listener.clashes(other)))
    };
    (1..pod.behavior.len()).any(|index| pod.behavior[..index].iter().any(|before| clash(before, &pod.behavior[index])))
}
