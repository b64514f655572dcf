//! What crosses the border to JavaScript, to the command line and to tests: plain data, nothing else.
//!
//! Every consumer (picture, trace list, problems, goals, `podhop simulate`) reads these types, so they cannot disagree.
//! Their TypeScript twins in `static/src/dto.ts` are generated from here (feature `ts`); names are snake case on both sides,
//! as the scenario contract writes them.
//!
//! An *object id* is `Kind/namespace/name`, or `Kind/name` where the kind has no namespace: `Service/shop/web`,
//! `Node/node-1`. `Outside/198.51.100.7` stands for an address outside the cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One file of the editor: its name and its whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SourceFile {
    pub name: String,
    pub text: String,
}

/// A stretch of a file: lines from 1, columns from 1 in UTF-16 code units (what an editor counts), the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextRange {
    /// Index of the file in the order they were loaded.
    pub file: u32,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// How bad a diagnostic is: `error` breaks something, `warning` will hurt, `note` says what is not modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// Something to tell the author of a manifest, with the place and, where there is one, the edit that mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable name: a finding code (`selector-matches-nothing`) or a reader's code (`yaml-syntax`).
    pub code: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: how to mend it; empty where the message says it already.
    pub help: String,
    /// Object id of the object a person must edit.
    pub object: Option<String>,
    /// Field path in Kubernetes' notation: `spec.ports[0].targetPort`.
    pub field: Option<String>,
    pub range: Option<TextRange>,
    pub fix: Option<Fix>,
}

/// A text edit that can be applied with one press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Fix {
    /// The label of the button: `Change to api`.
    pub title: String,
    pub edits: Vec<Edit>,
}

/// One replacement of a stretch of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Edit {
    pub range: TextRange,
    pub text: String,
}

/// Everything the page draws after a text was loaded: problems, picture, and what can be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct View {
    /// The Kubernetes version that is modelled, `1.37`.
    pub kubernetes: String,
    /// How many objects were accepted.
    pub objects: u32,
    /// Sorted by file, then position; those without a range last.
    pub diagnostics: Vec<Diagnostic>,
    pub picture: Picture,
    /// Who can send a request: outside first, then workloads and bare pods by name.
    pub peers: Vec<PeerOption>,
    /// Requests that make sense in this cluster, the most telling first; the first is the default of the request bar.
    pub suggestions: Vec<Suggestion>,
    /// Virtual time in milliseconds at which this was seen.
    pub now_ms: u64,
}

/// The cluster as it is to be drawn; the order in each list is stable while a person types.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Picture {
    pub nodes: Vec<NodeView>,
    pub services: Vec<ServiceView>,
    pub pods: Vec<PodView>,
    pub calls: Vec<CallView>,
    pub policies: Vec<PolicyView>,
}

/// A node, drawn as a district.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NodeView {
    /// Object id `Node/node-1`.
    pub id: String,
    pub name: String,
    pub address: String,
    pub pod_cidr: String,
    pub zone: Option<String>,
    pub range: Option<TextRange>,
}

/// A Service, drawn as a line with a roundel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ServiceView {
    /// Object id `Service/shop/web`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`, or `Headless` for a ClusterIP Service without address.
    pub service_type: String,
    /// One or two letters for the roundel, unique in this picture.
    pub mark: String,
    pub cluster_ips: Vec<String>,
    /// Addresses that answer from outside: of a load balancer, externalIPs.
    pub external_ips: Vec<String>,
    /// `80 → 8080/TCP` (`http 80 → http/TCP`), with `:30080` behind where there is a node port.
    pub ports: Vec<String>,
    /// Object ids of the pods behind it, ready or not, without duplicates.
    pub pods: Vec<String>,
    /// Distance from where requests enter: 0 for an entry, then one more for each call; what nobody calls and nothing enters is 0.
    pub rank: u32,
    /// Part of the cluster itself (kube-dns), not of the manifests.
    pub system: bool,
    pub range: Option<TextRange>,
}

/// A pod, drawn as a station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PodView {
    /// Object id `Pod/shop/web-7c9f-9qlmd`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    /// The workload's own name, `web`; for a bare pod the pod's name.
    pub app: String,
    /// What tells this pod from its siblings, `7c9f-9qlmd`; empty for a bare pod.
    pub suffix: String,
    /// Object id of the workload a person would edit: `Deployment/shop/web`; a bare pod's own id.
    pub workload: String,
    /// Object id of its node; absent while Pending.
    pub node: Option<String>,
    pub ip: Option<String>,
    /// What `kubectl get pods` says: `Running`, `Pending`, `CrashLoopBackOff`, `Completed`.
    pub status: String,
    pub ready: bool,
    /// Why it is not ready, in a sentence; empty where it is.
    pub why: String,
    pub containers: Vec<ContainerView>,
    /// Part of the cluster itself (CoreDNS), not of the manifests.
    pub system: bool,
    /// Distance from where requests enter, as for a Service.
    pub rank: u32,
    pub range: Option<TextRange>,
}

