//! Which object came from where: ids, and the way back to the manifest line.

use std::fmt;
use std::rc::Rc;

use crate::dto::{LineRef, TextRange};
use crate::text::{Node, Span, Step, path_string};

/// Kind, namespace and name of an object, written `Service/shop/web` or `Node/node-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    pub kind: String,
    /// Empty for a kind without namespace.
    pub namespace: String,
    pub name: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// Index of an accepted object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef(pub u32);

/// The file of an object that was applied while the cluster ran: it is the user's, and no file holds its lines.
pub const APPLIED: u32 = u32::MAX;

/// An accepted object's text.
#[derive(Debug, Clone)]
pub struct Source {
    pub id: ObjectId,
    /// Absent for an object of the cluster itself (kube-dns), which has no line to show.
    pub file: Option<u32>,
    /// Lines of the file before the document.
    pub first_line: u32,
    pub root: Rc<Node>,
    /// The document that holds it, as it is written.
    pub text: Rc<str>,
    /// It has been deleted; pods of it may still be ending.
    pub deleted: bool,
}

/// All accepted objects.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub objects: Vec<Source>,
}

impl Sources {
    pub fn get(&self, object: ObjectRef) -> &Source {
        &self.objects[object.0 as usize]
    }

    pub fn id(&self, object: ObjectRef) -> &ObjectId {
        &self.get(object).id
    }

    /// The line of a field, or of the nearest one above it that is written; absent for an object of the cluster itself.
    pub fn line(&self, object: ObjectRef, path: &[Step]) -> Option<LineRef> {
        let source = self.get(object);
        let span = source.root.locate(path);
        Some(LineRef { field: path_string(path), range: source.range(span)? })
    }

    /// Where the object begins.
    pub fn head(&self, object: ObjectRef) -> Option<TextRange> {
        let source = self.get(object);
        source.range(source.root.locate(&[Step::from("metadata"), Step::from("name")]))
    }
}

impl Source {
    /// A stretch of this object's document as a stretch of its file.
    pub fn range(&self, span: Span) -> Option<TextRange> {
        self.file.filter(|&file| file != APPLIED).map(|file| text_range(file, self.first_line, span))
    }
}

/// A stretch of a document as a stretch of its file.
pub fn text_range(file: u32, first_line: u32, span: Span) -> TextRange {
    TextRange {
        file,
        line: span.line + first_line,
        column: span.column + 1,
        end_line: span.end_line + first_line,
        end_column: span.end_column + 1,
    }
}
