//! A workload was given another number of replicas: pods like those that are there come behind them, or the last of them go.
//!
//! Pods of one template that all live through the same tell what became of another one, and nobody else's life depends on how
//! many there are. What remains is their places: nodes follow from the pods before in the same workload, and addresses may push
//! others aside, which then have theirs from the same rule. All pods behind them in the list have other indices. Left to a build are pods
//! whose lives differ or were told in words that name them, and all that could tell apart one address from another.

use std::net::IpAddr;
use std::rc::Rc;

use super::template::host_ports;
use super::{Scaled, having_lived};
use crate::cluster::{NodeId, Pod, PodId, Renumbering, WorkloadId};
use crate::control::ipam::Addresses;
use crate::control::kubelet::Run;
use crate::control::pods::{name_pod, new_pod};
use crate::control::ranges::wants_address;
use crate::control::scheduler::Scheduler;
use crate::control::{Event, Simulation, behave};
use crate::model::{EnvSource, Meta, Workload, WorkloadKind};

/// A pod that has another address than before.
struct Moved {
    id: PodId,
    ips: Vec<IpAddr>,
}

impl Simulation {
    /// Whether a workload differs in its replicas alone, and no pod of another one would feel it.
    pub(super) fn may_scale(&self, id: WorkloadId, before: &Workload, after: &Workload) -> bool {
        let rest = Workload { replicas: before.replicas, ..after.clone() };
        let spec = &after.template.spec;
        let lonely = |workload: &Workload| {
            let affinity = &workload.template.spec.affinity;
            affinity.near.is_empty() && affinity.apart.is_empty()
        };
        matches!(after.kind, WorkloadKind::Deployment | WorkloadKind::ReplicationController)
            && self.is_settled(id)
            && rest == *before
            && after.replicas > 0
            && !spec.host_network
            && !spec.gated
            && spec.node_name.is_none()
            && host_ports(spec).is_empty()
            && !self.addresses.has_released()
            && self.cluster.workloads.iter().all(|(_, workload)| lonely(workload))
    }

    /// Has pods come or go. Absent, with the cluster as it was, where it cannot be done.
    #[inline(never)]
    pub(super) fn scale_pods(&mut self, id: WorkloadId, after: &Rc<Workload>) -> Option<Scaled> {
        let own = self.managed[id.0 as usize].pods.clone();
        let (first, count) = (*own.first()?, u32::try_from(own.len()).ok()?);
        if !self.are_alike(id, &own) {
            return None;
        }
        let kept = count.min(after.replicas);
        let renumbering = Renumbering { first: first.0 + kept, removed: count - kept, added: after.replicas - kept };
        let leaving = &own[kept as usize..];
        let mut scheduler = self.scheduler.clone();
        let mut nodes: Vec<NodeId> = leaving.iter().filter_map(|&pod| self.cluster.pod(pod).node).collect();
        for (&pod, &node) in leaving.iter().zip(&nodes) {
            scheduler.release(self.cluster.pod(pod), node);
        }
        let mut coming = self.successors_of(first, kept..after.replicas, after, &mut scheduler)?;
        nodes.extend(coming.iter().filter_map(|pod| pod.node));
        nodes.sort_unstable();
        nodes.dedup();
        let moved = self.readdress(&nodes, renumbering, &mut coming)?;
        let affected = |pod: PodId| pod.0 >= first.0 && pod.0 < first.0 + count || moved.iter().any(|moved| moved.id == pod);
        if !self.log.may_renumber(renumbering, affected) || self.is_told_by_address(leaving, &coming, &moved) {
            return None;
        }
        self.scheduler = scheduler;
        let left = leaving.iter().map(|&pod| self.cluster.pod(pod).names()).collect();
        let (readdressed, told_before) = self.renumber(renumbering, first, coming, moved);
        let pods: Vec<PodId> = (first.0..first.0 + after.replicas).map(PodId).collect();
        self.cluster.workloads[id.0 as usize].1 = Rc::clone(after);
        for &pod in &pods {
            self.pod_mut(pod).template = Rc::clone(&after.template);
        }
        for pod in renumbering.added() {
            match behave::of_the_one_before(&self.cluster, pod) {
                Some(behavior) => self.pod_mut(pod).behavior = behavior,
                None => self.behave(pod),
            }
        }
        let managed = &mut self.managed[id.0 as usize];
        (managed.made, managed.pods) = (after.replicas, pods.clone());
        self.know_template(id, &after.template);
        self.publish_all(&pods);
        self.publish_all(&readdressed);
        Some(Scaled { workload: id, pods, renumbering, left, readdressed, told_before })
    }

