//! The rules of NetworkPolicy one by one, each case with what the API's documentation says of it.

use std::net::IpAddr;

use super::testing::{connects, load, pod, policy};
use super::{Direction, Explanation, Flow, Party, PolicyIndex, Verdict, exempt, explain, judge, matrix};
use crate::cluster::{Cluster, PodId};
use crate::model::Protocol::{self, Sctp, Tcp, Udp};
use crate::text::path_string;

const OUTSIDE: &str = "198.51.100.7";

const NAMESPACES: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {team: web}}
";

/// Namespace shop with `api` (10.244.1.1) and `db` (10.244.1.2), namespace web with `front` (10.244.1.3), all on node-1 with a
/// port `web` and differing in where they declare a port `metrics`; and `host` in shop on the network of node-2.
fn fixture(policies: &[(&str, &str)]) -> Cluster {
    let mut text = NAMESPACES.to_owned();
    let main = "containers: [{name: main, image: x, ports: [{name: web, containerPort: 80}]}]";
    let metrics = "image: x, ports: [{name: metrics, containerPort: 9090}]";
    let with_sidecar = format!("{main}, initContainers: [{{name: side, restartPolicy: Always, {metrics}}}]");
    let with_init = format!("{main}, initContainers: [{{name: init, {metrics}}}]");
    text += &pod("shop", "api", "{app: api}", "10.244.1.1", main);
    text += &pod("shop", "db", "{app: db, tier: data}", "10.244.1.2", &with_sidecar);
    text += &pod("web", "front", "{app: front}", "10.244.1.3", &with_init);
    let host = format!("hostNetwork: true, containers: [{{name: main, {metrics}}}]");
    text += &pod("shop", "host", "{app: host}", "192.168.0.12", &host).replace("node-1", "node-2");
    for (index, (namespace, spec)) in policies.iter().enumerate() {
        text += &policy(namespace, &format!("policy-{index}"), spec);
    }
    load(&text)
}

/// A pod of the fixture by name, or an address.
fn party(cluster: &Cluster, who: &str) -> Party {
    match cluster.pods().find(|(_, pod)| pod.meta.name == who) {
        Some((id, _)) => Party::pod(cluster, id),
        None => Party::address(who.parse().unwrap_or_else(|_| panic!("{who}"))),
    }
}

fn pod_id(cluster: &Cluster, name: &str) -> PodId {
    party(cluster, name).pod.unwrap_or_else(|| panic!("{name}"))
}

/// `(from, to, protocol, port, passes)`.
type Probe = (&'static str, &'static str, Protocol, u16, bool);

fn check(what: &str, policies: &[(&str, &str)], probes: &[Probe]) {
    let cluster = fixture(policies);
    let index = PolicyIndex::new(&cluster);
    for &(from, to, protocol, port, passes) in probes {
        let (from_party, to_party) = (party(&cluster, from), party(&cluster, to));
        let got = connects(&cluster, &index, from_party, to_party, protocol, port);
        assert_eq!(got, passes, "{what}: {from} to {to} {protocol} {port}");
        let cell = &matrix(&cluster, &index, &[from_party, to_party], &[(protocol, port)])[0][1];
        assert_eq!(cell == "1", passes, "{what}: {from} to {to} {protocol} {port} in a matrix");
    }
}

#[test]
fn only_what_a_policy_selects_is_isolated() {
    check("no policy", &[], &[("api", "db", Tcp, 80, true), (OUTSIDE, "db", Udp, 53, true)]);
    check(
        "an empty podSelector is every pod of the namespace; without policyTypes a policy isolates for ingress",
        &[("shop", "podSelector: {}")],
        &[
            ("api", "db", Tcp, 80, false),
            ("front", "db", Sctp, 80, false),
            (OUTSIDE, "db", Tcp, 80, false),
            ("db", "front", Tcp, 80, true),
            ("db", OUTSIDE, Tcp, 443, true),
        ],
    );
    check(
        "a selector isolates some",
        &[("shop", "podSelector: {matchLabels: {app: db}}")],
        &[("front", "db", Tcp, 80, false), ("db", "api", Tcp, 80, true)],
    );
    check("policies of another namespace do not count", &[("web", "podSelector: {}")], &[("front", "db", Tcp, 80, true)]);
    check(
        "egress alone",
        &[("shop", "podSelector: {}\npolicyTypes: [Egress]")],
        &[("db", "front", Tcp, 80, false), ("db", OUTSIDE, Tcp, 80, false), ("front", "db", Tcp, 80, true)],
    );
    check(
        "an egress rule adds the type Egress, and Ingress stays",
        &[("shop", "podSelector: {matchLabels: {app: db}}\negress: [{}]")],
        &[("db", "api", Tcp, 80, true), ("api", "db", Tcp, 80, false)],
    );
    check(
        "rules of a direction that policyTypes leaves out do nothing",
        &[("shop", "podSelector: {}\npolicyTypes: [Egress]\ningress: []\negress: [{}]")],
        &[("front", "db", Tcp, 80, true), ("db", "front", Tcp, 80, true)],
    );
}

