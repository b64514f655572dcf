//! Status conditions as a Gateway API controller writes them: what was accepted, programmed and resolved, and why not.
//!
//! Types and reasons are those of `gateway-api/apis/v1` (`GatewayConditionType`, `ListenerConditionType`,
//! `RouteConditionType`, `ListenerSetConditionType`).

use super::attach::Attachment;
use super::backend::{self, BackendProblem};
use super::listener::{CertificateProblem, Listener, ListenerProblem, Plane};
use super::{Edge, infrastructure};
use crate::cluster::Cluster;
use crate::model::{BackendTarget, Filter, LoadBalancerIngress, Route};

/// One condition of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    pub kind: &'static str,
    pub status: bool,
    pub reason: &'static str,
}

/// The status of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerStatus {
    pub name: String,
    pub supported_kinds: Vec<&'static str>,
    pub attached_routes: usize,
    pub conditions: Vec<Condition>,
}

const fn condition(kind: &'static str, status: bool, reason: &'static str) -> Condition {
    Condition { kind, status, reason }
}

/// The addresses that lead to an Ingress's controller, which its status names; empty while none serves it.
pub fn ingress_addresses<'a>(cluster: &'a Cluster, class: &str) -> &'a [LoadBalancerIngress] {
    let (namespace, name) = infrastructure::controller_name(class);
    cluster.find_service(&namespace, &name).map_or(&[], |id| &cluster.service(id).load_balancer)
}

/// The addresses of a Gateway; empty while nobody runs it or none was assigned.
pub fn gateway_addresses<'a>(cluster: &'a Cluster, plane: &Plane) -> &'a [LoadBalancerIngress] {
    if plane.class.is_none() {
        return &[];
    }
    let service = cluster.find_service(&plane.gateway.meta.namespace, &infrastructure::gateway_name(&plane.gateway));
    service.map_or(&[], |id| &cluster.service(id).load_balancer)
}

/// The conditions of a Gateway; without a controller nobody writes any but the first guess of the API server.
pub fn gateway(cluster: &Cluster, plane: &Plane) -> Vec<Condition> {
    if plane.class.is_none() {
        return vec![condition("Accepted", false, "Pending"), condition("Programmed", false, "Pending")];
    }
    let own = || plane.listeners.iter().filter(|listener| listener.set.is_none());
    let accepted = match (own().all(|listener| listener.problem.is_none()), own().any(|listener| listener.problem.is_none())) {
        (true, _) => condition("Accepted", true, "Accepted"),
        (false, fine) => condition("Accepted", fine, "ListenersNotValid"),
    };
    let programmed = if !accepted.status || !plane.listeners.iter().any(Listener::serves) {
        condition("Programmed", false, "Invalid")
    } else if gateway_addresses(cluster, plane).is_empty() {
        condition("Programmed", false, "AddressNotAssigned")
    } else {
        condition("Programmed", true, "Programmed")
    };
    vec![accepted, programmed]
}

/// The status of a listener.
pub fn listener(listener: &Listener) -> ListenerStatus {
    let (accepted, conflicted) = match listener.problem {
        None => (condition("Accepted", true, "Accepted"), condition("Conflicted", false, "NoConflicts")),
        Some(problem) => {
            let reason = match problem {
                ListenerProblem::HostnameConflict => "HostnameConflict",
                ListenerProblem::ProtocolConflict => "ProtocolConflict",
                ListenerProblem::UnsupportedProtocol => "UnsupportedProtocol",
            };
            let conflict = problem != ListenerProblem::UnsupportedProtocol;
            let conflicted = condition("Conflicted", conflict, if conflict { reason } else { "NoConflicts" });
            (condition("Accepted", false, reason), conflicted)
        }
    };
    let broken = listener.certificates.iter().find_map(|found| found.as_ref().err());
    let resolved = match broken {
        Some(CertificateProblem::NotGranted) => condition("ResolvedRefs", false, "RefNotPermitted"),
        Some(_) => condition("ResolvedRefs", false, "InvalidCertificateRef"),
        None if listener.terminates() && listener.certificates.is_empty() => condition("ResolvedRefs", false, "InvalidCertificateRef"),
        None if listener.unknown_kinds => condition("ResolvedRefs", false, "InvalidRouteKinds"),
        None => condition("ResolvedRefs", true, "ResolvedRefs"),
    };
    let programmed = match (listener.serves(), accepted.status) {
        (true, _) => condition("Programmed", true, "Programmed"),
        (false, true) => condition("Programmed", false, "Invalid"),
        (false, false) => condition("Programmed", false, accepted.reason),
    };
    ListenerStatus {
        name: listener.spec.name.clone(),
        supported_kinds: listener.kinds.iter().map(|kind| kind.as_str()).collect(),
        attached_routes: listener.attached.len(),
        conditions: vec![accepted, conflicted, programmed, resolved],
    }
}

