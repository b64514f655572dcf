//! What can be known of policies before there is a packet: which pods each one isolates, and which pods each peer means.
//!
//! Pods that no selector can tell apart form a class: the same namespace, and the same values of those labels that some
//! selector mentions. So everything here grows with the number of different applications, not of replicas.

use std::collections::{BTreeMap, BTreeSet};

use super::Direction;
use super::bits::Bits;
use crate::cluster::{Cluster, Pod, PodId, Renumbering};
use crate::model::{LabelSelector, Labels, NetworkPolicy, Operator, Peer};

/// The policies of a cluster made ready to judge by; holds as long as its pods' labels, namespaces and policies do.
#[derive(Debug, Clone, Default)]
pub struct PolicyIndex {
    /// The labels that tell classes apart: those that some selector mentions, or mentioned before its policy was exchanged.
    keys: BTreeSet<String>,
    /// A pod of each class.
    samples: Vec<PodId>,
    /// The class of each pod; absent in a node's network namespace, where the pod is not seen as one.
    class_of: Vec<Option<usize>>,
    /// For each class and direction the policies that isolate its pods, in order.
    isolating: Vec<[Vec<usize>; 2]>,
    /// For each policy, direction, rule and peer the classes that it means; none for an `ipBlock`.
    members: Vec<[Vec<Vec<Bits>>; 2]>,
}

impl PolicyIndex {
    /// Empty where policies are not enforced: then nothing is isolated.
    pub fn new(cluster: &Cluster) -> Self {
        if cluster.policies.is_empty() || !cluster.config.enforce_network_policy {
            return Self::default();
        }
        let policies = || cluster.policies.iter().map(|(_, policy)| &**policy);
        let keys: BTreeSet<&str> = policies().flat_map(mentioned).collect();
        let mut classes = Classes::default();
        let mut class_of = vec![None; cluster.pods.len()];
        for (id, pod) in cluster.pods().filter(|(_, pod)| !pod.spec().host_network) {
            class_of[id.0 as usize] = Some(classes.class(id, pod, &keys));
        }
        let groups = Groups::new(&classes.list, &cluster.namespaces);
        let mut isolating = vec![[Vec::new(), Vec::new()]; classes.list.len()];
        let mut members = Vec::with_capacity(cluster.policies.len());
        for (index, policy) in policies().enumerate() {
            groups.isolate(index, policy, &mut isolating);
            members.push(Direction::BOTH.map(|direction| groups.members(policy, direction)));
        }
        Self { keys: keys.into_iter().map(str::to_owned).collect(), samples: classes.samples, class_of, isolating, members }
    }

    /// Takes over a policy that was exchanged for another, by its index in `Cluster::policies`; pods and namespaces are the same.
    #[inline(never)]
    pub fn exchange(&mut self, cluster: &Cluster, index: usize) {
        let policy = &*cluster.policies[index].1;
        if self.members.is_empty() || !mentioned(policy).all(|key| self.keys.contains(key)) {
            *self = Self::new(cluster);
            return;
        }
        let keys = self.keys.iter().map(String::as_str).collect();
        let classes: Vec<Traits<'_>> = self.samples.iter().map(|&id| traits(cluster.pod(id), &keys)).collect();
        let groups = Groups::new(&classes, &cluster.namespaces);
        for list in self.isolating.iter_mut().flatten() {
            list.retain(|&known| known != index);
        }
        groups.isolate(index, policy, &mut self.isolating);
        self.members[index] = Direction::BOTH.map(|direction| groups.members(policy, direction));
    }

    /// Knows pods that come beside one that has the same labels, or forgets those that go, which are not the first of theirs.
    pub fn renumber(&mut self, renumbering: Renumbering, like: PodId) {
        if self.class_of.is_empty() {
            return;
        }
        let class = self.class(like);
        renumbering.splice(&mut self.class_of, renumbering.added().map(|_| class));
        renumbering.apply(&mut self.samples);
    }

    /// Whether some policy asks pods for a label of this key.
    pub fn asks_for(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// The policies that isolate a pod, by their index in `Cluster::policies`.
    pub fn isolating(&self, direction: Direction, pod: PodId) -> &[usize] {
        self.class(pod).map_or(&[], |class| self.isolating_class(direction, class))
    }

    pub(super) fn isolating_class(&self, direction: Direction, class: usize) -> &[usize] {
        &self.isolating[class][direction as usize]
    }

    pub(super) fn class(&self, pod: PodId) -> Option<usize> {
        self.class_of.get(pod.0 as usize).copied().flatten()
    }

    /// For each rule of a policy and each of its peers the classes that it means; empty where policies are not enforced.
    pub(super) fn members(&self, policy: usize, direction: Direction) -> &[Vec<Bits>] {
        self.members.get(policy).map_or(&[], |directions| &directions[direction as usize])
    }
}

fn pod_selectors(policy: &NetworkPolicy) -> impl Iterator<Item = &LabelSelector> {
    let rules = Direction::BOTH.into_iter().filter_map(|direction| direction.rules(policy)).flatten();
    let peers = rules.flat_map(|rule| &rule.peers).filter_map(|peer| match peer {
        Peer::Pods { pods, .. } => pods.as_ref(),
        Peer::Block { .. } => None,
    });
    std::iter::once(&policy.pod_selector).chain(peers)
}

/// The keys of the labels that a policy asks pods for.
fn mentioned(policy: &NetworkPolicy) -> impl Iterator<Item = &str> {
    pod_selectors(policy).flat_map(keys)
}

fn keys(selector: &LabelSelector) -> impl Iterator<Item = &str> {
    let expressions = selector.match_expressions.iter().map(|requirement| &requirement.key);
    selector.match_labels.keys().chain(expressions).map(String::as_str)
}

/// A namespace and the labels that matter.
type Traits<'c> = (&'c str, Vec<(&'c str, &'c str)>);

