//! The front end: bundled by its own npm scripts into `static/dist`, then compressed.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say, step};
use crate::{brotli, setup, wasm};

/// Makes `static/dist` ready to be embedded; says so where there is no front end to build.
pub fn build(project: &Project, debug: bool) -> Result<()> {
    if !exists(project) {
        wasm::build(project, debug)?;
        say("There is no static/package.json, so no front end is built");
        return Ok(());
    }
    setup::node(project)?;
    setup::npm_packages(project, &project.front_end)?;
    wasm::build(project, debug)?;
    if !is_bundled(project)? {
        step("Bundling the front end", || npm(project, "build"))?;
    }
    // A debug build may be sent as it is.
    let left: Vec<PathBuf> = files(project)?.into_iter().filter(|file| !debug && !brotli::beside(file).exists()).collect();
    if left.is_empty() {
        return Ok(());
    }
    step("Compressing the front end", || left.iter().try_for_each(|file| brotli::compress_beside(file)))
}

/// Checks the types of the TypeScript; after [`build`], which makes what it imports.
pub fn check(project: &Project) -> Result<()> {
    if !exists(project) {
        return Ok(());
    }
    step("Checking the TypeScript", || npm(project, "check"))
}

/// The files in `static/dist/assets`, without their compressed forms, by name.
pub fn files(project: &Project) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(project.front_end.join("dist/assets"))? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_none_or(|extension| extension != "br") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether everything in `static` is older than the last bundle.
fn is_bundled(project: &Project) -> Result<bool> {
    let dist = project.front_end.join("dist");
    let Ok(bundled) = dist.join("manifest.json").metadata().and_then(|metadata| metadata.modified()) else {
        return Ok(false);
    };
    let mut folders = vec![project.front_end.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_name() == "node_modules" || path == dist {
                continue;
            }
            // A folder too is newer where a file was taken out of it.
            if entry.metadata()?.modified()? > bundled {
                return Ok(false);
            }
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(true)
}

fn exists(project: &Project) -> bool {
    project.front_end.join("package.json").is_file()
}

fn npm(project: &Project, script: &str) -> Result<()> {
    let shell = &project.shell;
    let _dir = shell.push_dir(&project.front_end);
    Ok(cmd!(shell, "npm run --silent {script}").quiet().run()?)
}
