//! What there is to say about a text, at its place in the file.

use crate::cluster::text_range;
use crate::control::Placed;
use crate::dto::{Diagnostic, Edit, Fix, Severity, TextRange};
use crate::object::Problem;
use crate::text::{SyntaxError, path_string};

/// An error of a document with its place in the file.
pub(super) fn syntax_diagnostic(error: &SyntaxError, file: u32, first_line: u32) -> Diagnostic {
    let range = text_range(file, first_line, error.span);
    Diagnostic {
        severity: error.severity,
        code: error.code.to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
        object: None,
        field: None,
        range: Some(range),
        fix: fix(error.fix.as_ref(), Some(range)),
    }
}

/// A problem of an object with its place in the file.
pub fn problem_diagnostic(problem: &Problem, placed: &Placed) -> Diagnostic {
    let range = placed.file.map(|file| text_range(file, placed.first_line, problem.span));
    Diagnostic {
        severity: problem.severity,
        code: problem.code.to_owned(),
        message: problem.message.clone(),
        help: problem.help.clone(),
        object: Some(placed.manifest.id.to_string()),
        field: Some(path_string(&problem.path)).filter(|field| !field.is_empty()),
        range,
        fix: fix(problem.fix.as_ref(), range),
    }
}

fn fix(replacement: Option<&(String, String)>, range: Option<TextRange>) -> Option<Fix> {
    let ((title, text), range) = replacement.zip(range)?;
    Some(Fix { title: title.clone(), edits: vec![Edit { range, text: text.clone() }] })
}

/// An object stands there a second time.
pub(super) fn duplicate(placed: &Placed, earlier: &Placed) -> Diagnostic {
    let range = |placed: &Placed| -> Option<TextRange> {
        let span = placed.manifest.root.locate(&["metadata".into(), "name".into()]);
        placed.file.map(|file| text_range(file, placed.first_line, span))
    };
    let id = &placed.manifest.id;
    let line = range(earlier).map_or(0, |range| range.line);
    Diagnostic {
        severity: Severity::Warning,
        code: "duplicate-object".into(),
        message: format!("{} {} stands here again; applying this text would replace the one in line {line}", id.kind, id.name),
        help: "Remove one of the two, or give this one another name.".into(),
        object: Some(id.to_string()),
        field: Some("metadata.name".into()),
        range: range(placed),
        fix: None,
    }
}
