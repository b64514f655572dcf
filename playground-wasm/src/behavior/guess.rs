//! What a program of an unknown image listens on where its container declares no port, which Kubernetes does not ask for: the port
//! that a variable gives it, or else those that its probes ask. Without either it is taken to listen on nothing.

use std::net::IpAddr;

use super::bind::{Bind, endpoints};
use super::command::{self, Word};
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

/// Declared ports, at the loopback address where a flag or a variable says so: `--listen=127.0.0.1:8080`, `BIND_ADDRESS=127.0.0.1`.
///
/// An address without a port is taken to be that of the only port.
pub fn bound(mut listeners: Vec<Listener>, subject: &Subject<'_>, line: &[Word]) -> Vec<Listener> {
    let alone = listeners.len() == 1;
    let mut bind = |name: &str, value: &str, origin: &dyn Fn() -> Vec<Step>| {
        let name = name.to_ascii_lowercase();
        if !["listen", "bind"].iter().any(|word| name.contains(word)) {
            return;
        }
        let told = match endpoints(value) {
            Some(told) => told.into_iter().filter_map(|(bind, port)| Some((bind?, Some(port)))).collect(),
            None => vec![(Bind::read(value), None)],
        };
        for (bind, port) in told {
            let Some(address) = bind.address().filter(IpAddr::is_loopback) else { continue };
            let meant = |listener: &&mut Listener| listener.protocol == Protocol::Tcp && port.map_or(alone, |port| listener.port == port);
            if let Some(listener) = listeners.iter_mut().find(meant) {
                listener.address = Some(address);
                listener.origin = origin();
            }
        }
    };
    for (index, Word { text, at }) in line.iter().enumerate() {
        let (name, value, at) = match text.split_once('=') {
            Some((name, value)) => (name, value, *at),
            None => match line.get(index + 1) {
                Some(value) => (text.as_str(), value.text.as_str(), value.at),
                None => continue,
            },
        };
        if name.starts_with('-') {
            bind(name, value, &|| command::origin(subject.spec, subject.container, at));
        }
    }
    for variable in subject.env.declared() {
        bind(&variable.name, &variable.value, &|| variable.origin.clone());
    }
    listeners
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

#[cfg(test)]
mod tests {
    use super::super::environment::Environment;
    use super::super::test_container;
    use super::*;
    use crate::model::ContainerPort;

    fn addresses(args: &[&str], env: &[(&str, &str)], ports: &[u16]) -> Vec<(u16, Option<String>)> {
        let mut container = test_container("c", "acme/app");
        container.args = args.iter().map(ToString::to_string).collect();
        let declared = |&port: &u16| ContainerPort { name: None, port, protocol: Protocol::Tcp, host_port: None, host_ip: None };
        container.ports = ports.iter().map(declared).collect();
        let variable = |(name, value): &(&str, &str)| Variable { name: (*name).into(), value: (*value).into(), origin: vec!["env".into()] };
        let env: Environment<'_> = env.iter().map(variable).collect();
        let spec = [Step::from("spec")];
        let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
        let listeners = super::super::behave(&subject).listeners;
        listeners.into_iter().map(|listener| (listener.port, listener.address.map(|address| address.to_string()))).collect()
    }

    #[test]
    fn a_flag_or_a_variable_binds_a_declared_port_to_loopback() {
        let local = Some("127.0.0.1".to_owned());
        assert_eq!(addresses(&["--listen=127.0.0.1:8080"], &[], &[8080, 9090]), [(8080, local.clone()), (9090, None)]);
        assert_eq!(addresses(&["serve", "--bind-address", "localhost"], &[], &[8080]), [(8080, local.clone())]);
        assert_eq!(addresses(&[], &[("LISTEN_ADDR", "127.0.0.1:8080")], &[8080]), [(8080, local)]);
        // Another port than the declared one, every address, and whom it calls.
        assert_eq!(addresses(&["--metrics-bind-address=127.0.0.1:8081"], &[], &[8080]), [(8080, None)]);
        assert_eq!(addresses(&["--listen=0.0.0.0:8080"], &[("UPSTREAM", "127.0.0.1:8080")], &[8080]), [(8080, None)]);
        assert_eq!(addresses(&["--bind=127.0.0.1"], &[], &[8080, 9090]), [(8080, None), (9090, None)]);
    }
}
