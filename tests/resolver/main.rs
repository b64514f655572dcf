//! The resolver that the simulator models, held against the real one: glibc looks names up with a pod's `resolv.conf` and `hosts`,
//! in network and mount namespaces of its own, at name servers that answer from the simulated cluster.
//!
//! The questions that arrive have to be those that the simulator lists, at the same servers and in the same order, and what glibc
//! makes of the answers has to be what the simulator says. `cluster.yaml` has a pod for each shape of `resolv.conf`.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![expect(clippy::expect_used, reason = "a test that cannot get its value should stop there")]

mod glibc;
mod server;

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use glibc::Outcome;
use playground_wasm::cluster::{Cluster, Config, PodId};
use playground_wasm::control::Simulation;
use playground_wasm::dns::resolv_conf::cluster_dns;
use playground_wasm::dns::{Lookup, Rcode, RecordType, Status, server as dns_server, sort, world};
use playground_wasm::dto::SourceFile;
use playground_wasm::load::Loader;
use playground_wasm::net::{Netns, Network, Session};
use playground_wasm::request::{Sender, look_up};
use podhop_tests::netns::{isolated, mount_over, run};
use server::{Asked, Servers};

const BOTH: &[RecordType] = &[RecordType::A, RecordType::AAAA];
const CLOSED: &str = "10.244.1.200";
const SILENT: &str = "10.244.1.201";

/// Names as programs write them: short, qualified, absolute, existing or not, of every kind of Service, and impossible ones.
const NAMES: &[&str] = &[
    "web",
    "WeB",
    "web.",
    "web.shop",
    "web.team",
    "web.shop.svc",
    "web.shop.svc.cluster.local",
    "web.shop.svc.cluster.local.",
    "gone",
    "gone.shop",
    "gone.team.svc.cluster.local",
    "gone.team.svc.cluster.local.",
    "shop",
    "svc",
    "dual",
    "six",
    "db",
    "db-0.db",
    "db-2.db.shop.svc.cluster.local",
    "nobody.db",
    "waiting",
    "docs",
    "lost",
    "alias",
    "alias-gone",
    "_pg._tcp.db",
    "example.com",
    "example.com.",
    "www.example.com",
    "a.b.c.d.example.com",
    "nowhere.invalid",
    "a.b.c.d.e.nowhere.invalid",
    "kubernetes.default",
    "localhost",
    "localhost.",
    "alpha",
    "ip6-allnodes",
    "10-244-1-200.shop.pod.cluster.local.",
    "192.0.2.7",
    "192.0.2",
    "127.1",
    "fd00::7",
    "my_web",
    "-web",
    "web-",
    "my web",
    "a..b",
    "com",
    ".",
];

fn simulation() -> Simulation {
    let text = include_str!("cluster.yaml").to_owned();
    let loaded = Loader::default().load(&[SourceFile { name: "cluster.yaml".into(), text }]);
    assert_eq!(loaded.diagnostics, [], "the manifests are sound");
    let mut simulation = Simulation::new(&loaded.objects, Config::default());
    simulation.settle();
    simulation
}

/// Everything that a lookup is judged by.
#[derive(Debug, PartialEq)]
struct Seen {
    asked: Vec<Asked>,
    outcome: Outcome,
    addresses: Vec<IpAddr>,
}

/// The file system and network of a pod, as far as lookups see them.
struct Stage {
    servers: Servers,
    turn: u32,
}

impl Stage {
    fn set() -> Self {
        for line in ["ip link set lo up", "ip link add eth0 type veth peer name eth1", "ip link set eth1 up", "ip link set eth0 up"] {
            run(line);
        }
        let cluster = simulation();
        let dns = cluster_dns(cluster.network().cluster);
        let addresses = [dns, world::NAME_SERVER, SILENT.parse().expect("an address")];
        for address in addresses.iter().map(ToString::to_string).chain([CLOSED.to_owned()]) {
            run(&format!("ip addr add {address}/32 dev lo"));
        }
        let servers = Servers::start(&addresses, move || {
            let simulation = simulation();
            Box::new(move |server, question| {
                let cluster = simulation.network().cluster;
                match server {
                    server if server == dns => {
                        Some(dns_server::answer(cluster, question, &mut |question, _| world::answer(cluster, question)))
                    }
                    world::NAME_SERVER => Some(world::answer(cluster, question)),
                    _ => None,
                }
            })
        });
        let folder = std::env::temp_dir();
        for (name, text) in [("nsswitch.conf", "hosts: files dns\n"), ("resolv.conf", ""), ("hosts", "")] {
            let file = folder.join(format!("podhop-{}-{name}", std::process::id()));
            fs::write(&file, text).expect("a file");
            mount_over(&file, &format!("/etc/{name}"));
            fs::remove_file(file).expect("removed");
        }
        Self { servers, turn: 0 }
    }

