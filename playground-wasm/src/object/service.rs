//! Services: the API's to the model's (`pkg/apis/core/validation`, `ValidateService`; defaults of `pkg/apis/core/v1`).

use std::net::IpAddr;

use super::api::core as api;
use super::cidr::cidr;
use super::error::{Errors, field};
use super::names::{NameForm, check_labels, name_problem, port_name_problem, port_number};
use super::pod::{port_ref, protocol};
use crate::model::{
    ClusterIps, IpFamily, LoadBalancerIngress, Meta, PortRef, Service, ServicePort, ServiceType, TrafficDistribution, TrafficPolicy,
};
use crate::schema::IntOrString;
use crate::text::Step;

const IP_FORM: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/// Three hours, the default of `sessionAffinityConfig.clientIP.timeoutSeconds`.
const AFFINITY_SECONDS: u32 = 10_800;

/// Converts a Service.
pub fn convert(service: api::Service, meta: Meta, errors: &mut Errors) -> Service {
    let spec = service.spec.unwrap_or_default();
    let service_type = service_type(spec.type_.as_deref(), spec.external_name.as_deref(), errors);
    let external_name = matches!(service_type, ServiceType::ExternalName(_));
    let cluster_ips = cluster_ips(spec.cluster_ip, spec.cluster_ips, &service_type, errors);
    let headless = cluster_ips == ClusterIps::Headless;
    let selector = spec.selector.filter(|selector| !selector.is_empty());
    if let Some(selector) = &selector {
        check_labels(selector, &["spec".into(), "selector".into()], errors);
    }
    let given_ports = spec.ports.unwrap_or_default();
    if given_ports.is_empty() && !headless && !external_name {
        errors.required(field!["spec", "ports"], "");
    }
    let ports = ports(given_ports, &service_type, errors);
    let external_traffic_policy = traffic_policy(spec.external_traffic_policy.as_deref(), "externalTrafficPolicy", errors);
    if spec.external_traffic_policy.is_some() && !service_type.is_external() && spec.external_ips.as_ref().is_none_or(Vec::is_empty) {
        errors.invalid(
            field!["spec", "externalTrafficPolicy"],
            spec.external_traffic_policy.as_deref().unwrap_or_default(),
            "may only be set for externally-accessible services",
        );
    }
    let session_affinity = session_affinity(spec.session_affinity.as_deref(), spec.session_affinity_config, errors);
    let trim = |addresses: Option<Vec<String>>, field: &'static str, errors: &mut Errors| addresses_of(addresses, field, errors);
    Service {
        external_ips: trim(spec.external_ips, "externalIPs", errors),
        external_traffic_policy,
        internal_traffic_policy: traffic_policy(spec.internal_traffic_policy.as_deref(), "internalTrafficPolicy", errors),
        load_balancer_class: spec.load_balancer_class,
        load_balancer_ip: spec.load_balancer_ip.and_then(|ip| ip.parse().ok()),
        load_balancer_source_ranges: source_ranges(spec.load_balancer_source_ranges, errors),
        load_balancer_status: service
            .status
            .and_then(|status| status.load_balancer)
            .and_then(|balancer| balancer.ingress)
            .map(ingress_status),
        allocate_node_ports: spec.allocate_load_balancer_node_ports.unwrap_or(true),
        health_check_node_port: spec.health_check_node_port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port > 0),
        publish_not_ready_addresses: spec.publish_not_ready_addresses.unwrap_or(false),
        traffic_distribution: match spec.traffic_distribution.as_deref() {
            None => None,
            Some("PreferClose" | "PreferSameZone") => Some(TrafficDistribution::PreferSameZone),
            Some("PreferSameNode") => Some(TrafficDistribution::PreferSameNode),
            Some(other) => {
                errors.unsupported(field!["spec", "trafficDistribution"], other, &["PreferClose", "PreferSameNode", "PreferSameZone"]);
                None
            }
        },
        ip_families: families(spec.ip_families, errors),
        dual_stack: dual_stack(spec.ip_family_policy.as_deref(), errors),
        meta,
        service_type,
        selector,
        cluster_ips,
        ports,
        session_affinity,
    }
}

