//! Findings for people: the lines with a caret, and the change that mends them.

use std::io::{self, Write};
use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use playground_wasm::dto::{Diagnostic, Fix, Severity};

use super::files::is_kustomization;
use super::{Checked, place};

/// Writes every error and warning, then how many there were.
pub fn write(checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    let renderer = Renderer::styled();
    for diagnostic in checked.diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note) {
        let report = report(checked, diagnostic);
        writeln!(out, "{}\n", renderer.render(&report))?;
    }
    if let Some(first) = checked.files.iter().find(|file| is_kustomization(Path::new(&file.name))) {
        let folder = Path::new(&first.name).parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.display();
        let note = format!("{} is not applied; `kubectl kustomize {folder} | podhop check -` checks what it makes", first.name);
        let report = [Group::with_title(Level::NOTE.primary_title(note))];
        writeln!(out, "{}\n", renderer.render(&report))?;
    }
    writeln!(out, "{}", summary(checked))
}

fn report<'a>(checked: &'a Checked, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
    let level = if diagnostic.severity == Severity::Error { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let object = diagnostic.object.as_deref().unwrap_or_default();
    let source = |file: u32| checked.files.get(file as usize);
    let placed = diagnostic.range.and_then(|range| Some((range, source(range.file)?)));
    let mut main = match placed {
        Some((range, file)) => {
            let annotation = AnnotationKind::Primary.span(place::bytes(&file.text, &range)).label(object);
            title.element(Snippet::source(file.text.as_str()).path(file.name.as_str()).annotation(annotation))
        }
        None => Group::with_title(title),
    };
    if !diagnostic.help.is_empty() && diagnostic.fix.is_none() {
        main = main.element(Level::HELP.message(diagnostic.help.as_str()));
    }
    let fix = diagnostic.fix.as_ref().and_then(|fix| Some((fix, patches(checked, fix)?)));
    match fix {
        Some((fix, snippet)) => vec![main, Level::HELP.secondary_title(fix.title.as_str()).element(snippet)],
        None => vec![main],
    }
}

/// The file with the changes of a fix, where they are all in one.
fn patches<'a>(checked: &'a Checked, fix: &'a Fix) -> Option<Snippet<'a, Patch<'a>>> {
    let number = fix.edits.first()?.range.file;
    let file = checked.files.get(number as usize).filter(|_| fix.edits.iter().all(|edit| edit.range.file == number))?;
    let edits = fix.edits.iter().map(|edit| Patch::new(place::bytes(&file.text, &edit.range), edit.text.as_str()));
    Some(Snippet::source(file.text.as_str()).path(file.name.as_str()).patches(edits))
}

fn summary(checked: &Checked) -> String {
    let count = |number: usize, what: &str| match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    let objects = count(checked.objects as usize, "object");
    let left_out = match checked.count(Severity::Note) {
        0 => String::new(),
        notes => format!("; {} not simulated or taken as optional, see --format json", count(notes, "thing")),
    };
    let files = count(checked.files.len(), "file");
    format!("{} and {} in {objects} of {files}{left_out}", count(errors, "error"), count(warnings, "warning"))
}
