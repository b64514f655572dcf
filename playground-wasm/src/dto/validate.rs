//! The API server's verdict on the objects of a text.

use serde::Serialize;

/// The answer to a `validate` query: the API server's verdict on each object, in the order they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidateAnswer {
    pub objects: Vec<ValidatedObject>,
}

/// The verdict on one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidatedObject {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
    pub accepted: bool,
    pub errors: Vec<ValidationError>,
}

/// One field that made the API server reject an object, in its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ValidationError {
    pub field: String,
    /// `Required value`, `Invalid value`, `Unsupported value`, `unknown field`, ...
    pub reason: String,
    pub detail: String,
}
