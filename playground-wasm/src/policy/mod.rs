//! NetworkPolicy: what the policies of a cluster let through (`networking.k8s.io/v1`, `k8s.io/api/networking/v1/types.go`).
//!
//! A pod that at least one policy of its namespace selects for a direction is isolated in it, and then only what some rule of
//! these policies allows passes; policies add up and have no order. Both ends are judged, egress at the sender and ingress at
//! the receiver, each by the pod's own address and port, after a Service has been translated. Answers to what was let through
//! always pass, so only first packets come here.
//!
//! Left to network plugins, and chosen here as most of them do: a policy does not apply to a pod in its node's network
//! namespace, which others see as its node; the addresses of pods match an `ipBlock` as any other address does.

mod bits;
mod describe;
mod explain;
mod index;
mod kinds;
mod matrix;
mod near;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod verdict;

use std::net::{IpAddr, Ipv4Addr};

pub use explain::{Explanation, explain};
pub use index::PolicyIndex;
pub use matrix::matrix;
pub use near::{Miss, NearMiss, near_misses};
pub use verdict::{exempt, judge};

use crate::cluster::{Cluster, PodId};
use crate::model::{NetworkPolicy, PolicyRule, Protocol};

/// Which side of a connection is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The receiver, against what comes in.
    Ingress,
    /// The sender, against what goes out.
    Egress,
}

impl Direction {
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The field of the spec that lists this direction's rules.
    pub fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The field of a rule that lists its peers.
    pub fn peers_field(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }

    /// The rules of a policy in this direction; absent where the policy does not isolate in it.
    pub fn rules(self, policy: &NetworkPolicy) -> Option<&[PolicyRule]> {
        match self {
            Self::Ingress => policy.ingress.as_deref(),
            Self::Egress => policy.egress.as_deref(),
        }
    }
}

/// One end of a connection as a policy sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Absent for a node and for what is outside the cluster.
    pub pod: Option<PodId>,
    pub ip: IpAddr,
}

impl Party {
    /// A pod with its first address; one that has none yet counts as some IPv4 address that only `0.0.0.0/0` holds.
    pub fn pod(cluster: &Cluster, pod: PodId) -> Self {
        let ip = cluster.pod(pod).ips.first().copied();
        Self { pod: Some(pod), ip: ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)) }
    }

    /// A node, or somebody outside the cluster.
    pub fn address(ip: IpAddr) -> Self {
        Self { pod: None, ip }
    }
}

/// A connection as one side's policies see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub direction: Direction,
    /// The pod that is judged: the receiver for ingress, the sender for egress.
    pub subject: PodId,
    pub other: Party,
    /// The port at the receiver, in its own network namespace.
    pub port: u16,
    pub protocol: Protocol,
}

/// What the policies say of a flow; policies, rules, peers and ports by their index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No policy has a say.
    NotIsolated,
    Allowed {
        /// In `Cluster::policies`.
        policy: usize,
        rule: usize,
        /// Absent where the rule lists no peers and so allows everybody.
        peer: Option<usize>,
        /// Absent where the rule lists no ports and so allows all of them.
        port: Option<usize>,
    },
    Denied {
        /// The policies that isolate the subject, in `Cluster::policies`.
        isolating: Vec<usize>,
    },
}

impl Verdict {
    /// Whether the packet passes.
    pub fn passes(&self) -> bool {
        !matches!(self, Self::Denied { .. })
    }
}
