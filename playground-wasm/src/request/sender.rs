//! Who sends: a peer of the contract made into a network namespace with its files.

use std::net::IpAddr;

use crate::cluster::{AddressOwner, Cluster, NodeId, PodId};
use crate::dns::{Hosts, ResolvConf};
use crate::dto::Peer;
use crate::net::{Netns, is_captured};

/// A sender that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The container is an index in the pod spec's containers.
    Pod {
        pod: PodId,
        container: usize,
    },
    Node(NodeId),
    Outside(IpAddr),
}

/// A peer that names nothing in this cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderError(pub String);

impl Sender {
    /// Where its packets start; absent for a pod that has no network yet.
    pub fn netns(self, cluster: &Cluster) -> Option<Netns> {
        match self {
            Self::Pod { pod, container } => match Netns::of_pod(cluster, pod) {
                Some(Netns::Pod(_)) if is_captured(cluster.pod(pod), container) => Some(Netns::Captured(pod)),
                netns => netns,
            },
            Self::Node(node) => Some(Netns::Node(node)),
            Self::Outside(ip) => Some(Netns::Outside(ip)),
        }
    }

    /// Its own addresses.
    pub fn addresses(self, cluster: &Cluster) -> Vec<IpAddr> {
        match self {
            Self::Pod { pod, .. } => cluster.pod(pod).ips.clone(),
            Self::Node(node) => cluster.node(node).ips.clone(),
            Self::Outside(ip) => vec![ip],
        }
    }

    /// Its `resolv.conf` and `hosts`.
    pub fn files(self, cluster: &Cluster) -> (ResolvConf, Hosts) {
        match self {
            Self::Pod { pod, .. } => (ResolvConf::for_pod(cluster, cluster.pod(pod)), Hosts::for_pod(cluster, cluster.pod(pod))),
            Self::Node(node) => (ResolvConf::for_node(), Hosts::for_node(cluster.node(node))),
            Self::Outside(_) => (ResolvConf::for_node(), Hosts::local()),
        }
    }
}

/// The sender that a peer means; a workload's is its first pod, an address inside the cluster its owner.
pub fn resolve(cluster: &Cluster, peer: &Peer) -> Result<Sender, SenderError> {
    let namespace = peer.namespace.as_deref().unwrap_or("default");
    let container = peer.container.as_deref();
    match peer {
        Peer { pod: Some(pod), .. } => {
            let found = cluster.find_pod(namespace, pod);
            let id = found.ok_or_else(|| SenderError(format!("there is no pod {pod} in namespace {namespace}")))?;
            in_container(cluster, id, container)
        }
        Peer { workload: Some(workload), .. } => {
            let (kind, name) = workload.split_once('/').unwrap_or(("Deployment", workload));
            let found = cluster.find_workload(kind, namespace, name).and_then(|id| cluster.first_pods[id.0 as usize]);
            let id = found.ok_or_else(|| SenderError(format!("{workload} in namespace {namespace} has no pod")))?;
            in_container(cluster, id, container)
        }
        Peer { node: Some(node), .. } => {
            let found = cluster.nodes().find(|(_, candidate)| candidate.name == *node);
            found.map(|(id, _)| Sender::Node(id)).ok_or_else(|| SenderError(format!("there is no node {node}")))
        }
        Peer { ip: Some(ip), .. } => {
            let address: IpAddr = ip.parse().map_err(|_| SenderError(format!("{ip:?} is not an IP address")))?;
            Ok(match cluster.addresses.get(&address) {
                Some(&AddressOwner::Pod(pod)) => Sender::Pod { pod, container: main_container(cluster, pod) },
                Some(&AddressOwner::Node(node)) => Sender::Node(node),
                None => Sender::Outside(address),
            })
        }
        _ => Err(SenderError("the sender has none of pod, workload, node and ip".into())),
    }
}

/// The first main container: where `kubectl exec` goes.
fn main_container(cluster: &Cluster, pod: PodId) -> usize {
    let containers = &cluster.pod(pod).spec().containers;
    containers.iter().position(|container| container.role == crate::model::Role::Main).unwrap_or(0)
}

fn in_container(cluster: &Cluster, pod: PodId, name: Option<&str>) -> Result<Sender, SenderError> {
    let Some(name) = name else { return Ok(Sender::Pod { pod, container: main_container(cluster, pod) }) };
    let containers = &cluster.pod(pod).spec().containers;
    let position = containers.iter().position(|container| container.name == name);
    let container = position.ok_or_else(|| SenderError(format!("pod {} has no container {name}", cluster.pod(pod).meta.name)))?;
    Ok(Sender::Pod { pod, container })
}
