//! A Service's load balancer, outside the cluster: to which node it hands a packet, and as what.
//!
//! A balancer in VIP mode passes packets on as they are; with `ipMode: Proxy` it opens a connection of its own to the node port
//! (KEP-1860). It knows the nodes that are ready and neither labelled to be left out nor about to be removed
//! (`k8s.io/cloud-provider/controllers/service`, `allNodePredicates`). Under `externalTrafficPolicy: Local` it asks each one's
//! `healthCheckNodePort` first (`pkg/proxy/healthcheck`). Where no node passes it tries all, as balancers do then, but those that
//! have an endpoint, if only a terminating one, before the others: it would not have given them up yet (KEP-1669). A Service with
//! `sessionAffinity: ClientIP` has its balancer keep a client with a node, too, as most clouds do and
//! `test/e2e/network/loadbalancer.go` asks for.

use super::Network;
use super::balance::Session;
use super::endpoints::ready_nodes;
use super::proxied::Proxied;
use super::service::{Via, primary_ip};
use super::step::Packet;
use crate::cluster::{Node, NodeId, Service, ServiceId};
use crate::model::IpFamily;

/// The label of a node that no load balancer sends to.
const EXCLUDED: &str = "node.kubernetes.io/exclude-from-external-load-balancers";
/// The taint of a node that the cluster autoscaler is about to remove.
const TO_BE_DELETED: &str = "ToBeDeletedByClusterAutoscaler";

/// Whether a balancer sends to a node at all; a label whose value is no boolean excludes like one that is true.
fn is_included(node: &Node) -> bool {
    let excluded = node.labels.get(EXCLUDED).is_some_and(|value| !matches!(value.as_str(), "0" | "f" | "F" | "false" | "False" | "FALSE"));
    node.ready && !excluded && !node.taints.iter().any(|taint| taint.key == TO_BE_DELETED)
}

/// The Service whose load balancer has the address that a packet is for; of several that share it the one with its port.
pub fn owner(net: Network<'_>, packet: &Packet) -> Option<ServiceId> {
    let Packet { destination, port, protocol, .. } = *packet;
    let entry = net.tables.address(destination, protocol, port).map(|entry| (entry.service, entry.via));
    match entry.or_else(|| net.tables.owner(destination)) {
        Some((service, Via::LoadBalancer)) => Some(service),
        Some(_) => None,
        None => {
            let mut sharing = net.cluster.services().filter(|(_, s)| s.load_balancer.iter().any(|ingress| ingress.ip == Some(destination)));
            let first = sharing.next()?;
            let exposes = |service: &Service| service.spec.ports.iter().any(|own| own.port == port && own.protocol == protocol);
            let other = if exposes(first.1) { None } else { sharing.find(|(_, service)| exposes(service)) };
            Some(other.unwrap_or(first).0)
        }
    }
}

/// A node that is up and healthy, and the packet that it gets; absent where there is none or the port is not the Service's.
pub fn hand(net: Network<'_>, id: ServiceId, packet: Packet, session: &mut Session) -> Option<(NodeId, Packet)> {
    let cluster = net.cluster;
    let family = IpFamily::of(packet.destination);
    let ports = &cluster.service(id).spec.ports;
    let index = ports.iter().position(|port| port.port == packet.port && port.protocol == packet.protocol)?;
    let proxied = Proxied::new(cluster, id, index, family);
    let known = || cluster.nodes().filter(|(_, node)| is_included(node));
    let checked = proxied.is_external_local().then(|| ready_nodes(proxied.service));
    let passes = |node: &Node| checked.as_ref().is_none_or(|ready| ready.contains(node.name.as_str()));
    let passing: Vec<NodeId> = known().filter(|(_, node)| passes(node)).map(|(node, _)| node).collect();
    let serves = |node| {
        let categories = net.tables.categories(cluster, &proxied, node);
        !categories.local.is_empty() || !categories.any
    };
    let healthy = if passing.is_empty() { known().map(|(node, _)| node).filter(|&node| serves(node)).collect() } else { passing };
    let keeps = proxied.service.spec.session_affinity.is_some();
    let node = session.node(id, packet.source, keeps, &healthy)?;
    if proxied.balancer_ips().any(|ip| ip == packet.destination) {
        return Some((node, packet));
    }
    let destination = primary_ip(cluster, node, family)?;
    Some((node, Packet { source: packet.destination, destination, port: proxied.node_port()?, ..packet }))
}
