//! What a reverse proxy does with a request: by host the site, by path the location, and there whom it asks.
//!
//! The terms and the order in which they are tried are nginx's
//! (https://nginx.org/en/docs/http/server_names.html, https://nginx.org/en/docs/http/ngx_http_core_module.html#location), in which
//! simpler proxies can be said as well.

use std::rc::Rc;

use super::Reference;
use super::address::{self, Target};
use crate::edge::pattern::Pattern;
use crate::text::Step;

/// A `server` block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// Lower case.
    pub names: Vec<String>,
    /// Asked where no site of the port has the host's name; without one it is the first.
    pub default: bool,
    pub locations: Vec<Location>,
    /// It passes on bytes, of whatever protocol.
    pub stream: bool,
    /// It passes on only what brings a session's cookie or a token, and answers others with its login page.
    pub login: bool,
    pub file: Option<ConfigFile>,
}

/// The key of a ConfigMap or Secret that a site is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    pub secret: bool,
    pub name: String,
    pub key: String,
}

/// A `location` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub matching: Matching,
    pub path: String,
    pub action: Action,
    /// The line of the file, from 0, that says the action.
    pub line: u32,
}

/// How a location's path is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// `=`
    Exact,
    Prefix,
    /// `^~`: no regular expression is asked where it is the longest.
    Final,
    /// `~`, and `~*`, which ignores case.
    Regex {
        any_case: bool,
    },
}

/// What a location does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Answers with a file of its own; that it has the file is taken for granted.
    Serve,
    Return {
        status: u16,
        body: Rc<str>,
        location: String,
    },
    Pass(Pass),
}

/// `proxy_pass` and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// As it is written.
    pub text: String,
    /// Tried one after the other.
    pub targets: Vec<Reference>,
    /// What comes in the place of the location's path; absent passes the path as it came.
    pub uri: Option<String>,
    /// The Host that is asked for.
    pub host: Host,
}

/// The Host header of a request that is passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// That of the target, which is the default.
    Target,
    /// As the client has sent it.
    Client,
    /// The same without its port.
    Name,
    Written(String),
}

impl Site {
    /// A site that passes everything on to a URL, as `origin` says.
    pub fn forward(url: &str, origin: &[Step]) -> Option<Self> {
        let Target { scheme, host, port, path } = address::url(url).or_else(|| address::host_port(url))?;
        let stream = !matches!(scheme.as_str(), "" | "http" | "https");
        let scheme = (!scheme.is_empty()).then_some(scheme);
        let target =
            Reference { text: url.to_owned(), scheme, host, port, path: path.clone(), origin: origin.to_vec(), explicit: false, on: None };
        let uri = (!matches!(path.as_str(), "" | "/")).then_some(path);
        let pass = Pass { text: url.to_owned(), targets: vec![target], uri, host: Host::Client };
        let location = Location { matching: Matching::Prefix, path: "/".into(), action: Action::Pass(pass), line: 0 };
        Some(Self { locations: vec![location], stream, ..Self::default() })
    }

    /// The same with paths passed on as they come.
    #[must_use]
    pub fn unchanged(mut self) -> Self {
        for location in &mut self.locations {
            if let Action::Pass(pass) = &mut location.action {
                pass.uri = None;
            }
        }
        self
    }

    /// The site for a host, in lower case and without its port.
    pub fn choose<'s>(sites: &'s [Self], host: &str) -> Option<&'s Self> {
        let rank = |site: &Self| site.names.iter().filter_map(|name| name_rank(name, host)).max();
        // Of two that fit alike the first one counts.
        let named = sites.iter().rev().filter_map(|site| Some((rank(site)?, site))).max_by_key(|(rank, _)| *rank);
        named.map(|(_, site)| site).or_else(|| sites.iter().find(|site| site.default)).or_else(|| sites.first())
    }

    /// The location for a path.
    pub fn location(&self, path: &str) -> Option<&Location> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let exact = self.locations.iter().find(|location| location.matching == Matching::Exact && location.path == path);
        let prefixes = || self.locations.iter().filter(|location| matches!(location.matching, Matching::Prefix | Matching::Final));
        let longest = prefixes().filter(|location| path.starts_with(&location.path)).max_by_key(|location| location.path.len());
        if exact.is_some() || longest.is_some_and(|location| location.matching == Matching::Final) {
            return exact.or(longest);
        }
        let matches = |location: &&Location| match location.matching {
            Matching::Regex { any_case } => is_found(&location.path, any_case, path),
            _ => false,
        };
        self.locations.iter().find(matches).or(longest)
    }

    /// Whom it passes requests on to.
    pub fn targets(&self) -> impl Iterator<Item = &Reference> {
        self.locations.iter().flat_map(|location| match &location.action {
            Action::Pass(pass) => pass.targets.as_slice(),
            Action::Serve | Action::Return { .. } => &[],
        })
    }
}