#[test]
fn empty_and_absent_lists_differ_by_where_they_stand() {
    for (what, ingress, passes) in [
        ("no rules", "ingress: []", false),
        ("an empty rule", "ingress: [{}]", true),
        ("no peers", "ingress: [{from: [], ports: []}]", true),
        ("null peers", "ingress: [{from: null, ports: [{port: 80}]}]", true),
        ("another port for everybody", "ingress: [{ports: [{port: 81}]}]", false),
    ] {
        check(
            what,
            &[("shop", &format!("podSelector: {{}}\n{ingress}"))],
            &[("front", "db", Tcp, 80, passes), (OUTSIDE, "db", Tcp, 80, passes)],
        );
    }
}

#[test]
fn selectors_alone_together_and_as_a_list() {
    for (what, from, api, front, outside) in [
        ("pods of its own namespace", "[{podSelector: {}}]", true, false, false),
        ("pods of its own namespace by label", "[{podSelector: {matchLabels: {app: front}}}]", false, false, false),
        ("all namespaces", "[{namespaceSelector: {}}]", true, true, false),
        ("a namespace by label", "[{namespaceSelector: {matchLabels: {team: web}}}]", false, true, false),
        (
            "both must hold",
            "[{namespaceSelector: {matchLabels: {team: web}}, podSelector: {matchLabels: {app: api}}}]",
            false,
            false,
            false,
        ),
        ("one must hold", "[{namespaceSelector: {matchLabels: {team: web}}}, {podSelector: {matchLabels: {app: api}}}]", true, true, false),
        ("a label in any namespace", "[{namespaceSelector: {}, podSelector: {matchLabels: {app: front}}}]", false, true, false),
        ("in", "[{podSelector: {matchExpressions: [{key: app, operator: In, values: [x, api]}]}}]", true, false, false),
        ("not in", "[{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [shop]}]}}]", false, true, false),
        (
            "not in, without the key",
            "[{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [data]}]}}]",
            true,
            false,
            false,
        ),
        ("exists", "[{podSelector: {matchExpressions: [{key: tier, operator: Exists}]}}]", false, false, false),
        ("does not exist", "[{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}]", true, false, false),
        ("everywhere", "[{ipBlock: {cidr: 0.0.0.0/0}}]", true, true, true),
    ] {
        let probes = [("api", "db", Tcp, 80, api), ("front", "db", Tcp, 80, front), (OUTSIDE, "db", Tcp, 80, outside)];
        check(what, &[("shop", &format!("podSelector: {{matchLabels: {{app: db}}}}\ningress: [{{from: {from}}}]"))], &probes);
        let back = probes.map(|(from, to, protocol, port, passes)| (to, from, protocol, port, passes));
        let egress = format!("podSelector: {{matchLabels: {{app: db}}}}\npolicyTypes: [Egress]\negress: [{{to: {from}}}]");
        check(what, &[("shop", &egress)], &back);
    }
}

#[test]
fn blocks_hold_pods_too() {
    let block = |block: &str| format!("podSelector: {{matchLabels: {{app: db}}}}\ningress: [{{from: [{{ipBlock: {block}}}]}}]");
    check(
        "a pod by its address",
        &[("shop", &block("{cidr: 10.244.1.0/31}"))],
        &[("api", "db", Tcp, 80, true), (OUTSIDE, "db", Tcp, 80, false)],
    );
    check(
        "an exception",
        &[("shop", &block("{cidr: 10.244.0.0/16, except: [10.244.1.0/31]}"))],
        &[("api", "db", Tcp, 80, false), ("front", "db", Tcp, 80, true)],
    );
    check(
        "an exception holds for its own block only",
        &[(
            "shop",
            "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16]}}, {podSelector: {matchLabels: {app: api}}}]}]",
        )],
        &[("api", "db", Tcp, 80, true), ("front", "db", Tcp, 80, false)],
    );
    check(
        "families do not mix",
        &[("shop", &block("{cidr: '::/0', except: ['2001:db8:1::/48']}"))],
        &[("api", "db", Tcp, 80, false), ("2001:db8::1", "db", Tcp, 80, true), ("2001:db8:1::1", "db", Tcp, 80, false)],
    );
}

