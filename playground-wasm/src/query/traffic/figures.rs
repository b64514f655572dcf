//! The figures of a load. A request succeeds with a connection, or with a status below 400 over a certificate that is for its name;
//! another one fails by its outcome or by its status.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::super::destination::Nowhere;
use super::super::request::{nowhere, told};
use super::flight::Flight;
use crate::cluster::{Cluster, NodeId, ObjectRef, PodId};
use crate::control::Millis;
use crate::dto::{FirstFailure, HopLatency, Latency, Outcome, RequestAnswer, TrafficAnswer, TrafficSecond};
use crate::net::{Network, Reached, What};
use crate::policy::Verdict;
use crate::request::{Exchange, Resolution, Sender};
use crate::trace::sender_id;

pub struct Figures {
    seconds: Vec<TrafficSecond>,
    failed: BTreeMap<String, u32>,
    failed_calls: BTreeMap<String, u32>,
    by_backend: Vec<(Answerer, u32)>,
    /// Microseconds of each answered request.
    latencies: Vec<u64>,
    by_hop: Vec<(Hop, u64)>,
    first: Option<(u64, FirstFailure)>,
    connections: u32,
    dns_queries: u32,
    other_address: u32,
}

/// How a request failed.
pub struct Failed {
    pub kind: String,
    /// What was seen of it, where its hops do not tell.
    pub why: String,
}

/// Who answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answerer {
    Pod(PodId),
    Node(NodeId),
    Outside(IpAddr),
}

/// Where a request spends time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hop {
    Waiting,
    /// A Service, or what answers behind it.
    Object(ObjectRef),
    Node(NodeId),
    Address(IpAddr),
}

impl Failed {
    pub fn of(exchange: &Exchange) -> Option<Self> {
        let trusted = exchange.relayed.as_ref().is_none_or(|relayed| relayed.trusted());
        let kind = match (exchange.outcome, exchange.status) {
            (Outcome::Response | Outcome::Connected, _) if !trusted => word(Outcome::TlsError).to_owned(),
            (Outcome::Response, Some(status)) if status >= 400 => status.to_string(),
            (Outcome::Response | Outcome::Connected, _) => return None,
            (outcome, _) => word(outcome).to_owned(),
        };
        Some(Self { kind, why: String::new() })
    }
}

/// An outcome as the contract writes it.
fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Response => "response",
        Outcome::Connected => "connected",
        Outcome::Refused => "refused",
        Outcome::Timeout => "timeout",
        Outcome::Reset => "reset",
        Outcome::DnsNxdomain => "dns_nxdomain",
        Outcome::DnsTimeout => "dns_timeout",
        Outcome::TlsError => "tls_error",
        Outcome::Unroutable => "unroutable",
    }
}

impl Figures {
    pub fn new(seconds: u64) -> Self {
        let second = |second| TrafficSecond { second, sent: 0, succeeded: 0, failed: 0 };
        Self {
            seconds: (0..u32::try_from(seconds).unwrap_or(u32::MAX)).map(second).collect(),
            failed: BTreeMap::new(),
            failed_calls: BTreeMap::new(),
            by_backend: Vec::new(),
            latencies: Vec::new(),
            by_hop: Vec::new(),
            first: None,
            connections: 0,
            dns_queries: 0,
            other_address: 0,
        }
    }

    /// Takes in a request that is over.
    pub fn add(&mut self, cluster: &Cluster, flight: &Flight) {
        let exchange = &flight.exchange;
        self.connections += u32::from(flight.opens && exchange.connection.is_some());
        let sent = exchange.resolution.as_ref().map_or(0, |resolution| resolution.lookup.queries.len());
        self.dns_queries += u32::try_from(sent).unwrap_or(u32::MAX);
        self.other_address += u32::from(exchange.connection.is_some() && exchange.steps.iter().any(|step| turns_back(&step.what)));
        for &outcome in &flight.lost_calls {
            *self.failed_calls.entry(word(outcome).to_owned()).or_default() += 1;
        }
        self.count_calls(exchange);
        let failed = flight.failed();
        self.count(flight.due_us, failed.as_ref().map(|failed| failed.kind.as_str()));
        if failed.is_none() {
            let by = answerer(exchange);
            match self.by_backend.iter_mut().find(|(known, _)| *known == by) {
                Some((_, count)) => *count += 1,
                None => self.by_backend.push((by, 1)),
            }
        }
        if flight.stands() {
            self.latencies.push(flight.ends_us - flight.due_us);
            self.spend(Hop::Waiting, flight.sent_us - flight.due_us);
            self.trace(cluster, exchange);
        }
    }

