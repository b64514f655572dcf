//! Which endpoints of a Service a node may use (`pkg/proxy/topology.go`, `CategorizeEndpoints`).

use std::net::IpAddr;

use crate::cluster::{Cluster, NodeId, Service};
use crate::model::{Endpoint, IpFamily, ServicePort, TrafficDistribution, TrafficPolicy};

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
}

/// All endpoints of a Service's port in a family, usable or not, with their targets.
pub fn candidates<'a>(service: &'a Service, port: &'a ServicePort, family: IpFamily) -> impl Iterator<Item = (&'a Endpoint, Target)> {
    service.slices.iter().flat_map(move |slice| {
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

/// Sorts the endpoints of a Service's port for a node.
pub fn categorize(cluster: &Cluster, service: &Service, port: &ServicePort, node: NodeId, family: IpFamily) -> Categories {
    let here = cluster.node(node);
    let all: Vec<(&Endpoint, Target)> = candidates(service, port, family).collect();
    let internal_local = service.spec.internal_traffic_policy == TrafficPolicy::Local;
    let accessible = service.spec.service_type.is_external() || !service.spec.external_ips.is_empty();
    let external_local = service.spec.external_traffic_policy == TrafficPolicy::Local && accessible;
    let targets = |usable: &dyn Fn(&Endpoint) -> bool| -> Vec<Target> {
        all.iter().filter(|(endpoint, _)| usable(endpoint)).map(|(_, target)| *target).collect()
    };
    let is_local = |endpoint: &Endpoint| endpoint.node.as_deref() == Some(here.name.as_str());
    let draining = |endpoint: &Endpoint| endpoint.serving && endpoint.terminating;
    let mut categories = Categories::default();
    // Even under an external policy of Local, pods and the node itself reach every endpoint.
    let uses_cluster = !internal_local || accessible;
    if uses_cluster {
        let topology = Topology::choose(service, &all, &here.name, here.zone());
        categories.cluster = targets(&|endpoint| endpoint.ready && topology.allows(endpoint, &here.name, here.zone()));
        if categories.cluster.is_empty() {
            categories.cluster = targets(&draining);
        }
        categories.any = !categories.cluster.is_empty();
    }
    if internal_local || external_local {
        categories.local = targets(&|endpoint| endpoint.ready && is_local(endpoint));
        if categories.local.is_empty() {
            categories.local = targets(&|endpoint| draining(endpoint) && is_local(endpoint));
        }
        categories.any =
            categories.any || !categories.local.is_empty() || all.iter().any(|(endpoint, _)| endpoint.ready || draining(endpoint));
    }
    categories
}

/// Which hints count on a node: those are ignored unless every ready endpoint has one and some endpoint is for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topology {
    Ignore,
    Zone,
    Node,
}

impl Topology {
    /// `topologyModeFromHints`.
    fn choose(service: &Service, all: &[(&Endpoint, Target)], node: &str, zone: Option<&str>) -> Self {
        let ready = || all.iter().map(|(endpoint, _)| *endpoint).filter(|endpoint| endpoint.ready);
        let hinted_nodes = ready().all(|endpoint| endpoint.node_hints.is_some());
        if hinted_nodes
            && service.spec.traffic_distribution == Some(TrafficDistribution::PreferSameNode)
            && ready().any(|endpoint| endpoint.node_hints.as_ref().is_some_and(|hints| hints.iter().any(|hint| hint == node)))
        {
            return Self::Node;
        }
        let Some(zone) = zone else { return Self::Ignore };
        let hinted_zones = ready().all(|endpoint| endpoint.zone_hints.is_some());
        let for_here = ready().any(|endpoint| endpoint.zone_hints.as_ref().is_some_and(|hints| hints.iter().any(|hint| hint == zone)));
        if hinted_zones && for_here { Self::Zone } else { Self::Ignore }
    }

    fn allows(self, endpoint: &Endpoint, node: &str, zone: Option<&str>) -> bool {
        let holds = |hints: &Option<Vec<String>>, here: Option<&str>| {
            hints.as_ref().is_none_or(|hints| here.is_some_and(|here| hints.iter().any(|hint| hint == here)))
        };
        match self {
            Self::Ignore => true,
            Self::Zone => holds(&endpoint.zone_hints, zone),
            Self::Node => holds(&endpoint.node_hints, Some(node)),
        }
    }
}
