//! The goals of a lesson tell a cluster that works from one that does not: the start fails, the solution passes, and every
//! wrong fix fails.

use playground_wasm::dto::SourceFile;
use podhop::lessons::{Course, Lesson};

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

#[test]
fn the_request_in_the_bar_shows_the_fault_and_the_cure() {
    for lesson in Course::embedded().lessons() {
        let ask = lesson.ask.as_ref().unwrap();
        for (part, files, works) in [("start", &lesson.start, false), ("solution", &lesson.solution, true)] {
            let name = format!("{}/{part}", lesson.slug);
            let answer = Cluster::of(&name, files).ask(&name, ask);
            assert_eq!(answer.ok, works, "{name}: {}", answer.headline);
        }
    }
}
