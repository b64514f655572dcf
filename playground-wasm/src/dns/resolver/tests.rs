//! What is sent and what comes of it. Sources: glibc `resolv/res_query.c` and `resolv/res_send.c`.

use std::net::IpAddr;

use super::{Exchange, Lookup, Status, lookup};
use crate::cluster::Cluster;
use crate::dns::fixture::{cluster, pod};
use crate::dns::{Decision, Hosts, Question, Rcode, RecordType, ResolvConf, Response, server, world};
use crate::model::Protocol;

const BOTH: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

/// A pod of namespace `shop` with options and searches of its own.
fn conf(cluster: &Cluster, searches: &[&str], options: &[(&str, &str)]) -> ResolvConf {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (!value.is_empty()).then(|| (*value).to_owned()));
    let client = pod("client", "10.244.1.50", |spec| {
        spec.dns_config.searches = searches.iter().map(|&search| search.to_owned()).collect();
        spec.dns_config.options = options.iter().map(owned).collect();
    });
    ResolvConf::for_pod(cluster, &client)
}

fn run(conf: &ResolvConf, name: &str, wanted: &[RecordType], mut exchange: impl FnMut(IpAddr, &Question) -> Exchange) -> Lookup {
    lookup(conf, &Hosts::local(), name, wanted, 0, &mut |server, _, question| exchange(server, question))
}

/// As the cluster's name server answers, with the names outside as they are.
fn answer(cluster: &Cluster, question: &Question) -> Response {
    server::answer(cluster, question, &mut |question, _| world::answer(cluster, question))
}

/// A lookup where the cluster's name server answers.
fn ask(cluster: &Cluster, conf: &ResolvConf, name: &str, wanted: &[RecordType]) -> Lookup {
    run(conf, name, wanted, |_, question| Exchange::from(answer(cluster, question)))
}

fn sent(lookup: &Lookup) -> Vec<String> {
    let line = |query: &super::SentQuery| format!("{} {} {}", query.question.name, query.question.rtype, query.status.as_str());
    lookup.queries.iter().map(line).collect()
}

#[test]
fn the_search_list_comes_first_for_names_with_few_dots() {
    let cluster = cluster();
    let conf = conf(&cluster, &[], &[]);
    for (name, wanted, status, queries) in [
        ("web", &BOTH[..1], "NOERROR", &["web.shop.svc.cluster.local. A NOERROR"] as &[&str]),
        ("web", &BOTH, "NOERROR", &["web.shop.svc.cluster.local. A NOERROR", "web.shop.svc.cluster.local. AAAA NOERROR"]),
        ("web.shop", &BOTH[..1], "NOERROR", &["web.shop.shop.svc.cluster.local. A NXDOMAIN", "web.shop.svc.cluster.local. A NOERROR"]),
        (
            "web.shop.svc",
            &BOTH[..1],
            "NOERROR",
            &[
                "web.shop.svc.shop.svc.cluster.local. A NXDOMAIN",
                "web.shop.svc.svc.cluster.local. A NXDOMAIN",
                "web.shop.svc.cluster.local. A NOERROR",
            ],
        ),
        // Four dots are fewer than five: the full name is searched for before it is believed.
        (
            "web.shop.svc.cluster.local",
            &BOTH[..1],
            "NOERROR",
            &[
                "web.shop.svc.cluster.local.shop.svc.cluster.local. A NXDOMAIN",
                "web.shop.svc.cluster.local.svc.cluster.local. A NXDOMAIN",
                "web.shop.svc.cluster.local.cluster.local. A NXDOMAIN",
                "web.shop.svc.cluster.local. A NOERROR",
            ],
        ),
        ("web.shop.svc.cluster.local.", &BOTH[..1], "NOERROR", &["web.shop.svc.cluster.local. A NOERROR"]),
        ("_http._tcp.web.shop.svc.cluster.local", &[RecordType::SRV], "NOERROR", &["_http._tcp.web.shop.svc.cluster.local. SRV NOERROR"]),
        (
            "example.com",
            &BOTH,
            "NOERROR",
            &[
                "example.com.shop.svc.cluster.local. A NXDOMAIN",
                "example.com.shop.svc.cluster.local. AAAA NXDOMAIN",
                "example.com.svc.cluster.local. A NXDOMAIN",
                "example.com.svc.cluster.local. AAAA NXDOMAIN",
                "example.com.cluster.local. A NXDOMAIN",
                "example.com.cluster.local. AAAA NXDOMAIN",
                "example.com. A NOERROR",
                "example.com. AAAA NOERROR",
            ],
        ),
        (
            "gone",
            &BOTH[..1],
            "NXDOMAIN",
            &[
                "gone.shop.svc.cluster.local. A NXDOMAIN",
                "gone.svc.cluster.local. A NXDOMAIN",
                "gone.cluster.local. A NXDOMAIN",
                "gone. A NXDOMAIN",
            ],
        ),
        ("gone.", &BOTH[..1], "NXDOMAIN", &["gone. A NXDOMAIN"]),
        // No record of the type: the search goes on, and remembers that the name was there.
        (
            "web",
            &BOTH[1..],
            "NOERROR",
            &[
                "web.shop.svc.cluster.local. AAAA NOERROR",
                "web.svc.cluster.local. AAAA NXDOMAIN",
                "web.cluster.local. AAAA NXDOMAIN",
                "web. AAAA NXDOMAIN",
            ],
        ),
    ] {
        let found = ask(&cluster, &conf, name, wanted);
        assert_eq!((found.status.as_str(), sent(&found)), (status, queries.iter().map(ToString::to_string).collect()), "{name}");
    }
}

