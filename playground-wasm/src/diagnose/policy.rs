//! What is doubtful or wrong about a NetworkPolicy by itself: selectors that match nothing, peers that allow more than was
//! meant, a Service's port in place of the pods'.

use super::near::{nearest_group, pair};
use super::scene::{Listens, Scene};
use super::{Finding, code, edit, service, under};
use crate::model::{LabelSelector, Peer, PolicyRule, PortMatch};
use crate::policy::{Direction, Flow, Party, judge};
use crate::text::{Step, nearest};

/// The findings about one policy, by its index; `follows` says what it denies since a selector of it matches nothing.
pub fn findings(scene: &Scene<'_>, index: usize, follows: Option<&str>) -> Vec<Finding> {
    let (object, policy) = &scene.cluster.policies[index];
    if !scene.cluster.config.enforce_network_policy {
        let message =
            format!("NetworkPolicy {} has no effect: the network plugin of this cluster does not enforce policies", policy.meta.name);
        return vec![Finding::new(code::POLICY_NOT_ENFORCED, *object, under(&[], &["kind"]), message)];
    }
    let mut findings: Vec<Finding> = selects_nothing(scene, index).into_iter().collect();
    for direction in Direction::BOTH {
        for (number, rule) in direction.rules(policy).unwrap_or_default().iter().enumerate() {
            findings.extend(rule.peers.iter().enumerate().filter_map(|(peer, _)| nobody(scene, index, direction, number, peer)));
            findings.extend((1..rule.peers.len()).filter_map(|peer| or_not_and(scene, index, direction, number, peer)));
            findings.extend(service_ports(scene, index, direction, number, rule));
        }
    }
    let empty = |finding: &&mut Finding| [code::POLICY_SELECTS_NOTHING, code::POLICY_PEER_MATCHES_NOTHING].contains(&finding.code);
    if let (Some(follows), Some(finding)) = (follows, findings.iter_mut().find(empty)) {
        finding.message = format!("{}, {follows}", finding.message);
    }
    findings
}

fn rule_path(direction: Direction, rule: usize) -> Vec<Step> {
    vec!["spec".into(), direction.field().into(), rule.into()]
}

fn peer_path(direction: Direction, rule: usize, peer: usize) -> Vec<Step> {
    [rule_path(direction, rule), vec![direction.peers_field().into(), peer.into()]].concat()
}

/// A policy that selects no pod.
pub fn selects_nothing(scene: &Scene<'_>, index: usize) -> Option<Finding> {
    let (object, policy) = &scene.cluster.policies[index];
    let namespace = &policy.meta.namespace;
    if !scene.matching_selector(namespace, &policy.pod_selector).is_empty() {
        return None;
    }
    let path: Vec<Step> = under(&[], &["spec", "podSelector"]);
    let message = format!("NetworkPolicy {} selects no pod: its podSelector matches none in namespace {namespace}", policy.meta.name);
    let finding = Finding::new(code::POLICY_SELECTS_NOTHING, *object, path.clone(), message);
    Some(mend_labels(scene, finding, scene.in_namespace(namespace), &policy.pod_selector, &path))
}

/// Adds what pods have instead, and the edit that takes it over.
fn mend_labels(scene: &Scene<'_>, finding: Finding, groups: impl Iterator<Item = usize>, selector: &LabelSelector, at: &[Step]) -> Finding {
    let near = nearest_group(scene, groups, &selector.match_labels, |_| 0).filter(|near| near.distance > 0 && near.distance <= 3);
    let Some(near) = near.filter(|_| selector.match_expressions.is_empty()) else { return finding };
    let source = scene.source(finding.object);
    let edits = near.edits(source, &[at, &["matchLabels".into()]].concat());
    let fix = if near.distance <= 2 { edit::fix(near.title(), edits) } else { None };
    finding.more(&format!("; pods there have `{}`", near.shown())).fix(fix)
}

/// The namespaces that a peer means.
fn namespaces<'a>(scene: &Scene<'a>, home: &'a str, selector: Option<&LabelSelector>) -> Vec<&'a str> {
    match selector {
        None => vec![home],
        Some(selector) => {
            scene.cluster.namespaces.iter().filter(|(_, labels)| selector.matches(labels)).map(|(name, _)| name.as_str()).collect()
        }
    }
}