fn service_type(name: Option<&str>, external_name: Option<&str>, errors: &mut Errors) -> ServiceType {
    match name {
        None | Some("ClusterIP") => ServiceType::ClusterIp,
        Some("NodePort") => ServiceType::NodePort,
        Some("LoadBalancer") => ServiceType::LoadBalancer,
        Some("ExternalName") => {
            let target = external_name.unwrap_or_default().trim_end_matches('.');
            if target.is_empty() {
                errors.required(field!["spec", "externalName"], "");
            } else if let Some(detail) = name_problem(NameForm::Subdomain, target) {
                errors.invalid(field!["spec", "externalName"], target, detail);
            }
            ServiceType::ExternalName(target.to_owned())
        }
        Some(other) => {
            errors.unsupported(field!["spec", "type"], other, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
            ServiceType::ClusterIp
        }
    }
}

fn cluster_ips(single: Option<String>, list: Option<Vec<String>>, service_type: &ServiceType, errors: &mut Errors) -> ClusterIps {
    let list = list.unwrap_or_default();
    let single = single.unwrap_or_default();
    if !single.is_empty() && list.first().is_some_and(|first| *first != single) {
        errors.invalid(field!["spec", "clusterIPs"], &list, "first value must match `clusterIP`");
    }
    let given: Vec<String> = if list.is_empty() { [single].into_iter().filter(|ip| !ip.is_empty()).collect() } else { list };
    if given.is_empty() {
        return ClusterIps::Auto;
    }
    if matches!(service_type, ServiceType::ExternalName(_)) {
        errors.forbidden(field!["spec", "clusterIPs"], "may not be set for service type ExternalName");
    }
    if given.iter().any(|ip| ip == "None") {
        if service_type.is_external() {
            errors.invalid(
                field!["spec", "clusterIPs", 0],
                "None",
                format!("may not be set to 'None' for {} services", type_name(service_type)),
            );
        }
        return ClusterIps::Headless;
    }
    let mut addresses = Vec::new();
    for (index, text) in given.iter().enumerate() {
        match text.parse::<IpAddr>() {
            Ok(address) => addresses.push(address),
            Err(_) => errors.invalid(field!["spec", "clusterIPs", index], text, IP_FORM),
        }
    }
    ClusterIps::Fixed(addresses)
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

fn ports(given: Vec<api::ServicePort>, service_type: &ServiceType, errors: &mut Errors) -> Vec<ServicePort> {
    let several = given.len() > 1;
    let mut ports: Vec<ServicePort> = Vec::new();
    for (index, port) in given.into_iter().enumerate() {
        let at = |field: &'static str| field!["spec", "ports", index, field];
        let name = port.name.unwrap_or_default();
        if name.is_empty() {
            if several {
                errors.required(at("name"), "");
            }
        } else if let Some(detail) = name_problem(NameForm::Label, &name) {
            errors.invalid(at("name"), &name, detail);
        } else if ports.iter().any(|earlier| earlier.name == name) {
            errors.duplicate(at("name"), &name);
        }
        let protocol = protocol(port.protocol.as_deref(), at("protocol"), errors);
        let Some(number) = port_number(port.port, at("port"), errors) else { continue };
        if ports.iter().any(|earlier| earlier.port == number && earlier.protocol == protocol) {
            errors.duplicate(field!["spec", "ports", index], format!("{number}/{protocol}"));
        }
        let target = match port.target_port {
            Some(target) => match target_port(target, at("targetPort"), errors) {
                Some(target) => target,
                None => continue,
            },
            None => PortRef::Number(number),
        };
        let node_port = port.node_port.filter(|&port| port != 0).and_then(|port| port_number(port, at("nodePort"), errors));
        if let Some(node_port) = node_port {
            check_node_port(node_port, protocol, &ports, service_type, at("nodePort"), errors);
        }
        ports.push(ServicePort { name, port: number, protocol, target, node_port, app_protocol: port.app_protocol });
    }
    ports
}

/// Zero and the empty name mean the Service's own port, as the API server defaults them.
fn target_port(target: IntOrString, path: Vec<Step>, errors: &mut Errors) -> Option<PortRef> {
    if let IntOrString::String(name) = &target
        && let Some(detail) = port_name_problem(name)
    {
        let number = name.parse::<u16>().is_ok();
        let hint = if number { " (a number must stand without quotes)" } else { "" };
        errors.invalid(path, name, format!("{detail}{hint}"));
        return None;
    }
    port_ref(target, path, errors)
}

fn check_node_port(
    node_port: u16,
    protocol: crate::model::Protocol,
    earlier: &[ServicePort],
    service_type: &ServiceType,
    path: Vec<Step>,
    errors: &mut Errors,
) {
    if !service_type.is_external() {
        errors.forbidden(path, "may not be used when `type` is 'ClusterIP'");
    } else if !(30_000..=32_767).contains(&node_port) {
        errors.invalid(path, node_port, "provided port is not in the valid range. The range of valid ports is 30000-32767");
    } else if earlier.iter().any(|port| port.node_port == Some(node_port) && port.protocol == protocol) {
        errors.duplicate(path, node_port);
    }
}

fn traffic_policy(name: Option<&str>, field: &'static str, errors: &mut Errors) -> TrafficPolicy {
    match name {
        None | Some("Cluster") => TrafficPolicy::Cluster,
        Some("Local") => TrafficPolicy::Local,
        Some(other) => {
            errors.unsupported(field!["spec", field], other, &["Cluster", "Local"]);
            TrafficPolicy::Cluster
        }
    }
}

fn session_affinity(name: Option<&str>, config: Option<api::SessionAffinityConfig>, errors: &mut Errors) -> Option<u32> {
    match name {
        None | Some("None") => None,
        Some("ClientIP") => {
            let seconds = config.and_then(|config| config.client_ip).and_then(|client| client.timeout_seconds);
            match seconds {
                None => Some(AFFINITY_SECONDS),
                Some(seconds @ 1..=86_400) => u32::try_from(seconds).ok(),
                Some(seconds) => {
                    let at = field!["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"];
                    errors.invalid(at, seconds, "must be between 1 and 86400 seconds, inclusive");
                    None
                }
            }
        }
        Some(other) => {
            errors.unsupported(field!["spec", "sessionAffinity"], other, &["ClientIP", "None"]);
            None
        }
    }
}

fn addresses_of(given: Option<Vec<String>>, field: &'static str, errors: &mut Errors) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for (index, text) in given.unwrap_or_default().iter().enumerate() {
        match text.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => errors.invalid(field!["spec", field, index], text, IP_FORM),
        }
    }
    addresses
}

