//! The Service that a client asks for: whose name the resolver found, or whose address or node port it wrote.
//!
//! It is told from what the client sent, not from where the packet went: a headless Service translates nothing, an
//! ExternalName leads out of the cluster, and both are asked for all the same.

use crate::cluster::{AddressOwner, ServiceId};
use crate::model::IpFamily;
use crate::net::Network;
use crate::request::Exchange;

/// The Service that an exchange was meant for.
pub fn asked(net: Network<'_>, exchange: &Exchange) -> Option<ServiceId> {
    if let Some(via) = exchange.via {
        return Some(via.service);
    }
    let target = &exchange.request.target;
    if let Some(address) = target.known_address() {
        if let Some((service, _)) = net.tables.owner(address) {
            return Some(service);
        }
        let on_node = matches!(net.cluster.addresses.get(&address), Some(AddressOwner::Node(_)));
        let entry = net.tables.node_port(net.cluster, IpFamily::of(address), target.protocol(), target.port);
        return entry.filter(|_| on_node).map(|entry| entry.service);
    }
    let found = exchange.resolution.as_ref()?.lookup.answers.first()?.name.to_lowercase();
    let domain = net.cluster.config.cluster_domain.trim_end_matches('.');
    // `web.shop`, or with the name of one of its pods in front.
    let name = found.trim_end_matches('.').strip_suffix(domain)?.strip_suffix(".svc.")?;
    let mut labels = name.rsplit('.');
    let (namespace, service) = (labels.next()?, labels.next()?);
    net.cluster.find_service(namespace, service)
}
