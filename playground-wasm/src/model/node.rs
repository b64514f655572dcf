//! Nodes.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Meta;

/// A node as its manifest describes it; what is absent is allocated when the cluster is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSpec {
    pub meta: Meta,
    /// `status.addresses` of type InternalIP in order, then those of type ExternalIP.
    pub ips: Vec<IpAddr>,
    pub pod_cidrs: Vec<IpNet>,
    pub taints: Vec<Taint>,
    /// `status.allocatable.cpu` in thousandths of a core; absent where the manifest does not say.
    pub cpu_millis: Option<u32>,
    /// False where the status carries a Ready condition that is not `True`.
    pub ready: bool,
}

/// A mark that keeps pods away which do not tolerate it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    pub key: String,
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}
