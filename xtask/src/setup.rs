//! What a fresh machine lacks: installed where that is possible, named where it is not.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::project::{Project, is_current, say, step};

const OLDEST_NODE: u32 = 20;

/// Makes sure that Rust can compile to WebAssembly.
pub fn wasm_target(project: &Project) -> Result<()> {
    let shell = &project.shell;
    let sysroot = cmd!(shell, "rustc --print sysroot").quiet().read()?;
    if Path::new(&sysroot).join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        return Ok(());
    }
    step("Installing the Rust target wasm32-unknown-unknown", || {
        cmd!(shell, "rustup target add wasm32-unknown-unknown")
            .quiet()
            .run()
            .context("install it with `rustup target add wasm32-unknown-unknown`")
    })
}

/// Makes sure that Node is there and new enough.
pub fn node(project: &Project) -> Result<()> {
    let shell = &project.shell;
    let advice = format!("Podhop's front end is built with Node {OLDEST_NODE} or newer: install it from your system's packages");
    let version = cmd!(shell, "node --version").quiet().read().context(advice.clone())?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node {version} is too old. {advice}"),
    }
}

/// Installs the npm packages of a folder, unless what is installed is as new as its lock file.
pub fn npm_packages(project: &Project, folder: &Path) -> Result<()> {
    if is_current(&folder.join("node_modules/.package-lock.json"), &folder.join("package-lock.json")) {
        return Ok(());
    }
    let shell = &project.shell;
    let _dir = shell.push_dir(folder);
    step("Installing npm packages", || Ok(cmd!(shell, "npm ci --no-audit --no-fund").quiet().run()?))
}

/// A Chromium for the browser tests: from `CHROMIUM`, from the path, or newly installed where that can be done unasked.
pub fn chromium(project: &Project) -> Result<Option<PathBuf>> {
    if let Some(found) = find_chromium()? {
        return Ok(Some(found));
    }
    apt_install(project, "Chromium", &["chromium"]);
    find_chromium()
}

/// The tools with which the kernel test builds networks and loads rules; where they cannot be had, the test says that it is skipped.
pub fn network_tools(project: &Project) {
    let missing = ["ip", "iptables-restore", "nft"].iter().any(|tool| in_path(tool).is_none());
    if env::consts::OS == "linux" && missing {
        apt_install(project, "iproute2, iptables and nftables", &["iproute2", "iptables", "nftables"]);
    }
}

/// Installs packages of Debian or Ubuntu where that can be done unasked; a failure is told and ends nothing.
fn apt_install(project: &Project, what: &str, packages: &[&str]) {
    let shell = &project.shell;
    let is_root = cmd!(shell, "id -u").quiet().ignore_stderr().read().is_ok_and(|id| id == "0");
    if !is_root || in_path("apt-get").is_none() {
        return;
    }
    let installed = step(&format!("Installing {what}"), || {
        cmd!(shell, "apt-get update").quiet().ignore_stdout().run()?;
        Ok(cmd!(shell, "apt-get install -y --no-install-recommends {packages...}").quiet().ignore_stdout().run()?)
    });
    if let Err(error) = installed {
        say(&format!("{error:#}"));
    }
}

fn find_chromium() -> Result<Option<PathBuf>> {
    if let Some(path) = env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM is set to {}, which is no file", path.display());
        }
        return Ok(Some(path));
    }
    let on_macos = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"];
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let installed = on_macos.into_iter().map(PathBuf::from).find(|path| path.is_file());
    Ok(names.into_iter().find_map(in_path).or(installed))
}

fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}
