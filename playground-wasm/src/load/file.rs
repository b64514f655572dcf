//! One file's documents, kept from load to load: of an edited text only what changed is read again.
//!
//! What two texts have in common at their beginning and end is the same in both, documents and all, up to the last separator
//! before the change and from the first one behind it.

use std::ops::Range;
use std::rc::Rc;

use crate::index::Index;
use crate::object::{Manifest, convert};
use crate::text::{Chunk, SyntaxError, parse_document, split};

/// A file as it was read last.
#[derive(Default)]
pub struct File {
    text: String,
    documents: Vec<Document>,
}

/// A document and where it stands.
pub struct Document {
    /// In bytes of the file; the end is where the next separator begins, or where the file ends.
    start: usize,
    end: usize,
    /// Lines of the file before it.
    pub first_line: u32,
    /// Columns cut off before the text on its first line.
    shift: u32,
    /// There is something to say about it.
    pub faulty: bool,
    pub read: Rc<Read>,
}

/// What a document's text says, wherever it stands.
pub struct Read {
    /// The text itself, for edits that leave its form alone.
    pub text: Rc<str>,
    pub manifests: Vec<Rc<Manifest>>,
    pub errors: Vec<SyntaxError>,
}

/// What an update replaced.
pub struct Replaced {
    /// The documents that are no longer there.
    pub before: Vec<Document>,
    /// The numbers of those in their place.
    pub after: Range<usize>,
    /// By how many lines the documents behind them moved.
    pub lines: i32,
}

const BOM: char = '\u{feff}';
/// A separator's three dashes with the newline before them, or with the character behind them.
const SEPARATOR: usize = 4;

impl File {
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Takes the text as it is now.
    pub fn update(&mut self, text: &str) -> Replaced {
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let head = common_head(old, new);
        // A byte order mark is one at the beginning alone, and what stands behind it only there begins a line.
        let unmarked = head < BOM.len_utf8() && self.text.starts_with(BOM);
        let tail = if unmarked { 0 } else { common_tail(&old[head..], &new[head..]) };
        let kept = self.documents.partition_point(|document| document.end + SEPARATOR <= head);
        let moved = self.documents.partition_point(|document| document.start < old.len() - tail + SEPARATOR).max(kept);
        let (from, first_line) = match self.documents[..kept].last() {
            Some(document) => (document.end, document.first_line + newlines(&old[document.start..document.end])),
            None => (0, 0),
        };
        let until = self.documents.get(moved).map_or(old.len(), |document| document.start - document.shift as usize);
        let middle = from..new.len() - (old.len() - until);
        let lines = newlines(&new[middle.clone()]).cast_signed() - newlines(&old[from..until]).cast_signed();

        let known = |document: &'_ Document| (document.start..document.end, document.shift, Rc::clone(&document.read));
        let known: Vec<_> = self.documents[kept..moved].iter().map(known).collect();
        let known: Index<(&str, u32), &Rc<Read>> =
            known.iter().map(|(range, shift, read)| ((&self.text[range.clone()], *shift), read)).collect();
        let document = |chunk: Chunk<'_>| {
            let read = known.get(&(chunk.text, chunk.shift)).map_or_else(|| Rc::new(read(chunk)), |&read| Rc::clone(read));
            let start = from + chunk.start;
            Document {
                start,
                end: start + chunk.text.len(),
                first_line: first_line + chunk.first_line,
                shift: chunk.shift,
                faulty: !read.errors.is_empty() || read.manifests.iter().any(|manifest| !manifest.problems.is_empty()),
                read,
            }
        };
        let documents: Vec<Document> = split(&text[middle]).into_iter().map(document).collect();

        let (before_length, after) = (self.text.len(), kept..kept + documents.len());
        text.clone_into(&mut self.text);
        let before = self.documents.splice(kept..moved, documents).collect();
        for document in &mut self.documents[after.end..] {
            document.start = document.start + text.len() - before_length;
            document.end = document.end + text.len() - before_length;
            document.first_line = document.first_line.saturating_add_signed(lines);
        }
        Replaced { before, after, lines }
    }
}

fn read(chunk: Chunk<'_>) -> Read {
    let (node, errors) = parse_document(chunk);
    let mut manifests = node.filter(|node| !node.is_null()).map(convert).unwrap_or_default();
    for error in &errors {
        let Some(key) = &error.twice else { continue };
        // Of several objects in one document it is the last that begins before it.
        if let Some(manifest) = manifests.iter_mut().rev().find(|manifest| manifest.root.span <= error.span) {
            manifest.refuse_twice(key, error.span);
        }
    }
    Read { text: Rc::from(chunk.text), manifests: manifests.into_iter().map(Rc::new).collect(), errors }
}

/// Bytes that are compared at once.
const STRIDE: usize = 256;

fn common_head(a: &[u8], b: &[u8]) -> usize {
    let strides = a.chunks_exact(STRIDE).zip(b.chunks_exact(STRIDE)).take_while(|(a, b)| a == b).count() * STRIDE;
    strides + a[strides..].iter().zip(&b[strides..]).take_while(|(a, b)| a == b).count()
}

fn common_tail(a: &[u8], b: &[u8]) -> usize {
    let strides = a.rchunks_exact(STRIDE).zip(b.rchunks_exact(STRIDE)).take_while(|(a, b)| a == b).count() * STRIDE;
    let rest = |text: &'_ [u8]| text.len() - strides;
    strides + a[..rest(a)].iter().rev().zip(b[..rest(b)].iter().rev()).take_while(|(a, b)| a == b).count()
}

fn newlines(text: &[u8]) -> u32 {
    text.iter().map(|&byte| u32::from(byte == b'\n')).sum()
}
