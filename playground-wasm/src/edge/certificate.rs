//! The names that an X.509 certificate is for: the DNS names of its subject alternative name, or its common name where it has
//! none (RFC 5280, sections 4.1 and 4.2.1.6; RFC 9525 for how they match).
//!
//! Read straight from the DER, since names are all that is wanted: a certificate library would cost the WASM many times these
//! lines. Neither signature, chain, validity in time nor the private key is looked at.

use super::hostname;
use crate::schema::decode_base64;

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificate {
    /// Its names, lower case.
    For(Vec<String>),
    /// Its text was taken out, as it is when manifests are shared; it is taken to be the right one.
    Hidden,
}

impl Certificate {
    /// Reads the first certificate of PEM text; absent where there is none that can be read.
    pub fn read(pem: &str) -> Option<Self> {
        if pem.is_empty() {
            return Some(Self::Hidden);
        }
        let body = pem.split_once("-----BEGIN CERTIFICATE-----")?.1.split_once("-----END CERTIFICATE-----")?.0;
        let compact: String = body.split_whitespace().collect();
        names(&decode_base64(&compact)?).map(Self::For)
    }

    /// Whether it is for a host; a star stands for one label.
    pub fn covers(&self, host: &str) -> bool {
        match self {
            Self::For(names) => names.iter().any(|name| !name.is_empty() && hostname::covers_one_label(name, host)),
            Self::Hidden => true,
        }
    }

    /// The names that are known.
    pub fn names(&self) -> &[String] {
        match self {
            Self::For(names) => names,
            Self::Hidden => &[],
        }
    }
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;
/// 2.5.4.3
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
/// 2.5.29.17
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 0x11];

/// What is left of a DER encoding.
struct Der<'a>(&'a [u8]);

impl Der<'_> {
    /// The content of the next element, which must have that tag.
    fn enter(&mut self, wanted: u8) -> Option<Self> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| Self(content))
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    /// The next element: its tag and content. Absent at the end, and where the encoding is broken.
    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let digits = usize::from(first & 0x7f);
            // A certificate is shorter than three bytes of length can say.
            let bytes = rest.get(..digits).filter(|_| digits <= 3)?;
            (bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), &rest[digits..])
        };
        let content = rest.get(..length)?;
        self.0 = &rest[length..];
        Some((tag, content))
    }
}

fn names(der: &[u8]) -> Option<Vec<String>> {
    let mut body = Der(der).enter(SEQUENCE)?.enter(SEQUENCE)?;
    let mut fields = body.by_ref().filter(|(tag, _)| *tag != VERSION);
    // Serial number, signature algorithm, issuer, validity, subject.
    let subject = fields.nth(4)?.1;
    let alternative = fields.find(|(tag, _)| *tag == EXTENSIONS).and_then(|(_, extensions)| alternative_names(extensions));
    Some(alternative.unwrap_or_else(|| common_name(subject).into_iter().collect()))
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    for (_, extension) in Der(extensions).enter(SEQUENCE)? {
        let mut parts = Der(extension);
        if parts.enter(OBJECT_IDENTIFIER)?.0 != SUBJECT_ALT_NAME {
            continue;
        }
        // A flag may stand before the value.
        let (_, value) = parts.find(|(tag, _)| *tag == OCTET_STRING)?;
        return Some(Der(value).enter(SEQUENCE)?.filter(|(tag, _)| *tag == DNS_NAME).map(|(_, name)| text(name)).collect());
    }
    None
}

fn common_name(subject: &[u8]) -> Option<String> {
    Der(subject).filter(|(tag, _)| *tag == SET).find_map(|(_, set)| {
        let mut pair = Der(set).enter(SEQUENCE)?;
        (pair.enter(OBJECT_IDENTIFIER)?.0 == COMMON_NAME).then_some(())?;
        pair.next().map(|(_, name)| text(name))
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(names: &[&str], common: Option<&str>) -> String {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).expect("names that a certificate may have");
        params.distinguished_name = rcgen::DistinguishedName::new();
        if let Some(common) = common {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Shop");
            params.distinguished_name.push(rcgen::DnType::CommonName, common);
        }
        let key = rcgen::KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").pem()
    }

    #[test]
    fn its_names_are_the_alternative_ones_or_else_the_common_one() {
        for (names, common, want) in [
            (vec!["shop.example.com", "*.Example.org"], Some("ignored.example"), vec!["shop.example.com", "*.example.org"]),
            (vec![], Some("Old.Example.com"), vec!["old.example.com"]),
            (vec!["10.0.0.1"], Some("ignored.example"), vec![]),
            (vec![], None, vec![]),
        ] {
            let read = Certificate::read(&made(&names, common)).expect("a certificate that can be read");
            assert_eq!(read.names(), want);
        }
    }

    #[test]
    fn covers_the_hosts_of_its_names() {
        let certificate = Certificate::read(&made(&["shop.example.com", "*.example.org"], None)).expect("a certificate");
        for (host, want) in [("shop.example.com", true), ("a.example.org", true), ("a.b.example.org", false), ("example.com", false)] {
            assert_eq!(certificate.covers(host), want, "{host}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_read() {
        let whole = made(&["a.example"], None);
        for broken in
            ["-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"]
        {
            assert_eq!(Certificate::read(broken), None, "{broken}");
        }
        assert_eq!(Certificate::read(""), Some(Certificate::Hidden));
        // Cut anywhere, it is refused or read, and nothing panics.
        let body: Vec<&str> = whole.lines().collect();
        for lines in 1..body.len() - 1 {
            let cut = [&body[..lines], &["-----END CERTIFICATE-----"]].concat().join("\n");
            assert_eq!(Certificate::read(&cut), None);
        }
    }
}
