//! Who may reach whom, for many peers and ports at once (the `policy_matrix` query).
//!
//! What a policy allows on a port is a set of kinds of peers, and what a pod may reach is the union of the sets of the
//! policies that isolate it. So no pair of pods is judged by itself, and the answers are those that [`judge`](super::judge)
//! gives for each pair.

use super::bits::Bits;
use super::kinds::{Kind, Kinds};
use super::verdict::{exempt, port_matches};
use super::{Direction, Party, PolicyIndex};
use crate::cluster::{Cluster, PodId};
use crate::model::{Peer, PolicyRule, PortMatch, Protocol};

/// `matrix[i][j]` holds one character for each port: `1` where the policies let a packet from peer i to that port of peer j
/// pass, `0` where they do not.
pub fn matrix(cluster: &Cluster, index: &PolicyIndex, peers: &[Party], ports: &[(Protocol, u16)]) -> Vec<Vec<String>> {
    let kinds = Kinds::new(cluster, index, peers, ports);
    let [ingress, egress] = Direction::BOTH.map(|direction| reach(cluster, index, &kinds, direction));
    let is_pod = |peer: usize| kinds.list[kinds.of[peer]].class.is_some();
    let on_own_node = |pod: Option<PodId>, other: usize| pod.is_some_and(|pod| !is_pod(other) && exempt(cluster, pod, peers[other].ip));
    let cell = |from: usize, to: usize| {
        let itself = from == to || peers[from].pod.is_some() && peers[from].pod == peers[to].pod;
        let free = itself || on_own_node(peers[from].pod, to) || on_own_node(peers[to].pod, from);
        let (sender, receiver) = (kinds.of[from], kinds.of[to]);
        let passes = |port| free || egress[sender].holds(port, receiver) && ingress[receiver].holds(port, sender);
        (0..ports.len()).map(|port| if passes(port) { '1' } else { '0' }).collect()
    };
    (0..peers.len()).map(|from| (0..peers.len()).map(|to| cell(from, to)).collect()).collect()
}

/// For each port the kinds of peers on the other side; absent where nothing isolates.
struct Reach(Option<Vec<Bits>>);

impl Reach {
    fn holds(&self, port: usize, other: usize) -> bool {
        self.0.as_ref().is_none_or(|ports| ports[port].contains(other))
    }
}

/// What each kind may receive from, or send to.
fn reach(cluster: &Cluster, index: &PolicyIndex, kinds: &Kinds, direction: Direction) -> Vec<Reach> {
    let policies = cluster.policies.iter().enumerate();
    let grants: Vec<Vec<Grant>> = policies
        .map(|(number, (_, policy))| {
            let rules = direction.rules(policy).unwrap_or_default();
            grants(kinds, direction, rules, index.members(number, direction))
        })
        .collect();
    let reach_of = |kind: &Kind| {
        let isolating = kind.class.map_or(&[][..], |class| index.isolating_class(direction, class));
        let on = |port: usize| {
            let mut allowed = Bits::of(kinds.list.len(), []);
            for &policy in isolating {
                grants[policy][port].add_to(&mut allowed, kind);
            }
            allowed
        };
        Reach((!isolating.is_empty()).then(|| (0..kinds.features.ports.len()).map(on).collect()))
    };
    kinds.list.iter().map(reach_of).collect()
}

/// The peers that a policy allows on one port.
struct Grant {
    /// Whatever the subject calls the port.
    always: Bits,
    /// If the subject has one of these names for the port ([`Kind::named`]).
    by_name: Vec<(Vec<usize>, Bits)>,
}

impl Grant {
    fn add_to(&self, allowed: &mut Bits, subject: &Kind) {
        allowed.unite(&self.always);
        for (names, peers) in &self.by_name {
            if names.iter().any(|&name| subject.named.contains(name)) {
                allowed.unite(peers);
            }
        }
    }
}

/// What a policy allows on each of the asked ports.
fn grants(kinds: &Kinds, direction: Direction, rules: &[PolicyRule], members: &[Vec<Bits>]) -> Vec<Grant> {
    let none = || Grant { always: Bits::of(kinds.list.len(), []), by_name: Vec::new() };
    let mut grants: Vec<Grant> = kinds.features.ports.iter().map(|_| none()).collect();
    for (rule, members) in rules.iter().zip(members) {
        let peers = kinds
            .those(|kind| rule.peers.is_empty() || rule.peers.iter().zip(members).any(|(peer, members)| means(kinds, peer, members, kind)));
        for (port, &(protocol, number)) in kinds.features.ports.iter().enumerate() {
            let by_number = rule.ports.is_empty() || rule.ports.iter().any(|allowed| port_matches(allowed, None, number, protocol));
            if by_number {
                grants[port].always.unite(&peers);
                continue;
            }
            let names = rule.ports.iter().filter(|allowed| allowed.protocol == protocol).filter_map(|allowed| match &allowed.port {
                PortMatch::Name(name) => kinds.features.named(name, port),
                _ => None,
            });
            let names: Vec<usize> = names.collect();
            match direction {
                // The receiver's names count: for ingress the subject's, for egress the peer's.
                Direction::Ingress => grants[port].by_name.push((names, peers.clone())),
                Direction::Egress => {
                    let mut callees = kinds.those(|kind| names.iter().any(|&name| kind.named.contains(name)));
                    callees.intersect(&peers);
                    grants[port].always.unite(&callees);
                }
            }
        }
    }
    grants
}

fn means(kinds: &Kinds, peer: &Peer, members: &Bits, kind: &Kind) -> bool {
    match peer {
        Peer::Pods { .. } => kind.class.is_some_and(|class| members.contains(class)),
        Peer::Block { cidr, except } => kinds.features.block(*cidr, except).is_some_and(|block| kind.blocks.contains(block)),
    }
}
