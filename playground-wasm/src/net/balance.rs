//! Which of several endpoints a connection goes to: chance, unless the Service keeps a client with its endpoint.

use std::net::IpAddr;

use super::endpoints::Target;
use super::random::Random;
use crate::cluster::ServiceId;
use crate::dns::Cache;
use crate::index::Index;

/// What carries over from one connection of a query to the next: the seed's stream, who is stuck to which endpoint, and
/// what name servers remember.
#[derive(Debug, Clone)]
pub struct Session {
    random: Random,
    affinity: Index<(ServiceId, usize, IpAddr), Target>,
    /// What name servers remember.
    pub names: Cache,
}

impl Session {
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), affinity: Index::default(), names: Cache::default() }
    }

    /// One of the targets; the earlier one for a client of a Service with session affinity, while it is still there.
    pub fn choose(&mut self, service: ServiceId, port: usize, sticky: bool, client: IpAddr, targets: &[Target]) -> Option<Target> {
        let key = (service, port, client);
        if sticky
            && let Some(earlier) = self.affinity.get(&key)
            && targets.contains(earlier)
        {
            return Some(*earlier);
        }
        let chosen = *targets.get(self.random.below(targets.len()))?;
        if sticky {
            self.affinity.insert(key, chosen);
        }
        Some(chosen)
    }

    /// An index below a count, for choices that are not between endpoints.
    pub fn below(&mut self, count: usize) -> usize {
        self.random.below(count)
    }
}
