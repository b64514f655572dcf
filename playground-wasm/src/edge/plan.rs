//! What a proxy decides to do with a request, as values that `crate::request` carries out and `crate::trace` tells.

use super::backend::{BackendProblem, ServicePort};
use super::http::{Headers, HttpRequest};
use super::{cors, filter};
use crate::cluster::ObjectRef;
use crate::model::{Cors, HeaderChange};
use crate::text::Step;

/// A decision and what it rests on.
#[derive(Debug, Clone)]
pub struct Plan {
    pub by: Decider,
    pub action: Action,
}

/// What took the request.
#[derive(Debug, Clone)]
pub enum Decider {
    /// No rule did; the objects that a person would expect to, with what keeps them from it.
    Nothing {
        instead: Option<(ObjectRef, Vec<Step>)>,
    },
    Ingress {
        object: ObjectRef,
        field: Vec<Step>,
        backend_field: Vec<Step>,
    },
    Route {
        object: ObjectRef,
        rule: usize,
        number: usize,
        backend: Option<usize>,
        listener: (ObjectRef, usize),
    },
}

/// What is done with it.
#[derive(Debug, Clone)]
pub enum Action {
    /// The proxy answers by itself.
    Answer { status: u16, headers: Headers, cause: Cause },
    /// The proxy asks a backend, and passes on what it says.
    Forward(Box<Forward>),
    /// A connection that is not HTTP is closed.
    Close { cause: Cause },
}

/// Why a proxy answers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No rule takes the request, and nothing should.
    NoRule,
    /// No rule takes it, since the Ingress that would is of no class that a controller serves.
    NotServed,
    /// No rule takes it, since the route that would is not attached.
    NotAttached,
    /// The backend that was chosen does not resolve.
    Backend(BackendProblem),
    NoEndpoints(ServicePort),
    /// The rule names no backend, or none with a weight.
    NoBackends,
    /// A filter that nobody here knows.
    UnknownFilter,
    /// Another listener is for this host than the one that the server name chose.
    Misdirected,
    Redirect,
    Preflight,
    /// HTTP without TLS on a port that is for TLS.
    PlainHttp,
}

/// A request on its way to a backend.
#[derive(Debug, Clone)]
pub struct Forward {
    pub to: ServicePort,
    pub request: HttpRequest,
    /// How the proxy speaks to the backend.
    pub upstream: Upstream,
    /// What happens to the answer, in this order.
    pub responses: Vec<ResponseChange>,
    /// Backends that get a copy, whose answers nobody reads.
    pub mirrors: Vec<ServicePort>,
    pub timeout_us: Option<u64>,
}

/// How a proxy speaks to a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upstream {
    Http,
    Https,
    /// Whatever the client speaks, byte for byte.
    AsClient,
}

/// A change of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseChange {
    Headers(HeaderChange),
    Cors(Cors),
}

impl ResponseChange {
    /// Changes the headers of the answer to a request as the proxy got it.
    pub fn apply(&self, request: &HttpRequest, headers: &mut Headers) {
        match self {
            Self::Headers(change) => filter::change_headers(headers, change),
            Self::Cors(cors) => cors::answer(cors, request, headers),
        }
    }
}

impl Forward {
    /// A request that is passed on as it is.
    pub fn plain(to: ServicePort, request: HttpRequest, upstream: Upstream) -> Self {
        Self { to, request, upstream, responses: Vec::new(), mirrors: Vec::new(), timeout_us: None }
    }
}

impl Action {
    /// An answer without headers.
    pub fn answer(status: u16, cause: Cause) -> Self {
        Self::Answer { status, headers: Headers::default(), cause }
    }
}
