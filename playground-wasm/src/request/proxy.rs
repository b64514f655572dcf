//! A proxy at the edge at work: it accepts one connection, decides, and opens another one to an endpoint of the backend.
//!
//! What the backend does with the connection decides the status as most proxies have it: 502 where it refuses or speaks
//! something else, 504 where it stays silent or takes too long. An endpoint that cannot be reached is passed over for another, as
//! often as ingress-nginx does (`proxy_next_upstream_tries`). A connection that is not HTTP ends as the backend's does.

use std::rc::Rc;

use super::exchange::Runner;
use super::target::Transport;
use super::{Exchange, Request, Sender, Stop, Target};
use crate::dto::Outcome;
use crate::edge::plan::{Action, Forward, Upstream};
use crate::edge::tls::{Handshake, handshake};
use crate::edge::{HttpRequest, Plan, Proxy, backend, controller, gateway, http};
use crate::model::{ListenerProtocol, Protocol, ServiceType};
use crate::net::{Connection, ListenerRef, Target as Endpoint};

/// What a proxy did with a request that reached it.
#[derive(Debug, Clone)]
pub struct Relayed {
    pub proxy: Proxy,
    /// Where the client spoke TLS to it.
    pub handshake: Option<Handshake>,
    /// Absent where the handshake failed, or nothing was asked.
    pub plan: Option<Plan>,
    /// Connections to endpoints in their order; the last one is what came of it.
    pub attempts: Vec<Exchange>,
    /// Copies for backends whose answers nobody reads.
    pub mirrors: Vec<Exchange>,
    /// The rule's time was over before the backend had answered.
    pub timed_out: bool,
}

/// Endpoints that are tried, at most.
const ATTEMPTS: usize = 3;
/// Proxies behind one another, at most: more are a loop.
const DEPTH: usize = 8;
/// What a proxy needs to decide.
const ROUTE_US: u64 = 100;

impl Relayed {
    /// Whether the proxy did what the rules ask: it got an answer, or gave the one it was to give, over a certificate for the
    /// name that the client asked for.
    pub fn worked(&self) -> bool {
        self.trusted() && self.decided()
    }

    /// Whether a client has no reason to break off over the certificate.
    pub fn trusted(&self) -> bool {
        !matches!(&self.handshake, Some(Handshake::Ends { served, .. }) if !served.matches)
    }

    fn decided(&self) -> bool {
        match self.plan.as_ref().map(|plan| &plan.action) {
            Some(Action::Answer { status, .. }) => *status < 400,
            Some(Action::Forward(_)) => !self.timed_out && self.attempts.last().is_some_and(Exchange::all_answered),
            Some(Action::Close { .. }) => false,
            None => !matches!(self.handshake, Some(Handshake::NoListener)),
        }
    }

    /// The exchange whose answer was passed on.
    pub fn answer(&self) -> Option<&Exchange> {
        let passed = |exchange: &&Exchange| matches!(exchange.outcome, Outcome::Response | Outcome::Connected);
        self.attempts.last().filter(|_| !self.timed_out).filter(passed)
    }
}

impl Runner<'_, '_> {
    /// What a proxy does with a connection that it accepted.
    pub(super) fn pass(&mut self, proxy: Proxy, listener: ListenerRef, connection: Connection, exchange: &mut Exchange) {
        exchange.ended_us += ROUTE_US;
        let mut relayed = Relayed { proxy, handshake: None, plan: None, attempts: Vec::new(), mirrors: Vec::new(), timed_out: false };
        let asked = exchange.request.http();
        let plan = match self.decide(listener, connection.port, exchange, &asked, &mut relayed) {
            Ok(plan) => plan,
            Err((outcome, status)) => {
                (exchange.outcome, exchange.status) = (outcome, status);
                exchange.relayed = Some(Box::new(relayed));
                return;
            }
        };
        match &plan.action {
            Action::Answer { status, headers, .. } => {
                (exchange.outcome, exchange.status) = (Outcome::Response, Some(*status));
                exchange.response_headers = headers.clone();
            }
            Action::Close { .. } => {
                exchange.outcome = match exchange.request.target.transport {
                    Transport::Plain(Protocol::Udp) => Outcome::Timeout,
                    Transport::Https => Outcome::TlsError,
                    _ => Outcome::Reset,
                };
            }
            Action::Forward(_) if self.proxies >= DEPTH => {
                exchange.stop = Some(Stop::Cycle);
                (exchange.outcome, exchange.status) = (Outcome::Response, Some(504));
            }
            Action::Forward(forward) => {
                self.proxies += 1;
                self.forward(forward, listener, connection, &asked, &mut relayed, exchange);
                self.proxies -= 1;
            }
        }
        relayed.plan = Some(plan);
        exchange.relayed = Some(Box::new(relayed));
    }