#[test]
fn ports_by_number_range_and_name() {
    for (what, ports, tcp_80, tcp_81, udp_80) in [
        ("a number, TCP by default", "[{port: 80}]", true, false, false),
        ("a protocol", "[{protocol: UDP}]", false, false, true),
        ("nothing but the default protocol", "[{}]", true, true, false),
        ("a range, both ends included", "[{port: 81, endPort: 90}]", false, true, false),
        ("a range that ends there", "[{port: 1, endPort: 80}]", true, false, false),
        ("one of several", "[{port: 81}, {port: 80, protocol: UDP}]", false, true, true),
        ("a name", "[{port: web}]", true, false, false),
        ("a name of another protocol", "[{port: web, protocol: UDP}]", false, false, false),
        ("a name that nobody declares", "[{port: http}]", false, false, false),
    ] {
        let probes = [("api", "db", Tcp, 80, tcp_80), ("api", "db", Tcp, 81, tcp_81), ("api", "db", Udp, 80, udp_80)];
        check(what, &[("shop", &format!("podSelector: {{matchLabels: {{app: db}}}}\ningress: [{{ports: {ports}}}]"))], &probes);
        let egress = format!("podSelector: {{matchLabels: {{app: api}}}}\npolicyTypes: [Egress]\negress: [{{ports: {ports}}}]");
        check(what, &[("shop", &egress)], &probes);
    }
}

#[test]
fn a_name_is_the_receivers() {
    check(
        "a sidecar's name counts, that of an init container which is over does not, and a node has none",
        &[("shop", "podSelector: {matchLabels: {app: api}}\npolicyTypes: [Egress]\negress: [{ports: [{port: metrics}]}]")],
        &[
            ("api", "db", Tcp, 9090, true),
            ("api", "front", Tcp, 9090, false),
            ("api", "host", Tcp, 9090, false),
            ("api", OUTSIDE, Tcp, 9090, false),
        ],
    );
}

#[test]
fn policies_add_up() {
    let deny = ("shop", "podSelector: {}\npolicyTypes: [Ingress, Egress]");
    let into_db = ("shop", "podSelector: {matchLabels: {app: db}}\ningress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]");
    let out_of_api = (
        "shop",
        "podSelector: {matchLabels: {app: api}}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]",
    );
    check("one side is not enough", &[deny, into_db], &[("api", "db", Tcp, 80, false)]);
    check("the other neither", &[deny, out_of_api], &[("api", "db", Tcp, 80, false)]);
    check(
        "both",
        &[deny, out_of_api, into_db],
        &[("api", "db", Tcp, 80, true), ("db", "api", Tcp, 80, false), ("front", "db", Tcp, 80, false)],
    );
}

#[test]
fn nodes_and_their_network() {
    let deny = ("shop", "podSelector: {}\npolicyTypes: [Ingress, Egress]");
    check(
        "a pod and its own node always talk, another node is as good as outside",
        &[deny],
        &[("192.168.0.11", "db", Tcp, 80, true), ("db", "192.168.0.11", Tcp, 10250, true), ("192.168.0.12", "db", Tcp, 80, false)],
    );
    check("a policy does not apply to a node's network", &[deny], &[("host", "front", Tcp, 80, true), ("front", "host", Tcp, 80, true)]);
    check(
        "there a pod is its node, not its labels",
        &[deny, ("shop", "podSelector: {}\ningress: [{from: [{namespaceSelector: {}}]}]")],
        &[("host", "db", Tcp, 80, false), ("front", "db", Tcp, 80, true)],
    );
    check(
        "and is allowed by address",
        &[deny, ("shop", "podSelector: {}\ningress: [{from: [{ipBlock: {cidr: 192.168.0.12/32}}]}]")],
        &[("host", "db", Tcp, 80, true)],
    );
    check("a pod always reaches itself", &[deny], &[("db", "db", Tcp, 80, true)]);

    let cluster = fixture(&[]);
    let on_node: Vec<bool> = ["192.168.0.11", "192.168.0.12"]
        .iter()
        .filter_map(|ip| ip.parse().ok())
        .map(|ip: IpAddr| exempt(&cluster, pod_id(&cluster, "db"), ip))
        .collect();
    assert_eq!(on_node, [true, false]);
}

