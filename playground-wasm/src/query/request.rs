//! The `request` question: what it is sent to, and the exchange told as its answer.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{RequestQuery, ServiceName, To, find_service};
use crate::dto::{Backend, BackendRequest, Outcome, RequestAnswer, TlsShown};
use crate::edge::tls::Handshake;
use crate::edge::{Headers, class, http, status};
use crate::model::LoadBalancerIngress;
use crate::net::{Network, Session};
use crate::request::{self, Exchange, Request, parse_target, resolve_sender};
use crate::trace;

/// Where a request goes: somewhere, or to something that has no address yet.
enum Destination {
    Request(Box<Request>),
    Nowhere { reason: &'static str, headline: String, detail: &'static str },
}

/// Sends the request as often as it is to be sent.
pub fn answer(net: Network<'_>, query: &RequestQuery) -> Result<RequestAnswer, String> {
    let sender = resolve_sender(net.cluster, &query.from).map_err(|error| error.0)?;
    let mut request = match destination(net, &query.to)? {
        Destination::Request(request) => *request,
        Destination::Nowhere { reason, headline, detail } => return Ok(nowhere(reason, headline, detail)),
    };
    request.method = query.method.to_ascii_uppercase();
    for (name, value) in &query.headers {
        if name.eq_ignore_ascii_case("host") {
            request.host = Some(value.clone());
        } else {
            request.headers.set(name, value);
        }
    }
    let answers: Headers = query.backend_sets_response_headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut session = Session::new(net.cluster.config.seed.wrapping_add(query.seed));
    let exchange = request::run(net, sender, request.clone(), &answers, &mut session);
    let mut answer = told(net, &exchange);
    if query.count > 1 {
        count(&mut answer, net, &exchange);
        let mut elapsed_us = exchange.ended_us;
        // Past this many the shares do not change any more.
        for _ in 1..query.count.min(10_000) {
            session.advance(elapsed_us.saturating_add(query.interval_ms.saturating_mul(1_000)));
            let again = request::run(net, sender, request.clone(), &answers, &mut session);
            count(&mut answer, net, &again);
            elapsed_us = again.ended_us;
        }
    }
    Ok(answer)
}

fn destination(net: Network<'_>, to: &To) -> Result<Destination, String> {
    match to {
        To { url: Some(url), .. } => Ok(Destination::Request(Box::new(Request::get(parse_target(url)?)))),
        To { load_balancer: Some(name), .. } => {
            let service = net.cluster.service(find_service(net.cluster, name)?);
            let first = service.spec.ports.first().map(|port| port.port);
            match address(&service.load_balancer) {
                Some(address) => addressed(address, to, first),
                None => Ok(Destination::Nowhere {
                    reason: "load-balancer-pending",
                    headline: format!("Service {} has no external address", name.name),
                    detail: "No controller in this cluster hands out load balancer addresses.",
                }),
            }
        }
        To { gateway: Some(name), .. } => gateway(net, name, to),
        To { ingress: Some(target), .. } => ingress(net, target.class.as_deref(), to),
        _ => Err("`to` has none of url, load_balancer, gateway and ingress".into()),
    }
}

fn gateway(net: Network<'_>, name: &ServiceName, to: &To) -> Result<Destination, String> {
    let found = net.edge.planes.iter().find(|plane| plane.gateway.meta.namespace == name.namespace && plane.gateway.meta.name == name.name);
    let plane = found.ok_or_else(|| format!("there is no Gateway {} in namespace {}", name.name, name.namespace))?;
    match address(status::gateway_addresses(net.cluster, plane)) {
        Some(address) => addressed(address, to, None),
        None if plane.class.is_none() => Ok(Destination::Nowhere {
            reason: "gateway-class-unknown",
            headline: format!("Gateway {} has no address", name.name),
            detail: "Its gatewayClassName names no GatewayClass, so no controller runs it.",
        }),
        None => Ok(Destination::Nowhere {
            reason: "load-balancer-pending",
            headline: format!("Gateway {} has no address", name.name),
            detail: "No controller in this cluster hands out load balancer addresses.",
        }),
    }
}

fn ingress(net: Network<'_>, class: Option<&str>, to: &To) -> Result<Destination, String> {
    let classes = &net.cluster.edge.ingress_classes;
    let none = |headline: String| {
        Ok(Destination::Nowhere { reason: "ingress-class-unknown", headline, detail: "No ingress controller serves such a class." })
    };
    let index = match class {
        Some(name) => match classes.iter().position(|(_, class)| class.meta.name == name) {
            Some(index) => index,
            None => return none(format!("There is no IngressClass {name}")),
        },
        None => match (class::default(net.cluster), classes.len()) {
            (Some(index), _) => index,
            (None, 1) => 0,
            (None, 0) => return none("There is no IngressClass".into()),
            (None, _) => return Err("there are several IngressClasses and none is the default: name one as `class`".into()),
        },
    };
    match address(status::ingress_addresses(net.cluster, &classes[index].1.meta.name)) {
        Some(address) => addressed(address, to, None),
        None => none(format!("The controller of IngressClass {} has no address", classes[index].1.meta.name)),
    }
}