/// A container of a pod, drawn as a platform of its station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ContainerView {
    pub name: String,
    pub image: String,
    /// `container`, `init`, or `sidecar` (an init container with restartPolicy Always).
    pub role: String,
    pub ready: bool,
    /// `8080/TCP`, `127.0.0.1:9000/TCP`.
    pub listens: Vec<String>,
    pub range: Option<TextRange>,
}

/// A call that a workload's env, args, command or annotation names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CallView {
    /// Object id of the calling workload.
    pub from: String,
    /// Object id of the Service or workload it reaches; absent where the name means nothing in this cluster.
    pub to: Option<String>,
    /// What is written there: `redis-cart:6379`, `http://api/cart`.
    pub text: String,
    pub range: Option<TextRange>,
}

/// A NetworkPolicy, drawn as the barrier in front of the pods it isolates.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PolicyView {
    /// Object id `NetworkPolicy/shop/db-allow`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    pub ingress: bool,
    pub egress: bool,
    /// Object ids of the pods it isolates.
    pub pods: Vec<String>,
    pub range: Option<TextRange>,
}

/// Somebody who can send a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PeerOption {
    /// Object id: `Outside/198.51.100.7`, `Deployment/shop/web`, `Pod/shop/curl`, `Node/node-1`.
    pub id: String,
    /// What a menu shows: `outside`, `web`, `web in shop`.
    pub label: String,
    /// The peer as a query takes it.
    pub peer: Peer,
}

/// A request worth sending.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Suggestion {
    /// What a menu shows: `LoadBalancer frontend-external`.
    pub label: String,
    /// Id of the peer to send from.
    pub from: String,
    pub url: String,
}

/// Who sends, in the contract's words: a pod or a workload of a namespace, a node, or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields))]
pub struct Peer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// `Deployment/web`: its first pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub response_headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_request: Option<BackendRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// With `count` over 1: how many of the requests each `namespace/pod` got.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub distribution: BTreeMap<String, u32>,
    /// A finding code, where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// Object id of the Service whose line the packet travels on when it leaves here.
    pub service: Option<String>,
    /// Set on the hop at which an exchange ended, with how.
    pub end: Option<Outcome>,
    /// HTTP status, where `end` is `response`.
    pub status: Option<u16>,
}

/// A manifest line that a hop or a message points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LineRef {
    /// `spec.ports[0].targetPort`.
    pub field: String,
    pub range: TextRange,
}

/// The answer to a `dns` query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DnsAnswer {
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, or `TIMEOUT` where no server answered.
    pub rcode: String,
    pub answers: Vec<Record>,
    pub additional: Vec<Record>,
    /// What the pod's resolver sent, in order.
    pub queries: Vec<SentQuery>,
    /// Why it failed, where it did, as a sentence.
    pub detail: String,
}

/// A resource record in presentation form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Record {
    /// Absolute, with its root dot.
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
    /// Seconds.
    pub ttl: u32,
    pub data: String,
}

/// One question that a resolver sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SentQuery {
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
    pub rcode: String,
}

/// The answer to an `endpoints` query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EndpointsAnswer {
    pub addresses: Vec<EndpointAddress>,
}

/// One address and port of a Service's EndpointSlices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EndpointAddress {
    pub ip: String,
    pub port: Option<u16>,
    pub port_name: String,
    pub protocol: String,
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
    pub node: Option<String>,
    pub pod: Option<String>,
    /// The name of the slice that holds it.
    pub slice: String,
    pub zone: Option<String>,
    /// The name that DNS gives it within its Service.
    pub hostname: Option<String>,
    /// The zones and nodes it is meant for; absent without hints.
    pub zone_hints: Option<Vec<String>>,
    pub node_hints: Option<Vec<String>>,
}

/// The answer to a `packet` query: what kube-proxy on a node does with a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PacketAnswer {
    /// `forward`, `reject`, `drop`, or `none` where it is not its business.
    pub verdict: String,
    /// Every endpoint it may go to, `10.244.1.2:80`; empty unless forwarded.
    pub endpoints: Vec<String>,
    /// Whether its source will be rewritten whichever endpoint is chosen.
    pub masquerade: bool,
}

/// The answer to a `validate` query: the API server's verdict on each object, in the order they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidateAnswer {
    pub objects: Vec<ValidatedObject>,
}

/// The verdict on one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidatedObject {
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
    pub accepted: bool,
    pub errors: Vec<ValidationError>,
}

/// One field that made the API server reject an object, in its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidationError {
    pub field: String,
    /// `Required value`, `Invalid value`, `Unsupported value`, `unknown field`, ...
    pub reason: String,
    pub detail: String,
}

/// How one goal of a lesson stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GoalResult {
    pub id: String,
    pub met: bool,
    /// What was seen, in a sentence: `Timed out at NetworkPolicy db-allow`.
    pub seen: String,
}
