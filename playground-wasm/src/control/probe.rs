//! A probe as the kubelet sends it: a connection from the node into the pod (`pkg/probe`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::cluster::{Cluster, Pod, PodId};
use crate::model::{Container, HttpGet, IpFamily, PortRef, Probe, ProbeAction, Protocol};
use crate::net::{FailureKind, Netns, Network, Reached, Session, connect};

/// Why a probe did not succeed, as the kubelet's event says it.
pub enum Failed {
    /// It failed, and counts.
    Answer(String),
    /// It could not be made, and its result is thrown away (`doProbe`).
    Error(String),
}

/// How the error of a connection ends that nobody answers.
pub const TIMED_OUT: &str = "i/o timeout";

/// Runs a probe once.
pub fn run(net: Network<'_>, id: PodId, container: usize, probe: &Probe) -> Result<(), Failed> {
    let port = asked(&net.cluster.pod(id).spec().containers[container], probe).map_err(Failed::Error)?;
    ask(net, id, container, probe, port).map_err(Failed::Answer)
}

/// The port that a probe of a container asks; 0 for one that asks none.
fn asked(container: &Container, probe: &Probe) -> Result<u16, String> {
    match &probe.action {
        ProbeAction::TcpSocket { port, .. } | ProbeAction::HttpGet(HttpGet { port, .. }) => resolve(container, port),
        ProbeAction::Grpc { port, .. } => Ok(*port),
        ProbeAction::Exec { .. } => Ok(0),
    }
}

/// All that decides, besides the time and the pod's addresses, how the probes of a pod end that do not look beyond it.
pub fn prospects(pod: &Pod) -> Vec<Prospect> {
    let mut prospects = Vec::new();
    for (container, behavior) in pod.spec().containers.iter().zip(pod.behavior.iter()) {
        let probes = &container.probes;
        for probe in [&probes.startup, &probes.readiness, &probes.liveness].into_iter().flatten() {
            let port = asked(container, probe);
            let path = if let ProbeAction::HttpGet(get) = &probe.action { get.path.as_str() } else { "/" };
            let mut takers = Vec::new();
            for (index, behavior) in pod.behavior.iter().enumerate() {
                let there = behavior.listeners.iter().filter(|listener| port == Ok(listener.port) && listener.protocol == Protocol::Tcp);
                takers.extend(there.map(|listener| {
                    let answer = listener.app.respond(path).map(|answer| (answer.status, answer.delay_us));
                    (index, listener.address, answer)
                }));
            }
            prospects.push(Prospect { port, exec: behavior.exec, takers });
        }
    }
    prospects
}

/// What decides about one probe: the port it asks or why it asks none, what is said of commands, and who takes the request, each container's
/// listener with its address, status and delay.
#[derive(Debug, PartialEq)]
pub struct Prospect {
    port: Result<u16, String>,
    exec: Option<bool>,
    takers: Vec<(usize, Option<IpAddr>, Option<Answered>)>,
}

/// Status, and after how many microseconds it comes.
type Answered = (u16, u64);

fn ask(net: Network<'_>, id: PodId, container: usize, probe: &Probe, port: u16) -> Result<(), String> {
    let pod = net.cluster.pod(id);
    let address = address(net.cluster, id)?;
    match &probe.action {
        ProbeAction::Exec { .. } => match pod.behavior[container].exec {
            Some(false) => Err("command exited with status 1".into()),
            Some(true) | None => Ok(()),
        },
        ProbeAction::TcpSocket { host, .. } => reach(net, id, target(host.as_deref(), address)?, port, "").map(|_| ()),
        ProbeAction::Grpc { .. } => {
            // The client dials until its time is up, whatever comes back.
            let late = |_| {
                let service = SocketAddr::new(address, port);
                format!("timeout: failed to connect service \"{service}\" within {}s: context deadline exceeded", probe.timeout)
            };
            let answer = reach(net, id, address, port, "/").map_err(late)?;
            answer.map(|_| ()).ok_or_else(|| "the port does not speak gRPC".to_owned())
        }
        ProbeAction::HttpGet(get) => match get_at(net, id, get, address, port)? {
            (_, wait_us) if wait_us > u64::from(probe.timeout) * 1_000_000 => {
                let error = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
                Err(get_failed(get, address, port, error))
            }
            (Some(status), _) if (200..400).contains(&status) => Ok(()),
            (Some(status), _) => Err(format!("HTTP probe failed with statuscode: {status}")),
            (None, _) => Err("the port does not speak HTTP".into()),
        },
    }
}

