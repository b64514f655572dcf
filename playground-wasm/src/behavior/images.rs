//! Which ports a container opens, as its image, its command line and its env say (`images.yaml`).
//!
//! A known image listens where its documentation says, whatever the declared ports are: those are documentation to Kubernetes,
//! too. An own `command` leaves of the image only what the table knows of the program that it names. Where a command line is
//! not known, nothing is concluded from it.

use std::collections::BTreeSet;

use super::address;
use super::bind::{Bind, endpoints};
use super::command::{self, Word};
use super::environment::Variable;
use super::table::{Image, Listen, Program, Server, table, tag};
use super::{App, Listener, Respond, Subject, container_path};
use crate::model::Protocol;
use crate::text::Step;

/// The open ports of a container; absent where nothing is known and so the declared ones count.
///
/// A declared port that is none of the known ones says nothing by itself. Beside a known one it says what the table does not:
/// that this server is set up, or built, to open one more.
pub fn listeners(subject: &Subject<'_>, line: &[Word]) -> Option<Vec<Listener>> {
    let mut listeners = documented(subject, line)?;
    let is_open = |listeners: &[Listener], listener: &Listener| {
        listeners.iter().any(|open| (open.port, open.protocol) == (listener.port, listener.protocol))
    };
    let (known, more): (Vec<Listener>, Vec<Listener>) =
        super::declared(subject).into_iter().partition(|declared| is_open(&listeners, declared));
    if !known.is_empty() {
        listeners.extend(more);
    }
    Some(listeners)
}

fn documented(subject: &Subject<'_>, line: &[Word]) -> Option<Vec<Listener>> {
    let container = subject.container;
    let image = table().image(&container.image);
    let own = match image {
        Image::Server(server) => Some(server),
        Image::Base | Image::Unknown => None,
    };
    if !container.command.is_empty() {
        return of_line(subject, line, own);
    }
    let mut image_path = container_path(subject.spec, container);
    image_path.push(Step::from("image"));
    match (image, line.first()) {
        (Image::Server(server), None) if !server.listen.is_empty() => Run { subject, args: line, origin: image_path }.open(server),
        // A base, or a server that waits for a subcommand: nobody deploys it like that but to sketch something.
        (_, None) => None,
        (Image::Server(server), Some(_)) if server.entrypoint => {
            match server.programs.first().and_then(|program| program.split(' ').next()) {
                Some(program) => {
                    let entrypoint = Word { text: program.to_owned(), at: 0 };
                    let full: Vec<Word> = std::iter::once(entrypoint).chain(line.iter().cloned()).collect();
                    match table().program(&full, own) {
                        Program::Server(server, count) => Run { subject, args: &full[count..], origin: image_path }.open(server),
                        Program::Idle => Some(Vec::new()),
                        Program::Unknown => None,
                    }
                }
                None => Run { subject, args: line, origin: image_path }.open(server),
            }
        }
        (Image::Server(server), Some(first)) if first.text.starts_with('-') => Run { subject, args: line, origin: image_path }.open(server),
        (Image::Server(_) | Image::Base, Some(_)) => of_line(subject, line, own),
        // An unknown image may have an ENTRYPOINT that takes these words as arguments; only what nobody would name a
        // subcommand is believed to be a program.
        (Image::Unknown, Some(first)) => {
            let believed = matches!(command::program_name(&first.text), "sleep" | "tail") || command::script(line).is_some();
            believed.then(|| of_line(subject, line, own)).flatten()
        }
    }
}

/// What an image is known to be beside its pod's other containers: `proxy`, `shipper`, `exporter`; empty where it is none of them.
pub fn does(image: &str) -> &'static str {
    match table().image(image) {
        Image::Server(server) => &server.does,
        Image::Base | Image::Unknown => "",
    }
}

/// The known server that a container runs: of its image, or the one that its command names.
pub fn server(container: &crate::model::Container, line: &[Word]) -> Option<&'static Server> {
    match (table().image(&container.image), container.command.is_empty()) {
        (Image::Server(server), true) => Some(server),
        (image, _) => {
            let own = if let Image::Server(server) = image { Some(server) } else { None };
            match table().program(command::program(line), own) {
                Program::Server(server, _) => Some(server),
                Program::Idle | Program::Unknown => None,
            }
        }
    }
}

/// Whether the image is known to speak nothing but protocols of its own, so that its declared ports do, too.
pub fn speaks_raw(image: &str) -> bool {
    match table().image(image) {
        Image::Server(server) => !server.listen.is_empty() && server.listen.iter().all(|port| port.app == "raw"),
        Image::Base | Image::Unknown => false,
    }
}

/// What a command line opens: what its known servers open, and nothing if all it runs is known to listen on nothing.
fn of_line(subject: &Subject<'_>, line: &[Word], own: Option<&'static Server>) -> Option<Vec<Listener>> {
    let mut listeners: Vec<Listener> = Vec::new();
    // A loop around `nc -l` opens one port, however often it is written.
    let mut sockets = BTreeSet::new();
    let (mut any, mut unknown) = (false, false);
    for words in command::commands(line, subject.env) {
        let words = command::program(&words);
        let opened = match table().program(words, own) {
            // In a script a keyword alone (`fi`) or an assignment leaves no program.
            Program::Unknown if words.is_empty() && line.len() > 1 => continue,
            Program::Unknown => None,
            Program::Idle => continue,
            Program::Server(server, count) => {
                let origin = command::origin(subject.spec, subject.container, words[0].at);
                Run { subject, args: &words[count..], origin }.open(server)
            }
        };
        match opened {
            Some(opened) => {
                any |= !opened.is_empty();
                listeners.extend(opened.into_iter().filter(|new| sockets.insert((new.port, new.protocol, new.address))));
            }
            None => unknown = true,
        }
    }
    (any || !unknown).then_some(listeners)
}

