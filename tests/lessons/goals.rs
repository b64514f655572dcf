//! The goals of a lesson tell a cluster that works from one that does not: the start fails, the solution passes, and every
//! wrong fix fails.

use playground_wasm::dto::SourceFile;
use podhop::lessons::{Course, Goal, Lesson};

use crate::cluster::Cluster;

/// The goals that these files do not meet, each with what was seen.
fn unmet(name: &str, lesson: &Lesson, files: &[SourceFile]) -> Vec<(String, String)> {
    let results = Cluster::of(name, files).check(name, &lesson.goals);
    results.into_iter().filter(|result| !result.met).map(|result| (result.id, result.seen)).collect()
}

#[test]
fn the_start_fails() {
    for lesson in Course::embedded().lessons() {
        let name = format!("{}/start", lesson.slug);
        assert!(!unmet(&name, lesson, &lesson.start).is_empty(), "{name}: it meets every goal");
    }
}

#[test]
fn the_solution_passes() {
    for lesson in Course::embedded().lessons() {
        let name = format!("{}/solution", lesson.slug);
        let unmet = unmet(&name, lesson, &lesson.solution);
        assert!(unmet.is_empty(), "{name}: {unmet:?}");
        let errors = Cluster::of(&name, &lesson.solution).errors;
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn every_wrong_fix_fails() {
    for lesson in Course::embedded().lessons() {
        for (fix, files) in &lesson.wrong {
            let name = format!("{}/wrong/{fix}", lesson.slug);
            assert_ne!(*files, lesson.start, "{name}: it changes nothing");
            assert!(!unmet(&name, lesson, files).is_empty(), "{name}: it meets every goal");
        }
    }
}

#[test]
fn no_goal_is_idle() {
    for lesson in Course::embedded().lessons() {
        let failing = lesson.wrong.values().chain([&lesson.start]);
        let failed: Vec<String> = failing.flat_map(|files| unmet(&lesson.slug, lesson, files)).map(|(id, _)| id).collect();
        for goal in &lesson.goals {
            assert!(failed.contains(&goal.id), "{}: neither the start nor a wrong fix fails the goal {}", lesson.slug, goal.id);
        }
    }
}

/// Whether a goal is about a request in the cluster at rest.
fn is_of_a_request(goal: &Goal) -> bool {
    let kind = goal.query.as_ref().and_then(|query| query.get("kind"));
    kind.is_some_and(|kind| kind == "request") && goal.at.is_none() && goal.actions.is_empty()
}

#[test]
fn the_request_in_the_bar_shows_the_fault_and_the_cure() {
    for lesson in Course::embedded().lessons() {
        let ask = lesson.ask.as_ref().unwrap();
        // What stands in a file, or lasts for a moment, is not seen in a request to a cluster at rest.
        let unmet = unmet(&lesson.slug, lesson, &lesson.start);
        let shows = lesson.goals.iter().any(|goal| is_of_a_request(goal) && unmet.iter().any(|(id, _)| *id == goal.id));
        for (part, files, works) in [("start", &lesson.start, !shows), ("solution", &lesson.solution, true)] {
            let name = format!("{}/{part}", lesson.slug);
            let answer = Cluster::of(&name, files).ask(&name, ask);
            assert_eq!(answer.ok, works, "{name}: {}", answer.headline);
        }
    }
}
