//! The course: lesson folders, read once at start.
//!
//! A lesson is a folder `<NN-slug>` of files ([`Folder`]); [`Lesson::read`] makes a [`Lesson`] of it or says, with file and
//! line, what is wrong; a [`Course`] is all lessons in order.

mod course;
mod figure;
mod folder;
mod front_matter;
mod goals;
mod lesson;
mod problem;
mod prose;
mod yaml;

pub use course::{Chapter, Course, LessonLink};
pub use folder::Folder;
pub use front_matter::{Ask, Prediction};
pub use goals::Goal;
pub use lesson::Lesson;
pub use playground_wasm::dto::SourceFile;
pub use problem::Problem;
pub use prose::inline;
