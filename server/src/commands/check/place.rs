//! Lines and columns as editors count them, made into byte offsets of a text.

use std::ops::Range;

use playground_wasm::dto::TextRange;

/// The bytes of a text that a range stands for; what lies behind the end is the end.
pub fn bytes(text: &str, range: &TextRange) -> Range<usize> {
    let start = offset(text, range.line, range.column);
    start..offset(text, range.end_line, range.end_column).max(start)
}

fn offset(text: &str, line: u32, column: u32) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1) as usize).map(str::len).sum();
    let mut units = 1;
    for (at, c) in text[start..].char_indices() {
        if units >= column || c == '\n' {
            return start + at;
        }
        units += if c.len_utf16() > 1 { 2 } else { 1 };
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_editors_do() {
        let text = "a: 1\nbé: \u{1F600}x\n";
        let at = |line, column, end_line, end_column| &text[bytes(text, &TextRange { file: 0, line, column, end_line, end_column })];
        assert_eq!(at(1, 4, 1, 5), "1");
        assert_eq!(at(2, 5, 2, 7), "\u{1F600}");
        assert_eq!(at(2, 7, 2, 8), "x");
        assert_eq!(at(2, 7, 2, 99), "x");
        assert_eq!(at(3, 1, 3, 1), "");
        assert_eq!(at(9, 9, 9, 9), "");
    }
}
