//! What a gateway does with a request or a connection, as a [`Plan`].
//!
//! 404 where no listener or route takes a request, 500 where the chosen backend does not resolve or the rule has none, 503 where
//! it has no endpoint (`HTTPRouteRule.backendRefs`, `gateway-api/apis/v1`), 421 where the Host header belongs to another
//! listener than the server name did. A backend is chosen by weight first, so an invalid one gets its share of requests.
//! A connection that is not HTTP goes by the oldest route of its listener, or is closed.

use std::cmp::Reverse;

use super::attach::Attachment;
use super::backend;
use super::http::{Headers, HttpRequest};
use super::listener::{Listener, Plane};
use super::plan::{Action, Cause, Decider, Forward, Plan, ResponseChange, Upstream};
use super::{Edge, cors, created, filter, hostname, matching};
use crate::cluster::{Cluster, ObjectRef};
use crate::model::{BackendRef, BackendTarget, Filter, Fraction, ListenerProtocol, PathMatch, Route, RouteKind};
use crate::net::Session;
use crate::text::Step;

/// Decides about an HTTP request on a port; `listener` is the one that the server name chose, where TLS ended here.
pub fn plan(
    cluster: &Cluster,
    edge: &Edge,
    plane: usize,
    port: u16,
    listener: Option<usize>,
    request: &HttpRequest,
    session: &mut Session,
) -> Plan {
    let gateway = &edge.planes[plane];
    let host = request.host_name();
    let (scheme, protocol) = if listener.is_some() { ("https", ListenerProtocol::Https) } else { ("http", ListenerProtocol::Http) };
    let fitting = gateway.on_port(port).filter(|(_, found)| found.spec.protocol == protocol && hostname::covers(found.hostname(), &host));
    let found = fitting.max_by_key(|(_, found)| hostname::rank(found.hostname()));
    let nothing = |status, cause, instead| Plan { by: Decider::Nothing { instead }, action: Action::answer(status, cause) };
    if listener.is_some_and(|by_name| found.is_none_or(|(index, _)| index != by_name)) {
        return nothing(421, Cause::Misdirected, None);
    }
    let matched = found.and_then(|(_, found)| Some((found, matching::find(cluster, found, request)?)));
    let Some((found, matched)) = matched else {
        let instead = detached(cluster, edge, plane, request);
        return nothing(404, if instead.is_some() { Cause::NotAttached } else { Cause::NoRule }, instead);
    };
    let (object, route) = &cluster.edge.routes[matched.route];
    let rule = &route.rules[matched.rule];
    let decided = |backend, action| Plan {
        by: Decider::Route { object: *object, rule: matched.rule, number: matched.number, backend, listener: (found.object, found.index) },
        action,
    };
    let mut way = Way {
        cluster,
        route,
        matched: &rule.matches[matched.number].path,
        scheme,
        port,
        asked: request,
        request: request.clone(),
        responses: Vec::new(),
        mirrors: Vec::new(),
    };
    if let Some(action) = way.pass(&rule.filters, session) {
        return decided(None, action);
    }
    let Some(chosen) = choose(&rule.backends, session) else { return decided(None, Action::answer(500, Cause::NoBackends)) };
    let backend = &rule.backends[chosen];
    if let Some(action) = way.pass(&backend.filters, session) {
        return decided(Some(chosen), action);
    }
    let timeouts = [rule.timeouts.request_us, rule.timeouts.backend_us];
    decided(Some(chosen), way.send(&backend.target, timeouts.into_iter().flatten().min()))
}

/// A request on its way through the filters.
struct Way<'a> {
    cluster: &'a Cluster,
    route: &'a Route,
    /// The path condition that took the request.
    matched: &'a PathMatch,
    scheme: &'a str,
    port: u16,
    asked: &'a HttpRequest,
    request: HttpRequest,
    responses: Vec<ResponseChange>,
    mirrors: Vec<backend::ServicePort>,
}

