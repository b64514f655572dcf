//! `podhop simulate`: the simulator without a browser, from standard input to standard output.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use stub::{self as simulate, Status};

/// Answers every scenario on standard input; exit status 2 where a line was not JSON.
pub fn run() -> io::Result<ExitCode> {
    let output = BufWriter::new(io::stdout().lock());
    match simulate::run(io::stdin().lock(), output)? {
        Status::Answered => Ok(ExitCode::SUCCESS),
        Status::NotJsonLines => Ok(ExitCode::from(2)),
    }
}

/// Stands in for `playground_wasm::simulate` until that exists.
mod stub {
    use std::io::{self, BufRead, Write};

    pub enum Status {
        Answered,
        NotJsonLines,
    }

    pub fn run(input: impl BufRead, mut output: impl Write) -> io::Result<Status> {
        for line in input.lines() {
            let Ok(scenario) = serde_json::from_str::<serde_json::Value>(&line?) else {
                return Ok(Status::NotJsonLines);
            };
            let answer = serde_json::json!({"id": scenario["id"], "error": "the simulator is not built in yet"});
            writeln!(output, "{answer}")?;
        }
        Ok(Status::Answered)
    }
}
