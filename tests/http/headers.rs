//! What every answer carries, and how pages are cached.

use axum::http::{Method, StatusCode};

use crate::client::{get, get_with, send};

#[tokio::test]
async fn pages_are_found() {
    for path in ["/", "/playground", "/limits", "/lessons/whole"] {
        let answer = get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert!(answer.text().contains("<main "), "{path}");
    }
}

#[tokio::test]
async fn the_health_check_is_plain() {
    let answer = get_with("/healthz", &[]).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ok\n"));
}

#[tokio::test]
async fn every_answer_is_confined_to_this_server() {
    for path in ["/", "/lessons/whole", "/nowhere", "/assets/app-AB12CD34.js", "/healthz", "/playground/"] {
        let answer = get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=()"));
    }
}

#[tokio::test]
async fn no_page_needs_what_the_policy_forbids() {
    for path in ["/", "/playground", "/limits", "/lessons/whole", "/nowhere"] {
        let html = get(path).await.text();
        assert!(!html.contains(" style=") && !html.contains("<style"), "{path} has inline styles");
        assert!(!html.contains(" onclick=") && !html.contains("javascript:"), "{path} has inline scripts");
        let inline = html.matches("<script").count();
        let allowed = html.matches("<script src=\"/assets/").count()
            + html.matches("<script type=\"module\" src=\"/assets/").count()
            + html.matches("<script type=\"application/json\"").count();
        assert_eq!(inline, allowed, "{path} has inline scripts");
    }
}

#[tokio::test]
async fn a_page_revalidates_and_is_sent_once() {
    let first = get("/lessons/whole").await;
    assert_eq!(first.header("cache-control"), "no-cache");
    let etag = first.header("etag").to_owned();

    let again = get_with("/lessons/whole", &[("if-none-match", &etag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), etag);

    let other = get_with("/playground", &[("if-none-match", &etag)]).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_ask() {
    let plain = get("/").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    for encoding in ["br", "gzip"] {
        let answer = get_with("/", &[("accept-encoding", encoding)]).await;
        assert_eq!(answer.header("content-encoding"), encoding);
        assert!(answer.header("vary").contains("accept-encoding"));
        assert!(answer.body.len() < plain.body.len(), "{encoding}: {} of {}", answer.body.len(), plain.body.len());
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let answer = send(Method::HEAD, "/playground", &[], axum::body::Body::empty()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("etag"), get("/playground").await.header("etag"));
}