    /// What the proxy makes of the connection; where it makes nothing of it, how it ends.
    fn decide(
        &mut self,
        listener: ListenerRef,
        port: u16,
        exchange: &Exchange,
        asked: &HttpRequest,
        relayed: &mut Relayed,
    ) -> Result<Plan, (Outcome, Option<u16>)> {
        let (cluster, edge) = (self.net.cluster, self.net.edge);
        let Target { transport, host, .. } = &exchange.request.target;
        let on_port = |plane: usize, wanted: &[ListenerProtocol]| {
            edge.planes[plane].on_port(port).find(|(_, listener)| wanted.contains(&listener.spec.protocol)).map(|(index, _)| index)
        };
        let encrypted = match relayed.proxy {
            Proxy::Ingress(_) => is_tls_port(cluster, listener),
            Proxy::Gateway(plane) => {
                if let Some(index) = on_port(plane, &[ListenerProtocol::Tcp, ListenerProtocol::Udp]) {
                    return Ok(gateway::plan_stream(cluster, &edge.planes[plane], index, "", asked, self.session));
                }
                on_port(plane, &[ListenerProtocol::Https, ListenerProtocol::Tls]).is_some()
            }
        };
        match (transport, encrypted) {
            (Transport::Plain(_), _) => return Err((Outcome::Connected, None)),
            // What nginx answers to HTTP on a port for HTTPS.
            (Transport::Http | Transport::AsListener, true) => return Err((Outcome::Response, Some(400))),
            (Transport::Http | Transport::AsListener, false) => {
                return Ok(match relayed.proxy {
                    Proxy::Ingress(index) => controller::plan(cluster, edge, index, "http", asked),
                    Proxy::Gateway(plane) => gateway::plan(cluster, edge, plane, port, None, asked, self.session),
                });
            }
            (Transport::Https, false) => return Err((Outcome::TlsError, None)),
            (Transport::Https, true) => {}
        }
        let name = http::host_name(host);
        let shaken = handshake(cluster, edge, relayed.proxy, port, &name);
        let chosen = match &shaken {
            Handshake::NoListener => None,
            Handshake::PassesThrough { listener } => Some(*listener),
            Handshake::Ends { listener, .. } => *listener,
        };
        relayed.handshake = Some(shaken);
        match (relayed.proxy, chosen) {
            (Proxy::Ingress(index), _) => Ok(controller::plan(cluster, edge, index, "https", asked)),
            (Proxy::Gateway(_), None) => Err((Outcome::TlsError, None)),
            (Proxy::Gateway(plane), Some(chosen)) => Ok(match edge.planes[plane].listeners[chosen].spec.protocol {
                ListenerProtocol::Https => gateway::plan(cluster, edge, plane, port, Some(chosen), asked, self.session),
                _ => gateway::plan_stream(cluster, &edge.planes[plane], chosen, &name, asked, self.session),
            }),
        }
    }