/// Whether a regular expression is found anywhere in a text.
fn is_found(expression: &str, any_case: bool, text: &str) -> bool {
    Pattern::new(&format!(".*({expression})")).is_some_and(|pattern| {
        let pattern = if any_case { pattern.ignoring_case() } else { pattern };
        pattern.captures(text).is_some()
    })
}

/// How well a name fits: exactly, then the longest `*.` in front, then the longest `.*` behind, then a regular expression.
fn name_rank(name: &str, host: &str) -> Option<(u8, usize)> {
    let under = |host: &str, end: &str| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    if let Some(pattern) = name.strip_prefix('~') {
        return is_found(pattern, true, host).then_some((0, 0));
    }
    if let Some(end) = name.strip_prefix("*.") {
        return under(host, end).then_some((2, name.len()));
    }
    if let Some(end) = name.strip_prefix('.') {
        return (host == end || under(host, end)).then_some((2, name.len()));
    }
    if let Some(begin) = name.strip_suffix(".*") {
        return host.strip_prefix(begin).is_some_and(|rest| rest.starts_with('.')).then_some((1, name.len()));
    }
    (name == host).then_some((3, 0))
}

impl Pass {
    /// The path that is asked for, where a location's prefix was matched.
    pub fn path(&self, location: &Location, asked: &str) -> String {
        let plain = matches!(location.matching, Matching::Regex { .. });
        match &self.uri {
            Some(uri) if !plain => format!("{uri}{}", asked.strip_prefix(location.path.as_str()).unwrap_or_default()),
            _ => asked.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(matching: Matching, path: &str) -> Location {
        Location { matching, path: path.into(), action: Action::Serve, line: 0 }
    }

    #[test]
    fn a_location_is_chosen_as_nginx_does() {
        let php = Matching::Regex { any_case: false };
        let images = Matching::Regex { any_case: true };
        let locations = [
            location(Matching::Prefix, "/"),
            location(Matching::Exact, "/"),
            location(Matching::Prefix, "/documents/"),
            location(Matching::Final, "/images/"),
            location(images, r"\.(gif|jpg)$"),
            location(php, r"^/documents/.*\.php$"),
        ];
        let site = Site { locations: locations.to_vec(), ..Site::default() };
        for (path, want) in [
            ("/", 1),
            ("/index.html", 0),
            ("/documents/a.html", 2),
            ("/documents/a.JPG", 4),
            ("/documents/a.php?x=/images/", 5),
            ("/images/a.gif", 3),
            ("/a.gif", 4),
            ("/a.gifs", 0),
        ] {
            assert_eq!(site.location(path), Some(&locations[want]), "{path}");
        }
        assert_eq!(Site::default().location("/"), None);
    }

    #[test]
    fn a_site_is_chosen_by_its_names() {
        let site = |names: &[&str], default| Site { names: names.iter().map(ToString::to_string).collect(), default, ..Site::default() };
        let sites = [
            site(&["first.example"], false),
            site(&["*.example"], false),
            site(&[".org", "www.*"], false),
            site(&[r"~^api\d+\."], false),
            site(&["*.shop.example"], false),
            site(&[], true),
        ];
        for (host, want) in [
            ("first.example", 0),
            ("a.example", 1),
            ("a.shop.example", 4),
            ("org", 2),
            ("a.org", 2),
            ("www.net", 2),
            ("api7.net", 3),
            ("other", 5),
        ] {
            assert_eq!(Site::choose(&sites, host), Some(&sites[want]), "{host}");
        }
        assert_eq!(Site::choose(&sites[..2], "other"), Some(&sites[0]), "without a default the first");
    }
}
