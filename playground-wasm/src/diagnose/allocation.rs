//! What the API server cannot allocate because another Service has it (`pkg/registry/core/service`): a node port, a cluster IP.

use super::scene::Scene;
use super::{Finding, code};
use crate::cluster::ServiceId;
use crate::model::{ClusterIps, IpFamily};
use crate::text::{Step, path_string};

/// The Services that ask for what another one has; of two the one that is applied later is refused.
pub fn findings(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, service) in scene.cluster.services() {
        for (index, port) in service.spec.ports.iter().enumerate() {
            let holder = port.node_port.and_then(|number| scene.net.tables.node_port(scene.cluster, IpFamily::V4, port.protocol, number));
            if let Some(entry) = holder.filter(|entry| entry.service != id) {
                let index = if later(scene, id, entry.service) == id { index } else { entry.port };
                let value = port.node_port.map_or_else(String::new, |number| number.to_string());
                let path = vec!["spec".into(), "ports".into(), index.into(), "nodePort".into()];
                findings.push(refused(scene, later(scene, id, entry.service), path, &value, "provided port is already allocated"));
            }
        }
        let ClusterIps::Fixed(given) = &service.spec.cluster_ips else { continue };
        for &ip in given {
            if let Some((holder, _)) = scene.net.tables.owner(ip).filter(|(holder, _)| *holder != id) {
                let why = format!("failed to allocate IP {ip}: provided IP is already allocated");
                let path = vec!["spec".into(), "clusterIPs".into()];
                findings.push(refused(scene, later(scene, id, holder), path, &ip.to_string(), &why));
            }
        }
    }
    findings
}

/// Which of two Services stands further down.
fn later(scene: &Scene<'_>, a: ServiceId, b: ServiceId) -> ServiceId {
    let place = |id: ServiceId| {
        let source = scene.source(scene.cluster.service(id).object);
        (source.file, source.first_line, source.root.span)
    };
    if place(a) > place(b) { a } else { b }
}

fn refused(scene: &Scene<'_>, id: ServiceId, path: Vec<Step>, value: &str, why: &str) -> Finding {
    let service = scene.cluster.service(id);
    let message = format!("Service {:?} is invalid: {}: Invalid value: {value}: {why}", service.meta().name, path_string(&path));
    Finding::new(code::OBJECT_REJECTED, service.object, path, message)
}
