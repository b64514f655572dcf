//! What the API server says of a field it does not accept (`k8s.io/apimachinery/pkg/util/validation/field`, `errors.go`).

use std::fmt;

use crate::text::{Step, path_string};

/// The kind of complaint, in the API server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Required,
    Invalid,
    NotSupported,
    Duplicate,
    Forbidden,
    TooLong,
    TooMany,
    TypeInvalid,
    NotFound,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Duplicate => "Duplicate value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::NotFound => "Not found",
        }
    }

    /// Whether the API server asks an object's CEL rules no more after such a complaint (`hasBlockingErr`).
    pub fn blocks_cel(self) -> bool {
        matches!(self, Self::Required | Self::NotSupported | Self::TooLong | Self::TooMany | Self::TypeInvalid)
    }
}

/// A field that makes the API server reject its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub reason: Reason,
    pub path: Vec<Step>,
    /// The bad value as the API server prints it, quotes included; empty where it prints none.
    pub value: String,
    /// What would be right; may be empty.
    pub detail: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", path_string(&self.path), self.reason.as_str())?;
        if !self.value.is_empty() {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// Collects the errors of one object.
#[derive(Debug, Default)]
pub struct Errors {
    pub list: Vec<FieldError>,
}

/// A path of any steps: `field!["spec", "ports", index, "port"]`.
macro_rules! field {
    ($($step:expr),* $(,)?) => { vec![$($crate::text::Step::from($step)),*] };
}
pub(crate) use field;
