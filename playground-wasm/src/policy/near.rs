//! Which rules came nearest to allowing what was denied, and what each lacks.

use super::describe::describe_requirement;
use super::verdict::{in_block, named_ports, port_matches, receiver};
use super::{Direction, Flow};
use crate::cluster::Cluster;
use crate::model::{LabelSelector, Labels, Peer, PolicyRule, PortMatch};
use crate::text::{Step, nearest};

/// A rule that does not allow a flow, by that one of its peers that comes nearest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// In `Cluster::policies`.
    pub policy: usize,
    pub rule: usize,
    /// Absent where the rule allows everybody.
    pub peer: Option<usize>,
    /// What keeps the rule from allowing it; never empty.
    pub misses: Vec<Miss>,
}

impl NearMiss {
    /// How much would have to change; 1 for each label that looks misspelt, 2 for a port or another value.
    pub fn distance(&self) -> u32 {
        distance(&self.misses)
    }

    /// Whether the rule is for other ports.
    pub fn lacks_port(&self) -> bool {
        self.misses.iter().any(|miss| miss.path.contains(&Step::from("ports")))
    }

    /// Whether nothing but the port keeps the rule from allowing the flow.
    pub fn lacks_port_only(&self) -> bool {
        self.misses.iter().all(|miss| miss.path.contains(&Step::from("ports")))
    }
}

/// One thing that a rule asks and a flow does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What is so instead, as a clause: "the sender has `app: api`".
    pub text: String,
    /// The line of the policy that asks it.
    pub path: Vec<Step>,
    /// How much would have to change; a value that looks misspelt counts least.
    distance: u32,
}

/// The rules of some policies, nearest first, in a flow that none of them allows.
pub fn near_misses(cluster: &Cluster, flow: &Flow, policies: &[usize]) -> Vec<NearMiss> {
    let mut found = Vec::new();
    for &policy in policies {
        let rules = flow.direction.rules(&cluster.policies[policy].1).unwrap_or_default();
        for (rule, declared) in rules.iter().enumerate() {
            let asking = Asking { cluster, flow, policy, rule, declared };
            let (peer, mut misses) = asking.nearest_peer();
            misses.extend(asking.port());
            if !misses.is_empty() {
                found.push(NearMiss { policy, rule, peer, misses });
            }
        }
    }
    found.sort_by_key(|near| distance(&near.misses));
    found
}

fn distance(misses: &[Miss]) -> u32 {
    misses.iter().map(|miss| miss.distance).sum()
}

/// A rule beside the flow that it is asked about.
struct Asking<'a> {
    cluster: &'a Cluster,
    flow: &'a Flow,
    policy: usize,
    rule: usize,
    declared: &'a PolicyRule,
}

