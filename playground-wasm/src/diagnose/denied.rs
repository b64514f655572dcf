//! Which policy is at fault for a packet that policies deny, and the finding for it: one for each policy, however many
//! references it blocks.
//!
//! Policies add up, so all those that isolate a pod deny together. The one to edit is, in this order: one that would allow the
//! packet if its podSelector matched anything; one with a rule that misses it by a word or a port; for DNS the one whose pods
//! all lack it; else the one that isolates the fewest pods, where an allowance for this pod belongs.

use super::reference::Blocked;
use super::scene::{Listens, Scene};
use super::written::{quoted, selector_labels};
use super::{Finding, cause::Denied, code, code::Code, edit, policy, under};
use crate::dto::Fix;
use crate::model::{LabelSelector, Operator, PortMatch};
use crate::policy::{Direction, Flow, NearMiss, Verdict, explain, near_misses};
use crate::text::Step;

/// Distance of a rule that was meant to allow a packet.
const CLOSE: u32 = 2;

/// The code of a denied packet that was sent to this port of a Service or a pod; without a port, to a name server.
pub fn code(scene: &Scene<'_>, denied: &Denied, port: Option<u16>) -> Code {
    if port.is_some_and(|port| service_port(scene, denied, port).is_some()) {
        return code::POLICY_USES_SERVICE_PORT;
    }
    let group = scene.group_of(denied.flow.subject);
    let one = Blocked { denied: denied.clone(), group, text: port.map(|port| port.to_string()), port: denied.flow.port, service: None };
    let (policy, near) = at_fault(scene, &one, &[], &[]);
    let own = if port.is_some() { code::POLICY_BLOCKS_REFERENCE } else { code::POLICY_BLOCKS_DNS };
    slip(scene, denied, policy, near.as_ref()).unwrap_or(own)
}

/// The finding that says of the policy at fault why it denies: a selector of it is misspelt and matches nothing, so that the
/// denial only follows from that.
fn slip(scene: &Scene<'_>, denied: &Denied, policy: usize, near: Option<&NearMiss>) -> Option<Code> {
    if !denied.isolating.contains(&policy) {
        return Some(code::POLICY_SELECTS_NOTHING);
    }
    let near = near?;
    let nobody = policy::is_nobody(scene, near.policy, denied.flow.direction, (near.rule, near.peer?));
    // Labels that look misspelt; others may be somebody's who is not here.
    let misspelt = near.distance() <= CLOSE && near.distance() as usize == near.misses.len();
    (nobody && misspelt).then_some(code::POLICY_PEER_MATCHES_NOTHING)
}

/// What is found for packets that policies deny.
#[derive(Default)]
pub struct Denials {
    pub findings: Vec<Finding>,
    /// The policies of which another finding says why they deny, with what follows from it.
    pub follows: Vec<(usize, String)>,
}

/// The rule that allows the Service's port in place of the pods': its policy, its index and the port's index.
fn service_port(scene: &Scene<'_>, denied: &Denied, port: u16) -> Option<(usize, usize, usize)> {
    if port == denied.flow.port {
        return None;
    }
    near_misses(scene.cluster, &denied.flow, &denied.isolating).into_iter().filter(NearMiss::lacks_port_only).find_map(|near| {
        let rules = denied.flow.direction.rules(&scene.cluster.policies[near.policy].1)?;
        let index = rules[near.rule]
            .ports
            .iter()
            .position(|allowed| allowed.protocol == denied.flow.protocol && allowed.port == PortMatch::Range(port, port))?;
        Some((near.policy, near.rule, index))
    })
}

/// Blocked references by the policy at fault.
struct Blame<'b> {
    policy: usize,
    dns: bool,
    near: Option<NearMiss>,
    blocked: Vec<&'b Blocked>,
}

