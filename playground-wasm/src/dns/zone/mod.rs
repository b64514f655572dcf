//! The cluster's name server: CoreDNS with the Corefile that kubeadm installs.
//!
//! ```text
//! kubernetes cluster.local in-addr.arpa ip6.arpa { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }
//! forward . /etc/resolv.conf
//! ```
//!
//! This file is `plugin/kubernetes/handler.go`; `request` is `parse.go`, `records` is `kubernetes.go`, `lookup` is
//! `plugin/backend_lookup.go`, `reverse` and `apex` are `reverse.go` and `ns.go`. The schema is kubernetes/dns
//! `docs/specification.md` 1.1.0. Left out: `cache` (kubeadm disables it for the cluster's own zone), `loadbalance` (addresses
//! come in the order of the slices), truncation, and zone transfers, which are refused.

mod apex;
mod lookup;
mod records;
mod request;
mod reverse;

#[cfg(test)]
mod tests;

use super::{Decision, Question, Rcode, Record, RecordData, RecordType, Response, world};
use crate::cluster::Cluster;

const TTL: u32 = 30;

/// Answers as CoreDNS does: from the cluster's objects, or from the world outside where the name is not its own.
pub fn answer(cluster: &Cluster, question: &Question) -> Response {
    let domain = format!("{}.", cluster.config.cluster_domain.trim_end_matches('.'));
    let Some(zone) = Zone::of(&domain, question) else { return world::answer(cluster, question) };
    if matches!(question.rtype, RecordType::AXFR | RecordType::IXFR) {
        return Response::empty(Rcode::Refused, Decision::Zone);
    }
    match resolve(cluster, &zone, question) {
        Ok(found) => Response {
            rcode: Rcode::NoError,
            authority: if found.answers.is_empty() { vec![apex::soa(zone.suffix)] } else { Vec::new() },
            answers: found.answers,
            additional: found.additional,
            decision: found.decision,
        },
        // `fallthrough`: whoever owns the address outside may know its name.
        Err(Decision::NoSuchAddress | Decision::UnknownForm) if zone.reverse => {
            let beyond = world::answer(cluster, question);
            let decision = if beyond.rcode == Rcode::NoError { beyond.decision } else { Decision::NoSuchAddress };
            Response { decision, ..beyond }
        }
        Err(decision) => Response { authority: vec![apex::soa(zone.suffix)], ..Response::empty(Rcode::NxDomain, decision) },
    }
}

impl Response {
    /// An answer without records.
    pub fn empty(rcode: Rcode, decision: Decision) -> Self {
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
    /// The cluster's own zone in lower case, with the root dot.
    domain: &'a str,
}

impl<'a> Zone<'a> {
    /// The most specific zone that the name lies in.
    fn of(domain: &'a str, question: &'a Question) -> Option<Self> {
        let name = &question.name;
        let zones = [(domain, false), ("in-addr.arpa.", true), ("ip6.arpa.", true)];
        let matching = zones.into_iter().filter_map(|(zone, reverse)| Some((name.suffix(zone)?, reverse)));
        let (suffix, reverse) = matching.max_by_key(|(suffix, _)| suffix.len())?;
        Some(Self { suffix, base: base(name.as_str(), suffix), reverse, domain })
    }
}

/// What stands before the zone, in lower case.
fn base(name: &str, zone: &str) -> String {
    name[..name.len() - zone.len()].trim_end_matches('.').to_ascii_lowercase()
}

fn resolve(cluster: &Cluster, zone: &Zone<'_>, question: &Question) -> Result<Found, Decision> {
    let name = &question.name;
    // CoreDNS compares these with the lower-case name, so a zone asked for in other case has no name servers.
    let lower_case = !zone.suffix.bytes().any(|byte| byte.is_ascii_uppercase());
    let asks_server = zone.base == "ns.dns" && lower_case;
    match question.rtype {
        RecordType::SOA if zone.base.is_empty() => Ok(Found::new(vec![apex::soa(zone.suffix)], Decision::Zone)),
        // Any other name is said to exist, whether it does or not.
        RecordType::SOA => Ok(Found::new(Vec::new(), Decision::Zone)),
        RecordType::NS if zone.base.is_empty() && lower_case => Ok(apex::name_servers(cluster, zone)),
        RecordType::TXT if zone.base == "dns-version" => {
            let record = Record { name: name.clone(), ttl: 28_800, data: RecordData::Txt("1.1.0".into()) };
            Ok(Found::new(vec![record], Decision::Zone))
        }
        RecordType::TXT => lookup::texts(cluster, zone),
        RecordType::PTR if zone.reverse && reverse::address(zone).is_some() => reverse::pointers(cluster, zone, name),
        rtype if asks_server => Ok(apex::addresses(cluster, zone, name, rtype)),
        RecordType::A | RecordType::AAAA => lookup::addresses(cluster, zone, question, &mut Vec::new()),
        RecordType::CNAME => lookup::alias(cluster, zone, name),
        RecordType::SRV => lookup::services(cluster, zone, name),
        _ => records::find(cluster, zone.reverse, &zone.base).map(|found| Found::new(Vec::new(), found.decision)),
    }
}
