//! `/`: what Podhop is, and the course.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::{Chrome, Section};
use crate::App;
use crate::lessons::Chapter;

/// The fields of `home.html`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "home.html")]
pub struct HomePage {
    pub chrome: Chrome,
    /// The lessons by chapter, in the order of the course.
    pub chapters: Vec<Chapter>,
}

/// `GET /`
pub async fn show(State(app): State<App>) -> HomePage {
    HomePage {
        chrome: Chrome::new(
            &app,
            Section::Learn,
            "See how containers talk in Kubernetes",
            "An interactive tutorial and playground for Kubernetes networking: edit manifests, send a request, \
             see every hop and why it stops.",
        ),
        chapters: app.course.chapters(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use crate::lessons::{Course, Folder};

    #[tokio::test]
    async fn lists_the_lessons_under_their_chapter() {
        let course = Course::new(vec![Folder::minimal("07-ports", "Two ports")]);
        let app = App::new(Assets::default(), course);
        let html = show(State(app)).await.render().unwrap();
        let chapter = html.find("Basics").unwrap();
        let lesson = html.find(r#"href="/lessons/ports""#).unwrap();
        assert!(chapter < lesson);
        assert!(html.contains("Two ports"));
    }

    #[tokio::test]
    async fn says_that_the_front_end_is_missing() {
        let app = App::new(Assets::default(), Course::new(Vec::new()));
        let html = show(State(app)).await.render().unwrap();
        assert!(html.contains("cargo xtask serve"));
    }
}
