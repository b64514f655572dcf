//! Routes of the Gateway API: HTTPRoute, GRPCRoute, TLSRoute, TCPRoute and UDPRoute in one shape.
//!
//! A gRPC method is the path of an HTTP request, so a GRPCRoute's matches are HTTP matches here; the routes of the lower
//! layers have rules without matches or filters.

use super::{Meta, ObjectReference};

/// A route of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub meta: Meta,
    pub kind: RouteKind,
    pub parents: Vec<ParentRef>,
    /// Lower case; empty takes every host of the listener.
    pub hostnames: Vec<String>,
    pub rules: Vec<RouteRule>,
}

/// The kinds of route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    Http,
    Grpc,
    Tls,
    Tcp,
    Udp,
}

impl RouteKind {
    pub const ALL: [Self; 5] = [Self::Http, Self::Grpc, Self::Tls, Self::Tcp, Self::Udp];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTPRoute",
            Self::Grpc => "GRPCRoute",
            Self::Tls => "TLSRoute",
            Self::Tcp => "TCPRoute",
            Self::Udp => "UDPRoute",
        }
    }
}

/// What a route wants to be attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentRef {
    pub target: ObjectReference,
    /// A listener's name.
    pub section: Option<String>,
    pub port: Option<u16>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRule {
    pub name: Option<String>,
    /// Any of them; never empty: what is not written matches everything.
    pub matches: Vec<RouteMatch>,
    pub filters: Vec<Filter>,
    pub backends: Vec<BackendRef>,
    pub timeouts: Timeouts,
}

/// Conditions that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteMatch {
    pub path: PathMatch,
    pub headers: Vec<ValueMatch>,
    pub query: Vec<ValueMatch>,
    pub method: Option<String>,
}

/// A condition on the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathMatch {
    Exact(String),
    Prefix(String),
    Regex(String),
    /// A gRPC method of whatever service.
    GrpcMethod(String),
}

/// A condition on a header or a query parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueMatch {
    pub name: String,
    pub value: String,
    pub regex: bool,
}

/// What happens to a request or its answer on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    RequestHeaders(HeaderChange),
    ResponseHeaders(HeaderChange),
    Mirror {
        backend: BackendTarget,
        share: Fraction,
    },
    Redirect(Redirect),
    Rewrite {
        hostname: Option<String>,
        path: Option<PathChange>,
    },
    Cors(Cors),
    /// A filter of some implementation's own, which is not known here.
    Extension {
        kind: String,
        name: String,
    },
}

/// Headers that are set, added and removed, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderChange {
    pub set: Vec<(String, String)>,
    pub add: Vec<(String, String)>,
    pub remove: Vec<String>,
}

/// A share of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    pub numerator: u32,
    /// Never zero.
    pub denominator: u32,
}

/// Where a redirect points; what is absent stays as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    pub scheme: Option<String>,
    pub hostname: Option<String>,
    pub path: Option<PathChange>,
    pub port: Option<u16>,
    pub status: u16,
}

/// How a path is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathChange {
    Full(String),
    /// The matched prefix only.
    Prefix(String),
}

/// Who may ask from another origin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cors {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub credentials: bool,
    /// Seconds.
    pub max_age: u32,
}

/// A backend with its weight and its own filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendRef {
    pub target: BackendTarget,
    pub weight: u32,
    pub filters: Vec<Filter>,
}

/// A reference to a backend; a Service needs the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendTarget {
    pub reference: ObjectReference,
    pub port: Option<u16>,
}

/// How long a rule waits, in microseconds; absent is as long as it takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    pub request_us: Option<u64>,
    pub backend_us: Option<u64>,
}
