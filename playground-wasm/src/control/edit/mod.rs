//! Objects applied in place of others of the same ids, while nothing that runs can tell the difference: what is derived from them is
//! made anew, and the rest of the cluster stays.
//!
//! The cluster is then what it would be if it were built from these objects alone. So that this holds, edits are left to a
//! build that could change which pods there are, where they stand or what they do, what is allocated to a Service, or
//! what leads requests in from outside.

mod change;
mod replicas;
mod template;

use std::rc::Rc;

use change::{Change, is_of_the_edge};

use super::deployment::SCALING;
use super::endpoints::slices_of;
use super::owners::is_plain;
use super::{Placed, Simulation};
use crate::cluster::{ObjectRef, Pod, PodId, Renumbering, ServiceId, WorkloadId};
use crate::model::{NetworkPolicy, Service, Template, WorkloadKind};
use crate::object::Manifest;

/// What an edit did to the objects' texts.
#[derive(Debug, Default)]
pub struct Edited {
    /// The objects that were exchanged, whose fields may stand elsewhere now.
    pub exchanged: Vec<ObjectRef>,
    /// By how many lines each object moved; empty where none did.
    pub moved: Vec<i32>,
    /// The pods whose specs exchanged objects hold, in order.
    pub pods: Vec<PodId>,
    /// Some Service sends its traffic elsewhere than before.
    pub services: bool,
    /// The policies that others took the place of.
    pub policies: Vec<Rc<NetworkPolicy>>,
    /// A workload whose pods others took the place of.
    pub replaced: Option<Replaced>,
    /// A workload that has more pods than before, or fewer.
    pub scaled: Option<Scaled>,
    /// A Service that selects other pods than before.
    pub reselected: Option<Reselected>,
}

/// A Service with the pods that it selected, and those that it selects.
#[derive(Debug)]
pub struct Reselected {
    pub service: ServiceId,
    pub before: Vec<PodId>,
    pub after: Vec<PodId>,
}

/// Pods that stand in the places of others of their workload.
#[derive(Debug)]
pub struct Replaced {
    pub workload: WorkloadId,
    pub pods: Vec<PodId>,
    /// Namespaces and names of those before them, in the same order.
    pub names: Vec<(String, String)>,
}

/// A workload that was scaled.
#[derive(Debug)]
pub struct Scaled {
    pub workload: WorkloadId,
    /// Its pods now.
    pub pods: Vec<PodId>,
    /// Where pods came or went.
    pub renumbering: Renumbering,
    /// Namespaces and names of those that went.
    pub left: Vec<(String, String)>,
    /// Other pods whose addresses are others now.
    pub readdressed: Vec<PodId>,
    /// By event the place where it was told before; absent for one that was not.
    pub told_before: Vec<Option<usize>>,
}

