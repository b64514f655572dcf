//! EndpointSlices and the older Endpoints: the API's to the model's (`pkg/apis/discovery/validation`).

use std::net::IpAddr;

use super::api::core;
use super::api::discovery as api;
use super::pod::protocol;
use crate::model::{Endpoint, EndpointPort, EndpointSlice, Meta};

/// Converts an EndpointSlice.
pub fn convert(slice: api::EndpointSlice, meta: Meta) -> EndpointSlice {
    let ports = slice.ports.unwrap_or_default().into_iter().map(endpoint_port).collect();
    let (mut endpoints, mut names) = (Vec::new(), Vec::new());
    for endpoint in slice.endpoints.unwrap_or_default() {
        if slice.address_type == "FQDN" {
            if endpoint.conditions.unwrap_or_default().ready.unwrap_or(true) {
                names.extend(endpoint.addresses.into_iter().map(|name| (name, endpoint.hostname.clone())));
            }
            continue;
        }
        let addresses = endpoint.addresses.iter().filter_map(|text| text.parse().ok()).collect();
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
    EndpointSlice { service: meta.labels.get("kubernetes.io/service-name").cloned(), meta, ports, endpoints, names }
}

fn endpoint_port(port: api::EndpointPort) -> EndpointPort {
    EndpointPort {
        name: port.name.unwrap_or_default(),
        port: port.port.and_then(|port| u16::try_from(port).ok()),
        protocol: protocol(port.protocol.as_deref()),
    }
}

/// The label of a slice that says who made it.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The controller that mirrors Endpoints.
pub const MIRRORING: &str = "endpointslicemirroring-controller.k8s.io";

/// The slices that the mirroring controller makes of Endpoints, one for each subset and address family
/// (`pkg/controller/endpointslicemirroring`); none of those that ask to be left alone.
///
/// That it makes them for a Service without selector only is for the cluster to see to.
pub fn mirror(endpoints: core::Endpoints, meta: &Meta) -> Vec<EndpointSlice> {
    let mut slices = Vec::new();
    let skipped = meta.labels.get("endpointslice.kubernetes.io/skip-mirror").is_some_and(|value| value == "true")
        || meta.annotations.contains_key("control-plane.alpha.kubernetes.io/leader");
    let mut meta = meta.clone();
    meta.labels.insert(MANAGED_BY.into(), MIRRORING.into());
    meta.labels.insert("kubernetes.io/service-name".into(), meta.name.clone());
    for subset in endpoints.subsets.unwrap_or_default() {
        let ports = subset.ports.unwrap_or_default().into_iter();
        let ports: Vec<EndpointPort> = ports
            .map(|port| EndpointPort {
                name: port.name.unwrap_or_default(),
                port: u16::try_from(port.port).ok(),
                protocol: protocol(port.protocol.as_deref()),
            })
            .collect();
        let ready = subset.addresses.unwrap_or_default().into_iter().map(|address| (address, true));
        let waiting = subset.not_ready_addresses.unwrap_or_default().into_iter().map(|address| (address, false));
        let mut by_family = [Vec::new(), Vec::new()];
        for (address, ready) in ready.chain(waiting) {
            let Ok(ip) = address.ip.parse::<IpAddr>() else { continue };
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
                slices.push(EndpointSlice {
                    meta: meta.clone(),
                    service: Some(meta.name.clone()),
                    ports: ports.clone(),
                    endpoints,
                    names: Vec::new(),
                });
            }
        }
    }
    if skipped {
        slices.clear();
    }
    slices
}
