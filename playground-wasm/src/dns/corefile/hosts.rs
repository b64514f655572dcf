//! The plugin `hosts`, with its lines in the Corefile (`plugin/hosts`).

use std::net::IpAddr;

use super::Fallthrough;
use crate::dns::{Decision, Question, Rcode, Record, RecordType, Response};

const TTL: u32 = 3_600;

/// Its lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names as written.
    pub lines: Vec<(IpAddr, Vec<String>)>,
    pub fallthrough: Fallthrough,
}

impl Table {
    /// Its answer; absent where the next plugin's turn is.
    pub fn answer(&self, question: &Question) -> Option<Response> {
        let asked = question.name.as_str().trim_end_matches('.');
        let lines =
            || self.lines.iter().filter(|(_, names)| names.iter().any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(asked)));
        let records = lines().map(|&(ip, _)| Record { name: question.name.clone(), ttl: TTL, data: ip.into() });
        let answers: Vec<Record> = records.filter(|record| record.data.rtype() == question.rtype).collect();
        let address = matches!(question.rtype, RecordType::A | RecordType::AAAA);
        if !answers.is_empty() || address && lines().next().is_some() {
            return Some(Response { answers, ..Response::empty(Rcode::NoError, Decision::HostsPlugin) });
        }
        // It has no start of authority to deny a name with.
        (!self.fallthrough.covers(&question.name)).then(|| Response::empty(Rcode::ServFail, Decision::HostsPlugin))
    }
}
