//! A Service's load balancer, outside the cluster: to which node it hands a packet, and as what.
//!
//! A balancer in VIP mode passes packets on as they are; with `ipMode: Proxy` it opens a connection of its own to the node port
//! (KEP-1860). Under `externalTrafficPolicy: Local` it asks each node's `healthCheckNodePort` first (`pkg/proxy/healthcheck`);
//! while no endpoint exists anywhere, no node passes, and it tries any, as balancers do then.

use std::net::IpAddr;

use super::Network;
use super::balance::Session;
use super::proxied::Proxied;
use super::service::{Via, primary_ip};
use super::step::Packet;
use crate::cluster::{NodeId, ServiceId};
use crate::model::IpFamily;

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
    let serves = |node| {
        let categories = net.tables.categories(cluster, &proxied, node);
        !categories.local.is_empty() || !categories.any
    };
    let healthy: Vec<NodeId> = cluster
        .nodes()
        .filter(|(node, running)| running.ready && (!proxied.is_external_local() || serves(*node)))
        .map(|(node, _)| node)
        .collect();
    let node = *healthy.get(session.below(healthy.len()))?;
    if proxied.balancer_ips().any(|ip| ip == packet.destination) {
        return Some((node, packet));
    }
    let destination = primary_ip(cluster, node, family)?;
    Some((node, Packet { source: packet.destination, destination, port: proxied.node_port()?, ..packet }))
}
