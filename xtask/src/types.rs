//! `cargo xtask types`: the front end's types, written by the test that proves them current.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, step};

/// Writes `static/src/dto.ts`.
pub fn write(project: &Project) -> Result<()> {
    let shell = &project.shell;
    step("Writing static/src/dto.ts", || {
        let test = cmd!(shell, "cargo test --quiet --package playground-wasm --features ts --lib dto::typescript");
        Ok(test.env("PODHOP_WRITE_TYPES", "1").quiet().run()?)
    })
}
