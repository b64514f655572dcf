//! What kube-proxy calls Services' ports and chains: readable names, made unique by a hash of themselves.
//!
//! iptables allows 28 characters, so a prefix and 16 of the hash are all there is (`pkg/proxy/iptables/proxier.go`,
//! `portProtoHash`); nftables chains keep their words (`pkg/proxy/nftables/proxier.go`, `servicePortChainNameBase`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::listing::{glue, order};
use super::sha256::sha256;
use crate::model::Protocol;
use crate::net::{Proxied, Target};

/// What nftables' 256 characters leave behind a prefix.
const LONGEST: usize = 240;

/// `tcp`, `udp` or `sctp`, as rules have it.
pub fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

/// `namespace/name:port`, without the colon for a port without a name.
pub fn service_port(proxied: &Proxied<'_>) -> String {
    let (meta, port) = (proxied.service.meta(), &proxied.port().name);
    glue(&[&meta.namespace, "/", &meta.name, if port.is_empty() { "" } else { ":" }, port])
}

/// An address and port, `10.244.1.2:80` or `[fd00::2]:80`.
pub fn endpoint(target: Target) -> String {
    crate::trace::address_port(target.ip, target.port)
}

/// Endpoints in the order of their chains: by address and port as text.
pub fn in_order(targets: &[Target]) -> Vec<Target> {
    order(targets.iter().map(|target| endpoint(*target))).into_iter().map(|place| targets[place]).collect()
}

/// Who may send to the load balancer's addresses, those among it, where the node itself may.
pub fn sources(proxied: &Proxied<'_>, own: Option<IpAddr>) -> Vec<IpNet> {
    let mut sources: Vec<IpNet> = proxied.source_ranges().map(IpNet::trunc).collect();
    if own.is_some_and(|own| sources.iter().any(|range| range.contains(&own))) {
        sources.extend(proxied.balancer_ips().map(IpNet::from));
    }
    sources
}

/// What the names of a port's iptables chains have in common behind their prefix.
pub fn chain(proxied: &Proxied<'_>) -> String {
    hash(&[&service_port(proxied), protocol(proxied.port().protocol)], 16)
}

/// The name of an endpoint's iptables chain.
pub fn endpoint_chain(proxied: &Proxied<'_>, target: Target) -> String {
    glue(&["KUBE-SEP-", &hash(&[&service_port(proxied), protocol(proxied.port().protocol), &endpoint(target)], 16)])
}

/// What the names of a port's nftables chains have in common: `HASH-namespace/name/tcp/port`.
pub fn nft_chain(proxied: &Proxied<'_>) -> String {
    hashed(&words(proxied))
}

/// Likewise for an endpoint: `HASH-namespace/name/tcp/port__10.244.1.2/80`; a chain's name cannot have colons.
pub fn nft_endpoint_chain(proxied: &Proxied<'_>, target: Target) -> String {
    hashed(&glue(&[&words(proxied), "__", &target.ip.to_string().replace(':', "."), "/", &target.port.to_string()]))
}

fn words(proxied: &Proxied<'_>) -> String {
    let (meta, port) = (proxied.service.meta(), proxied.port());
    glue(&[&meta.namespace, "/", &meta.name, "/", protocol(port.protocol), "/", &port.name])
}

fn hashed(name: &str) -> String {
    let mut name = glue(&[&hash(&[name], 8), "-", name]);
    if name.len() > LONGEST {
        name.truncate(LONGEST - 3);
        name.push_str("...");
    }
    name
}

/// The first characters of the texts' hash in base 32 (RFC 4648).
fn hash(texts: &[&str], length: usize) -> String {
    let digest = sha256(glue(texts).as_bytes());
    (0..length)
        .map(|place| {
            let bit = place * 5;
            let pair = u16::from_be_bytes([digest[bit / 8], digest[bit / 8 + 1]]);
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(pair >> (11 - bit % 8) & 31)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn hashes_as_in_every_cluster() {
        // The API server's own Service, and names from the tests of kube-proxy.
        assert_eq!(hash(&["default/kubernetes:https", "tcp"], 16), "NPX46M4PTMTKRN6Y");
        assert_eq!(hash(&["kube-system/kube-dns:dns", "udp"], 16), "TCOU7JCQXEZGVUNU");
        assert_eq!(hash(&["ns1/svc1:p80", "tcp"], 16), "XPGD46QRK7WJZT7O");
        assert_eq!(hash(&["ns1/svc1:p80", "tcp", "10.180.0.1:80"], 16), "SXIVWICOYRO3J4NJ");
        assert_eq!(hash(&["ns1/svc1/tcp/p80"], 8), "ULMVA6XW");
        assert_eq!(hash(&["ns1/svc1/tcp/p80__10.180.0.1/80"], 8), "5OJB2KTY");
    }
}
