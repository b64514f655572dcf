//! The questions that can be asked of a cluster, in the words of the scenario contract, and their answers.

mod courses;
mod destination;
mod files;
mod forward;
mod request;
mod traffic;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cluster::{Cluster, NodeId, ProxyMode, ServiceId};
use crate::control::Simulation;
use crate::diagnose;
use crate::dns::RecordType;
use crate::dto::{
    Diagnostic, DnsAnswer, EndpointAddress, EndpointsAnswer, FilesAnswer, PacketAnswer, Peer, PodsAnswer, Record, RequestAnswer,
    RuleOrigin, RulesAnswer, SentQuery, TrafficAnswer, ValidateAnswer, ValidatedObject, ValidationError,
};
use crate::load::Loaded;
use crate::model::{EndpointPort, Protocol};
use crate::net::rules::listing;
use crate::net::{Decision, Network, Session, decide, is_masqueraded};
use crate::object::DUPLICATE;
use crate::policy::{self, Party};
use crate::request::{Sender, look_up, resolve_sender};
use crate::trace;
use crate::view;
pub use traffic::TrafficQuery;

/// A question.
#[derive(Debug, Clone)]
pub enum Query {
    Request(Box<RequestQuery>),
    Dns(DnsQuery),
    Endpoints(EndpointsQuery),
    PolicyMatrix(MatrixQuery),
    Packet(PacketQuery),
    Rules(RulesQuery),
    Files(FilesQuery),
    Validate,
    Diagnose,
    Pods(PodsQuery),
    Traffic(Box<TrafficQuery>),
}

impl Query {
    /// Reads a question; the error says what it got wrong.
    ///
    /// By hand, since serde's tagged enums keep a copy of every type for values that they have read ahead.
    pub fn read(query: Value) -> Result<Self, String> {
        let kind = query.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        let read = match kind.as_str() {
            "request" => serde_json::from_value(query).map(Self::Request),
            "dns" => serde_json::from_value(query).map(Self::Dns),
            "endpoints" => serde_json::from_value(query).map(Self::Endpoints),
            "policy_matrix" => serde_json::from_value(query).map(Self::PolicyMatrix),
            "packet" => serde_json::from_value(query).map(Self::Packet),
            "rules" => serde_json::from_value(query).map(Self::Rules),
            "files" => serde_json::from_value(query).map(Self::Files),
            "validate" => Ok(Self::Validate),
            "diagnose" => Ok(Self::Diagnose),
            "pods" => serde_json::from_value(query).map(Self::Pods),
            "traffic" => serde_json::from_value(query).map(Self::Traffic),
            "" => return Err("the query has no kind".into()),
            other => {
                return Err(format!(
                    "a query of kind {other:?} cannot be answered; known are request, dns, endpoints, policy_matrix, packet, rules, files, validate, diagnose, pods and traffic"
                ));
            }
        };
        read.map_err(|error| format!("the {kind} query is not as the contract has it: {error}"))
    }
}

/// A lookup from a peer.
#[derive(Debug, Clone, Deserialize)]
pub struct DnsQuery {
    pub from: Peer,
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
}

/// The endpoints of a Service.
#[derive(Debug, Clone, Deserialize)]
pub struct EndpointsQuery {
    pub service: ServiceName,
}

/// Who may reach whom, as policies have it.
#[derive(Debug, Clone, Deserialize)]
pub struct MatrixQuery {
    pub peers: Vec<Peer>,
    pub ports: Vec<MatrixPort>,
}

/// What kube-proxy on a node does with a packet.
#[derive(Debug, Clone, Deserialize)]
pub struct PacketQuery {
    pub node: String,
    pub src: String,
    pub dst: String,
    pub port: u16,
    #[serde(default = "tcp")]
    pub protocol: String,
}

/// kube-proxy's rules on a node: of one Service or of all, in the cluster's proxy mode or another.
#[derive(Debug, Clone, Deserialize)]
pub struct RulesQuery {
    pub node: String,
    pub service: Option<ServiceName>,
    pub mode: Option<String>,
}

/// What a container sees at a path; without one at each path that it reads.
#[derive(Debug, Clone, Deserialize)]
pub struct FilesQuery {
    pub from: Peer,
    pub path: Option<String>,
}

