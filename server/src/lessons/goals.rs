//! `goals.yaml`: what a lesson's cluster must do, checked by behaviour and never by comparing YAML.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::problem::Problem;
use super::yaml::Piece;

/// One goal: a query whose answer must hold what `expect` says, or an object that must or must not be there.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Unique in the lesson.
    pub id: String,
    /// What the learner reads.
    pub say: String,
    /// A query as `podhop simulate` takes it; goes with `expect`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Value>,
    /// A part of the answer: its members must be there with these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
    /// The second of the virtual clock at which the query is asked; without it the cluster is at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Value>,
    /// What is done to the cluster before, as scenarios have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Value>,
    /// Object id of an object that must be there: `NetworkPolicy/shop/db-allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<String>,
    /// Object id of an object that must not be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

impl Goal {
    /// What is wrong with this goal by itself, if anything.
    fn fault(&self) -> Option<&'static str> {
        if self.query.is_none() && (self.at.is_some() || !self.actions.is_empty()) {
            return Some("`at` and `actions` go with a query");
        }
        match (&self.query, &self.expect, &self.exists, &self.absent) {
            (Some(query), Some(_), None, None) if query.get("kind").is_some_and(Value::is_string) => None,
            (Some(_), Some(_), None, None) => Some("the query has no kind, such as `kind: request`"),
            (Some(_), None, None, None) => Some("a query needs `expect`, a part of its answer"),
            (None, None, Some(id), None) | (None, None, None, Some(id)) => {
                let parts = id.split('/');
                let named = (2..=3).contains(&parts.clone().count()) && parts.clone().all(|part| !part.is_empty());
                (!named).then_some("an object is named Kind/namespace/name, or Kind/name where the kind has no namespace")
            }
            _ => Some("a goal has either `query` with `expect`, or `exists`, or `absent`"),
        }
    }
}

/// Reads the goals of a lesson; there must be one at least.
pub fn read(piece: Piece<'_>) -> Result<Vec<Goal>, Vec<Problem>> {
    let goals: Vec<Spanned<Goal>> = piece.parse().map_err(|problem| vec![problem])?;
    if goals.is_empty() {
        return Err(vec![Problem::of_file(piece.file, "a lesson needs a goal")]);
    }
    let problems: Vec<Problem> = goals
        .iter()
        .enumerate()
        .filter_map(|(index, goal)| {
            let twice = goals[..index].iter().any(|other| other.value.id == goal.value.id);
            let fault = twice.then_some("another goal has this id").or_else(|| goal.value.fault())?;
            let line = usize::try_from(goal.referenced.line()).unwrap_or(1);
            Some(piece.problem(line, format!("goal {}: {fault}", goal.value.id)))
        })
        .collect();
    if problems.is_empty() { Ok(goals.into_iter().map(|goal| goal.value).collect()) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let piece = Piece { file: "01-a/goals.yaml", lines_before: 0, text };
        let problems = read(piece).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_faulty_goal_is_reported_with_its_line() {
        let text = "- {id: a, say: A, exists: Service/shop/web}\n\
                    - {id: b, say: B, exists: web}\n\
                    - {id: a, say: C, absent: Pod/shop/x}\n\
                    - id: d\n  say: D\n  query: {kind: dns, name: web}\n";
        let found = problems(text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("01-a/goals.yaml:2: goal b: an object is named"), "{found:?}");
        assert!(found[1].starts_with("01-a/goals.yaml:3: goal a: another goal"), "{found:?}");
        assert!(found[2].starts_with("01-a/goals.yaml:4: goal d: a query needs `expect`"), "{found:?}");
        let found = problems("- {id: a, say: A, exists: Service/shop/web, at: 5}\n");
        assert!(found[0].starts_with("01-a/goals.yaml:1: goal a: `at` and `actions` go with a query"), "{found:?}");
    }

    #[test]
    fn a_query_keeps_its_shape() {
        let text = "- id: a\n  say: A\n  query: {kind: request, from: {namespace: shop, workload: Deployment/web}, to: {url: http://api}}\n  expect: {status: 200}\n";
        let piece = Piece { file: "01-a/goals.yaml", lines_before: 0, text };
        let goals = read(piece).unwrap();
        assert_eq!(goals[0].query.as_ref().unwrap()["to"]["url"], "http://api");
        assert_eq!(goals[0].expect.as_ref().unwrap()["status"], 200);
    }
}