/// The groups of pods that a peer means.
fn members(scene: &Scene<'_>, home: &str, peer: &Peer) -> Vec<usize> {
    let Peer::Pods { namespaces: selector, pods } = peer else { return Vec::new() };
    let all = LabelSelector::default();
    let pods = pods.as_ref().unwrap_or(&all);
    let homes = match selector {
        None => vec![home],
        Some(selector) => {
            scene.cluster.namespaces.iter().filter(|(_, labels)| selector.matches(labels)).map(|(name, _)| name.as_str()).collect()
        }
    };
    homes.into_iter().flat_map(|namespace| scene.matching_selector(namespace, pods)).collect()
}

/// Whether a peer, by its rule and its index, means no pod.
pub fn is_nobody(scene: &Scene<'_>, index: usize, direction: Direction, (rule, peer): (usize, usize)) -> bool {
    let policy = &scene.cluster.policies[index].1;
    let rules = direction.rules(policy).unwrap_or_default();
    let peer = rules.get(rule).and_then(|rule| rule.peers.get(peer));
    peer.is_some_and(|peer| matches!(peer, Peer::Pods { .. }) && members(scene, &policy.meta.namespace, peer).is_empty())
}

/// A peer that means nobody.
fn nobody(scene: &Scene<'_>, index: usize, direction: Direction, rule: usize, peer: usize) -> Option<Finding> {
    let (object, policy) = &scene.cluster.policies[index];
    let Peer::Pods { namespaces: selector, pods } = &direction.rules(policy)?[rule].peers[peer] else { return None };
    let home = policy.meta.namespace.as_str();
    if !is_nobody(scene, index, direction, (rule, peer)) {
        return None;
    }
    let homes = namespaces(scene, home, selector.as_ref());
    let path = peer_path(direction, rule, peer);
    let name = &policy.meta.name;
    if let (Some(selector), true) = (selector, homes.is_empty()) {
        let path = under(&path, &["namespaceSelector"]);
        let message = format!("NetworkPolicy {name} has a peer that matches no namespace");
        let finding = Finding::new(code::POLICY_PEER_MATCHES_NOTHING, *object, path.clone(), message);
        let Some((key, value)) = selector.match_labels.iter().next() else { return Some(finding) };
        let values: Vec<&str> = scene.cluster.namespaces.values().filter_map(|labels| labels.get(key)).map(String::as_str).collect();
        let Some(near) = nearest(value, &values) else {
            return Some(finding.more(&format!("; none has the label `{}`", pair(key, value))));
        };
        let edit = edit::replace(scene.source(*object), &[path, vec!["matchLabels".into(), key.clone().into()]].concat(), near);
        return Some(finding.more(&format!("; one has `{}`", pair(key, near))).fix(edit::fix(format!("Change to {near}"), [edit])));
    }
    let message = format!("NetworkPolicy {name} has a peer that matches no pod in namespace {}", homes.join(", "));
    let Some(pods) = pods else { return Some(Finding::new(code::POLICY_PEER_MATCHES_NOTHING, *object, path, message)) };
    let path = under(&path, &["podSelector"]);
    let finding = Finding::new(code::POLICY_PEER_MATCHES_NOTHING, *object, path.clone(), message);
    let groups = homes.iter().flat_map(|namespace| scene.in_namespace(namespace));
    Some(mend_labels(scene, finding, groups, pods, &path))
}

