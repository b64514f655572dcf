//! One table a topic: question, response code, answers, additional records. Sources: kubernetes/dns `docs/specification.md`, and
//! what CoreDNS's own tests in `plugin/kubernetes` hold it to.

use crate::cluster::Cluster;
use crate::dns::corefile::Corefile;
use crate::dns::fixture::cluster;
use crate::dns::{Name, Question, Record, RecordType, Response, server, world};

/// Question as `name TYPE`, response code, answers and additional records as `name TYPE data`, sorted.
type Case = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// With the names outside as they are.
fn answer(cluster: &Cluster, question: &Question) -> Response {
    server::answer(cluster, question, &mut |question, _| world::answer(cluster, question))
}

fn ask(question: &str) -> Response {
    let (name, rtype) = question.split_once(' ').unwrap();
    answer(&cluster(), &Question { name: Name::parse(name).unwrap(), rtype: RecordType::from_name(rtype).unwrap() })
}

fn text(records: &[Record]) -> Vec<String> {
    let mut lines: Vec<_> = records.iter().map(|record| format!("{} {} {}", record.name, record.data.rtype(), record.data)).collect();
    lines.sort();
    lines
}

fn check(cases: &[Case]) {
    for (question, rcode, answers, additional) in cases {
        let response = ask(question);
        assert_eq!(response.rcode.as_str(), *rcode, "{question}: {:?}", response.decision);
        assert_eq!(text(&response.answers), *answers, "{question}");
        assert_eq!(text(&response.additional), *additional, "{question}");
    }
}

