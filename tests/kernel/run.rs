//! The run: clusters of generated Services, one after the other, in each proxy mode whose rules the kernel can take.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid};
use playground_wasm::cluster::{Config, NodeId, ProxyMode, ServiceId};
use playground_wasm::control::Simulation;
use playground_wasm::dto::SourceFile;
use playground_wasm::load::Loader;
use playground_wasm::net::Network;
use playground_wasm::net::rules::listing;

use crate::compare::{Check, From, checks, expected, is_candidate, may_be};
use crate::generate;
use crate::probe::{Answer, Probe};
use crate::topology::Topology;

/// Services, each a scenario.
const SCENARIOS: u64 = 120;
/// How many are in a cluster at a time.
const TOGETHER: u64 = 12;
/// How long a connection may take: far longer than it needs, far shorter than a person would wait.
const PATIENCE: Duration = Duration::from_millis(300);
/// What a connection that timed out, and should not have, is granted: the machine may have been busy.
const MORE_PATIENCE: Duration = Duration::from_secs(2);
/// How often it is asked again.
const TRIES: usize = 3;

/// A mode, its name, and for each heading of its listing the commands that load these rules and print them.
type Mode = (ProxyMode, &'static str, [(&'static str, &'static str, &'static str); 2]);

const MODES: &[Mode] = &[
    (
        ProxyMode::Iptables,
        "iptables",
        [("# iptables-save", "iptables-restore", "iptables-save"), ("# ip6tables-save", "ip6tables-restore", "ip6tables-save")],
    ),
    (
        ProxyMode::Nftables,
        "nftables",
        [
            ("# nft list table ip kube-proxy", "nft -f -", "nft list table ip kube-proxy"),
            ("# nft list table ip6 kube-proxy", "nft -f -", "nft list table ip6 kube-proxy"),
        ],
    ),
];

/// What to tell: how many connections were as the simulator says, or which were not.
pub fn run() -> Result<String, String> {
    let is_root = Uid::effective().is_root();
    let refused = if is_root { None } else { become_root().err().map(|error| format!("making network namespaces needs root ({error})")) };
    if let Some(reason) = refused.or_else(obstacle) {
        // Continuous integration is to notice when it does not prove anything any more.
        return if env::var_os("CI").is_some() && is_root {
            Err(format!("kernel: cannot run, because {reason}"))
        } else {
            Ok(format!("kernel: skipped, because {reason}"))
        };
    }
    let topology = Topology::build().map_err(|error| format!("kernel: {error}"))?;
    let mut told = Vec::new();
    let mut failures = Vec::new();
    for mode in MODES {
        let started = Instant::now();
        let mut tally = Tally::default();
        for first in (0..SCENARIOS).step_by(usize::try_from(TOGETHER).unwrap_or(1)) {
            cluster(&topology, mode, first, &mut tally, &mut failures).map_err(|error| format!("kernel: {}: {error}", mode.1))?;
        }
        let Tally { connected, refused, timed_out } = tally;
        told.push(format!(
            "kernel: {}: {SCENARIOS} scenarios, {connected} connections, {refused} refused and {timed_out} timed out, in {:.1} s",
            mode.1,
            started.elapsed().as_secs_f64()
        ));
    }
    if failures.is_empty() {
        return Ok(told.join("\n"));
    }
    let count = failures.len();
    failures.truncate(40);
    Err(format!("{}\n{count} not as the simulator says:\n{}", told.join("\n"), failures.join("\n")))
}

/// Enters a user namespace in which this process is root, where the system lets everybody have one.
fn become_root() -> Result<(), String> {
    let (user, group) = (Uid::current(), Gid::current());
    unshare(CloneFlags::CLONE_NEWUSER).map_err(|error| format!("unshare(CLONE_NEWUSER): {error}"))?;
    let write = |file: &str, text: String| fs::write(format!("/proc/self/{file}"), text).map_err(|error| format!("{file}: {error}"));
    write("setgroups", "deny".into())?;
    write("uid_map", format!("0 {user} 1"))?;
    write("gid_map", format!("0 {group} 1"))
}

