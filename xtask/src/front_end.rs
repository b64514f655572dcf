//! The front end: bundled by its own npm scripts into `static/dist`, then compressed.

use std::fs;
use std::path::{Path, PathBuf};

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
    let dist = project.front_end.join("dist");
    if is_bundled(project, &dist)? {
        return Ok(());
    }
    if dist.exists() {
        // Files of an earlier build have other hashes and would stay for ever.
        fs::remove_dir_all(&dist)?;
    }
    step("Bundling the front end", || npm(project, "build"))?;
    if debug {
        return Ok(());
    }
    step("Compressing the front end", || {
        for file in files(project)? {
            brotli::compress_beside(&file)?;
        }
        Ok(())
    })
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
fn is_bundled(project: &Project, dist: &Path) -> Result<bool> {
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
            if path.is_dir() {
                folders.push(path);
            } else if entry.metadata()?.modified()? > bundled {
                return Ok(false);
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
