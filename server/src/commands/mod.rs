//! What each subcommand of `podhop` does, one file each.

mod check;
mod serve;
mod simulate;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Runs the subcommand; the error's text is for the person at the terminal.
pub fn run(cli: Cli) -> Result<ExitCode, Box<dyn std::error::Error>> {
    match cli.command {
        Command::Serve(args) => {
            serve::run(args)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(args) => Ok(check::run(&args)),
        Command::Simulate => Ok(simulate::run()?),
    }
}
