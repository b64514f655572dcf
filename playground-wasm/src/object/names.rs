//! The forms that names, labels and ports must have (`k8s.io/apimachinery/pkg/util/validation`), with its wording.

use super::error::Errors;
use crate::model::Labels;
use crate::text::Step;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// Which form a kind's name must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameForm {
    /// At most 63 characters without dots.
    Label,
    /// The same, not beginning with a digit: Services, whose names become environment variables.
    Label1035,
    /// At most 253 characters, with dots.
    Subdomain,
    /// RBAC names and the like: anything that is one path segment.
    PathSegment,
}

const SEARCH: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";

/// What is wrong with a domain of a search list, which may have underscores; nothing where it is right.
pub fn search_problem(name: &str) -> Option<String> {
    if name.len() > 253 {
        return Some("must be no more than 253 bytes".to_owned());
    }
    let fine = name.split('.').all(|label| is_label(&label.strip_prefix('_').unwrap_or(label).replace('_', "-")));
    (!fine).then(|| SEARCH.to_owned())
}

fn is_label(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// What is wrong with a name of that form; nothing where it is right.
pub fn name_problem(form: NameForm, name: &str) -> Option<String> {
    let too_long = |limit: usize| (name.len() > limit).then(|| format!("must be no more than {limit} bytes"));
    match form {
        NameForm::Label => too_long(63).or_else(|| (!is_label(name)).then(|| LABEL.to_owned())),
        NameForm::Label1035 => {
            let fine = is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
            too_long(63).or_else(|| (!fine).then(|| LABEL_1035.to_owned()))
        }
        NameForm::Subdomain => too_long(253).or_else(|| (!name.split('.').all(is_label)).then(|| SUBDOMAIN.to_owned())),
        NameForm::PathSegment => match name {
            "." | ".." => Some(format!("may not be '{name}'")),
            _ if name.contains(['/', '%']) => Some("may not contain '/' or '%'".to_owned()),
            _ => None,
        },
    }
}

/// Checks a name and says what is wrong at its path.
pub fn check_name(form: NameForm, name: &str, path: Vec<Step>, errors: &mut Errors) {
    if let Some(detail) = name_problem(form, name) {
        errors.invalid(path, name, detail);
    }
}

fn is_qualified_part(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// What is wrong with a label's value.
pub fn label_value_problem(value: &str) -> Option<String> {
    if value.len() > 63 {
        return Some("must be no more than 63 bytes".to_owned());
    }
    (!value.is_empty() && !is_qualified_part(value)).then(|| VALUE.to_owned())
}

/// What is wrong with a label's key: `prefix/name`, the prefix a DNS subdomain.
pub fn label_key_problem(key: &str) -> Option<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return Some("prefix part must be non-empty".to_owned());
        }
        if let Some(problem) = name_problem(NameForm::Subdomain, prefix) {
            return Some(format!("prefix part {problem}"));
        }
    }
    if name.is_empty() {
        return Some("name part must be non-empty".to_owned());
    }
    if name.len() > 63 {
        return Some("name part must be no more than 63 bytes".to_owned());
    }
    (!is_qualified_part(name)).then(|| KEY.to_owned())
}

/// Checks the keys and values of labels or of a selector.
pub fn check_labels(labels: &Labels, path: &[Step], errors: &mut Errors) {
    for (key, value) in labels {
        if let Some(detail) = label_key_problem(key) {
            errors.invalid(path.to_vec(), key, detail);
        }
        if let Some(detail) = label_value_problem(value) {
            errors.invalid(path.to_vec(), value, detail);
        }
    }
}

/// What is wrong with a port's name (`IsValidPortName`): an IANA service name.
pub fn port_name_problem(name: &str) -> Option<&'static str> {
    if name.len() > 15 {
        Some("must be no more than 15 bytes")
    } else if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        Some("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    } else if !name.chars().any(|c| c.is_ascii_lowercase()) {
        Some("must contain at least one letter (a-z)")
    } else if name.contains("--") {
        Some("must not contain consecutive hyphens")
    } else if name.starts_with('-') || name.ends_with('-') {
        Some("must not begin or end with a hyphen")
    } else {
        None
    }
}

/// A port number in range, or what the API server says.
pub fn port_number(number: i32, path: Vec<Step>, errors: &mut Errors) -> Option<u16> {
    match u16::try_from(number) {
        Ok(port) if port > 0 => Some(port),
        _ => {
            errors.invalid(path, number, "must be between 1 and 65535, inclusive");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_of_their_kind() {
        for (form, name, fine) in [
            (NameForm::Label, "web-1", true),
            (NameForm::Label, "1web", true),
            (NameForm::Label, "web.shop", false),
            (NameForm::Label, "Web", false),
            (NameForm::Label, "", false),
            (NameForm::Label1035, "1web", false),
            (NameForm::Subdomain, "a.b-c.d", true),
            (NameForm::Subdomain, "a..b", false),
            (NameForm::Subdomain, "<b>", false),
            (NameForm::PathSegment, "system:node", true),
        ] {
            assert_eq!(name_problem(form, name).is_none(), fine, "{form:?} {name}");
        }
        assert!(name_problem(NameForm::Label, &"a".repeat(64)).is_some());
    }

    #[test]
    fn labels_and_port_names_follow_their_rules() {
        for (key, fine) in [("app", true), ("app.kubernetes.io/name", true), ("/x", false), ("a b", false), ("x/", false)] {
            assert_eq!(label_key_problem(key).is_none(), fine, "{key}");
        }
        for (value, fine) in [("", true), ("v1.2_x", true), ("-x", false), ("a/b", false)] {
            assert_eq!(label_value_problem(value).is_none(), fine, "{value}");
        }
        for (name, fine) in [("http", true), ("8080", false), ("a--b", false), ("-a", false), ("Http", false), ("a234567890123456", false)]
        {
            assert_eq!(port_name_problem(name).is_none(), fine, "{name}");
        }
    }
}
