//! From the text of manifests to trees of values that know where they stand.
//!
//! `split` cuts a file into documents as kubectl does, so that a broken one does not take the others down; `parse` reads one
//! document into a [`Node`] tree; `scalar` gives plain scalars the meaning that kubectl's YAML 1.1 reader gives them.

mod duration;
pub mod embedded;
mod nearest;
mod node;
mod parse;
mod scalar;
mod split;
mod thin;

pub use duration::duration_us;
pub use nearest::nearest;
pub use node::{Key, Node, Scalar, Span, Step, Value, path_string};
pub use parse::{SyntaxError, parse_document};
pub use scalar::{integral, is_letter_boolean};
pub use split::{Chunk, split};
