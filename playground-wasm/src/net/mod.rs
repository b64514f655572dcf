//! The data plane: what happens to a packet, computed from the cluster as it runs.
//!
//! Everything that sends anything goes through [`connect`]: requests, name lookups, probes. It only reads the cluster.

mod balance;
mod balancer;
mod connect;
mod endpoints;
mod ipvs;
mod listen;
mod proxied;
mod random;
mod redirect;
pub mod rules;
mod service;
mod step;
mod tables;

pub use balance::{Client, Session};
pub use connect::connect;
pub use endpoints::{Categories, Target, Targets, candidates, categorize};
pub use listen::{ListenerRef, find_listener};
pub use proxied::{Proxied, left_alone};
pub use random::Random;
pub use redirect::{Taken, Way, is_captured, proxy};
pub use service::{Decision, Masquerade, Via, decide, is_masqueraded};
pub use step::{Connection, Failure, FailureKind, Netns, Packet, Reached, Step, What};
pub use tables::{Entry, Tables};

#[cfg(test)]
mod tests;

use crate::cluster::Cluster;
use crate::edge::Edge;
use crate::policy::PolicyIndex;

/// A cluster with the tables that were derived from it.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    pub cluster: &'a Cluster,
    pub tables: &'a Tables,
    pub policies: &'a PolicyIndex,
    pub edge: &'a Edge,
}
