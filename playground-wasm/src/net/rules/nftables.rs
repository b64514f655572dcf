//! A node's rules in nftables mode, as `nft list table` prints them (`pkg/proxy/nftables/proxier.go`, `syncProxyRules`).
//!
//! Chains and sets stand in the order in which kube-proxy makes them, Services by name, and elements one a line, where `nft`
//! fills lines and has orders of its own. Left out: who is in the sets that remember clients.

mod fixed;
mod service;
mod table;

use super::listing::Line;
use crate::cluster::{NodeId, ServiceId};
use crate::model::IpFamily;
use crate::net::{Network, Proxied};
use table::Table;

/// The table of an address family; of one Service only, without what all share, where one is asked for.
pub fn list(net: Network<'_>, node: NodeId, family: IpFamily, only: Option<ServiceId>) -> Vec<Line> {
    let mut table = Table::new(family);
    if only.is_none() {
        fixed::write(net, node, family, &mut table);
    }
    for proxied in Proxied::all(net.cluster, family).filter(|proxied| only.is_none_or(|id| id == proxied.id)) {
        service::write(net, node, proxied, &mut table);
    }
    table.lines(only.is_none())
}
