//! Cuts a file into documents at `---` lines before any of them is parsed.
//!
//! kubectl does the same (`k8s.io/apimachinery/pkg/util/yaml`, `YAMLReader`), so a syntax error stays in its own document.

/// The text of one document and how many lines of the file come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub text: &'a str,
    /// Bytes of the file before the text.
    pub start: usize,
    pub first_line: u32,
    /// Columns cut off before the text on its first line: the dashes.
    pub shift: u32,
}

/// The documents of a file in order; those that hold only blanks and comments are left out.
pub fn split(text: &str) -> Vec<Chunk<'_>> {
    let text_start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut chunks = Vec::new();
    let (mut start, mut first_line, mut shift) = (text_start, 0, 0);
    let mut offset = text_start;
    for (number, line) in (0_u32..).zip(text[text_start..].split_inclusive('\n')) {
        if is_separator(line) {
            push(&mut chunks, Chunk { text: &text[start..offset], start, first_line, shift });
            // What stands behind the dashes on the same line belongs to the new document.
            (start, first_line, shift) = (offset + 3, number, 3);
        }
        offset += line.len();
    }
    push(&mut chunks, Chunk { text: &text[start..], start, first_line, shift });
    chunks
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

fn push<'a>(chunks: &mut Vec<Chunk<'a>>, chunk: Chunk<'a>) {
    let has_content = chunk.text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#') && line != "...");
    if has_content {
        chunks.push(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(&str, u32)> {
        split(text).into_iter().map(|chunk| (chunk.text.trim(), chunk.first_line)).collect()
    }

    #[test]
    fn cuts_at_separators_and_drops_what_is_only_comment() {
        assert_eq!(lines("# head\n---\na: 1\n---\n# nothing\n---\r\nb: 2\r\n"), [("a: 1", 1), ("b: 2", 5)]);
    }

    #[test]
    fn dashes_inside_a_line_do_not_cut() {
        assert_eq!(lines("a: |\n  ---\n  x\n----\n").len(), 1);
        assert_eq!(lines(""), []);
    }
}
