//! The structural schemas of the Gateway API's CustomResourceDefinitions, v1.6.1, standard channel
//! (`kubernetes-sigs/gateway-api`, `config/crd/standard`), and what the API server says of an object that breaks one
//! (`k8s.io/apiextensions-apiserver/pkg/apiserver/validation`; `pkg/apiserver/schema/listtype` for sets and maps).
//!
//! `crd.txt` has a type a line: its name, then each field that has a rule or leads to one. Types that several schemas share
//! stand there once; what takes a value of the wrong type, or an unknown field, is [`crate::schema::check`].
//!
//! | after a field's name | means |
//! |---|---|
//! | `!` | required |
//! | `[m..n]` | a list of that many items; what follows is said of each |
//! | `@key`, `@` | whose items differ in that field, or altogether |
//! | `{n}` | a map of at most that many entries; what follows is said of each value |
//! | `#m..n` | a number in that range |
//! | `=A\|B` | one of these |
//! | `:form` | text of a form of [`FORMS`], or of at most that many characters |
//! | `>Type` | an object of another line |

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{At, gateway};
use crate::edge::Pattern;
use crate::object::error::Errors;

const SCHEMAS: &str = include_str!("crd.txt");

const DNS: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// By name: the least and most characters, and the pattern; none where anything will do.
const FORMS: &[(&str, usize, usize, &str)] = &[
    (
        "addressType",
        1,
        253,
        "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
    ),
    ("controller", 1, 253, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$"),
    ("dns", 1, 253, DNS),
    ("duration", 0, usize::MAX, "^([0-9]{1,5}(h|m|s|ms)){1,4}$"),
    ("group", 0, 253, "^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"),
    ("header", 1, 256, "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$"),
    ("host", 1, 253, "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"),
    ("kind", 1, 63, "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"),
    ("label", 0, 63, "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"),
    ("name", 1, 253, ""),
    ("namespace", 1, 63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"),
    ("origin", 1, 253, "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)"),
    (
        "protocol",
        1,
        255,
        "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
    ),
    ("query", 1, 1024, ""),
    ("uri", 1, 253, "^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?"),
    ("value", 1, 4096, ""),
    (
        "wellKnown",
        1,
        253,
        "^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$",
    ),
];

/// What the API server adds, at no field, when an object is too broken for the CEL rules to be asked.
const UNCHECKED: &str =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/// Judges an object by the schema of its kind, if there is one, and by its CEL rules where the schema leaves it whole enough.
#[inline(never)]
pub fn custom(kind: &str, root: At<'_, '_>, errors: &mut Errors) {
    let Some((kind, _)) = line(kind) else { return };
    let before = errors.list.len();
    let mut patterns = BTreeMap::new();
    visit(kind, root, errors, &mut |place, at, errors| match place {
        Place::Object(_) => {}
        Place::Field(field) => field.judge(at, errors),
        Place::Part(rule) => rule.judge(at, &mut patterns, errors),
    });
    if kind == "Gateway" {
        gateway::addresses(root, errors);
    }
    // A ReferenceGrant has no such rules.
    if errors.list[before..].iter().any(|error| error.reason.blocks_cel()) && kind != "ReferenceGrant" {
        return root.field("<nil>").invalid(errors, UNCHECKED);
    }
    visit(kind, root, errors, &mut |place, at, errors| {
        if let Place::Object(name) = place {
            gateway::rules(name, at, errors);
        }
    });
}

fn line(kind: &str) -> Option<(&'static str, &'static str)> {
    SCHEMAS.lines().filter_map(|line| line.split_once(' ')).find(|(name, _)| *name == kind)
}

/// A field of a type.
#[derive(Clone, Copy)]
struct Field {
    name: &'static str,
    required: bool,
    shape: Shape,
    rule: Rule,
}

#[derive(Clone, Copy)]
enum Shape {
    One,
    /// The least and most items, and the key by which they differ; an empty one is all of them.
    List(usize, usize, Option<&'static str>),
    Map(usize),
}

/// What is said of a field's value, or of each of its items or entries.
#[derive(Clone, Copy)]
enum Rule {
    Anything,
    Number(i64, i64),
    OneOf(&'static str),
    Form(&'static str),
    Type(&'static str),
}

enum Place {
    Object(&'static str),
    Field(Field),
    Part(Rule),
}

/// Goes through all of an object that its schema says something of.
fn visit(kind: &'static str, at: At<'_, '_>, errors: &mut Errors, see: &mut impl FnMut(Place, At<'_, '_>, &mut Errors)) {
    see(Place::Object(kind), at, errors);
    let fields = line(kind).map(|(_, fields)| fields.split(' '));
    for field in fields.into_iter().flatten().map(Field::read) {
        let value = at.field(field.name);
        see(Place::Field(field), value, errors);
        let parts: Vec<At<'_, '_>> = match field.shape {
            Shape::One => vec![value],
            Shape::List(..) => value.items().collect(),
            Shape::Map(_) => value.members().collect(),
        };
        for part in parts.into_iter().filter(|part| part.is_set()) {
            match field.rule {
                Rule::Type(name) => visit(name, part, errors, see),
                rule => see(Place::Part(rule), part, errors),
            }
        }
    }
}

impl Field {
    fn read(text: &'static str) -> Self {
        let (name, rest) = split(text, |c| !c.is_ascii_alphanumeric());
        let (required, rest) = rest.strip_prefix('!').map_or((false, rest), |rest| (true, rest));
        let (shape, rest) = if let Some((bounds, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let (least, most) = range(bounds);
            let (key, rest) = rest.strip_prefix('@').map_or((None, rest), |rest| {
                let (key, rest) = split(rest, |c| !c.is_ascii_alphanumeric());
                (Some(key), rest)
            });
            (Shape::List(least.unwrap_or(0), most.unwrap_or(usize::MAX), key), rest)
        } else if let Some((most, rest)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            (Shape::Map(most.parse().unwrap_or(usize::MAX)), rest)
        } else {
            (Shape::One, rest)
        };
        let rule = match rest.split_at_checked(1) {
            Some(("#", bounds)) => {
                let (least, most) = range(bounds);
                Rule::Number(least.unwrap_or(0), most.unwrap_or(i64::MAX))
            }
            Some(("=", words)) => Rule::OneOf(words),
            Some((":", form)) => Rule::Form(form),
            Some((_, name)) => Rule::Type(name),
            None => Rule::Anything,
        };
        Self { name, required, shape, rule }
    }

    /// Judges what concerns the field as a whole.
    fn judge(self, at: At<'_, '_>, errors: &mut Errors) {
        if !at.is_set() {
            if self.required {
                at.required(errors, "");
            }
            return;
        }
        let count = at.items().count();
        match self.shape {
            Shape::One => {}
            Shape::List(least, most, key) => {
                if count < least {
                    at.in_body(errors, &format!("should have at least {least} items"));
                }
                if count > most {
                    at.too_many(errors, count, most);
                }
                let Some(key) = key else { return };
                let mut seen = Vec::new();
                for item in at.items() {
                    let value = if key.is_empty() { item.shown() } else { format!("{{{key:?}:{}}}", item.field(key).shown()) };
                    if seen.contains(&value) {
                        item.duplicate(errors, &value);
                    }
                    seen.push(value);
                }
            }
            Shape::Map(most) => {
                let count = at.members().count();
                if count > most {
                    at.too_many(errors, count, most);
                }
            }
        }
    }
}

impl Rule {
    fn judge(self, at: At<'_, '_>, patterns: &mut BTreeMap<&'static str, Option<Pattern>>, errors: &mut Errors) {
        match self {
            Self::Anything | Self::Type(_) => {}
            Self::Number(least, most) => match at.number() {
                Some(number) if number < least => at.in_body(errors, &format!("should be greater than or equal to {least}")),
                Some(number) if number > most => at.in_body(errors, &format!("should be less than or equal to {most}")),
                _ => {}
            },
            Self::OneOf(words) => {
                let words: Vec<&str> = words.split('|').collect();
                let number = at.number().map(|number| number.to_string());
                if !words.contains(&number.as_deref().unwrap_or(at.text())) {
                    at.unsupported(errors, &words);
                }
            }
            Self::Form(name) => {
                let bare = (name, 0, name.parse().unwrap_or(usize::MAX), "");
                let &(_, least, most, pattern) = FORMS.iter().find(|(form, ..)| *form == name).unwrap_or(&bare);
                let length = at.text().chars().count();
                if length < least {
                    at.in_body(errors, &format!("should be at least {least} chars long"));
                }
                if length > most {
                    at.too_long(errors, most);
                }
                let compiled = patterns.entry(pattern).or_insert_with(|| found_in(pattern));
                if compiled.as_ref().is_some_and(|compiled| !compiled.matches_all(at.text())) {
                    at.in_body(errors, &format!("should match '{pattern}'"));
                }
            }
        }
    }
}

/// A pattern that takes any text in which this one is found, as Go's `MatchString` does; none for the empty one.
pub fn found_in(pattern: &str) -> Option<Pattern> {
    let plain = pattern.replace("\\x60", "`");
    if pattern.is_empty() { None } else { Pattern::new(&format!(".*(?:{plain}).*")) }
}

fn split(text: &'static str, at: impl Fn(char) -> bool) -> (&'static str, &'static str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

fn range<T: FromStr>(text: &str) -> (Option<T>, Option<T>) {
    let (least, most) = text.split_once("..").unwrap_or_default();
    (least.parse().ok(), most.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read_and_leads_somewhere() {
        for (name, fields) in SCHEMAS.lines().filter_map(|line| line.split_once(' ')) {
            for field in fields.split(' ').map(Field::read) {
                let known = match field.rule {
                    Rule::Type(target) => line(target).is_some(),
                    Rule::Form(form) => form.parse::<usize>().is_ok() || FORMS.iter().any(|(known, ..)| *known == form),
                    Rule::Anything | Rule::Number(..) | Rule::OneOf(_) => true,
                };
                assert!(known && !field.name.is_empty(), "{name}.{}", field.name);
            }
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for (name, _, _, pattern) in FORMS {
            assert!(pattern.is_empty() || found_in(pattern).is_some(), "{name}");
        }
    }
}
