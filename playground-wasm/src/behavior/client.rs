//! References of a command: in its words, and as the usual network clients take a host and a port (`nc db 5432`,
//! `redis-cli -h redis`, `curl web`).

use super::address::{self, Target};
use super::command::{Word, flag_value, is_cluster, is_flag, program, program_name};
use super::reference::{Found, Named};
use super::shell::assignment;
use crate::text::Step;

/// Finds the references of one command.
pub fn references(words: &[Word], found: &mut Found<'_>, origin: &dyn Fn(usize) -> Vec<Step>) {
    let run = program(words);
    let name = run.first().map_or("", |word| program_name(&word.text));
    // These print or store a text, or take `user:group` and `image:tag`.
    if matches!(name, "echo" | "printf" | "chown" | "docker" | "cat") && !words.iter().any(|word| word.text.starts_with("/dev/tcp/")) {
        return;
    }
    let args = run.get(1..).unwrap_or_default();
    let at = run.first().map_or(0, |word| word.at);
    match name {
        "curl" | "wget" => return web_client(name, args, found, origin),
        "nc" | "ncat" | "netcat" | "telnet" if !args.iter().any(|word| is_flag(&word.text, "-l")) => {
            let scheme = if args.iter().any(|word| is_flag(&word.text, "-u")) { "udp" } else { "" };
            host_then_port(args, scheme, found, origin);
        }
        "redis-cli" | "valkey-cli" => host_flag(args, "-h", "-p", 6379, found, &origin(at)),
        "psql" | "pg_isready" | "pg_dump" | "createdb" => host_flag(args, "-h", "-p", 5432, found, &origin(at)),
        "mysql" | "mysqladmin" | "mysqldump" | "mariadb" | "mariadb-admin" => host_flag(args, "-h", "-P", 3306, found, &origin(at)),
        "mongo" | "mongosh" => host_flag(args, "--host", "--port", 27017, found, &origin(at)),
        _ => {}
    }
    let mut flag = "";
    for (index, Word { text, at }) in words.iter().enumerate() {
        let path = origin(*at);
        if let Some((host, port)) = text.strip_prefix("/dev/tcp/").and_then(|place| place.split_once('/')) {
            if let Some(target) = address::url(&format!("tcp://{host}:{port}")) {
                found.add(format!("{host}:{port}"), target, &path);
            }
        } else if text.starts_with('-') && !text.contains(' ') {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            found.scan(value, Named { name, origin: &path });
            if matches!(name, "--replicaof" | "--slaveof") {
                host_then_port(&words[index + 1..], "", found, origin);
            }
            flag = if value.is_empty() { name } else { "" };
        } else {
            let (name, value) = assignment(text).unwrap_or((flag, text));
            found.scan(value, Named { name, origin: &path });
            flag = "";
        }
    }
}

/// `curl` and `wget` call each bare word; what follows an option that takes a value is not one.
fn web_client(name: &str, args: &[Word], found: &mut Found<'_>, origin: &dyn Fn(usize) -> Vec<Step>) {
    let mut value_of = None;
    for Word { text, at } in args {
        let option = value_of.take();
        if let Some(long) = text.strip_prefix("--") {
            let (long, value) = long.split_once('=').map_or((long, None), |(long, value)| (long, Some(value)));
            if let Some(value) = value {
                called_by_option(long, value, found, &origin(*at));
            } else if !LONG_SWITCHES.contains(&long) {
                value_of = Some(long);
            }
        } else if let Some(short) = text.strip_prefix('-') {
            let with_value = if name == "curl" { "oXHdwmubAeFTxrKcCEtyYzDPQ" } else { "OoaTtUPwQe" };
            // Of `-sSo FILE` the last letter counts; `-qO-` has its value.
            if is_cluster(short) && short.ends_with(|c| with_value.contains(c)) {
                value_of = short.get(short.len() - 1..);
            }
        } else if let Some(option) = option {
            called_by_option(option, text, found, &origin(*at));
        } else {
            let target = if text.contains("://") { address::url(text) } else { address::url(&format!("http://{text}")) };
            if let Some(target) = target {
                found.add(text.clone(), target, &origin(*at));
            }
        }
    }
}

/// Long options of curl and wget without a value.
const LONG_SWITCHES: [&str; 16] = [
    "fail",
    "fail-with-body",
    "silent",
    "show-error",
    "insecure",
    "location",
    "verbose",
    "include",
    "head",
    "compressed",
    "http2",
    "spider",
    "quiet",
    "server-response",
    "no-check-certificate",
    "no-verbose",
];

/// Of the options with a value those that name whom to call; a header, a body or a referer only mentions somebody.
fn called_by_option(option: &str, value: &str, found: &mut Found<'_>, origin: &[Step]) {
    if matches!(option, "url" | "proxy" | "x") {
        found.scan(value, Named { name: option, origin });
    }
}

/// The first word that is a host with a port behind it: `nc -w 2 db 5432`.
fn host_then_port(words: &[Word], scheme: &str, found: &mut Found<'_>, origin: &dyn Fn(usize) -> Vec<Step>) {
    let target = words.windows(2).find_map(|pair| {
        address::port(&pair[1].text)?;
        let target = address::url(&format!("tcp://{}:{}", pair[0].text, pair[1].text))?;
        Some((pair[0].at, Target { scheme: scheme.to_owned(), ..target }))
    });
    if let Some((at, target)) = target {
        found.add(format!("{}:{}", target.host, target.port), target, &origin(at));
    }
}

/// A host and perhaps a port by flags: `psql -h db -p 5433`.
fn host_flag(args: &[Word], host: &str, port: &str, default: u16, found: &mut Found<'_>, origin: &[Step]) {
    let Some((host, _)) = flag_value(args, host) else { return };
    let port = flag_value(args, port).and_then(|(port, _)| address::port(port)).unwrap_or(default);
    if let Some(target) = address::url(&format!("tcp://{host}:{port}")) {
        found.add(format!("{}:{}", target.host, target.port), Target { scheme: String::new(), ..target }, origin);
    }
}
