//! NetworkPolicies (`networking.k8s.io/v1`).

use ipnet::IpNet;

use super::{LabelSelector, Meta, Protocol};

/// A NetworkPolicy with policyTypes defaulted: a direction that is `Some` is isolated, by an empty list entirely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPolicy {
    pub meta: Meta,
    pub pod_selector: LabelSelector,
    pub ingress: Option<Vec<PolicyRule>>,
    pub egress: Option<Vec<PolicyRule>>,
}

/// One allowance: any of the peers on any of the ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRule {
    /// Empty or absent in the manifest alike: everybody.
    pub peers: Vec<Peer>,
    /// Empty or absent in the manifest alike: every port.
    pub ports: Vec<PolicyPort>,
}

/// Whom a rule allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Pods by label, in the policy's own namespace, or in those that `namespaces` selects.
    Pods { namespaces: Option<LabelSelector>, pods: Option<LabelSelector> },
    /// Addresses, less the excepted ones.
    Block { cidr: IpNet, except: Vec<IpNet> },
}

/// Which ports a rule allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyPort {
    pub protocol: Protocol,
    pub port: PortMatch,
}

/// A port, a range, or a name that the receiving pod resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortMatch {
    Any,
    /// Both ends included.
    Range(u16, u16),
    Name(String),
}
