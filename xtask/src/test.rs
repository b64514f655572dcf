//! `cargo xtask test`: everything that must hold before a change is merged, the cheapest first.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use xshell::cmd;

use crate::project::{Project, say, step};
use crate::{front_end, server, setup};

/// Runs all checks and stops at the first that fails.
pub fn run(project: &Project) -> Result<()> {
    let shell = &project.shell;
    // The types for TypeScript are behind a feature; with it everywhere, nothing is compiled twice.
    let features = ["--features", "playground-wasm/ts"];
    setup::wasm_target(project)?;
    step("Checking the format", || Ok(cmd!(shell, "cargo fmt --all --check").quiet().run()?))?;
    step("Linting", || Ok(cmd!(shell, "cargo clippy --workspace --all-targets {features...} -- --deny warnings").quiet().run()?))?;
    step("Linting for WebAssembly", || {
        let target = "wasm32-unknown-unknown";
        Ok(cmd!(shell, "cargo clippy --package playground-wasm --target {target} -- --deny warnings").quiet().run()?)
    })?;
    setup::network_tools(project);
    step("Running unit, scenario, kernel and HTTP tests", || Ok(cmd!(shell, "cargo test --workspace {features...}").quiet().run()?))?;
    let binary = server::build(project, false)?;
    front_end::check(project)?;
    browser(project, &binary)?;
    say("All tests passed");
    Ok(())
}

/// Runs `tests/browser` against the release binary.
fn browser(project: &Project, binary: &Path) -> Result<()> {
    let folder = project.root.join("tests/browser");
    let tests = test_files(&folder)?;
    if tests.is_empty() {
        say("There are no tests in tests/browser");
        return Ok(());
    }
    setup::node(project)?;
    if folder.join("package.json").is_file() {
        setup::npm_packages(project, &folder)?;
    }
    let Some(chromium) = setup::chromium(project)? else {
        let advice = "install Chromium or Google Chrome, or set CHROMIUM to its path";
        if env::var_os("CI").is_some() {
            bail!("the browser tests need a browser: {advice}");
        }
        say(&format!("SKIPPED the browser tests, for want of a browser: {advice}"));
        return Ok(());
    };
    let shell = &project.shell;
    step("Running the browser tests", || {
        Ok(cmd!(shell, "node --test {tests...}").env("PODHOP_BIN", binary).env("CHROMIUM", &chromium).quiet().run()?)
    })
}

/// `*.test.mjs`, `*.test.js` and `*.test.ts`, by name: what `node --test` takes for a folder differs between its versions.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let is_test = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        [".test.mjs", ".test.js", ".test.ts"].iter().any(|end| name.ends_with(end))
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(is_test);
    files.sort();
    Ok(files)
}
