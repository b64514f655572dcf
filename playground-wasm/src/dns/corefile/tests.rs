//! What a Corefile is read as, and what CoreDNS then answers.

use super::*;
use crate::dns::fixture::cluster;
use crate::dns::{Question, RecordType, server, world};

const KUBEADM: &str = "
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
";

/// The answers to `name TYPE` as lines, or the response code; the second is the first zone of the forwarding.
fn ask(corefile: &str, question: &str) -> (Vec<String>, Option<String>) {
    let (name, rtype) = question.split_once(' ').unwrap();
    let question = Question { name: Name::parse(name).unwrap(), rtype: RecordType::from_name(rtype).unwrap() };
    let mut cluster = cluster();
    let (parsed, notes) = parse(corefile);
    assert_eq!(notes, [] as [String; 0]);
    cluster.corefile = parsed.unwrap();
    let mut forwarded = None;
    let response = server::answer(&cluster, &question, &mut |question, to| {
        forwarded = Some(to.zones[0].clone());
        world::answer(&cluster, question)
    });
    let lines: Vec<String> = response.answers.iter().map(|record| format!("{} {} {}", record.name, record.ttl, record.data)).collect();
    (if lines.is_empty() { vec![response.rcode.as_str().to_owned()] } else { lines }, forwarded)
}

#[test]
fn kubeadms_file_is_the_one_that_is_there_without_any() {
    assert_eq!(parse(KUBEADM), (Some(Corefile::default()), Vec::new()));
}

#[test]
fn a_stub_domain_is_forwarded_elsewhere() {
    let file = format!(
        "{KUBEADM}\ncorp.example:53, b.corp.example {{\n  forward . 10.150.0.1 dns://10.150.0.2:5353 [fd00::1]:53 # theirs\n  cache\n}}\n"
    );
    let parsed = parse(&file).0.unwrap();
    let stub = &parsed.servers[1].forwards;
    assert_eq!(stub[0].zones, ["corp.example.", "b.corp.example."]);
    let addresses: Vec<Upstream> =
        ["10.150.0.1", "10.150.0.2", "fd00::1"].iter().map(|ip| Upstream::Address(ip.parse().unwrap())).collect();
    assert_eq!((&stub[0].to, stub[0].cache_s), (&addresses, Some(3_600)));
    assert_eq!(ask(&file, "git.b.Corp.example. A").1.as_deref(), Some("corp.example."));
    assert_eq!(ask(&file, "example.org. A").1.as_deref(), Some("."));
    assert_eq!(ask(&file, "web.shop.svc.cluster.local. A"), (vec!["web.shop.svc.cluster.local. 30 10.96.7.1".into()], None));
}

#[test]
fn names_without_a_block_or_a_plugin_get_no_answer() {
    let file = "cluster.local {\n kubernetes\n}\n";
    assert_eq!(ask(file, "example.org. A").0, ["REFUSED"]);
    assert_eq!(ask(file, "web.shop.svc.cluster.local. A").0, ["web.shop.svc.cluster.local. 5 10.96.7.1"]);
    assert_eq!(ask(file, "10-0-0-1.shop.pod.cluster.local. A").0, ["NXDOMAIN"]);
    assert_eq!(ask(".:53 {\n kubernetes cluster.local\n}\n", "example.org. A").0, ["SERVFAIL"]);
}

#[test]
fn pods_may_have_to_exist() {
    let file = ".:53 {\n kubernetes cluster.local {\n pods verified\n }\n}\n";
    assert_eq!(ask(file, "10-244-3-2.kube-system.pod.cluster.local. A").0, ["10-244-3-2.kube-system.pod.cluster.local. 5 10.244.3.2"]);
    assert_eq!(ask(file, "10-244-3-2.shop.pod.cluster.local. A").0, ["NXDOMAIN"]);
}