/// Two peers in a row that read as one: `- namespaceSelector` and `- podSelector`.
fn or_not_and(scene: &Scene<'_>, index: usize, direction: Direction, rule: usize, second: usize) -> Option<Finding> {
    let (object, policy) = &scene.cluster.policies[index];
    let peers = &direction.rules(policy)?[rule].peers;
    let ((Peer::Pods { namespaces: Some(namespaces), pods: None }, Peer::Pods { namespaces: None, pods: Some(pods) })
    | (Peer::Pods { namespaces: None, pods: Some(pods) }, Peer::Pods { namespaces: Some(namespaces), pods: None })) =
        (&peers[second - 1], &peers[second])
    else {
        return None;
    };
    let both = Peer::Pods { namespaces: Some(namespaces.clone()), pods: Some(pods.clone()) };
    let home = policy.meta.namespace.as_str();
    let either: usize = peers[second - 1..=second].iter().map(|peer| members(scene, home, peer).len()).sum();
    if either <= members(scene, home, &both).len() {
        return None;
    }
    let path = peer_path(direction, rule, second);
    let message = format!(
        "NetworkPolicy {} has two list items here: it allows every pod of those namespaces, and those pods of its own namespace; one item with both selectors allows only such pods of such namespaces",
        policy.meta.name
    );
    let help = "If both shall hold, leave the dash of the second item out.".to_owned();
    Some(Finding::new(code::POLICY_PEERS_OR_NOT_AND, *object, path, message).help(help))
}

/// Ports of a rule that are a Service's and not its pods'.
fn service_ports(scene: &Scene<'_>, index: usize, direction: Direction, number: usize, rule: &PolicyRule) -> Vec<Finding> {
    let policy = &scene.cluster.policies[index].1;
    let home = policy.meta.namespace.as_str();
    let subjects = scene.matching_selector(home, &policy.pod_selector);
    let peers: Vec<usize> = rule.peers.iter().flat_map(|peer| members(scene, home, peer)).collect();
    let (receivers, senders) = match direction {
        Direction::Ingress => (&subjects, &peers),
        Direction::Egress => (&peers, &subjects),
    };
    let denied = |receiver: usize, target: u16, protocol| {
        let sender = senders.iter().copied().find(|&sender| sender != receiver);
        let (subject, other) = match direction {
            Direction::Ingress => (Some(receiver), sender),
            Direction::Egress => (sender, Some(receiver)),
        };
        let (Some(subject), Some(other)) = (subject, other) else { return false };
        let other = Party::pod(scene.cluster, scene.groups[other].pods[0]);
        let flow = Flow { direction, subject: scene.groups[subject].pods[0], other, port: target, protocol };
        !judge(scene.cluster, scene.net.policies, &flow).passes()
    };
    let mut findings = Vec::new();
    for (position, allowed) in rule.ports.iter().enumerate() {
        let PortMatch::Range(first, last) = allowed.port else { continue };
        let serves = |&group: &usize| matches!(scene.listens(group, first, allowed.protocol), Listens::Yes | Listens::Unknown);
        if first != last || receivers.iter().any(serves) {
            continue;
        }
        let target = receivers.iter().find_map(|&receiver| {
            let ports = scene.services_of(receiver).flat_map(|(_, service)| &service.spec.ports);
            let mut targets = ports.filter(|port| port.port == first && port.protocol == allowed.protocol);
            targets.find_map(|port| {
                service::target(scene, port, receiver).filter(|&target| target != first && denied(receiver, target, port.protocol))
            })
        });
        if let Some(target) = target {
            findings.push(service_port(scene, index, direction, (number, position), target));
        }
    }
    findings
}

/// A rule's port that is a Service's, where the pods' is another.
pub fn service_port(scene: &Scene<'_>, index: usize, direction: Direction, (rule, port): (usize, usize), target: u16) -> Finding {
    let (object, policy) = &scene.cluster.policies[index];
    let path = [rule_path(direction, rule), vec!["ports".into(), port.into(), "port".into()]].concat();
    let written = match direction.rules(policy).and_then(|rules| rules.get(rule)?.ports.get(port)).map(|port| &port.port) {
        Some(PortMatch::Range(first, _)) => first.to_string(),
        _ => String::new(),
    };
    let message = format!(
        "NetworkPolicy {} allows port {written}, which is the Service's; policies see the pods' own port, {target}",
        policy.meta.name
    );
    let text = target.to_string();
    let edit = edit::renumber(scene.source(*object), &path, target);
    Finding::new(code::POLICY_USES_SERVICE_PORT, *object, path, message)
        .help(format!("Write {text}."))
        .fix(edit::fix(format!("Change to {text}"), [edit]))
}
