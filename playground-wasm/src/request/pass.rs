//! Proxies that are containers of ordinary pods: the sidecar of a mesh, which takes its pod's traffic over, and a reverse proxy.
//!
//! Each accepts one connection and opens another one. A sidecar's goes to where the one it took over was to go: for what leaves the
//! pod through the node's Service rules, which a mesh's own choice of endpoints is taken to agree with; for what came in, within
//! the pod. Two sidecars of one mesh find each other and speak mutual TLS, which the sender's offers by itself (istio's auto mTLS).
//!
//! Once a proxy has accepted, nothing is refused any more: HTTP gets a status, another connection is cut off.

use std::rc::Rc;

use super::exchange::{Runner, speaks_tls};
use super::target::Transport;
use super::{Exchange, Request, Sender, Stop, Target};
use crate::behavior::reverse::{Action, Host, Location, Pass};
use crate::behavior::{MutualTls, Proxy, Reference, Site};
use crate::dto::Outcome;
use crate::edge::http;
use crate::net::{Connection, ListenerRef, Taken, Way};

/// What such a proxy did.
#[derive(Debug, Clone)]
pub struct Passed {
    pub how: How,
    /// Exchanges with whom it asked, in order; the last is what came of it.
    pub attempts: Vec<Exchange>,
}

/// How it came to what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It took over what its pod sent or was sent.
    Took { taken: Taken, secured: Secured },
    /// By the sites of a reverse proxy; absent where none, or no location, is for the request.
    Decided { listener: ListenerRef, site: usize, location: Option<usize> },
}

/// What came in to a sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secured {
    /// It came from the pod itself, so that the question is not asked.
    Within,
    Mutual,
    Plain,
    /// In plaintext, where mutual TLS is asked for.
    Refused,
}

/// What a proxy needs to pass something on.
const PASS_US: u64 = 100;
/// Proxies behind one another, at most: more are a loop.
const DEPTH: usize = 16;

impl Passed {
    /// The exchange whose answer was passed on.
    pub fn answer(&self) -> Option<&Exchange> {
        self.attempts.last().filter(|last| matches!(last.outcome, Outcome::Response | Outcome::Connected))
    }
}

impl Runner<'_, '_> {
    /// What a sidecar does with a connection that was led to it.
    pub(super) fn take_over(&mut self, taken: Taken, connection: Connection, exchange: &mut Exchange) {
        let cluster = self.net.cluster;
        let Some(proxy) = cluster.pod(taken.pod).behavior[taken.container].proxy.as_deref() else { return };
        exchange.ended_us += PASS_US;
        let offered = exchange.request.mesh;
        let secured = match taken.way {
            Way::Out => Secured::Within,
            Way::In if offered == Some(proxy.mesh) && proxy.mtls != MutualTls::Disable => Secured::Mutual,
            Way::In if proxy.mtls == MutualTls::Strict => Secured::Refused,
            Way::In => Secured::Plain,
        };
        let mut passed = Passed { how: How::Took { taken, secured }, attempts: Vec::new() };
        if secured == Secured::Refused {
            (exchange.outcome, exchange.status) = (Outcome::Reset, None);
        } else if self.proxies >= DEPTH {
            exchange.stop = Some(Stop::Cycle);
            (exchange.outcome, exchange.status) = concluded(exchange.request.target.transport, Outcome::Timeout, None, proxy.unreachable);
        } else {
            self.proxies += 1;
            let request = onward(proxy, &taken, &exchange.request);
            let sender = Sender::Pod { pod: taken.pod, container: taken.container };
            let mut attempt = self.exchange(sender, &Rc::new(request), None, exchange.ended_us);
            self.proxies -= 1;
            exchange.ended_us = attempt.ended_us;
            let transport = exchange.request.target.transport;
            (exchange.outcome, exchange.status) = concluded(transport, attempt.outcome, attempt.status, proxy.unreachable);
            exchange.response_headers = attempt.response_headers.clone();
            exchange.body.clone_from(&attempt.body);
            if let (Way::In, Some(source), Some(inner)) = (taken.way, proxy.source, &mut attempt.connection) {
                inner.source = source;
            }
            // What counts for the Service is how the pod was reached.
            if let (Way::In, Some(inner)) = (taken.way, &mut attempt.connection) {
                inner.service = inner.service.or(connection.service);
            }
            passed.attempts.push(attempt);
        }
        exchange.passed = Some(Box::new(passed));
    }