impl Simulation {
    /// Takes over objects, of which some stand in the place of those given with them. Absent, with the cluster as it was, where
    /// the cluster has to be built.
    pub fn edit(&mut self, objects: &[Placed], before: &[(usize, Rc<Manifest>)]) -> Option<Edited> {
        // More than was given are there where controllers at the edge have added theirs.
        if objects.len() != self.cluster.sources.objects.len() {
            return None;
        }
        let mut changes = Vec::new();
        for (index, before) in before {
            let object = ObjectRef(u32::try_from(*index).ok()?);
            let (before, after) = (before.body.as_ref()?, objects[*index].manifest.body.as_ref()?);
            if is_of_the_edge(before) || is_of_the_edge(after) {
                return None;
            }
            if before != after {
                changes.push(self.change(object, before, after)?);
            }
        }
        // What pods make of another template, or endpoints of another selector, must not depend on what else changes.
        let (mut replaced, mut scaled, mut reselected) = (None, None, None);
        match changes.as_slice() {
            [Change::Template(id, workload)] => replaced = Some(self.replace_pods(*id, workload)?),
            [Change::Replicas(id, workload)] => scaled = Some(self.scale_pods(*id, workload)?),
            [Change::Selector(id, spec)] => reselected = Some(self.reselect(*id, spec)?),
            changes if changes.iter().any(|change| !matches!(change, Change::Service(..) | Change::Policy(..) | Change::Data(..))) => {
                return None;
            }
            _ => {}
        }
        let mut edited = self.take_sources(objects);
        edited.services = replaced.is_some() || scaled.is_some();
        (edited.replaced, edited.scaled, edited.reselected) = (replaced, scaled, reselected);
        for index in before.iter().filter_map(|(index, _)| u32::try_from(*index).ok()) {
            edited.exchanged.push(ObjectRef(index));
            self.pods_of(ObjectRef(index), &mut edited.pods);
        }
        edited.pods.sort_unstable();
        for change in changes {
            match change {
                Change::Service(id, spec) | Change::Selector(id, spec) => {
                    self.cluster.services[id.0 as usize].spec = spec;
                    self.publish(id);
                    edited.services = true;
                }
                Change::Policy(index, policy) => {
                    edited.policies.push(std::mem::replace(&mut self.cluster.policies[index].1, policy));
                    self.policies.exchange(&self.cluster, index);
                }
                Change::Data(key, data) => {
                    self.cluster.config_data.insert(key, data);
                }
                Change::Template(..) | Change::Replicas(..) => {}
            }
        }
        if edited.services {
            self.tables.endpoints_changed();
        }
        self.network_version += u64::from(edited.services || !edited.policies.is_empty());
        Some(edited)
    }

    /// Lets a Service select by another selector; absent, with nothing changed, where others would feel it.
    #[inline(never)]
    fn reselect(&mut self, id: ServiceId, spec: &Service) -> Option<Reselected> {
        let before = self.publisher.members(id).to_vec();
        let selector = spec.selector.as_ref().filter(|_| self.cluster.has_first_pods_only())?;
        let taken = self.publisher.reselect(&self.cluster, id, selector);
        taken.then(|| Reselected { service: id, before, after: self.publisher.members(id).to_vec() })
    }

    /// Gives a Service the endpoints that it has at rest, whose nodes have heard of them.
    fn publish(&mut self, id: ServiceId) {
        let slices = slices_of(&self.cluster, self.cluster.service(id), self.publisher.members(id));
        if let Some(slices) = slices {
            let service = &mut self.cluster.services[id.0 as usize];
            service.programmed.clone_from(&slices);
            service.slices = slices;
        }
    }

    /// Does so for all Services that select some of these pods.
    fn publish_all(&mut self, pods: &[PodId]) {
        let mut services: Vec<_> = pods.iter().flat_map(|&pod| self.publisher.selecting(pod)).copied().collect();
        services.sort_unstable();
        services.dedup();
        for service in services {
            self.publish(service);
        }
    }

    /// Whether the pods of a workload are those that its controller made at first, all is at rest, and nothing looks at them from afar.
    fn is_settled(&self, id: WorkloadId) -> bool {
        let at_the_edge = !self.edge.controllers.is_empty() || !self.edge.planes.is_empty();
        self.cluster.workload(id).owner.is_none()
            && !self.managed[id.0 as usize].asleep
            && !at_the_edge
            && !self.is_felt_far()
            // Which pods and ReplicaSets of manifests a controller takes for its own depends on its template.
            && is_plain(&self.cluster)
            && !self.queue.is_busy()
            && self.cluster.has_first_pods_only()
    }

    /// Lets the controller have made its pods of this template.
    fn know_template(&mut self, id: WorkloadId, template: &Rc<Template>) {
        let managed = &mut self.managed[id.0 as usize];
        managed.current = Some(Rc::clone(template));
        managed.sets.clear();
        let (object, workload) = &self.cluster.workloads[id.0 as usize];
        if workload.kind == WorkloadKind::Deployment {
            let object = self.cluster.sources.id(*object).to_string();
            if let Some(message) = self.begin_set(id) {
                self.log.reword(&object, SCALING, &message);
            }
        }
    }