fn traits<'c>(pod: &'c Pod, keys: &BTreeSet<&str>) -> Traits<'c> {
    (pod.meta.namespace.as_str(), telling(pod, keys).collect())
}

/// The labels of a pod that matter.
fn telling<'c>(pod: &'c Pod, keys: &BTreeSet<&str>) -> impl Iterator<Item = (&'c str, &'c str)> {
    pod.meta.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(|(key, _)| keys.contains(key))
}

#[derive(Default)]
struct Classes<'c> {
    list: Vec<Traits<'c>>,
    samples: Vec<PodId>,
    by_traits: BTreeMap<Traits<'c>, usize>,
    last: usize,
}

impl<'c> Classes<'c> {
    fn class(&mut self, id: PodId, pod: &'c Pod, keys: &BTreeSet<&str>) -> usize {
        // Pods come in the order of their workloads, so replicas follow one another.
        let known = self.list.get(self.last).filter(|(namespace, _)| *namespace == pod.meta.namespace);
        if !known.is_some_and(|(_, known)| telling(pod, keys).eq(known.iter().copied())) {
            let traits = traits(pod, keys);
            let next = self.list.len();
            self.last = match self.by_traits.get(&traits) {
                Some(&class) => class,
                None => {
                    self.by_traits.insert(traits.clone(), next);
                    self.list.push(traits);
                    self.samples.push(id);
                    next
                }
            };
        }
        self.last
    }
}

/// The classes by their pods' labels, by their namespaces' labels and by their namespaces.
struct Groups<'c> {
    bound: usize,
    pods: Postings<'c>,
    namespaces: Postings<'c>,
    by_namespace: BTreeMap<&'c str, Vec<usize>>,
}

impl<'c> Groups<'c> {
    fn new(classes: &[Traits<'c>], namespaces: &'c BTreeMap<String, Labels>) -> Self {
        let bound = classes.len();
        let mut groups = Self { bound, pods: Postings::new(bound), namespaces: Postings::new(bound), by_namespace: BTreeMap::new() };
        for (class, (namespace, labels)) in classes.iter().enumerate() {
            groups.by_namespace.entry(*namespace).or_default().push(class);
            for &(key, value) in labels {
                groups.pods.insert(class, key, value);
            }
            for (key, value) in namespaces.get(*namespace).into_iter().flatten() {
                groups.namespaces.insert(class, key, value);
            }
        }
        groups
    }

    fn namespace(&self, name: &str) -> &[usize] {
        self.by_namespace.get(name).map_or(&[], Vec::as_slice)
    }

    /// Notes the classes that a policy isolates.
    fn isolate(&self, index: usize, policy: &NetworkPolicy, isolating: &mut [[Vec<usize>; 2]]) {
        let selected = self.pods.select(&policy.pod_selector);
        for &class in self.namespace(&policy.meta.namespace).iter().filter(|&&class| selected.contains(class)) {
            for direction in Direction::BOTH.into_iter().filter(|direction| direction.rules(policy).is_some()) {
                let list = &mut isolating[class][direction as usize];
                list.insert(list.partition_point(|&known| known < index), index);
            }
        }
    }

    fn members(&self, policy: &NetworkPolicy, direction: Direction) -> Vec<Vec<Bits>> {
        let rules = direction.rules(policy).unwrap_or_default();
        rules.iter().map(|rule| rule.peers.iter().map(|peer| self.peer(policy, peer)).collect()).collect()
    }

    fn peer(&self, policy: &NetworkPolicy, peer: &Peer) -> Bits {
        let Peer::Pods { namespaces, pods } = peer else { return Bits::default() };
        let mut found = match namespaces {
            Some(selector) => self.namespaces.select(selector),
            None => Bits::of(self.bound, self.namespace(&policy.meta.namespace).iter().copied()),
        };
        if let Some(selector) = pods.as_ref().filter(|selector| !selector.is_empty()) {
            found.intersect(&self.pods.select(selector));
        }
        found
    }
}

/// Classes by key and value of their labels, to select without looking at each of them.
struct Postings<'c> {
    bound: usize,
    by_label: BTreeMap<&'c str, BTreeMap<&'c str, Vec<usize>>>,
}

impl<'c> Postings<'c> {
    fn new(bound: usize) -> Self {
        Self { bound, by_label: BTreeMap::new() }
    }

    fn insert(&mut self, class: usize, key: &'c str, value: &'c str) {
        self.by_label.entry(key).or_default().entry(value).or_default().push(class);
    }

    fn with_key(&self, key: &str) -> impl Iterator<Item = usize> {
        self.by_label.get(key).into_iter().flat_map(BTreeMap::values).flatten().copied()
    }

    fn with_value(&self, key: &str, value: &str) -> impl Iterator<Item = usize> {
        self.by_label.get(key).and_then(|values| values.get(value)).into_iter().flatten().copied()
    }

    /// What `LabelSelector::matches` holds for.
    fn select(&self, selector: &LabelSelector) -> Bits {
        let mut found = Bits::of(self.bound, 0..self.bound);
        for (key, value) in &selector.match_labels {
            found.intersect(&Bits::of(self.bound, self.with_value(key, value)));
        }
        for requirement in &selector.match_expressions {
            let key = &requirement.key;
            let valued = requirement.values.iter().flat_map(|value| self.with_value(key, value));
            match requirement.operator {
                Operator::In => found.intersect(&Bits::of(self.bound, valued)),
                Operator::NotIn => found.remove(valued),
                Operator::Exists => found.intersect(&Bits::of(self.bound, self.with_key(key))),
                Operator::DoesNotExist => found.remove(self.with_key(key)),
            }
        }
        found
    }
}