    fn forward(
        &mut self,
        forward: &Forward,
        listener: ListenerRef,
        connection: Connection,
        asked: &HttpRequest,
        relayed: &mut Relayed,
        exchange: &mut Exchange,
    ) {
        let cluster = self.net.cluster;
        let sender = Sender::Pod { pod: listener.pod, container: listener.container };
        let mut request = forward.request.clone();
        let stream = forward.upstream == Upstream::AsClient;
        if !stream {
            request.headers.add("X-Forwarded-For", &connection.source.to_string());
            let scheme = if relayed.handshake.is_some() { "https" } else { "http" };
            request.headers.set("X-Forwarded-Proto", scheme);
        }
        let ended = matches!(relayed.handshake, Some(Handshake::Ends { .. }));
        let transport = match forward.upstream {
            Upstream::Http => Transport::Http,
            Upstream::Https => Transport::Https,
            // Where TLS ends here, what goes on is not encrypted.
            Upstream::AsClient if ended => Transport::Http,
            Upstream::AsClient => exchange.request.target.transport,
        };
        for &mirror in &forward.mirrors {
            let mut endpoints = backend::endpoints(cluster, mirror);
            if !endpoints.is_empty() {
                let chosen = endpoints.swap_remove(self.session.below(endpoints.len()));
                let copy = to_endpoint(&request, chosen, transport, exchange);
                let mut sent = self.exchange(sender, &Rc::new(copy), None, exchange.ended_us);
                sent.via = Some(mirror);
                relayed.mirrors.push(sent);
            }
        }
        let begun = exchange.ended_us;
        for upstream in self.targets(forward, &request, transport, exchange) {
            let mut attempt = self.exchange(sender, &Rc::new(upstream), None, exchange.ended_us);
            attempt.via = Some(forward.to);
            exchange.ended_us = attempt.ended_us;
            let reached = attempt.connection.is_some();
            relayed.attempts.push(attempt);
            if reached {
                break;
            }
        }
        if let Some(limit) = forward.timeout_us
            && exchange.ended_us - begun > limit
        {
            exchange.ended_us = begun + limit;
            relayed.timed_out = true;
            (exchange.outcome, exchange.status) = (Outcome::Response, Some(504));
            return;
        }
        let Some(last) = relayed.attempts.last() else {
            (exchange.outcome, exchange.status) = (Outcome::Response, Some(503));
            return;
        };
        if stream {
            (exchange.outcome, exchange.status) = match last.outcome {
                Outcome::Refused | Outcome::Unroutable => (Outcome::Reset, None),
                outcome => (outcome, last.status),
            };
            exchange.response_headers = last.response_headers.clone();
            return;
        }
        exchange.outcome = Outcome::Response;
        exchange.status = match last.outcome {
            Outcome::Response => last.status,
            Outcome::Timeout | Outcome::DnsTimeout => Some(504),
            _ => Some(502),
        };
        exchange.response_headers = last.response_headers.clone();
        for change in &forward.responses {
            change.apply(asked, &mut exchange.response_headers);
        }
    }

    /// The requests to endpoints that are tried one after the other: in an order drawn by chance, or to the name of an alias.
    fn targets(&mut self, forward: &Forward, request: &HttpRequest, transport: Transport, exchange: &Exchange) -> Vec<Request> {
        let service = self.net.cluster.service(forward.to.service);
        if let ServiceType::ExternalName(name) = &service.spec.service_type {
            let port = service.spec.ports[forward.to.port].port;
            let text = format!("{name}:{port}{}", request.path);
            let target = Target { text, transport, host: name.clone(), port, path: request.path.clone(), address: None, inside: None };
            return vec![as_sent(request, target)];
        }
        let mut endpoints = backend::endpoints(self.net.cluster, forward.to);
        let mut drawn = Vec::new();
        while drawn.len() < ATTEMPTS && !endpoints.is_empty() {
            let chosen = endpoints.swap_remove(self.session.below(endpoints.len()));
            drawn.push(to_endpoint(request, chosen, transport, exchange));
        }
        drawn
    }
}

fn to_endpoint(request: &HttpRequest, to: Endpoint, transport: Transport, exchange: &Exchange) -> Request {
    let scheme = match transport {
        Transport::Http | Transport::AsListener => "http",
        Transport::Https => "https",
        Transport::Plain(Protocol::Udp) => "udp",
        Transport::Plain(_) => "tcp",
    };
    let path = if matches!(transport, Transport::Plain(_)) { "" } else { request.path.as_str() };
    let text = format!("{scheme}://{}{path}", std::net::SocketAddr::new(to.ip, to.port));
    // The name that TLS asks for goes on with a stream that is passed through.
    let host = if transport == Transport::Https { exchange.request.target.host.clone() } else { to.ip.to_string() };
    as_sent(request, Target { text, transport, host, port: to.port, path: request.path.clone(), address: Some(to.ip), inside: None })
}

fn as_sent(request: &HttpRequest, target: Target) -> Request {
    Request { target, method: request.method.clone(), headers: request.headers.clone(), host: Some(request.host.clone()), mesh: None }
}

/// Whether a controller's port is for HTTPS: by its name, or by the number that is usual for it.
fn is_tls_port(cluster: &crate::cluster::Cluster, listener: ListenerRef) -> bool {
    let open = listener.get(cluster);
    let ports = &cluster.pod(listener.pod).spec().containers[listener.container].ports;
    let named = ports.iter().find(|port| port.port == open.port).and_then(|port| port.name.as_deref());
    named.map_or(open.port % 1000 == 443, |name| name.contains("https") || name.contains("secure"))
}
