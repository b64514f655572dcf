//! What keeps requests from outside from their Services: Ingresses, Gateways and routes.

use super::code::{self, Code};
use super::scene::Scene;
use super::service;
use crate::edge::backend::BackendProblem;
use crate::edge::plan::{Action, Cause, Decider};
use crate::request::Relayed;

/// Why a proxy did not get an answer, or gave one that nobody wanted.
pub fn reason(scene: &Scene<'_>, relayed: &Relayed) -> Option<Code> {
    let plan = relayed.plan.as_ref()?;
    let by_ingress = matches!(plan.by, Decider::Ingress { .. });
    let cause = match &plan.action {
        Action::Forward(_) => return super::reason(scene, relayed.attempts.last()?),
        Action::Answer { cause, .. } | Action::Close { cause } => *cause,
    };
    match cause {
        Cause::NotServed => Some(code::INGRESS_CLASS_UNKNOWN),
        Cause::NotAttached => Some(code::ROUTE_NOT_ATTACHED),
        Cause::Backend(BackendProblem::NoService) if by_ingress => Some(code::INGRESS_BACKEND_MISSING),
        Cause::Backend(BackendProblem::NoPort) if by_ingress => Some(code::INGRESS_BACKEND_PORT_MISSING),
        Cause::Backend(BackendProblem::NoService | BackendProblem::NoPort) => Some(code::ROUTE_BACKEND_MISSING),
        Cause::Backend(BackendProblem::NotGranted) => Some(code::ROUTE_BACKEND_NOT_GRANTED),
        Cause::NoEndpoints(to) => {
            Some(service::port_fault(scene, to.service, to.port).map_or(code::NO_READY_ENDPOINTS, |fault| fault.code))
        }
        _ => None,
    }
}
