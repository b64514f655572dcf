//! YAML that lesson authors write, into typed values, with the line of what does not fit.

use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A piece of a file: which file, the line before the piece's first one, and the text.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    pub file: &'a str,
    pub lines_before: usize,
    pub text: &'a str,
}

impl Piece<'_> {
    /// The value that the YAML in this piece stands for.
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, Problem> {
        serde_saphyr::from_str(self.text).map_err(|error| {
            let message = error.without_snippet().to_string();
            match error.location() {
                Some(location) => self.problem(usize::try_from(location.line()).unwrap_or(1), message),
                None => Problem::of_file(self.file, message),
            }
        })
    }

    /// A problem at a line of this piece, from 1.
    pub fn problem(self, line: usize, message: impl Into<String>) -> Problem {
        Problem::at_line(self.file, self.lines_before + line, message)
    }
}
