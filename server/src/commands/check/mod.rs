//! `podhop check`: what is wrong with manifests, found by the same engine as in the playground.

mod data;
mod files;
mod github;
mod place;
mod sarif;
mod text;

use std::io::{self, Write};
use std::process::ExitCode;

use playground_wasm::dto::{Diagnostic, Severity, SourceFile};
use playground_wasm::playground::Playground;

use crate::cli::{CheckArgs, Format};

/// The manifests with everything that was found in them.
struct Checked {
    files: Vec<SourceFile>,
    objects: u32,
    diagnostics: Vec<Diagnostic>,
}

impl Checked {
    fn new(files: Vec<SourceFile>) -> Self {
        let mut playground = Playground::default();
        let view = playground.load(&files);
        Self { objects: view.objects, diagnostics: view.diagnostics.clone(), files }
    }

    fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

/// Checks the files and prints what was found; the exit status is 1 where there are errors, 2 where a file cannot be read.
pub fn run(args: &CheckArgs) -> ExitCode {
    match check(args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("podhop: {error}");
            ExitCode::from(2)
        }
    }
}

/// Gives the number of errors.
fn check(args: &CheckArgs) -> io::Result<usize> {
    let checked = Checked::new(files::read(&args.files)?);
    // What prints colors takes them out where nobody sees them: no terminal, or NO_COLOR.
    let mut out = io::BufWriter::new(anstream::stdout());
    match args.format {
        Format::Text => text::write(&checked, &mut out),
        Format::Json => data::write(&checked, &mut out),
        Format::Sarif => sarif::write(&checked, &mut out),
        Format::Github => github::write(&checked, &mut out),
    }?;
    out.flush()?;
    Ok(checked.count(Severity::Error))
}