#[test]
fn options_and_searches_of_the_pod_change_the_order() {
    let cluster = cluster();
    let queries = |searches: &[&str], options: &[(&str, &str)], name: &str| {
        sent(&ask(&cluster, &conf(&cluster, searches, options), name, &BOTH[..1]))
    };
    assert_eq!(queries(&[], &[("ndots", "1")], "example.com"), ["example.com. A NOERROR"]);
    // As it is first, and then the search list all the same.
    assert_eq!(
        queries(&[], &[("ndots", "1")], "web.shop"),
        ["web.shop. A NXDOMAIN", "web.shop.shop.svc.cluster.local. A NXDOMAIN", "web.shop.svc.cluster.local. A NOERROR"]
    );
    assert_eq!(queries(&["team.svc.cluster.local"], &[], "gone")[3], "gone.team.svc.cluster.local. A NXDOMAIN");
    // The root in the list takes the place of the name as it is.
    assert_eq!(
        queries(&["."], &[], "gone"),
        [
            "gone.shop.svc.cluster.local. A NXDOMAIN",
            "gone.svc.cluster.local. A NXDOMAIN",
            "gone.cluster.local. A NXDOMAIN",
            "gone. A NXDOMAIN"
        ]
    );
    assert_eq!(queries(&[], &[("no-tld-query", "")], "gone").len(), 3);
    let conf = conf(&cluster, &[], &[("no-aaaa", "")]);
    assert_eq!(sent(&ask(&cluster, &conf, "web", &BOTH)), ["web.shop.svc.cluster.local. A NOERROR"]);
    // Whether the name exists is asked for in the other family's stead.
    let six = ask(&cluster, &conf, "six", &BOTH[1..]);
    assert_eq!(
        (six.status, six.answers.len(), sent(&six)[0].as_str()),
        (Status::Rcode(Rcode::NoError), 0, "six.shop.svc.cluster.local. A NOERROR")
    );
}

#[test]
fn what_musl_would_not_find_is_said() {
    let cluster = cluster();
    let (few, many) = (conf(&cluster, &[], &[("ndots", "1")]), conf(&cluster, &["team.svc.cluster.local"], &[]));
    let musl = |conf: &ResolvConf, name: &str| ask(&cluster, conf, name, &BOTH).musl.map(|musl| musl.sentence()).unwrap_or_default();
    assert!(musl(&few, "web.shop").starts_with("musl (Alpine) would not search"));
    for same in ["web", "example.com", "gone.shop", "web.shop.svc.cluster.local."] {
        assert_eq!(musl(&few, same), "", "{same}");
    }
    // `dev` is a namespace, so the second candidate exists, though nothing has its address.
    assert_eq!(musl(&many, "go.web.dev"), "");
    let conf = ResolvConf { searches: vec!["svc.cluster.local".into(), "example.com".into()], ..many };
    assert!(musl(&conf, "dev").starts_with("musl (Alpine) would stop at dev.svc.cluster.local,"));
}

#[test]
fn a_failed_first_attempt_decides_the_verdict() {
    let cluster = cluster();
    let conf = conf(&cluster, &[], &[("ndots", "1")]);
    // `web.shop` does not exist outside; that it exists without AAAA inside does not change what is reported.
    let found = ask(&cluster, &conf, "web.shop", &BOTH[1..]);
    assert_eq!(found.status, Status::Rcode(Rcode::NxDomain));
    assert_eq!(sent(&found)[2], "web.shop.svc.cluster.local. AAAA NOERROR");
}

