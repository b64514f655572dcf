//! Ingresses and their classes (`networking.k8s.io/v1`).

use super::{Meta, PortRef};

/// An Ingress: which hosts and paths lead to which Services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingress {
    pub meta: Meta,
    /// `spec.ingressClassName`; the annotation that it replaced is in `meta`.
    pub class_name: Option<String>,
    /// For requests that no rule takes.
    pub default_backend: Option<IngressBackend>,
    pub tls: Vec<IngressTls>,
    pub rules: Vec<IngressRule>,
}

/// The paths of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressRule {
    /// Lower case, `*.example.com` with its star; empty takes every host.
    pub host: String,
    /// Empty sends the host's requests to the default backend.
    pub paths: Vec<IngressPath>,
}

/// One path and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressPath {
    /// Begins with a slash.
    pub path: String,
    pub path_type: PathType,
    pub backend: IngressBackend,
}

/// How a path is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathType {
    Exact,
    Prefix,
    /// Left to the controller.
    ImplementationSpecific,
}

/// Where an Ingress sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngressBackend {
    /// A Service of the Ingress's own namespace, by one of its ports.
    Service { name: String, port: PortRef },
    /// An object of another kind, which a generic controller does not know.
    Resource { kind: String, name: String },
}

/// A certificate and the hosts it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressTls {
    /// Lower case; empty is every host of the Ingress.
    pub hosts: Vec<String>,
    /// Absent leaves the certificate to the controller.
    pub secret: Option<String>,
}

/// An IngressClass: a name for a controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressClass {
    pub meta: Meta,
    pub controller: String,
}
