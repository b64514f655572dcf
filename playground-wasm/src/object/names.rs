//! The forms that names, labels and ports must have (`k8s.io/apimachinery/pkg/util/validation`), with its wording.

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const HEADER: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/// Which form a kind's name must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameForm {
    /// At most 63 characters without dots. Since 1.36 Services, too, may begin with a digit (`RelaxedServiceNameValidation`).
    Label,
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

fn too_long(text: &str, limit: usize) -> Vec<String> {
    if text.len() > limit { vec![format!("must be no more than {limit} bytes")] } else { Vec::new() }
}

impl NameForm {
    /// All that is wrong with a name of this form.
    pub fn problems(self, name: &str) -> Vec<String> {
        let (limit, fine, rule) = match self {
            Self::Label if !is_label(name) && name.split('.').all(is_label) => (63, false, "must not contain dots"),
            Self::Label => (63, is_label(name), LABEL),
            Self::Subdomain => (253, name.split('.').all(is_label), SUBDOMAIN),
            Self::PathSegment => {
                let dots = matches!(name, "." | "..").then(|| format!("may not be '{name}'"));
                let signs = ['/', '%'].into_iter().filter(|sign| name.contains(*sign)).map(|sign| format!("may not contain '{sign}'"));
                return dots.into_iter().chain(signs).collect();
            }
        };
        let mut problems = too_long(name, limit);
        if !fine {
            problems.push(rule.to_owned());
        }
        problems
    }
}

fn is_qualified_part(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// All that is wrong with a label's value.
pub fn label_value(value: &str) -> Vec<String> {
    let mut problems = too_long(value, 63);
    if !value.is_empty() && !is_qualified_part(value) {
        problems.push(VALUE.to_owned());
    }
    problems
}

/// All that is wrong with a qualified name, such as a label's key: `prefix/name`, the prefix a DNS subdomain.
pub fn qualified_name(key: &str) -> Vec<String> {
    let (prefix, name) = match key.split('/').collect::<Vec<_>>()[..] {
        [name] => (None, name),
        [prefix, name] => (Some(prefix), name),
        _ => {
            let rule = KEY.trim_start_matches("name part ");
            return vec![format!("a qualified name {rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")];
        }
    };
    let mut problems = Vec::new();
    match prefix {
        Some("") => problems.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => problems.extend(NameForm::Subdomain.problems(prefix).into_iter().map(|problem| format!("prefix part {problem}"))),
        None => {}
    }
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    }
    problems.extend(too_long(name, 63).into_iter().map(|problem| format!("name part {problem}")));
    if !is_qualified_part(name) {
        problems.push(KEY.to_owned());
    }
    problems
}

/// All that is wrong with a key of a ConfigMap or Secret, which becomes the name of a file (`IsConfigMapKey`).
pub fn config_key(key: &str) -> Vec<String> {
    let mut problems = too_long(key, 253);
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        problems.push(CONFIG_KEY.to_owned());
    }
    match key {
        "." => problems.push("must not be '.'".to_owned()),
        ".." => problems.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => problems.push("must not start with '..'".to_owned()),
        _ => {}
    }
    problems
}

/// All that is wrong with the name of an environment variable (`IsRelaxedEnvVarName`).
pub fn env_name(name: &str) -> Vec<String> {
    let fine = name.chars().all(|c| (' '..='~').contains(&c) && c != '=');
    if fine {
        Vec::new()
    } else {
        vec!["a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned()]
    }
}

/// All that is wrong with the name of an HTTP header (`IsHTTPHeaderName`).
pub fn header_name(name: &str) -> Vec<String> {
    let fine = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fine { Vec::new() } else { vec![HEADER.to_owned()] }
}

/// All that is wrong with a path of which the first part is a domain (`IsDomainPrefixedPath`).
pub fn domain_prefixed_path(text: &str) -> Vec<String> {
    let Some((domain, path)) = text.split_once('/').filter(|(domain, path)| !domain.is_empty() && !path.is_empty()) else {
        return vec!["must be a domain-prefixed path (such as \"acme.io/foo\")".to_owned()];
    };
    let mut problems = NameForm::Subdomain.problems(domain);
    if !path.chars().all(|c| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c)) {
        problems.push("Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')".to_owned());
    }
    problems
}

/// All that is wrong with a port's name (`IsValidPortName`): an IANA service name.
pub fn port_name(name: &str) -> Vec<String> {
    let mut problems = too_long(name, 15);
    let rules = [
        (
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && !name.is_empty(),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (name.chars().any(|c| c.is_ascii_lowercase()), "must contain at least one letter (a-z)"),
        (!name.contains("--"), "must not contain consecutive hyphens"),
        (!name.starts_with('-') && !name.ends_with('-'), "must not begin or end with a hyphen"),
    ];
    problems.extend(rules.into_iter().filter(|(fine, _)| !fine).map(|(_, rule)| rule.to_owned()));
    problems
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
            (NameForm::Subdomain, "a.b-c.d", true),
            (NameForm::Subdomain, "a..b", false),
            (NameForm::Subdomain, "<b>", false),
            (NameForm::PathSegment, "system:node", true),
        ] {
            assert_eq!(form.problems(name).is_empty(), fine, "{form:?} {name}");
        }
        assert!(!NameForm::Label.problems(&"a".repeat(64)).is_empty());
    }

    #[test]
    fn labels_and_port_names_follow_their_rules() {
        for (key, fine) in [("app", true), ("app.kubernetes.io/name", true), ("/x", false), ("a b", false), ("x/", false)] {
            assert_eq!(qualified_name(key).is_empty(), fine, "{key}");
        }
        for (value, fine) in [("", true), ("v1.2_x", true), ("-x", false), ("a/b", false)] {
            assert_eq!(label_value(value).is_empty(), fine, "{value}");
        }
        for (name, fine) in [("http", true), ("8080", false), ("a--b", false), ("-a", false), ("Http", false), ("a234567890123456", false)]
        {
            assert_eq!(port_name(name).is_empty(), fine, "{name}");
        }
    }
}
