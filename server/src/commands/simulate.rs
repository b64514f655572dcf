//! `podhop simulate`: the simulator without a browser, from standard input to standard output.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use playground_wasm::simulate::{self, Status};

/// Answers every scenario on standard input; exit status 2 where a line was not JSON.
pub fn run() -> io::Result<ExitCode> {
    let output = BufWriter::new(io::stdout().lock());
    match simulate::run(io::stdin().lock(), output)? {
        Status::Done => Ok(ExitCode::SUCCESS),
        Status::NotJson => Ok(ExitCode::from(2)),
    }
}