fn address(ingress: &[LoadBalancerIngress]) -> Option<IpAddr> {
    ingress.iter().find_map(|ingress| ingress.ip)
}

/// A request to an address, for the host that `to` names.
fn addressed(address: IpAddr, to: &To, port: Option<u16>) -> Result<Destination, String> {
    let scheme = to.scheme.as_deref().unwrap_or("http");
    let default = if scheme == "https" { 443 } else { 80 };
    let port = to.port.or(port).unwrap_or(default);
    let host = to.host.clone().filter(|host| !host.is_empty());
    let path = to.path.as_deref().unwrap_or("/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let name = host.as_deref().map(http::host_name);
    let shown = match &name {
        Some(name) if port == default => name.clone(),
        Some(name) => format!("{name}:{port}"),
        None if port == default && address.is_ipv4() => address.to_string(),
        None => trace::address_port(address, port),
    };
    let mut target = parse_target(&format!("{scheme}://{shown}{slash}{path}"))?;
    target.port = port;
    target.address = Some(address);
    target.host = name.unwrap_or_else(|| address.to_string());
    Ok(Destination::Request(Box::new(Request { host, ..Request::get(target) })))
}

/// Nobody can send to what has no address.
fn nowhere(reason: &'static str, headline: String, detail: &'static str) -> RequestAnswer {
    RequestAnswer {
        outcome: Outcome::Unroutable,
        status: None,
        response_headers: BTreeMap::new(),
        backend: None,
        backend_request: None,
        source_ip: None,
        tls: None,
        distribution: BTreeMap::new(),
        reason: Some(reason.into()),
        headline,
        detail: detail.into(),
        ok: false,
        duration_us: 0,
        hops: Vec::new(),
    }
}

fn count(answer: &mut RequestAnswer, net: Network<'_>, exchange: &Exchange) {
    if let Some(listener) = trace::reached(exchange) {
        let meta = &net.cluster.pod(listener.pod).meta;
        *answer.distribution.entry(format!("{}/{}", meta.namespace, meta.name)).or_default() += 1;
    }
}

/// An exchange as the answer that every consumer reads.
fn told(net: Network<'_>, exchange: &Exchange) -> RequestAnswer {
    let cluster = net.cluster;
    let hops = trace::hops(net, exchange);
    let (headline, detail) = trace::verdict(cluster, exchange, &hops);
    let last = exchange.answered();
    let backend = trace::reached(exchange).map(|listener| {
        let pod = cluster.pod(listener.pod);
        let service = last.and_then(|last| last.via.or(last.connection.and_then(|connection| connection.service)));
        Backend {
            namespace: pod.meta.namespace.clone(),
            pod: pod.meta.name.clone(),
            container: pod.spec().containers[listener.container].name.clone(),
            port: listener.get(cluster).port,
            service: service.map(|id| cluster.service(id).meta().name.clone()),
        }
    });
    let responded = |last: &&Exchange| last.outcome == Outcome::Response && backend.is_some();
    let backend_request = last.filter(responded).map(|last| {
        let http = last.request.http();
        BackendRequest { headers: pairs(&http.headers), method: http.method, host: http.host, path: http.path }
    });
    let source = last.and_then(|last| last.connection).filter(|_| backend.is_some());
    RequestAnswer {
        outcome: exchange.outcome,
        status: exchange.status,
        response_headers: pairs(&exchange.response_headers),
        backend_request,
        source_ip: source.map(|connection| connection.source.to_string()),
        tls: tls(exchange),
        backend,
        distribution: BTreeMap::new(),
        reason: trace::reason(net, exchange).map(str::to_owned),
        headline,
        detail,
        ok: exchange.all_answered(),
        duration_us: exchange.ended_us,
        hops,
    }
}

fn pairs(headers: &Headers) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The certificate that the client was shown by the first proxy.
fn tls(exchange: &Exchange) -> Option<TlsShown> {
    let Some(Handshake::Ends { served, .. }) = &exchange.proxied.as_ref()?.handshake else { return None };
    Some(TlsShown {
        server_name: exchange.request.target.host.clone(),
        names: if served.fallback.is_some() { Vec::new() } else { served.names.clone() },
        matches: served.matches,
        fallback: served.fallback.is_some(),
    })
}
