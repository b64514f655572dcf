//! Which of several endpoints a connection goes to: chance, unless the Service keeps a client with its endpoint.
//!
//! Session affinity as the kernel keeps it: iptables (`-m recent`) and nftables (sets with a timeout) note for each endpoint
//! which clients came, on the node where they came, whichever of the Service's addresses they used; a rule for each endpoint
//! asks in order whether the client was there within the time. ipvs keeps a template for each virtual server.

use std::net::IpAddr;

use super::endpoints::Target;
use super::random::Random;
use super::tables::Entry;
use crate::cluster::{NodeId, ServiceId};
use crate::index::Index;

/// What carries over from one connection of a query to the next: the seed's stream, who is stuck to which endpoint, the time.
#[derive(Debug, Clone)]
pub struct Session {
    random: Random,
    now_us: u64,
    affinity: Index<Client, Vec<(Target, u64)>>,
}

/// A client of a port whose endpoints remember it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    node: NodeId,
    service: ServiceId,
    port: usize,
    /// The virtual server, where each keeps its own clients.
    server: Option<(IpAddr, u16)>,
    ip: IpAddr,
}

impl Client {
    pub fn new(node: NodeId, entry: Entry, server: Option<(IpAddr, u16)>, ip: IpAddr) -> Self {
        Self { node, service: entry.service, port: entry.port, server, ip }
    }
}

impl Session {
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), now_us: 0, affinity: Index::default() }
    }

    /// Lets virtual time pass.
    pub fn advance(&mut self, elapsed_us: u64) {
        self.now_us = self.now_us.saturating_add(elapsed_us);
    }

    /// One of the targets; with affinity of so many seconds, the one where the client was last within that time.
    pub fn choose(&mut self, client: Client, affinity: Option<u32>, targets: &[Target]) -> Option<Target> {
        let Some(seconds) = affinity else { return targets.get(self.random.below(targets.len())).copied() };
        let visits = self.affinity.entry(client).or_default();
        let recent = |target: &Target| {
            visits.iter().any(|(visited, at)| visited == target && self.now_us.saturating_sub(*at) <= u64::from(seconds) * 1_000_000)
        };
        let chosen = targets.iter().copied().find(recent).or_else(|| targets.get(self.random.below(targets.len())).copied())?;
        visits.retain(|(visited, _)| *visited != chosen);
        visits.push((chosen, self.now_us));
        Some(chosen)
    }

    /// An index below a count, for choices that are not between endpoints.
    pub fn below(&mut self, count: usize) -> usize {
        self.random.below(count)
    }
}
