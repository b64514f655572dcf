//! Whether a document has the shape of its type, with the place of every error.
//!
//! It follows the API server: `encoding/json` for types (`json: cannot unmarshal number into Go struct field ...`), of which
//! the first is told, and strict decoding for unknown fields (`unknown field "spec.prots"`,
//! `k8s.io/apimachinery/pkg/runtime/serializer/json`). An absent field and `null` are the same. What a quantity or a time
//! holds is left unread: neither changes how packets travel. Custom resources are held against their schema instead
//! (`spec.port in body must be of type integer: "string"`, `kube-openapi`, `pkg/validation/errors`).

use super::{Schema, Type, decode_base64};
use crate::text::{Node, Scalar, Span, Step, Value, integral, is_letter_boolean, nearest, path_string};

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

/// Holds a document against a type of the table; one that the table does not have takes everything.
pub fn check(schema: Schema, type_name: &str, root: &Node) -> (Option<TypeError>, Vec<UnknownField>) {
    let mut checker = Checker { path: Vec::new(), error: None, unknown: Vec::new() };
    if let Some(found) = schema.find(type_name).filter(|_| !root.is_null()) {
        checker.object(found, root, found);
    }
    (checker.error, checker.unknown)
}

struct Checker {
    path: Vec<Step>,
    error: Option<TypeError>,
    unknown: Vec<UnknownField>,
}

impl Checker {
    fn object(&mut self, found: Type, node: &Node, owner: Type) {
        let Value::Map(entries) = &node.value else {
            return self.wrong(node, "a mapping", &format!("v1.{}", found.go_name()), owner);
        };
        for (key, value) in entries {
            self.path.push(Step::from(key.text.clone()));
            match found.field(&key.text) {
                Some(code) => self.value(code, value, found),
                None => {
                    let known: Vec<&'static str> = found.all().map(|(name, _)| name).collect();
                    self.unknown.push(UnknownField { path: self.path.clone(), span: key.span, nearest: nearest(&key.text, &known) });
                }
            }
            self.path.pop();
        }
    }

    fn value(&mut self, code: &'static str, node: &Node, owner: Type) {
        if node.is_null() || code == "*" {
            return;
        }
        if let Some(item) = code.strip_prefix('[') {
            let Value::Seq(items) = &node.value else { return self.wrong(node, "a list", &go_type(code), owner) };
            for (index, value) in items.iter().enumerate() {
                self.path.push(Step::Index(index));
                self.value(item, value, owner);
                self.path.pop();
            }
            return;
        }
        if let Some(item) = code.strip_prefix('{') {
            let Value::Map(entries) = &node.value else { return self.wrong(node, "a mapping", &go_type(code), owner) };
            for (key, value) in entries {
                self.path.push(Step::Key(key.text.clone()));
                self.value(item, value, owner);
                self.path.pop();
            }
            return;
        }
        let scalar = if let Value::Scalar(scalar) = &node.value { Some(scalar) } else { None };
        let number = matches!(scalar, Some(Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)));
        let text = matches!(scalar, Some(Scalar::Str(_)));
        let (right, wanted) = match code {
            "s" | "t" => (text, "text"),
            "y" => match scalar {
                Some(Scalar::Str(encoded)) if decode_base64(encoded).is_none() => {
                    return self.fail(node, "illegal base64 data".into(), format!("the text {encoded:?} is not base64"));
                }
                _ => (text, "text in base64"),
            },
            "b" => match scalar {
                Some(Scalar::Bool(_)) => (true, ""),
                Some(Scalar::Str(letter)) => (is_letter_boolean(letter), "a boolean"),
                _ => (false, "a boolean"),
            },
            "i" | "l" => return self.integer(code, node, scalar, owner),
            "n" => (number, "a number"),
            "x" if number => return self.integer("i", node, scalar, owner),
            "x" => (text, "a number or text"),
            "q" => (text || number, "a quantity"),
            _ => match owner.schema.find(code) {
                Some(found) => return self.object(found, node, owner),
                None => return,
            },
        };
        if !right {
            self.wrong(node, wanted, &go_type(code), owner);
        }
    }

    /// Of 32 bits unless it is an int64.
    fn integer(&mut self, code: &'static str, node: &Node, scalar: Option<&Scalar>, owner: Type) {
        let value = match scalar {
            Some(Scalar::Int(value)) => Some(*value),
            Some(Scalar::Float(value)) => integral(value),
            _ => None,
        };
        let Some(value) = value else { return self.wrong(node, "an integer", &go_type(code), owner) };
        if code == "i" && i32::try_from(value).is_err() && !owner.is_custom() {
            let message = format!("json: cannot unmarshal number {value} into {} of type int32", self.go_field(owner));
            self.fail(node, message, format!("the number {value} is too large"));
        }
    }

    fn wrong(&mut self, node: &Node, expected: &str, go_type: &str, owner: Type) {
        let (json, found) = match &node.value {
            Value::Scalar(Scalar::Null) => ("null".to_owned(), "nothing".to_owned()),
            Value::Scalar(Scalar::Bool(value)) => ("bool".to_owned(), format!("the boolean {value}")),
            Value::Scalar(Scalar::Int(value)) => ("number".to_owned(), format!("the number {value}")),
            Value::Scalar(Scalar::UInt(value)) => (format!("number {value}"), format!("the number {value}")),
            Value::Scalar(Scalar::Float(value)) => (format!("number {value}"), format!("the number {value}")),
            Value::Scalar(Scalar::Str(text)) => ("string".to_owned(), format!("the text {text:?}")),
            Value::Seq(_) => ("array".to_owned(), "a list".to_owned()),
            Value::Map(_) => ("object".to_owned(), "a mapping".to_owned()),
        };
        let message = if owner.is_custom() {
            let json = match json.split_once(' ').map_or(json.as_str(), |(kind, _)| kind) {
                "bool" => "boolean",
                "number" if json == "number" => "integer",
                other => other,
            };
            let wanted = match go_type {
                "string" | "integer" | "boolean" => go_type,
                "bool" => "boolean",
                "int32" | "int64" => "integer",
                _ if go_type.starts_with("[]") => "array",
                _ => "object",
            };
            format!("{} in body must be of type {wanted}: {json:?}", path_string(&self.path))
        } else {
            format!("json: cannot unmarshal {json} into {} of type {go_type}", self.go_field(owner))
        };
        self.fail(node, message, format!("{found} stands where {expected} is due"));
    }

    /// `Go struct field ServicePort.spec.ports.port`.
    fn go_field(&self, owner: Type) -> String {
        let fields = self.path.iter().filter_map(|step| match step {
            Step::Field(name) => Some(name.as_ref()),
            Step::Key(_) | Step::Index(_) => None,
        });
        fields.fold(format!("Go struct field {}", owner.go_name()), |text, field| text + "." + field)
    }

    fn fail(&mut self, node: &Node, message: String, expected: String) {
        if self.error.is_none() {
            self.error = Some(TypeError { message, expected, path: self.path.clone(), span: node.head() });
        }
    }
}

