//! The Podhop server: an axum application that renders the course and the playground, and the commands of the
//! `podhop` binary.
//!
//! A request goes through [`routes`] (one table) to a page of [`pages`] (one file each), which reads the immutable
//! [`App`]: the [`lessons`] and the front end's [`assets`], both loaded once at start.

pub mod assets;
pub mod cli;
pub mod commands;
pub mod lessons;
pub mod pages;
pub mod routes;

mod conditional;
mod security;

use std::sync::Arc;

use assets::Assets;
use lessons::Course;

/// What every handler reads: loaded at start and never changed.
#[derive(Debug, Clone)]
pub struct App {
    pub assets: Arc<Assets>,
    pub course: Arc<Course>,
}

impl App {
    /// An application that serves this course with these assets.
    pub fn new(assets: Assets, course: Course) -> Self {
        Self { assets: Arc::new(assets), course: Arc::new(course) }
    }
}
