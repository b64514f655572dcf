//! A serde deserializer over a [`Node`] tree: the API's types, with the place of every error and of every unknown field.
//!
//! It follows the API server: `encoding/json` for types (`json: cannot unmarshal number into Go struct field ...`), strict
//! decoding for unknown fields (`unknown field "spec.prots"`, `k8s.io/apimachinery/pkg/runtime/serializer/json`).
//! k8s-openapi's types announce their field names, so unknown ones are found on the way, without a second pass.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};

use super::node::{Key, Node, Scalar, Span, Step, Value, path_string};
use super::scalar::{integral, is_letter_boolean};

/// A typed object, or why it is none, and the fields that its type does not know.
#[derive(Debug)]
pub struct Decoded<T> {
    pub value: Result<T, TypeError>,
    pub unknown: Vec<UnknownField>,
}

/// A value of the wrong type: the API server refuses the whole object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    /// What the API server says.
    pub message: String,
    /// What the field holds and what it wants, in plain words.
    pub expected: String,
    pub path: Vec<Step>,
    pub span: Span,
}

/// A field that the type does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    pub path: Vec<Step>,
    pub span: Span,
    /// The known field with the nearest name, if one is near.
    pub nearest: Option<&'static str>,
}

/// Decodes a tree into a type.
pub fn decode<T: de::DeserializeOwned>(node: &Node) -> Decoded<T> {
    let unknown = RefCell::new(Vec::new());
    let root = NodeDeserializer { node, place: &Place { step: None, parent: None }, go_type: "", unknown: &unknown };
    let value = T::deserialize(root).map_err(|fault| {
        let Fault { message, located } = *fault.0;
        let Located { path, span, go_field } = located.unwrap_or_default();
        let at = if go_field.is_empty() { String::new() } else { format!(" into Go struct field {go_field}{}", message.go_type) };
        TypeError { message: format!("json: cannot unmarshal {}{at}", message.api), expected: message.plain, path, span }
    });
    Decoded { value, unknown: unknown.into_inner() }
}

/// Where the deserializer is, as a list on the stack; made into a path only when there is something to say.
struct Place<'p> {
    step: Option<PlaceStep<'p>>,
    parent: Option<&'p Self>,
}

#[derive(Clone, Copy)]
enum PlaceStep<'p> {
    Field(&'p str),
    Index(usize),
}

impl Place<'_> {
    fn path(&self) -> Vec<Step> {
        let mut path = Vec::new();
        let mut place = Some(self);
        while let Some(Place { step, parent }) = place {
            match step {
                Some(PlaceStep::Field(name)) => path.push(Step::from((*name).to_owned())),
                Some(PlaceStep::Index(index)) => path.push(Step::Index(*index)),
                None => {}
            }
            place = *parent;
        }
        path.reverse();
        path
    }
}

/// An error without a place until the deserializer that stands at the value adds it.
struct Failure(Box<Fault>);

struct Fault {
    message: Message,
    located: Option<Located>,
}

struct Message {
    /// `number into Go struct field`'s beginning: what JSON type was there, of which Go type the field is.
    api: String,
    /// ` of type string`, where the Go type is known from what serde expects.
    go_type: &'static str,
    plain: String,
}

/// What Go calls the type that serde describes so.
fn go_type(expected: &dyn Expected) -> &'static str {
    match expected.to_string().as_str() {
        "a string" => " of type string",
        "a boolean" => " of type bool",
        "i32" => " of type int32",
        "i64" => " of type int64",
        _ => "",
    }
}

#[derive(Default)]
struct Located {
    path: Vec<Step>,
    span: Span,
    go_field: String,
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message.plain)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message.plain)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let plain = message.to_string();
        Self(Box::new(Fault { message: Message { api: plain.clone(), go_type: "", plain }, located: None }))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let json = match found {
            Unexpected::Bool(_) => "bool",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
            Unexpected::Str(_) => "string",
            Unexpected::Seq => "array",
            Unexpected::Map => "object",
            _ => "value",
        };
        let plain = format!("{found} stands where {expected} is due");
        Self(Box::new(Fault { message: Message { api: json.into(), go_type: go_type(expected), plain }, located: None }))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let plain = format!("{found} stands where {expected} is due");
        let api = match found {
            Unexpected::Signed(n) => format!("number {n}"),
            Unexpected::Unsigned(n) => format!("number {n}"),
            Unexpected::Float(n) => format!("number {n}"),
            _ => plain.clone(),
        };
        Self(Box::new(Fault { message: Message { api, go_type: go_type(expected), plain }, located: None }))
    }
}

