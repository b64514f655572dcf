//! References of workloads that have no pod at the moment, a CronJob's above all: they are read from its template and held against the
//! Services, since nobody is there to send a packet.

use std::net::IpAddr;

use super::cause::cluster_name;
use super::scene::{Listens, Scene};
use super::{Finding, code, optional, service, workload::is_local};
use crate::behavior::{self, Reference, Subject, annotation, environment};
use crate::cluster::ObjectRef;
use crate::model::{Container, Labels, Protocol, ServiceType, Workload};
use crate::text::{Step, nearest};

/// The findings about the references of one workload without pods.
pub fn references(scene: &Scene<'_>, object: ObjectRef, workload: &Workload, rejected: &dyn Fn(&str, &str) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told: Vec<(String, u16)> = Vec::new();
    for (container, call) in calls(scene, workload) {
        let key = (call.host.to_ascii_lowercase(), call.port);
        if is_local(&call.host) || call.host.parse::<IpAddr>().is_ok() || told.contains(&key) {
            continue;
        }
        if let Some(finding) = unreached(scene, object, workload, &call, rejected) {
            told.push(key);
            let unknown = finding.code == code::REFERENCE_UNKNOWN_HOST && finding.help.is_empty();
            let path = [spec_path(workload), vec![container.list().into(), container.index.into()]].concat();
            if !unknown || optional::why(scene.source(object), &path, container, &call).is_none() {
                findings.push(finding);
            }
        }
    }
    findings
}

fn spec_path(workload: &Workload) -> Vec<Step> {
    workload.kind.pod_spec_path().iter().map(|&field| Step::from(field)).collect()
}

/// The calls that a pod of the template would make.
fn calls<'w>(scene: &Scene<'_>, workload: &'w Workload) -> Vec<(&'w Container, Reference)> {
    let spec_path = spec_path(workload);
    let containers = &workload.template.spec.containers;
    let annotated = workload.template.annotations.get(annotation::ANNOTATION);
    let annotation = annotated.map(|text| annotation::read(text, containers, &spec_path).0).unwrap_or_default();
    let none = Labels::new();
    let inputs = environment::Inputs {
        spec: &spec_path,
        namespace: &workload.meta.namespace,
        config_data: &scene.cluster.config_data,
        services: &none,
        field: &|_| None,
    };
    let mut calls = Vec::new();
    for container in containers {
        let env = environment::resolve(container, &inputs).0;
        let subject = Subject { container, spec: &spec_path, env: &env, annotated: annotation.get(&container.name) };
        calls.extend(behavior::behave(&subject).calls.into_iter().map(|call| (container, call)));
    }
    calls
}

fn unreached(
    scene: &Scene<'_>,
    object: ObjectRef,
    workload: &Workload,
    call: &Reference,
    rejected: &dyn Fn(&str, &str) -> bool,
) -> Option<Finding> {
    let cluster = scene.cluster;
    let host = call.host.to_ascii_lowercase();
    let name = cluster_name(cluster, &workload.meta.namespace, &host).filter(|name| name.pod.is_none())?;
    let finding = |code, message| Finding::new(code, object, call.origin.clone(), message);
    let Some(id) = cluster.find_service(name.namespace, name.service) else {
        if rejected(name.namespace, name.service) {
            return None;
        }
        let why = format!("The host {} resolves to nothing: namespace {} has no Service {}", call.host, name.namespace, name.service);
        let mut services = cluster.services.iter().map(crate::cluster::Service::meta);
        if let Some(there) = services.find(|meta| name.short && meta.name == name.service) {
            let message = format!("{why}, and {} has", there.namespace);
            return Some(finding(code::REFERENCE_OTHER_NAMESPACE, message).help(format!("Write {}.{}.", there.name, there.namespace)));
        }
        let here = cluster.services.iter().filter(|service| service.meta().namespace == name.namespace);
        let names: Vec<&str> = here.map(|service| service.meta().name.as_str()).collect();
        let help = nearest(name.service, &names).map_or_else(String::new, |near| format!("Did you mean {near}?"));
        return Some(finding(code::REFERENCE_UNKNOWN_HOST, why).help(help));
    };
    let called = cluster.service(id);
    let groups = scene.selected(called);
    let served = || groups.iter().any(|&group| scene.listens(group, call.port, Protocol::Tcp) != Listens::No);
    if matches!(called.spec.service_type, ServiceType::ExternalName(_)) || (called.is_headless() && (groups.is_empty() || served())) {
        return None;
    }
    match called.spec.ports.iter().position(|port| port.port == call.port) {
        Some(port) => service::port_fault(scene, id, port).or_else(|| {
            let message = format!(
                "Service {} is headless: its name leads to the pods, and nobody there listens on {}",
                called.meta().name,
                call.port
            );
            called.is_headless().then(|| finding(code::HEADLESS_PORT_MISMATCH, message))
        }),
        None => {
            let ports: Vec<String> = called.spec.ports.iter().map(|port| port.port.to_string()).collect();
            let message = format!("Service {} has no port {}, only {}", called.meta().name, call.port, ports.join(", "));
            Some(finding(code::REFERENCE_PORT_NOT_EXPOSED, message))
        }
    }
}