#[test]
fn literals_hosts_and_impossible_names_are_not_asked_for() {
    let cluster = cluster();
    let conf = conf(&cluster, &[], &[]);
    for (name, wanted, status, addresses) in [
        ("10.96.7.1", &BOTH[..], "NOERROR", &["10.96.7.1"] as &[&str]),
        ("10.96.7.1", &BOTH[1..], "NOERROR", &[]),
        ("fd00::1", &BOTH, "NOERROR", &["fd00::1"]),
        ("localhost", &BOTH, "NOERROR", &["127.0.0.1", "::1"]),
        ("LocalHost", &BOTH[..1], "NOERROR", &["127.0.0.1"]),
        ("my web", &BOTH, "NXDOMAIN", &[]),
        ("-web", &BOTH, "NXDOMAIN", &[]),
        ("", &BOTH, "NXDOMAIN", &[]),
    ] {
        let found = ask(&cluster, &conf, name, wanted);
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!((found.status.as_str(), found.addresses().collect::<Vec<_>>()), (status, addresses), "{name}");
        assert_eq!(found.queries, [], "{name}");
    }
    // The file does not know absolute names, nor other types.
    assert_eq!(sent(&ask(&cluster, &conf, "localhost.", &BOTH[..1])), ["localhost. A NOERROR"]);
    assert_eq!(ask(&cluster, &conf, "localhost", &[RecordType::TXT]).queries.len(), 4);
}

#[test]
fn host_aliases_come_before_dns() {
    let cluster = cluster();
    let client = pod("client", "10.244.1.50", |spec| spec.host_aliases = vec![("203.0.113.80".parse().unwrap(), vec!["web".into()])]);
    let (conf, hosts) = (ResolvConf::for_pod(&cluster, &client), Hosts::for_pod(&cluster, &client));
    let mut exchange = |_: IpAddr, _: Protocol, question: &Question| Exchange::from(answer(&cluster, question));
    let found = lookup(&conf, &hosts, "web", &BOTH, 0, &mut exchange);
    assert_eq!((found.addresses().collect::<Vec<_>>(), found.from_hosts), (vec!["203.0.113.80".parse().unwrap()], true));
    let found = lookup(&conf, &hosts, "web", &BOTH[1..], 0, &mut exchange);
    assert!(!found.from_hosts && found.queries.len() == 4);
}

#[test]
fn silence_costs_time_and_ends_the_search() {
    let cluster = cluster();
    let found = run(&conf(&cluster, &[], &[]), "web", &BOTH, |_, _| Exchange::NoAnswer);
    assert_eq!(found.status, Status::Timeout);
    // The first candidate twice, then the name as it is twice.
    let candidate = ["web.shop.svc.cluster.local. A TIMEOUT", "web.shop.svc.cluster.local. AAAA TIMEOUT"];
    let as_it_is = ["web. A TIMEOUT", "web. AAAA TIMEOUT"];
    assert_eq!(sent(&found), [candidate, candidate, as_it_is, as_it_is].concat());
    assert_eq!(found.elapsed_us, 20_000_000);
    assert_eq!(found.detail(&cluster), "No answer came from the name server 10.96.0.10");
    let quick = run(&conf(&cluster, &[], &[("timeout", "1"), ("attempts", "3")]), "web.", &BOTH[..1], |_, _| Exchange::NoAnswer);
    assert_eq!((quick.queries.len(), quick.elapsed_us), (3, 3_000_000));
    let absolute = run(&conf(&cluster, &[], &[]), "web.shop.svc.cluster.local.", &BOTH[..1], |_, _| Exchange::NoAnswer);
    assert_eq!((absolute.queries.len(), absolute.elapsed_us), (2, 10_000_000));
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    let cluster = cluster();
    let late = |_: IpAddr, _: &Question| Exchange::Answered {
        response: Response::empty(Rcode::ServFail, Decision::Outside),
        waited_us: 2_000_000,
    };
    let patient = run(&conf(&cluster, &[], &[]), "web.", &BOTH, late);
    assert_eq!((patient.status, patient.queries.len(), patient.elapsed_us), (Status::Rcode(Rcode::ServFail), 4, 4_001_000));
    let hasty = run(&conf(&cluster, &[], &[("timeout", "2")]), "web.", &BOTH, late);
    assert_eq!((hasty.status, hasty.elapsed_us), (Status::Timeout, 4_000_000));
}

