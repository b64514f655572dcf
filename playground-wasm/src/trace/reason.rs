//! Which finding a failure is (findings.md), and how to say it.

use super::hops;
use crate::behavior::Listener;
use crate::cluster::{AddressOwner, Cluster, ServiceId};
use crate::dto::Outcome;
use crate::edge::backend::BackendProblem;
use crate::edge::plan::{Action, Cause, Decider};
use crate::model::{PortRef, contains_all};
use crate::net::{Network, What};
use crate::policy::Verdict;
use crate::request::{Exchange, Proxied, Sender};
use crate::text::Step;

/// Why a Service has no usable endpoint: what is wrong, and the field to look at.
pub fn no_endpoints(cluster: &Cluster, id: ServiceId, port: usize) -> (String, Vec<Step>) {
    let service = cluster.service(id);
    let meta = service.meta();
    let Some(selector) = &service.spec.selector else {
        return ("the Service has no selector, and no EndpointSlice names it".into(), vec!["spec".into()]);
    };
    let written: Vec<String> = selector.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let selected: Vec<_> =
        cluster.pods.iter().filter(|pod| pod.meta.namespace == meta.namespace && contains_all(&pod.meta.labels, selector)).collect();
    if selected.is_empty() {
        let why = format!("no endpoints: no pod in {} has {}", meta.namespace, written.join(", "));
        return (why, vec!["spec".into(), "selector".into()]);
    }
    if let PortRef::Name(name) = &service.spec.ports[port].target
        && selected.iter().any(|pod| pod.ready)
    {
        let why = format!("no endpoints: no selected pod declares a port named {name}");
        return (why, vec!["spec".into(), "ports".into(), port.into(), "targetPort".into()]);
    }
    let first = selected.first().map_or_else(String::new, |pod| format!(" ({}: {})", pod.meta.name, pod.why));
    let pods = super::words::count(selected.len(), "selected pod is", "selected pods are");
    (format!("no ready endpoint: {pods} not ready{first}"), vec!["spec".into(), "selector".into()])
}

/// The finding code of a failed exchange; absent where it worked, or where no finding names the failure.
pub fn reason(net: Network<'_>, exchange: &Exchange) -> Option<&'static str> {
    let cluster = net.cluster;
    if let Some(proxied) = &exchange.proxied {
        return at_the_edge(net, proxied);
    }
    match exchange.outcome {
        Outcome::Response | Outcome::Connected => return None,
        Outcome::DnsTimeout => {
            let steps = &exchange.resolution.as_ref()?.steps;
            return match &steps.last()?.what {
                What::Judged { verdict: Verdict::Denied { .. }, .. } => Some("policy-blocks-dns"),
                What::Rejected { entry, .. } => Some(rejected(cluster, entry.service, entry.port)),
                _ => None,
            };
        }
        Outcome::DnsNxdomain => return Some(unknown_name(cluster, &exchange.request.target.host)),
        Outcome::Refused | Outcome::Timeout | Outcome::Reset | Outcome::TlsError | Outcome::Unroutable => {}
    }
    match &exchange.steps.last()?.what {
        What::Judged { verdict: Verdict::Denied { .. }, .. } => Some("policy-blocks-reference"),
        What::Rejected { entry, .. } => Some(rejected(cluster, entry.service, entry.port)),
        What::NotLocal { .. } | What::AnswerAstray { .. } => Some("local-policy-no-endpoint"),
        What::NoSuchPort { .. } => Some("reference-port-not-exposed"),
        What::NotListening { elsewhere: Some(_), .. } => Some("listens-on-loopback"),
        What::NotListening { at: AddressOwner::Pod(_), elsewhere: None } => {
            let translated = exchange.steps.iter().any(|step| matches!(step.what, What::Translated { .. }));
            let local = exchange.request.target.host == "localhost" || exchange.request.target.host.starts_with("127.");
            let named = exchange.resolution.is_some();
            match (translated || exchange.via.is_some(), local, named) {
                (true, ..) => Some("target-port-unserved"),
                (false, true, _) => served_elsewhere(cluster, exchange).then_some("reference-localhost-elsewhere"),
                (false, false, true) => Some("headless-port-mismatch"),
                (false, false, false) => None,
            }
        }
        _ => None,
    }
}

/// Why a proxy did not get an answer, or gave one that nobody wanted.
fn at_the_edge(net: Network<'_>, proxied: &Proxied) -> Option<&'static str> {
    let plan = proxied.plan.as_ref()?;
    let by_ingress = matches!(plan.by, Decider::Ingress { .. });
    let cause = match &plan.action {
        Action::Forward(_) => return reason(net, proxied.attempts.last()?),
        Action::Answer { cause, .. } | Action::Close { cause } => *cause,
    };
    match cause {
        Cause::NotServed => Some("ingress-class-unknown"),
        Cause::NotAttached => Some("route-not-attached"),
        Cause::Backend(BackendProblem::NoService) if by_ingress => Some("ingress-backend-missing"),
        Cause::Backend(BackendProblem::NoPort) if by_ingress => Some("ingress-backend-port-missing"),
        Cause::Backend(BackendProblem::NoService | BackendProblem::NoPort) => Some("route-backend-missing"),
        Cause::Backend(BackendProblem::NotGranted) => Some("route-backend-not-granted"),
        Cause::NoEndpoints(to) => Some(rejected(net.cluster, to.service, to.port)),
        _ => None,
    }
}

/// Whether some pod that is not the sender's listens on the port that was asked for at localhost.
fn served_elsewhere(cluster: &Cluster, exchange: &Exchange) -> bool {
    let target = &exchange.request.target;
    cluster.pods().any(|(id, pod)| {
        let own = matches!(exchange.sender, Sender::Pod { pod, .. } if pod == id);
        let listens = |listener: &Listener| listener.port == target.port && listener.protocol == target.protocol();
        !own && pod.behavior.iter().any(|behavior| behavior.listeners.iter().any(listens))
    })
}

fn rejected(cluster: &Cluster, id: ServiceId, port: usize) -> &'static str {
    let service = cluster.service(id);
    let Some(selector) = &service.spec.selector else { return "endpoints-missing" };
    let mut selected = cluster
        .pods
        .iter()
        .filter(|pod| pod.meta.namespace == service.meta().namespace && contains_all(&pod.meta.labels, selector))
        .peekable();
    if selected.peek().is_none() {
        return "selector-matches-nothing";
    }
    let named = matches!(service.spec.ports[port].target, PortRef::Name(_));
    if named && selected.any(|pod| pod.ready) { "target-port-name-unknown" } else { "no-ready-endpoints" }
}

fn unknown_name(cluster: &Cluster, host: &str) -> &'static str {
    let first = host.split('.').next().unwrap_or(host);
    let elsewhere = !host.contains('.') && cluster.services.iter().any(|service| service.meta().name == first);
    if elsewhere { "reference-other-namespace" } else { "reference-unknown-host" }
}

pub use hops::reached;
