//! The simulator as WebAssembly: compiled, bound to JavaScript and parted in two, in `static/generated`.
//!
//! There is no wasm-opt step. What counts is the module in brotli, and measured on this one every level of it made that larger
//! (385 kB became 450 kB with -Oz, 448 kB with -Os), since it breaks up the repetition that brotli finds.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;
use xshell::cmd;

use crate::project::{Project, is_current, step};
use crate::{setup, split};

const CRATE: &str = "playground_wasm";

/// Builds the module and its JavaScript.
pub fn build(project: &Project, debug: bool) -> Result<()> {
    setup::wasm_target(project)?;
    let compiled = compile(project, debug)?;
    let generated = project.front_end.join("generated");
    // Which build the folder holds: both kinds are written to the same place.
    let stamp = generated.join(if debug { "debug" } else { "optimized" });
    if is_current(&stamp, &compiled) {
        return Ok(());
    }
    step("Binding the simulator to JavaScript", || bind(&compiled, &generated, debug))?;
    if !debug {
        step("Parting what a page needs first from the rest", || part(project, &generated))?;
    }
    Ok(fs::write(stamp, "")?)
}

fn compile(project: &Project, debug: bool) -> Result<PathBuf> {
    let shell = &project.shell;
    let (profile, folder) = if debug { ("dev", "debug") } else { ("wasm", "wasm") };
    step("Compiling the simulator to WebAssembly", || {
        let target = "wasm32-unknown-unknown";
        Ok(cmd!(shell, "cargo build --package playground-wasm --lib --target {target} --profile {profile}").quiet().run()?)
    })?;
    Ok(project.target.join("wasm32-unknown-unknown").join(folder).join(format!("{CRATE}.wasm")))
}

fn bind(compiled: &Path, generated: &Path, debug: bool) -> Result<()> {
    if generated.exists() {
        fs::remove_dir_all(generated)?;
    }
    Bindgen::new()
        .input_path(compiled)
        .bundler(true)
        .map_err(|error| anyhow!("{error:#}"))?
        .typescript(true)
        .remove_name_section(!debug)
        .remove_producers_section(!debug)
        .generate(generated)
        .map_err(|error| anyhow!("{error:#}"))
}

/// Leaves in the module what the samples run, and puts the rest beside it.
fn part(project: &Project, generated: &Path) -> Result<()> {
    let first = generated.join(format!("{CRATE}_bg.wasm"));
    let whole = fs::read(&first)?;
    let marked = generated.join("marked.wasm");
    fs::write(&marked, split::marked(&whole)?)?;
    let (script, profile) = (project.front_end.join("src/worker/module.js"), project.root.join("xtask/profile.mjs"));
    let mut entered = HashSet::new();
    for sample in fs::read_dir(project.front_end.join("samples"))? {
        let sample = sample?.path();
        let numbers = cmd!(project.shell, "node {profile} {script} {marked} {sample}").quiet().read()?;
        entered.extend(serde_json::from_str::<Vec<usize>>(&numbers).context("the profile is no list of numbers")?);
    }
    let parts = split::split(&whole, &entered)?;
    fs::write(first, parts.first)?;
    fs::write(generated.join(format!("{CRATE}_rest.wasm")), parts.rest)?;
    Ok(fs::remove_file(marked)?)
}
