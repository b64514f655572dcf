//! A Service's load balancer, outside the cluster: to which node it hands a packet, and as what.
//!
//! A balancer in VIP mode passes packets on as they are; with `ipMode: Proxy` it opens a connection of its own to the node port
//! (KEP-1860). It knows the nodes that are ready and not labelled to be left out (`k8s.io/cloud-provider/controllers/service`,
//! `nodeIncludedPredicate`). Under `externalTrafficPolicy: Local` it asks each one's `healthCheckNodePort` first
//! (`pkg/proxy/healthcheck`). Where no node passes it tries all, as balancers do then, but those that have an endpoint, if only a
//! terminating one, before the others: it would not have given them up yet (KEP-1669).

use std::net::IpAddr;

use super::Network;
use super::balance::Session;
use super::endpoints::has_ready;
use super::proxied::Proxied;
use super::service::{Via, primary_ip};
use super::step::Packet;
use crate::cluster::{NodeId, ServiceId};
use crate::model::IpFamily;

/// The label of a node that no load balancer sends to.
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// The Service whose load balancer has an address.
pub fn owner(net: Network<'_>, address: IpAddr) -> Option<ServiceId> {
    match net.tables.owner(address) {
        Some((service, Via::LoadBalancer)) => Some(service),
        Some(_) => None,
        None => net.cluster.services().find(|(_, s)| s.load_balancer.iter().any(|ingress| ingress.ip == Some(address))).map(|(id, _)| id),
    }
}

/// A node that is up and healthy, and the packet that it gets; absent where there is none or the port is not the Service's.
pub fn hand(net: Network<'_>, id: ServiceId, packet: Packet, session: &mut Session) -> Option<(NodeId, Packet)> {
    let cluster = net.cluster;
    let family = IpFamily::of(packet.destination);
    let ports = &cluster.service(id).spec.ports;
    let index = ports.iter().position(|port| port.port == packet.port && port.protocol == packet.protocol)?;
    let proxied = Proxied::new(cluster, id, index, family);
    let known = || cluster.nodes().filter(|(_, node)| node.ready && !node.labels.contains_key(EXCLUDED));
    let passing: Vec<NodeId> =
        known().filter(|(_, node)| !proxied.is_external_local() || has_ready(proxied.service, &node.name)).map(|(node, _)| node).collect();
    let serves = |node| {
        let categories = net.tables.categories(cluster, &proxied, node);
        !categories.local.is_empty() || !categories.any
    };
    let healthy = if passing.is_empty() { known().map(|(node, _)| node).filter(|&node| serves(node)).collect() } else { passing };
    let node = *healthy.get(session.below(healthy.len()))?;
    if proxied.balancer_ips().any(|ip| ip == packet.destination) {
        return Some((node, packet));
    }
    let destination = primary_ip(cluster, node, family)?;
    Some((node, Packet { source: packet.destination, destination, port: proxied.node_port()?, ..packet }))
}
