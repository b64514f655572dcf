//! NetworkPolicies (`pkg/apis/networking/validation`, `ValidateNetworkPolicySpec`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::At;
use super::address::{self, port};
use super::meta::selector;
use crate::object::cidr::cidr;
use crate::object::error::Errors;
use crate::object::names::port_name;

pub fn network_policy(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    selector(spec.field("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = spec.field(direction);
        for rule in rules.items() {
            let ports = rule.field("ports");
            for port in ports.items() {
                policy_port(port, errors);
            }
            let list = rule.field(peers);
            for peer in list.items() {
                policy_peer(peer, errors);
            }
        }
    }
    let types = spec.field("policyTypes");
    if types.items().count() > 2 {
        return types.invalid(errors, "may not specify more than two policyTypes");
    }
    for kind in types.items() {
        if !matches!(kind.text(), "Ingress" | "Egress") {
            kind.unsupported(errors, &["Ingress", "Egress"]);
        }
    }
}

fn policy_port(at: At<'_, '_>, errors: &mut Errors) {
    let protocol = at.field("protocol");
    if protocol.is_set() && !matches!(protocol.text(), "TCP" | "UDP" | "SCTP") {
        protocol.unsupported(errors, &["TCP", "UDP", "SCTP"]);
    }
    let (first, end) = (at.field("port"), at.field("endPort"));
    match first.number() {
        Some(number) => {
            port(first, errors);
            if end.is_set() {
                if end.number().is_some_and(|end| end < number) {
                    end.invalid(errors, "must be greater than or equal to `port`");
                }
                port(end, errors);
            }
        }
        None if first.is_set() => {
            if end.is_set() {
                end.invalid(errors, "may not be specified when `port` is non-numeric");
            }
            first.formed(errors, port_name);
        }
        None if end.is_set() => end.invalid(errors, "may not be specified when `port` is not specified"),
        None => {}
    }
}

fn policy_peer(peer: At<'_, '_>, errors: &mut Errors) {
    let block = peer.field("ipBlock");
    let mut selects = false;
    for field in ["podSelector", "namespaceSelector"] {
        selects |= peer.field(field).is_set();
        selector(peer.field(field), errors);
    }
    if block.is_set() {
        ip_block(block, errors);
    }
    match (selects, block.is_set()) {
        (false, false) => peer.required(errors, "must specify a peer"),
        (true, true) => peer.forbidden(errors, "may not specify both ipBlock and another peer"),
        _ => {}
    }
}

fn ip_block(block: At<'_, '_>, errors: &mut Errors) {
    let whole = block.field("cidr");
    if whole.is_empty() {
        return whole.required(errors, "");
    }
    address::cidr(whole, errors);
    let Some(net) = cidr(whole.text()) else { return };
    let except = block.field("except");
    for part in except.items() {
        address::cidr(part, errors);
        let inside = |part: IpNet| net.contains::<&IpAddr>(&part.addr()) && net.prefix_len() < part.prefix_len();
        if cidr(part.text()).is_some_and(|part| !inside(part)) {
            part.invalid(errors, "must be a strict subset of `cidr`");
        }
    }
}
