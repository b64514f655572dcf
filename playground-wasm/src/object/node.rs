//! Nodes: the API's to the model's.

use super::api::core as api;
use super::error::{Errors, field};
use crate::model::{Meta, NodeSpec, Taint};

/// Converts a Node.
pub fn convert(node: api::Node, meta: Meta, errors: &mut Errors) -> NodeSpec {
    let spec = node.spec.unwrap_or_default();
    let status = node.status.unwrap_or_default();
    let mut cidrs = spec.pod_cidrs.unwrap_or_default();
    if cidrs.is_empty() {
        cidrs.extend(spec.pod_cidr);
    }
    let mut pod_cidrs = Vec::new();
    for (index, text) in cidrs.iter().enumerate() {
        match text.parse() {
            Ok(cidr) => pod_cidrs.push(cidr),
            Err(_) => {
                errors.invalid(field!["spec", "podCIDRs", index], text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
            }
        }
    }
    let addresses = status.addresses.unwrap_or_default();
    let ready = status.conditions.unwrap_or_default().into_iter().find(|condition| condition.type_ == "Ready");
    let mut taints: Vec<Taint> = spec
        .taints
        .unwrap_or_default()
        .into_iter()
        .map(|taint| Taint { key: taint.key, value: taint.value.unwrap_or_default(), effect: taint.effect })
        .collect();
    // The node controller marks a cordoned node so (`pkg/controller/nodelifecycle`).
    if spec.unschedulable == Some(true) && !taints.iter().any(|taint| taint.key == UNSCHEDULABLE) {
        taints.push(Taint { key: UNSCHEDULABLE.into(), value: String::new(), effect: "NoSchedule".into() });
    }
    NodeSpec {
        meta,
        ips: ["InternalIP", "ExternalIP"]
            .iter()
            .flat_map(|kind| addresses.iter().filter(move |address| address.type_ == *kind))
            .filter_map(|address| address.address.parse().ok())
            .collect(),
        pod_cidrs,
        taints,
        ready: ready.is_none_or(|condition| condition.status == "True"),
    }
}

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
