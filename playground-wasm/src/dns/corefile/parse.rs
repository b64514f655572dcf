//! Reads a Corefile: server blocks of `zones { plugin arguments { options } }`, a directive a line, `#` before comments.

use super::rewrite::Part;
use super::{Corefile, Fallthrough, ForwardTo, Kubernetes, Pods, Rewrite, Server, Table, Upstream};

/// Plugins that decide no answer.
const WITHOUT_EFFECT: &str = " errors log health ready prometheus loop reload loadbalance debug bind metadata trace pprof bufsize nsid any timeouts multisocket cancel ";

/// A directive and the lines of its block.
struct Directive<'a> {
    words: Vec<&'a str>,
    options: Vec<Vec<&'a str>>,
}

/// The file, and what of it is not simulated; absent without a server block.
pub fn parse(text: &str) -> (Option<Corefile>, Vec<String>) {
    let mut notes = Vec::new();
    let mut servers = Vec::new();
    let mut lines = text.lines().map(words).filter(|words| !words.is_empty());
    while let Some(mut header) = lines.next() {
        if header.pop() != Some("{") || header.iter().any(|word| word.starts_with('(')) {
            notes.push("only server blocks are read: a line with zones that ends in {".to_owned());
            continue;
        }
        let zones = header.iter().map(|word| zone(word.trim_end_matches(','))).collect();
        servers.push(server(zones, &directives(&mut lines), &mut notes));
    }
    ((!servers.is_empty()).then_some(Corefile { servers }), notes)
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().take_while(|word| !word.starts_with('#')).collect()
}

/// Everything up to the brace that closes the block.
fn directives<'a>(lines: &mut impl Iterator<Item = Vec<&'a str>>) -> Vec<Directive<'a>> {
    let mut directives = Vec::new();
    while let Some(mut words) = lines.next() {
        if words == ["}"] {
            break;
        }
        let mut options = Vec::new();
        if words.last() == Some(&"{") {
            words.pop();
            options.extend(lines.by_ref().take_while(|words| words != &["}"]));
        }
        directives.push(Directive { words, options });
    }
    directives
}

/// A zone as it stands in a header or an argument, without its scheme and port.
fn zone(word: &str) -> String {
    let name = word.rsplit("://").next().unwrap_or(word).split(':').next().unwrap_or(word);
    format!("{}.", name.trim_end_matches('.').to_ascii_lowercase())
}

fn server(zones: Vec<String>, directives: &[Directive<'_>], notes: &mut Vec<String>) -> Server {
    let mut server = Server { zones, ..Server::default() };
    let cache_s = directives.iter().find(|directive| directive.words.first() == Some(&"cache"));
    let cache_s = cache_s.map(|cache| cache.words.get(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(3_600));
    for Directive { words, options } in directives {
        let (Some(&plugin), arguments) = (words.first(), words.get(1..).unwrap_or_default()) else { continue };
        match plugin {
            "cache" => {}
            "kubernetes" => server.kubernetes = Some(kubernetes(&server.zones, arguments, options, notes)),
            "hosts" if arguments.is_empty() => server.hosts = Some(hosts(options)),
            "forward" => server.forwards.extend(forward(&server.zones, arguments, options, cache_s, notes)),
            "rewrite" => match rewrite(arguments) {
                Some(rule) => server.rewrites.push(rule),
                None => notes.push(format!("`{}` is not simulated", words.join(" "))),
            },
            _ if WITHOUT_EFFECT.contains(&format!(" {plugin} ")) => {}
            _ => notes.push(format!("the plugin {plugin} is not simulated")),
        }
    }
    server
}

fn zones(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|word| zone(word)).collect()
}

fn kubernetes(own: &[String], arguments: &[&str], options: &[Vec<&str>], notes: &mut Vec<String>) -> Kubernetes {
    let zones_given = if arguments.is_empty() { own.to_vec() } else { zones(arguments) };
    let mut plugin = Kubernetes::new(zones_given);
    for option in options {
        match option.as_slice() {
            ["pods", "insecure"] => plugin.pods = Pods::Insecure,
            ["pods", "verified"] => plugin.pods = Pods::Verified,
            ["pods", _] => plugin.pods = Pods::Disabled,
            ["ttl", seconds] => plugin.ttl = seconds.parse().unwrap_or(plugin.ttl),
            ["fallthrough", rest @ ..] => plugin.fallthrough = Fallthrough(Some(zones(rest))),
            ["namespaces", names @ ..] => plugin.namespaces.extend(names.iter().map(|&name| name.to_owned())),
            ["endpoint_pod_names"] => plugin.pod_names = true,
            ["noendpoints"] => plugin.endpoints = false,
            ["ignore", "empty_service"] => plugin.ignore_empty = true,
            []
            | [
                "endpoint" | "tls" | "kubeconfig" | "apiserver_qps" | "apiserver_burst" | "apiserver_max_inflight" | "startup_timeout",
                ..,
            ] => {}
            [name, ..] => notes.push(format!("the option {name} of the plugin kubernetes is not simulated")),
        }
    }
    plugin
}

fn hosts(options: &[Vec<&str>]) -> Table {
    let mut table = Table::default();
    for option in options {
        match option.as_slice() {
            ["fallthrough", rest @ ..] => table.fallthrough = Fallthrough(Some(zones(rest))),
            ["ttl", seconds] => table.ttl = seconds.parse().unwrap_or(table.ttl),
            ["no_reverse"] => table.reverse = false,
            [address, names @ ..] => {
                table.lines.extend(address.parse().ok().map(|ip| (ip, names.iter().map(|&name| name.to_owned()).collect())));
            }
            [] => {}
        }
    }
    table
}

fn forward(own: &[String], arguments: &[&str], options: &[Vec<&str>], cache_s: Option<u32>, notes: &mut Vec<String>) -> Option<ForwardTo> {
    let [from, to @ ..] = arguments else { return None };
    let mut upstreams = Vec::new();
    for &word in to {
        let bare = word.strip_prefix("dns://").unwrap_or(word).trim_start_matches('[');
        let address = bare.split(']').next().unwrap_or(bare);
        let host = address.parse().ok().or_else(|| address.rsplit_once(':')?.0.parse().ok());
        match host {
            Some(address) => upstreams.push(Upstream::Address(address)),
            None if word.starts_with('/') => upstreams.push(Upstream::ResolvConf),
            None => notes.push(format!("forward to {word} is not simulated")),
        }
    }
    let except = options.iter().filter(|option| option.first() == Some(&"except")).flat_map(|option| zones(&option[1..]));
    let from = zone(from);
    let zones = if from == "." { own.to_vec() } else { vec![from] };
    Some(ForwardTo { zones, except: except.collect(), to: upstreams, cache_s })
}

fn rewrite(arguments: &[&str]) -> Option<Rewrite> {
    let arguments = arguments.strip_prefix(&["stop"]).unwrap_or(arguments);
    let rest = arguments.strip_prefix(&["name"])?;
    let (part, from, to, options) = match rest {
        [from, to] => (Part::Exact, from, to, &[][..]),
        [part, from, to, options @ ..] => (Part::from_word(part)?, from, to, options),
        _ => return None,
    };
    let auto = part == Part::Exact || options == ["answer", "auto"];
    if !auto && !options.is_empty() {
        return None;
    }
    let text = |word: &str| match part {
        Part::Exact | Part::Suffix => format!("{}.", word.trim_end_matches('.').to_ascii_lowercase()),
        Part::Prefix | Part::Substring => word.to_ascii_lowercase(),
    };
    Some(Rewrite { part, from: text(from), to: text(to), auto })
}
