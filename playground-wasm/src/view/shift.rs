//! Where text stands after an edit that moved it.

use crate::cluster::Cluster;
use crate::control::Edited;
use crate::dto::TextRange;

/// By how many lines the document moved that begins behind so many lines of a file; the first first.
pub struct Shift(Vec<(u32, u32, i32)>);

impl Shift {
    pub fn new(edited: &Edited, cluster: &Cluster) -> Self {
        let moved = cluster.sources.objects.iter().zip(&edited.moved);
        let before = moved.filter_map(|(source, &lines)| Some((source.file?, source.first_line.saturating_add_signed(-lines), lines)));
        let mut documents: Vec<_> = before.collect();
        documents.sort_unstable();
        Self(documents)
    }

    /// Moves a stretch of a document whose text is the same.
    pub fn apply(&self, range: &mut TextRange) {
        let begun = self.0.partition_point(|&(file, first_line, _)| (file, first_line) < (range.file, range.line));
        if let Some(&(_, _, lines)) = self.0[..begun].last() {
            range.line = range.line.saturating_add_signed(lines);
            range.end_line = range.end_line.saturating_add_signed(lines);
        }
    }
}
