//! One document's text to a [`Node`] tree: aliases and merge keys resolved, duplicate keys refused, size and depth bounded.

use crate::dto::Severity;
use crate::index::Index;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::node::{Key, Node, Scalar, Span, Value};
use super::scalar::{is_letter_boolean, resolve};
use super::split::Chunk;
use super::thin::{Thin, deepest, widen, widen_flow};

/// Values that aliases may add to a document; far past any manifest, far below what would fill the memory.
const ALIAS_BUDGET: usize = 100_000;
/// Levels of nesting; the deepest API type has about twenty.
const DEPTH_LIMIT: usize = 100;

/// Why a document could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub code: &'static str,
    /// A warning leaves the document as it is; so does an error that comes with a tree.
    pub severity: Severity,
    pub message: String,
    pub help: String,
    pub span: Span,
    /// Replacement text for `span`, with the label of the button that applies it.
    pub fix: Option<(String, String)>,
    /// The key, where it is one that its mapping has twice.
    pub twice: Option<String>,
}

impl SyntaxError {
    fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>, span: Span) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: help.into(), span, fix: None, twice: None }
    }
}

/// Reads one document.
///
/// Errors that leave the document readable (a duplicate key: the first is kept) are returned beside the tree.
pub fn parse_document(chunk: Chunk<'_>) -> (Option<Node>, Vec<SyntaxError>) {
    let (mut read, mut start) = parse(chunk, &[]);
    let mut text = String::new();
    let mut widened = Vec::new();
    // Each round mends one scalar, or what is left of one flow collection.
    for _ in 0..ROUND_LIMIT {
        let Some((thin, at)) = start.filter(|_| widened.len() < WIDENED_LIMIT) else { break };
        let so_far = if text.is_empty() { chunk.text } else { &text };
        let wider = match thin {
            Thin::Quoted => widen(so_far, &at, &mut widened),
            Thin::Flow => Some(widen_flow(so_far, &at, deepest(chunk.text) + 1, &mut widened)),
        };
        let Some(wider) = wider else { break };
        text = wider;
        let (again, next) = parse(Chunk { text: &text, ..chunk }, &widened);
        if next.is_none() && again.0.is_none() {
            break;
        }
        (read, start) = (again, next);
    }
    read
}

/// Lines that may be indented too little in one document.
const WIDENED_LIMIT: usize = 1_000;
/// Times that a document is read anew for them.
const ROUND_LIMIT: usize = 200;

/// A document's tree with its problems, and where the lines are whose indentation keeps it from being read; of a quoted scalar where
/// it begins.
type Parsed = ((Option<Node>, Vec<SyntaxError>), Option<(Thin, saphyr_parser::Marker)>);