    /// Makes this the pod's world.
    fn enter(&mut self, cluster: &Cluster, pod: PodId) {
        let sender = Sender::Pod { pod, container: 0 };
        let (conf, hosts) = sender.files(cluster);
        self.turn += 1;
        // glibc reads a file again whose size or time has changed: the size always does.
        let comment = format!("# {}\n", ".".repeat(self.turn as usize));
        fs::write("/etc/resolv.conf", format!("{conf}{comment}")).expect("resolv.conf");
        fs::write("/etc/hosts", hosts.to_string()).expect("hosts");
        // The routes go with the addresses: a family that the pod does not have is out of its reach.
        run("ip addr flush dev eth0 scope global");
        run("ip -6 route flush default");
        for ip in &cluster.pod(pod).ips {
            let (length, flag) = if ip.is_ipv4() { (32, "") } else { (128, "nodad") };
            run(&format!("ip addr add {ip}/{length} dev eth0 {flag}"));
            run(&format!("ip route replace default dev eth0 src {ip}"));
        }
        self.servers.take();
    }
}

/// Names that are asked for by other types than addresses, as `dig +search` does.
const OTHER: &[(&str, RecordType)] = &[
    ("_http._tcp.web", RecordType::SRV),
    ("_http._tcp.web.shop.svc.cluster.local.", RecordType::SRV),
    ("_pg._tcp.db", RecordType::SRV),
    ("db", RecordType::SRV),
    ("web", RecordType::TXT),
    ("dns-version.cluster.local", RecordType::TXT),
    ("dns-version", RecordType::TXT),
    ("docs", RecordType::CNAME),
    ("example.com", RecordType::MX),
    ("cluster.local", RecordType::SOA),
    ("cluster.local", RecordType::NS),
    ("1.7.96.10.in-addr.arpa.", RecordType::PTR),
    ("9.7.96.10.in-addr.arpa", RecordType::PTR),
    ("web", RecordType::AAAA),
];

/// How often a lookup is made before it counts as different.
const TRIES: u32 = 3;

/// Lookups of one pod in both worlds.
struct Comparison<'a> {
    net: Network<'a>,
    pod: PodId,
    differences: String,
    count: u32,
}

impl<'a> Comparison<'a> {
    fn of(net: Network<'a>, pod: PodId) -> Self {
        Self { net, pod, differences: String::new(), count: 0 }
    }

    fn look_up(&self, name: &str, types: &[RecordType], seed: u64) -> Lookup {
        let netns = Netns::of_pod(self.net.cluster, self.pod).expect("a network namespace");
        let sender = Sender::Pod { pod: self.pod, container: 0 };
        look_up(self.net, sender, netns, name, types, 0, &mut Session::new(seed)).lookup
    }

    fn seen(&self, lookup: &Lookup) -> Seen {
        let mut addresses: Vec<IpAddr> = lookup.addresses().collect();
        sort(&mut addresses, &self.net.cluster.pod(self.pod).ips);
        // What a closed port turned back nobody can have noted.
        let noted = lookup.queries.iter().filter(|query| query.status != Status::Refused);
        Seen {
            asked: noted.map(|query| (query.server, query.question.name.to_string(), query.question.rtype)).collect(),
            outcome: match lookup.status {
                _ if !lookup.answers.is_empty() => Outcome::Found,
                Status::Rcode(Rcode::NoError) => Outcome::NoData,
                Status::Rcode(Rcode::NxDomain) | Status::BadName => Outcome::NoName,
                Status::Rcode(_) | Status::Timeout | Status::Refused => Outcome::TryAgain,
            },
            addresses,
        }
    }

    /// Notes a difference that shows every time: on a busy machine an answer may come too late once.
    fn judge(&mut self, name: &str, types: &[RecordType], lookup: &Lookup, mut observe: impl FnMut() -> Seen) {
        self.count += 1;
        let simulated = self.seen(lookup);
        let mut last = None;
        for _ in 0..TRIES {
            let real = observe();
            if real == simulated || is_nowhere(&simulated, &real, types) {
                return;
            }
            last = Some(real);
        }
        let pod = &self.net.cluster.pod(self.pod).meta.name;
        let _ = writeln!(self.differences, "{pod} {name} {types:?}\n  simulated {simulated:?}\n  real      {last:?}");
    }
}

