//! The annotation `podhop.dev/behavior`: what a pod's author says its containers do, over anything that is inferred.
//!
//! It holds YAML, a map from container name to what [`shape`] has; `docs/behavior.md` describes it to those who write it. What
//! cannot be read is a [`Problem`]; the rest still counts.

mod listen;
mod shape;

use std::collections::BTreeMap;

use super::address::{self, Target};
use super::takeover::Given;
use super::{FileUse, Life, Listener, Reference};
use crate::model::Container;
use crate::schema::{IntOrString, Read, check};
use crate::text::{Node, Span, Step, Value, duration_us, nearest, parse_document, split};
use shape::{SHAPE, Written, WrittenProxy};

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
    pub life: Life,
    pub writes: Option<Vec<FileUse>>,
    pub reads: Option<Vec<FileUse>>,
    pub proxy: Option<Given>,
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
                    None => format!("It takes {}.", shape::fields()),
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
        let mut of_paths = Vec::new();
        let listeners = written
            .listen
            .map(|items| items.into_iter().zip(nodes("listen")).filter_map(|(w, n)| self.listener(w, n, &mut of_paths)).collect());
        let calls = written.calls.map(|items| self.calls(items, nodes("calls"), None));
        // Calls of paths are the container's, too; what it calls otherwise is then not inferred.
        let calls = if of_paths.is_empty() { calls } else { Some(calls.into_iter().flatten().chain(of_paths).collect()) };
        let life = Life {
            missing_image: written.missing_image,
            startup_ms: self.millis(written.startup, node, "startup").unwrap_or_default(),
            shutdown_ms: self.millis(written.shutdown, node, "shutdown").unwrap_or_default(),
            ignores_sigterm: written.ignores_sigterm,
            crash_after_ms: self.millis(written.crash_after, node, "crash_after"),
            exit_code: written.exit_code.unwrap_or_else(|| i32::from(node.get("crash_after").is_some())),
        };
        Annotated {
            listeners,
            calls,
            ready: written.ready,
            exec: written.exec,
            life,
            writes: written.writes.map(|items| self.files(items, nodes("writes"))),
            reads: written.reads.map(|items| self.files(items, nodes("reads"))),
            proxy: written.proxy.and_then(|written| self.proxy(written, node.get("proxy")?)),
        }
    }

    /// A time as a number of seconds or as Go writes durations, in milliseconds.
    fn millis(&mut self, written: Option<IntOrString>, node: &Node, field: &str) -> Option<u64> {
        self.micros(written, node, field).map(|micros| micros / 1_000)
    }

    fn micros(&mut self, written: Option<IntOrString>, node: &Node, field: &str) -> Option<u64> {
        let (micros, shown) = match written? {
            IntOrString::Int(seconds) => (u64::try_from(seconds).ok().map(|seconds| seconds * 1_000_000), seconds.to_string()),
            IntOrString::String(text) => (duration_us(&text), format!("{text:?}")),
        };
        if micros.is_none() {
            let span = node.get(field).map_or(node.head(), Node::head);
            self.problem(format!("{shown} is not a time"), "Write seconds, or a time with its unit: `2`, `200ms`, `1m30s`.".into(), span);
        }
        micros
    }

    fn files(&mut self, items: Vec<String>, nodes: &[Node]) -> Vec<FileUse> {
        let mut files = Vec::new();
        for (path, node) in items.into_iter().zip(nodes) {
            if path.starts_with('/') {
                files.push(FileUse { path, origin: self.path.clone() });
            } else {
                self.problem(format!("{path:?} is not an absolute path"), "Begin it with a slash: `/var/log/app.log`.".into(), node.head());
            }
        }
        files
    }

    fn proxy(&mut self, written: WrittenProxy, node: &Node) -> Option<Given> {
        let WrittenProxy { inbound, outbound, exclude_inbound, exclude_outbound, uid, mtls, forward } = written;
        let mut good = true;
        let mut port = |number: i64, span: Span, zero: bool| {
            let port = u16::try_from(number).ok().filter(|&port| port > 0 || zero);
            if port.is_none() {
                self.problem(format!("{number} is not a port"), "Ports run from 1 to 65535.".into(), span);
                good = false;
            }
            port
        };
        let at = |field: &str| node.get(field).map_or(node.head(), Node::head);
        let inbound = inbound.and_then(|number| port(number, at("inbound"), true));
        let outbound = outbound.and_then(|number| port(number, at("outbound"), true));
        let exclude_inbound = exclude_inbound.map(|list| list.into_iter().filter_map(|n| port(n, at("exclude_inbound"), false)).collect());
        let exclude_outbound =
            exclude_outbound.map(|list| list.into_iter().filter_map(|n| port(n, at("exclude_outbound"), false)).collect());
        let mut word = |text: Option<String>, field: &str, words: &[&str]| {
            let text = text?;
            let found = words.iter().position(|word| *word == text);
            if found.is_none() {
                let help = format!("It is one of {}.", words.join(", "));
                self.problem(format!("{text:?} is not a value of `{field}`"), help, at(field));
                good = false;
            }
            found
        };
        let mtls = word(mtls, "mtls", &super::takeover::MutualTls::WORDS);
        let forward = word(forward, "forward", &["pod", "localhost"]);
        let mtls = mtls.map(super::takeover::MutualTls::of_index);
        let given = Given {
            inbound,
            outbound,
            exclude_inbound,
            exclude_outbound,
            uid,
            mtls,
            localhost: forward.map(|at| at == 1),
            origin: self.path.clone(),
        };
        good.then_some(given)
    }

    fn calls(&mut self, items: Vec<String>, nodes: &[Node], on: Option<&str>) -> Vec<Reference> {
        items.into_iter().zip(nodes).filter_map(|(text, node)| self.call(text, node, on)).collect()
    }

    fn call(&mut self, text: String, node: &Node, on: Option<&str>) -> Option<Reference> {
        let Some(Target { scheme, host, port, path }) = address::url(&text).or_else(|| address::host_port(&text)) else {
            let help = "Write a URL such as `http://orders:8080/` or `orders:8080`.";
            self.problem(format!("{text:?} is not a URL that can be called"), help.into(), node.head());
            return None;
        };
        let scheme = (!scheme.is_empty()).then_some(scheme);
        Some(Reference { text, scheme, host, port, path, origin: self.path.clone(), explicit: true, on: on.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests;
