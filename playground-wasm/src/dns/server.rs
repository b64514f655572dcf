//! CoreDNS: the server block of a name, and its plugins one after the other (`core/dnsserver`, `plugin.cfg`).

use super::corefile::{ForwardTo, Server};
use super::{Decision, Question, Rcode, Response, zone};
use crate::cluster::Cluster;

/// How CoreDNS passes a question on.
pub type Forward<'a> = &'a mut dyn FnMut(&Question, &ForwardTo) -> Response;

/// Answers a question as the cluster's Corefile has it.
pub fn answer(cluster: &Cluster, question: &Question, forward: Forward<'_>) -> Response {
    let Some(server) = cluster.corefile.server(&question.name) else { return Response::empty(Rcode::Refused, Decision::NoPlugin) };
    let rewritten = server.rewrites.iter().find_map(|rule| Some((rule, rule.apply(&question.name)?)));
    let Some((rule, name)) = rewritten else { return plugins(cluster, server, question, forward) };
    let instead = Question { name, rtype: question.rtype };
    let mut response = plugins(cluster, server, &instead, forward);
    rule.restore(&mut response, &instead.name, &question.name);
    response
}

fn plugins(cluster: &Cluster, server: &Server, question: &Question, forward: Forward<'_>) -> Response {
    if let Some(response) = server.hosts.as_ref().and_then(|table| table.answer(question)) {
        return response;
    }
    let mut why = Decision::Outside;
    if let Some(plugin) = &server.kubernetes {
        match zone::answer(cluster, plugin, question, forward) {
            Ok(response) => return response,
            Err(decision) => why = decision,
        }
    }
    let Some(to) = server.forwards.iter().find(|to| to.covers(&question.name)) else {
        return Response::empty(Rcode::ServFail, Decision::NoPlugin);
    };
    let beyond = forward(question, to);
    if beyond.rcode == Rcode::NxDomain { Response { decision: why, ..beyond } } else { beyond }
}
