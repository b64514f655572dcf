//! What must hold for any policies: the index and the matrix change no answer, rules only ever add, order never matters.

use std::rc::Rc;

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::{Index, select};
use proptest::test_runner::{TestCaseError, TestRunner};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};

use super::testing::{connects, load, pod};
use super::{Direction, Flow, Party, PolicyIndex, judge, matrix};
use crate::cluster::{Cluster, ObjectRef};
use crate::model::{LabelSelector, Meta, NetworkPolicy, Operator, Peer, PolicyPort, PolicyRule, PortMatch, Protocol, Requirement, Role};

const PORTS: [(Protocol, u16); 3] = [(Protocol::Tcp, 80), (Protocol::Tcp, 81), (Protocol::Udp, 53)];

/// Pods of every label in two namespaces; `odd` ones call port 81 `web`, the others 80.
fn pods() -> Cluster {
    let mut text = String::from("apiVersion: v1\nkind: Namespace\nmetadata: {name: n1, labels: {app: a, tier: x}}\n");
    let labels = ["{}", "{app: a}", "{app: b}", "{app: a, tier: x}", "{app: b, tier: z}", "{tier: x}"];
    for (number, (namespace, labels)) in ["n1", "n2"].iter().flat_map(|namespace| labels.map(|labels| (namespace, labels))).enumerate() {
        let spec = format!("containers: [{{name: main, image: x, ports: [{{name: web, containerPort: {}}}]}}]", 80 + number % 2);
        text += &pod(namespace, &format!("pod-{number}"), labels, &format!("10.244.1.{}", number + 1), &spec);
    }
    text += &pod("n1", "host", "{app: a}", "192.168.0.11", "hostNetwork: true, containers: [{name: main, image: x}]");
    load(&text)
}

fn parties(cluster: &Cluster) -> Vec<Party> {
    let pods = cluster.pods().map(|(id, _)| Party::pod(cluster, id));
    let others = ["192.168.0.11", "192.168.0.12", "198.51.100.7"].into_iter().filter_map(|ip| ip.parse().ok());
    pods.chain(others.map(Party::address)).collect()
}

fn selector() -> impl Strategy<Value = LabelSelector> {
    let word = |words: &'static [&'static str]| select(words).prop_map(str::to_owned);
    let operator = select(&[Operator::In, Operator::NotIn, Operator::Exists, Operator::DoesNotExist][..]);
    let requirement = (word(&["app", "tier", "none"]), operator, vec(word(&["a", "b", "x", "z"]), 1..3))
        .prop_map(|(key, operator, values)| Requirement { key, operator, values });
    (btree_map(word(&["app", "tier"]), word(&["a", "b", "x"]), 0..2), vec(requirement, 0..2))
        .prop_map(|(match_labels, match_expressions)| LabelSelector { match_labels, match_expressions })
}

fn peer() -> impl Strategy<Value = Peer> {
    let block =
        |(cidr, except): (&str, &str)| Peer::Block { cidr: cidr.parse().unwrap_or_default(), except: except.parse().into_iter().collect() };
    let blocks = [("0.0.0.0/0", ""), ("10.244.1.0/29", "10.244.1.4/30"), ("192.168.0.0/24", "192.168.0.12/32"), ("::/0", "")];
    let of_home = selector().prop_map(|pods| Peer::Pods { namespaces: None, pods: Some(pods) });
    let of_namespaces =
        (selector(), proptest::option::of(selector())).prop_map(|(namespaces, pods)| Peer::Pods { namespaces: Some(namespaces), pods });
    prop_oneof![of_home, of_namespaces, select(blocks.to_vec()).prop_map(block)]
}

fn rule() -> impl Strategy<Value = PolicyRule> {
    let matches = prop_oneof![
        Just(PortMatch::Any),
        select(&[(80, 80), (80, 81), (1, 52)][..]).prop_map(|(first, last)| PortMatch::Range(first, last)),
        Just(PortMatch::Name("web".into())),
    ];
    let port = (select(&[Protocol::Tcp, Protocol::Udp][..]), matches).prop_map(|(protocol, port)| PolicyPort { protocol, port });
    (vec(peer(), 0..3), vec(port, 0..3)).prop_map(|(peers, ports)| PolicyRule { peers, ports })
}

fn policies() -> impl Strategy<Value = Vec<NetworkPolicy>> {
    let rules = || proptest::option::of(vec(rule(), 0..3));
    let policy = (select(&["n1", "n2"][..]), selector(), rules(), rules()).prop_map(|(namespace, pod_selector, ingress, egress)| {
        NetworkPolicy { meta: Meta { namespace: namespace.into(), ..Meta::default() }, pod_selector, ingress, egress }
    });
    vec(policy, 0..5)
}

fn with(pods: &Cluster, policies: &[NetworkPolicy]) -> Cluster {
    let policies = policies.iter().map(|policy| (ObjectRef(0), Rc::new(policy.clone()))).collect();
    Cluster { policies, ..pods.clone() }
}

