//! Gateways, their classes and listeners (`gateway.networking.k8s.io/v1`).

use std::net::IpAddr;

use super::{LabelSelector, Labels, Meta, RouteKind};

/// A GatewayClass: a name for a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayClass {
    pub meta: Meta,
    pub controller: String,
}

/// A Gateway: addresses where listeners wait for traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    pub meta: Meta,
    pub class_name: String,
    pub listeners: Vec<GatewayListener>,
    /// The IP address that is asked for; absent leaves it to the cluster.
    pub address: Option<IpAddr>,
    /// Which namespaces' ListenerSets may add listeners.
    pub allowed_listeners: NamespacesFrom,
    /// Put on everything that is made for the Gateway.
    pub infrastructure_labels: Labels,
    pub infrastructure_annotations: Labels,
}

/// A ListenerSet: listeners that another namespace adds to a Gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerSet {
    pub meta: Meta,
    pub gateway_namespace: String,
    pub gateway_name: String,
    pub listeners: Vec<GatewayListener>,
}

/// One listener of a Gateway or a ListenerSet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayListener {
    pub name: String,
    /// Lower case; absent takes every host.
    pub hostname: Option<String>,
    pub port: u16,
    pub protocol: ListenerProtocol,
    /// Absent where the listener has no `tls`.
    pub tls: Option<ListenerTls>,
    pub route_namespaces: NamespacesFrom,
    /// As written; empty leaves it to the protocol.
    pub route_kinds: Vec<GroupKind>,
}

/// What a listener speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerProtocol {
    Http,
    Https,
    Tls,
    Tcp,
    Udp,
    /// A protocol of some implementation's own.
    Other(String),
}

/// `tls` of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerTls {
    /// The encrypted stream goes on as it is; otherwise it ends here.
    pub passthrough: bool,
    pub certificates: Vec<ObjectReference>,
}

/// A reference to an object by group, kind, namespace and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectReference {
    /// Empty is the core group.
    pub group: String,
    pub kind: String,
    /// Absent is the referring object's own.
    pub namespace: Option<String>,
    pub name: String,
}

/// A kind in its API group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupKind {
    pub group: String,
    pub kind: String,
}

/// Which namespaces something is accepted from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamespacesFrom {
    All,
    Same,
    Selector(LabelSelector),
    None,
}

/// A ReferenceGrant: what other namespaces may refer to in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceGrant {
    pub meta: Meta,
    pub from: Vec<GrantFrom>,
    pub to: Vec<GrantTo>,
}

/// Who may refer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFrom {
    pub group: String,
    pub kind: String,
    pub namespace: String,
}

/// To what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTo {
    pub group: String,
    pub kind: String,
    /// Absent is every object of the kind.
    pub name: Option<String>,
}

impl ListenerProtocol {
    pub fn from_name(name: &str) -> Self {
        match name {
            "HTTP" => Self::Http,
            "HTTPS" => Self::Https,
            "TLS" => Self::Tls,
            "TCP" => Self::Tcp,
            "UDP" => Self::Udp,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Other(name) => name,
        }
    }

    /// The kinds of route that such a listener serves.
    pub fn route_kinds(&self) -> &'static [RouteKind] {
        match self {
            Self::Http | Self::Https => &[RouteKind::Http, RouteKind::Grpc],
            Self::Tls => &[RouteKind::Tls],
            Self::Tcp => &[RouteKind::Tcp],
            Self::Udp => &[RouteKind::Udp],
            Self::Other(_) => &[],
        }
    }
}
