//! The tests that cross the parts of Podhop, and what several of them need.

#[cfg(target_os = "linux")]
pub mod netns;
