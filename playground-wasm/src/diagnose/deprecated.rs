//! Fields and kinds that are deprecated and still work (`pkg/api/service/warnings.go`, `pkg/api/node/util.go`, the API
//! reference). Versions that are gone are the API server's to reject.

use super::edit;
use super::scene::Scene;
use super::{Finding, code, under};
use crate::cluster::ObjectRef;
use crate::text::Step;

/// Kind, field and what replaces it.
const FIELDS: [(&str, &str, &str); 4] = [
    ("Service", "spec.externalIPs", "a LoadBalancer or a Gateway; some clusters no longer implement it"),
    ("Service", "spec.loadBalancerIP", "an annotation of the load balancer's controller"),
    ("Service", "metadata.annotations.service.kubernetes.io/topology-aware-hints", "spec.trafficDistribution"),
    ("Endpoints", "kind", "EndpointSlice"),
];

/// Labels of nodes that go by another name now.
const NODE_LABELS: [(&str, &str); 5] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
];

/// The deprecated fields of an object.
pub fn findings(scene: &Scene<'_>, object: ObjectRef) -> Vec<Finding> {
    let source = scene.source(object);
    let mut findings = Vec::new();
    let mut tell = |path: Vec<Step>, what: &str, instead: &str| {
        let message = format!("The use of {what} is deprecated; its place takes {instead}");
        findings.push(Finding::new(code::DEPRECATED_FIELD, object, path, message));
    };
    for (kind, field, instead) in FIELDS {
        if source.id.kind != kind {
            continue;
        }
        let path = path(field);
        if edit::at(&source.root, &path).is_some_and(|node| !node.is_null()) {
            let what = if field == "kind" { kind } else { field };
            tell(path, what, instead);
        }
    }
    if source.id.kind != "Service" {
        return findings;
    }
    let distribution = path("spec.trafficDistribution");
    if edit::at(&source.root, &distribution).and_then(crate::text::Node::as_str) == Some("PreferClose") {
        let finding = Finding::new(
            code::DEPRECATED_FIELD,
            object,
            distribution.clone(),
            "PreferClose is deprecated; its name is PreferSameZone now".into(),
        );
        let edit = edit::replace(source, &distribution, "PreferSameZone");
        findings.push(finding.fix(edit::fix("Change to PreferSameZone".into(), [edit])));
    }
    findings
}

/// The deprecated labels that a group's nodeSelector names.
pub fn node_labels(scene: &Scene<'_>, group: usize) -> Vec<Finding> {
    let base = under(&scene.spec_path(group), &["nodeSelector"]);
    let used = scene.pod(group).spec().node_selector.keys();
    let found = used.filter_map(|key| NODE_LABELS.iter().find(|(old, _)| old == key));
    found
        .map(|(old, new)| {
            let path = [base.clone(), vec![Step::Key((*old).to_owned())]].concat();
            let edit = edit::rename(scene.source(scene.groups[group].object), &path, new);
            let message = format!("The node label {old} is deprecated; its name is {new} now");
            let finding = Finding::new(code::DEPRECATED_FIELD, scene.owner(group), path, message).at(scene.groups[group].object);
            finding.fix(edit::fix(format!("Change to {new}"), [edit]))
        })
        .collect()
}

/// The steps of a field; an annotation's key holds dots and is one step.
fn path(field: &'static str) -> Vec<Step> {
    match field.split_once("annotations.") {
        Some((_, key)) => vec!["metadata".into(), "annotations".into(), Step::Key(key.to_owned())],
        None => field.split('.').map(Step::from).collect(),
    }
}