/// How pods stand and what happened to them, of one namespace or of all.
#[derive(Debug, Clone, Deserialize)]
pub struct PodsQuery {
    pub namespace: Option<String>,
}

/// A request: from whom, to what, and how often.
#[derive(Debug, Clone, Deserialize)]
pub struct RequestQuery {
    pub from: Peer,
    pub to: To,
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the container adds to its answer that answers at last.
    #[serde(default)]
    pub backend_sets_response_headers: BTreeMap<String, String>,
    #[serde(default = "one")]
    pub count: u32,
    /// Virtual milliseconds between the end of one request and the next, which session affinity may outlast or not.
    #[serde(default)]
    pub interval_ms: u64,
    /// Chooses another of the possible courses where load balancing leaves a choice.
    #[serde(default)]
    pub seed: u64,
    /// Which of the requests is told, from 0.
    #[serde(default)]
    pub nth: u32,
    /// Tells, beside that one, every course that one of the requests takes.
    #[serde(default)]
    pub courses: bool,
}

/// What a request is sent to: a URL, or the address that something in the cluster was given.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct To {
    pub url: Option<String>,
    pub load_balancer: Option<ServiceName>,
    pub gateway: Option<ServiceName>,
    pub ingress: Option<IngressTarget>,
    pub port_forward: Option<ForwardTarget>,
    /// The Host that is asked for; empty or absent asks for the address itself.
    pub host: Option<String>,
    pub scheme: Option<String>,
    pub port: Option<u16>,
    pub path: Option<String>,
}

/// What `kubectl port-forward` is pointed at: one of pod, service and workload, and a port by number or name.
#[derive(Debug, Clone, Deserialize)]
pub struct ForwardTarget {
    pub namespace: Option<String>,
    pub pod: Option<String>,
    pub service: Option<String>,
    pub workload: Option<String>,
    pub port: Value,
}

/// The controller of a class; without one that of the default or the only class.
#[derive(Debug, Clone, Deserialize)]
pub struct IngressTarget {
    pub class: Option<String>,
}

/// Namespace and name.
#[derive(Debug, Clone, Deserialize)]
pub struct ServiceName {
    pub namespace: String,
    pub name: String,
}

/// A port of a matrix.
#[derive(Debug, Clone, Deserialize)]
pub struct MatrixPort {
    #[serde(default = "tcp")]
    pub protocol: String,
    pub port: u16,
}

fn tcp() -> String {
    "TCP".into()
}

fn get() -> String {
    "GET".into()
}

fn one() -> u32 {
    1
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Request(Box<RequestAnswer>),
    Dns(DnsAnswer),
    Endpoints(EndpointsAnswer),
    PolicyMatrix { matrix: Vec<Vec<String>> },
    Packet(PacketAnswer),
    Rules(RulesAnswer),
    Files(FilesAnswer),
    Validate(ValidateAnswer),
    Diagnose { findings: Vec<Diagnostic> },
    Pods(PodsAnswer),
    Traffic(Box<TrafficAnswer>),
}

/// Answers a question about a cluster at its present time; the error says what the question got wrong.
pub fn answer(simulation: &Simulation, loaded: &Loaded, query: &Query) -> Result<Answer, String> {
    let net = simulation.network();
    match query {
        Query::Request(query) => request::answer(net, query).map(|answer| Answer::Request(Box::new(answer))),
        Query::Dns(query) => dns(net, query).map(Answer::Dns),
        Query::Endpoints(query) => endpoints(net.cluster, &query.service).map(Answer::Endpoints),
        Query::PolicyMatrix(query) => matrix(net, &query.peers, &query.ports),
        Query::Packet(query) => packet(net, query).map(Answer::Packet),
        Query::Rules(query) => rules(net, query).map(Answer::Rules),
        Query::Files(query) => files::answer(net, query).map(Answer::Files),
        Query::Validate => Ok(Answer::Validate(validate(loaded))),
        Query::Pods(PodsQuery { namespace }) => Ok(Answer::Pods(PodsAnswer {
            pods: view::described(simulation, namespace.as_deref()),
            events: view::events(simulation, namespace.as_deref()),
        })),
        Query::Traffic(query) => traffic::answer(simulation.clone(), query).map(|answer| Answer::Traffic(Box::new(answer))),
        Query::Diagnose => Ok(Answer::Diagnose { findings: diagnose::answer(net, loaded) }),
    }
}

