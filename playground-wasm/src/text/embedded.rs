//! Data files that the simulator carries, without the lines that only people read: every byte of them is one of the page's.

/// A data file beside the source file, without its comment lines and empty lines, of which its texts over several lines have none.
macro_rules! embedded {
    ($file:literal) => {{
        const WHOLE: &str = include_str!($file);
        const BYTES: [u8; $crate::text::embedded::kept(WHOLE)] = $crate::text::embedded::keep(WHOLE);
        const TEXT: &str = match str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("whole lines of UTF-8 are UTF-8"),
        };
        TEXT
    }};
}
pub(crate) use embedded;

/// How many bytes [`keep`] keeps.
pub const fn kept(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut kept, mut start) = (0, 0);
    while start < bytes.len() {
        let end = end_of_line(bytes, start);
        if !is_comment(bytes, start) {
            kept += end - start;
        }
        start = end;
    }
    kept
}

/// The lines that are no comments; `SIZE` is what [`kept`] says.
pub const fn keep<const SIZE: usize>(text: &str) -> [u8; SIZE] {
    let bytes = text.as_bytes();
    let mut lines = [0; SIZE];
    let (mut kept, mut start) = (0, 0);
    while start < bytes.len() {
        let end = end_of_line(bytes, start);
        let comment = is_comment(bytes, start);
        while start < end {
            if !comment {
                lines[kept] = bytes[start];
                kept += 1;
            }
            start += 1;
        }
    }
    lines
}

const fn end_of_line(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'\n' {
        at += 1;
    }
    if at < bytes.len() { at + 1 } else { at }
}

const fn is_comment(bytes: &[u8], mut at: usize) -> bool {
    while at < bytes.len() && bytes[at] == b' ' {
        at += 1;
    }
    at == bytes.len() || bytes[at] == b'#' || bytes[at] == b'\n'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_left_out() {
        const TEXT: &str = "# What it is.\n\na: 1 # kept\n  # of a\nb: '#'\n# end";
        const KEPT: &str = "a: 1 # kept\nb: '#'\n";
        assert_eq!(keep::<{ KEPT.len() }>(TEXT), KEPT.as_bytes());
        assert_eq!(kept(TEXT), KEPT.len());
        assert_eq!(kept("\u{e9}: x"), "\u{e9}: x".len());
    }
}
