//! Peers that no policy can tell apart, so that a matrix judges them once.
//!
//! Two peers are of one kind if they have the same class in the [`PolicyIndex`], the same `ipBlock`s hold their address, and
//! they give the same of the asked ports the names that policies use.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::bits::Bits;
use super::verdict::{in_block, named_ports};
use super::{Direction, Party, PolicyIndex};
use crate::cluster::Cluster;
use crate::model::{Peer, PolicyRule, PortMatch, Protocol};

/// All that policies can know of a peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// In the index; absent for what is not seen as a pod.
    pub(super) class: Option<usize>,
    /// The `ipBlock`s that hold its address.
    pub(super) blocks: Bits,
    /// The pairs of a name and an asked port that its containers declare.
    pub(super) named: Bits,
}

/// The kinds of some peers.
#[derive(Debug)]
pub(super) struct Kinds<'c> {
    pub(super) list: Vec<Kind>,
    /// The kind of each peer.
    pub(super) of: Vec<usize>,
    pub(super) features: Features<'c>,
}

/// What policies mention besides labels.
#[derive(Debug)]
pub(super) struct Features<'c> {
    pub(super) ports: &'c [(Protocol, u16)],
    blocks: BTreeMap<(IpNet, &'c [IpNet]), usize>,
    names: BTreeMap<&'c str, usize>,
}

impl<'c> Kinds<'c> {
    pub(super) fn new(cluster: &'c Cluster, index: &PolicyIndex, peers: &[Party], ports: &'c [(Protocol, u16)]) -> Self {
        let features = Features::new(cluster, ports);
        let (mut list, mut numbers) = (Vec::new(), BTreeMap::new());
        let number = |peer| {
            let kind = features.kind(cluster, index, peer);
            *numbers.entry(kind.clone()).or_insert_with(|| {
                list.push(kind);
                list.len() - 1
            })
        };
        let of = peers.iter().map(number).collect();
        Self { list, of, features }
    }

    /// The kinds for which a condition holds.
    pub(super) fn those(&self, holds: impl Fn(&Kind) -> bool) -> Bits {
        let numbered = self.list.iter().enumerate();
        Bits::of(self.list.len(), numbered.filter(|(_, kind)| holds(kind)).map(|(number, _)| number))
    }
}

impl<'c> Features<'c> {
    fn new(cluster: &'c Cluster, ports: &'c [(Protocol, u16)]) -> Self {
        let mut features = Self { ports, blocks: BTreeMap::new(), names: BTreeMap::new() };
        for (_, policy) in &cluster.policies {
            for direction in Direction::BOTH {
                direction.rules(policy).into_iter().flatten().for_each(|rule| features.note(rule));
            }
        }
        features
    }

    fn note(&mut self, rule: &'c PolicyRule) {
        for peer in &rule.peers {
            if let Peer::Block { cidr, except } = peer {
                let next = self.blocks.len();
                self.blocks.entry((*cidr, except)).or_insert(next);
            }
        }
        for port in &rule.ports {
            if let PortMatch::Name(name) = &port.port {
                let next = self.names.len();
                self.names.entry(name).or_insert(next);
            }
        }
    }

    fn kind(&self, cluster: &Cluster, index: &PolicyIndex, peer: &Party) -> Kind {
        let holding = self.blocks.iter().filter(|((cidr, except), _)| in_block(cidr, except, peer.ip));
        let class = peer.pod.and_then(|pod| index.class(pod));
        let mut named = Vec::new();
        if let Some(pod) = peer.pod.filter(|_| class.is_some()) {
            for name in self.names.keys() {
                for (port, &(protocol, number)) in self.ports.iter().enumerate() {
                    if named_ports(cluster.pod(pod), name, protocol).any(|declared| declared == number) {
                        named.extend(self.named(name, port));
                    }
                }
            }
        }
        Kind {
            class,
            blocks: Bits::of(self.blocks.len(), holding.map(|(_, &number)| number)),
            named: Bits::of(self.names.len() * self.ports.len(), named),
        }
    }

    /// The number of an `ipBlock` in [`Kind::blocks`].
    pub(super) fn block(&self, cidr: IpNet, except: &'c [IpNet]) -> Option<usize> {
        self.blocks.get(&(cidr, except)).copied()
    }

    /// The number of a name for an asked port in [`Kind::named`].
    pub(super) fn named(&self, name: &str, port: usize) -> Option<usize> {
        self.names.get(name).map(|name| name * self.ports.len() + port)
    }
}
