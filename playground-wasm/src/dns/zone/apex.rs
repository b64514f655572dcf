//! The zone's own records: SOA, name servers, and their addresses (`plugin/kubernetes/ns.go`, `SOA` and `NS` of `backend_lookup.go`).

use std::net::IpAddr;

use super::records::{endpoint_hostname, endpoint_name};
use super::{Decision, Found, Zone};
use crate::behavior::App;
use crate::cluster::Cluster;
use crate::dns::message::Soa;
use crate::dns::{Name, Record, RecordData, RecordType};

/// CoreDNS counts the seconds of its last change here; the simulator's zone is as old as its virtual clock.
const SERIAL: u32 = 1;

/// The start of authority, which also goes with every negative answer.
pub(super) fn soa(zone: &Zone<'_>) -> Record {
    let Zone { suffix: zone, ttl, .. } = *zone;
    let soa = Soa {
        primary: Name::join(&["ns.dns", zone]),
        mailbox: Name::join(&["hostmaster", zone]),
        serial: SERIAL,
        refresh: 7_200,
        retry: 1_800,
        expire: 86_400,
        minimum: ttl,
    };
    Record { name: Name::join(&[zone]), ttl: ttl.min(300), data: RecordData::Soa(Box::new(soa)) }
}

/// Type NS: the names of the Services in front of CoreDNS, their addresses in the additional section.
pub(super) fn name_servers(cluster: &Cluster, zone: &Zone<'_>) -> Found {
    let mut found = Found::new(Vec::new(), Decision::Zone);
    for (server, ip) in servers(cluster, zone) {
        let record = Record { name: Name::join(&[zone.suffix]), ttl: zone.ttl, data: RecordData::Ns(server.clone()) };
        if !found.answers.contains(&record) {
            found.answers.push(record);
        }
        found.additional.push(Record { name: server, ttl: zone.ttl, data: ip.into() });
    }
    found
}

/// The addresses of `ns.dns`, a name that always means the name servers.
pub(super) fn addresses(cluster: &Cluster, zone: &Zone<'_>, name: &Name, rtype: RecordType) -> Found {
    let data = servers(cluster, zone).into_iter().map(|(_, ip)| RecordData::from(ip)).filter(|data| data.rtype() == rtype);
    let mut answers: Vec<Record> = Vec::new();
    for record in data.map(|data| Record { name: name.clone(), ttl: zone.ttl, data }) {
        if !answers.contains(&record) {
            answers.push(record);
        }
    }
    Found::new(answers, Decision::Zone)
}

/// CoreDNS looks for its own address among the endpoints: the Services that have it are its name, by cluster IP or, where
/// headless, by endpoint. Without any it is `ns.dns` at its own address.
fn servers(cluster: &Cluster, zone: &Zone<'_>) -> Vec<(Name, IpAddr)> {
    let Zone { plugin, suffix: zone, .. } = *zone;
    let runs_dns = |pod: &&crate::cluster::Pod| {
        pod.behavior.iter().any(|container| container.listeners.iter().any(|listener| listener.app == App::Dns))
    };
    let own: &[IpAddr] = cluster.pods().map(|(_, pod)| pod).find(runs_dns).map_or(&[], |pod| &pod.ips);
    let mut servers = Vec::new();
    for service in &cluster.services {
        let meta = service.meta();
        for slice in service.slices.iter().filter(|_| plugin.endpoints) {
            let ready = || slice.endpoints.iter().filter(|endpoint| endpoint.ready);
            if !ready().any(|endpoint| endpoint.addresses.iter().any(|ip| own.contains(ip))) {
                continue;
            }
            if service.is_headless() {
                let addresses = ready().flat_map(|endpoint| endpoint.addresses.iter().map(move |&ip| (endpoint, ip)));
                servers.extend(addresses.map(|(endpoint, ip)| (endpoint_name(meta, &endpoint_hostname(plugin, endpoint, ip), zone), ip)));
            } else {
                let name = Name::join(&[&meta.name, &meta.namespace, "svc", zone]);
                servers.extend(service.cluster_ips.iter().map(|&ip| (name.clone(), ip)));
            }
        }
    }
    if servers.is_empty() {
        servers.extend(own.iter().map(|&ip| (Name::join(&["ns.dns", zone]), ip)));
    }
    servers
}
