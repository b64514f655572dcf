//! The one primitive: a packet from a network namespace to an address, port and protocol, as the kernels on its way treat it.
//!
//! In this order: the redirection to a proxy in the sender's own namespace; the sender's own addresses; on the sender's node the
//! Service rules and its own host ports; egress policy at the sender, on the translated address; routing to a node and a pod,
//! where node ports and host ports are translated; ingress policy at the receiver; the redirection in its namespace; the
//! listener. Answers travel the same way back, so only first packets are judged.
//!
//! Where implementations differ: policies see addresses after translation and before masquerading, as plugins that filter on
//! the node's forwarding path do (Calico, kube-router); traffic from and to a pod's own node always passes, as kubelet probes
//! must; what a pod sends to anything that is not a pod, other nodes among it, leaves with its node's address (Calico's
//! natOutgoing, flannel's ip-masq).

use std::net::IpAddr;

use super::balance::{Client, Session};
use super::endpoints::{Target, ready_nodes};
use super::listen::{find_elsewhere, find_listener};
use super::redirect::{self, Taken, Way as Heading};
use super::service::{Decision, Masquerade, Via, decide, is_masqueraded, primary_ip};
use super::step::{Connection, Failure, FailureKind, Netns, Packet, Reached, Step, What};
use super::{Network, balancer};
use crate::cluster::{AddressOwner, NodeId, PodId, ProxyMode, ServiceId};
use crate::model::{IpFamily, Protocol};
use crate::policy::{self, Direction, Flow, Party, Verdict};

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
    let mut way = Way { net, session, steps, home: None, service: None, remote: false, masquerade: None, taken: None };
    let family = IpFamily::of(destination);
    match from {
        Netns::Pod(id) | Netns::Captured(id) => {
            let pod = net.cluster.pod(id);
            let source = pod.ip(family);
            let packet = Packet { source: source.unwrap_or(destination), destination, port, protocol };
            let own = destination.is_loopback() || pod.ips.contains(&destination);
            if from == Netns::Captured(id)
                && !own
                && let Some(redirected) = way.redirect(id, Heading::Out, packet)
            {
                return way.listen(AddressOwner::Pod(id), redirected);
            }
            if destination.is_loopback() || pod.ips.contains(&destination) {
                let own = if destination.is_loopback() { destination } else { packet.source };
                return way.listen(AddressOwner::Pod(id), Packet { source: own, ..packet });
            }
            let (Some(node), Some(_)) = (pod.node, source) else { return way.fail(packet, What::Unroutable, FailureKind::Unroutable) };
            way.leave(node, Some(id), packet)
        }
        Netns::Node(node) => {
            // In ipvs mode every Service address is one of the node's own, and so the source of what is sent to it.
            let bound = net.cluster.config.proxy_mode == ProxyMode::Ipvs && net.tables.owner(destination).is_some();
            let local = bound || destination.is_loopback();
            let source = if local { Some(destination) } else { primary_ip(net.cluster, node, family) };
            let packet = Packet { source: source.unwrap_or(destination), destination, port, protocol };
            if source.is_none() {
                return way.fail(packet, What::Unroutable, FailureKind::Unroutable);
            }
            way.home = Some(node);
            way.leave(node, None, packet)
        }
        Netns::Outside(source) => way.enter(Packet { source, destination, port, protocol }),
    }
}

