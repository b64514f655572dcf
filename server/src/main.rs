//! The `podhop` command.

use std::process::ExitCode;

use clap::Parser;
use podhop::cli::Cli;

fn main() -> ExitCode {
    match podhop::commands::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("podhop: {error}");
            ExitCode::FAILURE
        }
    }
}