    /// Whether the pods of a workload are the first, in order, and all of them live through the same, on nodes like any other.
    fn are_alike(&self, id: WorkloadId, own: &[PodId]) -> bool {
        let object = self.cluster.workloads[id.0 as usize].0;
        let like = self.cluster.pod(own[0]);
        let runs = &self.runs[own[0].0 as usize];
        let is_first = |(number, id): (u32, PodId), pod: &Pod| {
            id.0 == own[0].0 + number && (pod.object, pod.number) == (object, number) && pod.created_at == 0 && pod.deletion.is_none()
        };
        let lives_alike = |pod: &Pod| {
            (pod.phase, pod.ready, pod.has_sandbox, pod.reason, &pod.why)
                == (like.phase, like.ready, like.has_sandbox, like.reason, &like.why)
                && (&pod.conditions, &pod.containers) == (&like.conditions, &like.containers)
        };
        let numbered = (0_u32..).zip(own.iter().copied());
        like.reason.is_empty()
            && !self.noted.contains(&object)
            && !runs.iter().any(Run::has_failure)
            && !like.containers.iter().any(|state| state.restarts > 0 || state.last.is_some())
            && numbered.into_iter().all(|(number, id)| {
                let pod = self.cluster.pod(id);
                is_first((number, id), pod)
                    && lives_alike(pod)
                    && self.runs[id.0 as usize] == *runs
                    && pod.node.is_some_and(|node| self.is_ordinary(node))
            })
    }

    /// Whether a node runs what is bound to it, for as long as that likes.
    fn is_ordinary(&self, node: NodeId) -> bool {
        let node = self.cluster.node(node);
        node.ready && node.up && !node.taints.iter().any(|taint| taint.effect == "NoExecute")
    }

    /// Pods of these numbers, on their nodes, to which has happened what happened to one that is like them.
    fn successors_of(&self, like: PodId, numbers: std::ops::Range<u32>, after: &Workload, scheduler: &mut Scheduler) -> Option<Vec<Pod>> {
        let like = self.cluster.pod(like);
        let template = &after.template;
        let mut coming = Vec::with_capacity(numbers.len());
        for number in numbers {
            let (name, labels) = name_pod(after, template, number);
            let namespace = after.meta.namespace.clone();
            if self.cluster.find_pod(&namespace, &name).is_some() {
                return None;
            }
            let meta = Meta { namespace, name, labels, annotations: template.annotations.clone() };
            let new = new_pod(meta, like.workload, like.object, after, template, &like.claimed);
            let mut pod = Pod { number, ..having_lived(like, new) };
            let node = scheduler.place(&self.cluster, &pod).ok().filter(|&node| self.is_ordinary(node))?;
            pod.node = Some(node);
            scheduler.bind(&pod, node);
            coming.push(pod);
        }
        Some(coming)
    }