/// The conditions of a ListenerSet, by its index.
pub fn listener_set(edge: &Edge, index: usize) -> Vec<Condition> {
    let parent =
        edge.planes.iter().find_map(|plane| plane.sets.iter().find(|(set, _)| *set == index).map(|(_, allowed)| (plane, *allowed)));
    let both = |status, reason| vec![condition("Accepted", status, reason), condition("Programmed", status, reason)];
    match parent {
        None => both(false, "ParentNotAccepted"),
        Some((_, false)) => both(false, "NotAllowed"),
        Some((plane, true)) => {
            let own = || plane.listeners.iter().filter(|listener| listener.set == Some(index));
            if own().any(|listener| listener.problem.is_none()) {
                vec![condition("Accepted", true, "Accepted"), condition("Programmed", true, "Programmed")]
            } else {
                both(false, "ListenersNotValid")
            }
        }
    }
}

/// What a parent says of a route; absent where no controller says anything.
pub fn route(cluster: &Cluster, route: &Route, attachment: Attachment) -> Option<Vec<Condition>> {
    let accepted = match attachment {
        Attachment::Accepted { .. } => condition("Accepted", true, "Accepted"),
        Attachment::Foreign | Attachment::NoParent | Attachment::NoController { .. } => return None,
        Attachment::SetNotAllowed | Attachment::NoListener { .. } => condition("Accepted", false, "NoMatchingParent"),
        Attachment::KindNotAllowed { .. } | Attachment::NamespaceNotAllowed { .. } => condition("Accepted", false, "NotAllowedByListeners"),
        Attachment::NoCommonHost { .. } => condition("Accepted", false, "NoMatchingListenerHostname"),
    };
    let problem = backends(route).find_map(|target| backend::of_route(cluster, route, target).err());
    let resolved = match problem {
        None => condition("ResolvedRefs", true, "ResolvedRefs"),
        Some(BackendProblem::Kind) => condition("ResolvedRefs", false, "InvalidKind"),
        Some(BackendProblem::NotGranted) => condition("ResolvedRefs", false, "RefNotPermitted"),
        Some(BackendProblem::NoService | BackendProblem::NoPort) => condition("ResolvedRefs", false, "BackendNotFound"),
        Some(BackendProblem::ExternalName) => condition("ResolvedRefs", false, "UnsupportedProtocol"),
    };
    Some(vec![accepted, resolved])
}

/// Every backend that a route names, mirrors too, and where.
pub fn backends(route: &Route) -> impl Iterator<Item = &BackendTarget> {
    route.rules.iter().flat_map(|rule| {
        let own =
            rule.backends.iter().flat_map(|backend| std::iter::once(&backend.target).chain(backend.filters.iter().filter_map(mirrored)));
        own.chain(rule.filters.iter().filter_map(mirrored))
    })
}

fn mirrored(filter: &Filter) -> Option<&BackendTarget> {
    if let Filter::Mirror { backend, .. } = filter { Some(backend) } else { None }
}
