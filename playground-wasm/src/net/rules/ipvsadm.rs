//! A node's virtual servers in ipvs mode, as `ipvsadm -Ln` prints them (`pkg/proxy/ipvs/proxier.go`, `syncProxyRules`).
//!
//! Left out: the few iptables rules and the ipsets that decide there whose source is rewritten and who is kept out. Services
//! follow each other by name, where the kernel prints them as its hash table has them.

use std::net::IpAddr;
use std::rc::Rc;

use super::listing::{Field, Line, Origin, glue};
use super::names;
use crate::cluster::{NodeId, ServiceId};
use crate::model::IpFamily;
use crate::net::ipvs::destinations;
use crate::net::{Network, Proxied, Target, Via, categorize};

const HEAD: [&str; 3] = [
    "IP Virtual Server version 1.2.1 (size=4096)",
    "Prot LocalAddress:Port Scheduler Flags",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
];

/// The virtual servers of a node; of one Service only where one is asked for.
pub fn list(net: Network<'_>, node: NodeId, only: Option<ServiceId>) -> Vec<Line> {
    let mut lines: Vec<Line> = HEAD.iter().map(|text| Line { text: (*text).to_owned(), origin: None }).collect();
    for family in [IpFamily::V4, IpFamily::V6] {
        for proxied in Proxied::all(net.cluster, family).filter(|proxied| only.is_none_or(|id| id == proxied.id)) {
            servers(net, node, proxied, &mut lines);
        }
    }
    lines
}

fn servers(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, lines: &mut Vec<Line>) {
    let categories = Rc::new(categorize(net.cluster, &proxied, node));
    let port = proxied.port().port;
    let nodes = net.cluster.node(node).ips.iter().copied().filter(|&ip| IpFamily::of(ip) == proxied.family);
    let addresses = (proxied.cluster_ip().into_iter().map(|ip| (Via::ClusterIp, Field::Port, ip, port)))
        .chain(proxied.external_ips().map(|ip| (Via::ExternalIp, Field::ExternalIps, ip, port)))
        .chain(proxied.balancer_ips().map(|ip| (Via::LoadBalancer, Field::LoadBalancer, ip, port)))
        .chain(nodes.zip(proxied.node_port().into_iter().cycle()).map(|(ip, port)| (Via::NodePort, Field::NodePort, ip, port)));
    for (via, field, ip, port) in addresses {
        lines.push(server(&proxied, field, ip, port));
        for target in names::in_order(&destinations(&proxied, via, Rc::clone(&categories))) {
            let text = format!("  -> {:<28} Masq    1      0          0", names::endpoint(target));
            lines.push(Line { text, origin: Some(Origin::new(&proxied, Field::Selector)) });
        }
    }
}

fn server(proxied: &Proxied<'_>, field: Field, ip: IpAddr, port: u16) -> Line {
    let protocol = proxied.port().protocol.as_str();
    // Protocols take four characters and a space.
    let space = if protocol.len() == 4 { " " } else { "  " };
    let mut text = glue(&[protocol, space, &names::endpoint(Target { ip, port }), " rr"]);
    if let Some(seconds) = proxied.service.spec.session_affinity {
        text += " persistent ";
        text += &seconds.to_string();
    }
    Line { text, origin: Some(Origin::new(proxied, field)) }
}
