//! A Service or a port that a rule at the edge sends to and that is not there, with the one that was meant.

use super::scene::Scene;
use super::{Finding, edit};
use crate::model::{PortRef, Protocol, ServicePort};
use crate::text::nearest;

/// The one of a list, where there is no other.
pub fn only<'a>(names: &[&'a str]) -> Option<&'a str> {
    if let [name] = names { Some(name) } else { None }
}

/// Of a Service that does not exist: the one in the namespace that was meant, or that it is in another namespace. A fix is offered where
/// the one that was meant has the port.
pub fn missing_service(scene: &Scene<'_>, finding: Finding, namespace: &str, name: &str, port: Option<&PortRef>) -> Finding {
    let services = &scene.cluster.services;
    let given = services.iter().filter(|service| service.meta().namespace == namespace && scene.is_given(service.object));
    let here: Vec<&str> = given.map(|service| service.meta().name.as_str()).collect();
    let elsewhere = services.iter().find(|service| service.meta().name == name);
    if let Some(service) = elsewhere {
        return finding.more(&format!("; there is one in namespace {}", service.meta().namespace));
    }
    let Some(meant) = nearest(name, &here).or(only(&here)) else { return finding };
    let has = |other: &ServicePort| match port {
        Some(PortRef::Number(number)) => other.port == *number,
        Some(PortRef::Name(name)) => other.name == *name,
        None => true,
    };
    let fits = scene.cluster.find_service(namespace, meant).is_some_and(|id| scene.cluster.service(id).spec.ports.iter().any(has));
    let edit = edit::replace(scene.source(finding.held_by), &finding.path, meant);
    let fix = if fits { edit::fix(format!("Change to {meant}"), [edit]) } else { None };
    finding.help(format!("Did you mean {meant}?")).fix(fix)
}

/// Of a port that a Service does not have: those that it has.
pub fn missing_port(scene: &Scene<'_>, finding: Finding, namespace: &str, name: &str, port: &PortRef) -> Finding {
    let Some(id) = scene.cluster.find_service(namespace, name) else { return finding };
    let ports: Vec<_> = scene.cluster.service(id).spec.ports.iter().filter(|port| port.protocol == Protocol::Tcp).collect();
    let shown: Vec<String> = ports
        .iter()
        .map(|port| if port.name.is_empty() { port.port.to_string() } else { format!("{} ({})", port.port, port.name) })
        .collect();
    let source = scene.source(finding.held_by);
    let lone = if let [port] = &ports[..] { Some(*port) } else { None };
    let fix = match port {
        // The container's port in place of the Service's is the usual slip.
        PortRef::Number(number) => {
            let meant = ports.iter().copied().find(|port| port.target == PortRef::Number(*number)).or(lone);
            meant.and_then(|port| edit::fix(format!("Change to {}", port.port), [edit::renumber(source, &finding.path, port.port)]))
        }
        PortRef::Name(name) => {
            let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).filter(|name| !name.is_empty()).collect();
            let meant = nearest(name, &names).or(only(&names));
            meant.and_then(|name| edit::fix(format!("Change to {name}"), [edit::replace(source, &finding.path, name)]))
        }
    };
    finding.more(&format!("; it has {}", shown.join(", "))).fix(fix)
}
