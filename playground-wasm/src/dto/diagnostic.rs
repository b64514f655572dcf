//! What is wrong with a manifest, and the edit that mends it.

use serde::{Deserialize, Serialize};

use super::TextRange;

/// How bad a diagnostic is: `error` breaks something, `warning` will hurt, `note` says what is not modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// Something to tell the author of a manifest, with the place and, where there is one, the edit that mends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable name: a finding code (`selector-matches-nothing`) or a reader's code (`yaml-syntax`).
    pub code: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: how to mend it; empty where the message says it already.
    pub help: String,
    /// Object id of the object a person must edit.
    pub object: Option<String>,
    /// Field path in Kubernetes' notation: `spec.ports[0].targetPort`.
    pub field: Option<String>,
    pub range: Option<TextRange>,
    pub fix: Option<Fix>,
}

/// A text edit that can be applied with one press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Fix {
    /// The label of the button: `Change to api`.
    pub title: String,
    pub edits: Vec<Edit>,
}

/// One replacement of a stretch of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Edit {
    pub range: TextRange,
    pub text: String,
}
