//! What the API server accepts and rejects, with its words: `cases/*.txt`, by kind.
//!
//! A file begins with an object that is accepted, as JSON, up to a line of `---`. Then each line changes it:
//!
//! - `source PATH` says where Kubernetes has the rules that follow;
//! - `accept CHANGES` must be accepted; `reject CHANGES | field | reason | detail` must be rejected with exactly that error, and
//!   with those of the lines below that begin with `and |`. A detail may end in `...`, which leaves the rest open;
//! - `update CHANGES | ...` and `reapply CHANGES` apply the changed object after the first one.
//!
//! Changes are `path=JSON`, parted by ` ; `; `path=` takes a field away.

use std::fs;
use std::path::Path;

use playground_wasm::simulate;
use serde_json::{Value, json};

#[test]
fn every_object_is_judged_as_the_api_server_would() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validation/cases");
    let mut files: Vec<_> = fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut count = 0;
    let mut failures = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("a case file");
        let cases = read(&name, &text);
        count += cases.len();
        failures.extend(cases.iter().filter_map(|case| case.failure().map(|failure| format!("{name}:{}: {failure}", case.line))));
    }
    assert!(failures.is_empty(), "{} of {count} were judged otherwise:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 900, "{count} cases");
}

/// A field that stands twice cannot be said in JSON values, so it has a test of its own (strict decoding of
/// `k8s.io/apimachinery/pkg/runtime/serializer/json`).
#[test]
fn a_field_that_stands_twice_is_refused() {
    let manifests = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 80\n    port: 81\n  type: ClusterIP\n  type: NodePort\n\
                     ---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let scenario = json!({"id": "case", "manifests": [manifests], "query": {"kind": "validate"}});
    let mut output = Vec::new();
    simulate::run(scenario.to_string().as_bytes(), &mut output).expect("an answer");
    let answer: Value = serde_json::from_slice(&output).expect("JSON");
    let objects = answer["answer"]["objects"].as_array().expect("the objects");
    let service = objects.iter().find(|object| object["kind"] == "Service").expect("the Service");
    let errors = service["errors"].as_array().expect("its errors");
    for field in ["spec.ports[0].port", "spec.type"] {
        let error = json!({"field": field, "reason": "duplicate field", "detail": ""});
        assert!(errors.contains(&error), "{field}: {errors:?}");
    }
    assert_eq!((errors.len(), &service["accepted"]), (2, &json!(false)));
    assert!(objects.iter().any(|object| object["kind"] == "Namespace" && object["accepted"] == json!(true)));
}

struct Case {
    line: usize,
    /// The object before, where this one is applied over it.
    before: Option<Value>,
    object: Value,
    /// Field, reason and detail of each error; none where it is accepted.
    errors: Vec<[String; 3]>,
}

impl Case {
    fn failure(&self) -> Option<String> {
        let manifests: Vec<String> = self.before.iter().chain([&self.object]).map(Value::to_string).collect();
        let scenario = json!({"id": "case", "manifests": manifests, "query": {"kind": "validate"}});
        let mut output = Vec::new();
        if let Err(error) = simulate::run(scenario.to_string().as_bytes(), &mut output) {
            return Some(error.to_string());
        }
        let line: Value = serde_json::from_slice(&output).unwrap_or_default();
        let Some(judged) = line["answer"]["objects"].as_array().and_then(|objects| objects.last()) else { return Some(line.to_string()) };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let said: Vec<[String; 3]> = judged["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|e| [text(&e["field"]), text(&e["reason"]), text(&e["detail"])])
            .collect();
        let fits = |want: &[String; 3], got: &[String; 3]| {
            let detail = want[2].strip_suffix("...").map_or(want[2] == got[2], |start| got[2].starts_with(start));
            want[..2] == got[..2] && detail
        };
        let right = said.len() == self.errors.len() && self.errors.iter().all(|want| said.iter().any(|got| fits(want, got)));
        let accepted = judged["accepted"] == json!(self.errors.is_empty());
        (!right || !accepted).then(|| format!("wanted {:?}, got {said:?} ({})", self.errors, judged["accepted"]))
    }
}

fn read(name: &str, text: &str) -> Vec<Case> {
    let (base, lines) = text.split_once("\n---\n").unwrap_or_else(|| panic!("{name} has no line of ---"));
    let base: Value = serde_json::from_str(base).unwrap_or_else(|error| panic!("{name}: {error}"));
    let first = base_lines(text);
    let mut cases: Vec<Case> = Vec::new();
    let mut source = "";
    for (index, line) in lines.lines().enumerate() {
        let number = first + index;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let bad = |what: &str| -> ! { panic!("{name}:{number}: {what}: {line}") };
        match word {
            "" | "#" => {}
            "source" => source = rest,
            "and" => {
                let Some(case) = cases.last_mut() else { bad("nothing before it") };
                case.errors.push(error(rest.trim_start_matches("| ")).unwrap_or_else(|| bad("not an error")));
            }
            "accept" | "reject" | "update" | "reapply" => {
                assert!(!source.is_empty(), "{name}:{number} names no source");
                let (changes, rest) = rest.split_once(" | ").unwrap_or((rest, ""));
                let errors = if rest.is_empty() { Vec::new() } else { vec![error(rest).unwrap_or_else(|| bad("not an error"))] };
                assert_eq!(matches!(word, "reject" | "update"), !errors.is_empty(), "{name}:{number}: {line}");
                let mut object = base.clone();
                for change in changes.split(" ; ").filter(|change| !change.trim().is_empty()) {
                    let (path, value) = change.split_once('=').unwrap_or_else(|| bad("not a change"));
                    let value = if value.is_empty() { None } else { Some(serde_json::from_str(value).unwrap_or_else(|_| bad("not JSON"))) };
                    set(&mut object, path.trim(), value);
                }
                let before = matches!(word, "update" | "reapply").then(|| base.clone());
                cases.push(Case { line: number, before, object, errors });
            }
            _ => bad("no such word"),
        }
    }
    cases
}

/// The number of the first line after the base.
fn base_lines(text: &str) -> usize {
    2 + text.lines().position(|line| line == "---").unwrap_or_default()
}

fn error(text: &str) -> Option<[String; 3]> {
    let mut parts = text.splitn(3, '|').map(|part| part.trim().to_owned());
    Some([parts.next()?, parts.next()?, parts.next().unwrap_or_default()])
}

/// Sets or removes what stands at `spec.ports[0].name`.
fn set(object: &mut Value, path: &str, value: Option<Value>) {
    let path = path.replace('[', ".[");
    let (way, last) = path.rsplit_once('.').unwrap_or(("", &path));
    let index = |part: &str| part.strip_prefix('[').and_then(|part| part.strip_suffix(']')?.parse::<usize>().ok());
    let at = way.split('.').filter(|part| !part.is_empty()).fold(object, |at, part| match index(part) {
        Some(index) => &mut at[index],
        None => &mut at[part],
    });
    match (index(last), value) {
        (Some(index), Some(value)) => at[index] = value,
        (None, Some(value)) => at[last] = value,
        (_, None) => _ = at.as_object_mut().and_then(|map| map.remove(last)),
    }
}
