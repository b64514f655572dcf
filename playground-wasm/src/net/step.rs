//! What can be sent, what happens to it on its way, and how it ends: the words in which `connect` tells what it did.

use std::net::IpAddr;

use super::endpoints::Target;
use super::listen::ListenerRef;
use super::redirect::{self, Taken, Way};
use super::tables::Entry;
use crate::cluster::{AddressOwner, Cluster, NodeId, PodId, ServiceId};
use crate::model::Protocol;
use crate::policy::{Flow, Verdict};

/// Where a packet is sent from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Netns {
    Pod(PodId),
    /// A process of the pod whose connections its proxy takes over.
    Captured(PodId),
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

    /// Where a probe of a pod is sent from: its node. A port that the pod's proxy takes over is probed from within the namespace
    /// in the kubelet's stead, for the kubelet has no certificate of the mesh: istio rewrites probes to its agent's own port
    /// (https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/).
    pub fn of_probe(cluster: &Cluster, pod: PodId, node: NodeId, address: IpAddr, port: u16) -> Self {
        let target = cluster.pod(pod);
        let packet = Packet { source: address, destination: address, port, protocol: Protocol::Tcp };
        let proxied = target.ips.contains(&address).then(|| redirect::taken(cluster, pod, Way::In, &packet)).flatten();
        match proxied {
            Some((container, _)) if target.containers[container].listens => Self::Pod(pod),
            _ => Self::Node(node),
        }
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
    /// Rules in the pod's own network namespace lead it to a port of the pod's proxy.
    Redirected {
        taken: Taken,
        port: u16,
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
    /// An endpoint of another node got it unmasqueraded, and answers past the node that translated it.
    AnswerAstray {
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
    /// It belongs to a connection that stands, and is led to where that was opened to.
    Kept {
        reached: Reached,
    },
    /// The Service's `healthCheckNodePort`, asked of a node.
    HealthCheck {
        node: NodeId,
        service: ServiceId,
        passes: bool,
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
    /// Of the pods', the Services' or the load balancers' range, and nobody has it.
    NobodyThere,
    /// The machine that it is for, or that sends it, does not run.
    NodeDown {
        node: NodeId,
    },
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
    /// What the proxy took over that accepted.
    pub taken: Option<Taken>,
}

/// Who accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Listener(ListenerRef),
    /// Outside the cluster, where everything is taken to answer.
    Outside(IpAddr),
    /// kube-proxy itself, which tells load balancers over HTTP whether its node has endpoints.
    HealthCheck {
        passes: bool,
    },
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
