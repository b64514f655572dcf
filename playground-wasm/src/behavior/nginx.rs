//! nginx's configuration, as far as it says where nginx listens and whom it asks: `server`, `listen`, `server_name`, `location`,
//! `proxy_pass` and its kin, `return`, `upstream`, `set`, `include`
//! (https://nginx.org/en/docs/http/ngx_http_proxy_module.html, https://nginx.org/en/docs/http/request_processing.html).
//!
//! Left out: `if`, `rewrite`, `map`, nested locations' inheritance, weights; a target with a variable that the file does not set is
//! taken to be served from files.

use std::collections::BTreeMap;

use super::address;
use super::bind::Bind;
use super::files::{Text, matches_glob};
use super::reverse::{Action, ConfigFile, Host, Location, Matching, Pass, Site};
use super::{App, Listener, Reference};
use crate::model::Protocol;
use crate::text::Step;

/// Where the official image has its configuration.
const FOLDER: &str = "/etc/nginx";
/// What the image's own `nginx.conf` includes.
const INCLUDED: &str = "/etc/nginx/conf.d/*.conf";
/// Deeper blocks and includes are left unread.
const DEPTH: usize = 16;
/// Files that are read, however often they include one another.
const FILES: usize = 100;

/// A directive: its words, and its block where it has one.
struct Directive<'t> {
    words: Vec<&'t str>,
    block: Option<Vec<Self>>,
    line: u32,
}

/// Listeners of an nginx whose mounted files these are; absent where none of them is its configuration. `own_port` is what the
/// image's default site listens on, which stays where its file is not replaced.
pub fn listeners(files: &[Text<'_>], mounted: &[&str], own_port: u16, origin: &dyn Fn(usize) -> Vec<Step>) -> Option<Vec<Listener>> {
    let within = |text: &&Text<'_>| text.path.starts_with(FOLDER);
    files.iter().find(within)?;
    let mut reader = Reader { files, origin, upstreams: BTreeMap::new(), ports: Vec::new(), left: FILES };
    match files.iter().find(|text| text.path == "/etc/nginx/nginx.conf") {
        Some(main) => reader.file(main, 0),
        None => {
            reader.include(INCLUDED, 0);
            // A folder that is mounted over hides the image's own site.
            let hidden = mounted
                .iter()
                .any(|path| matches!(path.trim_end_matches('/'), FOLDER | "/etc/nginx/conf.d" | "/etc/nginx/conf.d/default.conf"));
            let first = files.iter().find(within)?;
            if !hidden {
                reader.open(
                    own_port,
                    None,
                    Site {
                        locations: vec![Location { matching: Matching::Prefix, path: "/".into(), action: Action::Serve, line: 0 }],
                        ..Site::default()
                    },
                    first.mount,
                );
            }
        }
    }
    let Reader { ports, .. } = reader;
    Some(ports.into_iter().map(|(listener, sites)| Listener { app: App::Proxy(sites.into()), ..listener }).collect())
}

struct Reader<'r, 't> {
    files: &'r [Text<'t>],
    origin: &'r dyn Fn(usize) -> Vec<Step>,
    upstreams: BTreeMap<&'t str, Vec<&'t str>>,
    ports: Vec<(Listener, Vec<Site>)>,
    left: usize,
}

