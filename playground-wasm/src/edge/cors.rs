//! Requests from another origin (`HTTPCORSFilter`, `gateway-api/apis/v1`; the protocol is the Fetch standard's).
//!
//! Where the filter leaves a choice, the origin, method and headers of the request are echoed rather than a star, and a
//! preflight that is not allowed gets the same status without the headers.

use super::http::{Headers, HttpRequest};
use crate::model::Cors;

/// The status of an answered preflight.
pub const PREFLIGHT_STATUS: u16 = 204;

/// Whether a request asks what it would be allowed to ask.
pub fn is_preflight(request: &HttpRequest) -> bool {
    request.method == "OPTIONS" && request.headers.get("origin").is_some() && request.headers.get("access-control-request-method").is_some()
}

/// Adds to an answer what a page of the request's origin may do with it.
pub fn answer(cors: &Cors, request: &HttpRequest, headers: &mut Headers) {
    let Some(origin) = request.headers.get("origin").filter(|origin| cors.origins.iter().any(|allowed| origin_matches(allowed, origin)))
    else {
        return;
    };
    headers.set("access-control-allow-origin", origin);
    if cors.credentials {
        headers.set("access-control-allow-credentials", "true");
    }
    // With credentials a star means no more than itself.
    let star = cors.expose.iter().any(|name| name == "*");
    if !cors.expose.is_empty() && (!cors.credentials || !star) {
        headers.set("access-control-expose-headers", &cors.expose.join(", "));
    }
    if !is_preflight(request) {
        return;
    }
    let listed = |allowed: &[String], asked: &str, safe: &str| -> String {
        match allowed {
            [] => request.headers.get(asked).map_or_else(String::new, |_| safe.to_owned()),
            list if list.iter().any(|entry| entry == "*") => request.headers.get(asked).unwrap_or_default().to_owned(),
            list => list.join(", "),
        }
    };
    let methods = listed(&cors.methods, "access-control-request-method", "GET, HEAD, POST");
    let allowed = listed(&cors.headers, "access-control-request-headers", "");
    for (name, value) in [("access-control-allow-methods", methods), ("access-control-allow-headers", allowed)] {
        if !value.is_empty() {
            headers.set(name, &value);
        }
    }
    headers.set("access-control-max-age", &cors.max_age.to_string());
}

/// Whether an origin is an allowed one: a star stands for any number of labels, or alone for every origin.
fn origin_matches(allowed: &str, origin: &str) -> bool {
    if allowed == "*" {
        return true;
    }
    match allowed.split_once('*') {
        Some((before, after)) => origin.len() > before.len() + after.len() && origin.starts_with(before) && origin.ends_with(after),
        None => same_origin(allowed, origin),
    }
}

/// The port that a scheme implies may be written or not.
fn same_origin(one: &str, other: &str) -> bool {
    let bare = |origin: &str| -> String {
        let own = if origin.starts_with("https:") { ":443" } else { ":80" };
        origin.strip_suffix(own).unwrap_or(origin).to_ascii_lowercase()
    };
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_match_by_star_and_by_the_port_a_scheme_implies() {
        for (allowed, origin, want) in [
            ("https://www.foo.com", "https://www.foo.com", true),
            ("https://www.foo.com", "https://www.foo.com:443", true),
            ("https://www.foo.com", "http://www.foo.com", false),
            ("https://*.bar.com", "https://www.bar.com", true),
            ("https://*.bar.com", "https://a.www.bar.com", true),
            ("https://*.bar.com", "https://bar.com", false),
            ("https://*", "https://anything.example", true),
            ("*", "http://anything.example:8080", true),
        ] {
            assert_eq!(origin_matches(allowed, origin), want, "{allowed} {origin}");
        }
    }

    #[test]
    fn a_preflight_is_told_more_than_a_request() {
        let cors = Cors { origins: vec!["*".into()], methods: vec!["*".into()], credentials: true, max_age: 5, ..Cors::default() };
        let asked = |method: &str| HttpRequest {
            method: method.into(),
            host: "a.example".into(),
            path: "/".into(),
            headers: [("Origin", "https://b.example"), ("Access-Control-Request-Method", "PUT")].into_iter().collect(),
        };
        let told = |method: &str| {
            let mut headers = Headers::default();
            answer(&cors, &asked(method), &mut headers);
            headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
        };
        let simple = ["access-control-allow-origin: https://b.example", "access-control-allow-credentials: true"];
        assert_eq!(told("GET"), simple);
        let preflight = [&simple[..], &["access-control-allow-methods: PUT", "access-control-max-age: 5"]].concat();
        assert_eq!(told("OPTIONS"), preflight);
    }
}
