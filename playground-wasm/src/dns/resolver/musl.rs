//! Where the C library of Alpine images, musl, would have found nothing (`src/network/lookup_name.c`, `name_from_dns_search`).

use super::{Lookup, Status};
use crate::dns::{Name, Rcode, ResolvConf};

/// Why musl would not have found what glibc found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Musl {
    /// A name with at least `ndots` dots is never searched for.
    NotSearched,
    /// A candidate of the search list exists without such a record, which ends the search.
    Stopped(Name),
}

impl Musl {
    /// Compares a lookup that glibc brought to its end; absent where musl finds the same.
    pub(super) fn compare(conf: &ResolvConf, name: &str, lookup: &Lookup) -> Option<Self> {
        let last = &lookup.queries.last()?.question.name;
        if lookup.answers.is_empty() || name.ends_with('.') {
            return None;
        }
        let as_it_is = Name::parse(name).ok()?;
        if *last != as_it_is && name.matches('.').count() >= usize::from(conf.ndots) {
            return Some(Self::NotSearched);
        }
        let empty = |query: &&super::SentQuery| query.question.name != *last && query.status == Status::Rcode(Rcode::NoError);
        lookup.queries.iter().find(empty).map(|query| Self::Stopped(query.question.name.clone()))
    }

    /// Says it in a clause.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotSearched => "musl (Alpine) would not search for a name with that many dots, and find nothing".into(),
            Self::Stopped(name) => {
                let name = name.as_str().trim_end_matches('.');
                format!("musl (Alpine) would stop at {name}, which exists without an address, and find nothing")
            }
        }
    }
}