/// For every pair of parties, in order, whether each of the ports can be reached.
fn connections(cluster: &Cluster) -> Vec<Vec<String>> {
    let index = PolicyIndex::new(cluster);
    let parties = parties(cluster);
    let cell = |from: Party, to: Party| {
        PORTS.iter().map(|&(protocol, port)| if connects(cluster, &index, from, to, protocol, port) { '1' } else { '0' }).collect()
    };
    parties.iter().map(|&from| parties.iter().map(|&to| cell(from, to)).collect()).collect()
}

fn check<S: Strategy>(strategy: &S, property: impl Fn(&Cluster, S::Value) -> Result<(), TestCaseError>) {
    let pods = pods();
    if let Err(failure) = TestRunner::default().run(strategy, |value| property(&pods, value)) {
        panic!("{failure}");
    }
}

/// The rules read straight from the API's documentation, over every policy and label, without an index.
fn documented(cluster: &Cluster, flow: &Flow) -> bool {
    let subject = cluster.pod(flow.subject);
    let other = flow.other.pod.map(|pod| cluster.pod(pod)).filter(|pod| !pod.spec().host_network);
    let receiver = if flow.direction == Direction::Ingress { Some(subject) } else { other };
    let isolating = cluster.policies.iter().map(|(_, policy)| policy).filter(|policy| {
        let selected = policy.meta.namespace == subject.meta.namespace && policy.pod_selector.matches(&subject.meta.labels);
        selected && flow.direction.rules(policy).is_some() && !subject.spec().host_network
    });
    let means = |policy: &NetworkPolicy, peer: &Peer| match peer {
        Peer::Block { cidr, except } => cidr.contains(&flow.other.ip) && except.iter().all(|part| !part.contains(&flow.other.ip)),
        Peer::Pods { namespaces, pods } => other.is_some_and(|other| {
            let namespace = &other.meta.namespace;
            let home = || *namespace == policy.meta.namespace;
            namespaces.as_ref().map_or_else(home, |selector| selector.matches(&cluster.namespaces[namespace]))
                && pods.as_ref().is_none_or(|selector| selector.matches(&other.meta.labels))
        }),
    };
    let serves = |allowed: &PolicyPort| {
        allowed.protocol == flow.protocol
            && match &allowed.port {
                PortMatch::Any => true,
                PortMatch::Range(first, last) => *first <= flow.port && flow.port <= *last,
                PortMatch::Name(name) => receiver.is_some_and(|pod| {
                    let ports = pod.spec().containers.iter().filter(|container| container.role != Role::Init).flat_map(|c| &c.ports);
                    ports
                        .into_iter()
                        .any(|port| port.name.as_ref() == Some(name) && port.port == flow.port && port.protocol == flow.protocol)
                }),
            }
    };
    let mut isolating = isolating.peekable();
    isolating.peek().is_none()
        || flow.other.pod == Some(flow.subject)
        || isolating.any(|policy| {
            flow.direction.rules(policy).unwrap_or_default().iter().any(|rule| {
                (rule.peers.is_empty() || rule.peers.iter().any(|peer| means(policy, peer)))
                    && (rule.ports.is_empty() || rule.ports.iter().any(serves))
            })
        })
}

#[test]
fn the_index_changes_no_verdict() {
    check(&policies(), |pods, policies| {
        let cluster = with(pods, &policies);
        let index = PolicyIndex::new(&cluster);
        for (subject, _) in cluster.pods() {
            for other in parties(&cluster) {
                for (direction, (protocol, port)) in Direction::BOTH.into_iter().flat_map(|direction| PORTS.map(|port| (direction, port))) {
                    let flow = Flow { direction, subject, other, port, protocol };
                    prop_assert_eq!(judge(&cluster, &index, &flow).passes(), documented(&cluster, &flow), "{:?}", flow);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_matrix_says_what_each_pair_says() {
    check(&policies(), |pods, policies| {
        let cluster = with(pods, &policies);
        prop_assert_eq!(matrix(&cluster, &PolicyIndex::new(&cluster), &parties(&cluster), &PORTS), connections(&cluster));
        Ok(())
    });
}

#[test]
fn adding_a_rule_never_removes_a_connection() {
    check(&(policies(), any::<Index>(), rule()), |pods, (mut policies, chosen, rule)| {
        let before = connections(&with(pods, &policies));
        let mut lists: Vec<_> = policies.iter_mut().flat_map(|policy| [&mut policy.ingress, &mut policy.egress]).flatten().collect();
        if !lists.is_empty() {
            let list = chosen.index(lists.len());
            lists[list].push(rule);
        }
        let after = connections(&with(pods, &policies));
        let pairs = before.iter().flatten().zip(after.iter().flatten());
        prop_assert!(pairs.clone().all(|(before, after)| before.chars().zip(after.chars()).all(|(before, after)| before <= after)));
        Ok(())
    });
}

#[test]
fn order_never_matters() {
    check(&policies(), |pods, policies| {
        let mut reversed = policies.clone();
        reversed.reverse();
        for rules in reversed.iter_mut().flat_map(|policy| [&mut policy.ingress, &mut policy.egress]).flatten() {
            rules.reverse();
            for rule in rules {
                rule.peers.reverse();
                rule.ports.reverse();
            }
        }
        prop_assert_eq!(connections(&with(pods, &policies)), connections(&with(pods, &reversed)));
        Ok(())
    });
}
