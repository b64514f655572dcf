//! Asking a cluster through the door that everybody uses.

use serde_json::{Value, json};

/// The line that `podhop simulate` writes for one scenario.
pub fn simulate(documents: &[String], questions: &[Value]) -> String {
    let scenario = json!({"id": 0, "manifests": documents, "queries": questions});
    let mut output = Vec::new();
    let run = playground_wasm::simulate::run(scenario.to_string().as_bytes(), &mut output);
    assert!(run.is_ok(), "{run:?}");
    String::from_utf8(output).unwrap_or_else(|error| panic!("{error}"))
}

/// The answers, one for each question.
pub fn answers(documents: &[String], questions: &[Value]) -> Vec<Value> {
    let line: Value = serde_json::from_str(&simulate(documents, questions)).unwrap_or_else(|error| panic!("{error}"));
    assert!(line.get("error").is_none(), "{line}");
    assert!(line.get("warnings").is_none(), "the generator makes what the API server rejects: {}", line["warnings"]);
    line["answers"].as_array().cloned().unwrap_or_else(|| panic!("{line}"))
}

/// The requests among the questions, with their answers.
pub fn requests<'a>(questions: &'a [Value], answers: &'a [Value]) -> impl Iterator<Item = (&'a Value, Value)> {
    let pairs = questions.iter().zip(answers.iter().cloned());
    pairs.filter(|(question, _)| question["kind"] == "request")
}

/// An answer without the places in files, which move with the documents.
pub fn without_places(mut answer: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("range");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut answer);
    answer
}
