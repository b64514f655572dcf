//! What is probed, and what the simulator says about it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use playground_wasm::cluster::{NodeId, PodId, ServiceId};
use playground_wasm::model::{IpFamily, Protocol};
use playground_wasm::net::{Decision, FailureKind, Netns, Network, Proxied, Reached, Session, connect, decide, is_masqueraded};

use crate::probe::Answer;
use crate::topology::{PODS, clients, node_addresses};

/// Draws of the simulator after which an answer that did not come up is taken to be impossible.
const DRAWS: u64 = 200;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Pod(PodId),
    Node(NodeId),
    /// A client outside; with a node, its packets go there whatever their address.
    Outside(IpAddr, Option<NodeId>),
}

/// One connection that is tried in the kernel and asked of the simulator.
#[derive(Debug, Clone)]
pub struct Check {
    pub from: From,
    /// The namespace that it is sent from.
    pub space: String,
    pub service: ServiceId,
    pub to: SocketAddr,
    pub protocol: Protocol,
    /// The cluster IP of the same port, where the Service keeps clients with their endpoints.
    pub sticky: Option<SocketAddr>,
}

/// Everything that can be sent to the Services of namespace `k`.
pub fn checks(net: Network<'_>) -> Vec<Check> {
    let cluster = net.cluster;
    let mut checks = Vec::new();
    let senders: Vec<(From, String)> = cluster
        .pods()
        .filter(|(_, pod)| pod.meta.namespace == "k" && !pod.spec().host_network)
        .map(|(id, pod)| (From::Pod(id), pod.meta.name.clone()))
        .chain(cluster.nodes().map(|(id, node)| (From::Node(id), node.name.clone())))
        .collect();
    let families = [IpFamily::V4, IpFamily::V6].into_iter().flat_map(|family| Proxied::all(cluster, family));
    for proxied in families.filter(|proxied| proxied.service.meta().namespace == "k") {
        let own_address = |id: NodeId| own_address(net, id, proxied.family);
        let (port, protocol) = (proxied.port().port, proxied.port().protocol);
        if protocol == Protocol::Sctp {
            continue;
        }
        let cluster_ip = proxied.cluster_ip().map(|ip| SocketAddr::new(ip, port));
        let sticky = cluster_ip.filter(|_| proxied.service.spec.session_affinity.is_some());
        let outward: Vec<SocketAddr> = proxied.external_ips().chain(proxied.balancer_ips()).map(|ip| SocketAddr::new(ip, port)).collect();
        let localhost: IpAddr = if proxied.family == IpFamily::V4 { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        let mut add = |from, space: &str, to, sticky| {
            checks.push(Check { from, space: space.to_owned(), service: proxied.id, to, protocol, sticky });
        };
        for (from, space) in &senders {
            for &to in cluster_ip.iter().chain(&outward) {
                add(*from, space, to, sticky);
                if protocol == Protocol::Tcp {
                    add(*from, space, SocketAddr::new(to.ip(), 81), None);
                }
            }
            let Some(node_port) = proxied.node_port() else { continue };
            for (id, _) in cluster.nodes() {
                let own = *from == From::Node(id) || matches!(from, From::Pod(pod) if cluster.pod(*pod).node == Some(id));
                add(*from, space, SocketAddr::new(own_address(id), node_port), sticky.filter(|_| own));
            }
            if matches!(from, From::Node(_)) {
                add(*from, space, SocketAddr::new(localhost, node_port), None);
            }
        }
        for ((id, _), number) in cluster.nodes().zip(1..) {
            for client in clients(number, proxied.family).iter().filter_map(|client| client.parse().ok()) {
                for &to in cluster_ip.iter().chain(&outward) {
                    add(From::Outside(client, Some(id)), "outside", to, None);
                }
                if let Some(node_port) = proxied.node_port() {
                    add(From::Outside(client, None), "outside", SocketAddr::new(own_address(id), node_port), None);
                }
            }
        }
    }
    checks
}

/// Whether the simulator may give this answer; after the client has been to that endpoint, where it is told.
pub fn may_be(net: Network<'_>, check: &Check, after: Option<&Answer>, answer: &Answer) -> bool {
    if let From::Outside(client, Some(node)) = check.from {
        return by_decision(net, check, client, node, answer);
    }
    (0..DRAWS).any(|seed| {
        let mut session = Session::new(seed);
        let before = match (after, check.sticky) {
            (Some(after), Some(first)) => simulated(net, check, first, &mut session) == *after,
            _ => true,
        };
        before && simulated(net, check, check.to, &mut session) == *answer
    })
}

/// Some of the answers that the simulator may give, for saying what was expected.
pub fn expected(net: Network<'_>, check: &Check) -> String {
    if let From::Outside(client, Some(node)) = check.from {
        return format!("{:?}", decide(net, node, client, check.to.ip(), check.to.port(), check.protocol));
    }
    let mut seen: Vec<String> = Vec::new();
    for seed in 0..20 {
        let text = format!("{:?}", simulated(net, check, check.to, &mut Session::new(seed)));
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(" or ")
}

/// Whether an endpoint is among those that the sender's own node may choose.
pub fn is_candidate(net: Network<'_>, check: &Check, answer: &Answer) -> bool {
    let family = IpFamily::of(check.to.ip());
    let (source, node) = match check.from {
        From::Pod(pod) => (net.cluster.pod(pod).ip(family), net.cluster.pod(pod).node),
        From::Node(node) => (Some(own_address(net, node, family)), Some(node)),
        From::Outside(..) => return false,
    };
    let (Some(source), Some(node)) = (source, node) else { return false };
    let Answer::Connected { server, .. } = answer else { return false };
    let decision = decide(net, node, source, check.to.ip(), check.to.port(), check.protocol);
    matches!(decision, Decision::Forward { targets, .. } if targets.iter().any(|target| is_address_of(target.ip, server)))
}

/// A node's first address of a family.
fn own_address(net: Network<'_>, node: NodeId, family: IpFamily) -> IpAddr {
    let ips = &net.cluster.node(node).ips;
    ips.iter().copied().find(|&ip| IpFamily::of(ip) == family).unwrap_or(ips[0])
}

fn is_address_of(address: IpAddr, server: &str) -> bool {
    PODS.iter().filter(|(name, ..)| *name == server).any(|(_, node, addresses)| {
        let addresses = addresses.map_or_else(|| node_addresses(*node), |addresses| addresses.map(str::to_owned));
        addresses.iter().any(|own| own.parse() == Ok(address))
    })
}

fn simulated(net: Network<'_>, check: &Check, to: SocketAddr, session: &mut Session) -> Answer {
    let from = match check.from {
        From::Pod(pod) => Netns::Pod(pod),
        From::Node(node) => Netns::Node(node),
        From::Outside(client, _) => Netns::Outside(client),
    };
    match connect(net, from, to.ip(), to.port(), check.protocol, session, &mut Vec::new()) {
        Ok(connection) => match connection.reached {
            Reached::Listener(listener) => {
                Answer::Connected { server: net.cluster.pod(listener.pod).meta.name.clone(), seen: connection.source }
            }
            Reached::Outside(address) => Answer::Failed(format!("reached {address} outside")),
            Reached::HealthCheck { passes } => Answer::Failed(format!("a health check: {passes}")),
        },
        Err(failure) => match failure.kind {
            FailureKind::Refused => Answer::Refused,
            FailureKind::Timeout => Answer::Timeout,
            FailureKind::Unroutable => Answer::Failed("unroutable".into()),
        },
    }
}

/// For a packet that somebody routed to a node: what kube-proxy does with it there is all that can happen to it.
fn by_decision(net: Network<'_>, check: &Check, client: IpAddr, node: NodeId, answer: &Answer) -> bool {
    match decide(net, node, client, check.to.ip(), check.to.port(), check.protocol) {
        Decision::Reject { .. } | Decision::NoSuchPort { rejected: true, .. } => *answer == Answer::Refused,
        Decision::DropNotLocal { .. } | Decision::DropSource { .. } | Decision::DropUnallocated => *answer == Answer::Timeout,
        Decision::None | Decision::NoSuchPort { rejected: false, .. } => false,
        Decision::Forward { entry, targets, masquerade } => match answer {
            Answer::Refused => targets.iter().any(|target| target.port == 8099),
            Answer::Connected { server, seen } => targets.iter().any(|&target| {
                let masqueraded = is_masqueraded(net.cluster, node, entry, masquerade, client, target);
                let source = if masqueraded { own_address(net, node, IpFamily::of(client)) } else { client };
                is_address_of(target.ip, server) && *seen == source
            }),
            Answer::Timeout | Answer::Failed(_) => false,
        },
    }
}
