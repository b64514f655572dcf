//! The one primitive: a packet from a network namespace to an address, port and protocol, as the kernels on its way treat it.
//!
//! In this order: the sender's own addresses; on the sender's node the Service rules; egress policy at the sender, on the
//! translated address; routing to a node and a pod, where node ports and host ports are translated; ingress policy at the
//! receiver; the listener. Answers travel the same way back, so only first packets are judged.
//!
//! Where implementations differ: policies see addresses after translation and before masquerading, as plugins that filter on
//! the node's forwarding path do (Calico, kube-router); traffic from a pod's own node always passes, as kubelet probes must.

use std::net::IpAddr;

use super::balance::Session;
use super::endpoints::Target;
use super::listen::{ListenerRef, find_elsewhere, find_listener};
use super::service::{Decision, Masquerade, Via, decide};
use super::tables::Entry;
use super::{Categories, Network, categorize};
use crate::cluster::{AddressOwner, Cluster, NodeId, PodId, ServiceId};
use crate::model::{IpFamily, Protocol, TrafficPolicy};
use crate::policy::{self, Direction, Flow, Party, Verdict};

/// Where a packet is sent from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Netns {
    Pod(PodId),
    Node(NodeId),
    Outside(IpAddr),
}

impl Netns {
    /// The network namespace of a pod: its node's under hostNetwork. Absent while the pod has neither node nor address.
    pub fn of_pod(cluster: &Cluster, pod: PodId) -> Option<Self> {
        let running = cluster.pod(pod);
        let node = running.node?;
        if running.spec().host_network {
            return Some(Self::Node(node));
        }
        (!running.ips.is_empty()).then_some(Self::Pod(pod))
    }
}

/// A first packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub port: u16,
    pub protocol: Protocol,
}

/// What happened to a packet at one place; the packet is as it came in there.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub packet: Packet,
    pub what: What,
}

/// What can happen to a packet.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A load balancer, or the network outside, hands it to a node; a balancer may have none that is healthy.
    Handed {
        node: NodeId,
        service: Option<ServiceId>,
    },
    NoHealthyNode {
        service: ServiceId,
    },
    /// Service rules translated its address; the new source where it was masqueraded.
    Translated {
        node: NodeId,
        entry: Entry,
        to: Target,
        choices: usize,
        masqueraded: Option<IpAddr>,
    },
    HostPort {
        node: NodeId,
        pod: PodId,
        port: u16,
    },
    Rejected {
        node: NodeId,
        entry: Entry,
    },
    NotLocal {
        node: NodeId,
        entry: Entry,
    },
    OutOfSourceRanges {
        node: NodeId,
        entry: Entry,
    },
    NoSuchPort {
        service: ServiceId,
        rejected: bool,
    },
    /// A policy isolates the subject and let it pass or not.
    Judged {
        flow: Flow,
        verdict: Verdict,
    },
    Accepted {
        listener: ListenerRef,
    },
    /// The network namespace exists and nobody listens there; another address of it may be listened on.
    NotListening {
        at: AddressOwner,
        elsewhere: Option<ListenerRef>,
    },
    /// It comes back to its own sender, which the bridge does not allow.
    NoHairpin {
        pod: PodId,
    },
    /// Of the pod or Service range, and nobody has it.
    NobodyThere,
    Outside,
    Unroutable,
}

/// An established connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    pub reached: Reached,
    /// The source address as the receiver sees it.
    pub source: IpAddr,
    pub port: u16,
    /// The Service it was reached through.
    pub service: Option<ServiceId>,
    /// Whether it left the sender's node.
    pub remote: bool,
}

/// Who accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Listener(ListenerRef),
    /// Outside the cluster, where everything is taken to answer.
    Outside(IpAddr),
}

/// How a connection attempt failed; the last step says where and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    Refused,
    Timeout,
    Unroutable,
}

/// A failed connection attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    pub service: Option<ServiceId>,
}