impl Asking<'_> {
    fn nearest_peer(&self) -> (Option<usize>, Vec<Miss>) {
        let peers = self.declared.peers.iter().enumerate().map(|(index, peer)| (Some(index), self.peer(index, peer)));
        peers.min_by_key(|(_, misses)| distance(misses)).unwrap_or_default()
    }

    fn peer(&self, index: usize, peer: &Peer) -> Vec<Miss> {
        let Flow { direction, other, .. } = self.flow;
        let who = other_side(*direction);
        let path = |field: &'static str| peer_path(*direction, self.rule, index, &[field.into()]);
        match peer {
            Peer::Block { cidr, except } if !in_block(cidr, except, other.ip) => {
                let excepted = except.iter().position(|part| part.contains(&other.ip));
                let (text, steps, distance) = match excepted {
                    Some(part) => (format!("{who}'s address {} is excepted", other.ip), vec!["except".into(), part.into()], 2),
                    None => (format!("{who}'s address is {}", other.ip), vec!["cidr".into()], 4),
                };
                vec![Miss { text, path: [path("ipBlock"), steps].concat(), distance }]
            }
            Peer::Block { .. } => Vec::new(),
            Peer::Pods { namespaces, pods } => {
                let Some(pod) = other.pod.map(|pod| self.cluster.pod(pod)) else {
                    let text = format!("{who} {} is not a pod", other.ip);
                    return vec![Miss { text, path: peer_path(*direction, self.rule, index, &[]), distance: 6 }];
                };
                if pod.spec().host_network {
                    let text = format!("{who} uses its node's network and so is seen as its node, {}", other.ip);
                    return vec![Miss { text, path: peer_path(*direction, self.rule, index, &[]), distance: 6 }];
                }
                let mut misses = Vec::new();
                let home = &pod.meta.namespace;
                if let Some(selector) = namespaces {
                    let labels = self.cluster.namespaces.get(home).cloned().unwrap_or_default();
                    misses = labels_missed(selector, &labels, &format!("{who}'s namespace {home}"), &path("namespaceSelector"));
                } else if *home != self.cluster.policies[self.policy].1.meta.namespace {
                    let text = format!("{who} is in namespace {home}");
                    misses.push(Miss { text, path: path("podSelector"), distance: 3 });
                }
                if let Some(selector) = pods {
                    misses.extend(labels_missed(selector, &pod.meta.labels, who, &path("podSelector")));
                }
                misses
            }
        }
    }

    fn port(&self) -> Option<Miss> {
        let Flow { direction, port, protocol, .. } = *self.flow;
        let declared = &self.declared.ports;
        let receiver = receiver(self.cluster, self.flow);
        if declared.is_empty() || declared.iter().any(|allowed| port_matches(allowed, receiver, port, protocol)) {
            return None;
        }
        let mut text = format!("the packet goes to {protocol} {port}");
        let mut path = vec!["spec".into(), direction.field().into(), self.rule.into(), "ports".into()];
        if let [only] = &declared[..] {
            path.push(0.into());
            match &only.port {
                _ if only.protocol != protocol => path.push("protocol".into()),
                PortMatch::Name(name) => {
                    path.push("port".into());
                    let numbers: Vec<String> =
                        receiver.map(|pod| named_ports(pod, name, protocol).map(|number| number.to_string()).collect()).unwrap_or_default();
                    let meaning = match (receiver, &numbers[..]) {
                        (None, _) => "a name means nothing where the receiver is not a pod".to_owned(),
                        (Some(pod), []) => format!("{} declares no such {protocol} port", pod.meta.name),
                        (Some(pod), _) => format!("`{name}` is {} at {}", numbers.join(" and "), pod.meta.name),
                    };
                    text = format!("{meaning} and {text}");
                }
                _ => path.push("port".into()),
            }
        }
        Some(Miss { text, path, distance: 2 })
    }
}

/// What a sentence calls the side that is not judged.
pub(super) fn other_side(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "the sender",
        Direction::Egress => "the receiver",
    }
}

pub(super) fn peer_path(direction: Direction, rule: usize, peer: usize, rest: &[Step]) -> Vec<Step> {
    let mut path = vec!["spec".into(), direction.field().into(), rule.into(), direction.peers_field().into(), peer.into()];
    path.extend_from_slice(rest);
    path
}

/// The labels and expressions of a selector that do not hold.
fn labels_missed(selector: &LabelSelector, labels: &Labels, who: &str, at: &[Step]) -> Vec<Miss> {
    let path = |steps: [Step; 2]| [at, &steps].concat();
    let has = |key: &str| match labels.get(key) {
        Some(value) => format!("{who} has `{key}: {value}`"),
        None => format!("{who} has no label `{key}`"),
    };
    let pairs = selector.match_labels.iter().filter(|(key, value)| labels.get(*key) != Some(*value)).map(|(key, wanted)| Miss {
        text: has(key),
        path: path(["matchLabels".into(), key.clone().into()]),
        distance: match labels.get(key) {
            Some(value) if nearest(value, &[wanted]).is_some() => 1,
            Some(_) => 2,
            None => 3,
        },
    });
    let expressions = selector.match_expressions.iter().enumerate().filter(|(_, requirement)| !requirement.matches(labels));
    let expressions = expressions.map(|(index, requirement)| Miss {
        text: format!("{}, not `{}`", has(&requirement.key), describe_requirement(requirement)),
        path: path(["matchExpressions".into(), index.into()]),
        distance: 2,
    });
    pairs.chain(expressions).collect()
}