/// Why the kernel cannot be asked; absent where it can.
fn obstacle() -> Option<String> {
    for tool in ["ip", "iptables-restore", "ip6tables-restore", "nft"] {
        if Command::new(tool).arg("--version").output().is_err() {
            return Some(format!("there is no {tool}: install iproute2, iptables and nftables"));
        }
    }
    let refused = crate::netns::Netns::new("try").and_then(|space| {
        space.run("ip link add v0 type veth peer name v1\nip link add b0 type bridge\nip addr add 10.0.0.1/24 dev v0")?;
        space.run_with(
            "iptables-restore",
            "*nat\n-A OUTPUT -m statistic --mode random --probability 0.5 -m recent --set -j RETURN\nCOMMIT\n",
        )?;
        space.run_with(
            "nft -f -",
            "table ip t { chain c { type nat hook output priority 0; fib daddr type local numgen random mod 2 0 accept; }\n}",
        )
    });
    refused.err()
}

/// How often what happened.
#[derive(Default)]
struct Tally {
    connected: usize,
    refused: usize,
    timed_out: usize,
}

/// One cluster in one mode.
fn cluster(
    topology: &Topology,
    (mode, name, families): &Mode,
    first: u64,
    tally: &mut Tally,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let manifests: String = (first..first + TOGETHER).map(generate::service).collect();
    let files = [SourceFile { name: "cluster.yaml".into(), text: generate::topology() + &manifests }];
    let loaded = Loader::default().load(&files);
    let unread: Vec<String> =
        loaded.diagnostics.iter().filter(|found| found.code != "deprecated-field").map(|found| format!("{found:?}")).collect();
    if !unread.is_empty() {
        return Err(format!("the manifests are not accepted:\n{manifests}\n{}", unread.join("\n")));
    }
    let mut simulation = Simulation::new(&loaded.objects, Config { proxy_mode: *mode, ..Config::default() });
    simulation.settle();
    let net = simulation.network();
    for number in 1..=3 {
        topology.clear(number)?;
        let space = topology.space(&format!("node-{number}"));
        let mut rules: Vec<String> = vec![String::new(); 2];
        let mut place = 0;
        for line in listing(net, NodeId(u32::from(number) - 1), *mode, None) {
            place = families.iter().position(|(heading, ..)| line.text == *heading).unwrap_or(place);
            rules[place] += &(line.text + "\n");
        }
        for ((_, load, save), rules) in families.iter().zip(rules) {
            space.run_with(load, &rules).map_err(|error| format!("{error}\n{rules}"))?;
            let (shown, printed) = (plain(&rules), plain(&space.run(save)?));
            if let Some((shown, printed)) = shown.iter().zip(&printed).find(|(shown, printed)| shown != printed) {
                failures.push(format!("{name}: node-{number}: {save} prints\n  {printed}\nand the simulator shows\n  {shown}"));
            } else if shown.len() != printed.len() {
                failures.push(format!("{name}: node-{number}: {save} prints {} lines, the simulator {}", printed.len(), shown.len()));
            }
        }
    }
    let mut ask_and_judge = |checks: &[&Check], home: &dyn Fn(&Check) -> Option<Answer>| -> Vec<Answer> {
        let mut judged = ask(topology, checks, PATIENCE);
        let fits = |check: &Check, answer: &Answer| may_be(net, check, home(check).as_ref(), answer);
        let late = |judged: &[Answer], place: usize| judged[place] == Answer::Timeout && !fits(checks[place], &Answer::Timeout);
        // A packet may be lost on a busy machine; what the rules drop is dropped every time.
        for _ in 0..TRIES {
            let late: Vec<usize> = (0..checks.len()).filter(|&place| late(&judged, place)).collect();
            let again: Vec<&Check> = late.iter().map(|&place| checks[place]).collect();
            for (place, answer) in late.into_iter().zip(ask(topology, &again, MORE_PATIENCE)) {
                judged[place] = answer;
            }
        }
        for (check, answer) in checks.iter().zip(&judged).filter(|(check, answer)| !fits(check, answer)) {
            failures.push(format!("{name}: {}", told(net, check, home(check).as_ref(), answer)));
        }
        let count = |wanted: fn(&Answer) -> bool| judged.iter().filter(|answer| wanted(answer)).count();
        tally.connected += count(|answer| matches!(answer, Answer::Connected { .. }));
        tally.refused += count(|answer| *answer == Answer::Refused);
        tally.timed_out += count(|answer| *answer == Answer::Timeout);
        judged
    };
    let all = checks(net);
    let (starting, rest): (Vec<&Check>, Vec<&Check>) = all.iter().partition(|check| check.sticky == Some(check.to) && !is_outside(check));
    let key = |check: &Check| (check.service, check.protocol.to_string(), check.to.is_ipv4(), check.space.clone());
    let homes: BTreeMap<(ServiceId, String, bool, String), Answer> =
        starting.iter().map(|check| key(check)).zip(ask_and_judge(&starting, &|_| None)).collect();
    // Who comes again by another address of a Service that keeps clients goes where it was, if that is among the choices there.
    let home = |check: &Check| check.sticky.and_then(|_| homes.get(&key(check))).filter(|answer| is_candidate(net, check, answer)).cloned();
    let (second, third): (Vec<&Check>, Vec<&Check>) =
        starting.iter().copied().chain(rest).partition(|check| check.sticky.is_none() || home(check).is_some());
    ask_and_judge(&second, &home);
    ask_and_judge(&third, &|_| None);
    Ok(())
}