/// The ranges may be padded with spaces, as they could be when an annotation held them.
fn source_ranges(given: Option<Vec<String>>, errors: &mut Errors) -> Vec<ipnet::IpNet> {
    let given = given.unwrap_or_default();
    let ranges = given.iter().enumerate();
    ranges.filter_map(|(index, text)| cidr(text.trim(), field!["spec", "loadBalancerSourceRanges", index], errors)).collect()
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

fn families(given: Option<Vec<String>>, errors: &mut Errors) -> Vec<IpFamily> {
    let mut families = Vec::new();
    for (index, name) in given.unwrap_or_default().iter().enumerate() {
        match name.as_str() {
            "IPv4" => families.push(IpFamily::V4),
            "IPv6" => families.push(IpFamily::V6),
            other => errors.unsupported(field!["spec", "ipFamilies", index], other, &["IPv4", "IPv6"]),
        }
    }
    families
}

fn dual_stack(policy: Option<&str>, errors: &mut Errors) -> bool {
    match policy {
        None | Some("SingleStack") => false,
        Some("PreferDualStack" | "RequireDualStack") => true,
        Some(other) => {
            errors.unsupported(field!["spec", "ipFamilyPolicy"], other, &["PreferDualStack", "RequireDualStack", "SingleStack"]);
            false
        }
    }
}
