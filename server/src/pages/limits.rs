//! `/limits`: what the simulator models of which Kubernetes version, what it assumes, and what it leaves out.
//!
//! The kinds come from the simulator's own table. The rest is written in the template, from what the sources say of themselves:
//! a file that leaves something out says so in its first lines, and here.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use playground_wasm::object::kinds::{self, Handling};
use playground_wasm::view::KUBERNETES;

use super::{Chrome, Section};
use crate::App;

/// The fields of `limits.html`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "limits.html")]
pub struct LimitsPage {
    pub chrome: Chrome,
    /// The Kubernetes version that is modelled, `1.37`.
    pub kubernetes: &'static str,
    /// Kinds that are simulated, that are accepted and matter to traffic but are not, and that do not matter to it.
    pub modelled: Vec<&'static str>,
    pub left_out: Vec<&'static str>,
    pub quiet: Vec<&'static str>,
}

/// `GET /limits`
pub async fn show(State(app): State<App>) -> LimitsPage {
    LimitsPage {
        chrome: Chrome::new(
            &app,
            Section::Elsewhere,
            "What is not modelled",
            "What Podhop's simulator models of Kubernetes networking, what it assumes, and what it leaves out.",
        ),
        kubernetes: KUBERNETES,
        modelled: of(Handling::Modelled),
        left_out: of(Handling::NotModelled),
        quiet: of(Handling::Quiet),
    }
}

/// The kinds that are handled so, each once.
fn of(handling: Handling) -> Vec<&'static str> {
    let mut names: Vec<_> = kinds::all().iter().filter(|info| info.handling == handling).map(|info| info.kind).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::Assets;
    use crate::lessons::Course;

    #[tokio::test]
    async fn names_the_version_and_the_kinds() {
        let app = App::new(Assets::default(), Course::new(Vec::new()));
        let html = show(State(app)).await.render().unwrap();
        assert!(html.contains(&format!("Kubernetes {KUBERNETES}")), "{html}");
        for info in kinds::all() {
            assert!(html.contains(&format!("<code>{}</code>", info.kind)), "{} is not on the page", info.kind);
        }
    }
}
