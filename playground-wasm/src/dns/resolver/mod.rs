//! The stub resolver of glibc: which questions a process sends for a name, in which order, and what it makes of the answers.
//!
//! This file is the part above the resolver (`getaddrinfo`, `nss_files`, `nss_dns/dns-host.c`): literals and `/etc/hosts` first, and
//! for both address families one search with two questions at a time. `search` is `resolv/res_query.c`, `send` is
//! `resolv/res_send.c`. Other record types go straight to the search, as with `res_search`.
//!
//! musl (Alpine) differs: it asks all servers at once and takes the first answer, which is not modelled; where it would find nothing,
//! `musl` says so.

mod literal;
mod musl;
pub mod order;
mod search;
mod send;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::{Decision, Hosts, Name, Question, Rcode, Record, RecordType, ResolvConf, Response};
use crate::cluster::Cluster;
use crate::model::Protocol;
pub use musl::Musl;
use search::Failure;
use send::Client;

/// Carries a question to a server, over UDP or TCP.
pub type Carry<'a> = dyn FnMut(IpAddr, Protocol, &Question) -> Exchange + 'a;

/// What became of one question on its way to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// An answer, and how long the server waited for another one before, in microseconds.
    Answered { response: Response, waited_us: u64 },
    /// The server's side turned the packet back (ICMP port unreachable): at once the next server's turn.
    Refused,
    /// Nothing came back.
    NoAnswer,
}

impl From<Response> for Exchange {
    fn from(response: Response) -> Self {
        Self::Answered { response, waited_us: 0 }
    }
}

/// How one question, or a whole lookup, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Rcode(Rcode),
    /// No server answered in time.
    Timeout,
    /// Every server's packet was turned back: nobody listens there.
    Refused,
    /// No question could be made of the name: `a..b`, or a host name with a character that none can have.
    BadName,
}

impl Status {
    /// The scenario contract's word; a name of which no question can be made is one that does not exist.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rcode(rcode) => rcode.as_str(),
            Self::Timeout => "TIMEOUT",
            Self::Refused => "REFUSED",
            Self::BadName => "NXDOMAIN",
        }
    }
}

/// One question that was sent to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentQuery {
    pub server: IpAddr,
    pub question: Question,
    pub status: Status,
    /// What decided the answer, where there was one.
    pub decision: Option<Decision>,
}

/// The outcome of a lookup and everything that was sent for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// `NoError` without answers means that the name exists without such records.
    pub status: Status,
    pub answers: Vec<Record>,
    pub additional: Vec<Record>,
    pub queries: Vec<SentQuery>,
    /// Virtual microseconds that it took.
    pub elapsed_us: u64,
    /// The line of `/etc/hosts` answered, and no server was asked.
    pub from_hosts: bool,
    /// Why musl would have found nothing, where that is so.
    pub musl: Option<Musl>,
}

impl Lookup {
    /// The addresses found, in the order they were answered: all of the first type, then those of the second.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answers.iter().filter_map(|record| record.data.address())
    }

    /// Why there is no answer, as a sentence; empty where there is one.
    pub fn detail(&self, cluster: &Cluster) -> String {
        if !self.answers.is_empty() {
            return String::new();
        }
        let servers = || {
            let mut servers: Vec<String> = Vec::new();
            for text in self.queries.iter().map(|query| query.server.to_string()) {
                if !servers.contains(&text) {
                    servers.push(text);
                }
            }
            servers.join(", ")
        };
        match self.status {
            Status::Timeout => format!("No answer came from the name server {}", servers()),
            Status::Refused => format!("Nobody listens on port 53 of the name server {}", servers()),
            Status::BadName => "This is not a host name: it needs labels of letters, digits and dashes, separated by single dots".into(),
            Status::Rcode(_) => {
                let decisions = self.queries.iter().filter_map(|query| query.decision.as_ref());
                // The first of the most telling ones: of equals, the earlier candidate is what was meant.
                let telling = decisions.rev().max_by_key(|decision| decision.weight());
                telling.map_or_else(String::new, |decision| decision.sentence(cluster))
            }
        }
    }
}

/// Looks a name up as a process with these files does; `wanted` is one type, or A and AAAA for an address of either family.
///
/// `turn` is how far `options rotate` has come, which counts the candidates that a process asked for before, from a random number on.
pub fn lookup(conf: &ResolvConf, hosts: &Hosts, name: &str, wanted: &[RecordType], turn: usize, exchange: &mut Carry<'_>) -> Lookup {
    let mut result = Lookup {
        status: Status::Rcode(Rcode::NoError),
        answers: Vec::new(),
        additional: Vec::new(),
        queries: Vec::new(),
        elapsed_us: 0,
        from_hosts: false,
        musl: None,
    };
    let is_address = wanted.iter().any(|&rtype| rtype == RecordType::A || rtype == RecordType::AAAA);
    if is_address {
        if let Some(literal) = literal(name, wanted) {
            result.answers = literal;
            return result;
        }
        result.answers = hosts.find(name, wanted);
        if !result.answers.is_empty() {
            result.from_hosts = true;
            return result;
        }
        if !is_host_name(name) {
            result.status = Status::BadName;
            return result;
        }
    }
    // `options no-aaaa`: a question of type A takes the place of one of type AAAA alone, to tell whether the name exists.
    let suppressed = wanted.contains(&RecordType::AAAA) && conf.has_option("no-aaaa");
    let types = if suppressed { &[RecordType::A] } else { wanted };
    let mut client = Client::new(conf, turn, exchange);
    client.blank = suppressed && wanted.len() == 1;
    match search::search(&mut client, name, types) {
        Ok(responses) => {
            for response in responses {
                result.answers.extend(response.answers);
                result.additional.extend(response.additional);
            }
        }
        Err(failure) => {
            result.status = match failure {
                Failure::NoData => Status::Rcode(Rcode::NoError),
                Failure::HostNotFound => Status::Rcode(Rcode::NxDomain),
                Failure::TryAgain(status) => status,
                Failure::NoRecovery => Status::BadName,
            };
        }
    }
    (result.queries, result.elapsed_us) = client.finish();
    result.musl = Musl::compare(conf, name, &result);
    result
}

/// An address written as such needs no question, and has no other family.
fn literal(name: &str, wanted: &[RecordType]) -> Option<Vec<Record>> {
    let ip = literal::parse(name)?;
    let record = Record { name: Name::parse(name).ok()?, ttl: 0, data: ip.into() };
    Some(if wanted.contains(&record.data.rtype()) { vec![record] } else { Vec::new() })
}

/// `res_hnok`: what no host can be called is not asked for.
fn is_host_name(name: &str) -> bool {
    !name.starts_with('-') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
