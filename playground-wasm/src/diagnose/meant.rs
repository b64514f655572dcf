//! What a reference that leads nowhere may have meant: a name nearby, another namespace, a workload without a Service.

use super::cause::ClusterName;
use super::near::alike;
use super::scene::{Listens, Scene};
use super::written::{append_service, host_fix};
use crate::behavior::Reference;
use crate::cluster::Service;
use crate::dto::Fix;
use crate::model::{PortRef, Protocol, ServiceType};
use crate::text::nearest;

/// What was meant, as far as that can be told.
#[derive(Default)]
pub struct Meant {
    /// Why the name resolves to nothing.
    pub why: String,
    pub help: String,
    pub fix: Option<Fix>,
    /// Something here shows that the name was to be there.
    pub is_sure: bool,
}

/// What a host that does not resolve may have meant.
pub fn meant_host(scene: &Scene<'_>, group: usize, name: &ClusterName<'_>, call: &Reference) -> Meant {
    let cluster = scene.cluster;
    let ClusterName { service: wanted, namespace, pod, .. } = *name;
    if let Some(id) = cluster.find_service(namespace, wanted) {
        return Meant { is_sure: true, ..named(scene, cluster.service(id), pod) };
    }
    if !cluster.namespaces.contains_key(namespace) {
        return other_namespace(scene, group, name, call);
    }
    let services = || cluster.services.iter().filter(|service| service.meta().namespace == namespace && scene.is_given(service.object));
    let names: Vec<&str> = services().map(|service| service.meta().name.as_str()).collect();
    let why = format!("namespace {namespace} has no Service {wanted}");
    let has_port = |service: &&Service| service.spec.ports.iter().any(|port| port.port == call.port);
    if let Some(near) = nearest(wanted, &names).or_else(|| names.iter().copied().find(|name| alike(name, wanted))) {
        let fits = services().any(|service| service.meta().name == near && has_port(&service));
        return Meant { why, is_sure: true, ..suggest(scene, group, call, &renamed(&call.host, name, near), fits) };
    }
    if let Some(workload) = unnamed_workload(scene, namespace, wanted) {
        let (kind, other) = (scene.workload(workload).kind.as_str(), &scene.workload(workload).meta.name);
        let why = format!("{why}, though it has {kind} {other}");
        let help = format!("Add a Service {wanted} for {other}.");
        return Meant { why, help, fix: append_service(scene, group, workload, wanted, call), is_sure: true };
    }
    let own = |service: &Service| scene.selected(service).contains(&group);
    let mut on_port = services().filter(|service| has_port(service) && !own(service));
    match (on_port.next(), on_port.next()) {
        (Some(only), None) => Meant { why, ..suggest(scene, group, call, &renamed(&call.host, name, &only.meta().name), true) },
        _ => Meant { why, ..Meant::default() },
    }
}

/// The host with another Service's name in place of its own, which a pod's hostname may stand in front of.
fn renamed(host: &str, name: &ClusterName<'_>, new: &str) -> String {
    let at = name.pod.map_or(0, |pod| pod.len() + 1);
    match (host.get(..at), host.get(at + name.service.len()..)) {
        (Some(before), Some(behind)) => format!("{before}{new}{behind}"),
        _ => new.to_owned(),
    }
}

fn suggest(scene: &Scene<'_>, group: usize, call: &Reference, host: &str, fits: bool) -> Meant {
    let fix = if fits { host_fix(scene, group, call, host) } else { None };
    Meant { help: format!("Did you mean {host}?"), fix, ..Meant::default() }
}

/// The Service is there, and the name is none of those that it gives.
fn named(scene: &Scene<'_>, service: &Service, pod: Option<&str>) -> Meant {
    let name = &service.meta().name;
    let why = match (&service.spec.service_type, pod) {
        (ServiceType::ExternalName(target), _) => format!("Service {name} is an alias of {target}, which does not exist"),
        (_, Some(pod)) if !service.is_headless() => {
            format!("Service {name} is not headless, so its pods, {pod} among them, have no names of their own")
        }
        (_, Some(pod)) => {
            let names: Vec<&str> =
                scene.selected(service).iter().flat_map(|&group| scene.pods(group)).map(|pod| pod.hostname.as_str()).collect();
            return Meant {
                why: format!("no pod behind Service {name} is called {pod}"),
                help: nearest(pod, &names).map_or_else(String::new, |near| format!("Did you mean {near}?")),
                ..Meant::default()
            };
        }
        (_, None) => format!("Service {name} is there, but the name server that the pod is told to ask does not know the cluster's names"),
    };
    Meant { why, ..Meant::default() }
}

fn other_namespace(scene: &Scene<'_>, group: usize, name: &ClusterName<'_>, call: &Reference) -> Meant {
    let cluster = scene.cluster;
    let ClusterName { service: wanted, namespace, .. } = *name;
    let why = format!("there is no namespace {namespace}");
    let having = || cluster.services.iter().filter(|service| service.meta().name == wanted);
    let homes: Vec<&str> = having().map(|service| service.meta().namespace.as_str()).collect();
    let Some(home) = nearest(namespace, &homes).or(if let [only] = homes[..] { Some(only) } else { None }) else {
        let all: Vec<&str> = cluster.namespaces.keys().map(String::as_str).collect();
        let help = nearest(namespace, &all).map_or_else(String::new, |near| format!("Did you mean namespace {near}?"));
        return Meant { why, is_sure: !help.is_empty(), help, fix: None };
    };
    let fits = having().any(|service| service.meta().namespace == home && service.spec.ports.iter().any(|port| port.port == call.port));
    let host = match call.host.split_once('.') {
        Some((first, rest)) if first.eq_ignore_ascii_case(wanted) => format!("{first}.{}", rest.replacen(namespace, home, 1)),
        _ => format!("{wanted}.{home}"),
    };
    Meant { why, is_sure: true, ..suggest(scene, group, call, &host, fits) }
}

/// A workload that is called like a Service that is not there, and that no Service selects.
fn unnamed_workload(scene: &Scene<'_>, namespace: &str, wanted: &str) -> Option<usize> {
    let alone = |&group: &usize| scene.services_of(group).next().is_none();
    let called = |&group: &usize| {
        let labels = &scene.pod(group).meta.labels;
        nearest(wanted, &[&scene.workload(group).meta.name]).is_some() || labels.values().any(|value| value == wanted)
    };
    scene.in_namespace(namespace).filter(called).find(alone)
}

/// The port of a Service that somebody meant who called another one: the only one, or the one that leads there.
pub fn meant_port(scene: &Scene<'_>, service: &Service, called: u16) -> Option<u16> {
    let ports = &service.spec.ports;
    let groups = scene.selected(service);
    let leads = |target: &PortRef| match target {
        PortRef::Number(number) => *number == called,
        PortRef::Name(name) => groups.iter().any(|&group| scene.named_port(group, name, Protocol::Tcp) == Some(called)),
    };
    let only = if let [only] = &ports[..] { Some(only) } else { None };
    only.or_else(|| ports.iter().find(|port| leads(&port.target))).map(|port| port.port)
}

/// A port that a group's pods are known to serve.
pub fn is_served(scene: &Scene<'_>, group: usize, port: u16) -> bool {
    scene.listens(group, port, Protocol::Tcp) == Listens::Yes
}
