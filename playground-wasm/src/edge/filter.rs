//! What filters make of requests and answers: changed headers, another host or path, a redirect.
//!
//! Follows `HTTPHeaderFilter`, `HTTPPathModifier` and `HTTPRequestRedirectFilter` (`gateway-api/apis/v1`).

use super::http::{Headers, HttpRequest, split_query};
use super::path;
use crate::model::{HeaderChange, PathChange, PathMatch, Redirect};

/// Sets, adds and removes headers.
pub fn change_headers(headers: &mut Headers, change: &HeaderChange) {
    for (name, value) in &change.set {
        headers.set(name, value);
    }
    for (name, value) in &change.add {
        headers.add(name, value);
    }
    for name in &change.remove {
        headers.remove(name);
    }
}

/// The path, with its query, after a change.
pub fn change_path(asked: &str, matched: &PathMatch, change: &PathChange) -> String {
    let (path, query) = split_query(asked);
    let changed = match (change, matched) {
        (PathChange::Full(full), _) => full.clone(),
        (PathChange::Prefix(with), PathMatch::Prefix(prefix)) => path::replace_prefix(path, prefix, with),
        // Without a matched prefix there is nothing to replace.
        (PathChange::Prefix(_), _) => path.to_owned(),
    };
    query.map_or_else(|| changed.clone(), |query| format!("{changed}?{query}"))
}

/// The Location that a redirect points to: `scheme` and `port` are those of the listener.
pub fn location(redirect: &Redirect, request: &HttpRequest, scheme: &str, port: u16, matched: &PathMatch) -> String {
    let well_known = |scheme: &str| match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    let to = redirect.scheme.as_deref().unwrap_or(scheme);
    let port = redirect.port.unwrap_or_else(|| redirect.scheme.as_deref().and_then(well_known).unwrap_or(port));
    let host = redirect.hostname.clone().unwrap_or_else(|| request.host_name());
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let path = redirect.path.as_ref().map_or_else(|| request.path.clone(), |change| change_path(&request.path, matched, change));
    let port = if well_known(to) == Some(port) { String::new() } else { format!(":{port}") };
    format!("{to}://{host}{port}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect() -> Redirect {
        Redirect { scheme: None, hostname: None, path: None, port: None, status: 302 }
    }

    /// The port rules of `HTTPRequestRedirectFilter.port`.
    #[test]
    fn a_redirect_keeps_what_it_does_not_name() {
        let request =
            HttpRequest { method: "GET".into(), host: "shop.example:8080".into(), path: "/a/b?c=d".into(), headers: Headers::default() };
        let prefix = PathMatch::Prefix("/a".into());
        for (redirect, scheme, port, want) in [
            (redirect(), "http", 80, "http://shop.example/a/b?c=d"),
            (redirect(), "http", 8080, "http://shop.example:8080/a/b?c=d"),
            (redirect(), "https", 443, "https://shop.example/a/b?c=d"),
            (Redirect { scheme: Some("https".into()), ..redirect() }, "http", 8080, "https://shop.example/a/b?c=d"),
            (Redirect { scheme: Some("https".into()), port: Some(8443), ..redirect() }, "http", 80, "https://shop.example:8443/a/b?c=d"),
            (Redirect { port: Some(80), ..redirect() }, "http", 8080, "http://shop.example/a/b?c=d"),
            (Redirect { port: Some(443), ..redirect() }, "http", 80, "http://shop.example:443/a/b?c=d"),
            (Redirect { hostname: Some("other.example".into()), ..redirect() }, "http", 80, "http://other.example/a/b?c=d"),
            (Redirect { path: Some(PathChange::Prefix("/x".into())), ..redirect() }, "http", 80, "http://shop.example/x/b?c=d"),
            (Redirect { path: Some(PathChange::Full("/x".into())), ..redirect() }, "http", 80, "http://shop.example/x?c=d"),
        ] {
            assert_eq!(location(&redirect, &request, scheme, port, &prefix), want, "{redirect:?}");
        }
    }
}