/// A server that is started.
struct Run<'a> {
    subject: &'a Subject<'a>,
    args: &'a [Word],
    /// The line that starts it.
    origin: Vec<Step>,
}

/// A text that sets something, and the line it stands in.
struct Said<'a> {
    text: &'a str,
    origin: Vec<Step>,
}

impl Run<'_> {
    /// The ports that the server opens; absent where only a file or the program's own code knows.
    fn open(&self, server: &Server) -> Option<Vec<Listener>> {
        if !self.subject.container.ports.is_empty() && server.config.iter().any(|config| self.configured(config)) {
            return None;
        }
        let mut listeners = Vec::new();
        // What listens only where its configuration says so.
        let mut unknown = server.listen.is_empty() && !server.config.is_empty();
        for port in server.listen.iter().filter(|port| self.applies(port)) {
            let default = Bind::read(&port.address);
            let bound = self.first(&port.address_from, |text| Some(Bind::read(text)));
            let bind = bound.as_ref().map(|(bind, _)| *bind);
            let mut add = |number, bind: Bind, body: &str, origin| {
                let protocol = Protocol::from_name(&port.protocol).unwrap_or_default();
                listeners.push(Listener { port: number, protocol, address: bind.address(), app: self.app(port, body), origin });
            };
            if !port.each.is_empty() {
                for variable in self.subject.env.declared() {
                    if let Some(number) = variable.name.strip_prefix(&port.each).and_then(address::port) {
                        add(number, default, &variable.value, variable.origin.clone());
                    }
                }
                continue;
            }
            match self.first(&port.from, endpoints) {
                Some((endpoints, said)) => {
                    for (with, number) in endpoints {
                        add(number, bind.or(with).unwrap_or(default), "", said.origin.clone());
                    }
                }
                None if port.port == 0 => unknown = true,
                None => {
                    let said = bound.as_ref().map(|(_, said)| &said.origin).filter(|origin| !origin.is_empty());
                    add(port.port, bind.unwrap_or(default), "", said.unwrap_or(&self.origin).clone());
                }
            }
        }
        (!listeners.is_empty() || !unknown).then_some(listeners)
    }

    fn applies(&self, port: &Listen) -> bool {
        let given = |flag: &String| {
            if flag.starts_with('-') {
                self.args.iter().any(|word| command::is_flag(&word.text, flag))
            } else {
                self.variable(flag).is_some()
            }
        };
        (port.r#if.is_empty() || port.r#if.iter().any(given))
            && !port.unless.iter().any(given)
            && tag(&self.subject.container.image).contains(&port.tag)
    }

    fn configured(&self, config: &str) -> bool {
        let lower = config.to_ascii_lowercase();
        if config.starts_with('/') {
            // A mount of the folder, of one above it, or of a file or folder in it.
            let within = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let mounts = self.subject.container.mounts.iter().map(|mount| mount.path.trim_end_matches('/'));
            return mounts.into_iter().any(|mount| within(mount, config) || (!mount.is_empty() && within(config, mount)));
        }
        let mut args = self.args.iter().map(|word| word.text.to_ascii_lowercase());
        if config.starts_with('-') { args.any(|arg| arg.starts_with(&lower)) } else { args.any(|arg| arg.contains(&lower)) }
    }

    fn app(&self, port: &Listen, body: &str) -> App {
        match (port.app.as_str(), port.protocol.as_str()) {
            ("dns", _) => App::Dns,
            ("raw", _) | (_, "UDP" | "SCTP") => App::Raw,
            _ if let Some((site, _)) = self.first(&port.upstream_from, |url| super::Site::forward(url, &self.origin)) => {
                let login = port.login;
                App::Proxy([super::Site { login, ..site.unchanged() }].into())
            }
            _ => {
                let status = self.first(&port.status_from, address::port).map_or(200, |(status, _)| status);
                // A line, as these programs print it.
                let said = self.first(&port.body_from, |text| Some(format!("{text}\n")));
                let delay = Some(port.delay.clone()).filter(|delay| !delay.is_empty());
                App::Http(Respond { status, body: said.map_or_else(|| body.into(), |(text, _)| text.into()), delay, ..Respond::default() })
            }
        }
    }

    /// The first of some sources that says something readable.
    fn first<T>(&self, sources: &[String], read: impl Fn(&str) -> Option<T>) -> Option<(T, Said<'_>)> {
        sources.iter().find_map(|source| {
            let said = if source == "argument" {
                self.args
                    .iter()
                    .rev()
                    .filter(|word| !word.text.starts_with('-') && read(&word.text).is_some())
                    .map(|word| self.at(&word.text, word.at))
                    .next()
            } else if source.starts_with('-') {
                command::flag_value(self.args, source).map(|(text, at)| self.at(text, at))
            } else if source.ends_with(['=', ':']) {
                self.args.iter().rev().find_map(|word| word.text.strip_prefix(source.as_str()).map(|text| self.at(text, word.at)))
            } else {
                self.variable(source)
            }?;
            Some((read(said.text)?, said))
        })
    }

    fn at<'w>(&self, text: &'w str, at: usize) -> Said<'w> {
        Said { text, origin: command::origin(self.subject.spec, self.subject.container, at) }
    }

    /// Service variables do not count: a Service named `server` gives every neighbor a SERVER_PORT that none has asked for.
    fn variable(&self, name: &str) -> Option<Said<'_>> {
        let written = |variable: &&Variable| variable.name == name && !variable.value.is_empty();
        self.subject.env.declared().find(written).map(|variable| Said { text: &variable.value, origin: variable.origin.clone() })
    }
}

#[cfg(test)]
mod tests;
