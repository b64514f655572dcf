//! The hop at which an ingress controller or a gateway decides: by which rule, over which certificate, and what it does.

use std::fmt::Write as _;

use super::words::{count, status_text};
use crate::cluster::{Cluster, ObjectRef};
use crate::diagnose::{self, Scene};
use crate::edge::backend::BackendProblem;
use crate::edge::listener::CertificateProblem;
use crate::edge::plan::{Action, Cause, Decider, Upstream};
use crate::edge::tls::{Fallback, Handshake, Served};
use crate::edge::{HttpRequest, Plan};
use crate::model::{IngressBackend, PathMatch, PathType, PortRef, Route};
use crate::net::Network;
use crate::request::{Exchange, Relayed};
use crate::text::Step;

/// What is told of a decision: the rule, what went out, and the lines it rests on.
pub struct Decision {
    pub title: String,
    pub rule: String,
    pub went_out: String,
    pub lines: Vec<(ObjectRef, Vec<Step>)>,
}

/// Tells what a proxy decided; absent where it had nothing to decide.
pub fn decision(net: Network<'_>, exchange: &Exchange, relayed: &Relayed) -> Option<Decision> {
    let cluster = net.cluster;
    let asked = exchange.request.http();
    let mut told = match &relayed.plan {
        Some(plan) => planned(net, plan, &asked, relayed.timed_out),
        None if exchange.status == Some(400) => Decision {
            title: "TLS".into(),
            rule: "the port is for TLS, and HTTP came without it".into(),
            went_out: status_text(400),
            lines: Vec::new(),
        },
        None => Decision { title: "TLS".into(), rule: String::new(), went_out: String::new(), lines: Vec::new() },
    };
    if let Some(handshake) = &relayed.handshake {
        let name = &exchange.request.target.host;
        let said = handshake_words(cluster, handshake, name);
        told.rule = if told.rule.is_empty() { said } else { format!("{said}; {}", told.rule) };
        if let Handshake::Ends { served: Served { field: Some((object, path)), .. }, .. } = handshake {
            told.lines.push((*object, path.clone()));
        }
    }
    (!told.rule.is_empty()).then_some(told)
}

fn planned(net: Network<'_>, plan: &Plan, asked: &HttpRequest, timed_out: bool) -> Decision {
    let cluster = net.cluster;
    let (title, mut rule, lines) = decider(cluster, &plan.by, asked);
    let went_out = match &plan.action {
        Action::Answer { status, headers, cause } => {
            let why = cause_words(net, *cause, &plan.by);
            if !why.is_empty() {
                let _ = write!(rule, "; {why}");
            }
            match headers.get("location") {
                Some(location) => format!("{} to {location}", status_text(*status)),
                None => status_text(*status),
            }
        }
        Action::Close { cause } => {
            let _ = write!(rule, "; {}", cause_words(net, *cause, &plan.by));
            "closes the connection".to_owned()
        }
        Action::Forward(forward) => {
            let service = cluster.service(forward.to.service);
            let port = service.spec.ports[forward.to.port].port;
            if timed_out {
                let limit = forward.timeout_us.unwrap_or_default() / 1_000;
                let _ = write!(rule, "; no answer within {limit} ms");
            }
            if !forward.mirrors.is_empty() {
                let _ = write!(rule, "; {}", count(forward.mirrors.len(), "copy goes to a mirror", "copies go to mirrors"));
            }
            let request = &forward.request;
            match forward.upstream {
                Upstream::AsClient => format!("the stream to Service {} port {port}", service.meta().name),
                _ => {
                    let host = if request.host == asked.host { String::new() } else { format!(" for {}", request.host) };
                    format!("{} {}{host} to Service {} port {port}", request.method, request.path, service.meta().name)
                }
            }
        }
    };
    Decision { title, rule, went_out, lines }
}

