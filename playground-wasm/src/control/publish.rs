//! From a pod's change to a node's rules: the EndpointSlice controller writes the slices of the Services that select it, then each
//! kube-proxy hears of them and programs its node, at most once in its `minSyncPeriod` (`pkg/controller/endpointslice`,
//! `pkg/proxy/iptables/proxier.go`, `syncProxyRules`).
//!
//! Between the two the API and the nodes disagree, which is when a rollout loses requests. All kube-proxies hear of a change at the
//! same time and so are in step.

use std::rc::Rc;

use super::Simulation;
use super::clock::{Millis, Queue};
use super::endpoints::{is_managed, slices_of};
use super::history::{History, Reselection};
use super::{Event, Sync};
use crate::cluster::{Cluster, Pod, PodId, Renumbering, ServiceId};
use crate::index::Index;
use crate::model::{Labels, contains_all};

/// How long the controller takes to write a slice.
const CONTROLLER: Millis = 100;
/// How long a kube-proxy takes to hear of it and to write its rules.
const PROXY: Millis = 100;
/// kube-proxy's `minSyncPeriod`, by default.
const MIN_SYNC_PERIOD: Millis = 1_000;

/// Which pods Services select, and what is still to be told of them.
#[derive(Debug, Clone, Default)]
pub struct Publisher {
    /// The Services of a namespace by one label that they ask for.
    by_label: Index<(String, String, String), Vec<ServiceId>>,
    /// The pods that each Service selects, in order.
    members: Vec<Vec<PodId>>,
    /// The Services that select each pod.
    services: Vec<Vec<ServiceId>>,
    /// Services whose slices are to be made anew, and whether each is among them.
    stale: Vec<ServiceId>,
    is_stale: Vec<bool>,
    /// Services whose slices kube-proxies have not heard of.
    unheard: Vec<ServiceId>,
    writes: bool,
    syncs: bool,
    /// When kube-proxies programmed their nodes last.
    synced_at: Option<Millis>,
    pub history: Rc<History>,
}

impl Publisher {
    /// Finds out anew who selects whom; all slices are looked at again.
    pub fn rebuild(&mut self, cluster: &Cluster, queue: &mut Queue<Event>) {
        let managed = || cluster.services().filter(|(_, service)| is_managed(service));
        let key = |namespace: &str, (key, value): (&String, &String)| (namespace.to_owned(), key.clone(), value.clone());
        let labels = |id: ServiceId| {
            let service = cluster.service(id);
            service.spec.selector.iter().flatten().map(move |label| key(&service.meta().namespace, label))
        };
        let mut counts: Index<(String, String, String), u32> = Index::default();
        for label in managed().flat_map(|(id, _)| labels(id)) {
            *counts.entry(label).or_default() += 1;
        }
        self.by_label.clear();
        self.members = vec![Vec::new(); cluster.services.len()];
        self.services.clear();
        self.stale.clear();
        self.unheard.clear();
        self.is_stale = vec![false; cluster.services.len()];
        for (id, _) in managed() {
            // Each Service is found by its rarest label.
            if let Some(label) = labels(id).min_by_key(|label| counts.get(label).copied()) {
                self.by_label.entry(label).or_default().push(id);
            }
            self.mark(id, queue);
            self.unheard.push(id);
        }
        for index in 0..cluster.pods.len() {
            self.add(cluster, PodId(u32::try_from(index).unwrap_or(u32::MAX)), queue);
        }
    }

    /// The pods that a Service selects, in order.
    pub fn members(&self, id: ServiceId) -> &[PodId] {
        &self.members[id.0 as usize]
    }

