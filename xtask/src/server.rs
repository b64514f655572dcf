//! The `podhop` binary: built with the front end inside, and run.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use xshell::cmd;

use crate::front_end;
use crate::project::{Project, step};

/// Builds everything; the path of the binary.
pub fn build(project: &Project, debug: bool) -> Result<PathBuf> {
    front_end::build(project, debug)?;
    binary(project, debug)
}

/// Builds the binary around the front end as it lies there.
fn binary(project: &Project, debug: bool) -> Result<PathBuf> {
    let shell = &project.shell;
    let (profile, folder) = if debug { ("dev", "debug") } else { ("release", "release") };
    step("Compiling the server", || Ok(cmd!(shell, "cargo build --package podhop --bin podhop --profile {profile}").quiet().run()?))?;
    let name = format!("podhop{}", std::env::consts::EXE_SUFFIX);
    Ok(project.target.join(folder).join(name))
}

/// Builds everything and serves it; the server prints its address.
pub fn serve(project: &Project, debug: bool, listen: SocketAddr) -> Result<()> {
    let binary = build(project, debug)?;
    let mut server = std::process::Command::new(binary);
    server.arg("serve").arg("--listen").arg(listen.to_string());
    become_process(server)
}

/// Takes this process's place, so that a signal to it reaches the server.
#[cfg(unix)]
fn become_process(mut command: std::process::Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_process(mut command: std::process::Command) -> Result<()> {
    let status = command.status()?;
    anyhow::ensure!(status.success(), "the server ended with {status}");
    Ok(())
}
