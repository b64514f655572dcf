//! A client of the application, without a network between them.

use std::path::Path;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use podhop::App;
use podhop::assets::Assets;
use podhop::lessons::Course;
use podhop::routes::router;
use tower::ServiceExt;

/// What came back, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// A header that must be there, as text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().unwrap()
    }
}

/// An application with a front end of two files and the lessons in `course/` beside Podhop's own.
pub fn app() -> Router {
    let script = "console.log('a script that is long enough to be worth compressing')";
    let files = [
        ("manifest.json", r#"{"app.js": "assets/app-AB12CD34.js", "favicon.svg": "assets/favicon-1.svg"}"#),
        ("assets/app-AB12CD34.js", script),
        ("assets/app-AB12CD34.js.br", "brotli, says the build"),
        ("assets/favicon-1.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), Bytes::from_static(text.as_bytes())));
    let course = Course::embedded_with(&Path::new(env!("CARGO_MANIFEST_DIR")).join("http/course")).unwrap();
    router(App::new(Assets::from_files(files).unwrap(), course))
}

/// Sends a request with a body and these headers.
pub async fn send(method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app().oneshot(request.body(body).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    Answer { status: head.status, headers: head.headers, body: to_bytes(body, usize::MAX).await.unwrap() }
}

/// `GET` with these headers.
pub async fn get_with(path: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, path, headers, Body::empty()).await
}

/// `GET` as a browser asks for a page.
pub async fn get(path: &str) -> Answer {
    get_with(path, &[(header::ACCEPT.as_str(), "text/html,application/xhtml+xml,*/*;q=0.8")]).await
}