/// The findings for all packets that were denied; `named` are the groups that look names up.
pub fn findings(scene: &Scene<'_>, blocked: &[Blocked], named: &[usize]) -> Denials {
    let Denials { mut findings, mut follows } = Denials::default();
    let mut blames: Vec<Blame<'_>> = Vec::new();
    for one in blocked {
        if let Some((policy, rule, port)) = service_port(scene, &one.denied, one.port) {
            let direction = one.denied.flow.direction;
            findings.push(policy::service_port(scene, policy, direction, (rule, port), one.denied.flow.port));
            continue;
        }
        let dns = one.text.is_none();
        let (policy, near) = at_fault(scene, one, blocked, named);
        if slip(scene, &one.denied, policy, near.as_ref()).is_some() {
            let caller = &scene.workload(one.group).meta.name;
            follows.push((
                policy,
                match &one.text {
                    Some(text) => format!("so {caller} cannot reach {text}"),
                    None => format!("so {caller} cannot look names up"),
                },
            ));
            continue;
        }
        match blames.iter_mut().find(|blame| blame.policy == policy && blame.dns == dns) {
            Some(blame) => blame.blocked.push(one),
            None => blames.push(Blame { policy, dns, near, blocked: vec![one] }),
        }
    }
    let blind: Vec<usize> = blames.iter().filter(|blame| blame.dns).map(|blame| blame.policy).collect();
    // The first consequence stands for the others.
    follows.dedup_by_key(|(policy, _)| *policy);
    for blame in &blames {
        // What its pods cannot look up they cannot reach either.
        if blame.dns || !blind.contains(&blame.policy) {
            let alone = blames.iter().filter(|other| other.policy == blame.policy).count() == 1;
            findings.push(finding(scene, blame, alone));
        }
    }
    Denials { findings, follows }
}

fn isolated(scene: &Scene<'_>, direction: Direction, policy: usize, group: usize) -> bool {
    scene.net.policies.isolating(direction, scene.groups[group].pods[0]).contains(&policy)
}

/// The policy to edit, with its rule that comes near.
fn at_fault(scene: &Scene<'_>, one: &Blocked, blocked: &[Blocked], named: &[usize]) -> (usize, Option<NearMiss>) {
    let Denied { flow, isolating } = &one.denied;
    if let Some(policy) = astray(scene, flow) {
        return (policy, None);
    }
    let near = near_misses(scene.cluster, flow, isolating).into_iter().find(|near| {
        let ports = &flow.direction.rules(&scene.cluster.policies[near.policy].1).unwrap_or_default()[near.rule].ports;
        let for_dns = ports.iter().any(|port| port.port == PortMatch::Range(53, 53));
        let nobody = near.peer.is_some_and(|peer| policy::is_nobody(scene, near.policy, flow.direction, (near.rule, peer)));
        let close = near.distance() <= CLOSE || nobody;
        if one.text.is_some() { close } else { for_dns || (close && near.peer.is_some() && near.lacks_port_only()) }
    });
    if let Some(near) = near {
        return (near.policy, Some(near));
    }
    let direction = flow.direction;
    let count = |policy: usize| (0..scene.groups.len()).filter(|&group| isolated(scene, direction, policy, group)).count();
    let rules = |policy: usize| direction.rules(&scene.cluster.policies[policy].1).map_or(0, <[_]>::len);
    let general = |policy: usize| scene.cluster.policies[policy].1.pod_selector.is_empty();
    let dns = one.text.is_none() && direction == Direction::Egress;
    // What many pods lack is for the policy of all to allow, what one lacks for its own.
    let narrow = |policy: usize| (if dns { 0 } else { count(policy) }, general(policy) != dns, rules(policy) > 0, policy);
    let lost = |group: usize| blocked.iter().any(|other| other.text.is_none() && other.group == group);
    let members = |policy: usize| named.iter().copied().filter(move |&group| isolated(scene, direction, policy, group));
    // For DNS the pods that cannot look names up, none of a policy's others can; else the packets that it denies.
    let shared = |policy: usize| {
        if dns {
            return members(policy).count();
        }
        let same =
            |other: &&Blocked| other.text.is_some() && other.denied.flow.direction == direction && other.denied.isolating.contains(&policy);
        blocked.iter().filter(same).count()
    };
    let candidates = || isolating.iter().copied();
    let chosen = candidates()
        .filter(|&policy| !dns || members(policy).all(lost))
        .max_by_key(|&policy| (shared(policy), std::cmp::Reverse(narrow(policy))));
    (chosen.or_else(|| candidates().min_by_key(|&policy| narrow(policy))).unwrap_or_default(), None)
}

/// A policy that would allow the flow if it selected the subject, and selects nothing at all: its podSelector is misspelt, or it
/// was put into another namespace.
fn astray(scene: &Scene<'_>, flow: &Flow) -> Option<usize> {
    let subject = &scene.cluster.pod(flow.subject).meta;
    (0..scene.cluster.policies.len()).find(|&index| {
        let policy = &scene.cluster.policies[index].1;
        let rules = flow.direction.rules(policy).unwrap_or_default();
        let near = near_misses(scene.cluster, flow, &[index]);
        let allows = if policy.meta.namespace == subject.namespace {
            rules.len() > near.len()
        } else {
            // Its peers mean its own namespace now; the ports are left to tell what it was for.
            let on_port = |rule: usize| !near.iter().any(|near| near.rule == rule && near.lacks_port());
            policy.pod_selector.matches(&subject.labels) && (0..rules.len()).any(on_port)
        };
        allows && scene.matching_selector(&policy.meta.namespace, &policy.pod_selector).is_empty()
    })
}

