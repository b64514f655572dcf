//! The value tree of one document, every value and key with its place in the file.

use std::fmt::Write as _;

/// A stretch of a document: lines from 1 within it, columns from 0 in UTF-16 code units as editors count, the end exclusive.
///
/// Relative to the document, so that a document whose text did not change stays as it is when lines are added above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

/// What a document can hold after aliases and merge keys are resolved.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Scalar(Scalar),
    Seq(Vec<Node>),
    /// Entries in the order they were written; no key twice.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping, always text: `8080:` reads as `"8080"` and `on:` as `"true"`, as kubectl converts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

/// A leaf.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Past `i64::MAX` only.
    UInt(u64),
    /// Its decimal digits, without an exponent or trailing zeros; `NaN`, `inf`, `-inf`.
    Float(String),
    Str(String),
}

/// One step of a field path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Field(std::borrow::Cow<'static, str>),
    /// Of a map, whose keys are the author's.
    Key(String),
    Index(usize),
}

impl From<&'static str> for Step {
    fn from(field: &'static str) -> Self {
        Self::Field(field.into())
    }
}

impl From<String> for Step {
    fn from(field: String) -> Self {
        Self::Field(field.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The path as Kubernetes writes it: `spec.ports[0].targetPort`.
pub fn path_string(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Field(name) if out.is_empty() => out.push_str(name),
            Step::Field(name) => {
                out.push('.');
                out.push_str(name);
            }
            // Writing to a String cannot fail.
            Step::Key(key) => _ = write!(out, "[{key}]"),
            Step::Index(index) => _ = write!(out, "[{index}]"),
        }
    }
    out
}

impl Node {
    /// The value of a field; absent, too, where this is not a mapping.
    pub fn get(&self, field: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(key, _)| key.text == field).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The key of a field, for pointing at the name rather than the value.
    pub fn key(&self, field: &str) -> Option<&Key> {
        match &self.value {
            Value::Map(entries) => entries.iter().map(|(key, _)| key).find(|key| key.text == field),
            _ => None,
        }
    }

    /// The items of a sequence; empty where this is not one.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Seq(items) => items,
            _ => &[],
        }
    }

    /// The text of a string scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::Str(text)) => Some(text),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }

    /// The value at a path, or as deep as the path goes in this document: what was defaulted is not written anywhere, and
    /// the nearest enclosing value is the line to look at.
    pub fn nearest(&self, path: &[Step]) -> &Self {
        let mut node = self;
        for step in path {
            let next = match step {
                Step::Field(field) => node.get(field),
                Step::Key(key) => node.get(key),
                Step::Index(index) => node.items().get(*index),
            };
            match next {
                Some(found) => node = found,
                None => break,
            }
        }
        node
    }

    /// Where to point for a path: a scalar's own place, the key of a mapping or sequence (whose own span runs over many
    /// lines), and the nearest enclosing key for what is not written.
    pub fn locate(&self, path: &[Step]) -> Span {
        let mut node = self;
        let mut span = self.head();
        for step in path {
            match step {
                Step::Field(_) | Step::Key(_) => {
                    let Some((key, found)) = node.entry(step) else { break };
                    node = found;
                    span = if matches!(found.value, Value::Scalar(_)) && !found.is_null() { found.span } else { key.span };
                }
                Step::Index(index) => {
                    let Some(found) = node.items().get(*index) else { break };
                    node = found;
                    span = found.head();
                }
            }
        }
        span
    }

    /// The way to the innermost mapping around a place.
    pub fn way_to(&self, place: Span) -> Vec<Step> {
        let within = |node: &Self| {
            let (start, end) = ((node.span.line, node.span.column), (node.span.end_line, node.span.end_column));
            start <= (place.line, place.column) && (place.line, place.column) < end
        };
        let mut way = Vec::new();
        let mut node = self;
        loop {
            let next = match &node.value {
                Value::Map(entries) => {
                    entries.iter().find(|(_, child)| within(child)).map(|(key, child)| (Step::from(key.text.clone()), child))
                }
                Value::Seq(items) => items.iter().enumerate().find(|(_, child)| within(child)).map(|(index, child)| (index.into(), child)),
                Value::Scalar(_) => None,
            };
            let Some((step, child)) = next else { return way };
            way.push(step);
            node = child;
        }
    }

    /// An entry by its key. The API server's paths are not always those of the document: it says
    /// `spec.LoadBalancerSourceRanges`, and `spec.template.labels` without the `metadata` between.
    fn entry(&self, step: &Step) -> Option<(&Key, &Self)> {
        let Value::Map(entries) = &self.value else { return None };
        let pairs = || entries.iter().map(|(key, node)| (key, node));
        match step {
            Step::Key(name) => pairs().find(|(key, _)| key.text == *name),
            Step::Field(name) => pairs()
                .find(|(key, _)| key.text == *name)
                .or_else(|| pairs().find(|(key, _)| key.text.eq_ignore_ascii_case(name)))
                .or_else(|| self.get("metadata").filter(|_| matches!(name.as_ref(), "labels" | "annotations"))?.entry(step)),
            Step::Index(_) => None,
        }
    }

    /// The first line of this value: a scalar whole, of a mapping its first key, of a sequence its first item.
    pub fn head(&self) -> Span {
        match &self.value {
            Value::Scalar(_) => self.span,
            Value::Map(entries) => entries.first().map_or(self.span, |(key, _)| key.span),
            Value::Seq(items) => items.first().map_or(self.span, Self::head),
        }
    }
}
