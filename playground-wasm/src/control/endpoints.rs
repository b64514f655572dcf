//! EndpointSlices as the controller makes them (`pkg/controller/endpointslice`, `staging/src/k8s.io/endpointslice`).
//!
//! Slices are made anew from the pods each time, so an endpoint may stand in another slice than before, where the real controller
//! would leave slices as they are as far as it can.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use super::{hints, names};
use crate::cluster::{Cluster, Node, Phase, Pod, PodId, Service};
use crate::model::{Endpoint, EndpointPort, EndpointSlice, IpFamily, Labels, Meta, PortRef, Protocol, Role, ServicePort, ServiceType};
use crate::object::MANAGED_BY;

/// Endpoints that one slice holds at most.
const SLICE_SIZE: usize = 100;

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const HEADLESS: &str = "service.kubernetes.io/headless";

/// The slices of a Service that selects these pods. Absent where the controller leaves the Service alone: no selector, ExternalName, or slices were given.
pub fn slices_of(cluster: &Cluster, service: &Service, selected: &[PodId]) -> Option<Vec<Rc<EndpointSlice>>> {
    if !is_managed(service) {
        return None;
    }
    let meta = service.meta();
    let pods: Vec<&Pod> = selected.iter().map(|&id| cluster.pod(id)).collect();
    let labels = labels(service);
    let mut slices: Vec<Rc<EndpointSlice>> = Vec::new();
    for family in families(service) {
        // Endpoints whose ports come out alike share slices: a named target port may differ from pod to pod.
        let mut groups: BTreeMap<Vec<EndpointPort>, Vec<Endpoint>> = BTreeMap::new();
        for pod in &pods {
            if let Some(endpoint) = endpoint(cluster, service, pod, family) {
                groups.entry(endpoint_ports(&service.spec.ports, pod)).or_default().push(endpoint);
            }
        }
        let mut all: Vec<&mut Endpoint> = groups.values_mut().flatten().collect();
        hints::give(&service.spec, &cluster.nodes, &mut all);
        if groups.is_empty() {
            // A Service without endpoints has a slice that says so.
            groups.insert(Vec::new(), Vec::new());
        }
        for (ports, endpoints) in groups {
            let chunks = if endpoints.is_empty() { vec![&[][..]] } else { endpoints.chunks(SLICE_SIZE).collect() };
            for chunk in chunks {
                let number = slices.len().to_string();
                let name = names::generate(&format!("{}-", meta.name), &names::suffix(&[&meta.namespace, &meta.name, &number]));
                slices.push(Rc::new(EndpointSlice {
                    meta: Meta { namespace: meta.namespace.clone(), name, labels: labels.clone(), annotations: Labels::new() },
                    service: Some(meta.name.clone()),
                    ports: ports.clone(),
                    endpoints: chunk.to_vec(),
                    names: Vec::new(),
                }));
            }
        }
    }
    Some(slices)
}

/// Whether the controller makes the slices of a Service.
pub fn is_managed(service: &Service) -> bool {
    let external = matches!(service.spec.service_type, ServiceType::ExternalName(_));
    service.spec.selector.is_some() && !external && !service.slices_given
}

/// The Service's own labels, those that are reserved set by the controller (`setEndpointSliceLabels`).
fn labels(service: &Service) -> Labels {
    let meta = service.meta();
    let mut labels = meta.labels.clone();
    labels.remove(HEADLESS);
    if service.is_headless() {
        labels.insert(HEADLESS.into(), String::new());
    }
    labels.insert(SERVICE_NAME.into(), meta.name.clone());
    labels.insert(MANAGED_BY.into(), "endpointslice-controller.k8s.io".into());
    labels
}

/// The families of a Service: those of its addresses; a headless one asks for them or is IPv4.
fn families(service: &Service) -> Vec<IpFamily> {
    let mut families: Vec<IpFamily> = service.cluster_ips.iter().map(|&ip| IpFamily::of(ip)).collect();
    if families.is_empty() {
        families.clone_from(&service.spec.ip_families);
        if families.is_empty() {
            families.push(IpFamily::V4);
        }
        if service.spec.dual_stack && families.len() == 1 {
            families.push(if families[0] == IpFamily::V4 { IpFamily::V6 } else { IpFamily::V4 });
        }
    }
    families
}

