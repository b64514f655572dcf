//! From what is behind a name to records of one type (`plugin/backend_lookup.go`).

use std::collections::BTreeSet;

use super::records::{Backend, Host, Records};
use super::{Decision, Found, Zone, apex, base};
use crate::cluster::Cluster;
use crate::dns::server::{self, Forward};
use crate::dns::{Name, Question, Record, RecordData};

/// How many aliases are followed inside the zone.
const MAX_CHAIN: usize = 10;

/// Type A or AAAA; an alias is followed in the zone, or by asking the whole server again.
pub(super) fn addresses(
    cluster: &Cluster,
    zone: &Zone<'_>,
    question: &Question,
    chain: &mut Vec<Record>,
    forward: Forward<'_>,
) -> Result<Found, Decision> {
    if zone.is_name_server() {
        return Ok(apex::addresses(cluster, zone, &question.name, question.rtype));
    }
    let Records { backends, decision } = zone.records(cluster)?;
    let mut answers = Vec::new();
    let mut seen = BTreeSet::new();
    for backend in backends {
        match backend.host {
            Host::Alias(target) => answers.extend(follow(cluster, zone, question, target, chain, forward)),
            Host::Ip(ip) => {
                let data = RecordData::from(ip);
                if data.rtype() == question.rtype && seen.insert(ip) {
                    answers.push(Record { name: question.name.clone(), ttl: zone.ttl, data });
                }
            }
        }
    }
    Ok(Found::new(answers, decision))
}

/// The CNAME record and what it leads to. Inside the zone a target without such records leaves nothing of the alias either;
/// outside, the alias is said even where its target does not exist.
fn follow(
    cluster: &Cluster,
    zone: &Zone<'_>,
    question: &Question,
    target: &str,
    chain: &mut Vec<Record>,
    forward: Forward<'_>,
) -> Vec<Record> {
    let Ok(target) = Name::parse(target) else { return Vec::new() };
    let alias = Record { name: question.name.clone(), ttl: zone.ttl, data: RecordData::Cname(target.clone()) };
    let loops = target.is_within(question.name.as_str()) || chain.contains(&alias);
    if loops || chain.len() > MAX_CHAIN {
        return Vec::new();
    }
    let next = Question { name: target, rtype: question.rtype };
    let Some(suffix) = next.name.suffix(zone.suffix) else {
        let beyond = server::answer(cluster, &next, forward).answers;
        return std::iter::once(alias).chain(beyond).collect();
    };
    let inside = Zone { suffix, base: base(next.name.as_str(), suffix), ..*zone };
    chain.push(alias.clone());
    match addresses(cluster, &inside, &next, chain, forward) {
        Ok(found) if !found.answers.is_empty() => std::iter::once(alias).chain(found.answers).collect(),
        _ => Vec::new(),
    }
}

/// Type CNAME: the alias alone.
pub(super) fn alias(cluster: &Cluster, zone: &Zone<'_>, name: &Name) -> Result<Found, Decision> {
    let Records { backends, decision } = zone.records(cluster)?;
    let answers = match backends.first().map(|backend| backend.host) {
        Some(Host::Alias(target)) => {
            let target = Name::parse(target).ok();
            target.map(|target| Record { name: name.clone(), ttl: zone.ttl, data: RecordData::Cname(target) }).into_iter().collect()
        }
        _ => Vec::new(),
    };
    Ok(Found::new(answers, decision))
}

/// Type SRV: each address and port once, the addresses of the targets in the additional section. Aliases have none.
pub(super) fn services(cluster: &Cluster, zone: &Zone<'_>, name: &Name) -> Result<Found, Decision> {
    let Records { backends, decision } = zone.records(cluster)?;
    let mut found = Found::new(Vec::new(), decision);
    let addressed: Vec<_> = backends
        .iter()
        .filter_map(|Backend { host, port, owner }| match host {
            Host::Ip(ip) => Some((*ip, *port, owner)),
            Host::Alias(_) => None,
        })
        .collect();
    // Every entry counts, also those that fall away as duplicates: a dual-stack Service has the weight 50.
    let weight = weight(addressed.len());
    let (mut targets, mut extras) = (BTreeSet::new(), BTreeSet::new());
    for (ip, port, owner) in addressed {
        let Some(port) = port else { continue };
        let target = owner.name(zone.suffix);
        if extras.insert((target.as_str().to_owned(), ip)) {
            found.additional.push(Record { name: target.clone(), ttl: zone.ttl, data: ip.into() });
        }
        if targets.insert((target.as_str().to_owned(), port)) {
            let data = RecordData::Srv { priority: 0, weight, port, target };
            found.answers.push(Record { name: name.clone(), ttl: zone.ttl, data });
        }
    }
    Ok(found)
}

/// An equal share of 100, rounded down and at least 1.
fn weight(entries: usize) -> u16 {
    u16::try_from(100 / entries.max(1)).unwrap_or(0).max(1)
}

/// Type TXT: names that have other records exist; those that only have names below them are denied, unlike for other types.
pub(super) fn texts(cluster: &Cluster, zone: &Zone<'_>) -> Result<Found, Decision> {
    let Records { backends, decision } = zone.records(cluster)?;
    if backends.is_empty() { Err(Decision::UnknownForm) } else { Ok(Found::new(Vec::new(), decision)) }
}