struct Way<'a, 'b> {
    net: Network<'a>,
    session: &'b mut Session,
    steps: &'b mut Vec<Step>,
    /// The node of which a process sent it.
    home: Option<NodeId>,
    service: Option<ServiceId>,
    remote: bool,
    /// Set once the source is to be rewritten: the node that does it and its address.
    masquerade: Option<(NodeId, IpAddr)>,
    taken: Option<Taken>,
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
        self.reach(node, packet)?;
        let mut packet = self.translate(node, packet)?;
        if let Some(sender) = sender {
            if self.net.cluster.node(node).ips.contains(&packet.destination) {
                packet = self.host_port(node, packet).map_or(packet, |(_, translated)| translated);
            }
            let other = self.party(packet.destination);
            let free = other.pod == Some(sender) || policy::exempt(self.net.cluster, sender, packet.destination);
            if !free {
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
        if let Some(service) = balancer::owner(self.net, &packet) {
            self.service = Some(service);
            let Some((node, handed)) = balancer::hand(self.net, service, packet, self.session) else {
                return self.fail(packet, What::NoHealthyNode { service }, FailureKind::Timeout);
            };
            self.note(packet, What::Handed { node, service: Some(service) });
            return self.arrive(node, handed);
        }
        match (cluster.addresses.get(&packet.destination), self.net.tables.owner(packet.destination)) {
            (Some(AddressOwner::Node(node)), _) => self.arrive(*node, packet),
            (None, Some((_, Via::ExternalIp))) => {
                // The network around the cluster is taken to route an external IP to the first node that is up.
                let node = cluster.nodes().find(|(_, node)| node.ready).map(|(id, _)| id);
                let Some(node) = node else { return self.fail(packet, What::Unroutable, FailureKind::Unroutable) };
                self.note(packet, What::Handed { node, service: None });
                self.arrive(node, packet)
            }
            (None, None) if cluster.config.is_for_load_balancers(packet.destination) => {
                self.fail(packet, What::NobodyThere, FailureKind::Timeout)
            }
            (None, None) if !self.is_cluster_range(packet.destination) => Ok(self.outside(packet)),
            _ => self.fail(packet, What::Unroutable, FailureKind::Unroutable),
        }
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
            Decision::DropUnallocated => return self.fail(packet, What::NobodyThere, FailureKind::Timeout),
            Decision::Forward { entry, targets, masquerade } => (entry, targets, masquerade),
        };
        self.service = Some(entry.service);
        let cluster = self.net.cluster;
        let affinity = cluster.service(entry.service).spec.session_affinity;
        let server = (cluster.config.proxy_mode == ProxyMode::Ipvs).then_some((packet.destination, packet.port));
        let Some(to) = self.session.choose(Client::new(node, entry, server, packet.source), affinity, &targets) else {
            return self.fail(packet, What::Rejected { node, entry }, FailureKind::Refused);
        };
        // In ipvs mode the source of what the node itself sends is the Service's address, and rewritten even if it comes back.
        let own = self.home == Some(node) && masquerade == Masquerade::Always;
        let is_rewritten = own || is_masqueraded(cluster, node, entry, masquerade, packet.source, to);
        let rewritten = if is_rewritten { primary_ip(cluster, node, IpFamily::of(to.ip)) } else { None };
        if let Some(address) = rewritten {
            self.masquerade = Some((node, address));
        }
        self.note(packet, What::Translated { node, entry, to, choices: targets.len(), masqueraded: rewritten });
        if rewritten.is_none() && self.answers_astray(node, packet.source, to) {
            return self.fail(packet, What::AnswerAstray { node, entry }, FailureKind::Timeout);
        }
        Ok(Packet { destination: to.ip, port: to.port, ..packet })
    }

