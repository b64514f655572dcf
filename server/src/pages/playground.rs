//! `/playground`: the editor, the picture and the trace, without a lesson around them.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::{Chrome, Section};
use crate::App;

/// The fields of `playground.html`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "playground.html")]
pub struct PlaygroundPage {
    pub chrome: Chrome,
}

/// `GET /playground`
pub async fn show(State(app): State<App>) -> PlaygroundPage {
    PlaygroundPage {
        chrome: Chrome::new(
            &app,
            Section::Playground,
            "Playground",
            "Paste the manifests of an application, send a request, and watch it hop from container to container.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use crate::lessons::Course;

    #[tokio::test]
    async fn is_marked_in_the_navigation() {
        let app = App::new(Assets::default(), Course::new(Vec::new()));
        let html = show(State(app)).await.render().unwrap();
        assert!(html.contains(r#"<a href="/playground" aria-current="page">"#), "{html}");
    }
}
