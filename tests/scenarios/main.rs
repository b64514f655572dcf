//! Scenarios as data: each file below `cases/` holds manifests, queries and the outcome written by hand, with its source.
//!
//! They go through the same door as everybody else's: `playground_wasm::simulate`. `$CERTIFICATE(a.example, *.b.example)` in a
//! manifest stands for a certificate for these names, made when the test runs.

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
        let questions = case["questions"].as_array().expect("questions").clone();
        let queries: Vec<Value> = questions.iter().map(|question| question["query"].clone()).collect();
        let scenario =
            json!({"id": name, "manifests": [manifests], "queries": queries, "cluster": case.get("cluster").cloned().unwrap_or(json!({}))});
        let mut output = Vec::new();
        simulate::run(scenario.to_string().as_bytes(), &mut output).expect("a run");
        let line: Value = serde_json::from_slice(&output).expect("a line of JSON");
        if let Some(error) = line.get("error") {
            failures.push(format!("{name}: {error}"));
            continue;
        }
        for (question, answer) in questions.iter().zip(line["answers"].as_array().expect("answers")) {
            asked += 1;
            if let Some(difference) = mismatch(&question["expect"], answer, "") {
                failures.push(format!("{name}: {}: {difference}", question["say"]));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {asked} questions came out otherwise:\n{}", failures.len(), failures.join("\n"));
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
