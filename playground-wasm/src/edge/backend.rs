//! Which Service a rule means, by which of its ports, and where its requests go.
//!
//! Controllers send to the endpoints themselves rather than to the Service's address, as ingress-nginx, Traefik, Envoy and
//! the others do; so session affinity and traffic policies of the Service mean nothing to them.

use super::grant;
use crate::cluster::{Cluster, ServiceId};
use crate::model::{BackendTarget, IngressBackend, PortRef, Protocol, Route, ServiceType};
use crate::net::{Target, candidates};

/// A Service with the index of one of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServicePort {
    pub service: ServiceId,
    pub port: usize,
}

/// Why a reference to a backend leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendProblem {
    /// Not a Service.
    Kind,
    NoService,
    /// In another namespace, and no ReferenceGrant there lets this one.
    NotGranted,
    /// The Service does not have that port.
    NoPort,
    /// An ExternalName Service, which a Gateway must not follow.
    ExternalName,
}

/// The Service of an Ingress's backend, which is in the Ingress's namespace.
pub fn of_ingress(cluster: &Cluster, namespace: &str, backend: &IngressBackend) -> Result<ServicePort, BackendProblem> {
    let IngressBackend::Service { name, port } = backend else { return Err(BackendProblem::Kind) };
    let service = cluster.find_service(namespace, name).ok_or(BackendProblem::NoService)?;
    let ports = &cluster.service(service).spec.ports;
    let found = ports.iter().position(|candidate| {
        candidate.protocol == Protocol::Tcp
            && match port {
                PortRef::Number(number) => candidate.port == *number,
                PortRef::Name(name) => candidate.name == *name,
            }
    });
    found.map(|port| ServicePort { service, port }).ok_or(BackendProblem::NoPort)
}

/// The Service of a route's backend.
pub fn of_route(cluster: &Cluster, route: &Route, target: &BackendTarget) -> Result<ServicePort, BackendProblem> {
    let reference = &target.reference;
    if !(reference.group.is_empty() && reference.kind == "Service") {
        return Err(BackendProblem::Kind);
    }
    let namespace = reference.namespace.as_deref().unwrap_or(&route.meta.namespace);
    if !grant::allows(cluster, route.kind.as_str(), &route.meta.namespace, reference) {
        return Err(BackendProblem::NotGranted);
    }
    let id = cluster.find_service(namespace, &reference.name).ok_or(BackendProblem::NoService)?;
    let service = cluster.service(id);
    if matches!(service.spec.service_type, ServiceType::ExternalName(_)) {
        return Err(BackendProblem::ExternalName);
    }
    let protocol = if route.kind == crate::model::RouteKind::Udp { Protocol::Udp } else { Protocol::Tcp };
    let found = service.spec.ports.iter().position(|port| Some(port.port) == target.port && port.protocol == protocol);
    found.map(|port| ServicePort { service: id, port }).ok_or(BackendProblem::NoPort)
}

/// The ready endpoints of a Service's port, IPv4 before IPv6.
pub fn endpoints(cluster: &Cluster, backend: ServicePort) -> Vec<Target> {
    let service = cluster.service(backend.service);
    let port = &service.spec.ports[backend.port];
    for family in [crate::model::IpFamily::V4, crate::model::IpFamily::V6] {
        let ready: Vec<Target> =
            candidates(service, port, family).filter(|(endpoint, _)| endpoint.ready).map(|(_, target)| target).collect();
        if !ready.is_empty() {
            return ready;
        }
    }
    Vec::new()
}