    fn count(&mut self, due_us: u64, failed: Option<&str>) {
        let index = usize::try_from(due_us / 1_000_000).unwrap_or(usize::MAX);
        if let Some(second) = self.seconds.get_mut(index) {
            second.sent += 1;
            second.succeeded += u32::from(failed.is_none());
            second.failed += u32::from(failed.is_some());
        }
        if let Some(kind) = failed {
            match self.failed.get_mut(kind) {
                Some(count) => *count += 1,
                None => {
                    self.failed.insert(kind.to_owned(), 1);
                }
            }
        }
    }

    fn count_calls(&mut self, exchange: &Exchange) {
        for attempt in exchange.attempts() {
            self.count_calls(attempt);
        }
        for call in &exchange.calls {
            if let Some(failed) = Failed::of(call) {
                *self.failed_calls.entry(failed.kind).or_default() += 1;
            }
            self.count_calls(call);
        }
    }

    fn spend(&mut self, hop: Hop, us: u64) {
        match self.by_hop.iter_mut().find(|(known, _)| *known == hop) {
            Some((_, sum)) => *sum += us,
            None => self.by_hop.push((hop, us)),
        }
    }

    /// Where a request and those nested in it spent their time.
    fn trace(&mut self, cluster: &Cluster, exchange: &Exchange) {
        let mut looked_up_us = 0;
        if let Some(resolution) = &exchange.resolution {
            looked_up_us = resolution.lookup.elapsed_us;
            self.spend(name_server(cluster, resolution), looked_up_us);
        }
        let (service, server) = match &exchange.connection {
            Some(connection) => {
                let server = match connection.reached {
                    Reached::Listener(listener) => {
                        let pod = cluster.pod(listener.pod);
                        Hop::Object(cluster.workloads[pod.workload.0 as usize].0)
                    }
                    Reached::Outside(ip) => Hop::Address(ip),
                    Reached::HealthCheck { .. } => health_check(exchange).map_or(Hop::Waiting, Hop::Node),
                };
                (connection.service.map(|id| Hop::Object(cluster.service(id).object)), Some(server))
            }
            None => (None, None),
        };
        let target = server.or_else(|| exchange.steps.last().map(|step| Hop::Address(step.packet.destination)));
        let Some(target) = target else { return };
        let translated = exchange.steps.iter().find_map(|step| match step.what {
            What::Translated { entry, .. } => Some(Hop::Object(cluster.service(entry.service).object)),
            _ => None,
        });
        self.spend(service.or(translated).unwrap_or(target), exchange.connected_us - exchange.started_us - looked_up_us);
        let nested = exchange.attempts().chain(&exchange.calls);
        let mut own_us = exchange.ended_us - exchange.connected_us;
        for inner in nested {
            own_us = own_us.saturating_sub(inner.ended_us - inner.started_us);
            self.trace(cluster, inner);
        }
        self.spend(target, own_us);
    }

    /// Nobody can send to what has no address.
    pub fn nowhere(&mut self, net: Network<'_>, began: Millis, due_us: u64, none: &Nowhere) {
        self.count(due_us, Some(word(Outcome::Unroutable)));
        self.keep_first(began, due_us, || nowhere(net.cluster, none.clone()));
    }

    /// No connection was free for as long as the client waits.
    pub fn waited_in_vain(&mut self, began: Millis, due_us: u64, cluster: &Cluster, sender: Sender) {
        self.count(due_us, Some(word(Outcome::Timeout)));
        if self.first.as_ref().is_none_or(|(first, _)| due_us < *first) {
            let headline = format!("Timed out in {}", sender_id(cluster, sender));
            let detail = "All connections that the client keeps were in use.".to_owned();
            let at = seconds(began * 1_000 + due_us);
            let failure = FirstFailure { at, outcome: Outcome::Timeout, status: None, reason: None, headline, detail, hops: Vec::new() };
            self.first = Some((due_us, failure));
        }
    }

    /// Tells of a request that failed, if none failed that was due before.
    pub fn tell(&mut self, net: Network<'_>, began: Millis, flight: &Flight, failed: &Failed) {
        self.keep_first(began, flight.due_us, || {
            let mut answer = told(net, &flight.exchange);
            if !failed.why.is_empty() {
                answer.reason = None;
                answer.detail.clone_from(&failed.why);
            }
            answer
        });
    }

    fn keep_first(&mut self, began: Millis, due_us: u64, told: impl FnOnce() -> RequestAnswer) {
        if self.first.as_ref().is_none_or(|(first, _)| due_us < *first) {
            let RequestAnswer { outcome, status, reason, headline, detail, hops, .. } = told();
            let at = seconds(began * 1_000 + due_us);
            self.first = Some((due_us, FirstFailure { at, outcome, status, reason, headline, detail, hops }));
        }
    }

