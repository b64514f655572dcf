//! The annotation `podhop.dev/behavior`: what a pod's author says its containers do, over anything that is inferred.
//!
//! It holds YAML, a map from container name to `{listen: [{port, address, protocol, respond: {status, body}}],
//! calls: [url], ready: bool, exec: bool}`. What cannot be read is a [`Problem`]; the rest still counts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::address::{self, Target};
use super::{App, Listener, Reference, Respond};
use crate::model::{Container, Protocol};
use crate::schema::{Read, Schema, check, structs};
use crate::text::{Node, Span, Step, Value, nearest, parse_document, split};

/// The annotation's key.
pub const ANNOTATION: &str = "podhop.dev/behavior";

/// What the annotation says, by container name.
pub type Annotation = BTreeMap<String, Annotated>;

/// What the annotation says of one container; absent is not said, and so inferred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annotated {
    pub listeners: Option<Vec<Listener>>,
    pub calls: Option<Vec<Reference>>,
    /// Whether readiness probes pass.
    pub ready: Option<bool>,
    /// Whether exec probes pass.
    pub exec: Option<bool>,
}

/// A part of the annotation that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub help: String,
    /// The annotation, in the object that holds the pod spec.
    pub path: Vec<Step>,
    /// Where in the annotation's own text.
    pub span: Span,
}

/// The shape of what the annotation says of one container.
const SHAPE: Schema = Schema(
    "Written calls:[s exec:b listen:[WrittenListener ready:b
WrittenListener address:s port:l protocol:s respond:WrittenResponse
WrittenResponse body:s status:l
",
);

structs! {
    in super::SHAPE;

    Written {
        listen "listen": Option<Vec<WrittenListener>>,
        calls "calls": Option<Vec<String>>,
        ready "ready": Option<bool>,
        exec "exec": Option<bool>,
    }

    WrittenListener {
        port "port": Option<i64>,
        address "address": Option<String>,
        protocol "protocol": Option<String>,
        respond "respond": Option<WrittenResponse>,
    }

    WrittenResponse {
        status "status": Option<i64>,
        body "body": Option<String>,
    }
}

/// The annotation's path beside the pod spec at `spec`: `spec.template.metadata.annotations.podhop.dev/behavior`.
pub fn path(spec: &[Step]) -> Vec<Step> {
    let mut path = spec.to_vec();
    path.pop();
    path.extend([Step::from("metadata"), Step::from("annotations"), Step::from(ANNOTATION)]);
    path
}

/// Reads the annotation's text for a pod of these containers, whose pod spec stands at `spec` in its object.
pub fn read(text: &str, containers: &[Container], spec: &[Step]) -> (Annotation, Vec<Problem>) {
    let mut reader = Reader { path: path(spec), shift: 0, problems: Vec::new() };
    let mut annotation = Annotation::new();
    let chunks = split(text);
    if let Some(&chunk) = chunks.first() {
        reader.shift = chunk.first_line;
        let (root, errors) = parse_document(chunk);
        for error in errors {
            reader.problem(error.message, error.help, error.span);
        }
        if let Some(root) = root {
            reader.containers(&root, containers, &mut annotation);
        }
    }
    if let Some(second) = chunks.get(1) {
        let span = Span { line: second.first_line + 1, column: 0, end_line: second.first_line + 1, end_column: 3 };
        reader.shift = 0;
        reader.problem("the annotation holds a second document".into(), "Remove what follows the line of `---`.".into(), span);
    }
    (annotation, reader.problems)
}

