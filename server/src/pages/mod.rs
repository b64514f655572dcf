//! The pages, one file each: its template's fields, its handler, its tests.

pub mod error;
pub mod home;
pub mod lesson;
pub mod limits;
pub mod playground;

use std::sync::Arc;

use crate::App;
use crate::assets::Assets;

/// Which entry of the main navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Learn,
    Playground,
    /// None of them: an error page, or one that the footer leads to.
    Elsewhere,
}

/// What every page's template has around its own content, as `chrome`.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The part of the window's title before "Podhop".
    pub title: String,
    /// One sentence for search engines and link previews.
    pub description: String,
    pub section: Section,
    assets: Arc<Assets>,
}

impl Chrome {
    /// The chrome of a page with this title and description.
    pub fn new(app: &App, section: Section, title: &str, description: &str) -> Self {
        Self { title: title.to_owned(), description: description.to_owned(), section, assets: Arc::clone(&app.assets) }
    }

    /// The address of a front-end file by its logical name (`app.js`); nothing where it was not built.
    pub fn asset(&self, name: &str) -> Option<&str> {
        self.assets.url(name)
    }

    /// Whether the binary has a front end; without one the pages say so.
    pub fn is_built(&self) -> bool {
        self.assets.is_built()
    }

    /// Whether the navigation marks Learn as current.
    pub fn in_learn(&self) -> bool {
        self.section == Section::Learn
    }

    /// Whether the navigation marks Playground as current.
    pub fn in_playground(&self) -> bool {
        self.section == Section::Playground
    }
}