#[test]
fn options_leave_names_out() {
    let with = |option: &str, question: &str| {
        ask(&format!(".:53 {{\n kubernetes cluster.local in-addr.arpa {{\n {option}\n }}\n}}\n"), question).0.join(", ")
    };
    assert_eq!(with("namespaces team kube-system", "web.shop.svc.cluster.local. A"), "NXDOMAIN");
    assert_eq!(with("namespaces team kube-system", "shop.svc.cluster.local. A"), "NXDOMAIN");
    assert_eq!(with("namespaces team kube-system", "team.svc.cluster.local. A"), "NOERROR");
    assert_eq!(with("namespaces team kube-system", "1.7.96.10.in-addr.arpa. PTR"), "NXDOMAIN");
    assert_eq!(with("namespaces shop", "web.shop.svc.cluster.local. A"), "web.shop.svc.cluster.local. 5 10.96.7.1");
    assert_eq!(with("ignore empty_service", "empty.shop.svc.cluster.local. A"), "NXDOMAIN");
    assert_eq!(with("ignore empty_service", "web.shop.svc.cluster.local. A"), "web.shop.svc.cluster.local. 5 10.96.7.1");
    assert_eq!(with("noendpoints", "peers.shop.svc.cluster.local. A"), "NXDOMAIN");
    assert_eq!(with("noendpoints", "web.shop.svc.cluster.local. A"), "web.shop.svc.cluster.local. 5 10.96.7.1");
    assert_eq!(with("noendpoints", "3.1.244.10.in-addr.arpa. PTR"), "NXDOMAIN");
}

#[test]
fn lines_of_hosts_come_before_services() {
    let file = KUBEADM.replace(
        "    ready\n",
        "    hosts {\n      192.0.2.80 www.example.com old.example.com\n      192.0.2.81 old.example.com\n      fallthrough\n    }\n",
    );
    assert_eq!(ask(&file, "Old.example.com. A").0, ["old.example.com. 3600 192.0.2.80", "old.example.com. 3600 192.0.2.81"]);
    assert_eq!(ask(&file, "old.example.com. AAAA"), (vec!["NOERROR".into()], None));
    assert_eq!(ask(&file, "web.shop.svc.cluster.local. A").0, ["web.shop.svc.cluster.local. 30 10.96.7.1"]);
    let closed = file.replace("      fallthrough\n", "");
    assert_eq!(ask(&closed, "web.shop.svc.cluster.local. A").0, ["SERVFAIL"]);
}

#[test]
fn a_name_is_rewritten_and_answered_under_the_one_asked_for() {
    let with = |rule: &str| KUBEADM.replace("    ready\n", &format!("    {rule}\n"));
    let answer = |rule: &str, question: &str| ask(&with(rule), question).0;
    let exact = "rewrite name shop.example.com web.shop.svc.cluster.local";
    assert_eq!(answer(exact, "Shop.example.com. A"), ["shop.example.com. 30 10.96.7.1"]);
    assert_eq!(ask(&with(exact), "example.com. A").1.as_deref(), Some("."));
    let suffix = "rewrite stop name suffix .shop.internal .shop.svc.cluster.local answer auto";
    assert_eq!(answer(suffix, "web.shop.internal. A"), ["web.shop.internal. 30 10.96.7.1"]);
    // Without the answer's own rewriting it has another name than was asked for.
    assert_eq!(
        answer("rewrite name substring internal svc.cluster.local", "web.shop.internal. A"),
        ["web.shop.svc.cluster.local. 30 10.96.7.1"]
    );
    assert_eq!(
        answer("rewrite name prefix old-web. web. answer auto", "old-web.shop.svc.cluster.local. A"),
        ["old-web.shop.svc.cluster.local. 30 10.96.7.1"]
    );
}

#[test]
fn what_is_not_simulated_is_said() {
    let (parsed, notes) = parse(
        ".:53 {\n template ANY ANY\n rewrite name regex (.*) {1}\n kubernetes cluster.local {\n  labels app=web\n }\n forward . tls://9.9.9.9\n}\n(snippet) {\n}\n",
    );
    assert!(parsed.is_some());
    assert_eq!(
        notes,
        [
            "the plugin template is not simulated",
            "`rewrite name regex (.*) {1}` is not simulated",
            "the option labels of the plugin kubernetes is not simulated",
            "forward to tls://9.9.9.9 is not simulated",
            "only server blocks are read: a line with zones that ends in {",
            "only server blocks are read: a line with zones that ends in {",
        ]
    );
    assert_eq!(parse("").0, None);
}
