//! Text edits that mend a manifest and leave its author's formatting alone.
//!
//! An edit is only offered where the text at its place reads as expected: a value that an alias or a merge key brought from
//! somewhere else is left to the author.

use crate::cluster::Source;
use crate::dto::{Edit, Fix};
use crate::text::{Node, Scalar, Span, Step, Value};

/// A fix of these edits, if all of them can be made.
pub fn fix(title: String, edits: impl IntoIterator<Item = Option<Edit>>) -> Option<Fix> {
    let edits: Vec<Edit> = edits.into_iter().collect::<Option<_>>()?;
    (!edits.is_empty()).then_some(Fix { title, edits })
}

/// The value that is written at a path.
pub fn at<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Field(field) => node.get(field),
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().get(*index),
    })
}

/// The name that a path ends in, and what holds it.
fn last(path: &[Step]) -> Option<(&str, &[Step])> {
    match path.split_last()? {
        (Step::Field(name), parent) => Some((name, parent)),
        (Step::Key(name), parent) => Some((name, parent)),
        (Step::Index(_), _) => None,
    }
}

/// Puts another value in place of a scalar, in the quotes that it has.
pub fn replace(source: &Source, path: &[Step], value: &str) -> Option<Edit> {
    let node = at(&source.root, path)?;
    let Value::Scalar(old) = &node.value else { return None };
    let raw = raw(source, node.span)?;
    let text = match raw.as_bytes().first()? {
        b'"' => format!("\"{value}\""),
        b'\'' => format!("'{value}'"),
        _ => {
            let number = matches!(old, Scalar::Int(_));
            let reads_as_old = match old {
                Scalar::Int(old) => raw == old.to_string(),
                Scalar::Str(old) => raw == old,
                _ => false,
            };
            if !reads_as_old {
                return None;
            }
            if number { value.to_owned() } else { scalar(value) }
        }
    };
    edit(source, node.span, text)
}

/// Puts a number in place of a scalar, quoted or not.
pub fn renumber(source: &Source, path: &[Step], number: u16) -> Option<Edit> {
    let node = at(&source.root, path)?;
    let raw = raw(source, node.span)?;
    let bare = raw.trim_matches(['"', '\'']);
    let reads_as_old = match &node.value {
        Value::Scalar(Scalar::Int(old)) => raw == old.to_string(),
        Value::Scalar(Scalar::Str(old)) => bare == old,
        _ => false,
    };
    if reads_as_old { edit(source, node.span, number.to_string()) } else { None }
}

/// Gives a key of a mapping another name.
pub fn rename(source: &Source, path: &[Step], name: &str) -> Option<Edit> {
    let (old, parent) = last(path)?;
    let key = at(&source.root, parent)?.key(old)?;
    (raw(source, key.span)? == old).then(|| edit(source, key.span, scalar(name)))?
}

/// Puts another text in place of the only occurrence of a word within a scalar; letters, digits, dots, dashes and what the
/// last argument adds do not border a word.
pub fn within(source: &Source, path: &[Step], word: &str, new: &str, also: &str) -> Option<Edit> {
    let node = at(&source.root, path)?;
    if !matches!(node.value, Value::Scalar(_)) || word.is_empty() {
        return None;
    }
    let span = node.span;
    let inner = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || also.contains(c);
    let mut found = None;
    for number in span.line..=span.end_line {
        let Some(line) = line(source, number) else { break };
        let from = if number == span.line { byte(line, span.column)? } else { 0 };
        let to = if number == span.end_line { byte(line, span.end_column)? } else { line.len() };
        for (start, _) in line[from..to].match_indices(word).map(|(start, found)| (start + from, found)) {
            let end = start + word.len();
            if line[..start].ends_with(inner) || line[end..to].starts_with(inner) {
                continue;
            }
            if found.replace((number, column(line, start), column(line, end))).is_some() {
                return None;
            }
        }
    }
    let (number, start, end) = found?;
    edit(source, Span { line: number, column: start, end_line: number, end_column: end }, new.to_owned())
}

