//! Which endpoints of a Service a node may use (`pkg/proxy/topology.go`, `CategorizeEndpoints`; `pkg/proxy/endpointslicecache.go`).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::ops::Deref;
use std::rc::Rc;

use super::proxied::{Proxied, left_alone};
use crate::cluster::{Cluster, NodeId, Service};
use crate::model::{Endpoint, EndpointSlice, IpFamily, ServicePort};

/// An address and port that traffic may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    pub ip: IpAddr,
    pub port: u16,
}

/// Endpoints by what they may be used for on one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// For a traffic policy of Cluster.
    pub cluster: Vec<Target>,
    /// For a traffic policy of Local.
    pub local: Vec<Target>,
    /// Whether any node has a usable endpoint: without one packets are rejected, with one elsewhere only they are dropped.
    pub any: bool,
    /// How many endpoints there are, usable or not.
    pub all: usize,
}

/// Those of one category that a packet may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    pub categories: Rc<Categories>,
    pub local: bool,
}

impl Deref for Targets {
    type Target = [Target];

    fn deref(&self) -> &[Target] {
        if self.local { &self.categories.local } else { &self.categories.cluster }
    }
}

/// All endpoints of a Service's port in a family that a kube-proxy knows, usable or not, with their targets.
pub fn candidates<'a>(service: &'a Service, port: &'a ServicePort, family: IpFamily) -> impl Iterator<Item = (&'a Endpoint, Target)> {
    on_port(service.programmed.iter().map(Rc::as_ref), port, family)
}

/// Of these, what kube-proxy knows of.
fn known<'a>(proxied: &Proxied<'a>) -> impl Iterator<Item = (&'a Endpoint, Target)> {
    on_port(seen(proxied.service), proxied.port(), proxied.family)
}

/// The slices of a Service that kube-proxy looks at.
fn seen(service: &Service) -> impl Iterator<Item = &EndpointSlice> {
    service.programmed.iter().map(Rc::as_ref).filter(|slice| left_alone(&slice.meta.labels).is_none())
}

/// The nodes that have a ready endpoint of a Service on any port, its own or not (`pkg/proxy/endpointschangetracker.go`,
/// `LocalReadyEndpoints`).
pub fn ready_nodes(service: &Service) -> BTreeSet<&str> {
    let numbered = seen(service).filter(|slice| slice.ports.iter().any(|port| port.port.is_some()));
    numbered.flat_map(|slice| &slice.endpoints).filter(|endpoint| endpoint.ready).filter_map(|endpoint| endpoint.node.as_deref()).collect()
}

fn on_port<'a>(
    slices: impl Iterator<Item = &'a EndpointSlice>,
    port: &'a ServicePort,
    family: IpFamily,
) -> impl Iterator<Item = (&'a Endpoint, Target)> {
    slices.flat_map(move |slice| {
        let number = slice
            .ports
            .iter()
            .find(|candidate| candidate.name == port.name && candidate.protocol == port.protocol)
            .and_then(|port| port.port);
        let endpoints = if number.is_some() { slice.endpoints.as_slice() } else { &[] };
        endpoints.iter().filter_map(move |endpoint| {
            let ip = *endpoint.addresses.first()?;
            (IpFamily::of(ip) == family).then_some((endpoint, Target { ip, port: number? }))
        })
    })
}

/// Sorts the endpoints of a Service's port for a node; in each list by address, without duplicates.
pub fn categorize(cluster: &Cluster, proxied: &Proxied<'_>, node: NodeId) -> Categories {
    let here = cluster.node(node);
    let is_local = |endpoint: &Endpoint| endpoint.node.as_deref() == Some(here.name.as_str());
    let mut all: Vec<(&Endpoint, Target)> = known(proxied).collect();
    // Slices may overlap while endpoints move from one to another; of the same endpoint twice, the local one counts.
    all.sort_unstable_by_key(|&(endpoint, target)| (target, !is_local(endpoint), !endpoint.ready));
    all.dedup_by_key(|(_, target)| *target);
    let targets = |usable: &dyn Fn(&Endpoint) -> bool| -> Vec<Target> {
        all.iter().filter(|(endpoint, _)| usable(endpoint)).map(|(_, target)| *target).collect()
    };
    let draining = |endpoint: &Endpoint| endpoint.serving && endpoint.terminating;
    let mut categories = Categories { all: all.len(), ..Categories::default() };
    if proxied.uses_cluster() {
        let topology = Topology::choose(&all, &here.name, here.zone());
        categories.cluster = targets(&|endpoint| endpoint.ready && topology.allows(endpoint, &here.name, here.zone()));
        if categories.cluster.is_empty() {
            categories.cluster = targets(&draining);
        }
        categories.any = !categories.cluster.is_empty();
    }
    if proxied.uses_local() {
        categories.local = targets(&|endpoint| endpoint.ready && is_local(endpoint));
        if categories.local.is_empty() {
            categories.local = targets(&|endpoint| draining(endpoint) && is_local(endpoint));
        }
        categories.any = categories.any || all.iter().any(|(endpoint, _)| endpoint.ready || draining(endpoint));
    }
    categories
}

/// Whether an endpoint of that address stands on a node.
pub fn is_local(cluster: &Cluster, proxied: &Proxied<'_>, node: NodeId, target: Target) -> bool {
    let here = Some(cluster.node(node).name.as_str());
    known(proxied).any(|(endpoint, other)| other == target && endpoint.node.as_deref() == here)
}

/// Which hints count on a node: those are ignored unless every ready endpoint has one and some endpoint is for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topology {
    Ignore,
    Zone,
    Node,
}

impl Topology {
    /// `topologyModeFromHints`: the hints decide alone, whatever `trafficDistribution` made the controller write them.
    fn choose(all: &[(&Endpoint, Target)], node: &str, zone: Option<&str>) -> Self {
        let ready = || all.iter().map(|(endpoint, _)| *endpoint).filter(|endpoint| endpoint.ready);
        let hinted = |hints: &dyn Fn(&Endpoint) -> Option<&[String]>, here: &str| {
            ready().all(|endpoint| hints(endpoint).is_some()) && ready().any(|endpoint| names(hints(endpoint), here))
        };
        if hinted(&|endpoint| endpoint.node_hints.as_deref(), node) {
            return Self::Node;
        }
        match zone {
            Some(zone) if hinted(&|endpoint| endpoint.zone_hints.as_deref(), zone) => Self::Zone,
            _ => Self::Ignore,
        }
    }

    fn allows(self, endpoint: &Endpoint, node: &str, zone: Option<&str>) -> bool {
        match self {
            Self::Ignore => true,
            Self::Zone => zone.is_some_and(|zone| names(endpoint.zone_hints.as_deref(), zone)),
            Self::Node => names(endpoint.node_hints.as_deref(), node),
        }
    }
}

fn names(hints: Option<&[String]>, here: &str) -> bool {
    hints.is_some_and(|hints| hints.iter().any(|hint| hint == here))
}
