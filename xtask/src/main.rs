//! The developer's commands: `cargo xtask serve`, `build`, `test`, `types`, `bench`.
//!
//! They set up what they need on a machine with rustup, Node and git, and print a line for each long step.

mod bench;
mod brotli;
mod front_end;
mod project;
mod server;
mod setup;
mod split;
mod test;
mod types;
mod wasm;

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;

/// Podhop's developer commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and serve it
    Serve {
        /// Build fast and unoptimized
        #[arg(long)]
        debug: bool,
        /// Address and port to listen on
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Leave the self-contained release binary at release/podhop of the target folder
    Build,
    /// Check everything: format, lints, unit, scenario, HTTP and browser tests, TypeScript
    Test,
    /// Write the TypeScript types of what the simulator says, static/src/dto.ts
    Types,
    /// Run the benchmarks and weigh what the page loads
    Bench,
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not its backtrace, which says where in xtask: what was being done matters, and that is in the message.
            project::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<()> {
    let project = Project::find()?;
    match command {
        Command::Serve { debug, listen } => server::serve(&project, *debug, *listen),
        Command::Build => {
            let binary = server::build(&project, false)?;
            project::say(&format!("The binary is {}", binary.display()));
            Ok(())
        }
        Command::Test => test::run(&project),
        Command::Types => types::write(&project),
        Command::Bench => bench::run(&project),
    }
}
