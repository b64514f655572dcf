//! HTTPRoutes, GRPCRoutes, TLSRoutes, TCPRoutes and UDPRoutes, defaulted as their CustomResourceDefinitions say
//! (`kubernetes-sigs/gateway-api`, `config/crd/standard`, v1.6.1). What proxies of the experimental channel could do besides
//! (retries, session persistence) is an unknown field there, and so here.

use super::api::route as api;
use super::gateway::GROUP;
use crate::model::{
    BackendRef, BackendTarget, Cors, Filter, Fraction, HeaderChange, Meta, ObjectReference, ParentRef, PathChange, PathMatch, Redirect,
    Route, RouteKind, RouteMatch, RouteRule, Timeouts, ValueMatch,
};
use crate::schema::Read;
use crate::text::{Node, duration_us};

/// A route of any kind: the fields that a kind does not have are absent.
pub fn convert(kind: RouteKind, root: &Node, meta: Meta) -> Route {
    let spec = api::HTTPRoute::read(root).spec;
    let mut rules: Vec<RouteRule> = match spec.rules {
        Some(rules) => rules.into_iter().map(rule).collect(),
        None => vec![rule(api::HTTPRouteRule::default())],
    };
    if kind == RouteKind::Grpc {
        let methods = api::GRPCRoute::read(root).spec.rules.unwrap_or_default();
        for (rule, api) in rules.iter_mut().zip(methods) {
            rule.matches = or_everything(api.matches.into_iter().map(grpc_match).collect());
        }
    }
    Route { meta, kind, parents: spec.parent_refs.into_iter().map(parent).collect(), hostnames: spec.hostnames, rules }
}

fn parent(api: api::ParentReference) -> ParentRef {
    let target = ObjectReference {
        group: api.group.unwrap_or_else(|| GROUP.into()),
        kind: api.kind.unwrap_or_else(|| "Gateway".into()),
        namespace: api.namespace,
        name: api.name,
    };
    ParentRef { target, section: api.section_name.filter(|name| !name.is_empty()), port: api.port.filter(|&port| port > 0) }
}

fn rule(api: api::HTTPRouteRule) -> RouteRule {
    RouteRule {
        name: api.name,
        matches: or_everything(api.matches.into_iter().map(http_match).collect()),
        filters: api.filters.into_iter().map(filter).collect(),
        backends: api.backend_refs.into_iter().map(backend).collect(),
        timeouts: Timeouts { request_us: timeout(api.timeouts.request), backend_us: timeout(api.timeouts.backend_request) },
    }
}

/// No match at all matches everything.
fn or_everything(matches: Vec<RouteMatch>) -> Vec<RouteMatch> {
    if matches.is_empty() { vec![http_match(api::HTTPRouteMatch::default())] } else { matches }
}

fn http_match(api: api::HTTPRouteMatch) -> RouteMatch {
    let value = api.path.value.unwrap_or_else(|| "/".into());
    RouteMatch {
        path: match api.path.type_.as_deref() {
            Some("Exact") => PathMatch::Exact(value),
            Some("RegularExpression") => PathMatch::Regex(value),
            _ => PathMatch::Prefix(value),
        },
        headers: values(api.headers),
        query: values(api.query_params),
        method: api.method.filter(|method| !method.is_empty()),
    }
}

fn grpc_match(api: api::GRPCRouteMatch) -> RouteMatch {
    let (service, method) = (api.method.service.filter(|name| !name.is_empty()), api.method.method.filter(|name| !name.is_empty()));
    let path = match (service, method) {
        (None, None) => PathMatch::Prefix("/".into()),
        (service, method) if api.method.type_.as_deref() == Some("RegularExpression") => {
            let any = || "[^/]+".to_owned();
            PathMatch::Regex(format!("/({})/({})", service.unwrap_or_else(any), method.unwrap_or_else(any)))
        }
        (Some(service), Some(method)) => PathMatch::Exact(format!("/{service}/{method}")),
        (Some(service), None) => PathMatch::Prefix(format!("/{service}")),
        (None, Some(method)) => PathMatch::GrpcMethod(method),
    };
    RouteMatch { path, headers: values(api.headers), query: Vec::new(), method: None }
}

