//! Chooses a node for each pod (`pkg/scheduler/framework/plugins`: nodename, tainttoleration, nodeaffinity, nodeports,
//! interpodaffinity), and says in kube-scheduler's words why none will do.
//!
//! Left out on purpose: resources, priorities and preferred affinities. Of the nodes that will do, the one with the fewest
//! pods of the same workload wins, as the spreading by default has it; of those the next in turn, which begins at another node for each
//! workload. So nodes fill evenly, and a workload that is scaled moves no pods but its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use crate::cluster::{Cluster, Node, NodeId, Pod, WorkloadId};
use crate::index::Index;
use crate::model::{AffinityTerm, NodeRequirement, NodeTerm, PodSpec, Protocol, Role, Template, Toleration, contains_all};

/// Why a node is refused whose host ports are taken.
pub const NO_FREE_PORTS: &str = "node(s) didn't have free ports for the requested pod ports";

/// Why a node is refused that a pod's node selector or affinity does not take.
pub const NOT_WANTED: &str = "node(s) didn't match Pod's node affinity/selector";

const AFFINITY: &str = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY: &str = "node(s) didn't match pod anti-affinity rules";
const OTHERS_ANTI_AFFINITY: &str = "node(s) didn't satisfy existing pods anti-affinity rules";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// What the scheduler remembers from one pod to the next.
#[derive(Debug, Clone, Default)]
pub struct Scheduler {
    /// Pods of a workload on a node.
    own: Index<(WorkloadId, NodeId), u32>,
    /// Taken host ports.
    host_ports: Index<NodeId, Vec<HostPort>>,
    /// Pods with required anti-affinity, by their namespace and node: they keep others away, too.
    keep_apart: Vec<(Rc<Template>, String, NodeId)>,
}

/// A port of a node: of one of its addresses, or of all.
pub type HostPort = (Option<IpAddr>, u16, Protocol);

impl Scheduler {
    /// Counts a pod that stands on a node.
    pub fn bind(&mut self, pod: &Pod, node: NodeId) {
        *self.own.entry((pod.workload, node)).or_default() += 1;
        self.host_ports.entry(node).or_default().extend(host_ports(pod.spec()));
        if !pod.spec().affinity.apart.is_empty() {
            self.keep_apart.push((Rc::clone(&pod.template), pod.meta.namespace.clone(), node));
        }
    }

    /// Forgets a pod that no longer runs on its node.
    pub fn release(&mut self, pod: &Pod, node: NodeId) {
        let less = |count: Option<&mut u32>| count.map_or((), |count| *count = count.saturating_sub(1));
        less(self.own.get_mut(&(pod.workload, node)));
        let is_own = |(template, _, on): &(Rc<Template>, String, NodeId)| *on == node && Rc::ptr_eq(template, &pod.template);
        if let Some(index) = self.keep_apart.iter().position(is_own) {
            self.keep_apart.swap_remove(index);
        }
        let Some(taken) = self.host_ports.get_mut(&node) else { return };
        for port in host_ports(pod.spec()) {
            if let Some(index) = taken.iter().position(|taken| *taken == port) {
                taken.remove(index);
            }
        }
    }

    /// The node for a pod, or why there is none: `0/3 nodes are available: ...`.
    pub fn place(&self, cluster: &Cluster, pod: &Pod) -> Result<NodeId, String> {
        let count = u32::try_from(cluster.nodes.len()).unwrap_or(u32::MAX);
        let turn = |id: NodeId| (id.0 + count - pod.workload.0 % count) % count;
        let takes = cluster.nodes().filter(|(id, node)| self.refuses(cluster, pod, *id, node).is_none()).map(|(id, _)| id);
        let best = takes.min_by_key(|&id| (self.own.get(&(pod.workload, id)).copied().unwrap_or(0), turn(id)));
        best.ok_or_else(|| self.explain(cluster, pod))
    }

    /// Why no node will do (`FitError`).
    #[inline(never)]
    fn explain(&self, cluster: &Cluster, pod: &Pod) -> String {
        let (mut refusals, mut preemption): (BTreeMap<&str, u32>, BTreeMap<&str, u32>) = Default::default();
        for reason in cluster.nodes().filter_map(|(id, node)| self.refuses(cluster, pod, id, node)) {
            *refusals.entry(reason).or_default() += 1;
            *preemption.entry(after_preemption(reason)).or_default() += 1;
        }
        let none = format!("0/{} nodes are available", cluster.nodes.len());
        format!("{none}: {}. no new claims to deallocate, preemption: {none}: {}.", histogram(&refusals), histogram(&preemption))
    }

    /// Why a node does not take a pod; a DaemonSet's controller has chosen one and tolerates what troubles that for it.
    fn refuses(&self, cluster: &Cluster, pod: &Pod, id: NodeId, node: &Node) -> Option<&'static str> {
        match pod.meant_for {
            Some(only) if only != id => Some("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
            Some(_) => self.crowded(cluster, pod, id, node),
            None => self.refusal(cluster, pod, id, node),
        }
    }

