//! Lessons as pages: a team's own beside Podhop's, with nothing in them that could run, and a broken one that says so.

use axum::http::StatusCode;
use serde_json::Value;

use crate::client::get;

/// The text between two marks.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start} in {html}"));
    rest.split_once(end).unwrap().0
}

#[tokio::test]
async fn the_home_page_lists_a_teams_lesson() {
    let html = get("/").await.text();
    assert!(html.contains(r#"href="/lessons/whole""#), "{html}");
    assert!(html.contains("Ours"), "{html}");
    assert!(!html.contains("/lessons/broken"), "{html}");
}

#[tokio::test]
async fn whatever_a_lesson_holds_is_shown_as_text() {
    let html = get("/lessons/whole").await.text();
    assert!(!html.contains("<script>"), "{html}");
    assert!(!html.contains("<b>our</b>") && !html.contains("<i>it</i>"), "{html}");
    assert!(!html.contains("javascript:"), "{html}");
    assert!(html.contains("&lt;script&gt;alert"), "{html}");
}

#[tokio::test]
async fn the_front_end_gets_the_lesson_as_data() {
    let html = get("/lessons/whole").await.text();
    let data = between(&html, r#"<script type="application/json" id="lesson">"#, "</script>");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["slug"], "whole");
    assert_eq!(data["files"][0]["name"], "app.yaml");
    assert!(data["files"][0]["text"].as_str().unwrap().starts_with("# </script>"));
    assert_eq!(data["goals"][0]["exists"], "Pod/default/web");
    assert_eq!(data["hints"][0], "One & two");
    assert_eq!(data["ask"]["method"], "GET");
    assert_eq!(data["ask"]["from"]["ip"], "198.51.100.7");
}

#[tokio::test]
async fn a_figure_carries_its_data() {
    let html = get("/lessons/whole").await.text();
    let data: Value = serde_json::from_str(between(&html, "data-figure='", "'")).unwrap_or_default();
    assert_eq!(data["try"][0]["with"], "port: 81", "{html}");
}

#[tokio::test]
async fn a_broken_lesson_says_what_to_mend_and_the_others_are_served() {
    let answer = get("/lessons/broken").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let html = answer.text();
    for problem in ["91-broken/lesson.md:4:", "91-broken/goals.yaml:1:", "91-broken/after.md:", "91-broken/solution:"] {
        assert!(html.contains(problem), "{problem} is not in {html}");
    }
    assert_eq!(get("/lessons/whole").await.status, StatusCode::OK);
}
