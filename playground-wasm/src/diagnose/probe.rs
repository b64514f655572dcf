//! Probes that ask a port on which their pod does not listen (`pkg/kubelet/prober`): the pod never becomes ready, or is
//! restarted for ever.

use super::scene::{Listens, Scene, is_loopback};
use super::{Finding, code, edit, service, under};
use crate::cluster::{ContainerState, RunState};
use crate::model::{Container, PortRef, Probe, ProbeAction, Protocol};
use crate::text::nearest;

/// A probe with the field that holds it.
struct Asked<'a> {
    field: &'static str,
    /// `httpGet`, `tcpSocket` or `grpc`.
    action: &'static str,
    port: PortRef,
    container: &'a Container,
}

/// The probes of a container that ask a port of its own pod.
fn asked(container: &Container) -> impl Iterator<Item = Asked<'_>> {
    let probes = &container.probes;
    let all = [("readinessProbe", &probes.readiness), ("startupProbe", &probes.startup), ("livenessProbe", &probes.liveness)];
    all.into_iter().filter_map(move |(field, probe)| {
        let Probe { action, .. } = probe.as_ref()?;
        let (action, port) = match action {
            ProbeAction::HttpGet(get) if get.host.is_none() => ("httpGet", get.port.clone()),
            ProbeAction::TcpSocket { host: None, port } => ("tcpSocket", port.clone()),
            ProbeAction::Grpc { port, .. } => ("grpc", PortRef::Number(*port)),
            _ => return None,
        };
        Some(Asked { field, action, port, container })
    })
}

/// The ports that a container's probes ask by number, once for each probe.
pub fn numbers(container: &Container) -> impl Iterator<Item = u16> {
    asked(container).filter_map(|asked| match asked.port {
        PortRef::Number(number) => Some(number),
        PortRef::Name(_) => None,
    })
}

impl Asked<'_> {
    /// The number; a name is looked up in the probe's own container.
    fn number(&self) -> Option<u16> {
        match &self.port {
            PortRef::Number(number) => Some(*number),
            PortRef::Name(name) => self.container.ports.iter().find(|port| port.name.as_ref() == Some(name)).map(|port| port.port),
        }
    }
}

/// The ports that probes of a group ask in vain.
pub fn unserved(scene: &Scene<'_>, group: usize) -> Vec<u16> {
    let asked = scene.running(group).flat_map(|(_, container, _)| asked(container));
    asked.filter_map(|asked| asked.number()).filter(|&port| scene.listens(group, port, Protocol::Tcp) == Listens::No).collect()
}

/// Whether some probe asks a pod that runs and of which nothing is known.
pub fn is_unknown(scene: &Scene<'_>, group: usize) -> bool {
    let is_stuck = |state: &ContainerState| matches!(&state.run, RunState::Waiting { reason, .. } if reason.contains("Config") || reason.contains("Image"));
    let told_unready = scene.running(group).any(|(_, _, behavior)| behavior.ready == Some(false));
    if told_unready || scene.pods(group).all(|pod| pod.node.is_none() || pod.containers.iter().any(is_stuck)) {
        return false;
    }
    let mut asked = scene.running(group).flat_map(|(_, container, _)| asked(container));
    asked.any(|asked| asked.number().is_some_and(|port| scene.listens(group, port, Protocol::Tcp) == Listens::Unknown))
}

/// What is wrong with the ports of a group's probes, once for each port of a container.
pub fn faults(scene: &Scene<'_>, group: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, container, _) in scene.running(group) {
        let mut told: Vec<PortRef> = Vec::new();
        for asked in asked(container) {
            if told.contains(&asked.port) {
                continue;
            }
            let finding = match asked.number().map(|port| scene.listens(group, port, Protocol::Tcp)) {
                Some(Listens::Yes | Listens::Unknown) => continue,
                Some(Listens::Loopback(container, listener)) => service::loopback(scene, group, container, listener),
                Some(Listens::No) | None => unheard(scene, group, &asked),
            };
            findings.push(finding);
            told.push(asked.port);
        }
    }
    findings
}

fn unheard(scene: &Scene<'_>, group: usize, asked: &Asked<'_>) -> Finding {
    let Asked { field, action, port, container } = asked;
    let path = under(&scene.container_path(group, container), &[field, action, "port"]);
    let own = container.name.as_str();
    let behaviors = scene.running(group).filter(|(_, container, _)| container.name == own);
    let mut open: Vec<u16> = behaviors
        .flat_map(|(_, _, behavior)| &behavior.listeners)
        .filter(|listener| listener.protocol == Protocol::Tcp && !is_loopback(listener))
        .map(|listener| listener.port)
        .collect();
    open.dedup();
    let names: Vec<&str> = container.ports.iter().filter_map(|port| port.name.as_deref()).collect();
    let (message, meant) = match port {
        PortRef::Name(name) if asked.number().is_none() => {
            let near = nearest(name, &names).or(if let [only] = names[..] { Some(only) } else { None });
            let rest = near.map_or_else(String::new, |near| format!("; it declares `{near}`"));
            (
                format!("The {field} of container {own} asks port {name}, and the container declares none of that name{rest}"),
                near.map(str::to_owned),
            )
        }
        _ => {
            let shown: Vec<String> = open.iter().map(ToString::to_string).collect();
            let rest = if shown.is_empty() { "listens on nothing".to_owned() } else { format!("listens on {}", shown.join(", ")) };
            let meant = if let [only] = &shown[..] { Some(only.clone()) } else { None };
            (
                format!("The {field} of container {own} asks port {port}, and the container {rest}"),
                meant.filter(|_| matches!(port, PortRef::Number(_))),
            )
        }
    };
    let object = scene.groups[group].object;
    let finding = Finding::new(code::READINESS_PORT_UNSERVED, scene.owner(group), path.clone(), message).at(object);
    let Some(meant) = meant else { return finding };
    let source = scene.source(object);
    if let Some((wanted, listener)) = asked.number().and_then(|wanted| Some((wanted, moved(scene, group, wanted)?))) {
        let declared = listener.origin.last() == Some(&"containerPort".into());
        let edit = if declared { edit::renumber(source, &listener.origin, wanted) } else { None };
        let help = format!("The Service in front sends to {wanted}, too: let the container listen there.");
        return finding.help(help).fix(edit::fix(format!("Change containerPort to {wanted}"), [edit]));
    }
    // The same port in the container's other probes is the same fault.
    let same = self::asked(container).filter(|other| other.port == *port).map(|other| {
        let path = under(&scene.container_path(group, container), &[other.field, other.action, "port"]);
        match (port, meant.parse()) {
            (PortRef::Number(_), Ok(number)) => edit::renumber(source, &path, number),
            _ => edit::replace(source, &path, &meant),
        }
    });
    finding.fix(edit::fix(format!("Change to {meant}"), same))
}

/// The only listener of a group, where a Service in front sends to another port, the one that a probe asks.
fn moved<'a>(scene: &Scene<'a>, group: usize, wanted: u16) -> Option<&'a crate::behavior::Listener> {
    let sends =
        |service: &crate::cluster::Service| service.spec.ports.iter().any(|port| service::target(scene, port, group) == Some(wanted));
    let mut open = scene.listeners(group);
    let only = open.next().filter(|_| open.next().is_none())?;
    scene.services_of(group).any(|(_, service)| sends(service)).then_some(only)
}
