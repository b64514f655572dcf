//! The command line, as clap reads it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Podhop: see how containers talk in Kubernetes.
#[derive(Debug, Parser)]
#[command(version, after_help = "Start with `podhop serve` and open the address it prints. It needs no cluster and no network.")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// What `podhop` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the course and the playground
    Serve(ServeArgs),
    /// Find what is wrong with manifests, with the line and the fix
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Answer questions about manifests: JSON lines in, JSON lines out
    #[command(after_help = SIMULATE_HELP)]
    Simulate,
}

/// Options of `podhop serve`.
#[derive(Debug, Args)]
#[command(after_help = "Set RUST_LOG (for example RUST_LOG=debug) to change what is logged to standard error.")]
pub struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "PODHOP_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Folder of your own lessons, shown with the built-in ones; one with the same name takes its place
    #[arg(long, value_name = "DIR", env = "PODHOP_LESSONS")]
    pub lessons: Option<PathBuf>,
}

/// Options of `podhop check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Manifests, folders of them, or `-` for standard input
    #[arg(value_name = "FILES", required = true)]
    pub files: Vec<PathBuf>,

    /// How to print the findings
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: each with its lines and the change that mends it
    #[default]
    Text,
    Json,
    /// SARIF 2.1.0, as code scanning services read it
    Sarif,
    /// GitHub Actions' annotations
    Github,
}

const CHECK_HELP: &str = r"All files make one cluster, which is simulated; a folder gives the manifests below it (*.yaml, *.yml, *.json).

  podhop check deploy/
  kubectl get all,networkpolicies,configmaps -A -o yaml | podhop check -

Exit status: 0 without errors (there may be warnings), 1 with errors, 2 where the files could not be read.";

const SIMULATE_HELP: &str = r#"Each input line is a scenario: manifests, and a query about the cluster they make.

  {"id": "1", "manifests": ["apiVersion: v1\nkind: Pod\n..."], "query": {"kind": "request",
   "from": {"ip": "198.51.100.7"}, "to": {"url": "http://203.0.113.1/"}}}

Each output line is its answer, in input order: {"id": "1", "answer": {...}}, with "warnings" where
something was set aside, or {"id": "1", "error": "..."} where the scenario could not be read.
Exit status: 0 when all input was answered, 2 where the input is not JSON lines."#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serve_listens_on_the_loopback_address_unless_told_otherwise() {
        let cli = Cli::try_parse_from(["podhop", "serve"]).unwrap();
        let Command::Serve(args) = cli.command else { panic!("not serve: {cli:?}") };
        assert_eq!(args.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(args.lessons, None);
    }
}
