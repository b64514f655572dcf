//! Where the rules lead that a controller or gateway was told, all of them at once: for the picture, and for what is worth asking.

use super::backend::{self, ServicePort};
use super::ingress::served;
use super::{Edge, Proxy, infrastructure};
use crate::cluster::{Cluster, ObjectRef, WorkloadId};
use crate::model::{IngressBackend, PathMatch};
use crate::text::Step;

/// A rule that leads to a Service that exists.
#[derive(Debug, Clone)]
pub struct Lead {
    pub to: ServicePort,
    /// What it takes: `shop.example/api`; `*/` for every host.
    pub text: String,
    pub object: ObjectRef,
    /// The line that names the backend.
    pub path: Vec<Step>,
}

impl Edge {
    /// Every lead, with the workload of the proxy that follows it.
    pub fn leads(&self, cluster: &Cluster) -> Vec<(WorkloadId, Lead)> {
        let mut leads = Vec::new();
        for &(workload, proxy) in &self.proxies {
            match proxy {
                Proxy::Ingress(index) => {
                    let ingresses = served(cluster, self.controllers[index].class);
                    leads.extend(ingresses.into_iter().flat_map(|ingress| of_ingress(cluster, ingress)).map(|lead| (workload, lead)));
                }
                Proxy::Gateway(index) => {
                    let mut routes: Vec<usize> = self.planes[index]
                        .listeners
                        .iter()
                        .flat_map(|listener| &listener.attached)
                        .map(|attached| attached.route)
                        .collect();
                    routes.sort_unstable();
                    routes.dedup();
                    leads.extend(routes.into_iter().flat_map(|route| of_route(cluster, route)).map(|lead| (workload, lead)));
                }
            }
        }
        leads
    }
}

fn of_ingress(cluster: &Cluster, index: usize) -> Vec<Lead> {
    let (object, ingress) = &cluster.edge.ingresses[index];
    let lead = |backend: &IngressBackend, text: String, path: Vec<Step>| {
        let to = backend::of_ingress(cluster, &ingress.meta.namespace, backend).ok()?;
        Some(Lead { to, text, object: *object, path })
    };
    let mut leads = Vec::new();
    for (number, rule) in ingress.rules.iter().enumerate() {
        let host = if rule.host.is_empty() { "*" } else { &rule.host };
        for (position, path) in rule.paths.iter().enumerate() {
            let place =
                vec!["spec".into(), "rules".into(), number.into(), "http".into(), "paths".into(), position.into(), "backend".into()];
            leads.extend(lead(&path.backend, format!("{host}{}", path.path), place));
        }
    }
    leads.extend(
        ingress.default_backend.as_ref().and_then(|backend| lead(backend, "*/".into(), vec!["spec".into(), "defaultBackend".into()])),
    );
    leads
}

fn of_route(cluster: &Cluster, index: usize) -> Vec<Lead> {
    let (object, route) = &cluster.edge.routes[index];
    let host = route.hostnames.first().map_or("*", String::as_str);
    let mut leads = Vec::new();
    for (number, rule) in route.rules.iter().enumerate() {
        let path = rule.matches.first().map_or("/", |condition| match &condition.path {
            PathMatch::Exact(path) | PathMatch::Prefix(path) | PathMatch::Regex(path) | PathMatch::GrpcMethod(path) => path,
        });
        for (position, backend) in rule.backends.iter().enumerate().filter(|(_, backend)| backend.weight > 0) {
            if let Ok(to) = backend::of_route(cluster, route, &backend.target) {
                let place = vec!["spec".into(), "rules".into(), number.into(), "backendRefs".into(), position.into()];
                leads.push(Lead { to, text: format!("{host}{path}"), object: *object, path: place });
            }
        }
    }
    leads
}

/// The address at which clients outside find a host, as records that are kept beside the cluster say (external-dns): that of
/// the controller whose Ingress, or of the Gateway whose listener or route, is for it. Hosts with a star match likewise.
pub fn public_address(cluster: &Cluster, host: &str) -> Option<std::net::IpAddr> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = |namespace: &str, name: &str| {
        let service = cluster.service(cluster.find_service(namespace, name)?);
        service.load_balancer.iter().find_map(|ingress| ingress.ip)
    };
    let named = |pattern: &str| !pattern.is_empty() && super::hostname::covers(pattern, &host);
    for (_, ingress) in &cluster.edge.ingresses {
        if ingress.rules.iter().any(|rule| named(&rule.host))
            && let Ok(class) = super::class::of(cluster, ingress)
        {
            let (namespace, name) = infrastructure::controller_name(&cluster.edge.ingress_classes[class].1);
            return address(&namespace, &name);
        }
    }
    cluster.edge.gateways.iter().find_map(|(_, gateway)| {
        let meta = &gateway.meta;
        let listens = gateway.listeners.iter().any(|listener| listener.hostname.as_deref().is_some_and(named));
        let routed = || {
            cluster.edge.routes.iter().any(|(_, route)| {
                let means = |parent: &crate::model::ParentRef| {
                    parent.target.name == meta.name && *parent.target.namespace.as_ref().unwrap_or(&route.meta.namespace) == meta.namespace
                };
                route.parents.iter().any(means) && route.hostnames.iter().any(|hostname| named(hostname))
            })
        };
        (listens || routed()).then(|| address(&meta.namespace, &infrastructure::gateway_name(gateway)))?
    })
}