fn finding(scene: &Scene<'_>, blame: &Blame<'_>, alone: bool) -> Finding {
    let cluster = scene.cluster;
    let (object, policy) = &cluster.policies[blame.policy];
    let name = &policy.meta.name;
    let first = blame.blocked[0];
    let Denied { flow, isolating } = &first.denied;
    let why = match &blame.near {
        Some(_) => explain(cluster, flow, &Verdict::Denied { isolating: isolating.clone() }).text,
        None => {
            let names: Vec<&str> = isolating.iter().map(|&index| cluster.policies[index].1.meta.name.as_str()).collect();
            let subject = &cluster.workload(cluster.pod(flow.subject).workload).meta.name;
            format!(
                "{subject} is isolated for {} by NetworkPolicy {}, and no rule allows {} {}",
                flow.direction.field(),
                names.join(", "),
                flow.protocol,
                flow.port
            )
        }
    };
    let mut callers: Vec<&str> = blame.blocked.iter().map(|one| scene.workload(one.group).meta.name.as_str()).collect();
    callers.dedup();
    let more = if blame.blocked.len() > 1 { format!(" (and {} more like it)", blame.blocked.len() - 1) } else { String::new() };
    let (code, message) = match &first.text {
        None => (code::POLICY_BLOCKS_DNS, format!("NetworkPolicy {name} keeps {} from looking names up: {why}", callers.join(", "))),
        Some(text) => (code::POLICY_BLOCKS_REFERENCE, format!("NetworkPolicy {name} keeps {} from {text}{more}: {why}", callers[0])),
    };
    let near = blame.near.as_ref().and_then(|near| near.misses.first()).map(|miss| miss.path.clone());
    let path = near.clone().unwrap_or_else(|| under(&[], &["spec", "podSelector"]));
    let finding = Finding::new(code, *object, path, message);
    let mended = blame.near.as_ref().and_then(|near| mend(scene, blame.policy, flow, near));
    if mended.is_some() && blame.blocked.len() == 1 {
        return finding.fix(mended);
    }
    let fix = if blame.dns { allow_dns(scene, blame) } else { allow(scene, blame) };
    let help = if blame.dns { "Allow egress to port 53 of the cluster DNS." } else { "Allow it on this side." };
    finding.help(help.to_owned()).fix(fix.filter(|_| alone))
}

/// A rule's one misspelt label, port or protocol set right.
fn mend(scene: &Scene<'_>, policy: usize, flow: &Flow, near: &NearMiss) -> Option<Fix> {
    let [miss] = &near.misses[..] else { return None };
    let source = scene.source(scene.cluster.policies[policy].0);
    let (last, before) = miss.path.split_last()?;
    let meant = match (last, before.last()?) {
        (Step::Field(field), Step::Index(_)) if field == "port" => {
            // A port that its pods do serve is right for somebody else.
            let rules = flow.direction.rules(&scene.cluster.policies[policy].1)?;
            let PortMatch::Range(written, _) = rules[near.rule].ports.first()?.port else { return None };
            let receivers = (0..scene.groups.len())
                .filter(|&group| flow.direction == Direction::Egress || isolated(scene, flow.direction, policy, group));
            if receivers.into_iter().any(|group| scene.listens(group, written, flow.protocol) == Listens::Yes) {
                return None;
            }
            let title = format!("Change to {}", flow.port);
            return edit::fix(title, [edit::renumber(source, &miss.path, flow.port)]);
        }
        (Step::Field(field), Step::Index(_)) if field == "protocol" => flow.protocol.to_string(),
        (Step::Field(key), Step::Field(map)) if map == "matchLabels" && near.distance() <= CLOSE => {
            let pod = scene.cluster.pod(flow.other.pod?);
            let of_namespace = before.contains(&"namespaceSelector".into());
            let labels = if of_namespace { scene.cluster.namespaces.get(&pod.meta.namespace)? } else { &pod.meta.labels };
            labels.get(key.as_ref())?.clone()
        }
        _ => return None,
    };
    edit::fix(format!("Change to {meant}"), [edit::replace(source, &miss.path, &meant)])
}

