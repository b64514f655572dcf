//! `images.yaml` as types, and how an image reference or a command line finds its entry there.

use std::sync::OnceLock;

use super::command::{Word, program_name};
use crate::schema::{Read, structs};
use crate::text::embedded::embedded;
use crate::text::{parse_document, split};

/// The shape of `images.yaml`, which a test holds it against.
#[cfg(test)]
pub const SHAPE: crate::schema::Schema = crate::schema::Schema(
    "Listen address-from:[s address:s app:s body-from:[s delay:s each:s from:[s if:[s login:b port:i protocol:s status-from:[s tag:s unless:[s upstream-from:[s
Server config:[s does:s entrypoint:b images:[s language:s listen:[Listen mesh:s programs:[s reads:[s redirect:[s source:s unreachable:i writes:[s
Table bases:[s idle:[s servers:[Server
",
);

structs! {
    in super::SHAPE;

    /// The whole table; the head of `images.yaml` says what each field means.
    Table {
        servers "servers": Vec<Server>,
        idle "idle": Vec<String>,
        bases "bases": Vec<String>,
    }

    /// A server, by the images that hold it and the programs that start it.
    Server {
        images "images": Vec<String>,
        programs "programs": Vec<String>,
        entrypoint "entrypoint": bool,
        config "config": Vec<String>,
        listen "listen": Vec<Listen>,
        does "does": String,
        language "language": String,
        writes "writes": Vec<String>,
        reads "reads": Vec<String>,
        mesh "mesh": String,
        redirect "redirect": Vec<String>,
        unreachable "unreachable": u16,
        source "source": String,
    }

    /// A port of a server.
    Listen {
        /// 0 is open only where something says a number.
        port "port": u16,
        protocol "protocol": String,
        app "app": String,
        address "address": String,
        from "from": Vec<String>,
        address_from "address-from": Vec<String>,
        body_from "body-from": Vec<String>,
        status_from "status-from": Vec<String>,
        delay "delay": String,
        each "each": String,
        r#if "if": Vec<String>,
        unless "unless": Vec<String>,
        tag "tag": String,
        upstream_from "upstream-from": Vec<String>,
        login "login": bool,
    }
}

/// What an image is known for.
#[derive(Debug, Clone, Copy)]
pub enum Image {
    Server(&'static Server),
    /// A base to run commands in.
    Base,
    Unknown,
}

/// What a command line is known for.
#[derive(Debug, Clone, Copy)]
pub enum Program {
    /// With the number of words that name it.
    Server(&'static Server, usize),
    /// It listens on nothing.
    Idle,
    Unknown,
}

/// The table, read once.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let chunks = split(embedded!("images.yaml"));
        let root = chunks.first().and_then(|&chunk| parse_document(chunk).0);
        // That it reads, whole and without an unknown field, is the first thing its test looks at.
        root.as_ref().map(Table::read).unwrap_or_default()
    })
}

impl Table {
    /// What is known of an image reference.
    pub fn image(&'static self, reference: &str) -> Image {
        let repository = repository(reference);
        let exact = |names: &[String]| names.iter().any(|name| name == repository);
        let listed = self.servers.iter().find(|server| exact(&server.images));
        let server =
            listed.or_else(|| self.servers.iter().find(|server| server.images.iter().any(|name| pattern_matches(name, repository))));
        match server {
            Some(server) => Image::Server(server),
            None if exact(&self.bases) => Image::Base,
            None => Image::Unknown,
        }
    }

    /// The server that a command comes down to, and the number of words that name it.
    pub fn server(&'static self, words: &[Word], own: Option<&'static Server>) -> Option<(&'static Server, usize)> {
        let first = words.first()?;
        let name = program_name(&first.text);
        let named = |pattern: &str| {
            let mut parts = pattern.split(' ');
            (parts.next() == Some(name)).then_some(())?;
            let count = 1 + pattern.matches(' ').count();
            let rest = words.get(1..count)?;
            parts.eq(rest.iter().map(|word| word.text.as_str())).then_some(count)
        };
        let find = |server: &Server| server.programs.iter().find_map(|pattern| named(pattern));
        own.into_iter().chain(&self.servers).find_map(|server| Some((server, find(server)?)))
    }

    /// What is known of the program that a command comes down to; `own` is the server of the image it runs in.
    pub fn program(&'static self, words: &[Word], own: Option<&'static Server>) -> Program {
        let Some(first) = words.first() else { return Program::Unknown };
        let name = program_name(&first.text);
        if let Some((server, count)) = self.server(words, own) {
            return if server.listen.is_empty() && server.config.is_empty() { Program::Idle } else { Program::Server(server, count) };
        }
        if self.idle.iter().any(|idle| idle == name || *idle == first.text) { Program::Idle } else { Program::Unknown }
    }
}

/// The repository of an image reference without what says where it is kept: `docker.io/library/nginx:1.27@sha256:...` is
/// `nginx` (`distribution/reference`, whose rule for what is a host this is).
fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let path = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => name,
    };
    // Docker Hub's own images, also as mirrors keep them.
    path.rsplit_once("library/").map_or(path, |(before, image)| if before.is_empty() || before.ends_with('/') { image } else { path })
}

/// The tag of an image reference; empty where it has none.
pub fn tag(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    name.rsplit_once(':').map_or("", |(_, tag)| if tag.contains('/') { "" } else { tag })
}

/// `*/name` and `*/begin*` against a repository.
fn pattern_matches(pattern: &str, repository: &str) -> bool {
    let Some(name) = pattern.strip_prefix("*/") else { return false };
    let last = repository.rsplit('/').next().unwrap_or(repository);
    name.strip_suffix('*').map_or(last == name, |begin| last.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::check;

    #[test]
    fn the_table_reads_without_a_word_it_does_not_know() {
        let chunks = split(include_str!("images.yaml"));
        let (root, errors) = parse_document(chunks[0]);
        assert_eq!((chunks.len(), errors), (1, Vec::new()));
        let root = root.unwrap();
        assert_eq!(check(SHAPE, "Table", &root), (None, vec![]));
        let table = Table::read(&root);
        for port in table.servers.iter().flat_map(|server| &server.listen) {
            assert!(["", "TCP", "UDP", "SCTP"].contains(&port.protocol.as_str()), "{port:?}");
            assert!(["", "http", "raw", "dns"].contains(&port.app.as_str()), "{port:?}");
            assert!(port.port > 0 || !port.from.is_empty() || !port.each.is_empty(), "{port:?}");
            assert!(port.address.is_empty() || port.address.parse::<std::net::IpAddr>().is_ok(), "{port:?}");
        }
        let images: Vec<&String> = table.servers.iter().flat_map(|server| &server.images).chain(&table.bases).collect();
        let mut unique = images.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), images.len(), "an image is listed twice");
    }

    #[test]
    fn reduces_an_image_reference_to_its_repository_and_tag() {
        for (reference, want) in [
            ("nginx", ("nginx", "")),
            ("nginx:1.27", ("nginx", "1.27")),
            ("docker.io/library/nginx:1.27@sha256:abc", ("nginx", "1.27")),
            ("library/nginx", ("nginx", "")),
            ("public.ecr.aws/docker/library/redis:7", ("redis", "7")),
            ("registry.k8s.io/redis:e2e", ("redis", "e2e")),
            ("localhost:5000/web", ("web", "")),
            ("localhost/team/web:2", ("team/web", "2")),
            ("nginxinc/nginx-unprivileged:stable", ("nginxinc/nginx-unprivileged", "stable")),
            ("my-library/nginx", ("my-library/nginx", "")),
            ("registry.k8s.io/e2e-test-images/agnhost:2.43", ("e2e-test-images/agnhost", "2.43")),
        ] {
            assert_eq!((repository(reference), tag(reference)), want, "{reference}");
        }
    }
}
