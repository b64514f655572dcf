//! The resolver that the simulator models, held against the real one: glibc looks names up with a pod's `resolv.conf` and `hosts`,
//! in network and mount namespaces of its own, at name servers that answer from the simulated cluster.
//!
//! The questions that arrive have to be those that the simulator lists, at the same servers and in the same order, and what glibc
//! makes of the answers has to be what the simulator says. `cluster.yaml` has a pod for each shape of `resolv.conf`.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod glibc;
mod server;

use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::time::Instant;

use glibc::Outcome;
use playground_wasm::cluster::{Cluster, Config, Pod, PodId};
use playground_wasm::control::Simulation;
use playground_wasm::dns::resolv_conf::cluster_dns;
use playground_wasm::dns::{Lookup, Rcode, RecordType, Status, sort, world, zone};
use playground_wasm::dto::SourceFile;
use playground_wasm::load::Loader;
use playground_wasm::net::{Netns, Session};
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

impl Seen {
    fn simulated(lookup: &Lookup, own: &[IpAddr]) -> Self {
        let mut addresses: Vec<IpAddr> = lookup.addresses().collect();
        sort(&mut addresses, own);
        // What a closed port turned back nobody can have noted.
        let noted = lookup.queries.iter().filter(|query| query.status != Status::Refused);
        Self {
            asked: noted.map(|query| (query.server, query.question.name.to_string(), query.question.rtype)).collect(),
            outcome: match lookup.status {
                _ if !addresses.is_empty() => Outcome::Found,
                _ if !lookup.answers.is_empty() => Outcome::NoName,
                Status::Rcode(Rcode::NoError) => Outcome::NoData,
                Status::Rcode(Rcode::NxDomain) | Status::BadName => Outcome::NoName,
                Status::Rcode(_) | Status::Timeout | Status::Refused => Outcome::TryAgain,
            },
            addresses,
        }
    }
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
                    server if server == dns => Some(zone::answer(cluster, question)),
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

fn clients(cluster: &Cluster) -> Vec<(PodId, &Pod)> {
    cluster.pods().filter(|(_, pod)| pod.meta.labels.get("role").map(String::as_str) == Some("client")).collect()
}

#[test]
fn the_real_resolver_asks_what_the_simulator_lists() {
    if !isolated("the_real_resolver_asks_what_the_simulator_lists") {
        return;
    }
    let simulation = simulation();
    let net = simulation.network();
    let mut stage = Stage::set();
    let mut differences = String::new();
    let mut lookups = 0;
    let start = Instant::now();
    for (id, pod) in clients(net.cluster) {
        stage.enter(net.cluster, id);
        let netns = Netns::of_pod(net.cluster, id).expect("a network namespace");
        let sender = Sender::Pod { pod: id, container: 0 };
        let own = sender.addresses(net.cluster);
        let mut compare = |name: &str, types: &[RecordType], mut real: Seen| {
            lookups += 1;
            let resolution = look_up(net, sender, netns, name, types, &mut Session::new(1));
            let simulated = Seen::simulated(&resolution.lookup, &own);
            // An alias that leads nowhere is no name to some interfaces of glibc, and a name without data to others.
            let alias = simulated.addresses.is_empty() && !resolution.lookup.answers.is_empty();
            if alias && real.outcome == Outcome::NoData {
                real.outcome = simulated.outcome;
            }
            if simulated != real {
                let _ = writeln!(differences, "{} {name} {types:?}\n  simulated {simulated:?}\n  real      {real:?}", pod.meta.name);
            }
        };
        for name in NAMES {
            for types in [BOTH, &BOTH[..1], &BOTH[1..]] {
                let (outcome, addresses) = glibc::addresses(name, types);
                compare(name, types, Seen { asked: stage.servers.take(), outcome, addresses });
            }
        }
    }
    println!("{lookups} lookups in {:?}", start.elapsed());
    assert!(differences.is_empty(), "\n{differences}");
}
