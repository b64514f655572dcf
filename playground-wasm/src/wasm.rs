//! The surface for JavaScript: JSON texts in and out, the types of `crate::dto`.
//!
//! JSON rather than JavaScript objects, because the page's thread gets the text from a worker anyway and parses it natively.

use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::control::Change;
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

    /// Goes to a time in virtual milliseconds, forward or back; gives a `Moment`, or `{error}`.
    pub fn seek(&mut self, time: f64) -> String {
        // A number of JavaScript; what is below zero or beyond any clock is its end.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
        answer(self.0.seek(time as u64))
    }

    /// Changes the cluster now, by an action of the scenario contract without its time; gives a `Moment`, or `{error}`.
    pub fn act(&mut self, action: &str) -> String {
        let change = serde_json::from_str(action).map_err(|error| error.to_string()).and_then(|action: Value| Change::read(&action));
        answer(change.and_then(|change| self.0.act(change)))
    }

    /// Drops the actions from now on, so that going on shows how it would have been without them.
    pub fn forget(&mut self) {
        self.0.forget();
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
