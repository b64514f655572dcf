//! The rules of a node as the tools print them there, generated from what decides about packets.

mod iptables;
mod ipvsadm;
mod listing;
mod names;
mod nftables;
mod sha256;
mod template;

pub use listing::{Line, Origin};

use super::Network;
use super::proxied::has_family;
use crate::cluster::{NodeId, ProxyMode, ServiceId};
use crate::model::IpFamily;
use crate::net::rules::listing::glue;

/// A node's rules in the form of that mode's tool; of one Service only where one is asked for.
///
/// iptables and nftables have each address family by itself; a heading with the command tells them apart where both are in use.
pub fn listing(net: Network<'_>, node: NodeId, mode: ProxyMode, only: Option<ServiceId>) -> Vec<Line> {
    let used = |family| net.cluster.services().any(|(id, service)| only.is_none_or(|only| id == only) && has_family(service, family));
    let written = |family| match (mode, family) {
        (ProxyMode::Ipvs, _) => ("ipvsadm -Ln", ipvsadm::list(net, node, only)),
        (ProxyMode::Nftables, IpFamily::V4) => ("nft list table ip kube-proxy", nftables::list(net, node, family, only)),
        (ProxyMode::Nftables, IpFamily::V6) => ("nft list table ip6 kube-proxy", nftables::list(net, node, family, only)),
        (ProxyMode::Iptables, IpFamily::V4) => ("iptables-save", iptables::save(net, node, family, only)),
        (ProxyMode::Iptables, IpFamily::V6) => ("ip6tables-save", iptables::save(net, node, family, only)),
    };
    if mode == ProxyMode::Ipvs || !used(IpFamily::V6) {
        return written(IpFamily::V4).1;
    }
    let mut lines = Vec::new();
    for family in [IpFamily::V4, IpFamily::V6].into_iter().filter(|&family| used(family)) {
        let (command, rules) = written(family);
        lines.push(Line { text: glue(&["# ", command]), origin: None });
        lines.extend(rules);
    }
    lines
}
