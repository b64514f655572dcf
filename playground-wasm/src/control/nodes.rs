//! The nodes of a cluster: those of manifests, or as many as kubelets would register of themselves.

use std::net::IpAddr;
use std::rc::Rc;

use super::ipam::{Addresses, nth, subnet};
use crate::cluster::{Cluster, Node, ObjectRef};
use crate::model::{Meta, NodeSpec};

/// What a node has whose manifest does not say: four cores, so that all such nodes are alike.
const NODE_CPU: u32 = 4_000;

/// Adds the nodes that are not there yet, in the order of their names, and takes over what manifests say of the others now.
pub fn make_nodes(cluster: &mut Cluster, given: &[(ObjectRef, Rc<NodeSpec>)]) {
    let mut addresses = Addresses::default();
    for ip in cluster.nodes.iter().flat_map(|node| &node.ips) {
        addresses.reserve(*ip);
    }
    for (_, node) in given {
        for &ip in &node.ips {
            addresses.reserve(ip);
        }
    }
    let default_specs: Vec<(Option<ObjectRef>, Rc<NodeSpec>)> = if given.is_empty() && cluster.nodes.is_empty() {
        (1..=cluster.config.nodes).map(|number| (None, Rc::new(default_node(number)))).collect()
    } else {
        given.iter().map(|(object, spec)| (Some(*object), Rc::clone(spec))).collect()
    };
    let lan = ipnet::IpNet::new_assert(IpAddr::from([192, 168, 0, 0]), 16);
    for (object, spec) in default_specs {
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.name == spec.meta.name) {
            node.labels.clone_from(&spec.meta.labels);
            node.taints.clone_from(&spec.taints);
            node.object = object;
            continue;
        }
        let number = u32::try_from(cluster.nodes.len()).unwrap_or(u32::MAX).saturating_add(1);
        let mut ips = spec.ips.clone();
        if ips.is_empty() {
            ips.extend(nth(&lan, 10 + number).filter(|&ip| addresses.reserve(ip)).or_else(|| addresses.next(&lan, 11)));
        }
        let mut pod_cidrs = spec.pod_cidrs.clone();
        if pod_cidrs.is_empty() {
            let length = cluster.config.pod_cidr.prefix_len().max(24);
            pod_cidrs.extend(subnet(&cluster.config.pod_cidr, number, length));
            pod_cidrs.extend(subnet(&cluster.config.pod_cidr_v6, number, 64));
        }
        cluster.nodes.push(Node {
            name: spec.meta.name.clone(),
            labels: spec.meta.labels.clone(),
            taints: spec.taints.clone(),
            cpu_millis: spec.cpu_millis.unwrap_or(NODE_CPU),
            ips,
            pod_cidrs,
            ready: spec.ready,
            up: true,
            object,
        });
    }
}

/// A node as a kubelet registers it on a Linux amd64 machine; the zones go round.
fn default_node(number: u32) -> NodeSpec {
    let name = format!("node-{number}");
    let zone = ["zone-a", "zone-b", "zone-c"][(number as usize + 2) % 3];
    let labels = [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("topology.kubernetes.io/zone", zone),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    let meta = Meta { name: name.clone(), labels: labels.into(), ..Meta::default() };
    NodeSpec { meta, ips: Vec::new(), pod_cidrs: Vec::new(), taints: Vec::new(), cpu_millis: None, ready: true }
}
