//! What a node's Service rules do with a packet: translate its address, reject it, drop it, or leave it alone.
//!
//! Follows kube-proxy in iptables mode (`pkg/proxy/iptables/proxier.go`, `syncProxyRules`): which chain an address leads to,
//! when packets are rejected (no endpoints anywhere) or dropped (none here under a Local policy), and whose source address is
//! rewritten.

use std::net::IpAddr;

use super::Network;
use super::endpoints::{Target, categorize};
use super::tables::Entry;
use crate::cluster::{NodeId, ProxyMode, Service};
use crate::model::{IpFamily, Protocol, TrafficPolicy};

/// The kind of address a Service was reached by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    ClusterIp,
    ExternalIp,
    LoadBalancer,
    NodePort,
}

/// Whose source address is rewritten to the node's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masquerade {
    Never,
    Always,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// No Service has this address and port.
    None,
    /// To one of these; a packet that comes back to its own sender is masqueraded in any case.
    Forward { entry: Entry, targets: Vec<Target>, masquerade: Masquerade },
    /// Turned back: the Service has no endpoint anywhere.
    Reject { entry: Entry },
    /// Swallowed: a Local policy, and no endpoint on this node.
    DropNotLocal { entry: Entry },
    /// Swallowed: the sender is not in `loadBalancerSourceRanges`.
    DropSource { entry: Entry },
    /// The address is a Service's, and the port is none of its ports; the flag says whether it is turned back or lost.
    NoSuchPort { service: crate::cluster::ServiceId, rejected: bool },
}

/// Decides about a packet on a node.
pub fn decide(net: Network<'_>, node: NodeId, source: IpAddr, destination: IpAddr, port: u16, protocol: Protocol) -> Decision {
    let is_node = net.cluster.node(node).ips.contains(&destination);
    let entry =
        net.tables.address(destination, protocol, port).or_else(|| if is_node { net.tables.node_port(protocol, port) } else { None });
    let Some(entry) = entry else {
        return match net.tables.owner(destination) {
            // iptables has no rule for it and the packet leaves for the default route; the other modes know the address.
            Some((service, Via::ClusterIp)) => {
                Decision::NoSuchPort { service, rejected: net.cluster.config.proxy_mode != ProxyMode::Iptables }
            }
            Some((service, _)) => Decision::NoSuchPort { service, rejected: false },
            None => Decision::None,
        };
    };
    translate(net, entry, node, source, IpFamily::of(destination))
}

fn translate(net: Network<'_>, entry: Entry, node: NodeId, source: IpAddr, family: IpFamily) -> Decision {
    let service = net.cluster.service(entry.service);
    let port = &service.spec.ports[entry.port];
    let categories = categorize(net.cluster, service, port, node, family);
    if !categories.any {
        return Decision::Reject { entry };
    }
    let from_pod = is_pod_address(net, source);
    let from_here = net.cluster.node(node).ips.contains(&source);
    if entry.via == Via::LoadBalancer && !in_source_ranges(service, source, from_here) {
        return Decision::DropSource { entry };
    }
    let (local_only, masquerade) = match entry.via {
        Via::ClusterIp => {
            let masquerade = if from_pod { Masquerade::Never } else { Masquerade::Always };
            (service.spec.internal_traffic_policy == TrafficPolicy::Local, masquerade)
        }
        Via::ExternalIp | Via::LoadBalancer | Via::NodePort => match service.spec.external_traffic_policy {
            TrafficPolicy::Cluster => (false, Masquerade::Always),
            // Pods and the node itself take the short way to every endpoint.
            TrafficPolicy::Local if from_pod => (false, Masquerade::Never),
            TrafficPolicy::Local if from_here => (false, Masquerade::Always),
            TrafficPolicy::Local => (true, Masquerade::Never),
        },
    };
    let targets = if local_only { categories.local } else { categories.cluster };
    if targets.is_empty() {
        return Decision::DropNotLocal { entry };
    }
    Decision::Forward { entry, targets, masquerade }
}

fn is_pod_address(net: Network<'_>, address: IpAddr) -> bool {
    net.cluster.config.pod_cidr.contains(&address)
        || net.cluster.config.pod_cidr_v6.contains(&address)
        || net.cluster.nodes.iter().any(|node| node.pod_cidrs.iter().any(|cidr| cidr.contains(&address)))
}

/// The firewall chain of a load balancer's address; a node may always reach it from itself.
fn in_source_ranges(service: &Service, source: IpAddr, from_here: bool) -> bool {
    let ranges = &service.spec.load_balancer_source_ranges;
    ranges.is_empty() || ranges.iter().any(|range| range.contains(&source)) || from_here
}
