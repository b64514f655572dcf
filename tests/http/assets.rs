//! The front end's files: kept for ever by browsers, sent as they were compressed.

use axum::http::StatusCode;

use crate::client::{get, get_with};

const SCRIPT: &str = "/assets/app-AB12CD34.js";

#[tokio::test]
async fn a_page_names_its_script_by_hash() {
    assert!(get("/playground").await.text().contains(&format!("src=\"{SCRIPT}\"")));
}

#[tokio::test]
async fn an_asset_may_be_kept_for_ever() {
    let answer = get(SCRIPT).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert!(answer.text().starts_with("console.log"));
}

#[tokio::test]
async fn brotli_is_sent_as_it_was_built() {
    let answer = get_with(SCRIPT, &[("accept-encoding", "gzip, deflate, br")]).await;
    assert_eq!(answer.header("content-encoding"), "br");
    assert_eq!(answer.text(), "brotli, says the build");
    assert_eq!(answer.header("vary"), "accept-encoding");
}

/// Browsers offer brotli over HTTPS only, and a team's server may be plain HTTP.
#[tokio::test]
async fn gzip_is_made_for_those_without_brotli() {
    let answer = get_with(SCRIPT, &[("accept-encoding", "gzip, deflate")]).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.body[..2], [0x1f, 0x8b]);
}

#[tokio::test]
async fn an_asset_that_the_client_has_is_not_sent() {
    let etag = get(SCRIPT).await.header("etag").to_owned();
    let headers = [("if-none-match", etag.as_str()), ("accept-encoding", "br")];
    let answer = get_with(SCRIPT, &headers).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    assert!(answer.body.is_empty());
    assert!(!answer.headers.contains_key("content-encoding"));
}

#[tokio::test]
async fn only_assets_are_served_there() {
    for path in ["/assets/app-OLD.js", "/assets/app-AB12CD34.js.br", "/assets/manifest.json", "/assets/../manifest.json"] {
        assert_eq!(get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_icon_is_where_browsers_look_for_it() {
    let answer = get("/favicon.ico").await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header("location"), "/assets/favicon-1.svg");
}
