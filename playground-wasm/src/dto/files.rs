//! What a container sees of files, and who wrote them.

use serde::Serialize;

use super::LineRef;

/// The answer to a `files` query: of one path, or of all that the container reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FilesAnswer {
    /// The one file; of several the first that is not there, or else the first.
    #[serde(flatten)]
    pub file: FileSeen,
    /// Every file that the container reads, where none was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileSeen>,
}

/// A file as one container sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FileSeen {
    /// As it was asked for; may hold `*`.
    pub path: String,
    pub exists: bool,
    /// The volume that holds the path; absent for the container's own file system.
    pub volume: Option<String>,
    /// Containers of the pod that write it there, and `namespace/pod/container` of other pods.
    pub written_by: Vec<String>,
    /// Why it is there or not, as a sentence without the full stop.
    pub reason: String,
    /// The mount, then where it is said who writes it.
    pub lines: Vec<LineRef>,
}
