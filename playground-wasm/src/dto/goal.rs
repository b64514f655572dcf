//! How the goals of a lesson stand.

use serde::Serialize;

/// How one goal of a lesson stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GoalResult {
    pub id: String,
    pub met: bool,
    /// What was seen, in a sentence: `Timed out at NetworkPolicy db-allow`.
    pub seen: String,
}
