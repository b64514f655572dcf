//! Who listens at an address of a network namespace.

use std::net::IpAddr;

use crate::behavior::Listener;
use crate::cluster::{Cluster, PodId};
use crate::model::Protocol;

/// A container's open port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerRef {
    pub pod: PodId,
    /// Index in the pod spec's containers.
    pub container: usize,
    /// Index in the container's behavior.
    pub listener: usize,
}

impl ListenerRef {
    pub fn get(self, cluster: &Cluster) -> &Listener {
        &cluster.pod(self.pod).behavior[self.container].listeners[self.listener]
    }
}

/// The listener of a running container that takes packets to this address and port; the most specific address wins.
pub fn find_listener(cluster: &Cluster, pods: &[PodId], address: IpAddr, port: u16, protocol: Protocol) -> Option<ListenerRef> {
    let mut found = None;
    for &id in pods {
        let pod = cluster.pod(id);
        for (container, (behavior, state)) in pod.behavior.iter().zip(&pod.containers).enumerate() {
            if !state.listens {
                continue;
            }
            for (index, listener) in behavior.listeners.iter().enumerate() {
                if listener.port != port || listener.protocol != protocol {
                    continue;
                }
                let reference = ListenerRef { pod: id, container, listener: index };
                match listener.address {
                    Some(bound) if bound == address => return Some(reference),
                    _ if found.is_none() && listener.takes(address) => found = Some(reference),
                    Some(_) | None => {}
                }
            }
        }
    }
    found
}

/// A listener on the same port that this address does not reach, for saying why nobody answered.
pub fn find_elsewhere(cluster: &Cluster, pods: &[PodId], port: u16, protocol: Protocol) -> Option<ListenerRef> {
    pods.iter().find_map(|&id| {
        let pod = cluster.pod(id);
        pod.behavior.iter().zip(&pod.containers).enumerate().filter(|(_, (_, state))| state.listens).find_map(
            |(container, (behavior, _))| {
                let listener = behavior.listeners.iter().position(|listener| listener.port == port && listener.protocol == protocol)?;
                Some(ListenerRef { pod: id, container, listener })
            },
        )
    })
}