/// The Service's ports as this pod has them; a name that it does not declare leaves the port out (`FindPort`).
fn endpoint_ports(ports: &[ServicePort], pod: &Pod) -> Vec<EndpointPort> {
    ports
        .iter()
        .filter_map(|port| {
            let number = match &port.target {
                PortRef::Number(number) => *number,
                PortRef::Name(name) => {
                    declared(pod, Role::Main, name, port.protocol).or_else(|| declared(pod, Role::Sidecar, name, port.protocol))?
                }
            };
            Some(EndpointPort { name: port.name.clone(), port: Some(number), protocol: port.protocol })
        })
        .collect()
}

/// The port of that name and protocol in the first container of a role that has one.
fn declared(pod: &Pod, role: Role, name: &str, protocol: Protocol) -> Option<u16> {
    let containers = pod.spec().containers.iter().filter(|container| container.role == role);
    let mut ports = containers.flat_map(|container| &container.ports);
    ports.find(|port| port.name.as_deref() == Some(name) && port.protocol == protocol).map(|port| port.port)
}

/// A pod as an endpoint (`podToEndpoint`); absent for one that is over, that has no address of the family, or whose node does
/// not exist, unless the Service publishes whatever there is.
fn endpoint(cluster: &Cluster, service: &Service, pod: &Pod, family: IpFamily) -> Option<Endpoint> {
    if pod.gone || !pod.has_sandbox && pod.node.is_some() || matches!(pod.phase, Phase::Succeeded | Phase::Failed) {
        return None;
    }
    let publish = service.spec.publish_not_ready_addresses;
    let node = pod.node.map(|node| cluster.node(node));
    let claimed = || pod.claimed.ips.iter().copied().find(|&ip| IpFamily::of(ip) == family);
    let ip: IpAddr = if node.is_some() { pod.ip(family)? } else { claimed().filter(|_| publish)? };
    Some(Endpoint {
        addresses: vec![ip],
        ready: publish || (pod.ready && !pod.terminating),
        serving: pod.ready,
        terminating: pod.terminating,
        // A hostname is published only by the Service that the pod names as its domain.
        hostname: pod.given_hostname.clone().filter(|_| pod.subdomain.as_ref() == Some(&service.meta().name)),
        node: node.map(|node| node.name.clone()).or_else(|| pod.spec().node_name.clone()),
        zone: node.and_then(Node::zone).filter(|zone| !zone.is_empty()).map(str::to_owned),
        pod: Some(pod.meta.name.clone()),
        zone_hints: None,
        node_hints: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::cluster::Config;
    use crate::control::Simulation;
    use crate::dto::SourceFile;
    use crate::load::Loader;
    use crate::model::EndpointSlice;

    const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: REPLICAS
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: x, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {team: shop, kubernetes.io/service-name: mine}}
spec: {SPEC, selector: {app: web}, ports: [{port: 80}]}
";

    fn slices(replicas: u32, spec: &str) -> Vec<EndpointSlice> {
        let text = DEPLOYMENT.replace("REPLICAS", &replicas.to_string()).replace("SPEC", spec);
        let loaded = Loader::default().load(&[SourceFile { name: "web.yaml".into(), text }]);
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let id = simulation.cluster().find_service("default", "web").unwrap();
        simulation.cluster().slices(id).iter().map(|slice| (**slice).clone()).collect()
    }

    #[test]
    fn a_slice_holds_a_hundred_endpoints() {
        for (replicas, spec, sizes) in [
            (0, "type: ClusterIP", &[0][..]),
            (100, "type: ClusterIP", &[100]),
            (250, "type: ClusterIP", &[100, 100, 50]),
            (101, "ipFamilyPolicy: RequireDualStack", &[100, 1, 100, 1]),
        ] {
            let slices = slices(replicas, spec);
            assert_eq!(slices.iter().map(|slice| slice.endpoints.len()).collect::<Vec<_>>(), sizes, "{replicas} {spec}");
            let mut names: Vec<_> = slices.iter().map(|slice| &slice.meta.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), slices.len(), "{names:?}");
        }
    }

    #[test]
    fn a_slice_has_the_labels_of_its_service_but_for_reserved_ones() {
        let labels = |spec: &str| -> Vec<String> {
            slices(1, spec).remove(0).meta.labels.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
        };
        let common = ["endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io", "kubernetes.io/service-name=web"];
        assert_eq!(labels("type: ClusterIP"), [&common[..], &["team=shop"]].concat());
        assert_eq!(labels("clusterIP: None"), [&common[..], &["service.kubernetes.io/headless=", "team=shop"]].concat());
    }
}
