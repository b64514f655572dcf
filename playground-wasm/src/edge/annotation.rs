//! The few annotations of Ingresses that are known here: redirects to HTTPS under any controller's prefix, and ingress-nginx's
//! regular expressions, rewriting and backend protocol, without which most manifests written for it route nothing.
//!
//! Follows the documentation of ingress-nginx's annotations (`docs/user-guide/nginx-configuration/annotations.md`). All others
//! change nothing here.

use super::http::split_query;
use super::path;
use super::pattern::Pattern;
use crate::model::{Ingress, PathType};

/// The status of a redirect to HTTPS.
pub const REDIRECT_STATUS: u16 = 308;

/// Whether plain HTTP is sent to HTTPS; the plain wish for it counts only where the host has TLS.
pub fn redirects_to_https(ingress: &Ingress, host_has_tls: bool) -> bool {
    let asks = |wanted: &str| {
        ingress.meta.annotations.iter().any(|(key, value)| {
            let (prefix, name) = key.split_once('/').unwrap_or(("", key));
            name == wanted && value == "true" && (prefix.ends_with("ingress.kubernetes.io") || prefix.starts_with("haproxy"))
        })
    };
    asks("force-ssl-redirect") || (host_has_tls && asks("ssl-redirect"))
}

fn nginx<'a>(ingress: &'a Ingress, name: &str) -> Option<&'a str> {
    ingress.meta.annotations.get(&format!("nginx.ingress.kubernetes.io/{name}")).map(String::as_str)
}

/// Whether the Ingress's paths are regular expressions.
fn uses_regex(ingress: &Ingress) -> bool {
    nginx(ingress, "use-regex") == Some("true") || nginx(ingress, "rewrite-target").is_some_and(|target| target.contains('$'))
}

/// The expression of a path, for the beginning of what is asked for.
fn pattern(rule: &str) -> Option<Pattern> {
    Pattern::new(rule.strip_prefix('^').unwrap_or(rule)).map(Pattern::ignoring_case)
}

/// Whether a path of an Ingress takes the path of a request.
pub fn path_matches(ingress: &Ingress, path_type: PathType, rule: &str, asked: &str) -> bool {
    match path_type {
        PathType::Exact => rule == asked,
        PathType::Prefix | PathType::ImplementationSpecific if uses_regex(ingress) => {
            pattern(rule).is_some_and(|pattern| pattern.captures(asked).is_some())
        }
        PathType::Prefix | PathType::ImplementationSpecific => path::has_prefix(asked, rule),
    }
}

/// The path that the backend is asked for, with its query.
pub fn rewritten(ingress: &Ingress, rule: &str, asked: &str) -> String {
    let Some(target) = nginx(ingress, "rewrite-target") else { return asked.to_owned() };
    let (path, query) = split_query(asked);
    let mut made = String::new();
    let groups = pattern(rule).filter(|_| uses_regex(ingress));
    let groups = groups.as_ref().and_then(|pattern| pattern.captures(path)).unwrap_or_default();
    let mut rest = target.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek().and_then(|digit| digit.to_digit(10)).filter(|_| c == '$') {
            Some(digit) => {
                rest.next();
                made.push_str(groups.get(digit as usize).copied().unwrap_or_default());
            }
            None => made.push(c),
        }
    }
    let slash = if made.starts_with('/') { "" } else { "/" };
    query.map_or_else(|| format!("{slash}{made}"), |query| format!("{slash}{made}?{query}"))
}

/// Whether backends are spoken to in HTTPS.
pub fn backend_is_https(ingress: &Ingress) -> bool {
    matches!(nginx(ingress, "backend-protocol"), Some("HTTPS" | "GRPCS"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Meta;

    fn ingress(annotations: &[(&str, &str)]) -> Ingress {
        let annotations = annotations.iter().map(|(key, value)| (format!("nginx.ingress.kubernetes.io/{key}"), (*value).to_owned()));
        let meta = Meta { annotations: annotations.collect(), ..Meta::default() };
        Ingress { meta, class_name: None, default_backend: None, tls: Vec::new(), rules: Vec::new() }
    }

    #[test]
    fn rewriting_puts_groups_in_their_places() {
        let groups = ingress(&[("use-regex", "true"), ("rewrite-target", "/$2")]);
        let whole = ingress(&[("rewrite-target", "/")]);
        for (ingress, rule, asked, want) in [
            (&groups, "/api(/|$)(.*)", "/api/v1/x?y=z", "/v1/x?y=z"),
            (&groups, "/api(/|$)(.*)", "/api", "/"),
            (&whole, "/api", "/api/v1", "/"),
            (&ingress_without(), "/api", "/api/v1?x", "/api/v1?x"),
        ] {
            assert_eq!(rewritten(ingress, rule, asked), want, "{asked}");
            assert!(path_matches(ingress, PathType::ImplementationSpecific, rule, split_query(asked).0), "{asked}");
        }
        assert!(!path_matches(&groups, PathType::ImplementationSpecific, "/api(/|$)(.*)", "/apix"));
    }

    fn ingress_without() -> Ingress {
        ingress(&[])
    }

    #[test]
    fn a_redirect_to_https_is_asked_for() {
        for (annotations, tls, want) in [
            (vec![("ssl-redirect", "true")], true, true),
            (vec![("ssl-redirect", "true")], false, false),
            (vec![("force-ssl-redirect", "true")], false, true),
            (vec![("ssl-redirect", "false")], true, false),
            (vec![], true, false),
        ] {
            assert_eq!(redirects_to_https(&ingress(&annotations), tls), want, "{annotations:?} {tls}");
        }
    }
}
