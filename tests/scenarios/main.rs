//! Scenarios as data: each file below `cases/` holds manifests, queries and the outcome written by hand, with its source.
//!
//! They go through the same door as everybody else's: `playground_wasm::simulate`. `$CERTIFICATE(a.example, *.b.example)` in a
//! manifest stands for a certificate for these names, made when the test runs. A case may carry `actions` of the scenario contract,
//! and a question the time `at` which it is asked.

#![expect(clippy::expect_used, reason = "a case that is not as it should be is a failure")]

mod lookup;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use playground_wasm::goals::mismatch;
use playground_wasm::simulate;
use serde_json::{Value, json};

#[test]
fn every_case_comes_out_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cases");
    let files = files_below(&folder);
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    let mut asked = 0;
    for file in files {
        let (case, manifests) = read(&file);
        let name = file.strip_prefix(&folder).unwrap_or(&file).to_string_lossy().into_owned();
        assert!(case["source"].as_str().is_some_and(|source| !source.is_empty()), "{name} names no source");
        for cluster in clusters(&case) {
            let answers = ask(&name, &case, &manifests, &cluster);
            asked += answers.len();
            failures.extend(differences(&case, &answers).into_iter().map(|difference| format!("{name} {cluster}: {difference}")));
        }
    }
    assert!(failures.is_empty(), "{} of {asked} questions came out otherwise:\n{}", failures.len(), failures.join("\n"));
}

/// The clusters that a case is asked in: one, or with `modes` one for each way to run kube-proxy, where the answers are the same.
fn clusters(case: &Value) -> Vec<Value> {
    let cluster = case.get("cluster").cloned().unwrap_or_else(|| json!({}));
    let modes = list(case, "modes");
    let in_mode = |mode: &Value| {
        let mut cluster = cluster.clone();
        cluster["proxy_mode"] = mode.clone();
        cluster
    };
    if modes.is_empty() { vec![cluster] } else { modes.iter().map(in_mode).collect() }
}

fn list<'a>(case: &'a Value, field: &str) -> &'a [Value] {
    case.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The answers to the questions of a case, then to its lookups. Questions that are asked at different times are asked of clusters
/// of their own, which the same `actions` change.
fn ask(name: &str, case: &Value, manifests: &str, cluster: &Value) -> Vec<Value> {
    let time = |question: &Value| question.get("at").or_else(|| case.get("at")).cloned();
    let mut queries: Vec<(Option<Value>, Value)> =
        list(case, "questions").iter().map(|question| (time(question), question["query"].clone())).collect();
    queries.extend(list(case, "lookups").iter().map(|lookup| (time(lookup), lookup::query(case, lookup))));
    assert!(!queries.is_empty(), "{name} asks nothing");
    let mut answers = vec![Value::Null; queries.len()];
    let mut left: Vec<usize> = (0..queries.len()).collect();
    while let Some(&first) = left.first() {
        let at = queries[first].0.clone();
        let (together, others): (Vec<usize>, Vec<usize>) = left.into_iter().partition(|&index| queries[index].0 == at);
        left = others;
        let asked: Vec<&Value> = together.iter().map(|&index| &queries[index].1).collect();
        let mut scenario = json!({"id": name, "manifests": [manifests], "queries": asked, "cluster": cluster});
        scenario["actions"] = list(case, "actions").into();
        if let Some(at) = at {
            scenario["at"] = at;
        }
        let mut output = Vec::new();
        simulate::run(scenario.to_string().as_bytes(), &mut output).unwrap_or_else(|error| panic!("{name}: {error}"));
        let line: Value = serde_json::from_slice(&output).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(line.get("error").is_none(), "{name}: {}", line["error"]);
        for (index, answer) in together.into_iter().zip(list(&line, "answers")) {
            answers[index] = answer.clone();
        }
    }
    answers
}

/// What came out otherwise than the case has it.
fn differences(case: &Value, answers: &[Value]) -> Vec<String> {
    let (questions, lookups) = (list(case, "questions"), list(case, "lookups"));
    let asked = questions.iter().zip(answers).filter_map(|(question, answer)| {
        mismatch(&question["expect"], answer, "").map(|difference| format!("{}: {difference}", question["say"]))
    });
    let looked_up = lookups.iter().zip(&answers[questions.len()..]).filter_map(|(lookup, answer)| {
        lookup::difference(lookup, answer).map(|difference| format!("{}: {}: {difference}", lookup["say"], lookup["ask"]))
    });
    asked.chain(looked_up).collect()
}

/// The files of a folder and of those in it, in order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|entry| if entry.is_dir() { files_below(&entry) } else { vec![entry] }).collect()
}

/// The documents of a case file as JSON: the first is the case, the rest are its manifests, kept as text.
fn read(path: &Path) -> (Value, String) {
    let bad = |what: &str| -> ! { panic!("{}: {what}", path.display()) };
    let text = fs::read_to_string(path).unwrap_or_else(|error| bad(&error.to_string()));
    let Some((head, manifests)) = text.split_once("\n---\n") else { bad("a case is JSON, a line of ---, and manifests") };
    let case: Value = serde_json::from_str(head).unwrap_or_else(|error| bad(&error.to_string()));
    (case, with_certificates(manifests))
}

/// The manifests with certificates in place of their marks, as a Secret's `data` holds them.
fn with_certificates(manifests: &str) -> String {
    const MARK: &str = "$CERTIFICATE(";
    let mut text = manifests.to_owned();
    while let Some(start) = text.find(MARK) {
        let end = start + text[start..].find(')').expect("a closing parenthesis");
        let names: Vec<String> = text[start + MARK.len()..end].split(',').map(|name| name.trim().to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        text.replace_range(start..=end, &BASE64_STANDARD.encode(made.cert.pem()));
    }
    text
}
