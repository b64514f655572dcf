//! The plugin `hosts`, with its lines in the Corefile (`plugin/hosts`). Left out: the hosts file of CoreDNS's own container.

use std::net::IpAddr;

use super::Fallthrough;
use crate::dns::{Decision, Name, Question, Rcode, Record, RecordData, RecordType, Response, reverse_address};

/// Its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Names as written.
    pub lines: Vec<(IpAddr, Vec<String>)>,
    pub fallthrough: Fallthrough,
    /// Seconds.
    pub ttl: u32,
    /// Not with `no_reverse`: whether addresses have names.
    pub reverse: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { lines: Vec::new(), fallthrough: Fallthrough::default(), ttl: 3_600, reverse: true }
    }
}

impl Table {
    /// Its answer; absent where the next plugin's turn is.
    pub fn answer(&self, question: &Question) -> Option<Response> {
        let asked = question.name.to_lowercase();
        let owner = Name::parse(&asked).ok()?;
        let found = |answers| Some(Response { answers, ..Response::empty(Rcode::NoError, Decision::HostsPlugin) });
        let record = |data: RecordData| Record { name: owner.clone(), ttl: self.ttl, data };
        if question.rtype == RecordType::PTR {
            // What has no name is always the next plugin's.
            let address = reverse_address(&asked).filter(|_| self.reverse)?;
            let names = self.lines.iter().filter(|(ip, _)| *ip == address).flat_map(|(_, names)| names);
            let answers: Vec<Record> = names.filter_map(|name| Name::parse(name).ok()).map(|name| record(RecordData::Ptr(name))).collect();
            return if answers.is_empty() { None } else { found(answers) };
        }
        let is_meant = |name: &String| name.trim_end_matches('.').eq_ignore_ascii_case(asked.trim_end_matches('.'));
        let lines = || self.lines.iter().filter(|(_, names)| names.iter().any(is_meant));
        let answers: Vec<Record> =
            lines().map(|&(ip, _)| record(ip.into())).filter(|record| record.data.rtype() == question.rtype).collect();
        if lines().next().is_some() {
            return found(answers);
        }
        // It has no start of authority to deny a name with.
        (!self.fallthrough.covers(&question.name)).then(|| Response::empty(Rcode::ServFail, Decision::HostsPlugin))
    }
}
