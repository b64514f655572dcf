//! The server as a client sees it: statuses, headers, and what stands in a page.
//!
//! The application is asked in memory, with small assets and with the lessons in `course/`: one whole, one broken.

#![expect(clippy::unwrap_used, reason = "a test that cannot get its value should stop there")]

mod assets;
mod client;
mod errors;
mod headers;
mod lessons;
