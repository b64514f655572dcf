//! Findings as workflow commands of GitHub Actions, which shows them beside the lines of a change.

use std::io::{self, Write};

use playground_wasm::dto::Severity;

use super::Checked;

/// Writes one command for each finding.
pub fn write(checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    for diagnostic in &checked.diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some((range, file)) = diagnostic.range.and_then(|range| Some((range, checked.files.get(range.file as usize)?))) {
            properties.push(format!("file={}", escape(&file.name, true)));
            properties.push(format!("line={},col={},endLine={},endColumn={}", range.line, range.column, range.end_line, range.end_column));
        }
        properties.push(format!("title={}", escape(&diagnostic.code, true)));
        let object = diagnostic.object.as_deref().map_or_else(String::new, |object| format!("{object}: "));
        let fix = diagnostic.fix.as_ref().map_or(diagnostic.help.as_str(), |fix| fix.title.as_str());
        let rest = if fix.is_empty() { String::new() } else { format!("\n{fix}") };
        writeln!(out, "::{level} {}::{}", properties.join(","), escape(&format!("{object}{}{rest}", diagnostic.message), false))?;
    }
    Ok(())
}

/// What the runner's parser gives a meaning of its own.
fn escape(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_reads_is_escaped() {
        assert_eq!(escape("100%\na:b,c", true), "100%25%0Aa%3Ab%2Cc");
        assert_eq!(escape("a:b,c", false), "a:b,c");
    }
}
