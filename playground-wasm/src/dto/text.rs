//! Texts and places in them.

use serde::{Deserialize, Serialize};

/// One file of the editor: its name and its whole text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SourceFile {
    pub name: String,
    pub text: String,
}

/// A stretch of a file: lines from 1, columns from 1 in UTF-16 code units (what an editor counts), the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextRange {
    /// Index of the file in the order they were loaded.
    pub file: u32,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// A manifest line that a hop or a message points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LineRef {
    /// `spec.ports[0].targetPort`.
    pub field: String,
    pub range: TextRange,
}
