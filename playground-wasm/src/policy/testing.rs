//! Small clusters for the tests of this module.

use std::rc::Rc;

use super::{Direction, Flow, Party, PolicyIndex, exempt, judge};
use crate::cluster::{Cluster, Config, PodId};
use crate::control::{Placed, Simulation};
use crate::model::Protocol;
use crate::object::convert;
use crate::text::{parse_document, split};

/// The cluster that some manifests make, each of which must be accepted.
pub(super) fn load(manifests: &str) -> Cluster {
    let trees = split(manifests).into_iter().filter_map(|chunk| parse_document(chunk).0);
    let mut objects: Vec<Placed> = trees
        .flat_map(convert)
        .map(|manifest| Placed { manifest: Rc::new(manifest), file: Some(0), first_line: 0, text: Rc::from("") })
        .collect();
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

pub(super) const OUTSIDE: &str = "198.51.100.7";

const NAMESPACES: &str = "apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {team: web}}
";

/// Namespace shop with `api` (10.244.1.1) and `db` (10.244.1.2), namespace web with `front` (10.244.1.3), all on node-1 with a
/// port `web` and differing in where they declare a port `metrics`; and `host` in shop on the network of node-2.
pub(super) fn fixture(policies: &[(&str, &str)]) -> Cluster {
    let mut text = NAMESPACES.to_owned();
    let main = "containers: [{name: main, image: x, ports: [{name: web, containerPort: 80}]}]";
    let metrics = "image: x, ports: [{name: metrics, containerPort: 9090}]";
    let with_sidecar = format!("{main}, initContainers: [{{name: side, restartPolicy: Always, {metrics}}}]");
    let with_init = format!("{main}, initContainers: [{{name: init, {metrics}}}]");
    text += &pod("shop", "api", "{app: api}", "10.244.1.1", main);
    text += &pod("shop", "db", "{app: db, tier: data}", "10.244.1.2", &with_sidecar);
    text += &pod("web", "front", "{app: front}", "10.244.1.3", &with_init);
    let host = format!("hostNetwork: true, containers: [{{name: main, {metrics}}}]");
    text += &pod("shop", "host", "{app: host}", "192.168.0.12", &host).replace("node-1", "node-2");
    for (index, (namespace, spec)) in policies.iter().enumerate() {
        text += &policy(namespace, &format!("policy-{index}"), spec);
    }
    load(&text)
}

/// A pod of the fixture by name, or an address.
pub(super) fn party(cluster: &Cluster, who: &str) -> Party {
    match cluster.pods().find(|(_, pod)| pod.meta.name == who) {
        Some((id, _)) => Party::pod(cluster, id),
        None => Party::address(who.parse().unwrap_or_else(|_| panic!("{who}"))),
    }
}

pub(super) fn pod_id(cluster: &Cluster, name: &str) -> PodId {
    party(cluster, name).pod.unwrap_or_else(|| panic!("{name}"))
}