impl<'t> Reader<'_, 't> {
    fn file(&mut self, text: &Text<'t>, depth: usize) {
        let mut tokens = tokens(text.text).into_iter().peekable();
        let directives = block(&mut tokens, 0);
        self.context(&directives, text, false, depth);
    }

    fn include(&mut self, pattern: &str, depth: usize) {
        let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("{FOLDER}/{pattern}") };
        let files = self.files;
        for text in files.iter().filter(|text| matches_glob(&pattern, &text.path)) {
            self.left -= usize::from(self.left > 0);
            if self.left > 0 && depth < DEPTH {
                self.file(text, depth + 1);
            }
        }
    }

    /// The main context, `http` or `stream`.
    fn context(&mut self, directives: &[Directive<'t>], text: &Text<'t>, stream: bool, depth: usize) {
        for directive in directives {
            if let (["upstream", name], Some(block)) = (&directive.words[..], &directive.block) {
                let down = |directive: &&Directive<'t>| directive.words.contains(&"down");
                let servers = block.iter().filter(|inner| inner.words.first() == Some(&"server")).filter(|inner| !down(inner));
                self.upstreams.insert(name, servers.filter_map(|inner| inner.words.get(1).copied()).collect());
            }
        }
        for directive in directives {
            match (&directive.words[..], &directive.block) {
                (["http"], Some(block)) => self.context(block, text, false, depth),
                (["stream"], Some(block)) => self.context(block, text, true, depth),
                (["include", pattern], None) => self.include(pattern, depth),
                (["server"], Some(block)) => self.server(block, text, stream),
                _ => {}
            }
        }
    }

    fn server(&mut self, block: &[Directive<'t>], text: &Text<'t>, stream: bool) {
        let file = ConfigFile { secret: text.secret, name: text.name.to_owned(), key: text.key.to_owned() };
        let mut site = Site { stream, file: Some(file), ..Site::default() };
        let origin = (self.origin)(text.mount);
        let mut scope = Scope { reader: self, set: BTreeMap::new(), host: Host::Target, origin: &origin };
        scope.settings(block);
        let own = scope.action(block);
        for directive in block {
            let (["location", rest @ ..], Some(inner)) = (&directive.words[..], &directive.block) else { continue };
            scope.location(rest, inner, directive.line, &mut site.locations, 0);
        }
        // What a server says outside of its locations counts where none takes the path; a `return` there counts for all.
        if let Some((action, line)) = own {
            if matches!(action, Action::Return { .. }) {
                site.locations.clear();
            }
            site.locations.push(Location { matching: Matching::Prefix, path: if stream { "" } else { "/" }.into(), action, line });
        } else if !site.locations.iter().any(|location| location.path == "/" && location.matching != Matching::Exact) {
            site.locations.push(Location { matching: Matching::Prefix, path: "/".into(), action: Action::Serve, line: 0 });
        }
        let named = block.iter().filter(|directive| directive.words.first() == Some(&"server_name"));
        site.names = named.flat_map(|directive| directive.words[1..].iter().map(|name| name.to_ascii_lowercase())).collect();
        let listens: Vec<&Directive<'t>> = block.iter().filter(|directive| directive.words.first() == Some(&"listen")).collect();
        let words: Vec<Vec<&str>> =
            if listens.is_empty() { vec![vec!["80"]] } else { listens.iter().map(|directive| directive.words[1..].to_vec()).collect() };
        for words in words {
            let Some((first, options)) = words.split_first().filter(|(first, _)| !first.starts_with("unix:")) else { continue };
            let (bind, port) = match first.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())) {
                Some((host, port)) => (Some(Bind::read(host)), address::port(port)),
                None if first.bytes().all(|byte| byte.is_ascii_digit()) => (None, address::port(first)),
                None => (Some(Bind::read(first)), Some(80)),
            };
            let Some(port) = port else { continue };
            let site = Site { default: options.iter().any(|option| matches!(*option, "default_server" | "default")), ..site.clone() };
            let udp = options.contains(&"udp");
            self.open_protocol(port, if udp { Protocol::Udp } else { Protocol::Tcp }, bind.and_then(Bind::address), site, text.mount);
        }
    }

    fn open(&mut self, port: u16, address: Option<std::net::IpAddr>, site: Site, mount: usize) {
        self.open_protocol(port, Protocol::Tcp, address, site, mount);
    }

    fn open_protocol(&mut self, port: u16, protocol: Protocol, address: Option<std::net::IpAddr>, site: Site, mount: usize) {
        let same = |listener: &Listener| (listener.port, listener.protocol, listener.address) == (port, protocol, address);
        match self.ports.iter_mut().find(|(listener, _)| same(listener)) {
            // `listen 80; listen [::]:80;` is one site on one port here.
            Some((_, sites)) if sites.contains(&site) => {}
            Some((_, sites)) => sites.push(site),
            None => {
                let origin = (self.origin)(mount);
                self.ports.push((Listener { port, protocol, address, app: App::Raw, origin }, vec![site]));
            }
        }
    }
}