fn protocol(name: &str) -> Result<Protocol, String> {
    Protocol::from_name(&name.to_ascii_uppercase()).ok_or_else(|| format!("protocol {name:?} is none of TCP, UDP and SCTP"))
}

fn find_service(cluster: &Cluster, name: &ServiceName) -> Result<ServiceId, String> {
    cluster
        .find_service(&name.namespace, &name.name)
        .ok_or_else(|| format!("there is no Service {} in namespace {}", name.name, name.namespace))
}

#[inline(never)]
fn dns(net: Network<'_>, query: &DnsQuery) -> Result<DnsAnswer, String> {
    let DnsQuery { from, name, record_type } = query;
    let sender = resolve_sender(net.cluster, from).map_err(|error| error.0)?;
    let rtype = RecordType::from_name(record_type).ok_or_else(|| format!("type {record_type:?} is not a record type"))?;
    let Some(netns) = sender.netns(net.cluster) else {
        let why = if let Sender::Pod { pod, .. } = sender { net.cluster.pod(pod).why.clone() } else { String::new() };
        return Err(format!("the pod has no network yet: {why}"));
    };
    let mut session = Session::new(net.cluster.config.seed);
    let resolution = look_up(net, sender, netns, name, &[rtype], 0, &mut session);
    let lookup = resolution.lookup;
    let records = |records: &[crate::dns::Record]| -> Vec<Record> {
        records
            .iter()
            .map(|record| Record {
                name: record.name.to_string(),
                record_type: record.data.rtype().to_string(),
                ttl: record.ttl,
                data: record.data.to_string(),
            })
            .collect()
    };
    Ok(DnsAnswer {
        rcode: lookup.status.as_str().to_owned(),
        answers: records(&lookup.answers),
        additional: records(&lookup.additional),
        queries: lookup
            .queries
            .iter()
            .map(|query| SentQuery {
                name: query.question.name.to_string(),
                record_type: query.question.rtype.to_string(),
                rcode: query.status.as_str().to_owned(),
            })
            .collect(),
        detail: lookup.detail(net.cluster),
    })
}

#[inline(never)]
fn endpoints(cluster: &Cluster, name: &ServiceName) -> Result<EndpointsAnswer, String> {
    let id = find_service(cluster, name)?;
    let mut addresses = Vec::new();
    for slice in cluster.slices(id) {
        for endpoint in &slice.endpoints {
            for ip in &endpoint.addresses {
                // A headless Service may have no ports, and a pod may declare none of the names; it is an endpoint all the same.
                let none = EndpointPort { name: String::new(), port: None, protocol: Protocol::Tcp };
                let ports = if slice.ports.is_empty() { std::slice::from_ref(&none) } else { &slice.ports };
                for port in ports {
                    addresses.push(EndpointAddress {
                        ip: ip.to_string(),
                        port: port.port,
                        port_name: port.name.clone(),
                        protocol: port.protocol.to_string(),
                        ready: endpoint.ready,
                        serving: endpoint.serving,
                        terminating: endpoint.terminating,
                        node: endpoint.node.clone(),
                        pod: endpoint.pod.clone(),
                        slice: slice.meta.name.clone(),
                        zone: endpoint.zone.clone(),
                        hostname: endpoint.hostname.clone(),
                        zone_hints: endpoint.zone_hints.clone(),
                        node_hints: endpoint.node_hints.clone(),
                    });
                }
            }
        }
    }
    Ok(EndpointsAnswer { addresses })
}

