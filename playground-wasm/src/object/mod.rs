//! From a document's tree to typed objects, judged as the API server would judge them.
//!
//! `kinds` says which kinds there are, `fields.txt` what fields their types have, `api` which of them are read; the other modules convert one kind each from its type in `api` to the model,
//! and collect what the API server would say. An object with an error is not accepted and takes no part in the cluster.

mod api;
mod cidr;
mod convert;
pub mod error;
pub mod gateway;
pub mod ingress;
pub mod kinds;
mod names;
mod node;
mod pod;
mod policy;
mod route;
mod selector;
mod service;
mod slice;
mod validate;
mod volume;
mod workload;

use std::rc::Rc;

pub use convert::{convert, update_problems};
pub use service::type_name;
pub use slice::{MANAGED_BY, MIRRORING};

use crate::cluster::ObjectId;
use crate::model::{
    ClaimedStatus, EndpointSlice, Gateway, GatewayClass, Ingress, IngressClass, Labels, ListenerSet, Meta, NetworkPolicy, NodeSpec,
    ReferenceGrant, Route, Service, Workload,
};
use crate::schema::Schema;
use crate::text::{Node, Span, Step};

/// The fields of the API's types, written from k8s-openapi's schemas by a test of the `tests` crate.
pub const API: Schema = Schema(include_str!("fields.txt"));

/// One object of a document, accepted or not.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub id: ObjectId,
    pub root: Rc<Node>,
    /// Absent where the API server would reject it.
    pub body: Option<Body>,
    pub problems: Vec<Problem>,
}

impl Manifest {
    /// Rejects the object for a field that it has twice, as strict decoding does (`duplicate field "spec.ports"`).
    pub fn refuse_twice(&mut self, key: &str, span: Span) {
        let mut path = self.root.way_to(span);
        path.push(Step::from(key.to_owned()));
        let message = format!("strict decoding error: duplicate field {:?}", crate::text::path_string(&path));
        let api = Some(("duplicate field".to_owned(), String::new()));
        self.body = None;
        self.problems.push(Problem {
            code: DUPLICATE,
            severity: crate::dto::Severity::Error,
            message,
            help: String::new(),
            path,
            span,
            fix: None,
            api,
        });
    }
}

/// The code of a field that stands twice; the reader of the text has told of it already.
pub const DUPLICATE: &str = "duplicate-field";

/// The content of an accepted object.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Namespace(Meta),
    Node(Rc<NodeSpec>),
    Workload(Rc<Workload>, Rc<ClaimedStatus>),
    Service(Rc<Service>),
    /// One for an EndpointSlice, several for Endpoints.
    Slices(Vec<Rc<EndpointSlice>>),
    Data {
        secret: bool,
        meta: Meta,
        data: Labels,
        /// A Secret's type; empty for a ConfigMap.
        data_type: String,
    },
    Policy(Rc<NetworkPolicy>),
    Ingress(Rc<Ingress>),
    IngressClass(Rc<IngressClass>),
    GatewayClass(Rc<GatewayClass>),
    Gateway(Rc<Gateway>),
    ListenerSet(Rc<ListenerSet>),
    Route(Rc<Route>),
    ReferenceGrant(Rc<ReferenceGrant>),
    /// A kind that does not change how packets travel; its namespace still counts.
    Accepted,
}

/// Something to say about an object, at its place in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub severity: crate::dto::Severity,
    pub message: String,
    pub help: String,
    pub path: Vec<Step>,
    pub span: Span,
    /// Replacement text for `span`, with the label of the button that applies it.
    pub fix: Option<(String, String)>,
    /// The API server's own words for `validate`: reason and detail.
    pub api: Option<(String, String)>,
}