#[test]
fn a_service_with_cluster_ips() {
    check(&[
        ("web.shop.svc.cluster.local. A", "NOERROR", &["web.shop.svc.cluster.local. A 10.96.7.1"], &[]),
        ("web.shop.svc.cluster.local. AAAA", "NOERROR", &[], &[]),
        ("empty.shop.svc.cluster.local. A", "NOERROR", &["empty.shop.svc.cluster.local. A 10.96.7.2"], &[]),
        ("six.shop.svc.cluster.local. AAAA", "NOERROR", &["six.shop.svc.cluster.local. AAAA fd00:10:96::6"], &[]),
        ("six.shop.svc.cluster.local. A", "NOERROR", &[], &[]),
        ("dual.shop.svc.cluster.local. A", "NOERROR", &["dual.shop.svc.cluster.local. A 10.96.7.3"], &[]),
        ("dual.shop.svc.cluster.local. AAAA", "NOERROR", &["dual.shop.svc.cluster.local. AAAA fd00:10:96::3"], &[]),
        // Port names have addresses too, with or without underscores.
        ("_http._tcp.web.shop.svc.cluster.local. A", "NOERROR", &["_http._tcp.web.shop.svc.cluster.local. A 10.96.7.1"], &[]),
        ("http.tcp.web.shop.svc.cluster.local. A", "NOERROR", &["http.tcp.web.shop.svc.cluster.local. A 10.96.7.1"], &[]),
        ("_http._udp.web.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        // So have its endpoints, by hostname; those that are not ready have none.
        ("front.web.shop.svc.cluster.local. A", "NOERROR", &["front.web.shop.svc.cluster.local. A 10.244.1.2"], &[]),
        ("10-244-1-8.web.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
    ]);
}

#[test]
fn srv_records_of_a_service_with_cluster_ips() {
    check(&[
        (
            "_http._tcp.web.shop.svc.cluster.local. SRV",
            "NOERROR",
            &["_http._tcp.web.shop.svc.cluster.local. SRV 0 100 80 web.shop.svc.cluster.local."],
            &["web.shop.svc.cluster.local. A 10.96.7.1"],
        ),
        (
            "empty.shop.svc.cluster.local. SRV",
            "NOERROR",
            &["empty.shop.svc.cluster.local. SRV 0 100 80 empty.shop.svc.cluster.local."],
            &["empty.shop.svc.cluster.local. A 10.96.7.2"],
        ),
        (
            "_http._tcp.six.shop.svc.cluster.local. SRV",
            "NOERROR",
            &["_http._tcp.six.shop.svc.cluster.local. SRV 0 100 80 six.shop.svc.cluster.local."],
            &["six.shop.svc.cluster.local. AAAA fd00:10:96::6"],
        ),
        (
            "dual.shop.svc.cluster.local. SRV",
            "NOERROR",
            &["dual.shop.svc.cluster.local. SRV 0 50 80 dual.shop.svc.cluster.local."],
            &["dual.shop.svc.cluster.local. A 10.96.7.3", "dual.shop.svc.cluster.local. AAAA fd00:10:96::3"],
        ),
        ("_grpc._tcp.web.shop.svc.cluster.local. SRV", "NXDOMAIN", &[], &[]),
    ]);
}

#[test]
fn a_headless_service_is_its_ready_endpoints() {
    check(&[
        (
            "peers.shop.svc.cluster.local. A",
            "NOERROR",
            &[
                "peers.shop.svc.cluster.local. A 10.244.1.3",
                "peers.shop.svc.cluster.local. A 10.244.1.9",
                "peers.shop.svc.cluster.local. A 10.244.2.3",
                "peers.shop.svc.cluster.local. A 10.244.2.4",
                "peers.shop.svc.cluster.local. A 10.244.2.5",
            ],
            &[],
        ),
        (
            "peers.shop.svc.cluster.local. AAAA",
            "NOERROR",
            &["peers.shop.svc.cluster.local. AAAA fd00:10:244::", "peers.shop.svc.cluster.local. AAAA fd00:10:244::3"],
            &[],
        ),
        ("10-244-1-3.peers.shop.svc.cluster.local. A", "NOERROR", &["10-244-1-3.peers.shop.svc.cluster.local. A 10.244.1.3"], &[]),
        ("10-244-1-3.peers.shop.svc.cluster.local. AAAA", "NOERROR", &[], &[]),
        (
            "fd00-10-244--3.peers.shop.svc.cluster.local. AAAA",
            "NOERROR",
            &["fd00-10-244--3.peers.shop.svc.cluster.local. AAAA fd00:10:244::3"],
            &[],
        ),
        (
            "fd00-10-244--0.peers.shop.svc.cluster.local. AAAA",
            "NOERROR",
            &["fd00-10-244--0.peers.shop.svc.cluster.local. AAAA fd00:10:244::"],
            &[],
        ),
        (
            "twin.peers.shop.svc.cluster.local. A",
            "NOERROR",
            &["twin.peers.shop.svc.cluster.local. A 10.244.2.4", "twin.peers.shop.svc.cluster.local. A 10.244.2.5"],
            &[],
        ),
        // With a hostname, the address is no name any more.
        ("10-244-2-4.peers.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("10-244-2-6.peers.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("nobody.peers.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("nobody.gone.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        // Nothing ready: the name does not exist, as the specification has it.
        ("waiting.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        // Without ports it has addresses and no SRV records.
        ("bare.shop.svc.cluster.local. A", "NOERROR", &["bare.shop.svc.cluster.local. A 10.244.1.20"], &[]),
        ("10-244-1-20.bare.shop.svc.cluster.local. A", "NOERROR", &["10-244-1-20.bare.shop.svc.cluster.local. A 10.244.1.20"], &[]),
        ("bare.shop.svc.cluster.local. SRV", "NOERROR", &[], &[]),
        ("_http._tcp.bare.shop.svc.cluster.local. SRV", "NXDOMAIN", &[], &[]),
    ]);
}

#[test]
fn srv_records_of_a_headless_service_name_its_endpoints() {
    check(&[
        (
            "_http._tcp.peers.shop.svc.cluster.local. SRV",
            "NOERROR",
            // Seven addresses share 100; two of them have one name, and it is said once.
            &[
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 10-244-1-3.peers.shop.svc.cluster.local.",
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 10-244-2-3.peers.shop.svc.cluster.local.",
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 both.peers.shop.svc.cluster.local.",
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 fd00-10-244--0.peers.shop.svc.cluster.local.",
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 fd00-10-244--3.peers.shop.svc.cluster.local.",
                "_http._tcp.peers.shop.svc.cluster.local. SRV 0 14 8080 twin.peers.shop.svc.cluster.local.",
            ],
            &[
                "10-244-1-3.peers.shop.svc.cluster.local. A 10.244.1.3",
                "10-244-2-3.peers.shop.svc.cluster.local. A 10.244.2.3",
                "both.peers.shop.svc.cluster.local. A 10.244.1.9",
                "fd00-10-244--0.peers.shop.svc.cluster.local. AAAA fd00:10:244::",
                "fd00-10-244--3.peers.shop.svc.cluster.local. AAAA fd00:10:244::3",
                "twin.peers.shop.svc.cluster.local. A 10.244.2.4",
                "twin.peers.shop.svc.cluster.local. A 10.244.2.5",
            ],
        ),
        (
            "_grpc._tcp.multi.shop.svc.cluster.local. SRV",
            "NOERROR",
            &[
                "_grpc._tcp.multi.shop.svc.cluster.local. SRV 0 33 9090 m-0.multi.shop.svc.cluster.local.",
                "_grpc._tcp.multi.shop.svc.cluster.local. SRV 0 33 9090 m-1.multi.shop.svc.cluster.local.",
                "_grpc._tcp.multi.shop.svc.cluster.local. SRV 0 33 9090 m-2.multi.shop.svc.cluster.local.",
            ],
            &[
                "m-0.multi.shop.svc.cluster.local. A 10.244.1.40",
                "m-1.multi.shop.svc.cluster.local. A 10.244.1.41",
                "m-2.multi.shop.svc.cluster.local. A 10.244.1.42",
            ],
        ),
        // Both ports of one endpoint, and its address once.
        (
            "m-0.multi.shop.svc.cluster.local. SRV",
            "NOERROR",
            &[
                "m-0.multi.shop.svc.cluster.local. SRV 0 50 8080 m-0.multi.shop.svc.cluster.local.",
                "m-0.multi.shop.svc.cluster.local. SRV 0 50 9090 m-0.multi.shop.svc.cluster.local.",
            ],
            &["m-0.multi.shop.svc.cluster.local. A 10.244.1.40"],
        ),
    ]);
}

#[test]
fn an_external_name_is_an_alias() {
    let outside = ask("docs.example.com. A");
    let address = outside.answers[0].data.to_string();
    assert!(address.starts_with("192.0.2."), "{address}");
    let response = ask("docs.shop.svc.cluster.local. A");
    let lines = [format!("docs.example.com. A {address}"), "docs.shop.svc.cluster.local. CNAME docs.example.com.".into()];
    assert_eq!(text(&response.answers), lines);
    check(&[
        ("docs.shop.svc.cluster.local. CNAME", "NOERROR", &["docs.shop.svc.cluster.local. CNAME docs.example.com."], &[]),
        ("docs.shop.svc.cluster.local. AAAA", "NOERROR", &["docs.shop.svc.cluster.local. CNAME docs.example.com."], &[]),
        ("docs.shop.svc.cluster.local. SRV", "NOERROR", &[], &[]),
        ("docs.shop.svc.cluster.local. TXT", "NOERROR", &[], &[]),
        // Outside, a target that does not exist leaves the alias alone.
        ("lost.shop.svc.cluster.local. A", "NOERROR", &["lost.shop.svc.cluster.local. CNAME nowhere.test."], &[]),
        // Inside, the target is followed, and without one nothing is left.
        (
            "alias.shop.svc.cluster.local. A",
            "NOERROR",
            &["alias.shop.svc.cluster.local. CNAME web.shop.svc.cluster.local.", "web.shop.svc.cluster.local. A 10.96.7.1"],
            &[],
        ),
        ("alias.shop.svc.cluster.local. AAAA", "NOERROR", &[], &[]),
        ("alias-gone.shop.svc.cluster.local. A", "NOERROR", &[], &[]),
        ("loop-a.shop.svc.cluster.local. A", "NOERROR", &[], &[]),
        // Nothing lies below an alias, and an address is none.
        ("front.docs.shop.svc.cluster.local. CNAME", "NXDOMAIN", &[], &[]),
        ("_http._tcp.docs.shop.svc.cluster.local. CNAME", "NXDOMAIN", &[], &[]),
        ("number.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.cluster.local. CNAME", "NOERROR", &[], &[]),
    ]);
}

#[test]
fn a_name_that_exists_is_told_from_one_that_does_not() {
    check(&[
        ("svc.cluster.local. A", "NOERROR", &[], &[]),
        ("pod.cluster.local. A", "NOERROR", &[], &[]),
        ("shop.svc.cluster.local. A", "NOERROR", &[], &[]),
        ("team.svc.cluster.local. A", "NOERROR", &[], &[]),
        ("gone.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("gone.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("gone.shop.svc.cluster.local. AAAA", "NXDOMAIN", &[], &[]),
        ("web.team.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("web.gone.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("*.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("a.b.c.web.shop.svc.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("shop.cluster.local. A", "NXDOMAIN", &[], &[]),
        // Any type but SOA tells them apart.
        ("svc.cluster.local. NS", "NOERROR", &[], &[]),
        ("shop.svc.cluster.local. NS", "NOERROR", &[], &[]),
        ("shop.cluster.local. NS", "NXDOMAIN", &[], &[]),
        ("gone.svc.cluster.local. NS", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.cluster.local. TXT", "NOERROR", &[], &[]),
        ("gone.gone.svc.cluster.local. TXT", "NXDOMAIN", &[], &[]),
        ("shop.svc.cluster.local. TXT", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.cluster.local. MX", "NOERROR", &[], &[]),
        ("gone.shop.svc.cluster.local. HTTPS", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.cluster.local. PTR", "NOERROR", &[], &[]),
        ("example.org.cluster.local. PTR", "NXDOMAIN", &[], &[]),
        ("1.7.96.10.cluster.local. PTR", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.cluster.local. SOA", "NOERROR", &[], &[]),
        ("gone.shop.svc.cluster.local. SOA", "NOERROR", &[], &[]),
        ("cluster.local. AXFR", "REFUSED", &[], &[]),
    ]);
    for negative in ["web.shop.svc.cluster.local. AAAA", "gone.shop.svc.ClUsTeR.local. A"] {
        let soa = text(&ask(negative).authority).join(" ").to_lowercase();
        assert_eq!(soa, "cluster.local. soa ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30", "{negative}");
    }
    assert!(ask("web.shop.svc.cluster.local. A").authority.is_empty());
}

#[test]
fn pod_records_spell_an_address_that_nobody_checks() {
    check(&[
        ("10-244-1-3.shop.pod.cluster.local. A", "NOERROR", &["10-244-1-3.shop.pod.cluster.local. A 10.244.1.3"], &[]),
        ("203-0-113-9.team.pod.cluster.local. A", "NOERROR", &["203-0-113-9.team.pod.cluster.local. A 203.0.113.9"], &[]),
        ("fd00-10-244--3.shop.pod.cluster.local. AAAA", "NOERROR", &["fd00-10-244--3.shop.pod.cluster.local. AAAA fd00:10:244::3"], &[]),
        ("10-244-1-3.shop.pod.cluster.local. AAAA", "NOERROR", &[], &[]),
        ("10-244-1-3.gone.pod.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("10-244-1.shop.pod.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("10-244-1-300.shop.pod.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("blah.shop.pod.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("blah.shop.pod.cluster.local. AAAA", "NXDOMAIN", &[], &[]),
        ("blah.shop.pod.cluster.local. HINFO", "NXDOMAIN", &[], &[]),
        ("blah.gone.pod.cluster.local. A", "NXDOMAIN", &[], &[]),
        ("shop.pod.cluster.local. A", "NOERROR", &[], &[]),
    ]);
}

#[test]
fn addresses_have_names() {
    check(&[
        ("1.7.96.10.in-addr.arpa. PTR", "NOERROR", &["1.7.96.10.in-addr.arpa. PTR web.shop.svc.cluster.local."], &[]),
        // Twice in the slices, once in the answer; the kind of Service does not matter.
        ("2.1.244.10.in-addr.arpa. PTR", "NOERROR", &["2.1.244.10.in-addr.arpa. PTR front.web.shop.svc.cluster.local."], &[]),
        ("3.1.244.10.in-addr.arpa. PTR", "NOERROR", &["3.1.244.10.in-addr.arpa. PTR 10-244-1-3.peers.shop.svc.cluster.local."], &[]),
        // Two Services select it.
        (
            "9.1.244.10.in-addr.arpa. PTR",
            "NOERROR",
            &[
                "9.1.244.10.in-addr.arpa. PTR both.peers.shop.svc.cluster.local.",
                "9.1.244.10.in-addr.arpa. PTR both.web.shop.svc.cluster.local.",
            ],
            &[],
        ),
        (
            "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. PTR",
            "NOERROR",
            &["6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.1.0.0.0.0.d.f.ip6.arpa. PTR six.shop.svc.cluster.local."],
            &[],
        ),
        ("6.2.244.10.in-addr.arpa. PTR", "NXDOMAIN", &[], &[]),
        ("1.0.0.10.in-addr.arpa. PTR", "NXDOMAIN", &[], &[]),
        ("1.7.96.in-addr.arpa. PTR", "NXDOMAIN", &[], &[]),
        ("1.7.96.10.in-addr.arpa. A", "NXDOMAIN", &[], &[]),
        ("web.shop.svc.96.10.in-addr.arpa. A", "NXDOMAIN", &[], &[]),
        ("in-addr.arpa. A", "NOERROR", &[], &[]),
    ]);
}

#[test]
fn the_zone_has_records_of_its_own() {
    check(&[
        (
            "cluster.local. SOA",
            "NOERROR",
            &["cluster.local. SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30"],
            &[],
        ),
        (
            "cluster.local. NS",
            "NOERROR",
            &["cluster.local. NS kube-dns.kube-system.svc.cluster.local."],
            &["kube-dns.kube-system.svc.cluster.local. A 10.96.0.10"],
        ),
        ("cluster.local. A", "NOERROR", &[], &[]),
        ("cluster.local. AAAA", "NOERROR", &[], &[]),
        ("cluster.local. SRV", "NOERROR", &[], &[]),
        ("cluster.local. HINFO", "NOERROR", &[], &[]),
        ("cluster.local. TXT", "NXDOMAIN", &[], &[]),
        ("ns.dns.cluster.local. A", "NOERROR", &["ns.dns.cluster.local. A 10.96.0.10"], &[]),
        ("ns.dns.cluster.local. AAAA", "NOERROR", &[], &[]),
        ("ns.dns.cluster.local. TXT", "NXDOMAIN", &[], &[]),
        ("dns-version.cluster.local. TXT", "NOERROR", &["dns-version.cluster.local. TXT 1.1.0"], &[]),
        ("dns-version.cluster.local. A", "NXDOMAIN", &[], &[]),
    ]);
    let mut alone = cluster();
    alone.services.clear();
    let name = Name::parse("cluster.local").unwrap();
    let response = answer(&alone, &Question { name, rtype: RecordType::NS });
    assert_eq!(text(&response.answers), ["cluster.local. NS ns.dns.cluster.local."]);
    assert_eq!(text(&response.additional), ["ns.dns.cluster.local. A 10.244.3.2"]);
}

#[test]
fn names_keep_the_case_they_are_asked_in() {
    check(&[
        ("WeB.ShOp.SvC.cLuStEr.LoCaL. A", "NOERROR", &["WeB.ShOp.SvC.cLuStEr.LoCaL. A 10.96.7.1"], &[]),
        (
            "_HtTp._TcP.wEb.ShOp.SvC.cLuStEr.LoCaL. SRV",
            "NOERROR",
            &["_HtTp._TcP.wEb.ShOp.SvC.cLuStEr.LoCaL. SRV 0 100 80 web.shop.svc.cLuStEr.LoCaL."],
            &["web.shop.svc.cLuStEr.LoCaL. A 10.96.7.1"],
        ),
        (
            "Cluster.local. SOA",
            "NOERROR",
            &["Cluster.local. SOA ns.dns.Cluster.local. hostmaster.Cluster.local. 1 7200 1800 86400 30"],
            &[],
        ),
        ("FRONT.web.shop.svc.cluster.local. A", "NOERROR", &["FRONT.web.shop.svc.cluster.local. A 10.244.1.2"], &[]),
    ]);
}

#[test]
fn another_cluster_domain_moves_the_zone() {
    let mut cluster = cluster();
    cluster.corefile = Corefile::of_kubeadm("corp.example");
    let ask = |name: &str| answer(&cluster, &Question { name: Name::parse(name).unwrap(), rtype: RecordType::A }).rcode.as_str();
    assert_eq!(ask("web.shop.svc.corp.example"), "NOERROR");
    assert_eq!(ask("web.shop.svc.cluster.local"), "NXDOMAIN");
}

#[test]
fn the_world_outside_follows_a_rule() {
    for (question, rcode, count) in [
        ("example.com. A", "NOERROR", 1),
        ("api.eu.example.co.uk. A", "NOERROR", 1),
        ("quay.io. A", "NOERROR", 1),
        ("example.com. AAAA", "NOERROR", 0),
        ("example.com. MX", "NOERROR", 0),
        ("localhost. A", "NOERROR", 1),
        ("com. A", "NXDOMAIN", 0),
        ("web. A", "NXDOMAIN", 0),
        ("nowhere.test. A", "NXDOMAIN", 0),
        ("db.internal. A", "NXDOMAIN", 0),
        ("web.shop.svc. A", "NXDOMAIN", 0),
        ("web.shop. A", "NXDOMAIN", 0),
        ("web.shop.svc.cluster.local.example.com. A", "NXDOMAIN", 0),
        // `.dev` is public, and `dev` a namespace.
        ("web.dev. A", "NXDOMAIN", 0),
        ("go.web.dev. A", "NOERROR", 1),
        ("9.113.0.203.in-addr.arpa. PTR", "NXDOMAIN", 0),
    ] {
        let response = ask(question);
        assert_eq!((response.rcode.as_str(), response.answers.len()), (rcode, count), "{question}");
    }
    assert_eq!(ask("Example.COM. A").answers[0].data, ask("example.com. A").answers[0].data);
}
