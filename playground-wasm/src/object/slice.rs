//! EndpointSlices and the older Endpoints: the API's to the model's (`pkg/apis/discovery/validation`).

use std::net::IpAddr;

use super::api::core;
use super::api::discovery as api;
use super::error::{Errors, field};
use super::names::port_number;
use super::pod::protocol;
use crate::model::{Endpoint, EndpointPort, EndpointSlice, Meta};
use crate::text::Step;

/// Converts an EndpointSlice.
pub fn convert(slice: api::EndpointSlice, meta: Meta, errors: &mut Errors) -> EndpointSlice {
    match slice.address_type.as_str() {
        "IPv4" | "IPv6" | "FQDN" => {}
        "" => errors.required(field!["addressType"], ""),
        other => errors.unsupported(field!["addressType"], other, &["FQDN", "IPv4", "IPv6"]),
    }
    let ipv4 = slice.address_type != "IPv6";
    let ports = slice.ports.unwrap_or_default();
    let ports = ports.into_iter().enumerate().filter_map(|(index, port)| endpoint_port(port, index, errors)).collect();
    let mut endpoints = Vec::new();
    for (index, endpoint) in slice.endpoints.unwrap_or_default().into_iter().enumerate() {
        if endpoint.addresses.is_empty() {
            errors.required(field!["endpoints", index, "addresses"], "must contain at least 1 address");
        }
        if slice.address_type == "FQDN" {
            continue;
        }
        let mut addresses = Vec::new();
        for (nth, text) in endpoint.addresses.iter().enumerate() {
            match text.parse::<IpAddr>() {
                Ok(address) if address.is_ipv4() == ipv4 => addresses.push(address),
                _ => {
                    let family = if ipv4 { "IPv4" } else { "IPv6" };
                    errors.invalid(field!["endpoints", index, "addresses", nth], text, format!("must be a valid {family} address"));
                }
            }
        }
        let conditions = endpoint.conditions.unwrap_or_default();
        let ready = conditions.ready.unwrap_or(true);
        let hints = endpoint.hints.unwrap_or_default();
        endpoints.push(Endpoint {
            addresses,
            ready,
            serving: conditions.serving.unwrap_or(true),
            terminating: conditions.terminating.unwrap_or(false),
            hostname: endpoint.hostname.filter(|name| !name.is_empty()),
            node: endpoint.node_name,
            zone: endpoint.zone,
            pod: endpoint.target_ref.filter(|target| target.kind.as_deref() == Some("Pod")).and_then(|target| target.name),
            zone_hints: hints.for_zones.filter(|zones| !zones.is_empty()).map(|zones| zones.into_iter().map(|zone| zone.name).collect()),
            node_hints: hints.for_nodes.filter(|nodes| !nodes.is_empty()).map(|nodes| nodes.into_iter().map(|node| node.name).collect()),
        });
    }
    EndpointSlice { service: meta.labels.get("kubernetes.io/service-name").cloned(), meta, ports, endpoints }
}

fn endpoint_port(port: api::EndpointPort, index: usize, errors: &mut Errors) -> Option<EndpointPort> {
    let at = |field: &'static str| -> Vec<Step> { field!["ports", index, field] };
    Some(EndpointPort {
        name: port.name.unwrap_or_default(),
        port: match port.port {
            Some(number) => Some(port_number(number, at("port"), errors)?),
            None => None,
        },
        protocol: protocol(port.protocol.as_deref(), at("protocol"), errors),
    })
}

/// The label of a slice that says who made it.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The controller that mirrors Endpoints.
pub const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";

/// The slices that the mirroring controller makes of Endpoints, one for each subset and address family
/// (`pkg/controller/endpointslicemirroring`); none of those that ask to be left alone.
///
/// That it makes them for a Service without selector only is for the cluster to see to.
pub fn mirror(endpoints: core::Endpoints, meta: &Meta, errors: &mut Errors) -> Vec<EndpointSlice> {
    let mut slices = Vec::new();
    let skipped = meta.labels.get("endpointslice.kubernetes.io/skip-mirror").is_some_and(|value| value == "true")
        || meta.annotations.contains_key("control-plane.alpha.kubernetes.io/leader");
    let mut meta = meta.clone();
    meta.labels.insert(MANAGED_BY.into(), MIRRORING.into());
    meta.labels.insert("kubernetes.io/service-name".into(), meta.name.clone());
    for (index, subset) in endpoints.subsets.unwrap_or_default().into_iter().enumerate() {
        let ports: Vec<EndpointPort> = subset
            .ports
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .filter_map(|(nth, port)| {
                Some(EndpointPort {
                    name: port.name.unwrap_or_default(),
                    port: Some(port_number(port.port, field!["subsets", index, "ports", nth, "port"], errors)?),
                    protocol: protocol(port.protocol.as_deref(), field!["subsets", index, "ports", nth, "protocol"], errors),
                })
            })
            .collect();
        let ready = subset.addresses.unwrap_or_default().into_iter().map(|address| (address, true));
        let waiting = subset.not_ready_addresses.unwrap_or_default().into_iter().map(|address| (address, false));
        let mut by_family = [Vec::new(), Vec::new()];
        for (nth, (address, ready)) in ready.chain(waiting).enumerate() {
            let Ok(ip) = address.ip.parse::<IpAddr>() else {
                errors.invalid(
                    field!["subsets", index, "addresses", nth, "ip"],
                    &address.ip,
                    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                );
                continue;
            };
            by_family[usize::from(ip.is_ipv6())].push(Endpoint {
                addresses: vec![ip],
                ready,
                serving: ready,
                terminating: false,
                hostname: address.hostname.filter(|name| !name.is_empty()),
                node: address.node_name,
                zone: None,
                pod: address.target_ref.filter(|target| target.kind.as_deref() == Some("Pod")).and_then(|target| target.name),
                zone_hints: None,
                node_hints: None,
            });
        }
        for endpoints in by_family {
            if !endpoints.is_empty() {
                slices.push(EndpointSlice { meta: meta.clone(), service: Some(meta.name.clone()), ports: ports.clone(), endpoints });
            }
        }
    }
    if skipped {
        slices.clear();
    }
    slices
}
