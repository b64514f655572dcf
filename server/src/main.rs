//! The podhop command.
fn main() {}