fn values(api: Vec<api::HTTPHeaderMatch>) -> Vec<ValueMatch> {
    let value = |api: api::HTTPHeaderMatch| ValueMatch {
        regex: api.type_.as_deref() == Some("RegularExpression"),
        name: api.name,
        value: api.value,
    };
    api.into_iter().map(value).collect()
}

fn backend(api: api::HTTPBackendRef) -> BackendRef {
    BackendRef {
        target: target(api.group, api.kind, api.namespace, api.name, api.port),
        weight: api.weight.map_or(1, |weight| u32::try_from(weight).unwrap_or_default()),
        filters: api.filters.into_iter().map(filter).collect(),
    }
}

fn target(group: Option<String>, kind: Option<String>, namespace: Option<String>, name: String, port: Option<u16>) -> BackendTarget {
    let reference = ObjectReference { group: group.unwrap_or_default(), kind: kind.unwrap_or_else(|| "Service".into()), namespace, name };
    BackendTarget { reference, port: port.filter(|&port| port > 0) }
}

fn filter(api: api::HTTPRouteFilter) -> Filter {
    match api.type_.as_str() {
        "RequestHeaderModifier" => Filter::RequestHeaders(header_change(api.request_header_modifier)),
        "ResponseHeaderModifier" => Filter::ResponseHeaders(header_change(api.response_header_modifier)),
        "RequestMirror" => mirror(api.request_mirror),
        "RequestRedirect" => {
            let redirect = api.request_redirect;
            Filter::Redirect(Redirect {
                scheme: redirect.scheme,
                hostname: redirect.hostname,
                path: redirect.path.and_then(path_change),
                port: redirect.port.filter(|&port| port > 0),
                status: redirect.status_code.unwrap_or(302),
            })
        }
        "URLRewrite" => {
            let rewrite = api.url_rewrite;
            Filter::Rewrite { hostname: rewrite.hostname, path: rewrite.path.and_then(path_change) }
        }
        "CORS" => Filter::Cors(cors(api.cors)),
        _ => Filter::Extension { kind: api.extension_ref.kind.unwrap_or_default(), name: api.extension_ref.name },
    }
}

fn header_change(api: api::HTTPHeaderFilter) -> HeaderChange {
    let pairs = |list: Vec<api::HTTPHeader>| list.into_iter().map(|header| (header.name, header.value)).collect();
    HeaderChange { set: pairs(api.set), add: pairs(api.add), remove: api.remove }
}

fn mirror(api: api::HTTPRequestMirrorFilter) -> Filter {
    let positive = |number: i32| u32::try_from(number).unwrap_or_default();
    let share = match (api.fraction, api.percent) {
        (Some(fraction), _) => {
            Fraction { numerator: positive(fraction.numerator), denominator: fraction.denominator.map_or(100, positive).max(1) }
        }
        (None, percent) => Fraction { numerator: percent.map_or(100, positive), denominator: 100 },
    };
    let backend = api.backend_ref;
    Filter::Mirror { backend: target(backend.group, backend.kind, backend.namespace, backend.name, backend.port), share }
}

fn path_change(api: api::HTTPPathModifier) -> Option<PathChange> {
    match api.type_.as_str() {
        "ReplaceFullPath" => api.replace_full_path.map(PathChange::Full),
        "ReplacePrefixMatch" => api.replace_prefix_match.map(PathChange::Prefix),
        _ => None,
    }
}

fn cors(api: api::HTTPCORSFilter) -> Cors {
    Cors {
        origins: api.allow_origins,
        methods: api.allow_methods,
        headers: api.allow_headers,
        expose: api.expose_headers,
        credentials: api.allow_credentials,
        max_age: api.max_age.map_or(5, |seconds| u32::try_from(seconds).unwrap_or_default()),
    }
}

/// Zero waits for ever.
fn timeout(text: Option<String>) -> Option<u64> {
    duration_us(&text?).filter(|&limit| limit > 0)
}
