//! The rules of NetworkPolicy one by one, each case with what the API's documentation says of it.

use std::net::IpAddr;

use super::testing::{OUTSIDE, connects, fixture, party, pod_id};
use super::{Direction, Flow, PolicyIndex, Verdict, exempt, judge, matrix};
use crate::model::Protocol::{self, Sctp, Tcp, Udp};

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