    /// The first filter that refuses a node, in the order of the default plugins.
    fn refusal(&self, cluster: &Cluster, pod: &Pod, id: NodeId, node: &Node) -> Option<&'static str> {
        let spec = pod.spec();
        let minds = |key: &str, value: &str, effect: &str| {
            effect != "PreferNoSchedule" && !spec.tolerations.iter().any(|toleration| tolerates(toleration, key, value, effect))
        };
        let mut minded = node.taints.iter().filter(|taint| minds(&taint.key, &taint.value, &taint.effect)).peekable();
        if minded.peek().is_some() {
            let cordoned = minded.any(|taint| taint.key == UNSCHEDULABLE);
            return Some(if cordoned { "node(s) were unschedulable" } else { "node(s) had untolerated taint(s)" });
        }
        // The node controller taints what is not ready.
        if !node.ready && minds("node.kubernetes.io/not-ready", "", "NoSchedule") {
            return Some("node(s) had untolerated taint(s)");
        }
        if !is_wanted(spec, node) {
            return Some(NOT_WANTED);
        }
        self.crowded(cluster, pod, id, node)
    }

    /// Why a node is refused for the pods that stand there.
    fn crowded(&self, cluster: &Cluster, pod: &Pod, id: NodeId, node: &Node) -> Option<&'static str> {
        let taken = self.host_ports.get(&id);
        if host_ports(pod.spec()).any(|port| taken.is_some_and(|taken| taken.iter().any(|taken| collide(*taken, port)))) {
            return Some(NO_FREE_PORTS);
        }
        affinity_refusal(cluster, pod, node).or_else(|| self.keeps_away(cluster, pod, node).then_some(OTHERS_ANTI_AFFINITY))
    }

    /// Whether a pod that stands in the node's topology domain keeps apart from pods such as this one.
    fn keeps_away(&self, cluster: &Cluster, pod: &Pod, node: &Node) -> bool {
        self.keep_apart.iter().any(|(template, namespace, on)| {
            template.spec.affinity.apart.iter().any(|term| {
                let domain = node.labels.get(&term.topology_key);
                domain.is_some() && domain == cluster.node(*on).labels.get(&term.topology_key) && is_peer(cluster, namespace, term, pod)
            })
        })
    }
}

/// Counts and what they count, as `FitError` writes them: sorted as text, so by the numbers first.
fn histogram(counts: &BTreeMap<&str, u32>) -> String {
    let mut words: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    words.sort_unstable();
    words.join(", ")
}

/// What preemption says of a node that was refused so: pods of lower priority could only make room in some cases.
fn after_preemption(reason: &str) -> &'static str {
    match reason {
        NO_FREE_PORTS | ANTI_AFFINITY | OTHERS_ANTI_AFFINITY => "No preemption victims found for incoming pod",
        _ => "Preemption is not helpful for scheduling",
    }
}

/// Whether a pod's node selector and required node affinity take a node.
pub fn is_wanted(spec: &PodSpec, node: &Node) -> bool {
    contains_all(&node.labels, &spec.node_selector)
        && spec.node_terms.as_ref().is_none_or(|terms| terms.iter().any(|term| term_holds(term, node)))
}

/// `CheckConflict` of the scheduler's `HostPortInfo`.
pub fn collide(a: HostPort, b: HostPort) -> bool {
    (a.1, a.2) == (b.1, b.2) && (a.0.is_none() || b.0.is_none() || a.0 == b.0)
}

/// The ports that a pod takes on its node as long as it lives (`GetHostPorts`): hostPorts, and every declared port under
/// hostNetwork; those of init containers, which end, do not count.
pub fn host_ports(spec: &PodSpec) -> impl Iterator<Item = HostPort> + '_ {
    let lasting = spec.containers.iter().filter(|container| container.role != Role::Init);
    lasting.flat_map(|container| &container.ports).filter_map(|port| {
        let host_port = if spec.host_network { Some(port.port) } else { port.host_port };
        let address = port.host_ip.filter(|address| *address != IpAddr::from([0, 0, 0, 0]));
        host_port.map(|host_port| (address, host_port, port.protocol))
    })
}

fn affinity_refusal(cluster: &Cluster, pod: &Pod, node: &Node) -> Option<&'static str> {
    let affinity = &pod.spec().affinity;
    // A pod that matches its own term may be the first of its kind.
    let lonely = |term: &AffinityTerm| {
        let own = term.selector.as_ref().is_some_and(|selector| selector.matches(&pod.meta.labels));
        own && !cluster.pods().any(|(_, other)| other.node.is_some() && is_peer(cluster, &pod.meta.namespace, term, other))
    };
    if affinity.near.iter().any(|term| peers(cluster, pod, term, node).next().is_none() && !lonely(term)) {
        return Some(AFFINITY);
    }
    affinity.apart.iter().any(|term| peers(cluster, pod, term, node).next().is_some()).then_some(ANTI_AFFINITY)
}

/// Scheduled pods that a term means and that stand in the same topology domain as the node.
fn peers<'a>(cluster: &'a Cluster, pod: &'a Pod, term: &'a AffinityTerm, node: &'a Node) -> impl Iterator<Item = &'a Pod> {
    let domain = node.labels.get(&term.topology_key);
    cluster.pods().map(|(_, pod)| pod).filter(move |other| {
        let there = other.node.and_then(|id| cluster.node(id).labels.get(&term.topology_key));
        domain.is_some() && domain == there && is_peer(cluster, &pod.meta.namespace, term, other)
    })
}

/// Whether a term of a pod in the first namespace means the other pod.
fn is_peer(cluster: &Cluster, own: &str, term: &AffinityTerm, other: &Pod) -> bool {
    let namespace = &other.meta.namespace;
    let in_namespace = if term.namespaces.is_empty() && term.namespace_selector.is_none() {
        namespace == own
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
