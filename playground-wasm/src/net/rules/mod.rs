//! The rules of a node as the tools print them there, generated from what decides about packets.

mod iptables;
mod listing;
mod names;
mod sha256;

pub use listing::{Line, Origin};

use super::Network;
use super::proxied::has_family;
use crate::cluster::{NodeId, ProxyMode, ServiceId};
use crate::model::IpFamily;

/// A node's rules in the form of that mode's tool; of one Service only where one is asked for.
///
/// Each address family has its own; a heading with the command tells them apart where both are in use.
pub fn listing(net: Network<'_>, node: NodeId, mode: ProxyMode, only: Option<ServiceId>) -> Vec<Line> {
    let proxied = |family| net.cluster.services().any(|(id, service)| only.is_none_or(|only| id == only) && has_family(service, family));
    let mut lines = Vec::new();
    for family in [IpFamily::V4, IpFamily::V6] {
        let both = proxied(IpFamily::V6);
        if both && !proxied(family) {
            continue;
        }
        if family == IpFamily::V4 || both {
            let (command, written) = match mode {
                ProxyMode::Iptables => {
                    let command = if family == IpFamily::V4 { "iptables-save" } else { "ip6tables-save" };
                    (command, iptables::save(net, node, family, only))
                }
                ProxyMode::Nftables | ProxyMode::Ipvs => ("", Vec::new()),
            };
            if both {
                lines.push(Line { text: ["# ", command].concat(), origin: None });
            }
            lines.extend(written);
        }
    }
    lines
}
