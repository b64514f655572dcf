//! The redirection in a pod's own network namespace: what a mesh sidecar takes over (`crate::behavior::takeover`).
//!
//! Only TCP is led away, as the meshes' rules do it (`-p tcp`): a lookup goes past the proxy.

use super::step::Packet;
use crate::behavior::Proxy;
use crate::cluster::{Cluster, Pod, PodId, RunState};
use crate::model::Protocol;

/// A direction of traffic, as the pod sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

/// A connection that was led to a proxy: where it wanted to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub pod: PodId,
    /// The proxy's index in the pod spec's containers.
    pub container: usize,
    pub way: Way,
    /// As it was before: what the proxy reads as `SO_ORIGINAL_DST`.
    pub packet: Packet,
}

/// The proxy that takes traffic of a pod over, with its container; its rules stand from when the init container that sets them
/// up has completed, whether the proxy runs or not.
pub fn proxy(pod: &Pod) -> Option<(usize, &Proxy)> {
    let (container, proxy) = pod.behavior.iter().enumerate().find_map(|(index, behavior)| Some((index, behavior.proxy.as_deref()?)))?;
    let stands = match proxy.set_up_by {
        None => true,
        Some(init) => matches!(pod.containers.get(init)?.run, RunState::Terminated { exit_code: 0, .. }),
    };
    (stands && !pod.spec().host_network).then_some((container, proxy))
}

/// Where a packet is led in a pod's namespace: the proxy's container and port. Absent where it goes on as it is.
pub fn taken(cluster: &Cluster, id: PodId, way: Way, packet: &Packet) -> Option<(usize, u16)> {
    let pod = cluster.pod(id);
    let (container, proxy) = proxy(pod)?;
    let (port, excluded) = match way {
        Way::In => (proxy.inbound?, &proxy.exclude_inbound),
        Way::Out => (proxy.outbound?, &proxy.exclude_outbound),
    };
    // What a proxy listens on beside is its own: its metrics, its readiness.
    let own = || way == Way::In && pod.behavior[container].listeners.iter().any(|listener| listener.port == packet.port);
    (packet.protocol == Protocol::Tcp && !excluded.contains(&packet.port) && !own()).then_some((container, port))
}

/// Whether what a container sends is led to the proxy: not what the proxy sends itself, nor a process of its user.
pub fn is_captured(pod: &Pod, container: usize) -> bool {
    proxy(pod).is_some_and(|(own, proxy)| {
        proxy.outbound.is_some() && own != container && pod.spec().containers[container].run_as_user != Some(proxy.uid)
    })
}
