//! Services.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Labels, Meta, PortRef, Protocol};

/// A Service after the API server's defaulting; what it would allocate is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub meta: Meta,
    pub service_type: ServiceType,
    /// Absent or empty: endpoints are made by somebody else.
    pub selector: Option<Labels>,
    pub cluster_ips: ClusterIps,
    /// The families asked for, first the primary one; empty leaves them to the cluster.
    pub ip_families: Vec<IpFamily>,
    /// `PreferDualStack` or `RequireDualStack`.
    pub dual_stack: bool,
    pub ports: Vec<ServicePort>,
    pub external_ips: Vec<IpAddr>,
    pub external_traffic_policy: TrafficPolicy,
    pub internal_traffic_policy: TrafficPolicy,
    pub load_balancer_class: Option<String>,
    pub load_balancer_ip: Option<IpAddr>,
    /// Empty lets everybody in.
    pub load_balancer_source_ranges: Vec<IpNet>,
    /// `status.loadBalancer.ingress` as given; absent where the manifest has none.
    pub load_balancer_status: Option<Vec<LoadBalancerIngress>>,
    pub allocate_node_ports: bool,
    pub health_check_node_port: Option<u16>,
    pub publish_not_ready_addresses: bool,
    /// Seconds that one client stays with one endpoint; absent without session affinity.
    pub session_affinity: Option<u32>,
    pub traffic_distribution: Option<TrafficDistribution>,
}

/// One address that a load balancer answers on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancerIngress {
    pub ip: Option<IpAddr>,
    pub hostname: Option<String>,
    /// `ipMode: Proxy`: kube-proxy leaves packets to this address alone.
    pub proxy_mode: bool,
}

/// How far a Service is exposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceType {
    ClusterIp,
    NodePort,
    LoadBalancer,
    /// A DNS alias for this name.
    ExternalName(String),
}

impl ServiceType {
    /// Whether it has node ports and takes traffic from outside.
    pub fn is_external(&self) -> bool {
        matches!(self, Self::NodePort | Self::LoadBalancer)
    }
}

/// `spec.clusterIP(s)` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterIps {
    /// To be allocated.
    Auto,
    /// `None`: headless.
    Headless,
    Fixed(Vec<IpAddr>),
}

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpFamily {
    V4,
    V6,
}

impl IpFamily {
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// One port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Empty for the only port.
    pub name: String,
    pub port: u16,
    pub protocol: Protocol,
    /// Defaulted to `port`.
    pub target: PortRef,
    /// As written; absent where one is to be allocated or none is due.
    pub node_port: Option<u16>,
    pub app_protocol: Option<String>,
}

/// Which endpoints traffic may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficPolicy {
    Cluster,
    Local,
}

/// `spec.trafficDistribution`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficDistribution {
    /// Also written `PreferClose`.
    PreferSameZone,
    PreferSameNode,
}