fn parse(chunk: Chunk<'_>, widened: &[(usize, usize)]) -> Parsed {
    let mut reader = Reader {
        parser: Parser::new_from_str(chunk.text),
        shift: chunk.shift,
        widened,
        thin: None,
        wide: chunk.text.chars().any(is_wide).then(|| chunk.text.lines().collect()),
        anchors: Index::default(),
        alias_budget: ALIAS_BUDGET,
        problems: Vec::new(),
    };
    match reader.document() {
        Ok(node) => ((node, reader.problems), None),
        Err(fatal) => {
            let mut fatal = *fatal;
            explain(&mut fatal, chunk);
            // The first error is the cause; what was noted before it stays true.
            reader.problems.push(fatal);
            ((None, reader.problems), reader.thin)
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    shift: u32,
    /// Lines that `widen` and `widen_flow` have moved, with the number of columns.
    widened: &'a [(usize, usize)],
    thin: Option<(Thin, saphyr_parser::Marker)>,
    /// The lines, where some hold characters that UTF-16 needs two units for.
    wide: Option<Vec<&'a str>>,
    anchors: Index<usize, Node>,
    alias_budget: usize,
    problems: Vec<SyntaxError>,
}

type Read<T> = Result<T, Box<SyntaxError>>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Read<Option<Node>> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                (event, span) => {
                    let node = self.value(event, span, 0)?;
                    self.rest()?;
                    return Ok(Some(node));
                }
            }
        }
    }

    /// The splitter cut at every `---`, so nothing but the end may follow.
    fn rest(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (_, span) => {
                    return Err(Box::new(SyntaxError::new(
                        "yaml-syntax",
                        "a second document begins here without a line of `---` before it",
                        "Put `---` on a line of its own between two objects.",
                        span,
                    )));
                }
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'a>, Span)> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, self.span(span))),
            Some(Err(error)) => {
                let thin = match error.info() {
                    "invalid indentation in quoted scalar" => Some(Thin::Quoted),
                    "invalid indentation" | "invalid indentation in flow construct" => Some(Thin::Flow),
                    _ => None,
                };
                self.thin = thin.map(|thin| (thin, *error.marker()));
                Err(Box::new(self.syntax_error(&error)))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            line: number(span.start.line()),
            column: self.column(span.start),
            end_line: number(span.end.line()),
            end_column: self.column(span.end),
        }
    }

    /// The first line of a document lacks the `---` before it, which counts as three columns.
    fn column(&self, marker: saphyr_parser::Marker) -> u32 {
        let shift = if marker.line() == 1 { self.shift } else { 0 };
        let line = self.wide.as_ref().and_then(|lines| lines.get(marker.line().saturating_sub(1)));
        let second_units = line.map_or(0, |line| line.chars().take(marker.col()).filter(|&c| is_wide(c)).count());
        let moved: usize = self.widened.iter().filter(|(line, _)| *line == marker.line()).map(|(_, by)| *by).sum();
        u32::try_from((marker.col() + second_units).saturating_sub(moved)).unwrap_or(u32::MAX - shift) + shift
    }

    fn syntax_error(&self, error: &ScanError) -> SyntaxError {
        let at = *error.marker();
        let span = self.span(saphyr_parser::Span::empty(at));
        SyntaxError::new("yaml-syntax", error.info().to_owned(), String::new(), Span { end_column: span.end_column + 1, ..span })
    }

    fn value(&mut self, event: Event<'a>, span: Span, depth: usize) -> Read<Node> {
        if depth > DEPTH_LIMIT {
            return Err(Box::new(SyntaxError::new(
                "yaml-too-deep",
                format!("this is nested more than {DEPTH_LIMIT} levels deep"),
                "No Kubernetes object is that deep; look for brackets that are never closed.",
                span,
            )));
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if style == ScalarStyle::Plain && tag.is_none() && is_letter_boolean(&text) {
                    self.problems.push(letter_boolean(&text, span));
                }
                (Node { span, value: Value::Scalar(scalar(&text, style, tag.as_deref())) }, anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                let end = loop {
                    match self.next()? {
                        (Event::SequenceEnd, end) => break end,
                        (event, span) => items.push(self.value(event, span, depth + 1)?),
                    }
                };
                (Node { span: join(span, end), value: Value::Seq(items) }, anchor)
            }
            Event::MappingStart(anchor, _) => (self.mapping(span, depth)?, anchor),
            Event::Alias(anchor) => (self.alias(anchor, span)?, 0),
            other => {
                return Err(Box::new(SyntaxError::new(
                    "yaml-syntax",
                    format!("a value was expected here, not {other:?}"),
                    String::new(),
                    span,
                )));
            }
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Read<Node> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut merged: Vec<(Key, Node)> = Vec::new();
        let end = loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd, end) => break end,
                next => next,
            };
            let plain_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key_node = self.value(event, key_span, depth + 1)?;
            let (event, value_span) = self.next()?;
            let value = self.value(event, value_span, depth + 1)?;
            if plain_merge {
                merge(value, &mut merged);
                continue;
            }
            let Some(text) = key_text(&key_node) else {
                return Err(Box::new(SyntaxError::new(
                    "yaml-syntax",
                    "a key must be text, not a list or a mapping",
                    "A template placeholder such as {{ name }} wants quotes around it.",
                    key_span,
                )));
            };
            entries.push((Key { text, span: key_span }, value));
        };
        self.drop_duplicates(&mut entries);
        for (key, value) in merged {
            if !entries.iter().any(|(own, _)| own.text == key.text) {
                entries.push((key, value));
            }
        }
        Ok(Node { span: join(start, end), value: Value::Map(entries) })
    }

    /// Keeps the first of several entries with one key and notes each other one. Sorted, so that a long map stays cheap.
    fn drop_duplicates(&mut self, entries: &mut Vec<(Key, Node)>) {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_unstable_by_key(|&index| (entries[index].0.text.as_str(), index));
        let mut dropped: Vec<usize> = Vec::new();
        for run in order.chunk_by(|&a, &b| entries[a].0.text == entries[b].0.text) {
            let first = &entries[run[0]].0;
            for &again in &run[1..] {
                let (text, line) = (&first.text, first.span.line);
                self.problems.push(SyntaxError {
                    twice: Some(text.clone()),
                    ..SyntaxError::new(
                        "yaml-duplicate-key",
                        format!("key {text:?} already set in map (line {line})"),
                        format!("Remove one of the two `{text}:`, here or in line {line}."),
                        entries[again].0.span,
                    )
                });
                dropped.push(again);
            }
        }
        dropped.sort_unstable();
        for index in dropped.into_iter().rev() {
            entries.remove(index);
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Read<Node> {
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(Box::new(SyntaxError::new(
                "yaml-syntax",
                "this alias names an anchor that is not complete here",
                "An anchor cannot hold an alias to itself.",
                span,
            )));
        };
        match spend(target, self.alias_budget) {
            Some(left) => {
                self.alias_budget = left;
                Ok(target.clone())
            }
            None => Err(Box::new(SyntaxError::new(
                "yaml-aliases",
                "document contains excessive aliasing",
                format!("Aliases may add {ALIAS_BUDGET} values to a document; write the values out or use fewer."),
                span,
            ))),
        }
    }
}

