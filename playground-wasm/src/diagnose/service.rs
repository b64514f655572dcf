//! What keeps a Service from its pods: its selector, its target ports, where the pods listen, and whether they are ready.
//!
//! One fault is told once. A selector that matches nothing says nothing about ports; a listener at loopback or a probe on a
//! wrong port is told on its workload and not again on the Service in front.

use super::near::{nearest_group, pairs};
use super::scene::{Listens, Scene};
use super::{Finding, code, edit, under, workload};
use crate::behavior::Listener;
use crate::cluster::{Service, ServiceId};
use crate::model::{PortRef, ServicePort, ServiceType, Workload, contains_all};
use crate::text::Step;
use crate::trace::port_protocol;

/// Everything that keeps a Service from its pods.
pub fn faults(scene: &Scene<'_>, id: ServiceId) -> Vec<Finding> {
    let service = scene.cluster.service(id);
    if matches!(service.spec.service_type, ServiceType::ExternalName(_)) {
        return Vec::new();
    }
    if let Some(finding) = detached(scene, service) {
        // Manifests without any pod in this namespace leave the pods to others.
        let pods_here = scene.in_namespace(&service.meta().namespace).any(|group| scene.is_given(scene.groups[group].object));
        let told = service.spec.selector.is_none() || pods_here;
        return if told { vec![finding] } else { Vec::new() };
    }
    let groups = scene.selected(service);
    let mut findings: Vec<Finding> = (0..service.spec.ports.len()).flat_map(|port| unserved(scene, service, port, &groups)).collect();
    findings.extend(unready(scene, service, &groups));
    findings
}

/// The first thing that keeps packets to one port of a Service from its pods.
pub fn port_fault(scene: &Scene<'_>, id: ServiceId, port: usize) -> Option<Finding> {
    let service = scene.cluster.service(id);
    detached(scene, service).or_else(|| {
        let groups = scene.selected(service);
        unserved(scene, service, port, &groups)
            .into_iter()
            .next()
            .or_else(|| unready(scene, service, &groups))
            .or_else(|| groups.iter().find_map(|&group| workload::unready(scene, group)))
    })
}

/// A Service that has no pods, and whose slices nobody gave.
fn detached(scene: &Scene<'_>, service: &Service) -> Option<Finding> {
    if service.slices_given {
        return None;
    }
    let meta = service.meta();
    let Some(selector) = &service.spec.selector else {
        let message = format!("Service {} has no selector, and no EndpointSlice is labelled for it", meta.name);
        let help = format!("Give it a selector, or an EndpointSlice with the label `kubernetes.io/service-name: {}`.", meta.name);
        return Some(Finding::new(code::ENDPOINTS_MISSING, service.object, under(&[], &["spec"]), message).help(help));
    };
    if !scene.selected(service).is_empty() {
        return None;
    }
    let path: Vec<Step> = under(&[], &["spec", "selector"]);
    let message = format!("Service {} selects nothing: `{}` matches no pod in namespace {}", meta.name, pairs(selector), meta.namespace);
    let finding = Finding::new(code::SELECTOR_MATCHES_NOTHING, service.object, path.clone(), message);
    if let Some(workload) = scaled(scene, service) {
        return Some(finding.more(&format!("; {} {}, which it means, has no pods", workload.kind.as_str(), workload.meta.name)));
    }
    let elsewhere = (0..scene.groups.len()).find(|&group| contains_all(&scene.pod(group).meta.labels, selector));
    if let Some(group) = elsewhere {
        return Some(finding.more(&format!("; pods with these labels are in namespace {}", scene.pod(group).meta.namespace)));
    }
    // Pods that nobody else selects and that listen where the Service sends are the likelier ones.
    let rank = |group: usize| u32::from(scene.services_of(group).next().is_some()) * 2 + u32::from(!serves(scene, service, group));
    let Some(near) = nearest_group(scene, scene.in_namespace(&meta.namespace), selector, rank) else { return Some(finding) };
    // A label under a domain of their own is what controllers mark their leader or their primary with, in no template.
    let is_marked = |miss: &super::near::Miss<'_>| miss.found.is_none() && is_of_controller(scene, miss.key);
    if near.misses.iter().any(is_marked) {
        return None;
    }
    let finding = finding.more(&format!("; pods here have `{}`", near.shown())).help("Write the labels that the pods have.");
    // A label too many leaves no doubt which pods were meant, if it is the only one.
    let lone = near.misses.len() == 1 && near.misses[0].found.is_none() && selector.len() > 1;
    if rank(near.group) % 2 == 1 || (near.distance > 2 && rank(near.group) > 0 && !lone) {
        return Some(finding);
    }
    let edits = near.edits(scene.source(service.object), &path);
    Some(finding.fix(edit::fix(near.title(), edits)))
}

/// The workload without pods whose pods a Service would select.
fn scaled<'a>(scene: &Scene<'a>, service: &Service) -> Option<&'a Workload> {
    let (home, selector) = (&service.meta().namespace, service.spec.selector.as_ref()?);
    let mut workloads = scene.cluster.workloads.iter().map(|(_, workload)| &**workload);
    workloads.find(|workload| workload.meta.namespace == *home && contains_all(&workload.template.labels, selector))
}

