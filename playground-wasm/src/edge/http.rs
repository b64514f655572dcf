//! HTTP messages as far as routing reads and changes them: headers without regard to case (RFC 9110, section 5.1), the path
//! with its query, the host without its port.

/// Headers in the order they were given; a name stands once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Puts a value in place of whatever was there.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.entry(name) {
            Some(old) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Adds a value behind the one that is there, as a list (RFC 9110, section 5.3).
    pub fn add(&mut self, name: &str, value: &str) {
        match self.entry(name) {
            Some(old) => {
                old.push(',');
                old.push_str(value);
            }
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn entry(&mut self, name: &str) -> Option<&mut String> {
        self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.add(&name.into(), &value.into());
        }
        headers
    }
}

/// A request as it reaches a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    /// The Host header as it was sent, maybe with a port.
    pub host: String,
    /// With its query.
    pub path: String,
    pub headers: Headers,
}

impl HttpRequest {
    /// The host that rules compare: lower case, without port and root dot.
    pub fn host_name(&self) -> String {
        host_name(&self.host)
    }

    /// The path without its query.
    pub fn path_only(&self) -> &str {
        split_query(&self.path).0
    }

    /// The first value of a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = split_query(&self.path).1?;
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.into_iter().find(|(key, _)| decode(key) == name).map(|(_, value)| decode(value))
    }
}

/// A Host header's name: lower case, without port and root dot.
pub fn host_name(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        // An IPv6 address stands in brackets.
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The path, and the query where there is one.
pub fn split_query(path: &str) -> (&str, Option<&str>) {
    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)))
}

/// Undoes percent-encoding and `+` for a space; what is not UTF-8 then stays as it was.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.as_bytes().first() {
        let decoded = if byte == b'%' { rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()) } else { None };
        bytes.push(decoded.unwrap_or(if byte == b'+' { b' ' } else { byte }));
        rest = match decoded {
            Some(_) => &rest[3..],
            None => {
                let width = rest.chars().next().map_or(1, char::len_utf8);
                bytes.extend_from_slice(&rest.as_bytes()[1..width]);
                &rest[width..]
            }
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> HttpRequest {
        HttpRequest { method: "GET".into(), host: "Shop.Example.com:8080".into(), path: path.into(), headers: Headers::default() }
    }

    #[test]
    fn a_header_is_one_whatever_its_case() {
        let mut headers: Headers = [("X-Tag", "a"), ("x-tag", "b")].into_iter().collect();
        assert_eq!(headers.get("X-TAG"), Some("a,b"));
        headers.set("x-TAG", "c");
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("X-Tag", "c")]);
        headers.remove("x-tag");
        assert_eq!(headers.get("X-Tag"), None);
    }

    #[test]
    fn the_first_value_of_a_query_parameter_counts() {
        for (path, name, want) in [
            ("/?animal=whale&animal=dog", "animal", Some("whale")),
            ("/?a%20b=c%2Bd+e", "a b", Some("c+d e")),
            ("/?flag", "flag", Some("")),
            ("/?Animal=whale", "animal", None),
            ("/?k=%C3%A9%zz\u{e9}", "k", Some("\u{e9}%zz\u{e9}")),
            ("/", "animal", None),
        ] {
            assert_eq!(request(path).query(name).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn a_host_is_compared_without_case_and_port() {
        assert_eq!(request("/").host_name(), "shop.example.com");
        for (host, want) in [("a.example.", "a.example"), ("[fd00::1]:80", "fd00::1"), ("10.0.0.1", "10.0.0.1")] {
            assert_eq!(host_name(host), want);
        }
    }
}