    /// Whether the answer to an unmasqueraded packet does not come by the node that translated it: neither end is there.
    fn answers_astray(&self, node: NodeId, source: IpAddr, to: Target) -> bool {
        let place = |address: IpAddr| match self.net.cluster.addresses.get(&address) {
            Some(&AddressOwner::Pod(pod)) => self.net.cluster.pod(pod).node,
            Some(&AddressOwner::Node(node)) => Some(node),
            None => None,
        };
        place(source) != Some(node) && place(to.ip).is_some_and(|there| there != node)
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
                let packet = self.depart(node, packet);
                self.arrive(there, packet)
            }
            None if packet.destination.is_loopback() => self.arrive_translated(node, packet),
            None if self.is_cluster_range(packet.destination) => self.fail(packet, What::NobodyThere, FailureKind::Timeout),
            None => {
                let packet = self.depart(node, packet);
                // What kube-proxy leaves to a balancer comes back through it.
                self.enter(packet)
            }
        }
    }

    /// Leaves a node for another, or for outside: now its source is rewritten, a pod's in any case.
    fn depart(&mut self, node: NodeId, packet: Packet) -> Packet {
        let family = IpFamily::of(packet.destination);
        let cluster = self.net.cluster;
        let masqueraded = self.masquerade.take().map(|(_, address)| address);
        let is_pod = || {
            matches!(cluster.addresses.get(&packet.source), Some(AddressOwner::Pod(_)))
                || self.net.tables.is_pod_range(cluster, packet.source)
        };
        let source = masqueraded.or_else(|| if is_pod() { primary_ip(cluster, node, family) } else { None });
        Packet { source: source.unwrap_or(packet.source), ..packet }
    }

    /// At a node that it was sent to: its node ports are translated here.
    fn arrive(&mut self, node: NodeId, packet: Packet) -> Result<Connection, Failure> {
        self.reach(node, packet)?;
        let translated = self.translate(node, packet)?;
        if translated == packet { self.arrive_translated(node, packet) } else { self.route(node, translated) }
    }

    fn arrive_translated(&mut self, node: NodeId, packet: Packet) -> Result<Connection, Failure> {
        match self.host_port(node, packet) {
            Some((pod, translated)) => self.receive(pod, translated),
            None => self.listen(AddressOwner::Node(node), packet),
        }
    }

    /// Where a host port of a node leads.
    fn host_port(&mut self, node: NodeId, packet: Packet) -> Option<(PodId, Packet)> {
        let (pod, port) = self.net.tables.host_port(node, packet.destination, packet.protocol, packet.port)?;
        let destination = self.net.cluster.pod(pod).ip(IpFamily::of(packet.destination))?;
        self.note(packet, What::HostPort { node, pod, port });
        Some((pod, Packet { destination, port, ..packet }))
    }

    /// A machine that does not run answers nobody.
    fn reach(&mut self, node: NodeId, packet: Packet) -> Result<(), Failure> {
        if self.net.cluster.node(node).up { Ok(()) } else { self.fail(packet, What::NodeDown { node }, FailureKind::Timeout) }
    }

    /// At a pod's own interface.
    fn receive(&mut self, pod: PodId, packet: Packet) -> Result<Connection, Failure> {
        let cluster = self.net.cluster;
        let receiver = cluster.pod(pod);
        if let Some(node) = receiver.node {
            self.reach(node, packet)?;
        }
        // A node that masquerades on its way to another node has done so when the receiver's node judges.
        let seen = match self.masquerade {
            Some((node, address)) if receiver.node != Some(node) => address,
            _ => packet.source,
        };
        // Whatever its source: in ipvs mode that is the Service's address.
        let from_own_node = !self.remote && self.home.is_some_and(|home| receiver.node == Some(home));
        if receiver.ips.contains(&packet.source) {
            if !cluster.config.hairpin {
                return self.fail(packet, What::NoHairpin { pod }, FailureKind::Timeout);
            }
        } else if !from_own_node && !policy::exempt(cluster, pod, seen) {
            let other = self.party(seen);
            self.judge(packet, Flow { direction: Direction::Ingress, subject: pod, other, port: packet.port, protocol: packet.protocol })?;
        }
        let packet = self.redirect(pod, Heading::In, packet).unwrap_or(packet);
        self.listen(AddressOwner::Pod(pod), packet)
    }

    /// Leads a packet to the proxy of the pod in whose namespace it is, if that takes it over. `REDIRECT` sends what the pod's own
    /// processes send to localhost, and what comes in to the address of the interface it came in by.
    fn redirect(&mut self, pod: PodId, way: Heading, packet: Packet) -> Option<Packet> {
        let (container, port) = redirect::taken(self.net.cluster, pod, way, &packet)?;
        let taken = Taken { pod, container, way, packet };
        self.taken = Some(taken);
        self.note(packet, What::Redirected { taken, port });
        let destination = match (way, packet.destination) {
            (Heading::In, destination) => destination,
            (Heading::Out, IpAddr::V4(_)) => std::net::Ipv4Addr::LOCALHOST.into(),
            (Heading::Out, IpAddr::V6(_)) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        Some(Packet { destination, port, ..packet })
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
                    taken: self.taken,
                })
            }
            None => {
                let health_check = self.net.tables.health_check(packet.port).filter(|_| packet.protocol == Protocol::Tcp);
                if let (AddressOwner::Node(node), Some(service)) = (at, health_check) {
                    return Ok(self.health_check(node, service, packet));
                }
                let elsewhere = find_elsewhere(cluster, pods, packet.port, packet.protocol);
                self.fail(packet, What::NotListening { at, elsewhere }, FailureKind::Refused)
            }
        }
    }

    /// kube-proxy answers for its node (`pkg/proxy/healthcheck`): ready endpoints count, terminating ones do not.
    fn health_check(&mut self, node: NodeId, service: ServiceId, packet: Packet) -> Connection {
        let cluster = self.net.cluster;
        let passes = ready_nodes(cluster.service(service)).contains(cluster.node(node).name.as_str());
        self.note(packet, What::HealthCheck { node, service, passes });
        let reached = Reached::HealthCheck { passes };
        Connection { reached, source: packet.source, port: packet.port, service: None, remote: self.remote, taken: None }
    }

    fn outside(&mut self, packet: Packet) -> Connection {
        self.note(packet, What::Outside);
        let source = self.masquerade.map_or(packet.source, |(_, address)| address);
        Connection {
            reached: Reached::Outside(packet.destination),
            source,
            port: packet.port,
            service: self.service,
            remote: true,
            taken: None,
        }
    }

    /// Of the pod or Service range: such an address means nothing outside the cluster.
    fn is_cluster_range(&self, address: IpAddr) -> bool {
        let config = &self.net.cluster.config;
        [config.pod_cidr, config.service_cidr, config.pod_cidr_v6, config.service_cidr_v6].iter().any(|range| range.contains(&address))
    }
}