    /// Gives the pods that come their addresses on these nodes; the result are pods that have others than before.
    fn readdress(&self, nodes: &[NodeId], renumbering: Renumbering, coming: &mut [Pod]) -> Option<Vec<Moved>> {
        let mut on_nodes: Vec<Vec<PodId>> = vec![Vec::new(); self.cluster.nodes.len()];
        let mut free = Addresses::default();
        for (id, pod) in (0_u32..).map(PodId).zip(&self.cluster.pods) {
            if pod.gone {
                return None;
            }
            pod.claimed.ips.iter().for_each(|&ip| _ = free.reserve(ip));
            if let Some(node) = pod.node.filter(|_| wants_address(pod) && renumbering.of(id).is_some()) {
                on_nodes[node.0 as usize].push(id);
            }
        }
        let mut moved = Vec::new();
        for &node in nodes {
            let there = &on_nodes[node.0 as usize];
            let (before, behind) = there.split_at(there.partition_point(|id| id.0 < renumbering.first));
            let of = |ids: &[PodId]| ids.iter().map(|&id| self.cluster.pod(id)).collect::<Vec<_>>();
            let new: Vec<usize> = (0..coming.len()).filter(|&index| coming[index].node == Some(node)).collect();
            let all = [of(before), new.iter().map(|&index| &coming[index]).collect(), of(behind)].concat();
            let mut addresses = self.addresses_at_first(node, &all, &mut free)?;
            for (index, ips) in new.iter().zip(addresses.drain(before.len()..before.len() + new.len())) {
                coming[*index].ips = ips;
            }
            let others = before.iter().chain(behind).copied().zip(addresses);
            moved.extend(others.map(|(id, ips)| Moved { id, ips }).filter(|Moved { id, ips }| self.cluster.pod(*id).ips != *ips));
        }
        moved.sort_unstable_by_key(|moved| moved.id);
        Some(moved)
    }

    /// Whether somebody could feel that a pod has another address, or that an address is another pod's.
    fn is_told_by_address(&self, leaving: &[PodId], coming: &[Pod], moved: &[Moved]) -> bool {
        let looks_at_itself = |pod: &Pod| {
            let variables = pod.spec().containers.iter().flat_map(|container| &container.env);
            variables.into_iter().any(|variable| matches!(variable.source, EnvSource::Field(_)))
        };
        let feels = |Moved { id, ips }: &Moved| {
            let pod = self.cluster.pod(*id);
            let runs = &self.runs[id.0 as usize];
            pod.ips.len() != ips.len() || looks_at_itself(pod) || runs.iter().any(Run::has_failure)
        };
        let ids = leaving.iter().copied().chain(moved.iter().map(|moved| moved.id));
        let mut changed: Vec<IpAddr> = ids.flat_map(|id| self.cluster.pod(id).ips.iter().copied()).collect();
        changed.extend(coming.iter().flat_map(|pod| &pod.ips).chain(moved.iter().flat_map(|moved| &moved.ips)));
        let given = self.cluster.services.iter().filter(|service| service.slices_given).flat_map(|service| &service.slices);
        let mut named = given.flat_map(|slice| &slice.endpoints).flat_map(|endpoint| &endpoint.addresses);
        moved.iter().any(feels) || named.any(|ip| changed.contains(ip)) || changed.iter().any(|&ip| self.tables.owner(ip).is_some())
    }

