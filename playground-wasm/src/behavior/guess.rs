//! What a program of an unknown image listens on where its container declares no port, which Kubernetes does not ask for: the port
//! that a variable gives it, or else those that its probes ask. Without either it is taken to listen on nothing.

use super::environment::Variable;
use super::{App, Listener, Respond, Subject, address, container_path};
use crate::model::{PortRef, Probe, ProbeAction, Protocol, Role};
use crate::text::Step;

/// Variables that tell a program where to listen.
const PORTS: [&str; 6] = ["PORT", "HTTP_PORT", "GRPC_PORT", "SERVER_PORT", "LISTEN_PORT", "APP_PORT"];

/// The open ports of a container that declares none.
pub fn listeners(subject: &Subject<'_>) -> Vec<Listener> {
    let container = subject.container;
    if container.role == Role::Init {
        return Vec::new();
    }
    let said = |variable: &&Variable| PORTS.contains(&variable.name.as_str());
    let given = subject.env.declared().filter(said);
    let mut found: Vec<Listener> =
        given.filter_map(|variable| Some(open(address::port(&variable.value)?, variable.origin.clone()))).collect();
    if found.is_empty() {
        let probes = &container.probes;
        let all = [("readinessProbe", &probes.readiness), ("livenessProbe", &probes.liveness), ("startupProbe", &probes.startup)];
        for (field, probe) in all {
            let Some((action, port)) = probe.as_ref().and_then(asked) else { continue };
            if !found.iter().any(|listener| listener.port == port) {
                let mut path = container_path(subject.spec, container);
                path.extend([Step::from(field), Step::from(action), Step::from("port")]);
                found.push(open(port, path));
            }
        }
    }
    found
}

fn open(port: u16, origin: Vec<Step>) -> Listener {
    let app = App::Http(Respond::ok());
    Listener { port, protocol: Protocol::Tcp, address: None, app, origin }
}

/// The port that a probe asks of its own pod by number, and the field that says so.
fn asked(probe: &Probe) -> Option<(&'static str, u16)> {
    match &probe.action {
        ProbeAction::HttpGet(get) if get.host.is_none() => number(&get.port).map(|port| ("httpGet", port)),
        ProbeAction::TcpSocket { host: None, port } => number(port).map(|port| ("tcpSocket", port)),
        ProbeAction::Grpc { port, .. } => Some(("grpc", *port)),
        _ => None,
    }
}

fn number(port: &PortRef) -> Option<u16> {
    match port {
        PortRef::Number(number) => Some(*number),
        PortRef::Name(_) => None,
    }
}