struct Reader {
    path: Vec<Step>,
    /// Lines of the annotation before its document.
    shift: u32,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, message: String, help: String, span: Span) {
        let span = Span { line: span.line + self.shift, end_line: span.end_line + self.shift, ..span };
        self.problems.push(Problem { message, help, path: self.path.clone(), span });
    }

    fn containers(&mut self, root: &Node, containers: &[Container], annotation: &mut Annotation) {
        let Value::Map(entries) = &root.value else {
            if !root.is_null() {
                let help = "Write it as a map: the container's name, and below it `listen:`, `calls:` or `ready:`.";
                self.problem("the behavior annotation must map container names to what they do".into(), help.into(), root.head());
            }
            return;
        };
        let names: Vec<&str> = containers.iter().map(|container| container.name.as_str()).collect();
        for (key, node) in entries {
            if !names.contains(&key.text.as_str()) {
                let help = match nearest(&key.text, &names) {
                    Some(name) => format!("Did you mean `{name}`?"),
                    None => format!("The pod has these containers: {}.", names.join(", ")),
                };
                self.problem(format!("the pod has no container {:?}", key.text), help, key.span);
                continue;
            }
            let (error, unknown) = check(SHAPE, "Written", node);
            for unknown in unknown {
                let help = match unknown.nearest {
                    Some(field) => format!("Did you mean `{field}`?"),
                    None => "It takes `listen` (a list of `port`, `address`, `protocol`, `respond`), `calls`, `ready` and `exec`.".into(),
                };
                self.problem(format!("unknown field {:?}", crate::text::path_string(&unknown.path)), help, unknown.span);
            }
            match error {
                None => {
                    annotation.insert(key.text.clone(), self.container(Written::read(node), node));
                }
                Some(error) => {
                    let help = format!("Of container {:?} nothing in the annotation counts until this is right.", key.text);
                    self.problem(error.expected, help, error.span);
                }
            }
        }
    }

    fn container(&mut self, written: Written, node: &Node) -> Annotated {
        // Items are read with their nodes beside them, for the place of what is wrong.
        let nodes = |field: &str| node.get(field).map(Node::items).unwrap_or_default();
        let listeners =
            written.listen.map(|items| items.into_iter().zip(nodes("listen")).filter_map(|(w, n)| self.listener(w, n)).collect());
        let calls = written.calls.map(|items| items.into_iter().zip(nodes("calls")).filter_map(|(w, n)| self.call(w, n)).collect());
        Annotated { listeners, calls, ready: written.ready, exec: written.exec }
    }

    fn listener(&mut self, written: WrittenListener, node: &Node) -> Option<Listener> {
        let span = |field: &str| node.get(field).map_or(node.head(), Node::head);
        let Some(given) = written.port else {
            self.problem("this entry of `listen` has no `port`".into(), "Add `port:` with the number it listens on.".into(), node.head());
            return None;
        };
        let Some(port) = u16::try_from(given).ok().filter(|&port| port > 0) else {
            self.problem(format!("{given} is not a port"), "Ports run from 1 to 65535.".into(), span("port"));
            return None;
        };
        let protocol = match written.protocol.as_deref().map(Protocol::from_name) {
            None => Protocol::Tcp,
            Some(Some(protocol)) => protocol,
            Some(None) => {
                let message = format!("{:?} is not a protocol", written.protocol.unwrap_or_default());
                self.problem(message, "It is TCP, UDP or SCTP; left out, it is TCP.".into(), span("protocol"));
                return None;
            }
        };
        let address = match written.address.as_deref().map(str::parse::<IpAddr>) {
            None => None,
            // The unspecified address is every address, which is what leaving it out says.
            Some(Ok(address)) => (!address.is_unspecified()).then_some(address),
            Some(Err(_)) => {
                let message = format!("{:?} is not an IP address", written.address.unwrap_or_default());
                self.problem(message, "Write 127.0.0.1 for loopback, or leave it out for every address.".into(), span("address"));
                return None;
            }
        };
        let response = written.respond.unwrap_or_default();
        let status = match response.status.map(u16::try_from) {
            None => 200,
            // 1xx are interim answers: a server cannot leave it at one.
            Some(Ok(status @ 200..=599)) => status,
            Some(_) => {
                let at = node.get("respond").and_then(|respond| respond.get("status")).map_or(node.head(), Node::head);
                let message = format!("{} is not the status of a response", response.status.unwrap_or_default());
                self.problem(message, "HTTP's statuses run from 200 to 599.".into(), at);
                return None;
            }
        };
        let app = match protocol {
            Protocol::Tcp => App::Http(Respond { status, body: response.body.unwrap_or_default(), delay: None }),
            Protocol::Udp | Protocol::Sctp => App::Raw,
        };
        Some(Listener { port, protocol, address, app, origin: self.path.clone() })
    }

    fn call(&mut self, text: String, node: &Node) -> Option<Reference> {
        let Some(Target { scheme, host, port, path }) = address::url(&text).or_else(|| address::host_port(&text)) else {
            let help = "Write a URL such as `http://orders:8080/` or `orders:8080`.";
            self.problem(format!("{text:?} is not a URL that can be called"), help.into(), node.head());
            return None;
        };
        let scheme = (!scheme.is_empty()).then_some(scheme);
        Some(Reference { text, scheme, host, port, path, origin: self.path.clone(), explicit: true })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_container;
    use super::*;

    fn read_for(text: &str, names: &[&str]) -> (Annotation, Vec<String>) {
        let containers: Vec<Container> = names.iter().map(|name| test_container(name, "app")).collect();
        let (annotation, problems) = read(text, &containers, &["spec".into(), "template".into(), "spec".into()]);
        let shown = problems.iter().map(|p| format!("{}:{} {}", p.span.line, p.span.column, p.message)).collect();
        (annotation, shown)
    }

    #[test]
    fn reads_all_that_it_can_say() {
        let text = "web:\n  listen:\n  - {port: 8080, address: 127.0.0.1, respond: {status: 503, body: busy}}\n  - {port: 53, protocol: UDP}\n  calls: ['http://orders:8080/new', redis:6379]\n  ready: false\n  exec: no\nsidecar:\n";
        let (annotation, problems) = read_for(text, &["web", "sidecar"]);
        assert_eq!(problems, [""; 0]);
        let web = &annotation["web"];
        let origin: Vec<Step> =
            vec!["spec".into(), "template".into(), "metadata".into(), "annotations".into(), "podhop.dev/behavior".into()];
        assert_eq!(
            web.listeners.as_deref(),
            Some(
                &[
                    Listener {
                        port: 8080,
                        protocol: Protocol::Tcp,
                        address: Some([127, 0, 0, 1].into()),
                        app: App::Http(Respond { status: 503, body: "busy".into(), delay: None }),
                        origin: origin.clone(),
                    },
                    Listener { port: 53, protocol: Protocol::Udp, address: None, app: App::Raw, origin },
                ][..]
            )
        );
        let calls = web.calls.as_deref().unwrap();
        assert_eq!(
            calls.iter().map(|call| (call.host.as_str(), call.port, call.explicit)).collect::<Vec<_>>(),
            [("orders", 8080, true), ("redis", 6379, true)]
        );
        assert_eq!((web.ready, web.exec), (Some(false), Some(false)));
        assert_eq!(annotation["sidecar"], Annotated::default());
    }

    #[test]
    fn an_empty_list_is_said_and_an_absent_one_is_not() {
        let (annotation, _) = read_for("web: {listen: []}", &["web"]);
        assert_eq!((annotation["web"].listeners.as_deref(), annotation["web"].calls.as_deref()), (Some(&[][..]), None));
    }

    #[test]
    fn names_each_problem_at_its_line_and_keeps_the_rest() {
        for (text, want) in [
            ("", &[][..]),
            ("# nothing\n", &[]),
            ("- web\n", &["1:2 the behavior annotation must map container names to what they do"]),
            ("wed: {ready: true}\n", &["1:0 the pod has no container \"wed\""]),
            ("web:\n  listens: []\n", &["2:2 unknown field \"listens\""]),
            ("web:\n  ready: maybe\n", &["2:9 the text \"maybe\" stands where a boolean is due"]),
            ("web:\n  listen:\n  - port: 70000\n  - port: 81\n", &["3:10 70000 is not a port"]),
            ("web:\n  listen: [{port: 80, protocol: HTTP}]\n", &["2:32 \"HTTP\" is not a protocol"]),
            ("web:\n  listen: [{port: 80, address: loopback}]\n", &["2:31 \"loopback\" is not an IP address"]),
            ("web:\n  listen: [{port: 80, respond: {status: 42}}]\n", &["2:40 42 is not the status of a response"]),
            ("web:\n  calls: [orders, 'http://a']\n", &["2:10 \"orders\" is not a URL that can be called"]),
            ("web: {listen: [{}]}\n", &["1:15 this entry of `listen` has no `port`"]),
            ("---\n\nweb: {a: 1}\n---\nx: y\n", &["3:6 unknown field \"a\"", "4:0 the annotation holds a second document"]),
        ] {
            let (_, problems) = read_for(text, &["web"]);
            assert_eq!(problems, want, "{text}");
        }
        let (annotation, problems) = read_for("web: {listen: [{port: 0}, {port: 81}]}\nother: {ready: [}\n", &["web"]);
        assert_eq!((annotation.len(), problems.len()), (0, 1), "a syntax error leaves nothing to read");
        let (annotation, _) = read_for("web: {listen: [{port: 0}, {port: 81}]}\nother: {}\n", &["web"]);
        assert_eq!(annotation["web"].listeners.as_ref().map(Vec::len), Some(1));
    }
}