/// Whether a label's key has a domain that is not Kubernetes' own, and no pod has it or one like it.
fn is_of_controller(scene: &Scene<'_>, key: &str) -> bool {
    let own = |domain: &str| ["kubernetes.io", "k8s.io"].iter().any(|own| domain.ends_with(own));
    let mut keys = (0..scene.groups.len()).flat_map(|group| scene.pod(group).meta.labels.keys());
    key.split_once('/').is_some_and(|(domain, _)| !own(domain)) && !keys.any(|other| super::near::alike(other, key))
}

/// Whether a group's pods take what a Service would send them.
fn serves(scene: &Scene<'_>, service: &Service, group: usize) -> bool {
    service.spec.ports.iter().all(|port| match target(scene, port, group) {
        Some(number) => !matches!(scene.listens(group, number, port.protocol), Listens::No | Listens::Loopback(..)),
        None => false,
    })
}

/// The number of a Service's target port in a group's pods.
pub fn target(scene: &Scene<'_>, port: &ServicePort, group: usize) -> Option<u16> {
    match &port.target {
        PortRef::Number(number) => Some(*number),
        PortRef::Name(name) => scene.named_port(group, name, port.protocol),
    }
}

/// What is wrong with a port's target; empty where some selected pod listens on it, or might.
fn unserved(scene: &Scene<'_>, service: &Service, index: usize, groups: &[usize]) -> Vec<Finding> {
    // A headless Service may have no port at all.
    let Some(port) = service.spec.ports.get(index) else { return Vec::new() };
    let targets: Vec<(usize, u16)> = groups.iter().filter_map(|&group| Some((group, target(scene, port, group)?))).collect();
    if targets.is_empty() {
        return if groups.is_empty() || service.slices_given { Vec::new() } else { vec![unnamed(scene, service, index, groups)] };
    }
    let listens: Vec<Listens> = targets.iter().map(|&(group, number)| scene.listens(group, number, port.protocol)).collect();
    if service.slices_given {
        return Vec::new();
    }
    let at_loopback = targets.iter().zip(&listens).filter_map(|(&(group, _), listens)| match *listens {
        Listens::Loopback(container, listener) => Some(loopback(scene, group, container, listener)),
        _ => None,
    });
    let mut findings: Vec<Finding> = at_loopback.collect();
    if listens.iter().any(|listens| matches!(listens, Listens::Yes | Listens::Unknown)) {
        return findings;
    }
    // Where a probe asks the same port, the container is the odd one out.
    let probed = targets.iter().any(|&(group, number)| workload::probes_unserved(scene, group).contains(&number));
    if findings.is_empty() && !probed {
        findings.push(unheard(scene, service, index, &targets));
    }
    findings
}

/// Where a Service says its target port: a port alone is its own target.
fn target_path(scene: &Scene<'_>, service: &Service, index: usize) -> Vec<Step> {
    let mut path: Vec<Step> = vec!["spec".into(), "ports".into(), index.into(), "targetPort".into()];
    if edit::at(&scene.source(service.object).root, &path).is_none() {
        path.pop();
        path.push("port".into());
    }
    path
}

/// A numeric target port, or the number that a name has, on which nobody listens.
fn unheard(scene: &Scene<'_>, service: &Service, index: usize, targets: &[(usize, u16)]) -> Finding {
    let port = &service.spec.ports[index];
    let (group, number) = targets[0];
    let path = target_path(scene, service, index);
    let open: Vec<&Listener> = scene.listeners(group).filter(|listener| !super::scene::is_loopback(listener)).collect();
    let mut shown: Vec<String> = open.iter().map(|listener| port_protocol(listener.port, listener.protocol)).collect();
    shown.dedup();
    let wanted = port_protocol(number, port.protocol);
    let rest = if shown.is_empty() { "they listen on nothing".to_owned() } else { format!("they listen on {}", shown.join(", ")) };
    let message = format!("Service {} sends to targetPort {wanted}, and none of its pods listens there; {rest}", service.meta().name);
    let finding = Finding::new(code::TARGET_PORT_UNSERVED, service.object, path.clone(), message);
    let source = scene.source(service.object);
    let other = open.iter().find(|listener| listener.port == number);
    if let Some(other) = other.filter(|_| matches!(port.target, PortRef::Number(_))) {
        let protocol: Vec<Step> = vec!["spec".into(), "ports".into(), index.into(), "protocol".into()];
        // Whichever of the two says its protocol is the odd one out.
        let (name, edit) = if edit::at(&source.root, &protocol).is_some() {
            (other.protocol.as_str(), edit::replace(source, &protocol, other.protocol.as_str()))
        } else {
            let own = scene.source(scene.groups[group].object);
            let mut declared = other.origin.clone();
            declared.pop();
            declared.push("protocol".into());
            (port.protocol.as_str(), edit::replace(own, &declared, port.protocol.as_str()))
        };
        let help = format!("They listen on {number} over {}.", other.protocol);
        return finding.help(help).fix(edit::fix(format!("Change to {name}"), [edit]));
    }
    let taken = |number: u16| service.spec.ports.iter().any(|port| port.target == PortRef::Number(number));
    let free: Vec<u16> =
        open.iter().filter(|listener| listener.protocol == port.protocol && !taken(listener.port)).map(|listener| listener.port).collect();
    let by_name = scene.named_port(group, &port.name, port.protocol).filter(|number| free.contains(number));
    let Some(meant) = by_name.or(if let [only] = free[..] { Some(only) } else { None }) else { return finding };
    let text = meant.to_string();
    let edit = if path.last() == Some(&"targetPort".into()) {
        edit::renumber(source, &path, meant)
    } else {
        edit::beside(source, &path, "targetPort", &text)
    };
    finding.help(format!("Write `targetPort: {text}`.")).fix(edit::fix(format!("Change to {text}"), [edit]))
}