/// Who decided, by what, and where that stands.
fn decider(cluster: &Cluster, by: &Decider, asked: &HttpRequest) -> (String, String, Vec<(ObjectRef, Vec<Step>)>) {
    match by {
        Decider::Nothing { instead } => {
            let rule = format!("no rule takes host {} and path {}", asked.host_name(), asked.path_only());
            ("no rule".into(), rule, instead.iter().cloned().collect())
        }
        Decider::Ingress { object, field, backend_field } => {
            let name = &cluster.sources.id(*object).name;
            let rule = match cluster.edge.ingresses.iter().find(|(known, _)| known == object) {
                Some((_, ingress)) => match indices(field)[..] {
                    [rule, path] => {
                        let (host, path) = (&ingress.rules[rule].host, &ingress.rules[rule].paths[path]);
                        let host = if host.is_empty() { "every host".to_owned() } else { format!("host {host}") };
                        format!("{host}, {} {} → {}", path_type(path.path_type), path.path, backend(&path.backend))
                    }
                    _ => {
                        let target = ingress.default_backend.as_ref().map(backend).unwrap_or_default();
                        format!("no rule takes {}{}; default backend → {target}", asked.host_name(), asked.path_only())
                    }
                },
                None => String::new(),
            };
            (format!("Ingress {name}"), rule, vec![(*object, field.clone()), (*object, backend_field.clone())])
        }
        Decider::Route { object, rule, number, backend, listener } => {
            let id = cluster.sources.id(*object);
            let route = cluster.edge.routes.iter().find(|(known, _)| known == object).map(|(_, route)| route.as_ref());
            let words = route.map_or_else(String::new, |route| route_words(route, *rule, *number, *backend));
            let mut lines = vec![(*object, vec!["spec".into(), "rules".into(), (*rule).into(), "matches".into(), (*number).into()])];
            if let Some(backend) = backend {
                lines.push((*object, vec!["spec".into(), "rules".into(), (*rule).into(), "backendRefs".into(), (*backend).into()]));
            }
            lines.push((listener.0, vec!["spec".into(), "listeners".into(), listener.1.into()]));
            (format!("{} {}", id.kind, id.name), words, lines)
        }
    }
}

/// The indices of a path, in their order.
fn indices(path: &[Step]) -> Vec<usize> {
    path.iter().filter_map(|step| if let Step::Index(index) = step { Some(*index) } else { None }).collect()
}

fn path_type(kind: PathType) -> &'static str {
    match kind {
        PathType::Exact => "Exact",
        PathType::Prefix => "Prefix",
        PathType::ImplementationSpecific => "ImplementationSpecific (here a prefix)",
    }
}

fn backend(backend: &IngressBackend) -> String {
    match backend {
        IngressBackend::Service { name, port: PortRef::Number(port) } => format!("Service {name} port {port}"),
        IngressBackend::Service { name, port: PortRef::Name(port) } => format!("Service {name} port {port:?}"),
        IngressBackend::Resource { kind, name } => format!("{kind} {name}"),
    }
}

fn route_words(route: &Route, rule: usize, number: usize, backend: Option<usize>) -> String {
    let rule_spec = &route.rules[rule];
    let condition = &rule_spec.matches[number];
    let mut words = match &rule_spec.name {
        Some(name) => format!("rule {name}"),
        None => format!("rule {}", rule + 1),
    };
    if matches!(route.kind, crate::model::RouteKind::Http | crate::model::RouteKind::Grpc) {
        let _ = match &condition.path {
            PathMatch::Exact(path) => write!(words, ": Exact {path}"),
            PathMatch::Prefix(path) => write!(words, ": PathPrefix {path}"),
            PathMatch::Regex(path) => write!(words, ": RegularExpression {path}"),
            PathMatch::GrpcMethod(method) => write!(words, ": method {method}"),
        };
        if let Some(method) = &condition.method {
            let _ = write!(words, ", method {method}");
        }
        for header in &condition.headers {
            let _ = write!(words, ", header {}: {}", header.name, header.value);
        }
        for query in &condition.query {
            let _ = write!(words, ", query {}={}", query.name, query.value);
        }
    }
    if let Some(chosen) = backend.and_then(|index| rule_spec.backends.get(index)) {
        let total: u32 = rule_spec.backends.iter().map(|backend| backend.weight).sum();
        let _ = write!(words, " → {} {}", chosen.target.reference.kind, chosen.target.reference.name);
        if let Some(port) = chosen.target.port {
            let _ = write!(words, " port {port}");
        }
        if rule_spec.backends.len() > 1 {
            let _ = write!(words, " (weight {} of {total})", chosen.weight);
        }
    }
    words
}

