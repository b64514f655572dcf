//! What a node's Service rules do with a packet: translate its address, reject it, drop it, or leave it alone.
//!
//! Follows kube-proxy in iptables and nftables mode (`pkg/proxy/iptables/proxier.go`, `pkg/proxy/nftables/proxier.go`,
//! `syncProxyRules`): which chain an address leads to, when packets are rejected (no endpoints anywhere) or dropped (none here
//! under a Local policy), and whose source address is rewritten. `ipvs` has what is different there. kube-proxy is configured
//! as kubeadm does it: traffic of pods is told by `clusterCIDR`, masqueradeAll is off, node ports are open on every address
//! of a node (in nftables mode, as is its default, on the primary ones) and, in iptables mode, on 127.0.0.0/8.

use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;

use super::Network;
use super::endpoints::{Categories, Target, Targets, is_local};
use super::ipvs;
use super::proxied::Proxied;
use super::tables::Entry;
use crate::cluster::{AddressOwner, Cluster, NodeId, ProxyMode, ServiceId};
use crate::model::{IpFamily, Protocol};

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
    /// Only of a packet that comes back to its own sender.
    Hairpin,
    Always,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// No Service has this address and port.
    None,
    /// To one of these.
    Forward { entry: Entry, targets: Targets, masquerade: Masquerade },
    /// Turned back: the Service has no endpoint anywhere.
    Reject { entry: Entry },
    /// Swallowed: a Local policy, and no endpoint on this node.
    DropNotLocal { entry: Entry },
    /// Swallowed: the sender is not in `loadBalancerSourceRanges`.
    DropSource { entry: Entry },
    /// The address is a Service's, and the port is none of its ports; the flag says whether it is turned back or lost.
    NoSuchPort { service: ServiceId, rejected: bool },
    /// Swallowed: of the Service range, and no Service has the address.
    DropUnallocated,
}

/// Where a packet comes from, as the rules of a node tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// By its address a pod's, of this node or another.
    Pod,
    /// One of the node's own addresses.
    Node,
    Elsewhere,
}

/// Decides about a packet on a node.
pub fn decide(net: Network<'_>, node: NodeId, source: IpAddr, destination: IpAddr, port: u16, protocol: Protocol) -> Decision {
    let Network { cluster, tables, .. } = net;
    let family = IpFamily::of(destination);
    let node_port = || takes_node_ports(cluster, node, destination).then(|| tables.node_port(cluster, family, protocol, port)).flatten();
    let Some(entry) = tables.address(destination, protocol, port).or_else(node_port) else {
        return ipv6_localhost(net, node, destination, port, protocol).unwrap_or_else(|| unknown(net, node, destination));
    };
    let proxied = Proxied::new(cluster, entry.service, entry.port, family);
    let categories = tables.categories(cluster, &proxied, node);
    let barred = entry.via == Via::LoadBalancer && is_barred(cluster, &proxied, node, source);
    let origin = origin(net, node, source);
    if cluster.config.proxy_mode == ProxyMode::Ipvs {
        return ipvs::translate(&proxied, entry, categories, barred, origin);
    }
    // iptables has the firewall among the chains of endpoints, and without any there are none.
    if barred && (categories.any || cluster.config.proxy_mode == ProxyMode::Nftables) {
        return Decision::DropSource { entry };
    }
    translate(&proxied, entry, categories, origin)
}

fn translate(proxied: &Proxied<'_>, entry: Entry, categories: Rc<Categories>, origin: Origin) -> Decision {
    if !categories.any {
        return Decision::Reject { entry };
    }
    let (local, masquerade) = match entry.via {
        Via::ClusterIp => {
            let masquerade = if origin == Origin::Pod { Masquerade::Hairpin } else { Masquerade::Always };
            (proxied.is_internal_local(), masquerade)
        }
        Via::ExternalIp | Via::LoadBalancer | Via::NodePort if !proxied.is_external_local() => (false, Masquerade::Always),
        // Pods and the node itself take the short way to every endpoint, as if they had gone out to a load balancer.
        Via::ExternalIp | Via::LoadBalancer | Via::NodePort => match origin {
            Origin::Pod => (false, Masquerade::Hairpin),
            Origin::Node => (false, Masquerade::Always),
            Origin::Elsewhere => (true, Masquerade::Hairpin),
        },
    };
    let targets = Targets { categories, local };
    if targets.is_empty() { Decision::DropNotLocal { entry } } else { Decision::Forward { entry, targets, masquerade } }
}

/// A node port at ::1 is never translated; but in iptables mode the rules that turn packets away are for all of a node's addresses.
fn ipv6_localhost(net: Network<'_>, node: NodeId, destination: IpAddr, port: u16, protocol: Protocol) -> Option<Decision> {
    let Network { cluster, tables, .. } = net;
    if !destination.is_ipv6() || !destination.is_loopback() || cluster.config.proxy_mode != ProxyMode::Iptables {
        return None;
    }
    let entry = tables.node_port(cluster, IpFamily::V6, protocol, port)?;
    let proxied = Proxied::new(cluster, entry.service, entry.port, IpFamily::V6);
    let categories = tables.categories(cluster, &proxied, node);
    match () {
        () if !categories.any => Some(Decision::Reject { entry }),
        () if proxied.is_external_local() && categories.local.is_empty() => Some(Decision::DropNotLocal { entry }),
        () => None,
    }
}

