//! Lines that are indented less than YAML asks for and than libyaml, and so kubectl, asks for: they are indented anew, which changes no
//! value.

use saphyr_parser::Marker;

/// What may be indented less than YAML asks for, since libyaml, and so kubectl, does not ask: lines within quotes, and lines within
/// brackets, of which the last is often written below the first letter of the key.
#[derive(Debug, Clone, Copy)]
pub enum Thin {
    Quoted,
    Flow,
}

/// The deepest indentation of a text.
pub fn deepest(text: &str) -> usize {
    text.lines().map(|line| line.len() - line.trim_start_matches(' ').len()).max().unwrap_or(0)
}

/// Indents the lines from a place within brackets to where the innermost of them closes, which changes no value.
pub fn widen_flow(text: &str, at: &Marker, by: usize, widened: &mut Vec<(usize, usize)>) -> String {
    let mut wider = String::with_capacity(text.len() + by);
    let (mut depth, mut quote) = (1_u32, None);
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        if number >= at.line() && depth > 0 {
            wider.extend(std::iter::repeat_n(' ', by));
            widened.push((number, by));
            (depth, quote) = depth_after(line, depth, quote);
        }
        wider.push_str(line);
    }
    wider
}

/// How many brackets are open behind a line, and the quotation mark that is.
fn depth_after(line: &str, mut depth: u32, mut quote: Option<char>) -> (u32, Option<char>) {
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('"'), '\\') => _ = chars.next(),
            // Two of them stand for one.
            (Some('\''), '\'') if chars.peek() == Some(&'\'') => _ = chars.next(),
            (Some(open), _) => quote = quote.filter(|_| c != open),
            (None, '"' | '\'') if before.is_whitespace() || "[{,:".contains(before) => quote = Some(c),
            (None, '#') if before.is_whitespace() => break,
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
        before = c;
    }
    (depth, quote)
}

/// Indents the further lines of a quoted scalar as YAML asks for and libyaml, and so kubectl, does not. Its value stays the same: such
/// lines are folded without their leading spaces. Adds the lines with the number of columns they moved by.
pub fn widen(text: &str, quote: &Marker, widened: &mut Vec<(usize, usize)>) -> Option<String> {
    let by = quote.col() + 1;
    let first = quote.line().checked_sub(1)?;
    let mut lines = text.split_inclusive('\n');
    let mut wider: String = lines.by_ref().take(first).collect();
    let line = lines.next()?;
    let (start, mark) = line.char_indices().nth(quote.col()).filter(|(_, c)| matches!(c, '"' | '\''))?;
    wider.push_str(line);
    let mut open = is_open(&line[start + 1..], mark);
    let mut number = quote.line();
    while open {
        let line = lines.next()?;
        number += 1;
        wider.extend(std::iter::repeat_n(' ', by));
        wider.push_str(line);
        widened.push((number, by));
        open = is_open(line, mark);
    }
    wider.extend(lines);
    Some(wider)
}

/// Whether a quoted scalar goes on behind this stretch of it.
fn is_open(rest: &str, mark: char) -> bool {
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        if mark == '"' && c == '\\' {
            chars.next();
        } else if c == mark && !(mark == '\'' && chars.as_str().starts_with('\'')) {
            return false;
        } else if c == mark {
            chars.next();
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::text::{Chunk, Node, parse_document};

    #[test]
    fn a_quoted_scalar_may_end_where_its_key_begins_as_libyaml_has_it() {
        let text = "metadata:\n  annotations:\n    a: '[\n      {\"it''s\": 1}\n    ]'\n    b: \"x\n  \\\" y\n\"\n    c: d\n";
        let (node, problems) = parse_document(Chunk { text, start: 0, first_line: 0, shift: 0 });
        assert_eq!(problems, []);
        let annotations = node.as_ref().and_then(|node| node.get("metadata")).and_then(|meta| meta.get("annotations")).expect("a map");
        let read = |key: &str| annotations.get(key).and_then(Node::as_str);
        assert_eq!((read("a"), read("b"), read("c")), (Some("[ {\"it's\": 1} ]"), Some("x \" y "), Some("d")));
        let ends = |key: &str| annotations.get(key).map(|node| (node.span.end_line, node.span.end_column));
        assert_eq!((ends("a"), ends("b")), (Some((5, 6)), Some((8, 1))));
    }

    #[test]
    fn brackets_may_close_where_their_key_begins_as_libyaml_has_it() {
        let text = "spec:\n  args: [\n    \"a]\", # of [ two\n  'it''s', {b: c's,\n e: [\n1\n]}\n  ]\n  env: [\n  ]\n  name: x\n";
        let (node, problems) = parse_document(Chunk { text, start: 0, first_line: 0, shift: 0 });
        assert_eq!(problems, []);
        let spec = node.as_ref().and_then(|node| node.get("spec")).expect("a map");
        let (args, env) = (spec.get("args").expect("a list"), spec.get("env").expect("a list"));
        assert_eq!(args.items().iter().filter_map(Node::as_str).collect::<Vec<_>>(), ["a]", "it's"]);
        assert_eq!(args.items()[2].get("e").map(|node| node.items().len()), Some(1));
        assert_eq!(spec.get("name").and_then(Node::as_str), Some("x"));
        assert_eq!((args.span.line, args.span.end_line, args.span.end_column, env.span.end_line), (2, 8, 3, 10));
        let one = &args.items()[2].get("e").expect("a list").items()[0].span;
        assert_eq!((one.line, one.column), (6, 0));

        // What is never closed is told where it shows.
        let (node, problems) = parse_document(Chunk { text: "spec:\n  args: [a\n  name: x\n", start: 0, first_line: 0, shift: 0 });
        assert_eq!((node, problems.len(), problems[0].span.line), (None, 1, 3));
    }
}
