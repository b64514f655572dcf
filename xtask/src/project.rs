//! Where things lie in the project, and how its commands run and report.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

/// The project's folders, and a shell that stands in its root.
pub struct Project {
    pub shell: Shell,
    pub root: PathBuf,
    /// Cargo's target folder, wherever it is configured to be.
    pub target: PathBuf,
    /// The front end: `static`.
    pub front_end: PathBuf,
}

impl Project {
    /// The project that this xtask was built from.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in no folder")?.to_owned();
        let shell = Shell::new()?;
        shell.change_dir(&root);
        let metadata = cmd!(shell, "cargo metadata --no-deps --format-version 1").quiet().read()?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { shell, target: target.into(), front_end: root.join("static"), root })
    }
}

/// Prints a line of progress.
pub fn say(line: &str) {
    eprintln!("podhop: {line}");
}

/// Does a step that takes a while: says so before, and how long it took after.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("{what} ..."));
    let start = Instant::now();
    let done = work().with_context(|| format!("failed at: {what}"))?;
    say(&format!("{what}: {:.1} s", start.elapsed().as_secs_f32()));
    Ok(done)
}

/// Whether `made` exists and is at least as new as `source`.
pub fn is_current(made: &Path, source: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    matches!((modified(made), modified(source)), (Some(made), Some(source)) if made >= source)
}
