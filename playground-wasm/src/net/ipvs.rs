//! What is different in ipvs mode (`pkg/proxy/ipvs/proxier.go`, `syncProxyRules` and `syncEndpoint`).
//!
//! A virtual server has one list of destinations for everybody: under a Local policy those of the node, and where there are
//! none, all of the cluster. So nobody takes a short way, and nothing is dropped for want of a local endpoint; a client outside
//! whose packet went to another node unmasqueraded gets an answer from an address it never asked, and discards it. The source
//! ranges are looked at before the virtual server is.

use std::rc::Rc;

use super::endpoints::{Categories, Targets};
use super::proxied::Proxied;
use super::service::{Decision, Masquerade, Origin, Via};
use super::tables::Entry;

/// Decides about a packet to a virtual server.
pub fn translate(proxied: &Proxied<'_>, entry: Entry, categories: Rc<Categories>, barred: bool, origin: Origin) -> Decision {
    if barred {
        return Decision::DropSource { entry };
    }
    let targets = destinations(proxied, entry.via, categories);
    if targets.is_empty() {
        return Decision::Reject { entry };
    }
    let kept = match entry.via {
        Via::ClusterIp => origin == Origin::Pod,
        Via::ExternalIp | Via::LoadBalancer | Via::NodePort => proxied.is_external_local(),
    };
    let masquerade = if kept { Masquerade::Hairpin } else { Masquerade::Always };
    Decision::Forward { entry, targets, masquerade }
}

/// The real servers behind an address.
pub fn destinations(proxied: &Proxied<'_>, via: Via, categories: Rc<Categories>) -> Targets {
    let local_only = if via == Via::ClusterIp { proxied.is_internal_local() } else { proxied.is_external_local() };
    Targets { local: local_only && !categories.local.is_empty(), categories }
}
