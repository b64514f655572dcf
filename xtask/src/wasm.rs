//! The simulator as WebAssembly: compiled, bound to JavaScript, and made small, in `static/generated`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;
use xshell::cmd;

use crate::project::{Project, is_current, say, step};
use crate::{brotli, setup};

const CRATE: &str = "playground_wasm";

/// What rustc's wasm32 target uses, so that wasm-opt may too.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds the module and its JavaScript; needs the npm packages for wasm-opt.
pub fn build(project: &Project, debug: bool) -> Result<()> {
    setup::wasm_target(project)?;
    let compiled = compile(project, debug)?;
    let generated = project.front_end.join("generated");
    let module = generated.join(format!("{CRATE}_bg.wasm"));
    // Which build the folder holds: both kinds are written to the same place.
    let stamp = generated.join(if debug { "debug" } else { "optimized" });
    if is_current(&stamp, &compiled) {
        return Ok(());
    }
    step("Binding the simulator to JavaScript", || bind(&compiled, &generated))?;
    if !debug {
        shrink(project, &module)?;
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

fn bind(compiled: &Path, generated: &Path) -> Result<()> {
    if generated.exists() {
        fs::remove_dir_all(generated)?;
    }
    Bindgen::new()
        .input_path(compiled)
        .web(true)
        .map_err(|error| anyhow!("{error:#}"))?
        .typescript(true)
        .generate(generated)
        .map_err(|error| anyhow!("{error:#}"))
}

/// Runs wasm-opt, and keeps its result if that is smaller once compressed.
fn shrink(project: &Project, module: &Path) -> Result<()> {
    let wasm_opt = project.front_end.join("node_modules/binaryen/bin/wasm-opt");
    if !wasm_opt.is_file() {
        say("wasm-opt is not installed (npm package binaryen), so the module stays as the compiler left it");
        return Ok(());
    }
    let shell = &project.shell;
    let optimized = module.with_extension("opt.wasm");
    step("Optimizing the module", || {
        cmd!(shell, "node {wasm_opt} -Oz {FEATURES...} {module} -o {optimized}").quiet().run()?;
        let before = brotli::compress(&fs::read(module)?)?.len();
        let after = brotli::compress(&fs::read(&optimized)?)?.len();
        say(&format!("Module: {before} bytes in brotli as compiled, {after} after wasm-opt"));
        if after < before {
            fs::rename(&optimized, module)?;
        } else {
            fs::remove_file(&optimized)?;
        }
        Ok(())
    })
}