/// What holds within a server and its locations.
struct Scope<'s, 'r, 't> {
    reader: &'s Reader<'r, 't>,
    /// Variables that are given a plain value.
    set: BTreeMap<&'t str, &'t str>,
    host: Host,
    origin: &'s [Step],
}

impl<'t> Scope<'_, '_, 't> {
    fn settings(&mut self, block: &[Directive<'t>]) {
        for directive in block {
            match directive.words[..] {
                ["set", name, value] => _ = self.set.insert(name, value),
                ["proxy_set_header", name, value] if name.eq_ignore_ascii_case("host") => {
                    self.host = match value {
                        "$host" => Host::Name,
                        "$http_host" => Host::Client,
                        "$proxy_host" => Host::Target,
                        _ if value.starts_with("$host:") => Host::Client,
                        _ => Host::Written(value.to_owned()),
                    };
                }
                _ => {}
            }
        }
    }

    fn location(&mut self, words: &[&'t str], block: &[Directive<'t>], line: u32, into: &mut Vec<Location>, depth: usize) {
        let (matching, path) = match *words {
            ["=", path] => (Matching::Exact, path),
            ["^~", path] => (Matching::Final, path),
            ["~", path] => (Matching::Regex { any_case: false }, path),
            ["~*", path] => (Matching::Regex { any_case: true }, path),
            [path] if !path.starts_with('@') => (Matching::Prefix, path),
            _ => return,
        };
        let (set, host) = (self.set.clone(), self.host.clone());
        self.settings(block);
        let (action, line) = self.action(block).unwrap_or((Action::Serve, line));
        into.push(Location { matching, path: path.to_owned(), action, line });
        for directive in block {
            if let (["location", rest @ ..], Some(inner)) = (&directive.words[..], &directive.block)
                && depth < DEPTH
            {
                self.location(rest, inner, directive.line, into, depth + 1);
            }
        }
        (self.set, self.host) = (set, host);
    }

    /// What a block does with a request, and the line that says so.
    fn action(&self, block: &[Directive<'t>]) -> Option<(Action, u32)> {
        block.iter().find_map(|directive| {
            let action = match directive.words[..] {
                ["return", code] => returned(code, ""),
                ["return", code, text] => returned(code, text),
                ["proxy_pass" | "grpc_pass", url] => Action::Pass(self.pass(url)?),
                ["fastcgi_pass" | "uwsgi_pass" | "scgi_pass", place] => Action::Pass(self.pass(&format!("tcp://{place}"))?),
                _ => return None,
            };
            Some((action, directive.line))
        })
    }

    fn pass(&self, written: &str) -> Option<Pass> {
        let mut text = written.to_owned();
        let mut at_run_time = false;
        for (name, value) in self.set.iter().rev() {
            if text.contains(name) {
                text = text.replace(name, value);
                at_run_time = true;
            }
        }
        for rest in ["$request_uri", "$uri$is_args$args", "$uri"] {
            text = text.strip_suffix(rest).map(str::to_owned).unwrap_or(text);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", &text));
        let (place, uri) = rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
        if place.contains('$') || place.starts_with("unix:") {
            return None;
        }
        let default = match scheme {
            "https" | "grpcs" => 443,
            _ => 80,
        };
        let servers = self.reader.upstreams.get(place).cloned().unwrap_or_else(|| vec![place]);
        let target = |server: &str| {
            let with_port = if server.rsplit_once(':').is_some_and(|(_, port)| address::port(port).is_some()) {
                server.to_owned()
            } else {
                format!("{server}:{default}")
            };
            let parsed = address::url(&format!("tcp://{with_port}"))?;
            // A name that is looked up at run time goes past the search list (`resolver`).
            let absolute = at_run_time && parsed.host.parse::<std::net::IpAddr>().is_err() && !parsed.host.ends_with('.');
            let host = if absolute { format!("{}.", parsed.host) } else { parsed.host };
            let scheme = Some(if scheme == "grpc" { "http" } else { scheme }.to_owned());
            let text = format!("{}://{server}", scheme.as_deref().unwrap_or_default());
            Some(Reference {
                text,
                scheme,
                host,
                port: parsed.port,
                path: "/".into(),
                origin: self.origin.to_vec(),
                explicit: false,
                on: None,
            })
        };
        let targets: Vec<Reference> = servers.into_iter().filter_map(target).collect();
        let uri = uri.filter(|_| !at_run_time).map(str::to_owned);
        (!targets.is_empty()).then(|| Pass { text: written.to_owned(), targets, uri, host: self.host.clone() })
    }
}

/// `return 301 URL`, `return 200 TEXT`, `return URL`.
fn returned(code: &str, text: &str) -> Action {
    let Ok(status) = code.parse::<u16>() else {
        return Action::Return { status: 302, body: "".into(), location: code.to_owned() };
    };
    let moves = matches!(status, 301 | 302 | 303 | 307 | 308);
    let (body, location) = if moves { ("", text.to_owned()) } else { (text, String::new()) };
    Action::Return { status, body: body.into(), location }
}

/// Words, and `{`, `}`, `;` as words of their own, each with its line from 0.
fn tokens(text: &str) -> Vec<(&str, u32)> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '{' | '}' | ';' => {
                tokens.push((&rest[..1], line));
                1
            }
            '"' | '\'' => {
                let end = rest[1..].find(c).map_or(rest.len(), |end| end + 1);
                tokens.push((&rest[1..end], line));
                (end + 1).min(rest.len())
            }
            c if c.is_whitespace() => c.len_utf8(),
            _ => {
                // `${name}` is part of a word.
                let mut end = 0;
                while let Some(c) = rest[end..].chars().next() {
                    let opens = c == '{' && rest[..end].ends_with('$');
                    if !opens && (c.is_whitespace() || matches!(c, '{' | ';')) {
                        break;
                    }
                    end += if opens { rest[end..].find('}').map_or(rest.len() - end, |close| close + 1) } else { c.len_utf8() };
                }
                tokens.push((&rest[..end], line));
                end
            }
        };
        line += u32::try_from(rest[..length].matches('\n').count()).unwrap_or_default();
        at += length;
    }
    tokens
}

