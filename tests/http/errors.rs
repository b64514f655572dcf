//! What a client gets when something is wrong.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::client::{get, get_with, send};

#[tokio::test]
async fn a_missing_page_leads_on() {
    let answer = get("/nowhere/it's").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let html = answer.text();
    assert!(html.contains("/nowhere/it&#39;s"), "{html}");
    assert!(html.contains(r#"href="/playground""#), "{html}");
}

#[tokio::test]
async fn a_misspelt_lesson_is_guessed() {
    for path in ["/lessons/whol", "/lesson/whole"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.text().contains(r#"href="/lessons/whole""#), "{path}");
    }
}

#[tokio::test]
async fn a_program_gets_a_line_and_no_page() {
    let answer = get_with("/nowhere", &[("accept", "application/json")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.text(), "404 Not Found\n");
}

#[tokio::test]
async fn a_slash_too_many_is_corrected() {
    let answer = get("/playground/").await;
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "/playground");
    // `//host/` would be an address on another host.
    assert_eq!(get("//example.com/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right() {
    let answer = send(Method::DELETE, "/playground", &[("accept", "text/html")], Body::empty()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("GET"));
    assert!(answer.text().contains("Method not allowed"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_turned_away() {
    let body = vec![b'a'; 1 << 20];
    let length = body.len().to_string();
    let headers = [("content-length", length.as_str()), ("accept", "text/html")];
    let answer = send(Method::POST, "/playground", &headers, Body::from(body)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("Manifests stay in your browser"));
}
