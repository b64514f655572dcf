//! Small clusters for the tests of this module.

use std::rc::Rc;

use super::{Direction, Flow, Party, PolicyIndex, exempt, judge};
use crate::cluster::{Cluster, Config};
use crate::control::{Placed, Simulation};
use crate::model::Protocol;
use crate::object::convert;
use crate::text::{parse_document, split};

/// The cluster that some manifests make, each of which must be accepted.
pub(super) fn load(manifests: &str) -> Cluster {
    let trees = split(manifests).into_iter().filter_map(|chunk| parse_document(chunk).0);
    let mut objects: Vec<Placed> =
        trees.flat_map(convert).map(|manifest| Placed { manifest: Rc::new(manifest), file: Some(0), first_line: 0 }).collect();
    for object in &objects {
        assert!(object.manifest.body.is_some(), "{}: {:?}", object.manifest.id, object.manifest.problems);
    }
    objects.sort_by(|a, b| a.manifest.id.cmp(&b.manifest.id));
    Simulation::new(&objects, Config::default()).cluster().clone()
}

/// The manifest of a pod on node-1.
pub(super) fn pod(namespace: &str, name: &str, labels: &str, ip: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{namespace: {namespace}, name: {name}, labels: {labels}}}\n\
         spec: {{nodeName: node-1, {spec}}}\nstatus: {{podIP: {ip}}}\n"
    )
}

/// The manifest of a policy with the YAML of its spec.
pub(super) fn policy(namespace: &str, name: &str, spec: &str) -> String {
    let spec = spec.replace('\n', "\n  ");
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{namespace: {namespace}, name: {name}}}\nspec:\n  {spec}\n"
    )
}

/// Whether a connection passes both sides' policies, as the data plane asks them.
pub(super) fn connects(cluster: &Cluster, index: &PolicyIndex, from: Party, to: Party, protocol: Protocol, port: u16) -> bool {
    let passes = |direction, subject: Party, other: Party| {
        let as_node = other.pod.is_none_or(|pod| cluster.pod(pod).spec().host_network);
        subject.pod.is_none_or(|subject| {
            as_node && exempt(cluster, subject, other.ip)
                || judge(cluster, index, &Flow { direction, subject, other, port, protocol }).passes()
        })
    };
    passes(Direction::Egress, from, to) && passes(Direction::Ingress, to, from)
}