/// A target port by a name that no pod declares.
fn unnamed(scene: &Scene<'_>, service: &Service, index: usize, groups: &[usize]) -> Finding {
    let port = &service.spec.ports[index];
    let path = target_path(scene, service, index);
    let name = port.target.to_string();
    let declared: Vec<&str> = groups
        .iter()
        .flat_map(|&group| scene.running(group))
        .flat_map(|(_, container, _)| &container.ports)
        .filter(|declared| declared.protocol == port.protocol)
        .filter_map(|declared| declared.name.as_deref())
        .collect();
    let own = |group: &usize| {
        let mut ports =
            scene.running(*group).flat_map(|(_, container, _)| &container.ports).filter(|declared| declared.protocol == port.protocol);
        ports
            .find(|declared| declared.port == port.port || declared.name.as_ref() == Some(&port.name))
            .and_then(|declared| declared.name.as_deref())
    };
    let only = if let [only] = declared[..] { Some(only) } else { None };
    let near = crate::text::nearest(&name, &declared).or(only).or_else(|| groups.iter().find_map(own));
    let rest = match near {
        Some(near) => format!("; they declare `{near}`"),
        None => String::new(),
    };
    let message = format!(
        "Service {} sends to targetPort {name}, and none of its pods declares a {} port of that name{rest}",
        service.meta().name,
        port.protocol
    );
    let finding = Finding::new(code::TARGET_PORT_NAME_UNKNOWN, service.object, path.clone(), message);
    let edit = near.and_then(|near| edit::replace(scene.source(service.object), &path, near));
    finding.fix(edit.and_then(|edit| edit::fix(format!("Change to {}", near.unwrap_or_default()), [Some(edit)])))
}

/// A listener that only its own pod reaches.
pub fn loopback(scene: &Scene<'_>, group: usize, container: usize, listener: usize) -> Finding {
    let pod = scene.pod(group);
    let listener = &pod.behavior[container].listeners[listener];
    let address = listener.address.map_or_else(String::new, |address| address.to_string());
    let name = &pod.spec().containers[container].name;
    let message = format!(
        "Container {name} listens on {} at {address} only, which nothing outside its own pod reaches",
        port_protocol(listener.port, listener.protocol)
    );
    let any = if address.contains(':') { "::" } else { "0.0.0.0" };
    let source = scene.source(scene.groups[group].object);
    let within = |word: &str| edit::within(source, &listener.origin, word, any, "");
    let edit = within(&address).or_else(|| within("localhost"));
    Finding::new(code::LISTENS_ON_LOOPBACK, scene.owner(group), listener.origin.clone(), message)
        .at(scene.groups[group].object)
        .help(format!("Let it listen on {any}."))
        .fix(edit::fix(format!("Change to {any}"), [edit]))
}

/// A Service with pods of which none is ready, unless its workload says why.
fn unready(scene: &Scene<'_>, service: &Service, groups: &[usize]) -> Option<Finding> {
    let spec = &service.spec;
    let path: Vec<Step> = under(&[], &["spec", "selector"]);
    if service.slices_given {
        let mut endpoints = service.slices.iter().flat_map(|slice| &slice.endpoints).peekable();
        let name = &service.meta().name;
        if endpoints.peek().is_none() || endpoints.any(|endpoint| endpoint.ready || endpoint.serving) {
            return None;
        }
        let message = format!("No endpoint that the EndpointSlices of Service {name} list is ready");
        return Some(Finding::new(code::NO_READY_ENDPOINTS, service.object, under(&[], &["spec"]), message));
    }
    let pods = || groups.iter().flat_map(|&group| scene.pods(group));
    let ready = |pod: &crate::cluster::Pod| pod.ready && !pod.terminating;
    if spec.publish_not_ready_addresses || pods().any(ready) || groups.iter().all(|&group| workload::is_excused(scene, group)) {
        return None;
    }
    let first = pods().next()?;
    let count = pods().count();
    let which = if count == 1 { format!("The pod {}", first.meta.name) } else { format!("None of the {count} pods") };
    let ready = if count == 1 { "is not ready" } else { "is ready" };
    let message = format!("{which} that Service {} selects {ready}: {}", service.meta().name, first.why);
    Some(Finding::new(code::NO_READY_ENDPOINTS, service.object, path, message))
}
