//! A request's answer, and the hops that led to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LineRef;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// HTTP came back, with whatever status.
    Response,
    /// A TCP, UDP or SCTP peer was reached.
    Connected,
    /// Turned back at once: nobody listens, or the node's rules reject.
    Refused,
    /// Nothing came back.
    Timeout,
    /// Cut off after it was established.
    Reset,
    /// The name does not exist.
    DnsNxdomain,
    /// The name server did not answer.
    DnsTimeout,
    TlsError,
    /// No route to that address, or the sender has no network yet.
    Unroutable,
}

/// The answer to a `request` query: how it ended and every hop on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RequestAnswer {
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub response_headers: BTreeMap<String, String>,
    /// What the answer holds, where that is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend_request: Option<BackendRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The certificate that an ingress controller or a gateway showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsShown>,
    /// With `count` over 1: how many of the requests each `namespace/pod` got.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub distribution: BTreeMap<String, u32>,
    /// With `courses`: every course that one of the requests took, told in full, in the order in which they were first taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courses: Vec<RequestAnswer>,
    /// With `courses`: which of them each of the requests took, in their order. One that is not told here any more, for there are
    /// too many, is told as the `nth`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<u32>,
    /// A finding code, where it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The verdict in a line: `200 OK from web-7c9f-9qlmd`, `Timed out at NetworkPolicy db-allow`.
    pub headline: String,
    /// What else is worth saying about it; may be empty.
    pub detail: String,
    /// Whether everything that was asked for worked, downstream calls included.
    pub ok: bool,
    /// Virtual microseconds from the first hop to the last.
    pub duration_us: u64,
    pub hops: Vec<Hop>,
}

/// What a client saw of TLS at the edge; it goes on whatever it sees, and says whether a real one would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TlsShown {
    /// The name that it asked for.
    pub server_name: String,
    /// The names that the certificate is for; empty for a controller's own.
    pub names: Vec<String>,
    /// Whether the certificate is for the name that was asked for.
    pub matches: bool,
    /// Whether the controller showed its own certificate, for want of a right one.
    pub fallback: bool,
}

/// The container that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Backend {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub port: u16,
    /// Name of the Service it was reached through; absent where none was.
    pub service: Option<String>,
}

/// The HTTP request as the last backend received it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BackendRequest {
    pub method: String,
    pub host: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
}

/// What kind of stop a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HopKind {
    /// Somebody starts a request: the outside, or a container that makes a downstream call.
    Client,
    /// A name is looked up.
    Dns,
    /// A node takes the packet in: a load balancer handed it over, or it came to a node port.
    Node,
    /// A Service's rules decide: the address is translated, or the packet is rejected or dropped.
    Service,
    /// A NetworkPolicy decides.
    Policy,
    /// A container's listener accepts and answers, or nobody listens there.
    Container,
    /// An ingress controller or a gateway decides by its rules where a request goes on.
    Route,
    /// Something outside the cluster is reached.
    Outside,
}

/// One stop of a request: who decided, what came in, by which rule, and what went out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Hop {
    /// Position in the list, from 0.
    pub index: u32,
    /// 0 for the request that was asked for, one more for each downstream call around this hop.
    pub depth: u32,
    /// Index of the `client` hop that started the exchange this hop belongs to; its own index for a `client` hop.
    pub exchange: u32,
    pub kind: HopKind,
    /// Object id of who decided here: a pod, a Service, a node, a policy, the outside.
    pub actor: String,
    /// What a person calls it: `Service web`, `outside`, `web-7c9f-9qlmd`.
    pub title: String,
    /// What came in: `TCP 10.244.3.4 → 10.96.41.8:80`.
    pub came_in: String,
    /// The rule that matched, as a sentence without the full stop.
    pub rule: String,
    /// What went out: `10.96.41.8:80 → 10.244.1.5:8080`; empty where it ended here.
    pub went_out: String,
    /// The manifest lines the rule comes from, the deciding one first.
    pub lines: Vec<LineRef>,
    /// Virtual microseconds since the request began.
    pub at_us: u64,
    /// Object id of the Service whose line the packet travels on when it leaves here: the one that was asked for, until another
    /// translates the address.
    pub service: Option<String>,
    /// Set on the hop at which an exchange ended, with how.
    pub end: Option<Outcome>,
    /// HTTP status, where `end` is `response`.
    pub status: Option<u16>,
}
