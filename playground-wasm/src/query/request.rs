//! The `request` question: sent, and the exchange told as its answer.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::courses::Courses;
use super::destination::{self, Nowhere};
use super::{RequestQuery, To};
use crate::cluster::Cluster;
use crate::dto::{Backend, BackendRequest, Hop, HopKind, Outcome, RequestAnswer, TlsShown};
use crate::edge::Headers;
use crate::edge::tls::Handshake;
use crate::net::{Network, Session};
use crate::request::{self, Exchange, Request, resolve_sender};
use crate::trace;

/// Past this many the shares do not change any more.
const MOST: u32 = 10_000;

/// Sends the request as often as it is to be sent.
pub fn answer(net: Network<'_>, query: &RequestQuery) -> Result<RequestAnswer, String> {
    let sender = resolve_sender(net.cluster, &query.from).map_err(|error| error.0)?;
    let request = match asked(net, &query.to, &query.method, &query.headers)? {
        Ok(request) => request,
        Err(none) => return Ok(nowhere(net.cluster, none)),
    };
    let answers: Headers = query.backend_sets_response_headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut session = Session::new(net.cluster.config.seed.wrapping_add(query.seed));
    let count = query.count.clamp(1, MOST);
    if count == 1 {
        return Ok(told(net, &request::run(net, sender, &request, &answers, &mut session)));
    }
    let mut courses = Courses::new(query.courses);
    let mut answer = None;
    for number in 0..count {
        session.forget_choices();
        let exchange = request::run(net, sender, &request, &answers, &mut session);
        courses.add(net, &exchange, session.choices());
        if number == query.nth.min(count - 1) {
            answer = Some(told(net, &exchange));
        }
        session.advance(exchange.ended_us.saturating_add(query.interval_ms.saturating_mul(1_000)));
    }
    let mut answer = answer.ok_or("no request was sent")?;
    courses.tell(net.cluster, &mut answer);
    Ok(answer)
}

/// The request that a question means, or why what it is for has no address; the error says what the question got wrong.
pub(super) fn asked(
    net: Network<'_>,
    to: &To,
    method: &str,
    headers: &BTreeMap<String, String>,
) -> Result<Result<Rc<Request>, Nowhere>, String> {
    let mut request = match destination::find(net, to)? {
        Ok(request) => request,
        Err(none) => return Ok(Err(none)),
    };
    request.method = method.to_ascii_uppercase();
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("host") {
            request.host = Some(value.clone());
        } else {
            request.headers.set(name, value);
        }
    }
    Ok(Ok(Rc::new(request)))
}

/// Nobody can send to what has no address; one hop says why.
pub(super) fn nowhere(cluster: &Cluster, nowhere: Nowhere) -> RequestAnswer {
    let Nowhere { reason, object, field, what, lacks, why } = nowhere;
    let hop = object.map(|object| Hop {
        index: 0,
        depth: 0,
        exchange: 0,
        kind: HopKind::Service,
        actor: cluster.sources.id(object).to_string(),
        title: what.clone(),
        came_in: String::new(),
        rule: format!("{what} {lacks}: {why}"),
        went_out: String::new(),
        lines: cluster.sources.line(object, &["spec".into(), field.into()]).into_iter().collect(),
        at_us: 0,
        service: None,
        end: Some(Outcome::Unroutable),
        status: None,
    });
    RequestAnswer {
        outcome: Outcome::Unroutable,
        status: None,
        response_headers: BTreeMap::new(),
        body: String::new(),
        backend: None,
        backend_request: None,
        source_ip: None,
        tls: None,
        distribution: BTreeMap::new(),
        courses: Vec::new(),
        taken: Vec::new(),
        reason: reason.map(str::to_owned),
        headline: format!("{what} {lacks}"),
        detail: trace::sentence(&why),
        ok: false,
        duration_us: 0,
        hops: hop.into_iter().collect(),
    }
}

/// An exchange as the answer that every consumer reads.
pub(super) fn told(net: Network<'_>, exchange: &Exchange) -> RequestAnswer {
    let cluster = net.cluster;
    let hops = trace::hops(net, exchange);
    let (headline, detail) = trace::verdict(cluster, exchange, &hops);
    let last = exchange.answered();
    let backend = trace::reached(exchange).map(|listener| {
        let pod = cluster.pod(listener.pod);
        let service = last.and_then(|last| last.via.map(|via| via.service).or(last.connection.and_then(|connection| connection.service)));
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
        body: exchange.body.as_deref().unwrap_or_default().to_owned(),
        backend_request,
        source_ip: source.map(|connection| connection.source.to_string()),
        tls: tls(exchange),
        backend,
        distribution: BTreeMap::new(),
        courses: Vec::new(),
        taken: Vec::new(),
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
    let Some(Handshake::Ends { served, .. }) = &exchange.relayed.as_ref()?.handshake else { return None };
    Some(TlsShown {
        server_name: exchange.request.target.host.clone(),
        names: if served.fallback.is_some() { Vec::new() } else { served.names.clone() },
        matches: served.matches,
        fallback: served.fallback.is_some(),
    })
}
