//! A probe as the kubelet sends it: a connection from the node into the pod (`pkg/probe`).

use crate::cluster::{Cluster, PodId};
use crate::model::{IpFamily, PortRef, Probe, ProbeAction, Protocol};
use crate::net::{FailureKind, Netns, Network, Reached, Session, connect};

/// Runs a probe once; the error is what the kubelet's event would say.
pub fn run(net: Network<'_>, id: PodId, container: usize, probe: &Probe) -> Result<(), String> {
    let pod = net.cluster.pod(id);
    let address = pod.ip(IpFamily::V4).or_else(|| pod.ips.first().copied()).ok_or("the pod has no address")?;
    match &probe.action {
        ProbeAction::Exec { .. } => match pod.behavior[container].exec {
            Some(false) => Err("command exited with status 1".into()),
            Some(true) | None => Ok(()),
        },
        ProbeAction::TcpSocket { host, port } => {
            let port = resolve(net.cluster, id, container, port)?;
            reach(net, id, target(host.as_deref(), address)?, port, "").map(|_| ())
        }
        ProbeAction::Grpc { port, .. } => reach(net, id, address, *port, "/")
            .and_then(|answer| answer.map(|_| ()).ok_or_else(|| "the port does not speak gRPC".to_owned())),
        ProbeAction::HttpGet(get) => {
            let port = resolve(net.cluster, id, container, &get.port)?;
            match reach(net, id, target(get.host.as_deref(), address)?, port, &get.path)? {
                Some((_, wait_us)) if wait_us > u64::from(probe.timeout) * 1_000_000 => {
                    Err("context deadline exceeded (Client.Timeout exceeded while awaiting headers)".into())
                }
                Some((status, _)) if (200..400).contains(&status) => Ok(()),
                Some((status, _)) => Err(format!("HTTP probe failed with statuscode: {status}")),
                None => Err("the port does not speak HTTP".into()),
            }
        }
    }
}

/// Where a probe goes: the pod, or the host it names; a name of the cluster means nothing to a node's resolver.
fn target(host: Option<&str>, pod: std::net::IpAddr) -> Result<std::net::IpAddr, String> {
    match host {
        None => Ok(pod),
        Some("localhost") => Ok(std::net::Ipv4Addr::LOCALHOST.into()),
        Some(host) => host.parse().map_err(|_| format!("dial tcp: lookup {host}: no such host")),
    }
}

fn resolve(cluster: &Cluster, id: PodId, container: usize, port: &PortRef) -> Result<u16, String> {
    match port {
        PortRef::Number(number) => Ok(*number),
        PortRef::Name(name) => {
            let ports = &cluster.pod(id).spec().containers[container].ports;
            ports
                .iter()
                .find(|port| port.name.as_ref() == Some(name))
                .map(|port| port.port)
                .ok_or_else(|| format!("couldn't find port: {name}"))
        }
    }
}

/// Connects; the status where HTTP is spoken there, and after how many microseconds it comes.
fn reach(net: Network<'_>, id: PodId, address: std::net::IpAddr, port: u16, path: &str) -> Result<Option<(u16, u64)>, String> {
    let Some(node) = net.cluster.pod(id).node else { return Err("the pod has no node".into()) };
    let mut session = Session::new(net.cluster.config.seed);
    let from = Netns::of_probe(net.cluster, id, node, address, port);
    match connect(net, from, address, port, Protocol::Tcp, &mut session, &mut Vec::new()) {
        Ok(connection) => Ok(match connection.reached {
            Reached::Listener(listener) => listener.get(net.cluster).app.respond(path).map(|answer| (answer.status, answer.delay_us)),
            Reached::Outside(_) => Some((200, 0)),
            Reached::HealthCheck { passes } => Some((if passes { 200 } else { 503 }, 0)),
        }),
        Err(failure) => Err(match failure.kind {
            FailureKind::Refused => format!("dial tcp {address}:{port}: connect: connection refused"),
            FailureKind::Timeout => format!("dial tcp {address}:{port}: i/o timeout"),
            FailureKind::Unroutable => format!("dial tcp {address}:{port}: connect: no route to host"),
        }),
    }
}
