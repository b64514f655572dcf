//! EndpointSlices as the controller makes them (`pkg/controller/endpointslice`, `staging/src/k8s.io/endpointslice`).

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::cluster::{Cluster, Node, Phase, Pod, PodId, Service};
use crate::index::Index;
use crate::model::{
    Endpoint, EndpointPort, EndpointSlice, IpFamily, Labels, Meta, PortRef, ServicePort, ServiceType, TrafficDistribution, contains_all,
};

/// Endpoints that one slice holds at most.
const SLICE_SIZE: usize = 100;

/// Makes the slices of every Service with a selector anew; those given by manifests stay.
pub fn make_slices(cluster: &mut Cluster) {
    let by_label = LabelIndex::new(cluster);
    let made: Vec<Option<Vec<Rc<EndpointSlice>>>> = cluster.services.iter().map(|service| slices_of(cluster, service, &by_label)).collect();
    for (service, slices) in cluster.services.iter_mut().zip(made) {
        if let Some(slices) = slices {
            service.slices = slices;
        }
    }
}

/// Pods by namespace and one label, so that a Service looks only at pods that could match.
struct LabelIndex {
    pods: Index<(String, String, String), Vec<PodId>>,
}

impl LabelIndex {
    fn new(cluster: &Cluster) -> Self {
        let mut pods: Index<(String, String, String), Vec<PodId>> = Index::default();
        for (id, pod) in cluster.pods() {
            for (key, value) in &pod.meta.labels {
                pods.entry((pod.meta.namespace.clone(), key.clone(), value.clone())).or_default().push(id);
            }
        }
        Self { pods }
    }

    fn candidates(&self, namespace: &str, selector: &Labels) -> &[PodId] {
        let lists = selector
            .iter()
            .map(|(key, value)| self.pods.get(&(namespace.to_owned(), key.clone(), value.clone())).map_or(&[][..], Vec::as_slice));
        lists.min_by_key(|list| list.len()).unwrap_or(&[])
    }
}

/// Absent where the controller leaves the Service alone: no selector, ExternalName, or slices were given.
fn slices_of(cluster: &Cluster, service: &Service, index: &LabelIndex) -> Option<Vec<Rc<EndpointSlice>>> {
    let selector = service.spec.selector.as_ref()?;
    if matches!(service.spec.service_type, ServiceType::ExternalName(_)) || service.slices_given {
        return None;
    }
    let meta = service.meta();
    // Endpoints whose ports come out alike share slices: a named target port may differ from pod to pod.
    let mut groups: BTreeMap<(IpFamily, Vec<EndpointPort>), Vec<Endpoint>> = BTreeMap::new();
    for &id in index.candidates(&meta.namespace, selector) {
        let pod = cluster.pod(id);
        let counts = contains_all(&pod.meta.labels, selector) && !matches!(pod.phase, Phase::Succeeded | Phase::Failed);
        let Some(node) = pod.node.filter(|_| counts) else { continue };
        let ports = endpoint_ports(&service.spec.ports, pod);
        for family in families(service) {
            if let Some(ip) = pod.ip(family) {
                let endpoint = endpoint(service, pod, ip, cluster.node(node));
                groups.entry((family, ports.clone())).or_default().push(endpoint);
            }
        }
    }
    let mut slices = Vec::new();
    for ((_, ports), endpoints) in groups {
        for chunk in endpoints.chunks(SLICE_SIZE) {
            let name = format!("{}-{}", meta.name, super::names::suffix(&[&meta.namespace, &meta.name, &slices.len().to_string()]));
            let labels = Labels::from([
                ("endpointslice.kubernetes.io/managed-by".to_owned(), "endpointslice-controller.k8s.io".to_owned()),
                ("kubernetes.io/service-name".to_owned(), meta.name.clone()),
            ]);
            slices.push(Rc::new(EndpointSlice {
                meta: Meta { namespace: meta.namespace.clone(), name, labels, annotations: Labels::new() },
                service: Some(meta.name.clone()),
                ports: ports.clone(),
                endpoints: chunk.to_vec(),
            }));
        }
    }
    Some(slices)
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
                PortRef::Number(number) => Some(*number),
                PortRef::Name(name) => {
                    let declared = pod.spec().containers.iter().filter(|container| container.role != crate::model::Role::Init);
                    let mut ports = declared.flat_map(|container| &container.ports);
                    ports
                        .find(|declared| declared.name.as_ref() == Some(name) && declared.protocol == port.protocol)
                        .map(|declared| declared.port)
                }
            }?;
            Some(EndpointPort { name: port.name.clone(), port: Some(number), protocol: port.protocol })
        })
        .collect()
}

fn endpoint(service: &Service, pod: &Pod, ip: std::net::IpAddr, node: &Node) -> Endpoint {
    let publish = service.spec.publish_not_ready_addresses;
    // A hostname is published only by the Service that the pod names as its domain.
    let hostname = pod.given_hostname.clone().filter(|_| pod.subdomain.as_ref() == Some(&service.meta().name));
    let hints = service.spec.traffic_distribution.filter(|_| pod.ready);
    Endpoint {
        addresses: vec![ip],
        ready: publish || (pod.ready && !pod.terminating),
        serving: pod.ready,
        terminating: pod.terminating,
        hostname,
        node: Some(node.name.clone()),
        zone: node.zone().map(str::to_owned),
        pod: Some(pod.meta.name.clone()),
        zone_hints: hints.and(node.zone()).map(|zone| vec![zone.to_owned()]),
        node_hints: (hints == Some(TrafficDistribution::PreferSameNode)).then(|| vec![node.name.clone()]),
    }
}
