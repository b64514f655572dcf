//! Lookups in a case, a line each: `{"say", "ask": "web A", "rcode", "answers": ["name TYPE data"], "additional", "queries"}`.
//!
//! Records stand in any order, questions in theirs, and what is not written is not compared. `from` may stand at the case or
//! the lookup.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The query that a lookup means.
pub fn query(case: &Value, lookup: &Value) -> Value {
    let (name, record_type) = lookup["ask"].as_str().and_then(|text| text.rsplit_once(' ')).expect("a name and a type");
    let from = lookup.get("from").or_else(|| case.get("from")).expect("who asks");
    json!({"kind": "dns", "from": from, "name": name, "type": record_type})
}

/// What is otherwise than written.
pub fn difference(lookup: &Value, answer: &Value) -> Option<String> {
    let mut differences = String::new();
    for field in ["rcode", "answers", "additional", "queries"] {
        let Some(want) = lookup.get(field) else { continue };
        let (mut want, mut got) = (lines(want), lines(&answer[field]));
        if field != "queries" {
            want.sort();
            got.sort();
        }
        if want != got {
            let _ = write!(differences, "{field}: {got:?}, not {want:?}; ");
        }
    }
    (!differences.is_empty()).then_some(differences)
}

/// Texts as they are, records and questions as a line each.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(lines).collect(),
        Value::Object(entry) => {
            let last = entry.get("data").or_else(|| entry.get("rcode"));
            let words = [entry.get("name"), entry.get("type"), last];
            vec![words.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")]
        }
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}