/// Whether both came to an alias without an address: found, but not by `getaddrinfo`, which has either word for it.
fn is_nowhere(simulated: &Seen, real: &Seen, types: &[RecordType]) -> bool {
    let alias = simulated.outcome == Outcome::Found && simulated.addresses.is_empty();
    alias && asks_addresses(types) && simulated.asked == real.asked && matches!(real.outcome, Outcome::NoData | Outcome::NoName)
}

fn asks_addresses(types: &[RecordType]) -> bool {
    types.contains(&RecordType::A) || types.contains(&RecordType::AAAA)
}

fn pods(cluster: &Cluster, role: &str) -> Vec<PodId> {
    cluster.pods().filter(|(_, pod)| pod.meta.labels.get("role").is_some_and(|own| own == role)).map(|(id, _)| id).collect()
}

#[test]
fn the_real_resolver_asks_what_the_simulator_lists() {
    if !isolated("the_real_resolver_asks_what_the_simulator_lists") {
        return;
    }
    let simulation = simulation();
    let net = simulation.network();
    let mut stage = Stage::set();
    let (mut count, mut differences) = (0, String::new());
    let start = Instant::now();
    for id in pods(net.cluster, "client") {
        stage.enter(net.cluster, id);
        let mut comparison = Comparison::of(net, id);
        for name in NAMES {
            for types in [BOTH, &BOTH[..1], &BOTH[1..]] {
                let lookup = comparison.look_up(name, types, 1);
                comparison.judge(name, types, &lookup, || {
                    let (outcome, addresses) = glibc::addresses(name, types);
                    Seen { asked: stage.servers.take(), outcome, addresses }
                });
            }
        }
        for &(name, rtype) in OTHER {
            let lookup = comparison.look_up(name, &[rtype], 1);
            comparison.judge(name, &[rtype], &lookup, || {
                let outcome = glibc::search(name, rtype);
                Seen { asked: stage.servers.take(), outcome, addresses: Vec::new() }
            });
        }
        count += comparison.count;
        differences += &comparison.differences;
    }
    println!("{count} lookups in {:?}", start.elapsed());
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn the_real_resolver_waits_as_long_as_the_simulator_says() {
    if !isolated("the_real_resolver_waits_as_long_as_the_simulator_says") {
        return;
    }
    let simulation = simulation();
    let net = simulation.network();
    let mut stage = Stage::set();
    let mut differences = String::new();
    for id in pods(net.cluster, "patient") {
        stage.enter(net.cluster, id);
        let mut comparison = Comparison::of(net, id);
        let lookup = comparison.look_up("web", BOTH, 1);
        let expected = Duration::from_micros(lookup.elapsed_us);
        let mut took = Duration::MAX;
        comparison.judge("web", BOTH, &lookup, || {
            let start = Instant::now();
            let (outcome, addresses) = glibc::addresses("web", BOTH);
            took = took.min(start.elapsed());
            Seen { asked: stage.servers.take(), outcome, addresses }
        });
        if took.abs_diff(expected) > Duration::from_millis(700) {
            let pod = &net.cluster.pod(id).meta.name;
            let _ = writeln!(differences, "{pod}: {expected:?} simulated, {took:?} in truth");
        }
        differences += &comparison.differences;
    }
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn rotation_begins_somewhere_and_goes_on_by_one() {
    if !isolated("rotation_begins_somewhere_and_goes_on_by_one") {
        return;
    }
    let simulation = simulation();
    let net = simulation.network();
    let mut stage = Stage::set();
    for id in pods(net.cluster, "rotating") {
        stage.enter(net.cluster, id);
        let comparison = Comparison::of(net, id);
        for name in ["web", "gone", "db-0.db", "www.example.com", "example.com.", "web.", "a.b.c.d.e"] {
            let (outcome, addresses) = glibc::addresses(name, BOTH);
            let real = Seen { asked: stage.servers.take(), outcome, addresses };
            let simulated: Vec<Seen> = (0..8).map(|seed| comparison.seen(&comparison.look_up(name, BOTH, seed))).collect();
            assert!(simulated.contains(&real), "{name}: {real:?}\n{simulated:?}");
        }
    }
}