/// Sends the first packet of a connection and follows it; every step is appended to `steps`.
pub fn connect(
    net: Network<'_>,
    from: Netns,
    destination: IpAddr,
    port: u16,
    protocol: Protocol,
    session: &mut Session,
    steps: &mut Vec<Step>,
) -> Result<Connection, Failure> {
    let mut way = Way { net, session, steps, service: None, remote: false, masquerade: None };
    let family = IpFamily::of(destination);
    match from {
        Netns::Pod(id) => {
            let pod = net.cluster.pod(id);
            let source = pod.ip(family);
            let packet = Packet { source: source.unwrap_or(destination), destination, port, protocol };
            if destination.is_loopback() || pod.ips.contains(&destination) {
                let own = if destination.is_loopback() { destination } else { packet.source };
                return way.listen(AddressOwner::Pod(id), Packet { source: own, ..packet });
            }
            let (Some(node), Some(_)) = (pod.node, source) else { return way.fail(packet, What::Unroutable, FailureKind::Unroutable) };
            way.leave(node, Some(id), packet)
        }
        Netns::Node(node) => {
            let ips = &net.cluster.node(node).ips;
            let source = ips.iter().copied().find(|&ip| IpFamily::of(ip) == family);
            let packet = Packet { source: source.unwrap_or(destination), destination, port, protocol };
            if source.is_none() && !destination.is_loopback() {
                return way.fail(packet, What::Unroutable, FailureKind::Unroutable);
            }
            if destination.is_loopback() {
                return way.listen(AddressOwner::Node(node), Packet { source: destination, ..packet });
            }
            way.leave(node, None, packet)
        }
        Netns::Outside(source) => way.enter(Packet { source, destination, port, protocol }),
    }
}

struct Way<'a, 'b> {
    net: Network<'a>,
    session: &'b mut Session,
    steps: &'b mut Vec<Step>,
    service: Option<ServiceId>,
    remote: bool,
    /// Set once the source is to be rewritten: the node that does it and its address.
    masquerade: Option<(NodeId, IpAddr)>,
}

impl Way<'_, '_> {
    fn note(&mut self, packet: Packet, what: What) {
        self.steps.push(Step { packet, what });
    }

    fn fail<T>(&mut self, packet: Packet, what: What, kind: FailureKind) -> Result<T, Failure> {
        self.note(packet, what);
        Err(Failure { kind, service: self.service })
    }

    /// From a pod or a node: the Service rules of its node, then its egress policies, then the road.
    fn leave(&mut self, node: NodeId, sender: Option<PodId>, packet: Packet) -> Result<Connection, Failure> {
        let packet = self.translate(node, packet)?;
        if let Some(sender) = sender {
            let other = self.party(packet.destination);
            if other.pod != Some(sender) {
                self.judge(
                    packet,
                    Flow { direction: Direction::Egress, subject: sender, other, port: packet.port, protocol: packet.protocol },
                )?;
            }
        }
        self.route(node, packet)
    }

    /// From outside: only nodes and load balancers can be reached.
    fn enter(&mut self, packet: Packet) -> Result<Connection, Failure> {
        let cluster = self.net.cluster;
        self.remote = true;
        if let Some(service) = self.balancer(packet.destination) {
            self.service = Some(service);
            let Some(node) = self.healthy_node(service, packet) else {
                return self.fail(packet, What::NoHealthyNode { service }, FailureKind::Timeout);
            };
            self.note(packet, What::Handed { node, service: Some(service) });
            let packet = self.translate(node, packet)?;
            return self.route(node, packet);
        }
        match (cluster.addresses.get(&packet.destination), self.net.tables.owner(packet.destination)) {
            (Some(AddressOwner::Node(node)), _) => self.arrive(*node, packet),
            (None, Some((_, Via::ExternalIp))) => {
                // The network around the cluster is taken to route an external IP to the first node that is up.
                let node = cluster.nodes().find(|(_, node)| node.ready).map(|(id, _)| id);
                let Some(node) = node else { return self.fail(packet, What::Unroutable, FailureKind::Unroutable) };
                self.note(packet, What::Handed { node, service: None });
                let packet = self.translate(node, packet)?;
                self.route(node, packet)
            }
            (None, None) if !self.is_cluster_range(packet.destination) => Ok(self.outside(packet)),
            _ => self.fail(packet, What::Unroutable, FailureKind::Unroutable),
        }
    }

    fn balancer(&self, address: IpAddr) -> Option<ServiceId> {
        match self.net.tables.owner(address) {
            Some((service, Via::LoadBalancer)) => Some(service),
            _ => self
                .net
                .cluster
                .services()
                .find(|(_, s)| s.load_balancer.iter().any(|ingress| ingress.ip == Some(address)))
                .map(|(id, _)| id),
        }
    }

