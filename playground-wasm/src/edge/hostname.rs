//! Hosts and their wildcards: which host a pattern takes, what two patterns have in common, and which is the more specific.
//!
//! In the Gateway API `*.example.com` takes any number of labels (`Listener.hostname`, `HTTPRouteSpec.hostnames` in
//! `apis/v1`); in an Ingress it takes exactly one (`IngressRule.host` in `networking/v1`), as in a certificate (RFC 9525).
//! Names are lower case; an empty pattern takes every host.

/// Whether a Gateway API pattern takes a host.
pub fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => pattern.is_empty() || pattern == host,
    }
}

/// Whether a pattern takes a host where the star stands for one label only.
pub fn covers_one_label(pattern: &str, host: &str) -> bool {
    covers(pattern, host) && (!pattern.starts_with('*') || pattern.split('.').count() == host.split('.').count())
}

/// The hosts that two Gateway API patterns both take: the narrower of the two, or nothing.
pub fn intersect<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    if one.is_empty() || contains(other, one) {
        Some(if one.is_empty() { other } else { one })
    } else {
        contains(one, other).then_some(other)
    }
}

/// Whether every host of the narrow pattern is one of the wide pattern's.
fn contains(wide: &str, narrow: &str) -> bool {
    match (wide.strip_prefix('*'), narrow.strip_prefix('*')) {
        (Some(wide), Some(narrow)) => narrow.ends_with(wide),
        (None, Some(_)) => wide.is_empty(),
        (_, None) => covers(wide, narrow),
    }
}

/// Orders patterns, the more specific greater: exact before wildcard before none, then the longer.
pub fn rank(pattern: &str) -> (u8, usize) {
    let kind = match pattern.as_bytes().first() {
        None => 0,
        Some(b'*') => 1,
        Some(_) => 2,
    };
    (kind, pattern.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_takes_many_labels_in_the_gateway_api_and_one_in_an_ingress() {
        for (pattern, host, many, one) in [
            ("*.foo.com", "bar.foo.com", true, true),
            ("*.foo.com", "baz.bar.foo.com", true, false),
            ("*.foo.com", "foo.com", false, false),
            ("*.foo.com", "barfoo.com", false, false),
            ("foo.com", "foo.com", true, true),
            ("foo.com", "bar.foo.com", false, false),
            ("", "anything", true, true),
        ] {
            assert_eq!((covers(pattern, host), covers_one_label(pattern, host)), (many, one), "{pattern} {host}");
        }
    }

    #[test]
    fn patterns_intersect_in_the_narrower_one() {
        for (one, other, want) in [
            ("test.example.com", "*.example.com", Some("test.example.com")),
            ("*.example.com", "foo.test.example.com", Some("foo.test.example.com")),
            ("*.example.com", "*.test.example.com", Some("*.test.example.com")),
            ("*.example.com", "example.com", None),
            ("*.example.com", "test.example.net", None),
            ("", "a.b", Some("a.b")),
            ("a.b", "", Some("a.b")),
            ("", "", Some("")),
        ] {
            assert_eq!(intersect(one, other), want, "{one} {other}");
            assert_eq!(intersect(other, one), want, "{other} {one}");
        }
    }

    #[test]
    fn exact_hosts_go_before_wildcards_and_long_ones_before_short_ones() {
        let mut patterns = ["", "*.example.com", "a.example.com", "*.foo.example.com"];
        patterns.sort_unstable_by_key(|pattern| std::cmp::Reverse(rank(pattern)));
        assert_eq!(patterns, ["a.example.com", "*.foo.example.com", "*.example.com", ""]);
    }
}
