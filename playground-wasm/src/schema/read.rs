//! Reading a tree into structs, once [`super::check`] has found it to have the right shape.
//!
//! Nothing can fail here: an absent field, `null`, or a value of another shape reads as the type's default.

use std::collections::BTreeMap;

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

/// The bytes of base64 text, which is padded; line breaks do not count (`encoding/base64`, `StdEncoding`).
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = plain.iter().rev().take_while(|&&byte| byte == b'=').count();
    if !plain.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(plain.len() / 4 * 3);
    for group in plain[..plain.len() - padding].chunks(4) {
        let mut bits = 0_u32;
        for &digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [_, decoded @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend_from_slice(&decoded[..group.len() - 1]);
    }
    Some(bytes)
}

fn integer(node: &Node) -> i64 {
    match &node.value {
        Value::Scalar(Scalar::Int(value)) => *value,
        Value::Scalar(Scalar::Float(value)) => integral(value).unwrap_or_default(),
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

#[cfg(test)]
mod tests {
    use super::decode_base64;

    #[test]
    fn base64_is_decoded_as_go_does() {
        for (text, want) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v", Some("foo")),
            ("Zm9v\r\nYmFy\n", Some("foobar")),
            ("/+8=", None),
            ("Zg", None),
            ("Zg=", None),
            ("Z===", None),
            ("====", None),
            ("Zg==Zg==", None),
            ("Zm9_", None),
        ] {
            let decoded = decode_base64(text).and_then(|bytes| String::from_utf8(bytes).ok());
            assert_eq!(decoded.as_deref(), want, "{text:?}");
        }
        assert_eq!(decode_base64("/+8="), Some(vec![0xff, 0xef]));
    }
}
