//! One exchange and, nested in it, the calls that the container makes which answered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use super::kept::{Broken, Kept};
use super::lookup::{Resolution, look_up};
use super::target::Transport;
use super::{Passed, Relayed, Request, Sender, Target};
use crate::behavior::respond::{ALL, Fail};
use crate::behavior::{App, Respond};
use crate::cluster::ObjectRef;
use crate::dns::{RecordType, Status};
use crate::dto::Outcome;
use crate::edge::Headers;
use crate::edge::backend::ServicePort;
use crate::net::{Connection, FailureKind, ListenerRef, Netns, Network, Reached, Session, Step, What, connect};
use crate::text::{self, duration_us};

/// How long a client waits for a connection before it gives up, in virtual microseconds.
pub const CLIENT_TIMEOUT_US: u64 = 3_000_000;
/// What a round trip costs on one node, between nodes, and to the world outside.
const LOCAL_US: u64 = 100;
const REMOTE_US: u64 = 400;
const OUTSIDE_US: u64 = 20_000;
/// What a container needs to answer.
const SERVE_US: u64 = 200;
/// Exchanges that one request may cause in all: a diamond of calls doubles at every level.
const EXCHANGE_LIMIT: usize = 200;

/// A request and what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub sender: Sender,
    /// Shared by all that ask the same.
    pub request: Rc<Request>,
    /// The line that names the target, for a call that a workload makes by itself.
    pub origin: Option<(ObjectRef, Vec<text::Step>)>,
    /// Absent where the target is an address.
    pub resolution: Option<Box<Resolution>>,
    /// The steps of the connection; of several attempts, one after the other.
    pub steps: Vec<Step>,
    pub connection: Option<Connection>,
    pub outcome: Outcome,
    pub status: Option<u16>,
    pub response_headers: Headers,
    /// Absent where it is empty.
    pub body: Option<Rc<str>>,
    /// The share of answers that fail where it answered, and whether this one did.
    pub chance: Option<(Fail, bool)>,
    /// The Service's port of which a proxy chose an endpoint as the target.
    pub via: Option<ServicePort>,
    /// What the proxy did that accepted; absent where none did.
    pub relayed: Option<Box<Relayed>>,
    /// What the sidecar or the reverse proxy did that accepted.
    pub passed: Option<Box<Passed>>,
    /// Why the calls of the container that answered are not followed.
    pub stop: Option<Stop>,
    pub calls: Vec<Exchange>,
    /// Virtual microseconds from the begin of the whole request.
    pub started_us: u64,
    pub connected_us: u64,
    pub ended_us: u64,
}

/// Why nested calls end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The container is already waiting for an answer further up.
    Cycle,
    /// Too many exchanges.
    Limit,
}

/// Sends a request at a virtual time and follows it to the end.
///
/// `answers` are headers that the container sets which answers the request at last.
pub fn run(net: Network<'_>, sender: Sender, request: &Rc<Request>, answers: &Headers, session: &mut Session) -> Exchange {
    let mut runner = Runner { net, session, answers, kept: None, stack: Vec::new(), count: 0, proxies: 0 };
    runner.exchange(sender, request, None, 0)
}

/// Sends a request on a connection that the sender keeps and follows it to the end.
pub fn run_on(net: Network<'_>, sender: Sender, request: &Rc<Request>, kept: Kept, session: &mut Session) -> Exchange {
    let answers = Headers::default();
    let mut runner = Runner { net, session, answers: &answers, kept: Some(kept), stack: Vec::new(), count: 0, proxies: 0 };
    runner.exchange(sender, request, None, 0)
}

pub(super) struct Runner<'a, 'b> {
    pub(super) net: Network<'a>,
    pub(super) session: &'b mut Session,
    answers: &'b Headers,
    /// The connection for the first request.
    kept: Option<Kept>,
    /// The containers that wait for an answer.
    stack: Vec<ListenerRef>,
    count: usize,
    /// Proxies that wait for an answer.
    pub(super) proxies: usize,
}