    /// A balancer sends to nodes that are up; under a Local policy to those whose health check finds an endpoint.
    fn healthy_node(&mut self, id: ServiceId, packet: Packet) -> Option<NodeId> {
        let cluster = self.net.cluster;
        let service = cluster.service(id);
        let port = service.spec.ports.iter().find(|port| port.port == packet.port && port.protocol == packet.protocol)?;
        let local = service.spec.external_traffic_policy == TrafficPolicy::Local;
        let family = IpFamily::of(packet.destination);
        let healthy: Vec<NodeId> = cluster
            .nodes()
            .filter(|(node_id, node)| {
                let serves = || {
                    let Categories { local, any, .. } = categorize(cluster, service, port, *node_id, family);
                    !local.is_empty() || !any
                };
                node.ready && (!local || serves())
            })
            .map(|(node_id, _)| node_id)
            .collect();
        let index = self.session.below(healthy.len());
        healthy.get(index).copied()
    }

    /// Applies the Service rules of a node.
    fn translate(&mut self, node: NodeId, packet: Packet) -> Result<Packet, Failure> {
        let decision = decide(self.net, node, packet.source, packet.destination, packet.port, packet.protocol);
        let (entry, targets, masquerade) = match decision {
            Decision::None => return Ok(packet),
            Decision::Reject { entry } => {
                self.service = Some(entry.service);
                return self.fail(packet, What::Rejected { node, entry }, FailureKind::Refused);
            }
            Decision::DropNotLocal { entry } => {
                self.service = Some(entry.service);
                return self.fail(packet, What::NotLocal { node, entry }, FailureKind::Timeout);
            }
            Decision::DropSource { entry } => {
                self.service = Some(entry.service);
                return self.fail(packet, What::OutOfSourceRanges { node, entry }, FailureKind::Timeout);
            }
            Decision::NoSuchPort { service, rejected } => {
                self.service = Some(service);
                let kind = if rejected { FailureKind::Refused } else { FailureKind::Timeout };
                return self.fail(packet, What::NoSuchPort { service, rejected }, kind);
            }
            Decision::Forward { entry, targets, masquerade } => (entry, targets, masquerade),
        };
        self.service = Some(entry.service);
        let service = self.net.cluster.service(entry.service);
        let sticky = service.spec.session_affinity.is_some();
        let Some(to) = self.session.choose(entry.service, entry.port, sticky, packet.source, &targets) else {
            return self.fail(packet, What::Rejected { node, entry }, FailureKind::Refused);
        };
        let family = IpFamily::of(to.ip);
        let own = self.net.cluster.node(node).ips.iter().copied().find(|&ip| IpFamily::of(ip) == family);
        let rewritten = own.filter(|_| masquerade == Masquerade::Always || to.ip == packet.source);
        if let Some(address) = rewritten {
            self.masquerade = Some((node, address));
        }
        self.note(packet, What::Translated { node, entry, to, choices: targets.len(), masqueraded: rewritten });
        Ok(Packet { destination: to.ip, port: to.port, ..packet })
    }

    /// From a node towards whoever has the address.
    fn route(&mut self, node: NodeId, packet: Packet) -> Result<Connection, Failure> {
        match self.net.cluster.addresses.get(&packet.destination) {
            Some(&AddressOwner::Pod(pod)) => {
                self.remote |= self.net.cluster.pod(pod).node != Some(node);
                self.receive(pod, packet)
            }
            Some(&AddressOwner::Node(there)) if there == node => self.arrive_translated(node, packet),
            Some(&AddressOwner::Node(there)) => {
                self.remote = true;
                self.arrive(there, packet)
            }
            None if self.is_cluster_range(packet.destination) => self.fail(packet, What::NobodyThere, FailureKind::Timeout),
            None => {
                self.remote = true;
                // What leaves the cluster carries its node's address.
                let family = IpFamily::of(packet.destination);
                let own = self.net.cluster.node(node).ips.iter().copied().find(|&ip| IpFamily::of(ip) == family);
                self.masquerade = self.masquerade.or(own.map(|address| (node, address)));
                Ok(self.outside(packet))
            }
        }
    }

