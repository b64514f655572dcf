//! The form of a lesson: what every folder holds, and how much there is to read.

use podhop::lessons::{Course, Lesson};

use crate::html;

/// Words a minute that a person reads of such a text.
const PACE: usize = 200;

fn minutes_of_reading(lesson: &Lesson) -> u32 {
    let words = html::words(&lesson.prose) + html::words(&lesson.after);
    u32::try_from(words.div_ceil(PACE)).unwrap()
}

#[test]
fn every_folder_is_a_lesson() {
    let course = Course::embedded();
    let problems: Vec<String> = course.problems().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let numbers: Vec<u32> = course.lessons().iter().map(|lesson| lesson.number).collect();
    assert!(numbers.iter().copied().eq(1..=u32::try_from(numbers.len()).unwrap()), "the numbers leave gaps: {numbers:?}");
    assert!(numbers.len() >= 3, "the course is gone: {numbers:?}");
}

#[test]
fn a_prerequisite_comes_before_its_lesson() {
    let course = Course::embedded();
    for lesson in course.lessons() {
        for slug in &lesson.prerequisites {
            let number = course.lesson(slug).map(|needed| needed.number);
            assert!(number.is_some_and(|number| number < lesson.number), "{} needs {slug}, which does not come before it", lesson.slug);
        }
    }
}

#[test]
fn every_lesson_has_its_parts() {
    for lesson in Course::embedded().lessons() {
        let slug = &lesson.slug;
        assert_eq!(lesson.hints.len(), 3, "{slug}: hints");
        assert!(!lesson.learn.is_empty(), "{slug}: what is learnt");
        assert!(lesson.ask.is_some(), "{slug}: a request for the bar");
        assert!(lesson.wrong.len() >= 2, "{slug}: wrong fixes");
        assert!(
            lesson.predict.as_ref().is_some_and(|predict| predict.options.len() >= 3),
            "{slug}: a question with three options at least"
        );
        assert_eq!(html::between(&lesson.prose, "data-figure='", "'").count(), 1, "{slug}: figures");
    }
}

#[test]
fn a_lesson_is_short_and_says_how_long_it_takes() {
    for lesson in Course::embedded().lessons() {
        let slug = &lesson.slug;
        let words = html::words(&lesson.prose);
        assert!((500..=800).contains(&words), "{slug}: the prose has {words} words");
        let reading = minutes_of_reading(lesson);
        let doing = lesson.minutes.saturating_sub(reading);
        assert!((2..=5).contains(&doing), "{slug}: {} minutes, of which reading takes {reading}", lesson.minutes);
    }
}
