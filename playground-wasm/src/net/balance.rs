//! Which of several endpoints a connection goes to: chance, unless the Service keeps a client with its endpoint.
//!
//! Session affinity as the kernel keeps it: iptables (`-m recent`) and nftables (sets with a timeout) note for each endpoint
//! which clients came, on the node where they came, whichever of the Service's addresses they used; a rule for each endpoint
//! asks in order whether the client was there within the time. ipvs keeps a template for each virtual server, and takes the
//! destinations of one in turn (`rr`) where the others draw.

use std::net::IpAddr;

use super::endpoints::Target;
use super::random::Random;
use super::tables::Entry;
use crate::cluster::{NodeId, ServiceId};
use crate::dns::Cache;
use crate::index::Index;

/// What carries over from one connection of a query to the next: the seed's stream, who is stuck to which endpoint, what name
/// servers remember, the time.
#[derive(Debug, Clone)]
pub struct Session {
    random: Random,
    now_us: u64,
    affinity: Index<Client, Vec<(Target, u64)>>,
    /// To which node a Service's load balancer has sent a client.
    nodes: Index<(ServiceId, IpAddr), NodeId>,
    /// How often each virtual server of a node was asked.
    turns: Index<(NodeId, IpAddr, u16), usize>,
    /// What name servers remember.
    pub names: Cache,
    /// The choices made since they were forgotten last, in their order.
    choices: Vec<u32>,
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
        Self {
            random: Random::new(seed),
            now_us: 0,
            affinity: Index::default(),
            nodes: Index::default(),
            turns: Index::default(),
            names: Cache::default(),
            choices: Vec::new(),
        }
    }

    /// Virtual microseconds since its begin.
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// Lets virtual time pass.
    pub fn advance(&mut self, elapsed_us: u64) {
        self.now_us = self.now_us.saturating_add(elapsed_us);
    }

    /// One of the targets; with affinity of so many seconds, the one where the client was last within that time.
    pub fn choose(&mut self, client: Client, affinity: Option<u32>, targets: &[Target]) -> Option<Target> {
        let drawn = self.draw(client, targets.len());
        let index = affinity.map_or(drawn, |seconds| self.stay(client, seconds, targets).unwrap_or(drawn));
        let chosen = *targets.get(index)?;
        self.note(index);
        if affinity.is_some() {
            let visits = self.affinity.entry(client).or_default();
            visits.retain(|(visited, _)| *visited != chosen);
            visits.push((chosen, self.now_us));
        }
        Some(chosen)
    }

    /// The target that remembers a client.
    fn stay(&self, client: Client, seconds: u32, targets: &[Target]) -> Option<usize> {
        let visits = self.affinity.get(&client)?;
        let recent = |target: &Target| {
            visits.iter().any(|(visited, at)| visited == target && self.now_us.saturating_sub(*at) <= u64::from(seconds) * 1_000_000)
        };
        targets.iter().position(recent)
    }

    /// One of the nodes that a load balancer may send a client to; where it keeps clients, the one where that client was.
    pub fn node(&mut self, service: ServiceId, client: IpAddr, keeps: bool, nodes: &[NodeId]) -> Option<NodeId> {
        let drawn = self.random.below(nodes.len());
        let before = self.nodes.get(&(service, client)).filter(|_| keeps);
        let index = before.and_then(|before| nodes.iter().position(|node| node == before)).unwrap_or(drawn);
        let node = *nodes.get(index)?;
        self.note(index);
        self.nodes.insert((service, client), node);
        Some(node)
    }

    fn draw(&mut self, client: Client, count: usize) -> usize {
        let Some((ip, port)) = client.server else { return self.random.below(count) };
        let first = self.random.below(count);
        let turn = self.turns.entry((client.node, ip, port)).or_insert(first);
        *turn += 1;
        *turn % count.max(1)
    }

    /// An index below a count, for choices that are not between endpoints.
    pub fn below(&mut self, count: usize) -> usize {
        let index = self.random.below(count);
        self.note(index);
        index
    }

    /// Whether something happens that so many times out of so many does.
    pub fn happens(&mut self, times: usize, of: usize) -> bool {
        let happens = self.random.below(of) < times;
        self.note(usize::from(happens));
        happens
    }

    /// An index that is chosen as often as its weight says; absent where none has any.
    pub fn weighed(&mut self, weights: impl Iterator<Item = usize> + Clone) -> Option<usize> {
        let total: usize = weights.clone().sum();
        if total == 0 {
            return None;
        }
        let mut drawn = self.random.below(total);
        let index = weights.into_iter().position(|weight| {
            let here = drawn < weight;
            drawn = drawn.saturating_sub(weight);
            here
        })?;
        self.note(index);
        Some(index)
    }

    /// Keeps in mind that one of several possible things happened, by its number.
    pub fn note(&mut self, choice: usize) {
        self.choices.push(u32::try_from(choice).unwrap_or(u32::MAX));
    }

    /// What was chosen since the choices were forgotten last. Nothing else makes one request of a query differ from another:
    /// two with the same choices take the same course.
    pub fn choices(&self) -> &[u32] {
        &self.choices
    }

    pub fn forget_choices(&mut self) {
        self.choices.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Via;

    const SECOND: u64 = 1_000_000;

    fn targets(count: u8) -> Vec<Target> {
        (0..count).map(|last| Target { ip: IpAddr::from([10, 244, 1, last]), port: 80 }).collect()
    }

    fn client(server: Option<(IpAddr, u16)>) -> Client {
        let entry = Entry { service: ServiceId(0), port: 0, via: Via::ClusterIp };
        Client::new(NodeId(0), entry, server, IpAddr::from([10, 244, 1, 9]))
    }

    #[test]
    fn a_client_stays_for_as_long_as_it_keeps_coming() {
        let all = targets(50);
        let mut session = Session::new(7);
        let first = session.choose(client(None), Some(10), &all);
        for _ in 0..5 {
            session.advance(9 * SECOND);
            assert_eq!(session.choose(client(None), Some(10), &all), first);
        }
        session.advance(11 * SECOND);
        let mut moved = false;
        for _ in 0..5 {
            moved |= session.choose(client(None), Some(10), &all) != first;
            session.advance(11 * SECOND);
        }
        assert!(moved, "after the time the choice is free again");
    }

    #[test]
    fn a_client_moves_when_its_endpoint_is_gone_and_back_when_it_is_there_again() {
        let all = targets(4);
        let mut session = Session::new(1);
        let first = session.choose(client(None), Some(60), &all).expect("a target");
        let rest: Vec<Target> = all.iter().copied().filter(|target| *target != first).collect();
        let second = session.choose(client(None), Some(60), &rest).expect("a target");
        assert_ne!(first, second);
        // Both endpoints remember it, and the first of them in the list is asked first.
        let both = all.iter().copied().find(|target| [first, second].contains(target));
        assert_eq!(session.choose(client(None), Some(60), &all), both);
    }

    #[test]
    fn ipvs_takes_turns() {
        let all = targets(3);
        let mut session = Session::new(3);
        let server = Some((IpAddr::from([10, 96, 0, 1]), 80));
        let chosen: Vec<Target> = (0..6).filter_map(|_| session.choose(client(server), None, &all)).collect();
        assert_eq!(chosen[..3], chosen[3..]);
        assert!(all.iter().all(|target| chosen[..3].contains(target)));
    }
}