impl Way<'_> {
    /// Applies filters in their order; the answer where one of them gives it.
    fn pass(&mut self, filters: &[Filter], session: &mut Session) -> Option<Action> {
        for filter in filters {
            match filter {
                Filter::RequestHeaders(change) => filter::change_headers(&mut self.request.headers, change),
                Filter::ResponseHeaders(change) => self.responses.push(ResponseChange::Headers(change.clone())),
                Filter::Mirror { backend, share } => self.mirror(backend, *share, session),
                Filter::Redirect(redirect) => {
                    let location = filter::location(redirect, self.asked, self.scheme, self.port, self.matched);
                    let mut headers = Headers::default();
                    headers.set("location", &location);
                    return Some(Action::Answer { status: redirect.status, headers, cause: Cause::Redirect });
                }
                Filter::Rewrite { hostname, path } => {
                    if let Some(hostname) = hostname {
                        self.request.host.clone_from(hostname);
                    }
                    if let Some(change) = path {
                        self.request.path = filter::change_path(&self.request.path, self.matched, change);
                    }
                }
                Filter::Cors(filter) if cors::is_preflight(self.asked) => {
                    let mut headers = Headers::default();
                    cors::answer(filter, self.asked, &mut headers);
                    return Some(Action::Answer { status: cors::PREFLIGHT_STATUS, headers, cause: Cause::Preflight });
                }
                Filter::Cors(filter) => self.responses.push(ResponseChange::Cors(filter.clone())),
                Filter::Extension { .. } => return Some(Action::answer(500, Cause::UnknownFilter)),
            }
        }
        None
    }

    /// A mirror that does not resolve is left out.
    fn mirror(&mut self, target: &BackendTarget, share: Fraction, session: &mut Session) {
        let whole = share.numerator >= share.denominator;
        let drawn = whole || session.happens(share.numerator as usize, share.denominator as usize);
        if let Ok(to) = backend::of_route(self.cluster, self.route, target)
            && drawn
        {
            self.mirrors.push(to);
        }
    }

    fn send(self, target: &BackendTarget, timeout_us: Option<u64>) -> Action {
        let to = match backend::of_route(self.cluster, self.route, target) {
            Ok(to) => to,
            Err(problem) => return Action::answer(500, Cause::Backend(problem)),
        };
        if backend::endpoints(self.cluster, to).is_empty() {
            return Action::answer(503, Cause::NoEndpoints(to));
        }
        let Self { request, responses, mirrors, .. } = self;
        Action::Forward(Box::new(Forward { responses, mirrors, timeout_us, ..Forward::plain(to, request, Upstream::Http) }))
    }
}

/// One of the backends by weight; absent where none has any.
fn choose(backends: &[BackendRef], session: &mut Session) -> Option<usize> {
    session.weighed(backends.iter().map(|backend| backend.weight as usize))
}

/// Decides about a connection that is passed on as it is: on a TLS, TCP or UDP listener.
pub fn plan_stream(
    cluster: &Cluster,
    plane: &Plane,
    listener: usize,
    server_name: &str,
    request: &HttpRequest,
    session: &mut Session,
) -> Plan {
    let found = &plane.listeners[listener];
    let Some((index, rule)) = stream_route(cluster, found, server_name) else {
        return Plan { by: Decider::Nothing { instead: None }, action: Action::Close { cause: Cause::NoRule } };
    };
    let (object, route) = &cluster.edge.routes[index];
    let chosen = choose(&route.rules[rule].backends, session);
    let action = match chosen.map(|chosen| backend::of_route(cluster, route, &route.rules[rule].backends[chosen].target)) {
        None => Action::Close { cause: Cause::NoBackends },
        Some(Err(problem)) => Action::Close { cause: Cause::Backend(problem) },
        Some(Ok(to)) if backend::endpoints(cluster, to).is_empty() => Action::Close { cause: Cause::NoEndpoints(to) },
        Some(Ok(to)) => Action::Forward(Box::new(Forward::plain(to, request.clone(), Upstream::AsClient))),
    };
    Plan { by: Decider::Route { object: *object, rule, number: 0, backend: chosen, listener: (found.object, found.index) }, action }
}

/// The route of a connection and its first rule: the most specific host, then the oldest.
fn stream_route(cluster: &Cluster, listener: &Listener, server_name: &str) -> Option<(usize, usize)> {
    let ranked = listener.attached.iter().filter_map(|attached| {
        let (object, route) = &cluster.edge.routes[attached.route];
        let named = route.kind == RouteKind::Tls;
        let hosts = attached.hostnames.iter().filter(|pattern| !named || hostname::covers(pattern, server_name));
        let rank = hosts.map(|pattern| hostname::rank(pattern)).max()?;
        (!route.rules.is_empty())
            .then_some(((rank, Reverse((created(cluster, *object), &route.meta.namespace, &route.meta.name))), attached.route))
    });
    ranked.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, route)| (route, 0))
}

/// A route that would take the request, that names this Gateway and is not on it, and the reference that names it.
fn detached(cluster: &Cluster, edge: &Edge, plane: usize, request: &HttpRequest) -> Option<(ObjectRef, Vec<Step>)> {
    let host = request.host_name();
    for ((object, route), attachments) in cluster.edge.routes.iter().zip(&edge.attachments) {
        let refused = attachments.iter().position(|attachment| {
            matches!(
                attachment,
                Attachment::NoListener { plane: named }
                | Attachment::KindNotAllowed { plane: named }
                | Attachment::NamespaceNotAllowed { plane: named }
                | Attachment::NoCommonHost { plane: named } if *named == plane
            )
        });
        let hosts = route.hostnames.is_empty() || route.hostnames.iter().any(|pattern| hostname::covers(pattern, &host));
        let would = hosts && route.rules.iter().flat_map(|rule| &rule.matches).any(|condition| matching::holds(condition, request));
        if let Some(parent) = refused.filter(|_| would) {
            return Some((*object, vec!["spec".into(), "parentRefs".into(), parent.into()]));
        }
    }
    None
}
