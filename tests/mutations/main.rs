//! One fault at a time in applications that work: each must be named with its code and object, nothing else may be called an
//! error, and a fix that is offered must clear its finding without making another.

#![expect(clippy::expect_used, reason = "a test that cannot get its value should stop there")]

mod app;
mod edge;
mod planted;
mod policies;
mod services;
mod workloads;

use std::collections::BTreeMap;

use planted::{Named, Planted, findings, mended, of_text};
use serde_json::{Value, json};

fn named(finding: &Value) -> (String, String) {
    let field = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    (field("code"), field("object"))
}

fn is_error(finding: &Value) -> bool {
    finding["severity"] == "error"
}

fn all_planted() -> Vec<(String, Planted)> {
    let operators = [services::plant, workloads::plant, policies::plant, edge::plant];
    let apps = app::all();
    assert!(apps.len() >= 5);
    let of_app =
        |app: &app::App| operators.iter().flat_map(|plant| plant(app)).map(|planted| edge::consequences(app, planted)).collect::<Vec<_>>();
    apps.iter().flat_map(|app| of_app(app).into_iter().map(|planted| (app.name.clone(), planted))).collect()
}

#[test]
fn applications_that_work_have_no_errors() {
    for app in app::all() {
        let errors: Vec<Value> = findings(&app.objects, &json!({})).into_iter().filter(is_error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", app.name);
    }
}

/// Manifests that work in ways that look like faults, each with changes (`# fault: OLD => NEW | CODE OBJECT`) that are one.
#[test]
fn what_is_unusual_is_no_error_and_the_fault_beside_it_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mutations/unusual");
    let mut faults = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file");
        let errors =
            |text: &str| -> Vec<(String, String)> { of_text(text, &json!({})).iter().filter(|told| is_error(told)).map(named).collect() };
        assert_eq!(errors(&text), [], "{}", path.display());
        let (head, body) = text.split_at(text.find("\napiVersion").expect("an object"));
        for fault in head.lines().filter_map(|line| line.strip_prefix("# fault: ")) {
            let (change, told) = fault.split_once(" | ").expect("a change and what is told of it");
            let (old, new) = change.split_once(" => ").expect("an old and a new text");
            let (code, object) = told.split_once(' ').expect("a code and an object");
            assert_eq!(body.matches(old).count(), 1, "{}: {old}", path.display());
            assert_eq!(errors(&body.replace(old, new)), [(code.to_owned(), object.to_owned())], "{}: {change}", path.display());
            faults += 1;
        }
    }
    assert!(faults > 0);
}

#[test]
fn every_planted_fault_is_named_and_nothing_else() {
    let (mut faults, mut found, mut false_alarms) = (0, 0, 0);
    let mut by_operator: BTreeMap<&str, u32> = BTreeMap::new();
    let mut report = Vec::new();
    for (app, planted) in all_planted() {
        *by_operator.entry(planted.operator).or_default() += 1;
        let findings = findings(&planted.objects, &planted.cluster);
        let told = |(code, object): &Named| findings.iter().any(|finding| named(finding) == ((*code).to_owned(), object.clone()));
        let known = |finding: &Value| {
            let all = planted.expect.iter().flatten().chain(&planted.also);
            let (code, object) = named(finding);
            all.into_iter().any(|(other, on)| *other == code && *on == object)
        };
        let missed: Vec<_> = planted.expect.iter().filter(|any| !any.iter().any(told)).collect();
        let alarms: Vec<_> = findings.iter().filter(|finding| is_error(finding) && !known(finding)).collect();
        faults += 1;
        found += u32::from(missed.is_empty());
        false_alarms += alarms.len();
        if !missed.is_empty() || !alarms.is_empty() {
            let shown: Vec<String> = findings.iter().map(|finding| format!("{} {}", named(finding).0, named(finding).1)).collect();
            let alarms: Vec<String> = alarms.iter().map(|finding| format!("{:?} {}", named(finding), finding["message"])).collect();
            report.push(format!(
                "{app}: {} ({}): missed {missed:?}, false alarms {alarms:#?}, told {shown:?}",
                planted.operator, planted.what
            ));
        }
    }
    println!("{faults} faults by {} operators: {found} named, {false_alarms} false alarms", by_operator.len());
    println!("{by_operator:?}");
    assert!(by_operator.len() >= 20);
    assert!(report.is_empty(), "{found} of {faults} named, {false_alarms} false alarms:\n{}", report.join("\n"));
}

#[test]
fn every_fix_clears_its_finding_and_makes_no_other() {
    let (mut fixes, mut errors, mut report) = (0, 0, Vec::new());
    let mut without: BTreeMap<String, u32> = BTreeMap::new();
    for (app, planted) in all_planted() {
        let text = app::text(&planted.objects);
        let before = of_text(&text, &planted.cluster);
        let known: Vec<_> = before.iter().map(named).collect();
        for finding in &before {
            if is_error(finding) {
                errors += 1;
            }
            if finding["fix"].is_null() {
                *without.entry(named(finding).0).or_default() += u32::from(is_error(finding));
                continue;
            }
            fixes += 1;
            let after = of_text(&mended(&text, &finding["fix"]), &planted.cluster);
            let same = |other: &&Value| named(other) == named(finding) && other["field"] == finding["field"];
            let new: Vec<_> = after.iter().filter(|other| is_error(other) && !known.contains(&named(other))).collect();
            if after.iter().any(|other| same(&other)) || !new.is_empty() {
                let left: Vec<_> = after.iter().map(named).collect();
                report.push(format!(
                    "{app}: {} ({}): {} of {:?} leaves {left:?}",
                    planted.operator,
                    planted.what,
                    finding["fix"],
                    named(finding)
                ));
            }
        }
    }
    println!("{fixes} fixes for {errors} errors; without: {without:?}");
    assert!(report.is_empty(), "{} of {fixes} fixes do not mend:\n{}", report.len(), report.join("\n"));
}
