//! The cluster's own names: CoreDNS's plugin `kubernetes`.
//!
//! This file is `plugin/kubernetes/handler.go`; `request` is `parse.go`, `records` is `kubernetes.go`, `lookup` is
//! `plugin/backend_lookup.go`, `reverse` and `apex` are `reverse.go` and `ns.go`. The schema is kubernetes/dns
//! `docs/specification.md` 1.1.0. Left out: `loadbalance` (addresses come in the order of the slices), truncation, and zone
//! transfers, which are refused.

mod apex;
mod lookup;
mod records;
mod request;
mod reverse;

pub use reverse::reverse_address;

#[cfg(test)]
mod tests;

use super::corefile::Kubernetes;
use super::server::Forward;
use super::{Decision, Question, Rcode, Record, RecordData, RecordType, Response};
use crate::cluster::Cluster;

/// Answers from the cluster's objects; the error says why it is the next plugin's turn.
pub(super) fn answer(cluster: &Cluster, plugin: &Kubernetes, question: &Question, forward: Forward<'_>) -> Result<Response, Decision> {
    let zone = Zone::of(plugin, question).ok_or(Decision::Outside)?;
    if matches!(question.rtype, RecordType::AXFR | RecordType::IXFR) {
        return Ok(Response::empty(Rcode::Refused, Decision::Zone));
    }
    match resolve(cluster, &zone, question, forward) {
        Ok(found) => Ok(Response {
            rcode: Rcode::NoError,
            authority: if found.answers.is_empty() { vec![apex::soa(&zone)] } else { Vec::new() },
            answers: found.answers,
            additional: found.additional,
            decision: found.decision,
        }),
        Err(decision) if plugin.fallthrough.covers(&question.name) => {
            Err(if zone.reverse && decision == Decision::UnknownForm { Decision::NoSuchAddress } else { decision })
        }
        Err(decision) => Ok(Response { authority: vec![apex::soa(&zone)], ..Response::empty(Rcode::NxDomain, decision) }),
    }
}

impl Response {
    /// An answer without records.
    pub(crate) fn empty(rcode: Rcode, decision: Decision) -> Self {
        Self { rcode, answers: Vec::new(), authority: Vec::new(), additional: Vec::new(), decision }
    }
}

/// Records that were found, none where the name exists without any of the type.
struct Found {
    answers: Vec<Record>,
    additional: Vec<Record>,
    decision: Decision,
}

impl Found {
    fn new(answers: Vec<Record>, decision: Decision) -> Self {
        Self { answers, additional: Vec::new(), decision }
    }
}

/// The zone that a question falls into.
struct Zone<'a> {
    /// Its name as the question writes it, which the answer repeats; with the root dot.
    suffix: &'a str,
    /// The question's name in lower case, without the zone and the dot before it.
    base: String,
    reverse: bool,
    /// The zone of Services and pods in lower case, with the root dot.
    domain: &'a str,
    ttl: u32,
    plugin: &'a Kubernetes,
}

impl<'a> Zone<'a> {
    /// The most specific zone that the name lies in.
    fn of(plugin: &'a Kubernetes, question: &'a Question) -> Option<Self> {
        let name = &question.name;
        let suffix = plugin.zones.iter().filter_map(|zone| name.suffix(zone)).max_by_key(|suffix| suffix.len())?;
        let reverse = [".in-addr.arpa.", ".ip6.arpa."].iter().any(|end| format!(".{suffix}").to_ascii_lowercase().ends_with(end));
        Some(Self { suffix, base: base(name.as_str(), suffix), reverse, domain: plugin.domain(), ttl: plugin.ttl, plugin })
    }

    /// CoreDNS compares some names with the lower-case question, so a zone asked for in other case has no name servers.
    fn is_lower_case(&self) -> bool {
        !self.suffix.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// Whether the name is the one that always means the zone's name servers (`isDefaultNS`).
    fn is_name_server(&self) -> bool {
        self.base == "ns.dns" && self.is_lower_case()
    }
}

/// What stands before the zone, in lower case.
fn base(name: &str, zone: &str) -> String {
    name[..name.len() - zone.len()].trim_end_matches('.').to_ascii_lowercase()
}

fn resolve(cluster: &Cluster, zone: &Zone<'_>, question: &Question, forward: Forward<'_>) -> Result<Found, Decision> {
    let name = &question.name;
    let nothing = || zone.records(cluster).map(|found| Found::new(Vec::new(), found.decision));
    match question.rtype {
        RecordType::SOA if zone.base.is_empty() => Ok(Found::new(vec![apex::soa(zone)], Decision::Zone)),
        // Any other name is said to exist, whether it does or not.
        RecordType::SOA => Ok(Found::new(Vec::new(), Decision::Zone)),
        RecordType::NS if zone.base.is_empty() && zone.is_lower_case() => Ok(apex::name_servers(cluster, zone)),
        RecordType::TXT if zone.base == "dns-version" => {
            let record = Record { name: name.clone(), ttl: 28_800, data: RecordData::Txt("1.1.0".into()) };
            Ok(Found::new(vec![record], Decision::Zone))
        }
        RecordType::TXT => lookup::texts(cluster, zone),
        RecordType::PTR if zone.reverse && reverse::address(zone).is_some() => reverse::pointers(cluster, zone, name),
        RecordType::A | RecordType::AAAA => lookup::addresses(cluster, zone, question, &mut Vec::new(), forward),
        RecordType::PTR => nothing(),
        _ if zone.is_name_server() => Ok(Found::new(Vec::new(), Decision::Zone)),
        RecordType::CNAME => lookup::alias(cluster, zone, name),
        RecordType::SRV => lookup::services(cluster, zone, name),
        _ => nothing(),
    }
}
