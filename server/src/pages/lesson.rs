//! `/lessons/{slug}`: a lesson's prose, with the playground and its goals beside it.
//!
//! The page reads well without JavaScript; with it, the front end takes the manifests, the goals and the rest from the JSON
//! block `#lesson`.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::ErrorPage;
use super::{Chrome, Section};
use crate::App;
use crate::lessons::{Ask, Goal, Lesson, LessonLink, SourceFile};

/// The fields of `lesson.html`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "lesson.html")]
pub struct LessonPage<'a> {
    pub chrome: Chrome,
    pub lesson: &'a Lesson,
    /// What the front end needs, as it stands in the JSON block.
    pub data: LessonData<'a>,
    /// Lessons to have read before this one.
    pub prerequisites: Vec<LessonLink>,
    pub previous: Option<LessonLink>,
    pub next: Option<LessonLink>,
}

/// The JSON block `#lesson`.
#[derive(Debug, Serialize)]
pub struct LessonData<'a> {
    pub slug: &'a str,
    /// The editor's tabs at the start.
    pub files: &'a [SourceFile],
    pub solution: &'a [SourceFile],
    pub goals: &'a [Goal],
    pub hints: &'a [String],
    pub ask: &'a Option<Ask>,
}

/// `GET /lessons/{slug}`
pub async fn show(State(app): State<App>, Path(slug): Path<String>) -> Response {
    if let Some(lesson) = app.course.lesson(&slug) {
        return page(&app, lesson).into_response();
    }
    let problems = app.course.problems_of(&slug);
    if problems.is_empty() {
        ErrorPage::no_such_lesson(&app, &slug).into_response()
    } else {
        let page = ErrorPage::broken_lesson(&app, &slug, &problems);
        (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
    }
}

fn page<'a>(app: &'a App, lesson: &'a Lesson) -> LessonPage<'a> {
    let (previous, next) = app.course.neighbors(&lesson.slug);
    LessonPage {
        chrome: Chrome::new(app, Section::Learn, &lesson.title, &lesson.learn.join(" ").replace('`', "")),
        data: LessonData {
            slug: &lesson.slug,
            files: &lesson.start,
            solution: &lesson.solution,
            goals: &lesson.goals,
            hints: &lesson.hints,
            ask: &lesson.ask,
        },
        prerequisites: app.course.links(&lesson.prerequisites),
        previous,
        next,
        lesson,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use crate::lessons::{Course, Folder};

    fn html(folder: Folder) -> String {
        let app = App::new(Assets::default(), Course::new(vec![folder]));
        let lesson = &app.course.lessons()[0];
        page(&app, lesson).render().unwrap()
    }

    #[test]
    fn a_manifest_cannot_end_the_json_block() {
        let folder = Folder::minimal("01-evil", "Evil").with("start/app.yaml", "# </script><script>alert(1)</script>\n");
        let html = html(folder);
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains(r"\u003c/script"), "{html}");
    }

    #[test]
    fn a_title_is_text() {
        let html = html(Folder::minimal("01-evil", "<b>Bold</b>"));
        assert!(!html.contains("<b>Bold"), "{html}");
        assert!(html.contains("&#60;b&#62;Bold"), "{html}");
    }
}