    /// Adds the pods whose spec an object holds.
    fn pods_of(&self, object: ObjectRef, pods: &mut Vec<PodId>) {
        let Some(index) = self.cluster.workloads.iter().position(|(known, _)| *known == object) else { return };
        let workload = &self.cluster.workloads[index].1;
        if workload.kind == WorkloadKind::Pod {
            pods.extend(self.cluster.find_pod(&workload.meta.namespace, &workload.meta.name));
        } else {
            // Manifests may give pods of their own to it.
            pods.extend(self.managed[index].pods.iter().copied().filter(|&pod| self.cluster.pod(pod).object == object));
        }
    }

    fn take_sources(&mut self, objects: &[Placed]) -> Edited {
        let mut moved = vec![0; objects.len()];
        let mut any = false;
        for (index, placed) in objects.iter().enumerate() {
            let source = &mut self.cluster.sources.objects[index];
            let lines = placed.first_line.cast_signed() - source.first_line.cast_signed();
            let exchanged = !Rc::ptr_eq(&source.root, &placed.manifest.root);
            if lines == 0 && !exchanged {
                continue;
            }
            (moved[index], any) = (lines, any || lines != 0);
            source.first_line = placed.first_line;
            if exchanged {
                source.root = Rc::clone(&placed.manifest.root);
                source.text = Rc::clone(&placed.text);
            }
            self.given[index] = placed.clone();
            self.slots[index].placed = placed.clone();
        }
        if !any {
            moved.clear();
        }
        Edited { moved, ..Edited::default() }
    }
}

/// A new pod to which has happened what happened to another one.
fn having_lived(like: &Pod, new: Pod) -> Pod {
    Pod {
        phase: like.phase,
        ready: like.ready,
        has_sandbox: like.has_sandbox,
        conditions: like.conditions.clone(),
        reason: like.reason,
        why: like.why.clone(),
        containers: like.containers.clone(),
        ..new
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::Config;
    use crate::control::Simulation;
    use crate::dto::SourceFile;
    use crate::load::{Changed, Loader};

    const TEXT: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  sessionAffinity: None
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {}, ingress: []}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: read}
data: {a: b}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: unread}
data: {a: c}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - name: web
    image: nginx
    envFrom: [{configMapRef: {name: read}}]
";

    #[test]
    fn takes_over_what_the_pods_do_not_feel() {
        for (old, new, taken) in [
            ("image: nginx", "image: nginx # old", true),
            ("  containers:", "\n  containers:", true),
            ("sessionAffinity: None", "internalTrafficPolicy: Local", true),
            ("targetPort: 8080", "targetPort: 80", true),
            ("sessionAffinity: None", "sessionAffinity: ClientIP", true),
            ("ingress: []", "ingress: [{}]", true),
            ("{a: c}", "{a: d}", true),
            // The container has it in its environment.
            ("{a: b}", "{a: d}", false),
            // Its endpoints are published when those of other Services are.
            ("selector: {app: web}", "selector: {app: wep}", true),
            ("sessionAffinity: None", "publishNotReadyAddresses: true", true),
            // Pods have the port in their environment; a node port is allocated.
            ("port: 80,", "port: 81,", false),
            ("ports: [", "type: NodePort\n  ports: [", false),
            // The pod stays what it is to all others.
            ("image: nginx", "image: httpd", true),
            ("image: nginx", "image: nginx\n    command: [sleep, '60']", true),
            // Whether it is ready, and from when on, is the probe's to say; whom it belongs to, its labels'.
            ("image: nginx", "image: nginx\n    readinessProbe: {tcpSocket: {port: 80}}", false),
            ("labels: {app: web}}", "labels: {app: wep}}", false),
            ("name: unread", "name: unread2", false),
        ] {
            assert_eq!(TEXT.matches(old).count(), 1, "{old}");
            let file = |text: &str| [SourceFile { name: "app.yaml".into(), text: text.to_owned() }];
            let mut loader = Loader::default();
            let mut simulation = Simulation::new(&loader.update(&file(TEXT)).objects, Config::default());
            simulation.settle();
            let loaded = loader.update(&file(&TEXT.replace(old, new)));
            let edited = match &loaded.changed {
                Changed::Some(before) => simulation.edit(&loaded.objects, before).is_some(),
                Changed::All => false,
            };
            assert_eq!(edited, taken, "{new}");
        }
    }
}
