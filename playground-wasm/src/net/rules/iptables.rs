//! A node's rules in iptables mode, as `iptables-save` prints them (`pkg/proxy/iptables/proxier.go`, `syncProxyRules`).
//!
//! Left out: the canaries by which kube-proxy and kubelet see that somebody flushed their rules, the counters that only
//! metrics read (nfacct), and the rules of others: of the network plugin, of host ports. Services follow each other by name,
//! where kube-proxy writes them in no order.

mod fixed;
mod service;
mod table;

use super::listing::Line;
use crate::cluster::{NodeId, ServiceId};
use crate::model::IpFamily;
use crate::net::endpoints::candidates;
use crate::net::{Network, Proxied};
use table::Tables;

/// With more endpoints than this in the cluster, the rules that come in the greatest number go without a comment.
const LARGE_CLUSTER: usize = 1_000;

/// The rules for an address family; of one Service only, without what all share, where one is asked for.
pub fn save(net: Network<'_>, node: NodeId, family: IpFamily, only: Option<ServiceId>) -> Vec<Line> {
    let cluster = net.cluster;
    let mut tables = Tables::default();
    let endpoints: usize = Proxied::all(cluster, family).map(|proxied| candidates(proxied.service, proxied.port(), family).count()).sum();
    for proxied in Proxied::all(cluster, family).filter(|proxied| only.is_none_or(|id| id == proxied.id)) {
        service::write(net, node, proxied, endpoints > LARGE_CLUSTER, &mut tables);
    }
    if only.is_none() {
        fixed::write(family, &mut tables);
    }
    tables.lines(only.is_none())
}