fn is_outside(check: &Check) -> bool {
    matches!(check.from, From::Outside(..))
}

/// Tries connections, all at once.
fn ask(topology: &Topology, checks: &[&Check], patience: Duration) -> Vec<Answer> {
    let mut by_space: BTreeMap<&str, Vec<(usize, Probe)>> = BTreeMap::new();
    for (index, check) in checks.iter().enumerate() {
        let source = if let From::Outside(client, _) = check.from { Some(client) } else { None };
        let probe = Probe { source, to: check.to, protocol: check.protocol, patience };
        by_space.entry(&check.space).or_default().push((index, probe));
    }
    let pending: Vec<_> = by_space.into_iter().map(|(space, probes)| topology.space(space).probe(probes)).collect();
    let mut answers: Vec<(usize, Answer)> = pending.into_iter().flat_map(crate::netns::Pending::wait).collect();
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// A connection that went otherwise than the simulator says.
fn told(net: Network<'_>, check: &Check, after: Option<&Answer>, answer: &Answer) -> String {
    let service = &net.cluster.service(check.service).meta().name;
    let Check { space, to, protocol, .. } = check;
    let again = after.map_or_else(String::new, |after| format!(" after {after:?}"));
    format!("{service}: {space} to {to}/{protocol}{again}: the kernel {answer:?}, the simulator {}", expected(net, check))
}

/// The lines without counters, remarks, the way they are indented or broken, and the order of elements of a set.
fn plain(text: &str) -> Vec<String> {
    let joined = text.replace(",\n", ", ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words = line.split_once(" [").map_or(line, |(line, _)| line).split_whitespace().collect::<Vec<_>>().join(" ");
            match words.split_once("= { ").and_then(|(before, rest)| Some((before, rest.split_once(" }")?))) {
                Some((before, (elements, after))) => {
                    let mut elements: Vec<&str> = elements.split(", ").collect();
                    elements.sort_unstable();
                    format!("{before}= {{ {} }}{after}", elements.join(", "))
                }
                None => words,
            }
        })
        .collect()
}
