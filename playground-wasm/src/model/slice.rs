//! EndpointSlices, given by a manifest or made by the controller.

use std::net::IpAddr;

use super::{Meta, Protocol};

/// Some endpoints of a Service that have the same ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSlice {
    pub meta: Meta,
    /// `kubernetes.io/service-name`; absent leaves the slice to nobody.
    pub service: Option<String>,
    pub ports: Vec<EndpointPort>,
    pub endpoints: Vec<Endpoint>,
    /// Of a slice of names (`addressType: FQDN`) those that are ready, each with its hostname: DNS makes aliases of them, kube-proxy
    /// nothing.
    pub names: Vec<(String, Option<String>)>,
}

/// A port that all endpoints of a slice have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointPort {
    /// Empty for the only port.
    pub name: String,
    /// Absent means every port.
    pub port: Option<u16>,
    pub protocol: Protocol,
}

/// One endpoint; the addresses are fungible and consumers take the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub addresses: Vec<IpAddr>,
    /// An absent condition counts as ready, as serving and as not terminating.
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
    pub hostname: Option<String>,
    pub node: Option<String>,
    pub zone: Option<String>,
    /// Name of the pod in the slice's namespace.
    pub pod: Option<String>,
    /// `hints.forZones`; absent without hints.
    pub zone_hints: Option<Vec<String>>,
    /// `hints.forNodes`; absent without hints.
    pub node_hints: Option<Vec<String>>,
}