    /// What a reverse proxy does with a connection that it accepted.
    pub(super) fn reverse(&mut self, sites: &[Site], listener: ListenerRef, connection: Connection, exchange: &mut Exchange) {
        exchange.ended_us += PASS_US;
        let transport = exchange.request.target.transport;
        let asked = exchange.request.http();
        let host = http::host_name(&asked.host);
        let Some(site) = Site::choose(sites, &host) else { return };
        let index = sites.iter().position(|other| std::ptr::eq(other, site)).unwrap_or_default();
        let location = if site.stream { site.locations.first() } else { site.location(asked.path_only()) };
        let number = location.and_then(|found| site.locations.iter().position(|other| std::ptr::eq(other, found)));
        let mut passed = Passed { how: How::Decided { listener, site: index, location: number }, attempts: Vec::new() };
        let answer = |status: u16| (Outcome::Response, Some(status));
        let encrypted = speaks_tls(connection.port);
        (exchange.outcome, exchange.status) = match (transport, location.map(|found| (found, &found.action))) {
            (_, Some((found, Action::Pass(pass)))) if site.stream => {
                self.attempts(pass, found, listener, &mut passed, exchange, true);
                let last = passed.attempts.last();
                concluded(transport, last.map_or(Outcome::Reset, |last| last.outcome), last.and_then(|last| last.status), 502)
            }
            (Transport::Plain(_), _) => (Outcome::Connected, None),
            (Transport::Https, _) if !encrypted => (Outcome::TlsError, None),
            _ if site.login && matches!(asked.path_only(), "/ping" | "/ready") => answer(200),
            _ if site.login && !is_logged_in(&asked) => answer(if asked.path_only().starts_with("/oauth2/") { 302 } else { 403 }),
            (_, None) => answer(404),
            (_, Some((_, Action::Serve))) => answer(200),
            (_, Some((_, Action::Return { status, body, location }))) => {
                exchange.body = Some(Rc::clone(body));
                if !location.is_empty() {
                    let filled = location.replace("$host", &host).replace("$request_uri", &asked.path);
                    exchange.response_headers.set("location", &filled);
                }
                answer(*status)
            }
            (_, Some((found, Action::Pass(pass)))) => {
                self.attempts(pass, found, listener, &mut passed, exchange, false);
                answer(match passed.attempts.last().map(|last| (last.outcome, last.status)) {
                    Some((Outcome::Response, Some(status))) => status,
                    Some((Outcome::Connected, _)) => 200,
                    Some((Outcome::Timeout, _)) => 504,
                    _ => 502,
                })
            }
        };
        if exchange.outcome == Outcome::Response
            && let Some(last) = passed.answer()
        {
            exchange.response_headers = last.response_headers.clone();
            exchange.body.clone_from(&last.body);
        }
        exchange.passed = Some(Box::new(passed));
    }

    /// Asks the targets one after the other until one can be reached (`proxy_next_upstream`).
    fn attempts(
        &mut self,
        pass: &Pass,
        location: &Location,
        listener: ListenerRef,
        passed: &mut Passed,
        exchange: &mut Exchange,
        stream: bool,
    ) {
        if self.proxies >= DEPTH {
            exchange.stop = Some(Stop::Cycle);
            return;
        }
        self.proxies += 1;
        let sender = Sender::Pod { pod: listener.pod, container: listener.container };
        let first = self.session.below(pass.targets.len());
        for turn in 0..pass.targets.len() {
            let target = &pass.targets[(first + turn) % pass.targets.len()];
            let request = if stream { as_is(target, &exchange.request) } else { asked_for(pass, location, target, &exchange.request) };
            let attempt = self.exchange(sender, &Rc::new(request), None, exchange.ended_us);
            exchange.ended_us = attempt.ended_us;
            let reached = attempt.connection.is_some();
            passed.attempts.push(attempt);
            if reached {
                break;
            }
        }
        self.proxies -= 1;
    }
}

/// How a connection through a proxy ends that ended so behind it.
fn concluded(transport: Transport, outcome: Outcome, status: Option<u16>, unreachable: u16) -> (Outcome, Option<u16>) {
    match (outcome, transport) {
        (Outcome::Response | Outcome::Connected, _) | (Outcome::TlsError, Transport::Https) => (outcome, status),
        (_, Transport::Http) => (Outcome::Response, Some(unreachable)),
        (_, Transport::Plain(crate::model::Protocol::Udp)) => (Outcome::Timeout, None),
        _ => (Outcome::Reset, None),
    }
}

/// The request that a sidecar passes on.
fn onward(proxy: &Proxy, taken: &Taken, request: &Request) -> Request {
    let destination = taken.packet.destination;
    let address = match (taken.way, proxy.localhost, destination) {
        (Way::In, true, std::net::IpAddr::V4(_)) => std::net::Ipv4Addr::LOCALHOST.into(),
        (Way::In, true, std::net::IpAddr::V6(_)) => std::net::Ipv6Addr::LOCALHOST.into(),
        _ => destination,
    };
    let mesh = (taken.way == Way::Out && proxy.mtls != MutualTls::Disable).then_some(proxy.mesh);
    let host = Some(request.http().host);
    let target = Target { address: Some(address), port: taken.packet.port, inside: None, ..request.target.clone() };
    Request { target, host, mesh, ..request.clone() }
}

/// The request that a reverse proxy sends.
fn asked_for(pass: &Pass, location: &Location, to: &Reference, request: &Request) -> Request {
    let path = pass.path(location, &request.target.path);
    let mut target = Target { path, ..Target::from(to) };
    if matches!(target.transport, Transport::Http | Transport::Https) {
        target.text = format!("{}{}", to.text, target.path);
    }
    let host = match &pass.host {
        Host::Target => None,
        Host::Client => Some(request.http().host),
        Host::Name => Some(request.http().host_name()),
        Host::Written(host) => Some(host.clone()),
    };
    Request { target, host, mesh: None, ..request.clone() }
}

/// The same bytes to another place.
fn as_is(to: &Reference, request: &Request) -> Request {
    let host = Some(request.http().host);
    let target = Target { transport: request.target.transport, path: request.target.path.clone(), ..Target::from(to) };
    Request { target, host, mesh: None, ..request.clone() }
}

/// Whether a request brings what a login left (`oauth2-proxy`'s cookie) or a token.
fn is_logged_in(asked: &http::HttpRequest) -> bool {
    asked.headers.get("authorization").is_some() || asked.headers.get("cookie").is_some_and(|cookie| cookie.contains("_oauth2_proxy"))
}