/// Writes one more field behind a field with a plain value.
pub fn beside(source: &Source, sibling: &[Step], key: &str, value: &str) -> Option<Edit> {
    let (name, parent) = last(sibling)?;
    let parent = at(&source.root, parent)?;
    let (start, node) = (parent.key(name)?.span, parent.get(name)?);
    if !matches!(node.value, Value::Scalar(_)) || raw(source, start)? != name || node.span.line != node.span.end_line {
        return None;
    }
    let first = line(source, start.line)?;
    let before = &first[..byte(first, start.column)?];
    if before.chars().all(|c| c == ' ' || c == '-') {
        let last = line(source, node.span.end_line)?;
        let end = column(last, last.len());
        let place = Span { line: node.span.end_line, column: end, end_line: node.span.end_line, end_column: end };
        return edit(source, place, format!("\n{}{key}: {value}", " ".repeat(before.len())));
    }
    let Span { end_line, end_column, .. } = node.span;
    edit(source, Span { line: end_line, column: end_column, end_line, end_column }, format!(", {key}: {value}"))
}

/// Writes a field in front of the first one of a mapping.
pub fn first(source: &Source, path: &[Step], field: &str) -> Option<Edit> {
    let Value::Map(entries) = &at(&source.root, path)?.value else { return None };
    let (key, _) = entries.first()?;
    let text = line(source, key.span.line)?;
    let place = Span { end_line: key.span.line, end_column: key.span.column, ..key.span };
    let blank = text[..byte(text, key.span.column)?].chars().all(|c| c == ' ');
    let behind = if blank { format!("\n{}", " ".repeat(usize::try_from(key.span.column).ok()?)) } else { ", ".to_owned() };
    edit(source, place, format!("{field}{behind}"))
}

/// Takes out a field that has a line of its own.
pub fn remove(source: &Source, path: &[Step]) -> Option<Edit> {
    let (name, parent) = last(path)?;
    let parent = at(&source.root, parent)?;
    let (key, node) = (parent.key(name)?.span, parent.get(name)?.span);
    let text = line(source, key.line)?;
    let blank = text[..byte(text, key.column)?].chars().all(|c| c == ' ');
    let several = matches!(&parent.value, Value::Map(entries) if entries.len() > 1);
    if !blank || !several || node.end_line != key.line || raw(source, key)? != name || byte(text, node.end_column)? != text.trim_end().len()
    {
        return None;
    }
    edit(source, Span { line: key.line, column: 0, end_line: key.line + 1, end_column: 0 }, String::new())
}

/// Another object behind the one of this source.
pub fn append(source: &Source, document: &str) -> Option<Edit> {
    let text = &source.text;
    if text.is_empty() || text.trim_start().starts_with('{') {
        return None;
    }
    let lines = u32::try_from(text.matches('\n').count()).ok()?;
    if text.ends_with('\n') {
        let place = Span { line: lines + 1, column: 0, end_line: lines + 1, end_column: 0 };
        return edit(source, place, format!("---\n{document}"));
    }
    let last = line(source, lines + 1)?;
    let end = column(last, last.len());
    edit(source, Span { line: lines + 1, column: end, end_line: lines + 1, end_column: end }, format!("\n---\n{document}"))
}

