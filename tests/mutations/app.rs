//! An application as data: its objects as JSON values that operators change, and the text that they make.

use std::fs;
use std::path::Path;

use playground_wasm::text::{Node, Scalar, Value as Tree, parse_document, split};
use serde_json::{Map, Value, json};

/// An application of ours.
#[derive(Clone)]
pub struct App {
    pub name: String,
    pub objects: Vec<Value>,
}

/// All applications of the folder, by name.
pub fn all() -> Vec<App> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mutations/apps");
    let mut paths: Vec<_> = fs::read_dir(folder).expect("the applications").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("an application");
        let trees = split(&text).into_iter().map(|chunk| parse_document(chunk).0.expect("a document"));
        let objects = trees.map(|tree| value(&tree)).collect();
        App { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), objects }
    };
    paths.iter().map(read).collect()
}

fn value(node: &Node) -> Value {
    match &node.value {
        Tree::Scalar(Scalar::Null) => Value::Null,
        Tree::Scalar(Scalar::Bool(flag)) => json!(flag),
        Tree::Scalar(Scalar::Int(number)) => json!(number),
        Tree::Scalar(Scalar::UInt(number)) => json!(number),
        Tree::Scalar(Scalar::Float(number)) => json!(number),
        Tree::Scalar(Scalar::Str(text)) => json!(text),
        Tree::Seq(items) => Value::Array(items.iter().map(value).collect()),
        Tree::Map(entries) => Value::Object(entries.iter().map(|(key, node)| (key.text.clone(), value(node))).collect()),
    }
}

/// The objects as one YAML text, in block style.
pub fn text(objects: &[Value]) -> String {
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        block(object, 0, &mut text);
    }
    text
}

fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                out.extend([pad.as_str(), &scalar(key), ":"]);
                nested(value, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                match item {
                    Value::Object(_) | Value::Array(_) if !is_empty(item) => block(item, indent + 2, &mut inner),
                    _ => inner = format!("{pad}  {}\n", flow(item)),
                }
                out.extend([pad.as_str(), "- ", &inner[indent + 2..]]);
            }
        }
        _ => out.extend([pad.as_str(), &flow(value), "\n"]),
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(_) if !is_empty(value) => {
            out.push('\n');
            block(value, indent + 2, out);
        }
        Value::Array(_) if !is_empty(value) => {
            out.push('\n');
            block(value, indent, out);
        }
        _ => out.extend([" ", &flow(value), "\n"]),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c))
        && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n");
    if plain { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}

/// `Kind/namespace/name`, or `Kind/name` for what has no namespace.
pub fn id(object: &Value) -> String {
    let (kind, name) = (text_at(object, "/kind"), text_at(object, "/metadata/name"));
    match kind {
        "Namespace" | "IngressClass" | "GatewayClass" => format!("{kind}/{name}"),
        _ => format!("{kind}/{}/{name}", namespace(object)),
    }
}

pub fn namespace(object: &Value) -> &str {
    let namespace = text_at(object, "/metadata/namespace");
    if namespace.is_empty() { "default" } else { namespace }
}

pub fn text_at<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Where a workload's pod template stands; empty for a bare pod.
pub fn template(object: &Value) -> Option<&'static str> {
    match text_at(object, "/kind") {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => Some("/spec/template"),
        "CronJob" => Some("/spec/jobTemplate/spec/template"),
        "Pod" => Some(""),
        _ => None,
    }
}

impl App {
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = usize> + 'a {
        (0..self.objects.len()).filter(move |&index| text_at(&self.objects[index], "/kind") == kind)
    }

    /// Everything that has a pod template.
    pub fn workloads(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.objects.len()).filter(|&index| template(&self.objects[index]).is_some())
    }

    /// Ids of the workloads that call a Service, as their annotation `mutations/calls` says.
    pub fn callers(&self, service: &Value) -> Vec<String> {
        let name = format!("{}.{}", text_at(service, "/metadata/name"), namespace(service));
        let calls = |object: &&Value| text_at(object, "/metadata/annotations/mutations~1calls").split(' ').any(|call| call == name);
        self.objects.iter().filter(calls).map(id).collect()
    }

    /// The Services that select a workload's pods.
    pub fn services_of(&self, workload: &Value) -> Vec<usize> {
        let base = template(workload).unwrap_or_default();
        let labels = workload.pointer(&format!("{base}/metadata/labels")).cloned().unwrap_or_default();
        let selects = |&index: &usize| {
            let service = &self.objects[index];
            let selector = service.pointer("/spec/selector").and_then(Value::as_object);
            let all = selector.is_some_and(|selector| selector.iter().all(|(key, value)| labels.get(key) == Some(value)));
            all && namespace(service) == namespace(workload)
        };
        self.of_kind("Service").filter(selects).collect()
    }

    /// The workloads whose pods a Service selects.
    pub fn selected(&self, service: usize) -> Vec<usize> {
        self.workloads().filter(|&index| self.services_of(&self.objects[index]).contains(&service)).collect()
    }

    /// The objects with one of them changed.
    pub fn with(&self, index: usize, change: impl FnOnce(&mut Value)) -> Vec<Value> {
        let mut objects = self.objects.clone();
        change(&mut objects[index]);
        objects
    }

    /// The objects without one of them.
    pub fn without(&self, index: usize) -> Vec<Value> {
        let mut objects = self.objects.clone();
        objects.remove(index);
        objects
    }
}
