//! What an ingress controller does with a request: the rule that takes it, then the backend, as a [`Plan`].
//!
//! 404 where nothing takes it, 503 where the backend does not exist or has no endpoint. A backend that does not answer is
//! `crate::request`'s to tell: 502 where it refuses, 504 where it stays silent.

use super::annotation;
use super::backend;
use super::class;
use super::http::HttpRequest;
use super::plan::{Action, Cause, Decider, Forward, Plan, Upstream};
use super::{Edge, hostname};
use crate::cluster::{Cluster, ServiceId};
use crate::model::{Ingress, ServiceType};

/// Decides about a request that came in over a scheme.
pub fn plan(cluster: &Cluster, edge: &Edge, controller: usize, scheme: &str, request: &HttpRequest) -> Plan {
    let table = &edge.controllers[controller].table;
    let Some(taken) = table.take(cluster, request) else {
        let instead = unserved(cluster, request);
        let cause = if instead.is_some() { Cause::NotServed } else { Cause::NoRule };
        return Plan { by: Decider::Nothing { instead }, action: Action::answer(404, cause) };
    };
    let (object, ingress) = &cluster.edge.ingresses[taken.ingress];
    let by = Decider::Ingress { object: *object, field: taken.field, backend_field: taken.backend_field };
    let name = request.host_name();
    if scheme == "http" && annotation::redirects_to_https(ingress, table.certificate_for(cluster, &name).is_some()) {
        let mut headers = super::Headers::default();
        headers.set("location", &format!("https://{name}{}", request.path));
        return Plan { by, action: Action::Answer { status: annotation::REDIRECT_STATUS, headers, cause: Cause::Redirect } };
    }
    let to = match taken.backend {
        Ok(to) => to,
        Err(problem) => return Plan { by, action: Action::answer(503, Cause::Backend(problem)) },
    };
    if !is_external_name(cluster, to.service) && backend::endpoints(cluster, to).is_empty() {
        return Plan { by, action: Action::answer(503, Cause::NoEndpoints(to)) };
    }
    let upstream = if annotation::backend_is_https(ingress) { Upstream::Https } else { Upstream::Http };
    let request = HttpRequest { path: annotation::rewritten(ingress, &taken.path, &request.path), ..request.clone() };
    Plan { by, action: Action::Forward(Box::new(Forward::plain(to, request, upstream))) }
}

/// Whether a Service is an alias for a name outside.
pub fn is_external_name(cluster: &Cluster, service: ServiceId) -> bool {
    matches!(cluster.service(service).spec.service_type, ServiceType::ExternalName(_))
}

/// An Ingress that would take the request if a controller served it, and the field that keeps it from being served.
fn unserved(cluster: &Cluster, request: &HttpRequest) -> Option<(crate::cluster::ObjectRef, Vec<crate::text::Step>)> {
    let name = request.host_name();
    let would =
        |ingress: &Ingress| {
            ingress.rules.iter().filter(|rule| hostname::covers_one_label(&rule.host, &name)).any(|rule| {
                rule.paths.iter().any(|path| annotation::path_matches(ingress, path.path_type, &path.path, request.path_only()))
            })
        };
    let (object, _) = cluster.edge.ingresses.iter().find(|(_, ingress)| class::of(cluster, ingress).is_err() && would(ingress))?;
    Some((*object, vec!["spec".into(), "ingressClassName".into()]))
}
