//! Findings as one JSON object.

use std::io::{self, Write};

use playground_wasm::dto::{Diagnostic, Severity, TextRange};
use serde_json::{Value, json};

use super::Checked;

/// Writes all that was found, notes included, and how much of each.
pub fn write(checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    let findings: Vec<Value> = checked.diagnostics.iter().map(|diagnostic| finding(checked, diagnostic)).collect();
    let count = |severity| checked.count(severity);
    let all = json!({
        "findings": findings,
        "objects": checked.objects,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn finding(checked: &Checked, diagnostic: &Diagnostic) -> Value {
    let mut value = json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "object": diagnostic.object,
        "field": diagnostic.field,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "fix": Value::Null,
    });
    if let Some(range) = diagnostic.range {
        value["place"] = place(checked, &range);
    }
    if let Some(fix) = &diagnostic.fix {
        let edit = |edit: &playground_wasm::dto::Edit| json!({"place": place(checked, &edit.range), "text": edit.text});
        value["fix"] = json!({"title": fix.title, "edits": fix.edits.iter().map(edit).collect::<Vec<_>>()});
    }
    value
}

fn place(checked: &Checked, range: &TextRange) -> Value {
    let file = checked.files.get(range.file as usize).map(|file| &file.name);
    json!({"file": file, "line": range.line, "column": range.column, "end_line": range.end_line, "end_column": range.end_column})
}