    /// The Services that select a pod.
    pub fn selecting(&self, id: PodId) -> &[ServiceId] {
        self.services.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    fn mark(&mut self, id: ServiceId, queue: &mut Queue<Event>) {
        if !std::mem::replace(&mut self.is_stale[id.0 as usize], true) {
            self.stale.push(id);
        }
        if !std::mem::replace(&mut self.writes, true) {
            queue.after(CONTROLLER, Event::Sync(Sync::Slices));
        }
    }

    /// Adds a pod.
    pub fn add(&mut self, cluster: &Cluster, id: PodId, queue: &mut Queue<Event>) {
        let pod = cluster.pod(id);
        let mut services = Vec::new();
        for (key, value) in pod.meta.labels.iter().filter(|_| !pod.gone) {
            let label = (pod.meta.namespace.clone(), key.clone(), value.clone());
            let found = self.by_label.get(&label).into_iter().flatten().copied();
            let selects = |id: &ServiceId| cluster.service(*id).spec.selector.as_ref().is_some_and(|s| contains_all(&pod.meta.labels, s));
            services.extend(found.filter(selects));
        }
        for service in &services {
            // Pods of ordered StatefulSets come later than their indices say.
            let members = &mut self.members[service.0 as usize];
            members.insert(members.partition_point(|&member| member < id), id);
        }
        let place = id.0 as usize;
        if self.services.len() <= place {
            self.services.resize_with(place + 1, Vec::new);
        }
        self.services[place] = services;
        self.touch(id, queue);
    }

    /// A pod has changed in a way that its endpoints may show.
    pub fn touch(&mut self, id: PodId, queue: &mut Queue<Event>) {
        self.history.touch(id, queue.now(), self.writes || !self.selecting(id).is_empty());
        for index in 0..self.services.get(id.0 as usize).map_or(0, Vec::len) {
            self.mark(self.services[id.0 as usize][index], queue);
        }
    }

    /// A pod is no more.
    pub fn remove(&mut self, id: PodId, queue: &mut Queue<Event>) {
        self.touch(id, queue);
        for service in std::mem::take(&mut self.services[id.0 as usize]) {
            self.members[service.0 as usize].retain(|&member| member != id);
        }
    }
}

impl Publisher {
    /// Has a Service select other pods, where that is all that is different then; false, and nothing is changed, otherwise.
    pub fn reselect(&mut self, cluster: &Cluster, id: ServiceId, selector: &Labels) -> bool {
        let namespace = &cluster.service(id).meta().namespace;
        let is_meant = |pod: &Pod| pod.meta.namespace == *namespace && contains_all(&pod.meta.labels, selector);
        // Most often some Service asks for one of these labels and no other, and so knows all pods that have it.
        let knows = |(key, value): (&String, &String)| {
            let mut known = self.by_label.get(&(namespace.clone(), key.clone(), value.clone())).into_iter().flatten();
            known.find(|known| cluster.service(**known).spec.selector.as_ref().is_some_and(|selector| selector.len() == 1))
        };
        let after: Vec<PodId> = match selector.iter().find_map(knows) {
            // An empty selector is none to the controller.
            _ if selector.is_empty() => Vec::new(),
            Some(&known) => self.members(known).iter().copied().filter(|&pod| is_meant(cluster.pod(pod))).collect(),
            None => cluster.pods().filter(|(_, pod)| is_meant(pod)).map(|(id, _)| id).collect(),
        };
        let before = std::mem::take(&mut self.members[id.0 as usize]);
        let reselection = Reselection { service: id, before: &before, after: &after };
        if !self.history.is_kept(&reselection, |pod| self.selecting(pod), CONTROLLER) {
            self.members[id.0 as usize] = before;
            return false;
        }
        self.history.forget(id);
        for pod in before {
            self.services[pod.0 as usize].retain(|&service| service != id);
        }
        for &pod in &after {
            self.services[pod.0 as usize].push(id);
        }
        self.members[id.0 as usize] = after;
        for services in self.by_label.values_mut() {
            services.retain(|&service| service != id);
        }
        if let Some((key, value)) = selector.iter().next() {
            self.by_label.entry((namespace.clone(), key.clone(), value.clone())).or_default().push(id);
        }
        true
    }
}

impl Publisher {
    /// Knows pods by other indices; those that come are selected as one is that is like them.
    pub fn renumber(&mut self, renumbering: Renumbering, like: PodId) {
        let services = self.selecting(like).to_vec();
        self.members.iter_mut().for_each(|members| renumbering.apply(members));
        for service in &services {
            let members = &mut self.members[service.0 as usize];
            let place = members.partition_point(|&member| member < PodId(renumbering.first));
            members.splice(place..place, renumbering.added());
        }
        renumbering.splice(&mut self.services, renumbering.added().map(|_| services.clone()));
        self.history.renumber(renumbering);
    }
}

impl Simulation {
    pub(super) fn synchronize(&mut self, sync: Sync) {
        match sync {
            Sync::Slices => self.write_slices(),
            Sync::Proxies => self.program(),
        }
    }

    fn write_slices(&mut self) {
        let now = self.queue.now();
        self.publisher.writes = false;
        let mut stale = std::mem::take(&mut self.publisher.stale);
        stale.sort_unstable();
        let mut changed = Vec::new();
        for id in stale {
            self.publisher.is_stale[id.0 as usize] = false;
            let service = self.cluster.service(id);
            let Some(slices) = slices_of(&self.cluster, service, &self.publisher.members[id.0 as usize]) else { continue };
            if service.slices != slices {
                self.cluster.services[id.0 as usize].slices = slices;
                changed.push(id);
            }
        }
        self.publisher.history.write(now, changed.iter().copied());
        self.publisher.unheard.extend(changed);
        if !self.publisher.unheard.is_empty() && !self.publisher.syncs {
            self.publisher.syncs = true;
            let earliest = self.publisher.synced_at.map_or(0, |at| at + MIN_SYNC_PERIOD);
            self.queue.after(earliest.saturating_sub(now).max(PROXY), Event::Sync(Sync::Proxies));
        }
    }

    fn program(&mut self) {
        self.publisher.syncs = false;
        self.publisher.synced_at = Some(self.queue.now());
        for id in std::mem::take(&mut self.publisher.unheard) {
            let service = &mut self.cluster.services[id.0 as usize];
            service.programmed.clone_from(&service.slices);
        }
        self.tables.endpoints_changed();
        self.network_version += 1;
        for index in 0..self.far_probes.len() {
            self.wake_probes(self.far_probes[index]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::{Config, PodId};
    use crate::control::Simulation;
    use crate::dto::SourceFile;
    use crate::load::Loader;

    #[test]
    fn pods_that_come_later_stand_where_their_indices_say() {
        let set = |name: &str, replicas: u32| {
            format!(
                "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}, tier: db}}}}\n    spec: {{containers: [{{name: main, image: example/app:1}}]}}\n---\n"
            )
        };
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {selector: {tier: db}, ports: [{port: 80}]}\n";
        let text = set("a", 2) + &set("b", 1) + service;
        let loaded = Loader::default().load(&[SourceFile { name: "db.yaml".into(), text }]);
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let cluster = simulation.cluster();
        let selected = simulation.selected(cluster.find_service("default", "db").unwrap());
        let names: Vec<&str> = selected.iter().map(|&id| cluster.pod(id).meta.name.as_str()).collect();
        assert_eq!(names, ["a-0", "a-1", "b-0"]);
        assert!(selected.is_sorted_by_key(|&PodId(id)| id));
    }
}