fn block<'t>(tokens: &mut std::iter::Peekable<std::vec::IntoIter<(&'t str, u32)>>, depth: usize) -> Vec<Directive<'t>> {
    let mut directives = Vec::new();
    let mut words = Vec::new();
    let mut begun = 0;
    while let Some((token, line)) = tokens.next() {
        match token {
            ";" => directives.push(Directive { words: std::mem::take(&mut words), block: None, line: begun }),
            "{" => {
                let inner = if depth < DEPTH { block(tokens, depth + 1) } else { Vec::new() };
                directives.push(Directive { words: std::mem::take(&mut words), block: Some(inner), line: begun });
            }
            "}" => break,
            word => {
                if words.is_empty() {
                    begun = line;
                }
                words.push(word);
            }
        }
    }
    directives.retain(|directive| !directive.words.is_empty());
    directives
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a configuration opens, each with its sites: names, then path and what becomes of it.
    fn opened(files: &[(&str, &str)], mounted: &[&str]) -> Vec<String> {
        let text = |(index, (path, text)): (usize, &(&str, &'static str))| Text {
            path: (*path).to_owned(),
            text,
            secret: false,
            name: "conf",
            key: "key",
            mount: index,
        };
        let files: Vec<(&str, &'static str)> = files.iter().map(|(path, text)| (*path, &*(*text).to_owned().leak())).collect();
        let texts: Vec<Text<'_>> = files.iter().enumerate().map(text).collect();
        let listeners = listeners(&texts, mounted, 80, &|_| Vec::new()).unwrap_or_default();
        let action = |location: &Location| match &location.action {
            Action::Serve => "files".to_owned(),
            Action::Return { status, .. } => status.to_string(),
            Action::Pass(pass) => {
                let targets: Vec<String> = pass.targets.iter().map(|target| format!("{}:{}", target.host, target.port)).collect();
                format!("{}{}", targets.join("|"), pass.uri.as_deref().unwrap_or_default())
            }
        };
        let shown = |listener: &Listener| {
            let App::Proxy(sites) = &listener.app else { panic!("{listener:?}") };
            let sites = sites.iter().map(|site| {
                let locations: Vec<String> =
                    site.locations.iter().map(|location| format!("{}={}@{}", location.path, action(location), location.line)).collect();
                format!("{}[{}]", site.names.join(","), locations.join(" "))
            });
            let address = listener.address.map(|address| format!("{address}:")).unwrap_or_default();
            format!("{address}{}/{} {}", listener.port, listener.protocol, sites.collect::<Vec<_>>().join(" "))
        };
        listeners.iter().map(shown).collect()
    }

    const SITE: &str = "/etc/nginx/conf.d/default.conf";

    #[test]
    fn servers_listen_and_pass_on() {
        for (config, want) in [
            ("server {\n  listen 8080;\n  location / {\n    proxy_pass http://api:3000;\n  }\n}", &["8080/TCP [/=api:3000@3]"][..]),
            ("server { location /a/ { proxy_pass http://api/; } }", &["80/TCP [/a/=api:80/@0 /=files@0]"]),
            ("server { listen 80; listen [::]:80; return 301 https://$host$request_uri; }", &["80/TCP [/=301@0]"]),
            ("server { listen 127.0.0.1:81; server_name A.example b.example; }", &["127.0.0.1:81/TCP a.example,b.example[/=files@0]"]),
            ("server { listen 443 ssl http2; location / { proxy_pass https://api; } }", &["443/TCP [/=api:443@0]"]),
            (
                "upstream u { least_conn; server a:1 weight=2; server b:2 backup; server c down; }\nserver { location / { proxy_pass http://u/x; } }",
                &["80/TCP [/=a:1|b:2/x@1]"],
            ),
            (
                "server { set $b http://svc.ns.svc.cluster.local:81; location / { proxy_pass $b$request_uri; } }",
                &["80/TCP [/=svc.ns.svc.cluster.local.:81@0]"],
            ),
            ("server { location / { proxy_pass http://$arg_to; } } # } {", &["80/TCP [/=files@0]"]),
            (
                "server { location ~ \\.php$ { fastcgi_pass fpm:9000; } location = /x { return 200 'a; b {'; } }",
                &["80/TCP [\\.php$=fpm:9000@0 /x=200@0 /=files@0]"],
            ),
            (
                "server { listen 80; } server { listen 81; } server { listen 80; server_name x; }",
                &["80/TCP [/=files@0] x[/=files@0]", "81/TCP [/=files@0]"],
            ),
            ("server { listen unix:/run/x.sock; } server {", &["80/TCP [/=files@0]"]),
            ("}}{;;{", &[]),
        ] {
            assert_eq!(opened(&[(SITE, config)], &["/etc/nginx/conf.d"]), want, "{config}");
        }
    }

    #[test]
    fn files_are_included_as_the_image_does() {
        let extra = ("/etc/nginx/conf.d/extra.conf", "server { listen 8000; }");
        assert_eq!(opened(&[extra], &[extra.0]), ["8000/TCP [/=files@0]", "80/TCP [/=files@0]"]);
        assert_eq!(opened(&[extra], &["/etc/nginx/conf.d/"]), ["8000/TCP [/=files@0]"]);
        let main = ("/etc/nginx/nginx.conf", "http { include sites/*.conf; } stream { server { listen 53 udp; proxy_pass dns:53; } }");
        let site = ("/etc/nginx/sites/a.conf", "server { listen 81; }");
        assert_eq!(opened(&[main, site, extra], &["/etc/nginx"]), ["81/TCP [/=files@0]", "53/UDP [=dns:53@0]"]);
        let circle = ("/etc/nginx/nginx.conf", "include nginx.conf; http { server { listen 82; } }");
        assert_eq!(opened(&[circle], &[]), ["82/TCP [/=files@0]"]);
        assert_eq!(opened(&[("/usr/share/nginx/html/index.html", "server {}")], &[]), [""; 0]);
    }
}