#[test]
fn a_plugin_may_not_enforce() {
    let mut cluster = fixture(&[("shop", "podSelector: {}")]);
    cluster.config.enforce_network_policy = false;
    let index = PolicyIndex::new(&cluster);
    let (from, to) = (party(&cluster, "api"), party(&cluster, "db"));
    assert!(connects(&cluster, &index, from, to, Tcp, 80));
    assert_eq!(matrix(&cluster, &index, &[from, to], &[(Tcp, 80)]), [["1", "1"], ["1", "1"]]);
    assert!(index.isolating(Direction::Ingress, pod_id(&cluster, "db")).is_empty());
}

#[test]
fn a_matrix_has_a_character_for_each_port() {
    let cluster = fixture(&[(
        "shop",
        "podSelector: {matchLabels: {app: db}}\ningress: [{from: [{podSelector: {}}], ports: [{port: 80}, {port: 53, protocol: UDP}]}]",
    )]);
    let peers = ["api", "db", "front"].map(|who| party(&cluster, who));
    let got = matrix(&cluster, &PolicyIndex::new(&cluster), &peers, &[(Tcp, 80), (Tcp, 81), (Udp, 53)]);
    assert_eq!(got, [["111", "101", "111"], ["111", "111", "111"], ["111", "000", "111"]]);
}

#[test]
fn a_verdict_names_what_decided() {
    let cluster = fixture(&[
        ("shop", "podSelector: {}"),
        (
            "shop",
            "podSelector: {matchLabels: {app: db}}\ningress:\n- ports: [{port: 9090}]\n- from: [{podSelector: {matchLabels: {app: x}}}, {podSelector: {}}]\n  ports: [{port: 81}, {port: web}]",
        ),
    ]);
    let index = PolicyIndex::new(&cluster);
    let subject = pod_id(&cluster, "db");
    let flow = |from, port| Flow { direction: Direction::Ingress, subject, other: party(&cluster, from), port, protocol: Tcp };
    assert_eq!(judge(&cluster, &index, &flow("api", 80)), Verdict::Allowed { policy: 1, rule: 1, peer: Some(1), port: Some(1) });
    assert_eq!(judge(&cluster, &index, &flow("front", 9090)), Verdict::Allowed { policy: 1, rule: 0, peer: None, port: Some(0) });
    assert_eq!(judge(&cluster, &index, &flow("front", 80)), Verdict::Denied { isolating: vec![0, 1] });
    let unjudged = Flow { subject: pod_id(&cluster, "front"), ..flow("api", 80) };
    assert_eq!(judge(&cluster, &index, &unjudged), Verdict::NotIsolated);
}

/// What `explain` says of a connection into (or, for `Egress`, out of) `db`, with its fields.
fn explained(policies: &[(&str, &str)], direction: Direction, other: &str, protocol: Protocol, port: u16) -> (String, Vec<String>) {
    let cluster = fixture(policies);
    let flow = Flow { direction, subject: pod_id(&cluster, "db"), other: party(&cluster, other), port, protocol };
    let verdict = judge(&cluster, &PolicyIndex::new(&cluster), &flow);
    let Explanation { text, lines } = explain(&cluster, &flow, &verdict);
    (text, lines.iter().map(|(_, path)| path_string(path)).collect())
}

