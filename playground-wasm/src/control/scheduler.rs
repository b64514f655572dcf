//! Chooses a node for each pod (`pkg/scheduler/framework/plugins`: nodename, tainttoleration, nodeaffinity, nodeports,
//! interpodaffinity), and says in kube-scheduler's words why none will do.
//!
//! Left out on purpose: resources, priorities and preferred affinities. Of the nodes that will do, the one with the fewest
//! pods of the same workload wins, then the fewest pods at all, then the first.

use std::collections::BTreeMap;

use crate::cluster::{Cluster, Node, NodeId, Pod, WorkloadId};
use crate::index::Index;
use crate::model::{AffinityTerm, NodeRequirement, NodeTerm, PodSpec, Protocol, Toleration, contains_all};

/// Why a node is refused whose host ports are taken.
pub const NO_FREE_PORTS: &str = "node(s) didn't have free ports for the requested pod ports";

/// What the scheduler remembers from one pod to the next.
#[derive(Debug, Clone, Default)]
pub struct Scheduler {
    /// Pods on a node.
    counts: Index<NodeId, u32>,
    /// Pods of a workload on a node.
    own: Index<(WorkloadId, NodeId), u32>,
    /// Taken host ports.
    host_ports: Index<NodeId, Vec<(u16, Protocol)>>,
}

impl Scheduler {
    /// Counts a pod that stands on a node.
    pub fn bind(&mut self, pod: &Pod, node: NodeId) {
        *self.counts.entry(node).or_default() += 1;
        *self.own.entry((pod.workload, node)).or_default() += 1;
        self.host_ports.entry(node).or_default().extend(host_ports(pod.spec()));
    }

    /// Forgets a pod that no longer runs on its node.
    pub fn release(&mut self, pod: &Pod, node: NodeId) {
        let less = |count: Option<&mut u32>| count.map_or((), |count| *count = count.saturating_sub(1));
        less(self.counts.get_mut(&node));
        less(self.own.get_mut(&(pod.workload, node)));
        let Some(taken) = self.host_ports.get_mut(&node) else { return };
        for port in host_ports(pod.spec()) {
            if let Some(index) = taken.iter().position(|taken| *taken == port) {
                taken.remove(index);
            }
        }
    }

    /// The node for a pod, or why there is none: `0/3 nodes are available: ...`.
    pub fn place(&self, cluster: &Cluster, pod: &Pod) -> Result<NodeId, String> {
        let mut refusals: BTreeMap<String, u32> = BTreeMap::new();
        let mut best: Option<(u32, u32, NodeId)> = None;
        for (id, node) in cluster.nodes() {
            match self.refusal(cluster, pod, id, node) {
                Some(reason) => *refusals.entry(reason).or_default() += 1,
                None => {
                    let own = self.own.get(&(pod.workload, id)).copied().unwrap_or(0);
                    let all = self.counts.get(&id).copied().unwrap_or(0);
                    if best.is_none_or(|(best_own, best_all, _)| (own, all) < (best_own, best_all)) {
                        best = Some((own, all, id));
                    }
                }
            }
        }
        best.map(|(_, _, id)| id).ok_or_else(|| {
            let total = cluster.nodes.len();
            let reasons: Vec<String> = refusals.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            format!("0/{total} nodes are available: {}.", reasons.join(", "))
        })
    }

