//! Documents of a known shape: tables of the fields that each type has, the check that a document has no others, and reading
//! it into structs.
//!
//! A line of a table is a type: its name, then each field with the code of its type. Lines are sorted by name.
//!
//! | code | type | | code | type |
//! |---|---|---|---|---|
//! | `s` | string | | `x` | IntOrString |
//! | `b` | bool | | `q` | Quantity |
//! | `i` | int32 | | `t` | Time |
//! | `l` | int64 | | `y` | bytes in base64 |
//! | `n` | float64 | | `*` | anything |
//! | `[`code | list | | `{`code | map from strings |
//!
//! Anything else is the name of another type. Deserializing into k8s-openapi's own structs would need many times the
//! WebAssembly: their code is made anew for each of some thousand fields, most of which nobody reads.

mod check;
mod read;

use std::cmp::Ordering;

pub use check::{TypeError, UnknownField, check};
pub(crate) use read::structs;
pub use read::{Bytes, IntOrString, Read, decode_base64, field};

/// A table of types.
#[derive(Debug, Clone, Copy)]
pub struct Schema(pub &'static str);

/// A type of a table.
#[derive(Debug, Clone, Copy)]
struct Type {
    schema: Schema,
    name: &'static str,
    fields: &'static str,
}

impl Schema {
    fn find(self, name: &str) -> Option<Type> {
        // Sorted by the bytes of the names: the space after a name sorts before all that stands in one.
        let mut rest = self.0;
        loop {
            let middle = rest.len() / 2;
            let start = rest[..middle].rfind('\n').map_or(0, |at| at + 1);
            let end = rest[start..].find('\n').map_or(rest.len(), |at| start + at + 1);
            let (found, fields) = rest[start..end].trim_end().split_once(' ')?;
            match name.cmp(found) {
                Ordering::Equal => return Some(Type { schema: self, name: found, fields }),
                Ordering::Less => rest = &rest[..start],
                Ordering::Greater => rest = &rest[end..],
            }
        }
    }

    /// Whether a type, by the name that Go has for it, has a field: for the tests of the structs that read them.
    #[cfg(test)]
    pub fn has_field(self, type_name: &str, field: &str) -> bool {
        self.0.lines().filter_map(|line| line.split_once(' ')).any(|(name, fields)| {
            let found = Type { schema: self, name, fields };
            found.go_name() == type_name && found.field(field).is_some()
        })
    }
}

impl Type {
    fn all(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.fields.split(' ').filter_map(|field| field.split_once(':'))
    }

    fn field(self, name: &str) -> Option<&'static str> {
        self.all().find(|(field, _)| *field == name).map(|(_, code)| code)
    }

    /// Whether a CustomResourceDefinition has it.
    fn is_custom(self) -> bool {
        self.name.starts_with("gateway")
    }

    /// The name alone, as Go has it.
    fn go_name(self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }
}

#[cfg(test)]
mod tests {
    use crate::object::API;

    #[test]
    fn every_type_is_found_and_every_code_means_something() {
        for line in API.0.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            let found = API.find(name).unwrap_or_else(|| panic!("{name} is not found"));
            for (field, code) in found.all() {
                let code = code.trim_start_matches(['[', '{']);
                assert!("sbilnxqty*".contains(code) || API.find(code).is_some(), "{name}.{field}: {code}");
            }
        }
        for missing in ["Nothing", "", "~"] {
            assert!(API.find(missing).is_none());
        }
    }
}
