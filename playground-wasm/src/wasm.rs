//! The surface for JavaScript: JSON texts in and out, the types of `crate::dto`.
//!
//! JSON rather than JavaScript objects, because the page's thread gets the text from a worker anyway and parses it natively.

use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::goals::Goal;
use crate::playground;
use crate::query::Query;

/// The simulator of a page.
#[wasm_bindgen]
pub struct Playground(playground::Playground);

#[derive(Serialize)]
struct Failed {
    error: String,
}

#[wasm_bindgen]
impl Playground {
    /// An empty playground.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self(playground::Playground::default())
    }

    /// Loads `SourceFile[]`; gives a `View`, or `{error}`.
    pub fn load(&mut self, files: &str) -> String {
        let files: Result<Vec<_>, _> = serde_json::from_str(files);
        answer(files.map(|files| self.0.load(&files)).map_err(|error| error.to_string()))
    }

    /// Answers a query of the scenario contract, or gives `{error}`.
    pub fn query(&self, query: &str) -> String {
        answer(serde_json::from_str(query).map_err(|error| error.to_string()).and_then(Query::read).and_then(|query| self.0.query(&query)))
    }

    /// Checks a lesson's goals; gives `GoalResult[]`, or `{error}`.
    pub fn check(&self, goals: &str) -> String {
        let goals = serde_json::from_str(goals).map_err(|error| error.to_string());
        let goals = goals.and_then(|goals: Vec<Value>| goals.into_iter().map(Goal::read).collect::<Result<Vec<_>, _>>());
        answer(goals.map(|goals| self.0.check(&goals)))
    }
}

fn answer<T: Serialize>(result: Result<T, String>) -> String {
    // Room for most answers, which are not copied while they grow.
    let mut text = Vec::with_capacity(4096);
    let written = match result {
        Ok(value) => serde_json::to_writer(&mut text, &value),
        Err(error) => serde_json::to_writer(&mut text, &Failed { error }),
    };
    // Writing plain data to memory cannot fail; a page that gets an empty text says that the simulator failed.
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}
