//! The plugin `rewrite`, for names (`plugin/rewrite/name.go`). Left out: regular expressions, values of records, other fields.

use crate::dns::{Name, RecordData, Response};

/// One rule; texts are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    pub part: Part,
    pub from: String,
    pub to: String,
    /// Whether the answer gets the name back that was asked for; without it the C library throws the records away.
    pub auto: bool,
}

/// Which part of a name is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Exact,
    Prefix,
    Suffix,
    Substring,
}

impl Part {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "exact" => Self::Exact,
            "prefix" => Self::Prefix,
            "suffix" => Self::Suffix,
            "substring" => Self::Substring,
            _ => return None,
        })
    }
}

impl Rewrite {
    /// The name that is asked for instead; absent where the rule does not match.
    pub fn apply(&self, name: &Name) -> Option<Name> {
        let name = name.to_lowercase();
        let Self { from, to, .. } = self;
        let rewritten = match self.part {
            Part::Exact => (name == *from).then(|| to.clone()),
            Part::Prefix => name.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}")),
            Part::Suffix => name.strip_suffix(from.as_str()).map(|rest| format!("{rest}{to}")),
            Part::Substring => name.contains(from.as_str()).then(|| name.replace(from.as_str(), to)),
        };
        Name::parse(&rewritten?).ok()
    }

    /// Gives the records the name back that was asked for, in what they are called and in what they say; a suffix is put back in place
    /// of the other, else the rewritten name and all below it change.
    pub fn restore(&self, response: &mut Response, rewritten: &Name, asked: &Name) {
        if !self.auto {
            return;
        }
        let (from, to) = match self.part {
            Part::Suffix => (self.to.clone(), self.from.clone()),
            _ => (rewritten.to_lowercase(), asked.to_lowercase()),
        };
        let change = |name: &mut Name| {
            let text = name.to_lowercase();
            let Some(rest) = text.strip_suffix(&from) else { return };
            if (self.part == Part::Suffix || rest.is_empty() || rest.ends_with('.'))
                && let Ok(changed) = Name::parse(&format!("{rest}{to}"))
            {
                *name = changed;
            }
        };
        for record in response.answers.iter_mut().chain(&mut response.additional) {
            change(&mut record.name);
            if let RecordData::Cname(target) | RecordData::Ptr(target) | RecordData::Ns(target) | RecordData::Srv { target, .. } =
                &mut record.data
            {
                change(target);
            }
        }
    }
}
