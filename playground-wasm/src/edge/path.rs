//! Paths compared by their elements: what is between two slashes is one, and a trailing slash does not count.
//!
//! The rule of `Prefix` in an Ingress (`HTTPIngressPath.pathType`, `networking/v1`) and of `PathPrefix` in an HTTPRoute
//! (`PathMatchType`, `gateway-api/apis/v1`), which are the same. Paths are compared as they were sent: neither percent-encoding
//! nor `..` is resolved first, which proxies differ in.

/// Whether a path begins with all elements of a prefix.
pub fn has_prefix(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path with its prefix replaced (`HTTPPathModifier.replacePrefixMatch`).
pub fn replace_prefix(path: &str, prefix: &str, with: &str) -> String {
    let rest = path.strip_prefix(prefix.trim_end_matches('/')).unwrap_or(path);
    let replaced = format!("{}{rest}", with.trim_end_matches('/'));
    if replaced.is_empty() { "/".to_owned() } else { replaced }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the Ingress documentation, and what the HTTPRoute documentation adds.
    #[test]
    fn prefixes_match_by_element() {
        for (prefix, path, want) in [
            ("/", "/anything", true),
            ("/", "/", true),
            ("/foo", "/foo", true),
            ("/foo", "/foo/", true),
            ("/foo/", "/foo", true),
            ("/foo/", "/foo/", true),
            ("/aaa/bb", "/aaa/bbb", false),
            ("/aaa/bbb", "/aaa/bbb", true),
            ("/aaa/bbb/", "/aaa/bbb", true),
            ("/aaa/bbb", "/aaa/bbb/", true),
            ("/aaa/bbb", "/aaa/bbb/ccc", true),
            ("/aaa/bbb", "/aaa/bbbxyz", false),
            ("/foo", "/Foo", false),
        ] {
            assert_eq!(has_prefix(path, prefix), want, "{prefix} {path}");
        }
    }

    /// The table of `replacePrefixMatch`.
    #[test]
    fn a_prefix_is_replaced_with_its_slashes_in_place() {
        for (path, prefix, with, want) in [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "", "/"),
            ("/foo/", "/foo", "/", "/"),
            ("/foo", "/foo", "/", "/"),
            ("/bar", "/", "/xyz", "/xyz/bar"),
        ] {
            assert_eq!(replace_prefix(path, prefix, with), want, "{path} {prefix} {with}");
        }
    }
}
