//! Domain names (RFC 1034 section 3.1): labels of up to 63 octets, 255 octets in all, compared without regard to case.

use std::fmt;

const MAX_LABEL: usize = 63;
/// 255 octets on the wire: one more than the text with its root dot.
const MAX_TEXT: usize = 254;

/// An absolute domain name, with its root dot and in the case it was written in.
#[derive(Debug, Clone)]
pub struct Name(String);

/// Why a text is no domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    EmptyLabel,
    LabelTooLong,
    TooLong,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLabel => "a name cannot have an empty label: remove the extra dot",
            Self::LabelTooLong => "a label of a name has at most 63 characters",
            Self::TooLong => "a name has at most 253 characters",
        })
    }
}

impl Name {
    /// Reads a name as absolute, whether its root dot is written or not.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let relative = text.strip_suffix('.').unwrap_or(text);
        if !(text == "." || relative.split('.').all(|label| !label.is_empty())) {
            return Err(NameError::EmptyLabel);
        }
        if relative.split('.').any(|label| label.len() > MAX_LABEL) {
            return Err(NameError::LabelTooLong);
        }
        if relative.len() >= MAX_TEXT {
            return Err(NameError::TooLong);
        }
        Ok(Self(format!("{relative}.")))
    }

    /// Joins parts that are known to be names, the last one with its root dot.
    pub(super) fn join(parts: &[&str]) -> Self {
        Self(parts.join("."))
    }

    /// The text with its root dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels from left to right, none for the root.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }

    pub fn to_lowercase(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The end of this name that equals the zone, in this name's own case; `zone` is written with its root dot.
    pub fn suffix(&self, zone: &str) -> Option<&str> {
        let cut = self.0.len().checked_sub(zone.len())?;
        let suffix = self.0.get(cut..)?;
        let at_label = cut == 0 || self.0.as_bytes().get(cut - 1) == Some(&b'.');
        (at_label && suffix.eq_ignore_ascii_case(zone)).then_some(suffix)
    }

    /// Whether it is the zone's own name or lies below it.
    pub fn is_within(&self, zone: &str) -> bool {
        zone == "." || self.suffix(zone).is_some()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_dot_is_optional_and_case_is_kept_but_not_compared() {
        let (a, b) = (Name::parse("Web.Shop").unwrap(), Name::parse("web.shop.").unwrap());
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "Web.Shop.");
        assert_eq!(a.labels().collect::<Vec<_>>(), ["Web", "Shop"]);
        assert_eq!(Name::parse(".").unwrap().labels().count(), 0);
    }

    #[test]
    fn lengths_are_limited() {
        let label = "a".repeat(63);
        assert!(Name::parse(&label).is_ok());
        assert_eq!(Name::parse(&format!("{label}a")), Err(NameError::LabelTooLong));
        for bad in ["", "..", "a..b", ".a", "a.."] {
            assert_eq!(Name::parse(bad), Err(NameError::EmptyLabel), "{bad:?}");
        }
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        assert!(Name::parse(&longest).is_ok());
        assert_eq!(Name::parse(&format!("{longest}a")), Err(NameError::TooLong));
    }

    #[test]
    fn a_zone_ends_at_a_label_boundary() {
        let name = Name::parse("web.Cluster.Local").unwrap();
        assert_eq!(name.suffix("cluster.local."), Some("Cluster.Local."));
        assert!(name.is_within("local.") && name.is_within("."));
        assert!(!name.is_within("uster.local."));
        assert!(!Name::parse("local").unwrap().is_within("cluster.local."));
    }
}
