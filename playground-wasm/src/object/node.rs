//! Nodes: the API's to the model's.

use super::api::core as api;
use crate::model::{Meta, NodeSpec, Taint};
use crate::schema::IntOrString;

/// Converts a Node.
pub fn convert(node: api::Node, meta: Meta) -> NodeSpec {
    let spec = node.spec.unwrap_or_default();
    let status = node.status.unwrap_or_default();
    let mut cidrs = spec.pod_cidrs.unwrap_or_default();
    if cidrs.is_empty() {
        cidrs.extend(spec.pod_cidr);
    }
    let pod_cidrs = cidrs.iter().filter_map(|text| text.parse().ok()).collect();
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
        cpu_millis: status.allocatable.and_then(|allocatable| match allocatable.get("cpu")? {
            IntOrString::Int(cores) => u32::try_from(*cores).ok()?.checked_mul(1_000),
            IntOrString::String(quantity) => cpu_millis(quantity),
        }),
        ready: ready.is_none_or(|condition| condition.status == "True"),
    }
}

/// Thousandths of a core of a quantity such as `4`, `0.5` or `3920m`; forms that nobody writes for a CPU are left out.
fn cpu_millis(quantity: &str) -> Option<u32> {
    if let Some(millis) = quantity.strip_suffix('m') {
        return millis.parse().ok();
    }
    let (cores, part) = quantity.split_once('.').unwrap_or((quantity, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    cores.parse::<u32>().ok()?.checked_mul(1_000)?.checked_add(digits.parse().ok()?)
}

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

#[cfg(test)]
mod tests {
    use super::cpu_millis;

    #[test]
    fn quantities_of_cpu() {
        for (text, millis) in
            [("4", Some(4_000)), ("3920m", Some(3_920)), ("0.5", Some(500)), ("1.25", Some(1_250)), ("x", None), ("", None)]
        {
            assert_eq!(cpu_millis(text), millis, "{text}");
        }
    }
}