#[derive(Clone, Copy)]
struct NodeDeserializer<'a> {
    node: &'a Node,
    place: &'a Place<'a>,
    /// Name of the API type that has this field; empty outside any.
    go_type: &'static str,
    unknown: &'a RefCell<Vec<UnknownField>>,
}

impl NodeDeserializer<'_> {
    /// Gives an error its place, once: the innermost value is the one at fault.
    fn locate(&self, mut failure: Failure) -> Failure {
        if failure.0.located.is_none() {
            let path = self.place.path();
            let fields: Vec<&str> = path
                .iter()
                .filter_map(|step| match step {
                    Step::Field(name) => Some(name.as_ref()),
                    Step::Index(_) => None,
                })
                .collect();
            let go_field = if fields.is_empty() { String::new() } else { format!("{}.{}", self.go_type, fields.join(".")) };
            failure.0.located = Some(Located { path, span: self.node.head(), go_field });
        }
        failure
    }

    /// The error for a value that is not what is due.
    fn wrong_type(&self, expected: &str, go_type: &'static str) -> Failure {
        let (json, found) = match &self.node.value {
            Value::Scalar(Scalar::Null) => ("null", "nothing".to_owned()),
            Value::Scalar(Scalar::Bool(value)) => ("bool", format!("the boolean {value}")),
            Value::Scalar(Scalar::Int(value)) => ("number", format!("the number {value}")),
            Value::Scalar(Scalar::UInt(value)) => ("number", format!("the number {value}")),
            Value::Scalar(Scalar::Float(value)) => ("number", format!("the number {value}")),
            Value::Scalar(Scalar::Str(text)) => ("string", format!("the text {text:?}")),
            Value::Seq(_) => ("array", "a list".to_owned()),
            Value::Map(_) => ("object", "a mapping".to_owned()),
        };
        let plain = format!("{found} stands where {expected} is due");
        self.locate(Failure(Box::new(Fault { message: Message { api: json.into(), go_type, plain }, located: None })))
    }

    fn visit_scalar<'de, V: Visitor<'de>>(scalar: &Scalar, visitor: V) -> Result<V::Value, Failure> {
        match scalar {
            Scalar::Null => visitor.visit_unit(),
            Scalar::Bool(value) => visitor.visit_bool(*value),
            Scalar::Int(value) => visitor.visit_i64(*value),
            Scalar::UInt(value) => visitor.visit_u64(*value),
            Scalar::Float(value) => match integral(*value) {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(*value),
            },
            Scalar::Str(text) => visitor.visit_str(text),
        }
    }
}

/// Methods that are another one under a different name.
macro_rules! forward {
    ($($to:ident: $($from:ident)*;)*) => {
        $($(fn $from<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.$to(visitor)
        })*)*
    };
}