    fn refusal(&self, cluster: &Cluster, pod: &Pod, id: NodeId, node: &Node) -> Option<String> {
        let spec = pod.spec();
        if let Some(taint) = node.taints.iter().find(|taint| {
            taint.effect != "PreferNoSchedule"
                && !spec.tolerations.iter().any(|toleration| tolerates(toleration, &taint.key, &taint.value, &taint.effect))
        }) {
            return Some(format!("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value));
        }
        if !node.ready {
            return Some("node(s) were not ready".to_owned());
        }
        let terms_hold = spec.node_terms.as_ref().is_none_or(|terms| terms.iter().any(|term| term_holds(term, node)));
        if !contains_all(&node.labels, &spec.node_selector) || !terms_hold {
            return Some("node(s) didn't match Pod's node affinity/selector".to_owned());
        }
        let taken = self.host_ports.get(&id);
        if host_ports(spec).any(|port| taken.is_some_and(|taken| taken.contains(&port))) {
            return Some(NO_FREE_PORTS.to_owned());
        }
        affinity_refusal(cluster, pod, node)
    }
}

/// The ports that a pod takes on its node: hostPorts, and every declared port under hostNetwork.
fn host_ports(spec: &PodSpec) -> impl Iterator<Item = (u16, Protocol)> + '_ {
    spec.containers.iter().flat_map(|container| &container.ports).filter_map(|port| {
        let host_port = if spec.host_network { Some(port.port) } else { port.host_port };
        host_port.map(|host_port| (host_port, port.protocol))
    })
}

fn affinity_refusal(cluster: &Cluster, pod: &Pod, node: &Node) -> Option<String> {
    let affinity = &pod.spec().affinity;
    if affinity.apart.iter().any(|term| peers(cluster, pod, term, node).next().is_some()) {
        return Some("node(s) didn't match pod anti-affinity rules".to_owned());
    }
    // A pod that matches its own term may be the first of its kind.
    let lonely = |term: &AffinityTerm| {
        let own = term.selector.as_ref().is_some_and(|selector| selector.matches(&pod.meta.labels));
        own && !cluster.pods().any(|(_, other)| other.node.is_some() && is_peer(cluster, pod, term, other))
    };
    if affinity.near.iter().any(|term| peers(cluster, pod, term, node).next().is_none() && !lonely(term)) {
        return Some("node(s) didn't match pod affinity rules".to_owned());
    }
    None
}

/// Scheduled pods that a term means and that stand in the same topology domain as the node.
fn peers<'a>(cluster: &'a Cluster, pod: &'a Pod, term: &'a AffinityTerm, node: &'a Node) -> impl Iterator<Item = &'a Pod> {
    let domain = node.labels.get(&term.topology_key);
    cluster.pods().map(|(_, pod)| pod).filter(move |other| {
        let there = other.node.and_then(|id| cluster.node(id).labels.get(&term.topology_key));
        domain.is_some() && domain == there && is_peer(cluster, pod, term, other)
    })
}

fn is_peer(cluster: &Cluster, pod: &Pod, term: &AffinityTerm, other: &Pod) -> bool {
    let namespace = &other.meta.namespace;
    let in_namespace = if term.namespaces.is_empty() && term.namespace_selector.is_none() {
        *namespace == pod.meta.namespace
    } else {
        let selected =
            |selector: &crate::model::LabelSelector| cluster.namespaces.get(namespace).is_some_and(|labels| selector.matches(labels));
        term.namespaces.contains(namespace) || term.namespace_selector.as_ref().is_some_and(selected)
    };
    in_namespace && term.selector.as_ref().is_some_and(|selector| selector.matches(&other.meta.labels))
}

/// `ToleratesTaint` of `k8s.io/component-helpers/scheduling/corev1`.
pub fn tolerates(toleration: &Toleration, key: &str, value: &str, effect: &str) -> bool {
    let effect_fits = toleration.effect.is_empty() || toleration.effect == effect;
    let key_fits = toleration.key == key || (toleration.key.is_empty() && toleration.exists);
    effect_fits && key_fits && (toleration.exists || toleration.value == value)
}

fn term_holds(term: &NodeTerm, node: &Node) -> bool {
    // A term without requirements matches nothing.
    let some = !term.expressions.is_empty() || !term.fields.is_empty();
    some && term.expressions.iter().all(|requirement| holds(requirement, node.labels.get(&requirement.key).map(String::as_str)))
        && term.fields.iter().all(|requirement| holds(requirement, Some(node.name.as_str()).filter(|_| requirement.key == "metadata.name")))
}

fn holds(requirement: &NodeRequirement, value: Option<&str>) -> bool {
    let listed = value.is_some_and(|value| requirement.values.iter().any(|wanted| wanted == value));
    let number = |text: &str| text.parse::<i64>().ok();
    let bound = requirement.values.first().and_then(|bound| number(bound));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => value.and_then(number).zip(bound).is_some_and(|(value, bound)| value > bound),
        "Lt" => value.and_then(number).zip(bound).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}
