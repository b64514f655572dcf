//! `podhop check` as a person or a pipeline runs it, on a folder with ten planted faults (`check/`, each marked by its number).

#![expect(clippy::unwrap_used, reason = "a test that cannot get its value should stop there")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const FAULTS: [(&str, &str, &str, u64); 10] = [
    ("policy-uses-service-port", "NetworkPolicy/data/reports", "data/policies.yml", 42),
    ("statefulset-service-missing", "StatefulSet/data/orders-db", "data/databases.yaml", 7),
    ("listens-on-loopback", "Deployment/data/cache", "data/databases.yaml", 44),
    ("target-port-name-unknown", "Service/shop/api", "shop/api.yaml", 28),
    ("target-port-unserved", "Service/shop/search", "shop/api.yaml", 56),
    ("reference-unknown-host", "Deployment/shop/web", "shop/web.yaml", 20),
    ("reference-port-not-exposed", "Deployment/shop/web", "shop/web.yaml", 22),
    ("reference-other-namespace", "Deployment/shop/web", "shop/web.yaml", 24),
    ("readiness-port-unserved", "Deployment/shop/web", "shop/web.yaml", 28),
    ("selector-matches-nothing", "Service/shop/web", "shop/web.yaml", 37),
];

fn folder() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").display().to_string()
}

fn check(arguments: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_podhop")).arg("check").args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

/// Standard input, checked.
fn check_input(input: &str, arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podhop"));
    let mut process = command.args(["check", "-"]).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

#[test]
fn ten_faults_are_ten_findings_with_file_line_and_fix() {
    let (output, text) = check(&[&folder()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text.matches("\nerror[").count() + usize::from(text.starts_with("error[")), FAULTS.len(), "{text}");
    assert_eq!(text.matches("\nhelp: ").count(), FAULTS.len(), "{text}");
    for (code, object, file, line) in FAULTS {
        let start = text.find(&format!("error[{code}]")).unwrap_or_else(|| panic!("no {code} in {text}"));
        let told = text[start..].split("\n\n").next().unwrap();
        assert!(told.contains(&format!("{file}:{line}:")), "{told}");
        assert!(told.contains(object) && told.contains("^^") && told.contains("\nhelp: "), "{told}");
    }
    assert!(text.ends_with("10 errors and no warnings in 13 objects of 4 files\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "colors where no terminal is");
}

#[test]
fn sarif_has_the_shape_that_its_schema_asks_for() {
    let (output, text) = check(&[&folder(), "--format", "sarif"]);
    assert_eq!(output.status.code(), Some(1));
    let sarif: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&sarif["version"], sarif["$schema"].as_str().unwrap().contains("sarif")), (&Value::from("2.1.0"), true));
    let runs = sarif["runs"].as_array().unwrap();
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!((runs.len(), &driver["name"]), (1, &Value::from("podhop")));
    let rules = driver["rules"].as_array().unwrap();
    let results = runs[0]["results"].as_array().unwrap();
    assert_eq!(results.len(), FAULTS.len());
    for (code, object, file, line) in FAULTS {
        let result = results.iter().find(|result| result["ruleId"] == code).unwrap_or_else(|| panic!("no {code}"));
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!((&rule["id"], &result["level"]), (&Value::from(code), &Value::from("error")));
        assert!(rule["shortDescription"]["text"].as_str().unwrap().len() > code.len(), "{rule}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let location = &result["locations"][0];
        assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], object);
        let place = &location["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with(file), "{place}");
        assert_eq!(place["region"]["startLine"].as_u64(), Some(line), "{code}");
        assert!(place["region"]["startColumn"].as_u64().unwrap() >= 1);
        for fix in result["fixes"].as_array().unwrap() {
            assert!(!fix["description"]["text"].as_str().unwrap().is_empty());
            for change in fix["artifactChanges"].as_array().unwrap() {
                assert!(change["artifactLocation"]["uri"].is_string());
                let replacement = &change["replacements"][0];
                assert!(replacement["deletedRegion"]["startLine"].is_u64() && replacement["insertedContent"]["text"].is_string());
            }
        }
    }
}

/// The schema of SARIF 2.1.0, which comes with the crate that has its types.
fn sarif_schema() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let package = metadata["packages"].as_array().unwrap().iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let path = Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src/schema.json");
    // Two of its patterns have a bracket too many, which ECMA-262 does not read as a pattern.
    let text = std::fs::read_to_string(path).unwrap().replace("{2}]?$", "{2}$");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn sarif_validates_against_its_schema() {
    let schema = sarif_schema();
    assert!(schema["$id"].as_str().unwrap().contains("2.1.0"));
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    // With fixes in one file and in several, warnings, a syntax error, an object without a place, and nothing at all.
    let inputs =
        ["", "a: [", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 70000}], externalIPs: [192.0.2.1]}\n"];
    let mut reports = vec![check(&[&folder(), "--format", "sarif"]).1];
    reports.extend(inputs.map(|input| check_input(input, &["--format", "sarif"]).1));
    for text in reports {
        let report: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{text}");
        let mut broken = report.clone();
        broken["runs"][0]["results"] = serde_json::json!([{"level": "fatal"}]);
        assert!(!validator.is_valid(&broken));
    }
}

#[test]
fn json_and_github_name_every_finding_with_its_place() {
    let (_, text) = check(&[&folder(), "--format", "json"]);
    let all: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((all["errors"].as_u64(), all["warnings"].as_u64()), (Some(10), Some(0)));
    let (_, commands) = check(&[&folder(), "--format", "github"]);
    for (code, object, file, line) in FAULTS {
        let findings = all["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("no {code}"));
        assert_eq!((&finding["object"], finding["place"]["line"].as_u64()), (&Value::from(object), Some(line)), "{code}");
        assert!(finding["fix"]["edits"][0]["place"]["file"].as_str().unwrap().ends_with(file));
        let command = commands.lines().find(|command| command.contains(code)).unwrap_or_else(|| panic!("no {code} in {commands}"));
        assert!(command.starts_with("::error file=") && command.contains(&format!("{file},line={line},")), "{command}");
    }
}

#[test]
fn the_exit_status_tells_errors_warnings_and_unreadable_files_apart() {
    let warned =
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}], externalIPs: [192.0.2.1], selector: {a: b}}\n";
    let rejected = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 70000}], selector: {a: b}}\n";
    for (input, code, said) in
        [("", 0, "no errors and no warnings"), (warned, 0, "1 warning"), (rejected, 1, "object-rejected"), ("a: [", 1, "yaml-syntax")]
    {
        let (output, text) = check_input(input, &[]);
        assert_eq!(output.status.code(), Some(code), "{input}: {text}");
        assert!(text.contains(said), "{text}");
    }
    for (arguments, said) in [(&["/no/such/file.yaml"][..], "cannot read /no/such/file.yaml"), (&[], "<FILES>")] {
        let (output, _) = check(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn patches_of_a_kustomization_are_no_objects() {
    let folder = std::env::temp_dir().join(format!("podhop-kustomization-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n";
    let kustomization =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [web.yaml]\npatches:\n- path: ./more.yaml\n";
    for (name, text) in [("web.yaml", service), ("more.yaml", patch), ("kustomization.yaml", kustomization)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let path = folder.display().to_string();
    let (output, text) = check(&[&path]);
    let (_, alone) = check(&[&folder.join("more.yaml").display().to_string()]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("kustomization.yaml is not applied; `kubectl kustomize {path} | podhop check -`")), "{text}");
    assert!(alone.contains("object-rejected"), "{alone}");
}