/// Each method calls only the visitor's methods that can succeed for what is due: the others would be compiled for every API
/// type, and they are more than a third of the code.
impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(scalar) => Self::visit_scalar(scalar, visitor),
            Value::Seq(items) => visitor.visit_seq(Items { at: self, list: items, index: 0 }),
            Value::Map(entries) => visitor.visit_map(Entries { at: self, list: entries, index: 0, known: None }),
        }
        .map_err(|failure| self.locate(failure))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(Scalar::Bool(value)) => visitor.visit_bool(*value),
            Value::Scalar(Scalar::Str(text)) if is_letter_boolean(text) => visitor.visit_bool(matches!(text.as_str(), "y" | "Y")),
            _ => Err(self.wrong_type("a boolean", " of type bool")),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(Scalar::Int(value)) => visitor.visit_i64(*value),
            Value::Scalar(Scalar::UInt(value)) => visitor.visit_u64(*value),
            Value::Scalar(Scalar::Float(value)) if let Some(whole) = integral(*value) => visitor.visit_i64(whole),
            _ => Err(self.wrong_type("an integer", " of type int32")),
        }
        .map_err(|failure| self.locate(failure))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            #[expect(clippy::cast_precision_loss, reason = "a float is what the field holds")]
            Value::Scalar(Scalar::Int(value)) => visitor.visit_f64(*value as f64),
            Value::Scalar(Scalar::Float(value)) => visitor.visit_f64(*value),
            _ => Err(self.wrong_type("a number", " of type float64")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(Scalar::Str(text)) => visitor.visit_str(text).map_err(|failure| self.locate(failure)),
            _ => Err(self.wrong_type("text", " of type string")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Seq(items) => visitor.visit_seq(Items { at: self, list: items, index: 0 }),
            _ => Err(self.wrong_type("a list", "")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Map(entries) => visitor.visit_map(Entries { at: self, list: entries, index: 0, known: None }),
            _ => Err(self.wrong_type("a mapping", "")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Failure> {
        // A quantity may be written as a number: `cpu: 1` (`k8s.io/apimachinery/pkg/api/resource`, `UnmarshalJSON`).
        if name == "Quantity"
            && let Value::Scalar(scalar @ (Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_))) = &self.node.value
        {
            let text = match scalar {
                Scalar::Int(value) => value.to_string(),
                Scalar::UInt(value) => value.to_string(),
                Scalar::Float(value) => value.to_string(),
                _ => String::new(),
            };
            return visitor.visit_newtype_struct(StrDeserializer::new(&text));
        }
        visitor.visit_newtype_struct(self).map_err(|failure| self.locate(failure))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Map(entries) => visitor
                .visit_map(Entries { at: Self { go_type: name, ..self }, list: entries, index: 0, known: Some(fields) })
                .map_err(|failure| self.locate(failure)),
            _ => Err(self.wrong_type("a mapping", "")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::Scalar(Scalar::Str(text)) => {
                visitor.visit_enum(StrDeserializer::new(text)).map_err(|failure: Failure| self.locate(failure))
            }
            _ => Err(self.wrong_type("text", " of type string")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    forward! {
        deserialize_i64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64;
        deserialize_f64: deserialize_f32;
        deserialize_str: deserialize_char deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier;
        deserialize_any: deserialize_unit;
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_any(visitor)
    }
}

struct Items<'a> {
    at: NodeDeserializer<'a>,
    list: &'a [Node],
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let Some(node) = self.list.get(self.index) else { return Ok(None) };
        let place = Place { step: Some(PlaceStep::Index(self.index)), parent: Some(self.at.place) };
        self.index += 1;
        seed.deserialize(NodeDeserializer { node, place: &place, go_type: self.at.go_type, unknown: self.at.unknown }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.list.len() - self.index)
    }
}

struct Entries<'a> {
    at: NodeDeserializer<'a>,
    list: &'a [(Key, Node)],
    index: usize,
    /// The fields of a struct; absent for a map, which takes any key.
    known: Option<&'static [&'static str]>,
}

impl<'a> Entries<'a> {
    /// The key of the next entry, noted where the type does not know it. Apart from `next_key_seed`, which is compiled for
    /// every API type.
    fn key(&self) -> Option<&'a str> {
        let (key, _) = self.list.get(self.index)?;
        if let Some(known) = self.known
            && !known.contains(&key.text.as_str())
        {
            let mut path = self.at.place.path();
            path.push(Step::from(key.text.clone()));
            self.at.unknown.borrow_mut().push(UnknownField { path, span: key.span, nearest: nearest(&key.text, known) });
        }
        Some(&key.text)
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Some(key) = self.key() else { return Ok(None) };
        let text: StrDeserializer<'_, Failure> = key.into_deserializer();
        seed.deserialize(text).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let Some((key, node)) = self.list.get(self.index) else { return Err(de::Error::custom("a value without a key")) };
        self.index += 1;
        let place = Place { step: Some(PlaceStep::Field(&key.text)), parent: Some(self.at.place) };
        seed.deserialize(NodeDeserializer { node, place: &place, go_type: self.at.go_type, unknown: self.at.unknown })
    }
}

/// The nearest of some names, if it is near enough to have been meant.
pub fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let bound = 1 + name.len() / 4;
    known
        .iter()
        .map(|candidate| (distance(&name.to_lowercase(), &candidate.to_lowercase()), *candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two short words, a swap of neighbors counting once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

impl fmt::Display for UnknownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown field {:?}", path_string(&self.path))
    }
}
