//! Reading a tree into structs, once [`super::check`] has found it to have the right shape.
//!
//! Nothing can fail here: an absent field, `null`, or a value of another shape reads as the type's default.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::{Node, Scalar, Value, integral, is_letter_boolean};

/// A type that a value of a manifest can be read as.
pub trait Read: Default {
    fn read(node: &Node) -> Self;
}

/// A field of a mapping.
pub fn field<T: Read>(node: &Node, name: &str) -> T {
    node.get(name).filter(|value| !value.is_null()).map_or_else(T::default, T::read)
}

/// `IntOrString` of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrString {
    Int(i32),
    String(String),
}

/// `[]byte` of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// The bytes of base64 text; line breaks do not count (`encoding/base64`).
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    STANDARD.decode(plain).ok()
}

fn integer(node: &Node) -> i64 {
    match &node.value {
        Value::Scalar(Scalar::Int(value)) => *value,
        Value::Scalar(Scalar::Float(value)) => integral(*value).unwrap_or_default(),
        _ => 0,
    }
}

impl Read for String {
    fn read(node: &Node) -> Self {
        node.as_str().unwrap_or_default().to_owned()
    }
}

impl Read for bool {
    fn read(node: &Node) -> Self {
        match &node.value {
            Value::Scalar(Scalar::Bool(value)) => *value,
            Value::Scalar(Scalar::Str(text)) => is_letter_boolean(text) && text.eq_ignore_ascii_case("y"),
            _ => false,
        }
    }
}

impl Read for i32 {
    fn read(node: &Node) -> Self {
        Self::try_from(integer(node)).unwrap_or_default()
    }
}

impl Read for u16 {
    fn read(node: &Node) -> Self {
        Self::try_from(integer(node)).unwrap_or_default()
    }
}

impl Read for i64 {
    fn read(node: &Node) -> Self {
        integer(node)
    }
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl Read for IntOrString {
    fn read(node: &Node) -> Self {
        match node.as_str() {
            Some(text) => Self::String(text.to_owned()),
            None => Self::Int(i32::read(node)),
        }
    }
}

impl Read for Bytes {
    fn read(node: &Node) -> Self {
        Self(node.as_str().and_then(decode_base64).unwrap_or_default())
    }
}

impl<T: Read> Read for Option<T> {
    fn read(node: &Node) -> Self {
        Some(T::read(node))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node) -> Self {
        node.items().iter().map(|item| if item.is_null() { T::default() } else { T::read(item) }).collect()
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(node: &Node) -> Self {
        let Value::Map(entries) = &node.value else { return Self::new() };
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key.text.clone(), if value.is_null() { T::default() } else { T::read(value) });
        }
        map
    }
}

/// Structs with the fields that are used of the types of a table: `in TABLE; Type { field "nameInTheDocument": Type, }`.
macro_rules! structs {
    (in $schema:expr; $($(#[$note:meta])* $name:ident { $($(#[$field_note:meta])* $field:ident $key:literal: $kind:ty,)* })*) => {
        $(
            $(#[$note])*
            #[derive(Debug, Clone, Default, PartialEq)]
            #[allow(clippy::struct_field_names, reason = "the document's names")]
            pub struct $name {
                $($(#[$field_note])* pub $field: $kind,)*
            }

            impl $crate::schema::Read for $name {
                fn read(node: &$crate::text::Node) -> Self {
                    Self { $($field: $crate::schema::field(node, $key),)* }
                }
            }
        )*

        #[cfg(test)]
        mod fields {
            #[test]
            fn are_those_of_the_table() {
                for (name, field) in [$($((stringify!($name), $key),)*)*] {
                    assert!($schema.has_field(name, field), "{name} has no field {field}");
                }
            }
        }
    };
}
pub(crate) use structs;
