//! A Service's port as kube-proxy proxies it in one address family (`pkg/proxy/serviceport.go`).
//!
//! What decides about packets (`service`, `ipvs`) and what shows the rules (`rules`) both read it, so they cannot disagree.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::cluster::{Cluster, Service, ServiceId};
use crate::model::{IpFamily, Labels, ServicePort, TrafficPolicy};

/// One port of a Service in one address family.
#[derive(Clone, Copy)]
pub struct Proxied<'a> {
    pub id: ServiceId,
    pub service: &'a Service,
    /// Index in `spec.ports`.
    pub index: usize,
    pub family: IpFamily,
}

impl<'a> Proxied<'a> {
    pub fn new(cluster: &'a Cluster, id: ServiceId, index: usize, family: IpFamily) -> Self {
        Self { id, service: cluster.service(id), index, family }
    }

    /// All that are proxied in a family: Services with a cluster IP of it, each of their ports.
    pub fn all(cluster: &'a Cluster, family: IpFamily) -> impl Iterator<Item = Self> {
        cluster.services().flat_map(move |(id, service)| {
            let proxied = has_family(service, family) && left_alone(&service.meta().labels).is_none();
            let ports = if proxied { service.spec.ports.len() } else { 0 };
            (0..ports).map(move |index| Self { id, service, index, family })
        })
    }

    pub fn port(&self) -> &'a ServicePort {
        &self.service.spec.ports[self.index]
    }

    pub fn cluster_ip(&self) -> Option<IpAddr> {
        let family = self.family;
        self.service.cluster_ips.iter().copied().find(|&ip| IpFamily::of(ip) == family)
    }

    pub fn external_ips(&self) -> impl Iterator<Item = IpAddr> + use<'a> {
        let family = self.family;
        self.service.spec.external_ips.iter().copied().filter(move |&ip| IpFamily::of(ip) == family)
    }

    /// Load balancer addresses that kube-proxy captures: `ipMode: Proxy` leaves them to the balancer.
    pub fn balancer_ips(&self) -> impl Iterator<Item = IpAddr> + use<'a> {
        let family = self.family;
        let captured = self.service.load_balancer.iter().filter(|ingress| !ingress.proxy_mode);
        captured.filter_map(|ingress| ingress.ip).filter(move |&ip| IpFamily::of(ip) == family)
    }

    pub fn source_ranges(&self) -> impl Iterator<Item = &'a IpNet> + use<'a> {
        let v4 = self.family == IpFamily::V4;
        self.service.spec.load_balancer_source_ranges.iter().filter(move |range| matches!(range, IpNet::V4(_)) == v4)
    }

    pub fn node_port(&self) -> Option<u16> {
        self.service.node_ports.get(self.index).copied().flatten()
    }

    pub fn is_internal_local(&self) -> bool {
        self.service.spec.internal_traffic_policy == TrafficPolicy::Local
    }

    /// `externalTrafficPolicy` means nothing where nothing comes from outside.
    pub fn is_external_local(&self) -> bool {
        let spec = &self.service.spec;
        let from_outside = spec.service_type.is_external() || !spec.external_ips.is_empty();
        spec.external_traffic_policy == TrafficPolicy::Local && from_outside
    }

    /// Whether this port can be reached by more than the cluster IP.
    pub fn is_accessible(&self) -> bool {
        self.node_port().is_some() || self.balancer_ips().next().is_some() || self.external_ips().next().is_some()
    }

    /// Whether it ever sends to endpoints of other nodes: pods and nodes do so even under an external policy of Local.
    pub fn uses_cluster(&self) -> bool {
        !self.is_internal_local() || self.is_accessible()
    }

    pub fn uses_local(&self) -> bool {
        self.is_internal_local() || (self.is_external_local() && self.is_accessible())
    }
}

/// Whether kube-proxy has anything to do for a Service in a family; headless and ExternalName Services have no cluster IP.
pub fn has_family(service: &Service, family: IpFamily) -> bool {
    service.cluster_ips.iter().any(|&ip| IpFamily::of(ip) == family)
}

/// The label of a Service or EndpointSlice for which kube-proxy does not look at it: another proxy is to, or nobody
/// (`cmd/kube-proxy/app/server.go`, the selector of its informers).
pub fn left_alone(labels: &Labels) -> Option<&'static str> {
    ["service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"].into_iter().find(|label| labels.contains_key(*label))
}