#[inline(never)]
fn matrix(net: Network<'_>, peers: &[Peer], ports: &[MatrixPort]) -> Result<Answer, String> {
    let mut parties = Vec::with_capacity(peers.len());
    for peer in peers {
        let mut party = match resolve_sender(net.cluster, peer).map_err(|error| error.0)? {
            Sender::Pod { pod, .. } => Party::pod(net.cluster, pod),
            Sender::Node(node) => {
                let ip = net.cluster.node(node).ips.first().copied();
                Party::address(ip.ok_or_else(|| format!("node {} has no address", net.cluster.node(node).name))?)
            }
            Sender::Outside(ip) => Party::address(ip),
        };
        // Who is told by one of several addresses sends from that one.
        if let Peer { pod: None, workload: None, node: None, ip: Some(ip), .. } = peer {
            party.ip = ip.parse().unwrap_or(party.ip);
        }
        parties.push(party);
    }
    let ports = ports.iter().map(|port| Ok((protocol(&port.protocol)?, port.port))).collect::<Result<Vec<_>, String>>()?;
    Ok(Answer::PolicyMatrix { matrix: policy::matrix(net.cluster, net.policies, &parties, &ports) })
}

fn find_node(cluster: &Cluster, name: &str) -> Result<NodeId, String> {
    cluster.nodes().find(|(_, node)| node.name == name).map(|(id, _)| id).ok_or_else(|| format!("there is no node {name}"))
}

#[inline(never)]
fn rules(net: Network<'_>, query: &RulesQuery) -> Result<RulesAnswer, String> {
    let cluster = net.cluster;
    let node = find_node(cluster, &query.node)?;
    let service = query.service.as_ref().map(|name| find_service(cluster, name)).transpose()?;
    let mode = query.mode.as_deref().map_or(Ok(cluster.config.proxy_mode), ProxyMode::from_name)?;
    let mut text = String::new();
    let mut origins: Vec<RuleOrigin> = Vec::new();
    let mut before = None;
    for (number, line) in (1..).zip(listing(net, node, mode, service)) {
        text.push_str(&line.text);
        text.push('\n');
        match (line.origin, origins.last_mut()) {
            (Some(_), Some(last)) if line.origin == before => last.last = number,
            (Some(origin), _) => {
                let object = cluster.service(origin.service).object;
                let line = cluster.sources.line(object, &origin.path());
                origins.push(RuleOrigin { first: number, last: number, object: cluster.sources.id(object).to_string(), line });
            }
            (None, _) => {}
        }
        before = line.origin;
    }
    Ok(RulesAnswer { text, origins })
}

#[inline(never)]
fn packet(net: Network<'_>, query: &PacketQuery) -> Result<PacketAnswer, String> {
    let PacketQuery { node, src, dst, port, protocol } = query;
    let node = find_node(net.cluster, node)?;
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| format!("{text:?} is not an IP address"));
    let verdict = |verdict: &str| PacketAnswer { verdict: verdict.to_owned(), endpoints: Vec::new(), masquerade: false };
    let source = address(src)?;
    Ok(match decide(net, node, source, address(dst)?, *port, self::protocol(protocol)?) {
        Decision::None | Decision::NoSuchPort { rejected: false, .. } => verdict("none"),
        Decision::NoSuchPort { rejected: true, .. } | Decision::Reject { .. } => verdict("reject"),
        Decision::DropNotLocal { .. } | Decision::DropSource { .. } | Decision::DropUnallocated => verdict("drop"),
        Decision::Forward { entry, targets, masquerade } => PacketAnswer {
            verdict: "forward".into(),
            endpoints: targets.iter().map(|target| trace::address_port(target.ip, target.port)).collect(),
            masquerade: targets.iter().any(|&target| is_masqueraded(net.cluster, node, entry, masquerade, source, target)),
        },
    })
}

#[inline(never)]
fn validate(loaded: &Loaded) -> ValidateAnswer {
    let objects = loaded
        .manifests
        .iter()
        .map(|placed| {
            let manifest = &placed.manifest;
            let errors = manifest.problems.iter().filter(|problem| matches!(problem.code, "object-rejected" | DUPLICATE)).map(|problem| {
                let (reason, detail) = problem.api.clone().unwrap_or_else(|| ("Invalid value".into(), problem.message.clone()));
                ValidationError { field: crate::text::path_string(&problem.path), reason, detail }
            });
            ValidatedObject {
                kind: manifest.id.kind.clone(),
                namespace: Some(manifest.id.namespace.clone()).filter(|namespace| !namespace.is_empty()),
                name: manifest.id.name.clone(),
                accepted: manifest.body.is_some(),
                errors: errors.collect(),
            }
        })
        .collect();
    ValidateAnswer { objects }
}
