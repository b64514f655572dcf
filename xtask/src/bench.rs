//! `cargo xtask bench`: native speed, speed in WebAssembly, and the weight of the page.

use anyhow::Result;
use xshell::cmd;

use crate::project::{Project, say, step};
use crate::{brotli, front_end};

/// Runs the benchmarks and prints what the page's files weigh.
pub fn run(project: &Project) -> Result<()> {
    let shell = &project.shell;
    step("Measuring native speed", || Ok(cmd!(shell, "cargo bench --workspace").quiet().run()?))?;
    front_end::build(project, false)?;
    let script = project.root.join("tests/bench/wasm.mjs");
    if script.is_file() {
        step("Measuring speed in WebAssembly", || Ok(cmd!(shell, "node {script}").quiet().run()?))?;
    } else {
        say("There is no tests/bench/wasm.mjs, so speed in WebAssembly is not measured");
    }
    weigh(project)
}

/// Prints the size of every file as it is sent, and their sum.
fn weigh(project: &Project) -> Result<()> {
    let mut total = 0;
    println!("{:>10} {:>10}  file", "bytes", "as sent");
    for file in front_end::files(project)? {
        let plain = file.metadata()?.len();
        let sent = brotli::beside(&file).metadata().map_or(plain, |metadata| metadata.len());
        total += sent;
        println!("{plain:>10} {sent:>10}  {}", file.file_name().unwrap_or_default().to_string_lossy());
    }
    println!("{:>10} {total:>10}  all of the front end", "");
    Ok(())
}