    /// All of it as the answer.
    pub fn told(mut self, cluster: &Cluster, began: Millis, sender: Option<Sender>) -> TrafficAnswer {
        self.latencies.sort_unstable();
        let rank = |share: usize| self.latencies.get((self.latencies.len() * share).div_ceil(100).saturating_sub(1)).copied();
        let ranked = |share: usize| rank(share).map(thousandths);
        let latency_ms = ranked(50).zip(ranked(90)).zip(ranked(99).zip(ranked(100)));
        let answered = self.latencies.len().max(1) as u64;
        let mut by_backend = BTreeMap::new();
        for &(by, count) in &self.by_backend {
            *by_backend.entry(by.name(cluster)).or_default() += count;
        }
        let by_hop = self.by_hop.iter().filter(|(_, sum)| *sum > 0);
        TrafficAnswer {
            began_at: seconds(began * 1_000),
            sent: self.seconds.iter().map(|second| second.sent).sum(),
            succeeded: self.seconds.iter().map(|second| second.succeeded).sum(),
            failed: self.failed,
            by_backend,
            latency_ms: latency_ms.map(|((p50, p90), (p99, max))| Latency { p50, p90, p99, max }),
            latency_by_hop: by_hop
                .map(|(hop, sum)| HopLatency { actor: hop.name(cluster, sender), ms: thousandths(sum / answered) })
                .collect(),
            timeline: self.seconds,
            first_failure: self.first.map(|(_, failure)| failure),
            connections: self.connections,
            dns_queries: self.dns_queries,
            other_address: self.other_address,
            failed_calls: self.failed_calls,
            warnings: Vec::new(),
        }
    }
}

/// Thousandths of a unit as units.
fn thousandths(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX)) / 1_000.0
}

fn seconds(us: u64) -> f64 {
    thousandths(us / 1_000)
}

/// Who wrote the answer: a container, or a proxy on the way to one.
fn answerer(exchange: &Exchange) -> Answerer {
    let relayed = exchange.relayed.as_ref().and_then(|relayed| relayed.answer());
    let passed = || exchange.passed.as_ref().and_then(|passed| passed.answer());
    if let Some(passed_on) = relayed.or_else(passed) {
        return answerer(passed_on);
    }
    match exchange.connection.map(|connection| connection.reached) {
        Some(Reached::Listener(listener)) => Answerer::Pod(listener.pod),
        Some(Reached::Outside(ip)) => Answerer::Outside(ip),
        Some(Reached::HealthCheck { .. }) | None => health_check(exchange).map_or_else(
            || Answerer::Outside(exchange.steps.last().map_or(IpAddr::from([0, 0, 0, 0]), |step| step.packet.destination)),
            Answerer::Node,
        ),
    }
}

fn health_check(exchange: &Exchange) -> Option<NodeId> {
    exchange.steps.iter().find_map(|step| match step.what {
        What::HealthCheck { node, .. } => Some(node),
        _ => None,
    })
}

impl Answerer {
    fn name(self, cluster: &Cluster) -> String {
        match self {
            Self::Pod(pod) => {
                let meta = &cluster.pod(pod).meta;
                format!("{}/{}", meta.namespace, meta.name)
            }
            Self::Node(node) => cluster.node(node).name.clone(),
            Self::Outside(ip) => ip.to_string(),
        }
    }
}

impl Hop {
    fn name(self, cluster: &Cluster, sender: Option<Sender>) -> String {
        match self {
            Self::Waiting => sender.map_or_else(|| "Outside".to_owned(), |sender| sender_id(cluster, sender)),
            Self::Object(object) => cluster.sources.id(object).to_string(),
            Self::Node(node) => format!("Node/{}", cluster.node(node).name),
            Self::Address(ip) => format!("Outside/{ip}"),
        }
    }
}

/// The Service of the name server that was asked, or its address.
fn name_server(cluster: &Cluster, resolution: &Resolution) -> Hop {
    let service = resolution.steps.iter().find_map(|step| match step.what {
        What::Translated { entry, .. } => Some(Hop::Object(cluster.service(entry.service).object)),
        _ => None,
    });
    service.or_else(|| resolution.lookup.queries.first().map(|query| Hop::Address(query.server))).unwrap_or(Hop::Waiting)
}

/// Whether a packet ends there without having reached anybody.
fn turns_back(what: &What) -> bool {
    match what {
        What::Judged { verdict, .. } => !Verdict::passes(verdict),
        What::Handed { .. }
        | What::Translated { .. }
        | What::HostPort { .. }
        | What::Accepted { .. }
        | What::Kept { .. }
        | What::HealthCheck { .. }
        | What::Outside => false,
        _ => true,
    }
}