/// A selector as it stands in a flow mapping.
fn selector(selector: &LabelSelector) -> String {
    let mut parts = Vec::new();
    if !selector.match_labels.is_empty() {
        parts.push(format!("matchLabels: {{{}}}", quoted(&selector.match_labels)));
    }
    let expressions: Vec<String> = selector
        .match_expressions
        .iter()
        .map(|requirement| {
            let values: Vec<String> = requirement.values.iter().map(|value| edit::scalar(value)).collect();
            let (operator, values) = match requirement.operator {
                Operator::In => ("In", format!(", values: [{}]", values.join(", "))),
                Operator::NotIn => ("NotIn", format!(", values: [{}]", values.join(", "))),
                Operator::Exists => ("Exists", String::new()),
                Operator::DoesNotExist => ("DoesNotExist", String::new()),
            };
            format!("{{key: {}, operator: {operator}{values}}}", requirement.key)
        })
        .collect();
    if !expressions.is_empty() {
        parts.push(format!("matchExpressions: [{}]", expressions.join(", ")));
    }
    format!("{{{}}}", parts.join(", "))
}

fn document(namespace: &str, name: &str, selector: &str, direction: Direction, peer: &str, ports: &str) -> String {
    let (kind, list) = match direction {
        Direction::Ingress => ("Ingress", "ingress"),
        Direction::Egress => ("Egress", "egress"),
    };
    let side = direction.peers_field();
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  podSelector: {selector}\n  \
         policyTypes: [{kind}]\n  {list}:\n  - {side}:\n    - {peer}\n    ports:\n{ports}"
    )
}

/// A name that no policy of a namespace has.
fn free_name(scene: &Scene<'_>, namespace: &str, name: &str) -> Option<String> {
    let taken =
        |name: &str| scene.cluster.policies.iter().any(|(_, policy)| policy.meta.namespace == namespace && policy.meta.name == name);
    let numbered = (2..10).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name))
}

/// One more policy that lets the same pods ask the cluster DNS.
fn allow_dns(scene: &Scene<'_>, blame: &Blame<'_>) -> Option<Fix> {
    let (object, policy) = &scene.cluster.policies[blame.policy];
    let flow = &blame.blocked[0].denied.flow;
    let server = scene.group_of(flow.other.pod?);
    if flow.direction != Direction::Egress {
        return None;
    }
    let namespace = &policy.meta.namespace;
    let name = free_name(scene, namespace, "allow-dns")?;
    let peer = format!(
        "namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {}}}}}\n      podSelector: {{matchLabels: {{{}}}}}",
        scene.pod(server).meta.namespace,
        quoted(selector_labels(scene, server))
    );
    let port = flow.port;
    let ports = format!("    - {{protocol: UDP, port: {port}}}\n    - {{protocol: TCP, port: {port}}}\n");
    let text = document(namespace, &name, &selector(&policy.pod_selector), Direction::Egress, &peer, &ports);
    edit::fix(format!("Add NetworkPolicy {name}"), [edit::append(scene.source(*object), &text)])
}

/// Policies that let each blocked packet pass on its side.
fn allow(scene: &Scene<'_>, blame: &Blame<'_>) -> Option<Fix> {
    if blame.blocked.len() > 8 {
        return None;
    }
    let mut texts: Vec<String> = Vec::new();
    for one in &blame.blocked {
        let Flow { direction, subject, other, port, protocol } = one.denied.flow;
        let (subject, other) = (scene.group_of(subject), scene.group_of(other.pod?));
        let (home, there) = (&scene.pod(subject).meta.namespace, &scene.pod(other).meta.namespace);
        let (subject_name, other_name) = (&scene.workload(subject).meta.name, &scene.workload(other).meta.name);
        let name = match direction {
            Direction::Ingress => format!("allow-{other_name}-to-{subject_name}"),
            Direction::Egress => format!("allow-{subject_name}-to-{other_name}-egress"),
        };
        let name = free_name(scene, home, &format!("{name}-{port}"))?;
        let pods = format!("podSelector: {{matchLabels: {{{}}}}}", quoted(selector_labels(scene, other)));
        let peer = if home == there {
            pods
        } else {
            format!("namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {there}}}}}\n      {pods}")
        };
        let own = format!("{{matchLabels: {{{}}}}}", quoted(selector_labels(scene, subject)));
        let text = document(home, &name, &own, direction, &peer, &format!("    - {{protocol: {protocol}, port: {port}}}\n"));
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let title = if texts.len() == 1 {
        "Add a NetworkPolicy that allows it".to_owned()
    } else {
        format!("Add {} NetworkPolicies that allow it", texts.len())
    };
    edit::fix(title, [edit::append(scene.source(scene.cluster.policies[blame.policy].0), &texts.join("---\n"))])
}
