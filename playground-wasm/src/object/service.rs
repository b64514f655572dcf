//! Services: the API's to the model's, with the defaults of `pkg/apis/core/v1`.

use std::net::IpAddr;

use super::api::core as api;
use super::cidr::cidr;
use super::pod::{port_ref, protocol};
use crate::model::{
    ClusterIps, IpFamily, LoadBalancerIngress, Meta, PortRef, Service, ServicePort, ServiceType, TrafficDistribution, TrafficPolicy,
};
use crate::schema::IntOrString;

/// Three hours, the default of `sessionAffinityConfig.clientIP.timeoutSeconds`.
const AFFINITY_SECONDS: u32 = 10_800;

/// Converts a Service.
pub fn convert(service: api::Service, meta: Meta) -> Service {
    let spec = service.spec.unwrap_or_default();
    let balancer = service.status.and_then(|status| status.load_balancer);
    Service {
        service_type: service_type(spec.type_.as_deref(), spec.external_name.as_deref()),
        selector: spec.selector.filter(|selector| !selector.is_empty()),
        cluster_ips: cluster_ips(spec.cluster_ip, spec.cluster_ips),
        ports: spec.ports.unwrap_or_default().into_iter().filter_map(port).collect(),
        session_affinity: session_affinity(spec.session_affinity.as_deref(), spec.session_affinity_config),
        external_ips: parsed(&spec.external_ips.unwrap_or_default()),
        external_traffic_policy: traffic_policy(spec.external_traffic_policy.as_deref()),
        internal_traffic_policy: traffic_policy(spec.internal_traffic_policy.as_deref()),
        load_balancer_class: spec.load_balancer_class,
        load_balancer_ip: spec.load_balancer_ip.and_then(|ip| ip.parse().ok()),
        // They may be padded with spaces, as they could be when an annotation held them.
        load_balancer_source_ranges: spec.load_balancer_source_ranges.iter().flatten().filter_map(|range| cidr(range.trim())).collect(),
        load_balancer_status: balancer.and_then(|balancer| balancer.ingress).map(ingress_status),
        allocate_node_ports: spec.allocate_load_balancer_node_ports.unwrap_or(true),
        health_check_node_port: spec.health_check_node_port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port > 0),
        publish_not_ready_addresses: spec.publish_not_ready_addresses.unwrap_or(false),
        traffic_distribution: match spec.traffic_distribution.as_deref() {
            Some("PreferClose" | "PreferSameZone") => Some(TrafficDistribution::PreferSameZone),
            Some("PreferSameNode") => Some(TrafficDistribution::PreferSameNode),
            _ => None,
        },
        ip_families: spec.ip_families.iter().flatten().map(|name| if name == "IPv6" { IpFamily::V6 } else { IpFamily::V4 }).collect(),
        dual_stack: matches!(spec.ip_family_policy.as_deref(), Some("PreferDualStack" | "RequireDualStack")),
        meta,
    }
}

fn service_type(name: Option<&str>, external_name: Option<&str>) -> ServiceType {
    match name {
        Some("NodePort") => ServiceType::NodePort,
        Some("LoadBalancer") => ServiceType::LoadBalancer,
        Some("ExternalName") => ServiceType::ExternalName(external_name.unwrap_or_default().trim_end_matches('.').to_owned()),
        _ => ServiceType::ClusterIp,
    }
}

fn cluster_ips(single: Option<String>, list: Option<Vec<String>>) -> ClusterIps {
    let list = list.filter(|list| !list.is_empty()).unwrap_or_else(|| single.into_iter().filter(|ip| !ip.is_empty()).collect());
    if list.iter().any(|ip| ip == "None") {
        return ClusterIps::Headless;
    }
    let addresses = parsed(&list);
    if addresses.is_empty() { ClusterIps::Auto } else { ClusterIps::Fixed(addresses) }
}

fn parsed(addresses: &[String]) -> Vec<IpAddr> {
    addresses.iter().filter_map(|text| text.parse().ok()).collect()
}

/// What the API calls a type.
pub fn type_name(service_type: &ServiceType) -> &'static str {
    match service_type {
        ServiceType::ClusterIp => "ClusterIP",
        ServiceType::NodePort => "NodePort",
        ServiceType::LoadBalancer => "LoadBalancer",
        ServiceType::ExternalName(_) => "ExternalName",
    }
}

fn port(port: api::ServicePort) -> Option<ServicePort> {
    let number = u16::try_from(port.port).ok()?;
    Some(ServicePort {
        name: port.name.unwrap_or_default(),
        port: number,
        protocol: protocol(port.protocol.as_deref()),
        // Zero and the empty name mean the Service's own port.
        target: match port.target_port {
            None | Some(IntOrString::Int(0)) => PortRef::Number(number),
            Some(IntOrString::String(name)) if name.is_empty() => PortRef::Number(number),
            Some(target) => port_ref(target)?,
        },
        node_port: port.node_port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0),
        app_protocol: port.app_protocol,
    })
}

fn traffic_policy(name: Option<&str>) -> TrafficPolicy {
    if name == Some("Local") { TrafficPolicy::Local } else { TrafficPolicy::Cluster }
}

fn session_affinity(name: Option<&str>, config: Option<api::SessionAffinityConfig>) -> Option<u32> {
    let seconds = config.and_then(|config| config.client_ip).and_then(|client| client.timeout_seconds);
    (name == Some("ClientIP")).then(|| seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(AFFINITY_SECONDS))
}

fn ingress_status(ingress: Vec<api::LoadBalancerIngress>) -> Vec<LoadBalancerIngress> {
    ingress
        .into_iter()
        .map(|entry| LoadBalancerIngress {
            ip: entry.ip.and_then(|ip| ip.parse().ok()),
            hostname: entry.hostname,
            proxy_mode: entry.ip_mode.as_deref() == Some("Proxy"),
        })
        .collect()
}