impl Runner<'_, '_> {
    pub(super) fn exchange(
        &mut self,
        sender: Sender,
        request: &Rc<Request>,
        origin: Option<(ObjectRef, Vec<text::Step>)>,
        started_us: u64,
    ) -> Exchange {
        self.count += 1;
        let mut exchange = Exchange {
            sender,
            request: Rc::clone(request),
            origin,
            resolution: None,
            // On the way through a Service, with a policy at each end.
            steps: Vec::with_capacity(4),
            connection: None,
            outcome: Outcome::Unroutable,
            status: None,
            response_headers: Headers::default(),
            body: None,
            chance: None,
            via: None,
            relayed: None,
            passed: None,
            stop: None,
            calls: Vec::new(),
            started_us,
            connected_us: started_us,
            ended_us: started_us,
        };
        let target = &request.target;
        if let Some(kept) = self.kept.take() {
            self.go_on(&kept, target, &mut exchange);
            return exchange;
        }
        let netns = match &target.inside {
            Some(inside) => Netns::of_pod(self.net.cluster, inside.pod),
            None => sender.netns(self.net.cluster),
        };
        let Some(netns) = netns else { return exchange };
        let known = target.known_address();
        let found: Vec<IpAddr>;
        let addresses = match &known {
            Some(_) if target.inside.is_some() => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            Some(address) => std::slice::from_ref(address),
            None => {
                let resolution =
                    look_up(self.net, sender, netns, &target.host, &[RecordType::A, RecordType::AAAA], started_us, self.session);
                exchange.connected_us += resolution.lookup.elapsed_us;
                exchange.ended_us = exchange.connected_us;
                found = resolution.order.clone();
                exchange.outcome = failed_lookup(resolution.lookup.status);
                exchange.resolution = Some(Box::new(resolution));
                &found
            }
        };
        for &address in addresses {
            match connect(self.net, netns, address, target.port, target.protocol(), self.session, &mut exchange.steps) {
                Ok(connection) => {
                    let trip_us = round_trip(&connection, &exchange.steps);
                    exchange.connected_us += trip_us;
                    exchange.ended_us = exchange.connected_us + trip_us * trips(target.transport);
                    exchange.connection = Some(connection);
                    self.speak(target, connection, &mut exchange);
                    break;
                }
                Err(failure) => {
                    let (outcome, cost) = match failure.kind {
                        FailureKind::Refused => (Outcome::Refused, REMOTE_US),
                        FailureKind::Timeout => (Outcome::Timeout, CLIENT_TIMEOUT_US),
                        FailureKind::Unroutable => (Outcome::Unroutable, 0),
                    };
                    exchange.outcome = outcome;
                    exchange.connected_us += cost;
                    exchange.ended_us = exchange.connected_us;
                }
            }
        }
        exchange
    }

    /// What happens to a request on a connection that was opened before.
    fn go_on(&mut self, kept: &Kept, target: &Target, exchange: &mut Exchange) {
        exchange.steps.push(kept.step());
        match kept.way.broken(self.net.cluster) {
            Some(Broken::Silent(node)) => {
                let packet = exchange.steps[0].packet;
                exchange.steps.push(Step { packet, what: What::NodeDown { node } });
                exchange.outcome = Outcome::Timeout;
                exchange.ended_us += CLIENT_TIMEOUT_US;
            }
            Some(Broken::Ended) => {
                exchange.outcome = Outcome::Reset;
                exchange.ended_us += kept.trip_us;
            }
            None => {
                exchange.connection = Some(kept.connection);
                exchange.ended_us += kept.trip_us;
                self.speak(target, kept.connection, exchange);
            }
        }
    }

    /// What happens once the connection stands.
    fn speak(&mut self, target: &Target, connection: Connection, exchange: &mut Exchange) {
        let listener = match connection.reached {
            Reached::Outside(_) => {
                // What is outside is taken to answer what it is asked.
                let plain = matches!(target.transport, Transport::Plain(_) | Transport::AsListener);
                exchange.outcome = if plain { Outcome::Connected } else { Outcome::Response };
                exchange.status = (!plain).then_some(200);
                return;
            }
            Reached::HealthCheck { passes } => {
                (exchange.outcome, exchange.status) = match target.transport {
                    Transport::Http | Transport::AsListener => (Outcome::Response, Some(if passes { 200 } else { 503 })),
                    Transport::Https => (Outcome::TlsError, None),
                    Transport::Plain(_) => (Outcome::Connected, None),
                };
                return;
            }
            Reached::Listener(listener) => listener,
        };
        if let Some(taken) = connection.taken
            && taken.container == listener.container
        {
            return self.take_over(taken, connection, exchange);
        }
        if let Some(proxy) = self.net.edge.proxy(self.net.cluster, listener.pod) {
            return self.pass(proxy, listener, connection, exchange);
        }
        let app = &listener.get(self.net.cluster).app;
        if let App::Proxy(sites) = app {
            return self.reverse(sites, listener, connection, exchange);
        }
        let answer = app.respond(&target.path);
        let answered = answer.map_or(0, |answer| answer.status);
        let (outcome, status) = match (target.transport, app) {
            (Transport::Plain(_), _) | (Transport::AsListener, App::Raw | App::Dns) => (Outcome::Connected, None),
            (Transport::Http | Transport::AsListener, App::Http(_) | App::Proxy(_)) => (Outcome::Response, Some(answered)),
            (Transport::Https, App::Http(_)) if speaks_tls(connection.port) => (Outcome::Response, Some(answered)),
            (Transport::Https, _) => (Outcome::TlsError, None),
            // A server that waits for another protocol hangs up on HTTP.
            (Transport::Http, App::Raw | App::Dns) => (Outcome::Reset, None),
        };
        (exchange.outcome, exchange.status) = (outcome, status);
        exchange.ended_us += SERVE_US;
        if let App::Http(Respond { delay: Some(parameter), .. }) = app {
            let asked = exchange.request.http().query(parameter);
            exchange.ended_us += asked.and_then(|text| duration_us(&text)).unwrap_or_default();
        }
        if let (Outcome::Response, Some(answer)) = (outcome, answer) {
            exchange.ended_us += answer.delay_us;
            exchange.body = answer.body.map(Rc::clone);
            if let Some(fail) = answer.fail {
                let struck = self.session.happens(fail.share as usize, ALL as usize);
                exchange.chance = Some((fail, struck));
                if struck {
                    exchange.status = Some(fail.status);
                    exchange.body = None;
                }
            }
            if self.stack.is_empty() {
                exchange.response_headers = self.answers.clone();
            }
            let on = answer.path.filter(|path| path.own_calls).map(|path| path.path.as_str());
            self.call_on(listener, on, exchange);
        }
    }

