//! The verdict on one flow.

use std::net::IpAddr;

use ipnet::IpNet;

use super::bits::Bits;
use super::{Direction, Flow, PolicyIndex, Verdict};
use crate::cluster::{Cluster, Pod, PodId};
use crate::model::{Peer, PolicyPort, PolicyRule, PortMatch, Protocol, Role};

/// Judges one side of a connection.
///
/// Traffic between a pod and its own node is not asked about here, see [`exempt`].
pub fn judge(cluster: &Cluster, index: &PolicyIndex, flow: &Flow) -> Verdict {
    let isolating = index.isolating(flow.direction, flow.subject);
    // A pod always reaches itself.
    if isolating.is_empty() || flow.other.pod == Some(flow.subject) {
        return Verdict::NotIsolated;
    }
    let class = flow.other.pod.and_then(|pod| index.class(pod));
    let receiver = receiver(cluster, flow);
    for &policy in isolating {
        let rules = flow.direction.rules(&cluster.policies[policy].1).unwrap_or_default();
        for (rule, (declared, members)) in rules.iter().zip(index.members(policy, flow.direction)).enumerate() {
            let peer = matching_peer(declared, members, class, flow.other.ip);
            let port = declared.ports.iter().position(|allowed| port_matches(allowed, receiver, flow.port, flow.protocol));
            // Without a list everybody and every port is meant.
            if (peer.is_some() || declared.peers.is_empty()) && (port.is_some() || declared.ports.is_empty()) {
                return Verdict::Allowed { policy, rule, peer, port };
            }
        }
    }
    Verdict::Denied { isolating: isolating.to_vec() }
}

/// Whether an address is one of the node that a pod runs on: traffic between them always passes, so that the kubelet can probe.
pub fn exempt(cluster: &Cluster, subject: PodId, other: IpAddr) -> bool {
    cluster.pod(subject).node.is_some_and(|node| cluster.node(node).ips.contains(&other))
}

/// The pod whose container ports give a port its name; absent where the receiver is not seen as a pod.
pub(super) fn receiver<'c>(cluster: &'c Cluster, flow: &Flow) -> Option<&'c Pod> {
    let pod = match flow.direction {
        Direction::Ingress => Some(flow.subject),
        Direction::Egress => flow.other.pod,
    };
    pod.map(|pod| cluster.pod(pod)).filter(|pod| !pod.spec().host_network)
}

/// The first peer of a rule that means the other side.
fn matching_peer(rule: &PolicyRule, members: &[Bits], class: Option<usize>, ip: IpAddr) -> Option<usize> {
    rule.peers.iter().zip(members).position(|(peer, members)| match peer {
        Peer::Pods { .. } => class.is_some_and(|class| members.contains(class)),
        Peer::Block { cidr, except } => in_block(cidr, except, ip),
    })
}

/// Whether an `ipBlock` holds an address.
pub(super) fn in_block(cidr: &IpNet, except: &[IpNet], ip: IpAddr) -> bool {
    cidr.contains(&ip) && !except.iter().any(|part| part.contains(&ip))
}

/// Whether a port of a rule allows one at the receiver, whose own containers give names their numbers.
pub(super) fn port_matches(allowed: &PolicyPort, receiver: Option<&Pod>, port: u16, protocol: Protocol) -> bool {
    allowed.protocol == protocol
        && match &allowed.port {
            PortMatch::Any => true,
            PortMatch::Range(first, last) => (*first..=*last).contains(&port),
            PortMatch::Name(name) => receiver.is_some_and(|pod| named_ports(pod, name, protocol).any(|number| number == port)),
        }
}

/// The numbers that a pod's running containers give a port name; init containers are over when a pod serves.
pub(super) fn named_ports(pod: &Pod, name: &str, protocol: Protocol) -> impl Iterator<Item = u16> {
    let running = pod.spec().containers.iter().filter(|container| container.role != Role::Init);
    let ports = running.flat_map(|container| &container.ports);
    ports.filter(move |port| port.protocol == protocol && port.name.as_deref() == Some(name)).map(|port| port.port)
}
