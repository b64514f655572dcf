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
    /// The policy to look at first, in `Cluster::policies`: the one that allows it, or that comes nearest to allowing it.
    pub policy: Option<usize>,
    /// The fields that say so, the deciding one first.
    pub lines: Vec<(ObjectRef, Vec<Step>)>,
}

/// Says why [`judge`](super::judge) came to a verdict.
pub fn explain(cluster: &Cluster, flow: &Flow, verdict: &Verdict) -> Explanation {
    match verdict {
        Verdict::NotIsolated => Explanation { text: not_isolated(cluster, flow), policy: None, lines: Vec::new() },
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
            Explanation { text, policy: Some(*policy), lines }
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
    let policy = near.as_ref().map(|near| near.policy).or_else(|| isolating.first().copied());
    let near = near.into_iter().flat_map(|near| near.misses.into_iter().map(move |miss| (near.policy, miss.path)));
    let isolating = isolating.iter().map(|&policy| (policy, vec!["spec".into(), "podSelector".into()]));
    Explanation { text, policy, lines: near.chain(isolating).map(|(policy, path)| (cluster.policies[policy].0, path)).collect() }
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

#[cfg(test)]
mod tests {
    use super::super::testing::{fixture, party, pod_id};
    use super::super::{PolicyIndex, judge};
    use super::*;
    use crate::model::Protocol;
    use crate::text::path_string;

    /// What is said of a packet into `db`, or out of it, with the fields; `other` reads "api TCP 80".
    fn explained(rules: &str, direction: Direction, other: &str) -> (String, Vec<String>) {
        let cluster = fixture(&[("shop", &format!("podSelector: {{matchLabels: {{app: db}}}}\n{rules}"))]);
        let [who, protocol, port] = other.split(' ').collect::<Vec<_>>()[..] else { panic!("{other}") };
        let flow = Flow {
            direction,
            subject: pod_id(&cluster, "db"),
            other: party(&cluster, who),
            port: port.parse().unwrap_or_else(|_| panic!("{other}")),
            protocol: Protocol::from_name(protocol).unwrap_or_else(|| panic!("{other}")),
        };
        let Explanation { text, lines, .. } = explain(&cluster, &flow, &judge(&cluster, &PolicyIndex::new(&cluster), &flow));
        (text, lines.iter().map(|(_, path)| path_string(path)).collect())
    }

    /// Rules, the other side, part of what is said, the field that is shown first.
    fn check_denials(direction: Direction, table: &[[&str; 4]]) {
        for [rules, other, text, line] in table {
            let (said, lines) = explained(rules, direction, other);
            assert!(said.contains(text), "{said:?} does not contain {text:?}");
            assert_eq!(lines.first().map(String::as_str), Some(*line), "{said}");
            assert_eq!(lines.last().map(String::as_str), Some("spec.podSelector"), "{said}");
        }
    }

    #[test]
    fn a_denial_names_the_nearest_peer_and_what_it_lacks() {
        check_denials(
            Direction::Ingress,
            &[
                ["ingress: []", "api TCP 80", "policy-0 isolates db for ingress and allows nothing", "spec.podSelector"],
                [
                    "ingress: [{from: [{podSelector: {matchLabels: {role: x}}}]}, {from: [{podSelector: {matchLabels: {app: apl}}}]}]",
                    "api TCP 80",
                    "no rule allows api on TCP 80: policy-0 allows pods `app: apl` of its own namespace, but the sender has `app: api`",
                    "spec.ingress[1].from[0].podSelector.matchLabels.app",
                ],
                [
                    "ingress: [{from: [{podSelector: {matchLabels: {role: x}}}]}]",
                    "api TCP 80",
                    "but the sender has no label `role`",
                    "spec.ingress[0].from[0].podSelector.matchLabels.role",
                ],
                [
                    "ingress: [{from: [{podSelector: {}}]}]",
                    "front TCP 80",
                    "front of namespace web on TCP 80: policy-0 allows every pod of its own namespace, but the sender is in namespace web",
                    "spec.ingress[0].from[0].podSelector",
                ],
                [
                    "ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]",
                    "front TCP 80",
                    "allows every pod of namespaces `team: ops`, but the sender's namespace web has `team: web`",
                    "spec.ingress[0].from[0].namespaceSelector.matchLabels.team",
                ],
                [
                    "ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [api]}]}}]}]",
                    "api TCP 80",
                    "allows pods `app notin (api)` of its own namespace, but the sender has `app: api`",
                    "spec.ingress[0].from[0].podSelector.matchExpressions[0]",
                ],
                [
                    "ingress: [{from: [{podSelector: {}}]}]",
                    "host TCP 80",
                    "but the sender uses its node's network and so is seen as its node, 192.168.0.12",
                    "spec.ingress[0].from[0]",
                ],
            ],
        );
        check_denials(
            Direction::Egress,
            &[
                [
                    "egress: [{to: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.0/28]}}]}]",
                    "198.51.100.7 TCP 443",
                    "allows 198.51.100.0/24 except 198.51.100.0/28, but the receiver's address 198.51.100.7 is excepted",
                    "spec.egress[0].to[0].ipBlock.except[0]",
                ],
                [
                    "egress: [{to: [{podSelector: {}}]}]",
                    "198.51.100.7 TCP 443",
                    "but the receiver 198.51.100.7 is not a pod",
                    "spec.egress[0].to[0]",
                ],
            ],
        );
    }

    #[test]
    fn a_denial_names_the_port_that_is_not_allowed() {
        check_denials(
            Direction::Ingress,
            &[
                [
                    "ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]",
                    "api TCP 80",
                    "on TCP 5432, but the packet goes to TCP 80",
                    "spec.ingress[0].ports[0].port",
                ],
                [
                    "ingress: [{ports: [{port: 53}]}]",
                    "api UDP 53",
                    "allows everybody on TCP 53, but the packet goes to UDP 53",
                    "spec.ingress[0].ports[0].protocol",
                ],
                [
                    "ingress: [{ports: [{port: web}]}]",
                    "api TCP 8080",
                    "on TCP port `web`, but `web` is 80 at db and the packet goes to TCP 8080",
                    "spec.ingress[0].ports[0].port",
                ],
            ],
        );
        let elsewhere = "front declares no such TCP port and the packet goes to TCP 80";
        check_denials(
            Direction::Egress,
            &[["egress: [{ports: [{port: http}]}]", "front TCP 80", elsewhere, "spec.egress[0].ports[0].port"]],
        );
    }

    #[test]
    fn what_passes_is_explained_too() {
        let rules = "ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}, {}]";
        for (direction, other, text, fields) in [
            (
                Direction::Ingress,
                "api TCP 80",
                "NetworkPolicy policy-0 allows ingress from pods `app: api` of its own namespace on TCP 80",
                &["spec.ingress[0].from[0]", "spec.ingress[0].ports[0]"][..],
            ),
            (Direction::Ingress, "front UDP 53", "NetworkPolicy policy-0 allows ingress from everybody", &["spec.ingress[1]"]),
            (Direction::Egress, "api TCP 80", "No NetworkPolicy isolates db for egress", &[]),
            (Direction::Ingress, "db TCP 80", "A pod always reaches itself", &[]),
        ] {
            let (said, lines) = explained(rules, direction, other);
            assert_eq!(said, text);
            assert_eq!(lines, fields, "{said}");
        }
    }
}