/// A value as YAML: in quotes where it would read as something other than text.
pub fn scalar(value: &str) -> String {
    let plain = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-._/".contains(c))
        && !matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n");
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn edit(source: &Source, span: Span, text: String) -> Option<Edit> {
    Some(Edit { range: source.range(span)?, text })
}

/// The stretch as it is written, if it lies on one line.
fn raw(source: &Source, span: Span) -> Option<&str> {
    let line = line(source, span.line).filter(|_| span.line == span.end_line)?;
    line.get(byte(line, span.column)?..byte(line, span.end_column)?)
}

fn line(source: &Source, number: u32) -> Option<&str> {
    let line = source.text.split('\n').nth(usize::try_from(number).ok()?.checked_sub(1)?)?;
    Some(line.strip_suffix('\r').unwrap_or(line))
}

/// Where a column, in UTF-16 code units, stands in a line's bytes.
fn byte(line: &str, column: u32) -> Option<usize> {
    let mut units = 0;
    for (offset, c) in line.char_indices() {
        if units == column {
            return Some(offset);
        }
        units += if c.len_utf16() > 1 { 2 } else { 1 };
    }
    (units == column).then_some(line.len())
}

fn column(line: &str, byte: usize) -> u32 {
    u32::try_from(line[..byte].encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::cluster::ObjectId;
    use crate::text::{parse_document, split};

    fn source(text: &str) -> Source {
        let root = Rc::new(parse_document(split(text)[0]).0.unwrap());
        let id = ObjectId { kind: "Service".into(), namespace: String::new(), name: String::new() };
        Source { id, file: Some(0), first_line: 0, root, text: Rc::from(text), deleted: false }
    }

    /// The text with an edit made; `-` where none is offered.
    fn edited(text: &str, edit: impl Fn(&Source) -> Option<Edit>) -> String {
        let Some(Edit { range, text: new }) = edit(&source(text)) else { return "-".into() };
        let at = |line: u32, column: u32| {
            let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
            start + byte(text[start..].lines().next().unwrap_or_default(), column - 1).unwrap()
        };
        let (start, end) = (at(range.line, range.column), at(range.end_line, range.end_column));
        format!("{}{new}{}", &text[..start], &text[end..])
    }

    fn path(fields: &[&'static str]) -> Vec<Step> {
        fields.iter().map(|&field| Step::from(field)).collect()
    }

    #[test]
    fn a_value_keeps_its_quotes_and_gets_them_where_it_needs_them() {
        for (text, value, want) in [
            ("a: web # x\n", "api", "a: api # x\n"),
            ("a: \"web\"\n", "api", "a: \"api\"\n"),
            ("a: 'web'\n", "api", "a: 'api'\n"),
            ("{a: web, b: c}", "api", "{a: api, b: c}"),
            ("a: web\n", "true", "a: \"true\"\n"),
            ("a: web\n", "1.2", "a: \"1.2\"\n"),
            ("é: \u{1F600}\na: web\n", "api", "é: \u{1F600}\na: api\n"),
            // What an anchor or a block brings is left to the author.
            ("b: &x web\na: *x\n", "api", "-"),
            ("a: |\n  web\n", "api", "-"),
            ("a: {}\n", "api", "-"),
        ] {
            assert_eq!(edited(text, |source| replace(source, &path(&["a"]), value)), want, "{text}");
        }
        assert_eq!(edited("a: \"80\"\n", |source| renumber(source, &path(&["a"]), 81)), "a: 81\n");
        assert_eq!(edited("a: 0x50\n", |source| renumber(source, &path(&["a"]), 81)), "-");
        assert_eq!(edited("a: {web: x}\n", |source| rename(source, &path(&["a", "web"]), "app")), "a: {app: x}\n");
    }

    #[test]
    fn a_word_is_found_where_it_stands_alone_and_only_once() {
        let within = |text: &str, word: &str, new: &str| edited(text, |source| within(source, &path(&["a"]), word, new, ""));
        assert_eq!(within("a: http://db-0.db:80/db\n", "db:80", "dx:80"), "-");
        assert_eq!(within("a: http://db:80/x\n", "db", "dx"), "a: http://dx:80/x\n");
        assert_eq!(within("a: http://db.data:80/x\n", "db", "dx"), "-");
        assert_eq!(within("a: db,db\n", "db", "dx"), "-");
        assert_eq!(within("a: |\n  nc -z db 1\n  echo up\n", "db", "dx"), "a: |\n  nc -z dx 1\n  echo up\n");
    }

    #[test]
    fn fields_and_objects_are_added_in_the_form_around_them() {
        let add = |text: &str| edited(text, |source| beside(source, &path(&["a", "port"]), "targetPort", "81"));
        assert_eq!(add("a:\n  port: 80 # x\n  b: c\n"), "a:\n  port: 80 # x\n  targetPort: 81\n  b: c\n");
        assert_eq!(add("a: {port: 80}\n"), "a: {port: 80, targetPort: 81}\n");
        assert_eq!(add("a:\n  port: 80"), "a:\n  port: 80\n  targetPort: 81");
        let take = |text: &str| edited(text, |source| remove(source, &path(&["a", "b"])));
        assert_eq!(take("a:\n  b: c\n  d: e\n"), "a:\n  d: e\n");
        assert_eq!(take("a:\n  b: c\n"), "-");
        assert_eq!(take("a: {b: c, d: e}\n"), "-");
        let more = |text: &str| edited(text, |source| append(source, "b: 1\n"));
        assert_eq!(more("a: 1\n"), "a: 1\n---\nb: 1\n");
        assert_eq!(more("a: 1"), "a: 1\n---\nb: 1\n");
        assert_eq!(more("{\"a\": 1}"), "-");
    }
}