fn is_wide(c: char) -> bool {
    c.len_utf16() > 1
}

/// The budget that is left after copying a tree, counted without building anything.
fn spend(node: &Node, budget: usize) -> Option<usize> {
    let budget = budget.checked_sub(1)?;
    match &node.value {
        Value::Scalar(_) => Some(budget),
        Value::Seq(items) => items.iter().try_fold(budget, |left, item| spend(item, left)),
        Value::Map(entries) => entries.iter().try_fold(budget, |left, (_, item)| spend(item, left)),
    }
}

fn merge(value: Node, into: &mut Vec<(Key, Node)>) {
    match value.value {
        Value::Map(entries) => {
            for (key, node) in entries {
                if !into.iter().any(|(own, _)| own.text == key.text) {
                    into.push((key, node));
                }
            }
        }
        Value::Seq(items) => items.into_iter().for_each(|item| merge(item, into)),
        Value::Scalar(_) => {}
    }
}

/// A key as the JSON that kubectl sends has it (`sigs.k8s.io/yaml`, `convertToJSONableObject`).
fn key_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(Scalar::Str(text)) => Some(text.clone()),
        Value::Scalar(Scalar::Bool(value)) => Some(value.to_string()),
        Value::Scalar(Scalar::Int(value)) => Some(value.to_string()),
        Value::Scalar(Scalar::UInt(value)) => Some(value.to_string()),
        Value::Scalar(Scalar::Float(value)) => Some(value.clone()),
        Value::Scalar(Scalar::Null) => Some("null".into()),
        Value::Seq(_) | Value::Map(_) => None,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Scalar {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Scalar::Str(text.to_owned()),
        Some(tag) if tag.is_yaml_core_schema() => resolve(text),
        _ if style == ScalarStyle::Plain => resolve(text),
        _ => Scalar::Str(text.to_owned()),
    }
}

fn letter_boolean(text: &str, span: Span) -> SyntaxError {
    let message = format!("kubectl reads the bare letter `{text}` as a boolean; Podhop takes it as text");
    SyntaxError {
        severity: Severity::Warning,
        fix: Some(("Put in quotes".into(), format!("\"{text}\""))),
        ..SyntaxError::new("yaml-letter-boolean", message, "Put quotes around it.", span)
    }
}

fn join(start: Span, end: Span) -> Span {
    Span { end_line: end.end_line, end_column: end.end_column, ..start }
}

/// Says what usually causes an error that the scanner names by its symptom.
fn explain(error: &mut SyntaxError, chunk: Chunk<'_>) {
    let local = error.span.line.saturating_sub(1) as usize;
    let lines: Vec<&str> = chunk.text.lines().collect();
    let indentation = |line: &str| line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t');
    let tabbed = (0..=local.min(lines.len().saturating_sub(1))).rev().take(3).find(|&i| lines.get(i).is_some_and(|line| indentation(line)));
    if let Some(index) = tabbed {
        let line = u32::try_from(index).unwrap_or(0) + 1;
        error.code = "yaml-tab";
        error.message = "a tab indents this line; YAML takes spaces only".into();
        error.help = "Replace the tab with spaces.".into();
        let width = lines[index].chars().take_while(|c| c.is_whitespace()).count();
        error.span = Span { line, column: 0, end_line: line, end_column: u32::try_from(width).unwrap_or(1) };
    } else if error.code == "yaml-syntax" && local + 1 >= lines.len() {
        error.help = "The text ends in the middle of a value: was the paste cut off, or is a quote or bracket left open?".into();
    } else if error.code == "yaml-syntax" && error.help.is_empty() {
        error.help = "Look at the indentation, and for a missing `:` or quote, here and in the line above.".into();
    }
    // An error at the very end points past the last line: point at the last line that exists.
    if local >= lines.len() && !lines.is_empty() && error.code == "yaml-syntax" {
        let line = u32::try_from(lines.len()).unwrap_or(1);
        let width = lines.last().map_or(0, |line| u32::try_from(line.chars().count()).unwrap_or(0));
        error.span = Span { line, column: 0, end_line: line, end_column: width.max(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_as_an_editor_does() {
        let chunk = Chunk { text: "a: \"\u{1f682}\" \nb: {c: \u{1f682}\u{1f682}, d: 1}\n", start: 0, first_line: 0, shift: 0 };
        let (node, problems) = parse_document(chunk);
        assert_eq!(problems, []);
        let d = node.as_ref().and_then(|node| node.get("b")).and_then(|b| b.key("d")).map(|key| (key.span.line, key.span.column));
        assert_eq!(d, Some((2, 13)));
    }
}
