//! A cluster made of a lesson's files, asked as the page asks it.

use playground_wasm::dto::{Diagnostic, GoalResult, RequestAnswer, Severity, SourceFile};
use playground_wasm::goals;
use playground_wasm::load::Loader;
use playground_wasm::playground::Playground;
use playground_wasm::query::{Answer, Query};
use podhop::lessons::{Ask, Goal};
use serde_json::json;

/// A cluster at rest.
pub struct Cluster {
    playground: Playground,
    /// What the page would show as wrong, findings of the diagnosis included.
    pub errors: Vec<String>,
}

impl Cluster {
    /// The cluster that these files make. It panics where the reader or the API server would object.
    pub fn of(name: &str, files: &[SourceFile]) -> Self {
        let rejected = errors(&Loader::default().load(files).diagnostics);
        assert!(rejected.is_empty(), "{name}: {}", rejected.join("\n"));
        let mut playground = Playground::default();
        let errors = errors(&playground.load(files).diagnostics);
        Self { playground, errors }
    }

    /// The answer to the request of a bar or of a figure.
    pub fn ask(&self, name: &str, ask: &Ask) -> RequestAnswer {
        let query = json!({"kind": "request", "from": ask.from, "to": {"url": ask.url}, "method": ask.method});
        let query = Query::read(query).unwrap_or_else(|error| panic!("{name}: {error}"));
        match self.playground.query(&query) {
            Ok(Answer::Request(answer)) => *answer,
            other => panic!("{name}: the request was answered with {other:?}"),
        }
    }

    /// How the goals stand, one result for each; they go the way of the page, as JSON.
    pub fn check(&self, name: &str, goals: &[Goal]) -> Vec<GoalResult> {
        let read = |goal: &Goal| goals::Goal::read(json!(goal)).unwrap_or_else(|error| panic!("{name}: goals.yaml: {error}"));
        let read: Vec<goals::Goal> = goals.iter().map(read).collect();
        let results = self.playground.check(&read);
        assert!(results.iter().map(|result| &result.id).eq(goals.iter().map(|goal| &goal.id)), "{name}: {results:?}");
        results
    }
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message)).collect()
}
