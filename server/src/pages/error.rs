//! Error pages: what happened, and where to go from here.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Chrome, Section};
use crate::App;
use crate::lessons::{LessonLink, Problem};

/// The fields of `error.html`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub chrome: Chrome,
    /// The HTTP status, as a number.
    pub status: u16,
    /// A sentence.
    pub heading: String,
    /// What happened and what to do, a sentence or two.
    pub explanation: String,
    /// What exactly is wrong, line by line; empty on most pages.
    pub details: Vec<String>,
    /// The lesson that was probably meant.
    pub nearest: Option<LessonLink>,
}

impl ErrorPage {
    fn new(app: &App, status: StatusCode, heading: &str, explanation: &str) -> Self {
        Self {
            chrome: Chrome::new(app, Section::Elsewhere, heading, explanation),
            status: status.as_u16(),
            heading: heading.to_owned(),
            explanation: explanation.to_owned(),
            details: Vec::new(),
            nearest: None,
        }
    }

    fn not_found(app: &App, path: &str) -> Self {
        let explanation = format!("Podhop has no page at {path}.");
        let last = path.rsplit('/').next().unwrap_or_default();
        Self { nearest: app.course.nearest(last), ..Self::new(app, StatusCode::NOT_FOUND, "Page not found", &explanation) }
    }

    /// The page for a lesson's address that no lesson has, with the one that was probably meant.
    pub fn no_such_lesson(app: &App, slug: &str) -> (StatusCode, Self) {
        let explanation = format!("No lesson is called {slug}.");
        let page = Self { nearest: app.course.nearest(slug), ..Self::new(app, StatusCode::NOT_FOUND, "Lesson not found", &explanation) };
        (StatusCode::NOT_FOUND, page)
    }

    /// The page for a lesson whose folder could not be read, for the person who is writing it.
    pub fn broken_lesson(app: &App, slug: &str, problems: &[&Problem]) -> Self {
        let explanation = format!("The lesson {slug} could not be read. Mend what is named here and start the server again.");
        Self {
            details: problems.iter().map(ToString::to_string).collect(),
            ..Self::new(app, StatusCode::INTERNAL_SERVER_ERROR, "This lesson is broken", &explanation)
        }
    }

    /// The page for a response that came without one: from a limit, a time-out, a wrong method or a panic.
    fn bare(app: &App, status: StatusCode, path: &str) -> Self {
        let (heading, explanation) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(app, path),
            StatusCode::METHOD_NOT_ALLOWED => {
                ("Method not allowed", "This address does not take that kind of request. Open it as a page instead.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => (
                "Too much was sent",
                "The request is larger than this server takes. Manifests stay in your browser; they need not be sent.",
            ),
            StatusCode::SERVICE_UNAVAILABLE => ("That took too long", "The server gave up on this request. Try again."),
            status if status.is_server_error() => (
                "Something broke here",
                "This is a fault of the server, not yours. Its log says more. What you have typed in the playground is safe.",
            ),
            _ => (
                "The request was not understood",
                "The server could not make sense of this request. Start again from one of the pages below.",
            ),
        };
        Self::new(app, status, heading, explanation)
    }
}

/// The fallback of the route table; an address with a slash too many is corrected.
pub async fn not_found(uri: Uri) -> Response {
    match uri.path().trim_end_matches('/') {
        // A path that begins with two slashes would name another host.
        path if path.len() < uri.path().len() && path.starts_with('/') && !path.starts_with("//") => {
            Redirect::permanent(path).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Middleware: an error without a page of its own gets one, if the client shows pages.
pub async fn explain(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let wants_page = accepts_html(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || has_page(response.headers()) {
        return response;
    }
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    if wants_page {
        let page = ErrorPage::bare(&app, status, &path).into_response();
        head.headers.extend(page.headers().clone());
        Response::from_parts(head, page.into_body())
    } else {
        let reason = status.canonical_reason().unwrap_or("error");
        (head, format!("{} {reason}\n", status.as_u16())).into_response()
    }
}

fn accepts_html(request: &HeaderMap) -> bool {
    request.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

fn has_page(response: &HeaderMap) -> bool {
    response.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).is_some_and(|content_type| content_type.starts_with(b"text/html"))
}
