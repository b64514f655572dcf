//! A what-if figure: a small cluster inside the prose, with changes to try.
//!
//! It is written as a fenced block ```` ```figure ```` that holds YAML. Without JavaScript it shows the manifests and what to try.

use askama::Template;
use serde::{Deserialize, Serialize};

use super::front_matter::Ask;
use super::problem::Problem;
use super::yaml::Piece;

/// What the block holds, and what the front end reads from `data-figure`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub title: String,
    /// The manifests, as text.
    pub manifests: String,
    /// The request that the figure sends.
    pub ask: Ask,
    /// What to try.
    #[serde(rename = "try")]
    pub changes: Vec<Change>,
}

/// One change of the manifests: a text in them becomes another.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What its button says.
    pub label: String,
    pub replace: String,
    pub with: String,
}

/// The fields of `figure.html`.
#[derive(Template)]
#[template(path = "figure.html")]
struct FigureTemplate<'a> {
    figure: &'a Figure,
}

/// Reads a figure's YAML and renders it.
pub fn render(piece: Piece<'_>) -> Result<String, Problem> {
    let figure: Figure = piece.parse()?;
    for change in &figure.changes {
        if !figure.manifests.contains(&change.replace) {
            let message = format!("the change `{}` replaces `{}`, which is not in the figure's manifests", change.label, change.replace);
            return Err(piece.problem(1, message));
        }
    }
    FigureTemplate { figure: &figure }.render().map_err(|error| piece.problem(1, error.to_string()))
}