#[test]
fn a_denial_names_the_nearest_rule_and_what_it_lacks() {
    let db = |rules: &str| format!("podSelector: {{matchLabels: {{app: db}}}}\n{rules}");
    for (spec, direction, other, protocol, port, text, line) in [
        (
            String::from("podSelector: {}"),
            Direction::Ingress,
            "api",
            Tcp,
            80,
            "policy-0 isolates db for ingress and allows nothing",
            "spec.podSelector",
        ),
        (
            db("ingress: [{from: [{podSelector: {matchLabels: {role: x}}}]}, {from: [{podSelector: {matchLabels: {app: apl}}}]}]"),
            Direction::Ingress,
            "api",
            Tcp,
            80,
            "no rule allows api on TCP 80: policy-0 allows pods `app: apl` of its own namespace, but the sender has `app: api`",
            "spec.ingress[1].from[0].podSelector.matchLabels.app",
        ),
        (
            db("ingress: [{from: [{podSelector: {matchLabels: {role: x}}}]}]"),
            Direction::Ingress,
            "api",
            Tcp,
            80,
            "but the sender has no label `role`",
            "spec.ingress[0].from[0].podSelector.matchLabels.role",
        ),
        (
            db("ingress: [{from: [{podSelector: {}}]}]"),
            Direction::Ingress,
            "front",
            Tcp,
            80,
            "front of namespace web on TCP 80: policy-0 allows every pod of its own namespace, but the sender is in namespace web",
            "spec.ingress[0].from[0].podSelector",
        ),
        (
            db("ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]"),
            Direction::Ingress,
            "front",
            Tcp,
            80,
            "allows every pod of namespaces `team: ops`, but the sender's namespace web has `team: web`",
            "spec.ingress[0].from[0].namespaceSelector.matchLabels.team",
        ),
        (
            db("ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [api]}]}}]}]"),
            Direction::Ingress,
            "api",
            Tcp,
            80,
            "allows pods `app notin (api)` of its own namespace, but the sender has `app: api`",
            "spec.ingress[0].from[0].podSelector.matchExpressions[0]",
        ),
        (
            db("ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]"),
            Direction::Ingress,
            "api",
            Tcp,
            80,
            "on TCP 5432, but the packet goes to TCP 80",
            "spec.ingress[0].ports[0].port",
        ),
        (
            db("ingress: [{ports: [{port: 53}]}]"),
            Direction::Ingress,
            "api",
            Udp,
            53,
            "allows everybody on TCP 53, but the packet goes to UDP 53",
            "spec.ingress[0].ports[0].protocol",
        ),
        (
            db("ingress: [{ports: [{port: web}]}]"),
            Direction::Ingress,
            "api",
            Tcp,
            8080,
            "on TCP port `web`, but `web` is 80 at db and the packet goes to TCP 8080",
            "spec.ingress[0].ports[0].port",
        ),
        (
            db("policyTypes: [Egress]\negress: [{ports: [{port: http}]}]"),
            Direction::Egress,
            "front",
            Tcp,
            80,
            "front declares no such TCP port and the packet goes to TCP 80",
            "spec.egress[0].ports[0].port",
        ),
        (
            db("policyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 198.51.100.0/24, except: [198.51.100.0/28]}}]}]"),
            Direction::Egress,
            OUTSIDE,
            Tcp,
            443,
            "allows 198.51.100.0/24 except 198.51.100.0/28, but the receiver's address 198.51.100.7 is excepted",
            "spec.egress[0].to[0].ipBlock.except[0]",
        ),
        (
            db("policyTypes: [Egress]\negress: [{to: [{podSelector: {}}]}]"),
            Direction::Egress,
            OUTSIDE,
            Tcp,
            443,
            "but the receiver 198.51.100.7 is not a pod",
            "spec.egress[0].to[0]",
        ),
        (
            db("ingress: [{from: [{podSelector: {}}]}]"),
            Direction::Ingress,
            "host",
            Tcp,
            80,
            "but the sender uses its node's network and so is seen as its node, 192.168.0.12",
            "spec.ingress[0].from[0]",
        ),
    ] {
        let (said, lines) = explained(&[("shop", &spec)], direction, other, protocol, port);
        assert!(said.contains(text), "{said:?} does not contain {text:?}");
        assert_eq!(lines.first().map(String::as_str), Some(line), "{said}");
        assert_eq!(lines.last().map(String::as_str), Some("spec.podSelector"), "{said}");
    }
}

#[test]
fn what_passes_is_explained_too() {
    let rule = (
        "shop",
        "podSelector: {matchLabels: {app: db}}\ningress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 80}]}, {}]",
    );
    assert_eq!(
        explained(&[rule], Direction::Ingress, "api", Tcp, 80),
        (
            "NetworkPolicy policy-0 allows ingress from pods `app: api` of its own namespace on TCP 80".into(),
            vec!["spec.ingress[0].from[0]".into(), "spec.ingress[0].ports[0]".into()]
        )
    );
    let (said, lines) = explained(&[rule], Direction::Ingress, OUTSIDE, Udp, 53);
    assert_eq!((said.as_str(), lines), ("NetworkPolicy policy-0 allows ingress from everybody", vec!["spec.ingress[1]".to_owned()]));
    assert_eq!(explained(&[rule], Direction::Egress, "api", Tcp, 80), ("No NetworkPolicy isolates db for egress".into(), vec![]));
    assert_eq!(explained(&[rule], Direction::Ingress, "db", Tcp, 80).0, "A pod always reaches itself");
}