    /// Has pods come and go; the result are the moved ones by their indices now, and where events were told before.
    fn renumber(&mut self, renumbering: Renumbering, like: PodId, coming: Vec<Pod>, moved: Vec<Moved>) -> (Vec<PodId>, Vec<Option<usize>>) {
        for id in (renumbering.first..renumbering.first + renumbering.removed).map(PodId).chain(moved.iter().map(|moved| moved.id)) {
            self.disown_addresses(id);
            for ip in std::mem::take(&mut self.pod_mut(id).ips) {
                self.addresses.undo(ip);
            }
        }
        self.cluster.renumber(renumbering, coming);
        let moved: Vec<Moved> = moved.into_iter().filter_map(|moved| Some(Moved { id: renumbering.of(moved.id)?, ..moved })).collect();
        let readdressed = moved.iter().map(|moved| moved.id).collect();
        for Moved { id, ips } in moved {
            self.pod_mut(id).ips = ips;
            self.take_up(id);
        }
        for id in renumbering.added() {
            self.take_up(id);
        }
        self.tables.renumber(renumbering);
        self.policies.renumber(renumbering, like);
        self.publisher.renumber(renumbering, like);
        let told_before = self.log.renumber(renumbering);
        let about = |event: &Event| match event {
            Event::Kubelet(due) => Some(due.pod()),
            Event::Evict(pod, _) => Some(*pod),
            Event::Sync(_) | Event::Reconcile(_) | Event::Schedule | Event::NodeSilent(..) | Event::Expire(_) => None,
        };
        self.queue.renumber(renumbering, about, |event, pod| match event {
            Event::Kubelet(due) => Event::Kubelet(due.with(pod)),
            Event::Evict(_, outage) => Event::Evict(pod, *outage),
            other => *other,
        });
        let runs = self.runs[like.0 as usize].clone();
        renumbering.splice(&mut self.runs, renumbering.added().map(|_| runs.clone()));
        renumbering.apply(&mut self.unscheduled);
        for (pod, _) in &mut self.notes {
            *pod = renumbering.of(*pod).unwrap_or(*pod);
        }
        for managed in &mut self.managed {
            renumbering.apply(&mut managed.pods);
            let ended = std::mem::take(&mut managed.ended);
            managed.ended = ended.into_iter().filter_map(|(pod, end)| Some((renumbering.of(pod)?, end))).collect();
        }
        (readdressed, told_before)
    }

    fn take_up(&mut self, id: PodId) {
        for &ip in &self.cluster.pods[id.0 as usize].ips {
            self.addresses.reserve(ip);
        }
        self.own_addresses(id);
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::Config;
    use crate::control::Simulation;
    use crate::dto::SourceFile;
    use crate::load::{Changed, Loader};

    const TEXT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: other, labels: {app: other}}
spec:
  containers: [{name: other, image: nginx}]
";

    #[test]
    fn scales_in_place_where_nobody_else_feels_it() {
        for (replicas, old, new, taken) in [
            (5, "", "", true),
            (1, "", "", true),
            (200, "", "", true),
            // Then there is nobody left to tell what became of them.
            (0, "", "", false),
            // Now the node's range is too small for its pods.
            (1_000, "", "", false),
            (5, "image: nginx, ports", "image: nginx, readinessProbe: {tcpSocket: {port: 80}}, ports", true),
            // Their events name them.
            (5, "image: nginx, ports", "image: nginx, readinessProbe: {tcpSocket: {port: 81}}, ports", false),
            (5, "containerPort: 80", "containerPort: 80, hostPort: 80", false),
            (5, "    spec:\n", "    spec:\n      nodeName: node-1\n", false),
            (5, "kind: Deployment", "kind: StatefulSet", false),
            (
                5,
                "spec:\n  containers: [{name: other",
                "spec:\n  affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}, topologyKey: zone}]}}\n  containers: [{name: other",
                false,
            ),
        ] {
            let before = TEXT.replacen(old, new, usize::from(!old.is_empty()));
            assert!(old.is_empty() || before != TEXT, "{old}");
            let file = |text: &str| [SourceFile { name: "app.yaml".into(), text: text.to_owned() }];
            let mut loader = Loader::default();
            let mut simulation = Simulation::new(&loader.update(&file(&before)).objects, Config::default());
            simulation.settle();
            let loaded = loader.update(&file(&before.replace("replicas: 3", &format!("replicas: {replicas}"))));
            let Changed::Some(exchanged) = &loaded.changed else { panic!("{replicas} {new}: {:?}", loaded.diagnostics) };
            assert_eq!(simulation.edit(&loaded.objects, exchanged).is_some(), taken, "{replicas} {new}");
        }
    }
}
