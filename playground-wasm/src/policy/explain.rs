//! A verdict in a sentence, with the lines of the policies that it rests on.

use super::describe::{allowance, list};
use super::near::{NearMiss, near_misses, peer_path};
use super::{Direction, Flow, Verdict};
use crate::cluster::{Cluster, ObjectRef, Pod};
use crate::text::Step;

/// Why a flow passes or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// A sentence without its full stop.
    pub text: String,
    /// The fields that say so, the deciding one first.
    pub lines: Vec<(ObjectRef, Vec<Step>)>,
}

/// Says why [`judge`](super::judge) came to a verdict.
pub fn explain(cluster: &Cluster, flow: &Flow, verdict: &Verdict) -> Explanation {
    match verdict {
        Verdict::NotIsolated => Explanation { text: not_isolated(cluster, flow), lines: Vec::new() },
        Verdict::Allowed { policy, rule, peer, port } => {
            let (object, declared) = &cluster.policies[*policy];
            let field = flow.direction.field();
            let what = flow.direction.rules(declared).and_then(|rules| rules.get(*rule)).map(|rule| allowance(rule, *peer));
            let text =
                format!("NetworkPolicy {} allows {field} {} {}", declared.meta.name, preposition(flow.direction), what.unwrap_or_default());
            let rule_path = || -> Vec<Step> { vec!["spec".into(), field.into(), (*rule).into()] };
            let peer = peer.map(|peer| peer_path(flow.direction, *rule, peer, &[]));
            let port = port.map(|port| [rule_path(), vec!["ports".into(), port.into()]].concat());
            let mut lines: Vec<_> = peer.into_iter().chain(port).map(|path| (*object, path)).collect();
            if lines.is_empty() {
                lines.push((*object, rule_path()));
            }
            Explanation { text, lines }
        }
        Verdict::Denied { isolating } => denied(cluster, flow, isolating),
    }
}

fn not_isolated(cluster: &Cluster, flow: &Flow) -> String {
    let subject = cluster.pod(flow.subject);
    let name = &subject.meta.name;
    if !cluster.config.enforce_network_policy {
        "The network plugin does not enforce NetworkPolicies".to_owned()
    } else if subject.spec().host_network {
        format!("NetworkPolicies do not apply to {name}, which uses its node's network")
    } else if flow.other.pod == Some(flow.subject) {
        "A pod always reaches itself".to_owned()
    } else {
        format!("No NetworkPolicy isolates {name} for {}", flow.direction.field())
    }
}

fn denied(cluster: &Cluster, flow: &Flow, isolating: &[usize]) -> Explanation {
    let names: Vec<String> = isolating.iter().map(|&policy| cluster.policies[policy].1.meta.name.clone()).collect();
    let field = flow.direction.field();
    let subject = cluster.pod(flow.subject);
    let near = near_misses(cluster, flow, isolating).into_iter().next();
    let (what, isolate, allow) =
        if let [_] = isolating { ("NetworkPolicy", "isolates", "allows") } else { ("NetworkPolicies", "isolate", "allow") };
    let rest = match &near {
        None => format!("{allow} nothing"),
        Some(near) => {
            let other = other_name(cluster, flow, subject);
            format!("no rule allows {other} on {} {}: {}", flow.protocol, flow.port, nearest_rule(cluster, flow, near))
        }
    };
    let text = format!("{what} {} {isolate} {} for {field} and {rest}", list(&names), subject.meta.name);
    let near = near.into_iter().flat_map(|near| near.misses.into_iter().map(move |miss| (near.policy, miss.path)));
    let isolating = isolating.iter().map(|&policy| (policy, vec!["spec".into(), "podSelector".into()]));
    Explanation { text, lines: near.chain(isolating).map(|(policy, path)| (cluster.policies[policy].0, path)).collect() }
}

/// "db allows pods `app: apl` of its own namespace, but the sender has `app: api`".
fn nearest_rule(cluster: &Cluster, flow: &Flow, near: &NearMiss) -> String {
    let policy = &cluster.policies[near.policy].1;
    let rule = flow.direction.rules(policy).and_then(|rules| rules.get(near.rule));
    let misses: Vec<String> = near.misses.iter().map(|miss| miss.text.clone()).collect();
    let allows = rule.map(|rule| allowance(rule, near.peer)).unwrap_or_default();
    format!("{} allows {allows}, but {}", policy.meta.name, list(&misses))
}

fn preposition(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

/// The other side by name, with its namespace where that is another one.
fn other_name(cluster: &Cluster, flow: &Flow, subject: &Pod) -> String {
    match flow.other.pod.map(|pod| &cluster.pod(pod).meta) {
        Some(meta) if meta.namespace == subject.meta.namespace => meta.name.clone(),
        Some(meta) => format!("{} of namespace {}", meta.name, meta.namespace),
        None => flow.other.ip.to_string(),
    }
}
