//! One fault in an application, what must be said of it, and what is said.

use playground_wasm::simulate;
use serde_json::{Value, json};

use crate::app::text;

/// A code on an object.
pub type Named = (&'static str, String);

/// An application with one fault.
pub struct Planted {
    pub operator: &'static str,
    /// What was changed, for people.
    pub what: String,
    pub objects: Vec<Value>,
    /// Changed settings of the cluster.
    pub cluster: Value,
    /// Of each of these at least one must be named.
    pub expect: Vec<Vec<Named>>,
    /// What may be named as well: another view of the same fault.
    pub also: Vec<Named>,
}

impl Planted {
    pub fn new(
        operator: &'static str,
        what: impl Into<String>,
        objects: Vec<Value>,
        code: &'static str,
        object: impl Into<String>,
    ) -> Self {
        let expect = vec![vec![(code, object.into())]];
        Self { operator, what: what.into(), objects, cluster: json!({}), expect, also: Vec::new() }
    }

    /// The same code on several objects, each of which must be named.
    pub fn each(
        operator: &'static str,
        what: impl Into<String>,
        objects: Vec<Value>,
        code: &'static str,
        on: impl IntoIterator<Item = String>,
    ) -> Self {
        let expect = on.into_iter().map(|object| vec![(code, object)]).collect();
        Self { operator, what: what.into(), objects, cluster: json!({}), expect, also: Vec::new() }
    }

    /// Or this in place of any that is expected.
    pub fn or(mut self, code: &'static str, object: impl Into<String>) -> Self {
        let object = object.into();
        self.expect.iter_mut().for_each(|any| any.push((code, object.clone())));
        self
    }

    pub fn also(mut self, code: &'static str, on: impl IntoIterator<Item = String>) -> Self {
        self.also.extend(on.into_iter().map(|object| (code, object)));
        self
    }

    pub fn cluster(self, cluster: Value) -> Self {
        Self { cluster, ..self }
    }
}

/// What is said of some objects.
pub fn findings(objects: &[Value], cluster: &Value) -> Vec<Value> {
    of_text(&text(objects), cluster)
}

/// What is said of a text.
pub fn of_text(text: &str, cluster: &Value) -> Vec<Value> {
    let scenario = json!({"id": 1, "manifests": [text], "query": {"kind": "diagnose"}, "cluster": cluster});
    let mut output = Vec::new();
    simulate::run(scenario.to_string().as_bytes(), &mut output).expect("a run");
    let line: Value = serde_json::from_slice(&output).expect("a line of JSON");
    line["answer"]["findings"].as_array().unwrap_or_else(|| panic!("{line}")).clone()
}

/// A text with the edits of a fix made.
pub fn mended(text: &str, fix: &Value) -> String {
    let mut edits: Vec<&Value> = fix["edits"].as_array().expect("edits").iter().collect();
    edits.sort_by_key(|edit| (edit["range"]["line"].as_u64(), edit["range"]["column"].as_u64()));
    let mut text = text.to_owned();
    for edit in edits.into_iter().rev() {
        let at = |line: &str, column: &str| offset(&text, number(&edit["range"][line]), number(&edit["range"][column]));
        let (start, end) = (at("line", "column"), at("end_line", "end_column"));
        text.replace_range(start..end, edit["text"].as_str().expect("a text"));
    }
    text
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).expect("a number")
}

/// Where a line and a column, both from 1, stand in a text without characters past UTF-16's first plane.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = &text[start..];
    start + rest.char_indices().nth(column - 1).map_or(rest.len(), |(offset, _)| offset)
}