    /// At a node that it was sent to: its node ports are translated here.
    fn arrive(&mut self, node: NodeId, packet: Packet) -> Result<Connection, Failure> {
        let translated = self.translate(node, packet)?;
        if translated == packet { self.arrive_translated(node, packet) } else { self.route(node, translated) }
    }

    fn arrive_translated(&mut self, node: NodeId, packet: Packet) -> Result<Connection, Failure> {
        if let Some((pod, port)) = self.net.tables.host_port(node, packet.protocol, packet.port) {
            let ip = self.net.cluster.pod(pod).ip(IpFamily::of(packet.destination));
            if let Some(destination) = ip {
                self.note(packet, What::HostPort { node, pod, port });
                return self.receive(pod, Packet { destination, port, ..packet });
            }
        }
        self.listen(AddressOwner::Node(node), packet)
    }

    /// At a pod's own interface.
    fn receive(&mut self, pod: PodId, packet: Packet) -> Result<Connection, Failure> {
        let cluster = self.net.cluster;
        let receiver = cluster.pod(pod);
        // A node that masquerades on its way to another node has done so when the receiver's node judges.
        let seen = match self.masquerade {
            Some((node, address)) if receiver.node != Some(node) => address,
            _ => packet.source,
        };
        if cluster.addresses.get(&packet.source) == Some(&AddressOwner::Pod(pod)) {
            if !cluster.config.hairpin {
                return self.fail(packet, What::NoHairpin { pod }, FailureKind::Timeout);
            }
        } else if !policy::exempt(cluster, pod, seen) {
            let other = self.party(seen);
            self.judge(packet, Flow { direction: Direction::Ingress, subject: pod, other, port: packet.port, protocol: packet.protocol })?;
        }
        self.listen(AddressOwner::Pod(pod), packet)
    }

    fn judge(&mut self, packet: Packet, flow: Flow) -> Result<(), Failure> {
        let verdict = policy::judge(self.net.cluster, self.net.policies, &flow);
        let passes = verdict.passes();
        if verdict != Verdict::NotIsolated {
            self.note(packet, What::Judged { flow, verdict });
        }
        if passes { Ok(()) } else { Err(Failure { kind: FailureKind::Timeout, service: self.service }) }
    }

    fn party(&self, ip: IpAddr) -> Party {
        match self.net.cluster.addresses.get(&ip) {
            Some(&AddressOwner::Pod(pod)) => Party { pod: Some(pod), ip },
            _ => Party::address(ip),
        }
    }

    fn listen(&mut self, at: AddressOwner, packet: Packet) -> Result<Connection, Failure> {
        let cluster = self.net.cluster;
        let on_node: Vec<PodId>;
        let pods: &[PodId] = match &at {
            AddressOwner::Pod(pod) => std::slice::from_ref(pod),
            AddressOwner::Node(node) => {
                on_node = cluster.pods().filter(|(_, pod)| pod.node == Some(*node) && pod.spec().host_network).map(|(id, _)| id).collect();
                &on_node
            }
        };
        match find_listener(cluster, pods, packet.destination, packet.port, packet.protocol) {
            Some(listener) => {
                self.note(packet, What::Accepted { listener });
                let source = self.masquerade.map_or(packet.source, |(_, address)| address);
                Ok(Connection {
                    reached: Reached::Listener(listener),
                    source,
                    port: packet.port,
                    service: self.service,
                    remote: self.remote,
                })
            }
            None => {
                let elsewhere = find_elsewhere(cluster, pods, packet.port, packet.protocol);
                self.fail(packet, What::NotListening { at, elsewhere }, FailureKind::Refused)
            }
        }
    }

    fn outside(&mut self, packet: Packet) -> Connection {
        self.note(packet, What::Outside);
        let source = self.masquerade.map_or(packet.source, |(_, address)| address);
        Connection { reached: Reached::Outside(packet.destination), source, port: packet.port, service: self.service, remote: true }
    }

    /// Of the pod or Service range: such an address means nothing outside the cluster.
    fn is_cluster_range(&self, address: IpAddr) -> bool {
        let config = &self.net.cluster.config;
        [config.pod_cidr, config.service_cidr, config.pod_cidr_v6, config.service_cidr_v6].iter().any(|range| range.contains(&address))
    }
}