/// Why a proxy answered by itself; empty where the rule says it all.
fn cause_words(net: Network<'_>, cause: Cause, by: &Decider) -> String {
    let cluster = net.cluster;
    let instead = |what: &str| match by {
        Decider::Nothing { instead: Some((object, _)) } => {
            let id = cluster.sources.id(*object);
            format!("{} {} would, {what}", id.kind, id.name)
        }
        _ => String::new(),
    };
    match cause {
        Cause::NoRule | Cause::Redirect => String::new(),
        Cause::NotServed => instead("and no controller serves its class"),
        Cause::NotAttached => instead("and it is not attached to this Gateway"),
        Cause::Backend(problem) => match problem {
            BackendProblem::Kind => "the backend is not a Service",
            BackendProblem::NoService => "there is no such Service",
            BackendProblem::NotGranted => "the Service is in another namespace, and no ReferenceGrant there allows it",
            BackendProblem::NoPort => "the Service has no such port",
            BackendProblem::ExternalName => "a Gateway does not follow an ExternalName",
        }
        .to_owned(),
        Cause::NoEndpoints(to) => {
            diagnose::port_fault(&Scene::new(net), to.service, to.port).map_or_else(|| "no ready endpoint".into(), |fault| fault.message)
        }
        Cause::NoBackends => "the rule has no backend to send to".into(),
        Cause::UnknownFilter => "a filter is of a kind that is not known here".into(),
        Cause::Misdirected => "the certificate's listener is another one than the Host header's".into(),
        Cause::Preflight => "a preflight is answered by the CORS filter".into(),
        Cause::PlainHttp => "the port is for TLS, and HTTP came without it".into(),
    }
}

fn handshake_words(cluster: &Cluster, handshake: &Handshake, name: &str) -> String {
    match handshake {
        Handshake::NoListener => format!("no listener of this port is for {name}: the handshake fails"),
        Handshake::PassesThrough { .. } => format!("TLS for {name} is passed through"),
        Handshake::Ends { served, .. } => served_words(cluster, served, name),
    }
}

/// Which certificate is shown, and whether it is for the name.
pub fn served_words(cluster: &Cluster, served: &Served, name: &str) -> String {
    let secret = || {
        let (object, path) = served.field.as_ref()?;
        cluster.sources.get(*object).root.nearest(path).as_str().map(str::to_owned)
    };
    let own = |why: String| format!("TLS for {name} with the controller's own certificate, which nobody trusts: {why}");
    match served.fallback {
        None if served.matches => format!("TLS for {name} with a certificate for {}", served.names.join(", ")),
        None => format!("TLS for {name} with a certificate that is not for it, but for {}", served.names.join(", ")),
        Some(Fallback::NoEntry) => own("no spec.tls entry is for this host".into()),
        Some(Fallback::NoSecret) => own("the spec.tls entry names no Secret".into()),
        Some(Fallback::OtherNames) => {
            own(format!("the certificate in Secret {} is for {}", secret().unwrap_or_default(), served.names.join(", ")))
        }
        Some(Fallback::Secret(problem)) => own(match problem {
            CertificateProblem::Unreadable => format!("Secret {} holds no certificate that can be read", secret().unwrap_or_default()),
            _ => format!("there is no kubernetes.io/tls Secret {} in the namespace", secret().unwrap_or_default()),
        }),
    }
}
