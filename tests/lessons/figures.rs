//! What-if figures: each runs as it stands, and trying something shows something.

use playground_wasm::dto::{RequestAnswer, SourceFile};
use podhop::lessons::{Ask, Course};
use serde::Deserialize;

use crate::cluster::Cluster;
use crate::html;

/// The attribute that the page's script reads.
#[derive(Deserialize)]
struct Figure {
    manifests: String,
    ask: Ask,
    r#try: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    label: String,
    replace: String,
    with: String,
}

fn figures() -> Vec<(String, Figure)> {
    let mut figures = Vec::new();
    for lesson in Course::embedded().lessons() {
        for json in html::between(&lesson.prose, "data-figure='", "'") {
            figures.push((lesson.slug.clone(), serde_json::from_str(json).unwrap()));
        }
    }
    figures
}

fn answer(name: &str, manifests: &str, ask: &Ask) -> RequestAnswer {
    let file = SourceFile { name: "figure.yaml".into(), text: manifests.to_owned() };
    Cluster::of(name, &[file]).ask(name, ask)
}

/// What the trace says, without the places of the lines, which move when a line is added.
fn told(answer: &RequestAnswer) -> Vec<[&str; 4]> {
    answer.hops.iter().map(|hop| [hop.actor.as_str(), &hop.came_in, &hop.rule, &hop.went_out]).collect()
}

#[test]
fn a_figure_works_as_it_stands() {
    for (slug, figure) in figures() {
        let answer = answer(&slug, &figure.manifests, &figure.ask);
        assert!(answer.ok, "{slug}: {} {}", answer.headline, answer.detail);
    }
}

#[test]
fn every_change_of_a_figure_shows_in_the_trace() {
    for (slug, figure) in figures() {
        let before = answer(&slug, &figure.manifests, &figure.ask);
        let mut breaks = false;
        for Change { label, replace, with } in &figure.r#try {
            let name = format!("{slug}: {label}");
            assert_eq!(figure.manifests.matches(replace.as_str()).count(), 1, "{name}: what is replaced stands there once");
            let after = answer(&name, &figure.manifests.replacen(replace.as_str(), with, 1), &figure.ask);
            assert_ne!(told(&before), told(&after), "{name}: the trace does not change");
            breaks |= !after.ok;
        }
        assert!(breaks, "{slug}: nothing that can be tried in the figure breaks it");
    }
}