fn go_type(code: &str) -> String {
    match code {
        "s" | "t" | "y" => "string".into(),
        "b" => "bool".into(),
        "i" => "int32".into(),
        "l" => "int64".into(),
        "n" => "float64".into(),
        "x" => "intstr.IntOrString".into(),
        "q" => "resource.Quantity".into(),
        "*" => "interface {}".into(),
        _ => match code.split_at(1) {
            ("[", item) => format!("[]{}", go_type(item)),
            ("{", item) => format!("map[string]{}", go_type(item)),
            _ => format!("v1.{}", code.rsplit('/').next().unwrap_or(code)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::API;
    use crate::text::{parse_document, split};

    fn checked(kind: &str, yaml: &str) -> (Option<String>, Vec<String>) {
        let root = parse_document(split(yaml)[0]).0.unwrap();
        let (error, unknown) = check(API, kind, &root);
        let unknown = unknown.into_iter().map(|field| format!("{} ({})", path_string(&field.path), field.nearest.unwrap_or("-")));
        (error.map(|error| format!("{}: {}", path_string(&error.path), error.message)), unknown.collect())
    }

    #[test]
    fn says_what_the_api_server_says_of_a_wrong_type() {
        let wrong = |yaml: &str| checked("v1/Service", yaml).0.unwrap_or_default();
        assert_eq!(
            wrong("spec: {ports: [{port: 80}, {port: web}]}"),
            "spec.ports[1].port: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32"
        );
        assert_eq!(
            wrong("spec: {selector: {app: 1}}"),
            "spec.selector[app]: json: cannot unmarshal number into Go struct field ServiceSpec.spec.selector of type string"
        );
        assert_eq!(
            wrong("spec: {ports: {port: 80}}"),
            "spec.ports: json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort"
        );
        assert_eq!(wrong("spec: [80]"), "spec: json: cannot unmarshal array into Go struct field Service.spec of type v1.ServiceSpec");
        assert_eq!(
            wrong("spec: {ports: [{port: 4294967376}]}"),
            "spec.ports[0].port: json: cannot unmarshal number 4294967376 into Go struct field ServicePort.spec.ports.port of type int32"
        );
        assert_eq!(wrong("spec: {ports: [{port: 80, targetPort: web}, {port: 81, targetPort: 8.0}], clusterIP: null}"), "");
        assert!(wrong("spec: {ports: [{port: 80.5}]}").ends_with("of type int32"));
        assert!(wrong("spec: {ports: [{port: 80, targetPort: yes}]}").ends_with("of type intstr.IntOrString"));
        assert_eq!(checked("v1/Secret", "data: {key: 'a b'}").0.unwrap(), "data[key]: illegal base64 data");
        assert_eq!(checked("v1/Secret", "data: {key: aGk=}").0, None);
        assert_eq!(
            checked("gateway.networking.k8s.io/v1/Gateway", "spec: {listeners: [{port: web}]}").0.unwrap(),
            "spec.listeners[0].port: spec.listeners[0].port in body must be of type integer: \"string\""
        );
    }

    #[test]
    fn finds_every_unknown_field_and_what_it_was_meant_to_be() {
        let yaml =
            "metdata: {name: a}\nspec: {prots: [], selector: {any: thing}, ports: [{port: 80, foo: 1}]}\nmetadata: {labels: {any: thing}}";
        assert_eq!(checked("v1/Service", yaml).1, ["metdata (metadata)", "spec.prots (ports)", "spec.ports[0].foo (-)"]);
        assert_eq!(checked("example.com/v1/Thing", "any: thing"), (None, vec![]));
    }
}
