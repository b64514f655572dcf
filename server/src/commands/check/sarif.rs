//! Findings as SARIF 2.1.0, with the rules they break and the replacements that mend them.

use std::io::{self, Write};

use playground_wasm::diagnose::code;
use playground_wasm::dto::{Diagnostic, Severity, TextRange};
use serde_sarif::sarif::{
    ArtifactChange, ArtifactContent, ArtifactLocation, Fix, Location, LogicalLocation, Message, MultiformatMessageString, PhysicalLocation,
    PropertyBag, Region, Replacement, ReportingDescriptor, Result as SarifResult, ResultLevel, Run, SCHEMA_URL, Sarif, Tool, ToolComponent,
};

use super::Checked;

/// Writes one run.
pub fn write(checked: &Checked, out: &mut impl Write) -> io::Result<()> {
    let rules: Vec<ReportingDescriptor> = rules(checked);
    let results = checked.diagnostics.iter().map(|diagnostic| result(checked, diagnostic, &rules)).collect::<Vec<_>>();
    let driver = ToolComponent::builder().name("podhop").version(env!("CARGO_PKG_VERSION")).rules(rules).build();
    let run = Run::builder().tool(Tool::builder().driver(driver).build()).column_kind("utf16CodeUnits").results(results).build();
    let sarif = Sarif::builder().schema(SCHEMA_URL).version(serde_json::json!("2.1.0")).runs(vec![run]).build();
    serde_json::to_writer_pretty(&mut *out, &sarif)?;
    writeln!(out)
}

/// The rules of all findings, those that no finding code stands for with their code alone.
fn rules(checked: &Checked) -> Vec<ReportingDescriptor> {
    let mut codes: Vec<&str> = checked.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rule = |name: &str| {
        let about = code::ALL.iter().find(|(code, _)| code.name == name).map_or(name, |(_, about)| about.trim());
        let text = MultiformatMessageString::builder().text(about).build();
        ReportingDescriptor::builder().id(name).short_description(text).build()
    };
    codes.into_iter().map(rule).collect()
}

fn result(checked: &Checked, diagnostic: &Diagnostic, rules: &[ReportingDescriptor]) -> SarifResult {
    let level = match diagnostic.severity {
        Severity::Error => ResultLevel::Error,
        Severity::Warning => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    };
    let text = [diagnostic.message.as_str(), diagnostic.help.as_str()].join("\n");
    let index = rules.iter().position(|rule| rule.id == diagnostic.code);
    let mut result =
        SarifResult::builder().rule_id(diagnostic.code.as_str()).level(level).message(Message::builder().text(text.trim()).build()).build();
    result.rule_index = index.and_then(|index| i64::try_from(index).ok());
    let object = diagnostic.object.as_ref().map(|object| vec![LogicalLocation::builder().fully_qualified_name(object.as_str()).build()]);
    let mut location = Location::builder().build();
    location.logical_locations = object;
    location.physical_location = diagnostic.range.map(|range| physical(checked, &range));
    result.locations = Some(vec![location]);
    result.fixes = diagnostic.fix.as_ref().map(|fix| {
        let changes = fix.edits.iter().map(|edit| {
            let content = ArtifactContent::builder().text(edit.text.as_str()).build();
            let replacement = Replacement::builder().deleted_region(region(&edit.range)).inserted_content(content).build();
            ArtifactChange::builder().artifact_location(artifact(checked, edit.range.file)).replacements(vec![replacement]).build()
        });
        let description = Message::builder().text(fix.title.as_str()).build();
        vec![Fix::builder().description(description).artifact_changes(changes.collect::<Vec<_>>()).build()]
    });
    result.properties = diagnostic.field.as_ref().map(|field| {
        let fields = std::collections::BTreeMap::from([("field".to_owned(), serde_json::json!(field))]);
        PropertyBag::builder().additional_properties(fields).build()
    });
    result
}

fn physical(checked: &Checked, range: &TextRange) -> PhysicalLocation {
    PhysicalLocation::builder().artifact_location(artifact(checked, range.file)).region(region(range)).build()
}

fn artifact(checked: &Checked, file: u32) -> ArtifactLocation {
    let name = checked.files.get(file as usize).map_or("", |file| file.name.as_str());
    ArtifactLocation::builder().uri(uri(name)).build()
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path = path.replace('\\', "/");
    path.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn region(range: &TextRange) -> Region {
    Region::builder()
        .start_line(i64::from(range.line))
        .start_column(i64::from(range.column))
        .end_line(i64::from(range.end_line))
        .end_column(i64::from(range.end_column))
        .build()
}
