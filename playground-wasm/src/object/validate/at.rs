//! A place in an object under judgement: the value that stands there, or where one could stand.

use crate::object::error::{Errors, FieldError, Reason};
use crate::text::{Node, Scalar, Step, Value, integral, is_letter_boolean, path_string};

/// A value and the way to it. The way is a list on the stack, made into a path only when there is something to say.
#[derive(Clone, Copy)]
pub struct At<'w, 'n> {
    node: Option<&'n Node>,
    way: Option<Way<'w, 'n>>,
}

#[derive(Clone, Copy)]
struct Way<'w, 'n> {
    from: &'w At<'w, 'n>,
    step: Part<'n>,
}

#[derive(Clone, Copy)]
enum Part<'n> {
    Field(&'static str),
    Key(&'n str),
    /// An entry of a map whose path is written as a field's.
    Member(&'n str),
    Index(usize),
}

impl<'w, 'n> At<'w, 'n> {
    pub fn root(node: &'n Node) -> Self {
        Self { node: Some(node), way: None }
    }

    /// A field of a mapping, set or not; `null` is not set.
    pub fn field(&'w self, name: &'static str) -> Self {
        let node = self.node.and_then(|node| node.get(name)).filter(|node| !node.is_null());
        Self { node, way: Some(Way { from: self, step: Part::Field(name) }) }
    }

    /// The items of a list.
    pub fn items(&'w self) -> impl Iterator<Item = Self> {
        let items = self.node.map(Node::items).unwrap_or_default();
        items.iter().enumerate().map(|(index, node)| Self { node: Some(node), way: Some(Way { from: self, step: Part::Index(index) }) })
    }

    /// The entries of a map.
    pub fn entries(&'w self) -> impl Iterator<Item = (&'n str, Self)> {
        let entries = match self.node.map(|node| &node.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        entries
            .iter()
            .map(|(key, node)| (key.text.as_str(), Self { node: Some(node), way: Some(Way { from: self, step: Part::Key(&key.text) }) }))
    }

    /// An entry of a map, there or not, under the path that a field has.
    pub fn member(&'w self, key: &'n str) -> Self {
        Self { node: self.node.and_then(|node| node.get(key)), way: Some(Way { from: self, step: Part::Member(key) }) }
    }

    /// The entries of a map, under the paths that a schema's errors have: `labels.app`, not `labels[app]`.
    pub fn members(&'w self) -> impl Iterator<Item = Self> {
        self.entries().map(|(key, at)| Self { way: Some(Way { from: self, step: Part::Member(key) }), ..at })
    }

    /// An item of a list, there or not.
    pub fn index(&'w self, index: usize) -> Self {
        let node = self.node.and_then(|node| node.items().get(index));
        Self { node, way: Some(Way { from: self, step: Part::Index(index) }) }
    }

    /// An entry of a map, there or not.
    pub fn key(&'w self, key: &'n str) -> Self {
        Self { node: self.node.and_then(|node| node.get(key)), way: Some(Way { from: self, step: Part::Key(key) }) }
    }

    /// The same value, said to stand below another place.
    pub fn under(self, from: &'w Self) -> Self {
        Self { way: self.way.map(|way| Way { from, ..way }), ..self }
    }

    /// The same value, said to stand at the list it is an item of.
    pub fn at_list<'l>(self, list: &At<'l, 'n>) -> At<'l, 'n> {
        At { node: self.node, way: list.way }
    }

    /// The same place, as if nothing stood there.
    pub fn without_value(self) -> Self {
        Self { node: None, ..self }
    }

    pub fn node(self) -> Option<&'n Node> {
        self.node
    }

    pub fn is_set(self) -> bool {
        self.node.is_some()
    }

    /// Neither text, list nor map with anything in it.
    pub fn is_empty(self) -> bool {
        match self.node.map(|node| &node.value) {
            None | Some(Value::Scalar(Scalar::Null)) => true,
            Some(Value::Scalar(Scalar::Str(text))) => text.is_empty(),
            Some(Value::Scalar(_)) => false,
            Some(Value::Seq(items)) => items.is_empty(),
            Some(Value::Map(entries)) => entries.is_empty(),
        }
    }

    /// Text; empty where there is none.
    pub fn text(self) -> &'n str {
        self.node.and_then(Node::as_str).unwrap_or_default()
    }

    /// Text, or what the API server takes for its absence.
    pub fn text_or(self, default: &'n str) -> &'n str {
        if self.is_empty() { default } else { self.text() }
    }

    pub fn number(self) -> Option<i64> {
        match &self.node?.value {
            Value::Scalar(Scalar::Int(value)) => Some(*value),
            Value::Scalar(Scalar::Float(value)) => integral(value),
            _ => None,
        }
    }

    pub fn flag(self) -> Option<bool> {
        match &self.node?.value {
            Value::Scalar(Scalar::Bool(value)) => Some(*value),
            Value::Scalar(Scalar::Str(text)) if is_letter_boolean(text) => Some(text.eq_ignore_ascii_case("y")),
            _ => None,
        }
    }

    fn path(self) -> Vec<Step> {
        let mut path = Vec::new();
        let mut at = self;
        while let Some(way) = at.way {
            path.push(match way.step {
                Part::Field(name) => Step::from(name),
                Part::Key(key) => Step::Key(key.to_owned()),
                Part::Member(name) => Step::from(name.to_owned()),
                Part::Index(index) => Step::Index(index),
            });
            at = *way.from;
        }
        path.reverse();
        path
    }

    /// The value as a message shows it.
    pub fn shown(self) -> String {
        match self.node.map(|node| &node.value) {
            None | Some(Value::Scalar(Scalar::Null)) => "null".into(),
            Some(Value::Scalar(Scalar::Str(text))) => format!("{text:?}"),
            Some(Value::Scalar(Scalar::Bool(value))) => value.to_string(),
            Some(Value::Scalar(Scalar::Int(value))) => value.to_string(),
            Some(Value::Scalar(Scalar::UInt(value))) => value.to_string(),
            Some(Value::Scalar(Scalar::Float(value))) => value.clone(),
            Some(Value::Seq(items)) => {
                let items: Vec<String> = items.iter().map(|node| Self { node: Some(node), way: None }.shown()).collect();
                format!("[{}]", items.join(","))
            }
            Some(Value::Map(entries)) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, node)| format!("{:?}:{}", key.text, Self { node: Some(node), way: None }.shown())).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    fn say(self, errors: &mut Errors, reason: Reason, value: String, detail: String) {
        errors.list.push(FieldError { reason, path: self.path(), value, detail });
    }

    pub fn required(self, errors: &mut Errors, detail: &str) {
        self.say(errors, Reason::Required, String::new(), detail.to_owned());
    }

    pub fn forbidden(self, errors: &mut Errors, detail: &str) {
        self.say(errors, Reason::Forbidden, String::new(), detail.to_owned());
    }

    pub fn invalid(self, errors: &mut Errors, detail: impl Into<String>) {
        self.say(errors, Reason::Invalid, self.shown(), detail.into());
    }

    /// Says of another value than what stands here that it is invalid here: a key of a map, a default.
    pub fn invalid_value(self, errors: &mut Errors, value: &str, detail: impl Into<String>) {
        self.say(errors, Reason::Invalid, format!("{value:?}"), detail.into());
    }

    /// The same of a number.
    pub fn invalid_number(self, errors: &mut Errors, value: i64, detail: &str) {
        self.say(errors, Reason::Invalid, value.to_string(), detail.to_owned());
    }

    /// Says what a structural schema wants of the value (`kube-openapi`, `pkg/validation/errors`).
    pub fn in_body(self, errors: &mut Errors, want: &str) {
        self.invalid(errors, format!("{} in body {want}", path_string(&self.path())));
    }

    /// The same of a value of the wrong format, which counts as one of the wrong type.
    pub fn wrong_format(self, errors: &mut Errors, format: &str) {
        let detail = format!("{} in body must be of type {format}: {}", path_string(&self.path()), self.shown());
        self.say(errors, Reason::TypeInvalid, self.shown(), detail);
    }

    pub fn duplicate(self, errors: &mut Errors, value: &str) {
        self.duplicate_because(errors, value, "");
    }

    pub fn duplicate_because(self, errors: &mut Errors, value: &str, detail: &str) {
        self.say(errors, Reason::Duplicate, value.to_owned(), detail.to_owned());
    }

    pub fn too_many(self, errors: &mut Errors, count: usize, limit: usize) {
        let items = if limit == 1 { "item" } else { "items" };
        self.say(errors, Reason::TooMany, count.to_string(), format!("must have at most {limit} {items}"));
    }

    pub fn not_found(self, errors: &mut Errors) {
        self.say(errors, Reason::NotFound, self.shown(), String::new());
    }

    pub fn too_long(self, errors: &mut Errors, limit: usize) {
        self.say(errors, Reason::TooLong, String::new(), format!("may not be more than {limit} bytes"));
    }

    pub fn unsupported(self, errors: &mut Errors, supported: &[&str]) {
        let quoted: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        self.say(errors, Reason::NotSupported, self.shown(), format!("supported values: {}", quoted.join(", ")));
    }

    /// Text that is one of a few words, if it is set.
    pub fn one_of(self, errors: &mut Errors, supported: &[&str]) {
        if !self.is_empty() && !supported.contains(&self.text()) {
            self.unsupported(errors, supported);
        }
    }

    /// A number that may not be negative, if it is set.
    pub fn not_negative(self, errors: &mut Errors) {
        if self.number().is_some_and(|number| number < 0) {
            self.invalid(errors, "must be greater than or equal to 0");
        }
    }

    /// Text that must be there and have a form.
    pub fn named(self, errors: &mut Errors, form: impl Fn(&str) -> Vec<String>) {
        if self.is_empty() {
            self.required(errors, "");
        } else {
            self.formed(errors, form);
        }
    }

    /// Text of a form, whatever it is.
    pub fn formed(self, errors: &mut Errors, form: impl Fn(&str) -> Vec<String>) {
        for detail in form(self.text()) {
            self.invalid(errors, detail);
        }
    }
}