#[test]
fn a_refused_packet_ends_the_lookup_at_once() {
    let cluster = cluster();
    let found = run(&conf(&cluster, &[], &[]), "web", &BOTH[..1], |_, _| Exchange::Refused);
    assert_eq!(found.status, Status::Refused);
    assert_eq!(sent(&found), ["web.shop.svc.cluster.local. A REFUSED"; 2]);
    assert_eq!(found.elapsed_us, 1_000);
}

#[test]
fn the_next_server_is_asked_where_the_first_fails() {
    let cluster = cluster();
    let mut conf = conf(&cluster, &[], &[]);
    let (second, third): (IpAddr, IpAddr) = ("10.0.0.2".parse().unwrap(), "10.0.0.3".parse().unwrap());
    conf.nameservers.extend([second, third]);
    let answered = |server: IpAddr, question: &Question| match server {
        server if server == third => Exchange::from(answer(&cluster, question)),
        server if server == second => Exchange::Refused,
        _ => Exchange::NoAnswer,
    };
    let found = run(&conf, "web", &BOTH[..1], answered);
    assert_eq!(found.queries.iter().map(|query| query.server).collect::<Vec<_>>(), conf.nameservers);
    assert_eq!((found.status, found.elapsed_us), (Status::Rcode(Rcode::NoError), 5_001_000));
    // Three servers are waited for 5, 10/3 and 20/3 seconds, whole ones.
    let found = run(&conf, "web.", &BOTH[..1], |_, _| Exchange::NoAnswer);
    assert_eq!(found.elapsed_us, 2 * (5 + 3 + 6) * 1_000_000);
}

#[test]
fn server_failure_is_retried_and_searched_past() {
    let cluster = cluster();
    let conf = conf(&cluster, &[], &[]);
    let failing = |_: IpAddr, question: &Question| {
        let rcode = if question.name.as_str().ends_with("cluster.local.") { Rcode::ServFail } else { Rcode::NxDomain };
        Exchange::from(Response::empty(rcode, Decision::Outside))
    };
    let found = run(&conf, "web", &BOTH[..1], failing);
    assert_eq!(found.status, Status::Rcode(Rcode::ServFail));
    assert_eq!(found.queries.len(), 7, "{:?}", sent(&found));
    // One family that fails does not keep the other from answering.
    let found = run(&conf, "web", &BOTH, |_, question| match question.rtype {
        RecordType::AAAA => Exchange::from(Response::empty(Rcode::ServFail, Decision::Zone)),
        _ => Exchange::from(answer(&cluster, question)),
    });
    assert_eq!((found.addresses().count(), found.queries.len()), (1, 2));
}

#[test]
fn the_detail_says_what_was_meant() {
    let mut cluster = cluster();
    cluster.namespaces.remove("dev");
    let conf = conf(&cluster, &[], &[]);
    for (name, wanted, detail) in [
        ("wbe", &BOTH[..], "There is no Service wbe in namespace shop"),
        ("web.team", &BOTH, "There is no Service web in namespace team"),
        ("web.payments", &BOTH, "There is no namespace payments"),
        ("api.example.con", &BOTH, "The name servers outside the cluster do not know this name"),
        ("web.shop.svc.cluster.lokal", &BOTH, "The name servers outside the cluster do not know this name"),
        ("waiting", &BOTH, "The headless Service waiting in namespace shop has no ready endpoint"),
        ("ghost.peers", &BOTH, "Service peers in namespace shop has no ready endpoint with the hostname ghost"),
        ("web", &BOTH[1..], "Service web in namespace shop has no record of this type"),
        ("web", &BOTH, ""),
        (
            "web.team.cluster.local",
            &BOTH,
            "The cluster's domain has its Services below svc: web.team.svc.cluster.local, not web.team.cluster.local",
        ),
        ("a..b", &BOTH, "This is not a host name: it needs labels of letters, digits and dashes, separated by single dots"),
    ] {
        assert_eq!(ask(&cluster, &conf, name, wanted).detail(&cluster), detail, "{name}");
    }
}

#[test]
fn a_pod_without_servers_asks_itself() {
    let cluster = cluster();
    let conf = ResolvConf { nameservers: Vec::new(), ..ResolvConf::for_node() };
    let found = run(&conf, "example.com", &BOTH[..1], |server, question| {
        if server.is_loopback() { Exchange::Refused } else { Exchange::from(world::answer(&cluster, question)) }
    });
    assert_eq!(found.status, Status::Refused);
}
