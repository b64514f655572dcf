//! Which rule of the routes on a listener takes a request.
//!
//! Follows `HTTPRouteSpec.hostnames` and `HTTPRouteRule.matches` (`gateway-api/apis/v1`): the most specific host, then an exact
//! path, the longest prefix, a method, the most headers, the most query parameters; then the oldest route, the first by
//! namespace and name, and the first rule. Regular expressions, whose place is left to implementations, stand between exact
//! paths and prefixes, as in Envoy Gateway.

use std::cmp::Reverse;

use super::hostname;
use super::http::HttpRequest;
use super::listener::Listener;
use super::pattern::Pattern;
use super::{created, path};
use crate::cluster::Cluster;
use crate::model::{PathMatch, RouteKind, RouteMatch, ValueMatch};

/// The match that takes a request: by indices of the route, its rule and the rule's match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    pub route: usize,
    pub rule: usize,
    pub number: usize,
}

/// The match that takes a request on a listener; absent where none does.
pub fn find(cluster: &Cluster, listener: &Listener, request: &HttpRequest) -> Option<Matched> {
    let host = request.host_name();
    let mut best = None;
    for attached in &listener.attached {
        let (object, route) = &cluster.edge.routes[attached.route];
        if !matches!(route.kind, RouteKind::Http | RouteKind::Grpc) {
            continue;
        }
        let covering = attached.hostnames.iter().filter(|pattern| hostname::covers(pattern, &host));
        let Some(rank) = covering.map(|pattern| hostname::rank(pattern)).max() else { continue };
        for (rule_index, rule) in route.rules.iter().enumerate() {
            for (number, condition) in rule.matches.iter().enumerate().filter(|(_, condition)| holds(condition, request)) {
                let key = (
                    rank,
                    path_rank(&condition.path),
                    condition.method.is_some(),
                    condition.headers.len(),
                    condition.query.len(),
                    Reverse((created(cluster, *object), &route.meta.namespace, &route.meta.name, rule_index, number)),
                );
                if best.as_ref().is_none_or(|(known, _)| key > *known) {
                    best = Some((key, Matched { route: attached.route, rule: rule_index, number }));
                }
            }
        }
    }
    best.map(|(_, matched)| matched)
}

fn path_rank(path: &PathMatch) -> (u8, usize) {
    match path {
        PathMatch::Exact(value) => (3, value.len()),
        PathMatch::Regex(value) => (2, value.len()),
        PathMatch::Prefix(value) => (1, value.trim_end_matches('/').len()),
        PathMatch::GrpcMethod(_) => (0, 0),
    }
}

/// Whether all conditions of a match hold.
pub fn holds(condition: &RouteMatch, request: &HttpRequest) -> bool {
    let asked = request.path_only();
    let path = match &condition.path {
        PathMatch::Exact(value) => value == asked,
        PathMatch::Prefix(value) => path::has_prefix(asked, value),
        PathMatch::Regex(value) => Pattern::new(value).is_some_and(|pattern| pattern.matches_all(asked)),
        PathMatch::GrpcMethod(method) => asked.rsplit_once('/').is_some_and(|(service, last)| last == method && service.len() > 1),
    };
    path && condition.method.as_ref().is_none_or(|method| *method == request.method)
        && condition.headers.iter().all(|wanted| request.headers.get(&wanted.name).is_some_and(|value| value_holds(wanted, value)))
        && condition.query.iter().all(|wanted| request.query(&wanted.name).is_some_and(|value| value_holds(wanted, &value)))
}

fn value_holds(wanted: &ValueMatch, value: &str) -> bool {
    if wanted.regex { Pattern::new(&wanted.value).is_some_and(|pattern| pattern.matches_all(value)) } else { wanted.value == value }
}
