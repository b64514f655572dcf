//! From an address to names (`plugin/kubernetes/reverse.go`, `plugin/pkg/dnsutil/reverse.go`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::records::{endpoint_hostname, endpoint_name, ready};
use super::{Decision, Found, Zone};
use crate::cluster::{Cluster, ServiceId};
use crate::dns::{Name, Record, RecordData};

/// The address that a name of the question's zone spells.
pub(super) fn address(zone: &Zone<'_>) -> Option<IpAddr> {
    reverse_address(&format!("{}.{}", zone.base, zone.suffix.to_ascii_lowercase()))
}

/// The address that a name in a reverse zone spells, in lower case with its root dot; absent where it spells none.
pub fn reverse_address(name: &str) -> Option<IpAddr> {
    if let Some(octets) = name.strip_suffix(".in-addr.arpa.") {
        let octets: Vec<&str> = octets.rsplit('.').collect();
        return octets.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    let nibbles: Vec<&str> = name.strip_suffix(".ip6.arpa.")?.rsplit('.').collect();
    if nibbles.len() != 32 {
        return None;
    }
    let bits = nibbles.iter().try_fold(0_u128, |bits, label| {
        let nibble = u128::from_str_radix(label, 16).ok().filter(|_| label.len() == 1)?;
        Some(bits << 4 | nibble)
    })?;
    // Go writes an IPv4 address that is mapped into IPv6 as the IPv4 address.
    Some(Ipv6Addr::from_bits(bits).to_canonical())
}

/// The Service with that cluster IP, or else every ready endpoint with that address, of whatever Services.
pub(super) fn pointers(cluster: &Cluster, zone: &Zone<'_>, name: &Name) -> Result<Found, Decision> {
    let address = address(zone).ok_or(Decision::UnknownForm)?;
    let targets = names(cluster, address, zone);
    let decision = targets.first().map(|(id, _)| Decision::Service(*id)).ok_or(Decision::NoSuchAddress)?;
    let mut answers: Vec<Record> = Vec::new();
    for (_, target) in targets {
        let record = Record { name: name.clone(), ttl: zone.ttl, data: RecordData::Ptr(target) };
        // Two slices of a Service may hold one endpoint while it moves between them.
        if !answers.contains(&record) {
            answers.push(record);
        }
    }
    Ok(Found::new(answers, decision))
}

fn names(cluster: &Cluster, address: IpAddr, zone: &Zone<'_>) -> Vec<(ServiceId, Name)> {
    let Zone { plugin, domain, .. } = *zone;
    let services = || cluster.services().filter(|(_, service)| plugin.exposes(&service.meta().namespace));
    if let Some((id, service)) = services().find(|(_, service)| service.cluster_ips.contains(&address)) {
        let meta = service.meta();
        return vec![(id, Name::join(&[&meta.name, &meta.namespace, "svc", domain]))];
    }
    let mut names = Vec::new();
    for (id, service) in services() {
        let matching = ready(plugin, service).filter(|(_, endpoint)| endpoint.addresses.contains(&address));
        let hostnames = matching.map(|(_, endpoint)| endpoint_hostname(plugin, endpoint, address));
        names.extend(hostnames.map(|hostname| (id, endpoint_name(service.meta(), &hostname, domain))));
    }
    names
}