/// Sends the request of a hook; any status will do, which comes after so many microseconds.
pub fn get(net: Network<'_>, id: PodId, container: usize, get: &HttpGet) -> Result<(u16, u64), String> {
    let port = resolve(&net.cluster.pod(id).spec().containers[container], &get.port)?;
    match get_at(net, id, get, address(net.cluster, id)?, port)? {
        (Some(status), wait_us) => Ok((status, wait_us)),
        (None, _) => Err(get_failed(get, address(net.cluster, id)?, port, "the port does not speak HTTP")),
    }
}

fn address(cluster: &Cluster, id: PodId) -> Result<IpAddr, String> {
    let pod = cluster.pod(id);
    pod.ip(IpFamily::V4).or_else(|| pod.ips.first().copied()).ok_or_else(|| "the pod has no address".into())
}

fn get_failed(get: &HttpGet, address: IpAddr, port: u16, error: &str) -> String {
    let scheme = if get.https { "https" } else { "http" };
    let slash = if get.path.starts_with('/') { "" } else { "/" };
    let host = get.host.clone().unwrap_or_else(|| match address {
        IpAddr::V4(_) => address.to_string(),
        IpAddr::V6(_) => format!("[{address}]"),
    });
    format!("Get \"{scheme}://{host}:{port}{slash}{}\": {error}", get.path)
}

/// The status, where HTTP is spoken there, and after how many microseconds it comes.
fn get_at(net: Network<'_>, id: PodId, get: &HttpGet, pod: IpAddr, port: u16) -> Result<(Option<u16>, u64), String> {
    let answer = target(get.host.as_deref(), pod).and_then(|target| reach(net, id, target, port, &get.path));
    let answer = answer.map_err(|error| get_failed(get, pod, port, &error))?;
    Ok(answer.map_or((None, 0), |(status, wait_us)| (Some(status), wait_us)))
}

/// Where a probe goes: the pod, or the host it names; a name of the cluster means nothing to a node's resolver.
fn target(host: Option<&str>, pod: IpAddr) -> Result<IpAddr, String> {
    match host {
        None => Ok(pod),
        Some("localhost") => Ok(Ipv4Addr::LOCALHOST.into()),
        Some(host) => host.parse().map_err(|_| format!("dial tcp: lookup {host}: no such host")),
    }
}

fn resolve(container: &Container, port: &PortRef) -> Result<u16, String> {
    match port {
        PortRef::Number(number) => Ok(*number),
        PortRef::Name(name) => {
            container
                .ports
                .iter()
                .find(|port| port.name.as_ref() == Some(name))
                .map(|port| port.port)
                // The kubelet then tries to read the name as a number.
                .ok_or_else(|| format!("strconv.Atoi: parsing \"{name}\": invalid syntax"))
        }
    }
}

/// Connects; the status where HTTP is spoken there, and after how many microseconds it comes.
fn reach(net: Network<'_>, id: PodId, address: IpAddr, port: u16, path: &str) -> Result<Option<Answered>, String> {
    let Some(node) = net.cluster.pod(id).node else { return Err("the pod has no node".into()) };
    let mut session = Session::new(net.cluster.config.seed);
    let from = Netns::of_probe(net.cluster, id, node, address, port);
    match connect(net, from, address, port, Protocol::Tcp, &mut session, &mut Vec::new()) {
        Ok(connection) => Ok(match connection.reached {
            Reached::Listener(listener) => listener.get(net.cluster).app.respond(path).map(|answer| (answer.status, answer.delay_us)),
            Reached::Outside(_) => Some((200, 0)),
            Reached::HealthCheck { passes } => Some((if passes { 200 } else { 503 }, 0)),
        }),
        Err(failure) => {
            let error = match failure.kind {
                FailureKind::Refused => "connect: connection refused",
                FailureKind::Timeout => TIMED_OUT,
                FailureKind::Unroutable => "connect: no route to host",
            };
            Err(format!("dial tcp {}: {error}", SocketAddr::new(address, port)))
        }
    }
}