    /// The calls of the container that answers, one after the other: those for the path, where it has its own.
    fn call_on(&mut self, listener: ListenerRef, on: Option<&str>, exchange: &mut Exchange) {
        let cluster = self.net.cluster;
        let pod = cluster.pod(listener.pod);
        let mut calls = pod.behavior[listener.container].calls.iter().filter(|call| call.on.as_deref() == on).peekable();
        if calls.peek().is_none() {
            return;
        }
        let waiting = |other: &ListenerRef| {
            other.container == listener.container
                && cluster.pod(other.pod).workload == pod.workload
                && cluster.pod(other.pod).object == pod.object
        };
        if self.stack.iter().any(waiting) {
            exchange.stop = Some(Stop::Cycle);
            return;
        }
        self.stack.push(listener);
        // Proxies are counted for each call anew: a chain of calls behind them is no loop.
        let proxies = std::mem::take(&mut self.proxies);
        for call in calls {
            if self.count >= EXCHANGE_LIMIT {
                exchange.stop = Some(Stop::Limit);
                break;
            }
            let request = Rc::new(Request::get(Target::from(call)));
            let sender = Sender::Pod { pod: listener.pod, container: listener.container };
            let nested = self.exchange(sender, &request, Some((pod.object, call.origin.clone())), exchange.ended_us);
            exchange.ended_us = nested.ended_us;
            exchange.calls.push(nested);
        }
        self.proxies = proxies;
        self.stack.pop();
    }
}

impl Exchange {
    /// Whether this exchange and every call under it got an answer, from whom it was meant to be.
    pub fn all_answered(&self) -> bool {
        matches!(self.outcome, Outcome::Response | Outcome::Connected)
            && self.calls.iter().all(Self::all_answered)
            && self.relayed.as_ref().is_none_or(|relayed| relayed.worked())
            && self.passed.as_ref().and_then(|passed| passed.attempts.last()).is_none_or(Self::all_answered)
    }

    /// What proxies on the way made of it, in order.
    pub fn attempts(&self) -> impl Iterator<Item = &Self> {
        let relayed = self.relayed.iter().flat_map(|relayed| &relayed.attempts);
        relayed.chain(self.passed.iter().flat_map(|passed| &passed.attempts))
    }

    /// The exchange with the backend that gave the answer: this one, or that of the last proxy on the way. Absent where a
    /// proxy answered by itself.
    pub fn answered(&self) -> Option<&Self> {
        match (&self.relayed, &self.passed) {
            (Some(relayed), _) => relayed.answer().and_then(Self::answered),
            (None, Some(passed)) if passed.attempts.is_empty() => Some(self),
            (None, Some(passed)) => passed.answer().and_then(Self::answered),
            (None, None) => Some(self),
        }
    }
}

fn failed_lookup(status: Status) -> Outcome {
    match status {
        Status::Rcode(crate::dns::Rcode::NoError | crate::dns::Rcode::NxDomain) | Status::BadName => Outcome::DnsNxdomain,
        Status::Rcode(_) | Status::Timeout | Status::Refused => Outcome::DnsTimeout,
    }
}

/// What one way there and back costs on a connection whose opening took these steps.
pub(super) fn round_trip(connection: &Connection, steps: &[Step]) -> u64 {
    match connection.reached {
        Reached::Outside(_) => OUTSIDE_US,
        Reached::Listener(_) | Reached::HealthCheck { .. } if connection.remote => {
            REMOTE_US + if steps.iter().any(|step| matches!(step.what, What::Handed { .. })) { REMOTE_US } else { 0 }
        }
        Reached::Listener(_) | Reached::HealthCheck { .. } => LOCAL_US,
    }
}

/// Round trips after that of the connection itself: TLS 1.3 takes one, a request and its answer another.
fn trips(transport: Transport) -> u64 {
    match transport {
        Transport::Plain(_) => 0,
        Transport::Http | Transport::AsListener => 1,
        Transport::Https => 2,
    }
}

/// Whether a declared port is taken to be a TLS one: nothing in a manifest says so but the number.
pub(super) fn speaks_tls(port: u16) -> bool {
    matches!(port, 443 | 6443 | 8443 | 9443 | 10250)
}