/// No Service has this address and port; perhaps one has the address.
fn unknown(net: Network<'_>, node: NodeId, destination: IpAddr) -> Decision {
    let Network { cluster, tables, .. } = net;
    let mode = cluster.config.proxy_mode;
    match tables.owner(destination) {
        // On an external IP that the node has itself, whatever listens there is reached.
        _ if cluster.node(node).ips.contains(&destination) => Decision::None,
        // iptables has no rule for it and the packet leaves for the default route; nftables knows cluster IPs, ipvs all addresses.
        Some((service, via)) => {
            let rejected = mode == ProxyMode::Ipvs || (mode == ProxyMode::Nftables && via == Via::ClusterIp);
            Decision::NoSuchPort { service, rejected }
        }
        None if mode == ProxyMode::Nftables && service_cidr(cluster, destination) => Decision::DropUnallocated,
        None => Decision::None,
    }
}

fn service_cidr(cluster: &Cluster, address: IpAddr) -> bool {
    [cluster.config.service_cidr, cluster.config.service_cidr_v6].iter().any(|range| range.contains(&address))
}

/// Whether node ports are open on an address of the node.
fn takes_node_ports(cluster: &Cluster, node: NodeId, address: IpAddr) -> bool {
    match cluster.config.proxy_mode {
        ProxyMode::Nftables => primary_ip(cluster, node, IpFamily::of(address)) == Some(address),
        ProxyMode::Ipvs => cluster.node(node).ips.contains(&address),
        // Martian packets to 127.0.0.0/8 from elsewhere never get as far as the rules.
        ProxyMode::Iptables => cluster.node(node).ips.contains(&address) || (address.is_ipv4() && address.is_loopback()),
    }
}

/// A node's first address of a family.
pub fn primary_ip(cluster: &Cluster, node: NodeId, family: IpFamily) -> Option<IpAddr> {
    cluster.node(node).ips.iter().copied().find(|&ip| IpFamily::of(ip) == family)
}

/// Whether `loadBalancerSourceRanges` keep a sender out. A request of the node to a balancer's address may carry that address
/// as its source, and is let in where the node itself would be.
fn is_barred(cluster: &Cluster, proxied: &Proxied<'_>, node: NodeId, source: IpAddr) -> bool {
    let covered = |address: IpAddr| proxied.source_ranges().any(|range| range.contains(&address));
    let from_balancer = || proxied.balancer_ips().any(|ip| ip == source) && primary_ip(cluster, node, proxied.family).is_some_and(covered);
    proxied.source_ranges().next().is_some() && !covered(source) && !from_balancer()
}

fn origin(net: Network<'_>, node: NodeId, source: IpAddr) -> Origin {
    let cluster = net.cluster;
    if net.tables.is_pod_range(cluster, source) {
        Origin::Pod
    } else if source.is_loopback() || cluster.node(node).ips.contains(&source) {
        Origin::Node
    } else if matches!(cluster.addresses.get(&source), Some(AddressOwner::Pod(_))) {
        Origin::Pod
    } else {
        Origin::Elsewhere
    }
}

/// The ranges that pods have their addresses from: `clusterCIDR`, and what nodes were given outside of it.
pub fn pod_ranges(cluster: &Cluster, family: IpFamily) -> impl Iterator<Item = IpNet> {
    let whole = if family == IpFamily::V4 { cluster.config.pod_cidr } else { cluster.config.pod_cidr_v6 };
    let of_nodes = cluster.nodes.iter().flat_map(|node| &node.pod_cidrs).copied();
    std::iter::once(whole).chain(of_nodes.filter(move |range| IpFamily::of(range.addr()) == family && !whole.contains(range)))
}

/// Whether the source of a packet is rewritten on its way to a target.
pub fn is_masqueraded(cluster: &Cluster, node: NodeId, entry: Entry, masquerade: Masquerade, source: IpAddr, target: Target) -> bool {
    // What came in for a process of the node itself does not leave again, and only what leaves is masqueraded.
    let own = &cluster.node(node).ips;
    if own.contains(&target.ip) && !own.contains(&source) && !source.is_loopback() {
        return false;
    }
    // nftables and ipvs look for hairpin connections among the endpoints of the node only.
    let everywhere = cluster.config.proxy_mode == ProxyMode::Iptables;
    let proxied = Proxied::new(cluster, entry.service, entry.port, IpFamily::of(target.ip));
    masquerade == Masquerade::Always || (target.ip == source && (everywhere || is_local(cluster, &proxied, node, target)))
}
