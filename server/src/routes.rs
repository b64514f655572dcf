//! Every address the server answers, in one table, and what all answers have in common.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::pages::{error, home, lesson, limits, playground};
use crate::{App, assets, conditional, security};

/// Nothing that is asked for takes longer than milliseconds; a client that does is stuck.
const TIMEOUT: Duration = Duration::from_secs(10);

/// No page takes a body yet: manifests stay in the browser.
const LARGEST_BODY: usize = 64 << 10;

/// The whole application.
pub fn router(app: App) -> Router {
    let table = Router::new()
        .route("/", get(home::show))
        .route("/playground", get(playground::show))
        .route("/lessons/{slug}", get(lesson::show))
        .route("/limits", get(limits::show))
        .route("/assets/{*path}", get(assets::asset))
        .route("/favicon.ico", get(assets::favicon))
        .route("/healthz", get(async || "ok\n"))
        .fallback(error::not_found);

    // From the inside out: what stands last sees the request first and the response last.
    table
        .layer(from_fn(conditional::revalidate))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), error::explain))
        .layer(CompressionLayer::new())
        .layer(from_fn(security::headers))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .with_state(app)
}
