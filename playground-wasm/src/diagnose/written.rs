//! Where a reference is written, and the edits that give it another host or port: in the value it stands in, in a ConfigMap
//! that the value comes from, or in another variable that the value is made of.

use super::edit;
use super::meant::is_served;
use super::near::pairs;
use super::scene::Scene;
use crate::behavior::Reference;
use crate::cluster::{ObjectRef, Source};
use crate::dto::{Edit, Fix};
use crate::model::{Container, EnvSource, Labels, Workload, WorkloadKind};
use crate::text::{Node, Step, Value};

/// A scalar that may hold a part of a reference, with the name that it goes by.
struct Place<'a> {
    source: &'a Source,
    path: Vec<Step>,
    name: &'a str,
}

/// The container that a reference belongs to, and its path.
fn container<'a>(scene: &Scene<'a>, group: usize, call: &Reference) -> Option<(&'a Container, Vec<Step>)> {
    let containers = scene.pod(group).spec().containers.iter();
    let mut with_paths = containers.map(|container| (container, scene.container_path(group, container)));
    with_paths.find(|(_, path)| call.origin.starts_with(path))
}

/// The value that a reference stands in first, then those it may be made of.
fn places<'a>(scene: &Scene<'a>, group: usize, call: &Reference) -> Vec<Place<'a>> {
    let source = scene.source(scene.groups[group].object);
    let mut places = vec![Place { source, path: call.origin.clone(), name: "" }];
    let Some((container, base)) = container(scene, group, call) else { return places };
    let maps = container.env_from.iter().map(|from| (from.secret, from.name.as_str(), None));
    let keys = container.env.iter().filter_map(|variable| match &variable.source {
        EnvSource::ConfigMapKey { name, key, .. } => Some((false, name.as_str(), Some(key.as_str()))),
        _ => None,
    });
    for (secret, name, key) in maps.chain(keys) {
        let found = (!secret).then(|| config_map(scene, &scene.pod(group).meta.namespace, name)).flatten();
        let Some(source) = found.map(|object| scene.source(object)) else { continue };
        let Some(Node { value: Value::Map(entries), .. }) = source.root.get("data") else { continue };
        let wanted = entries.iter().filter(|(entry, _)| key.is_none_or(|key| entry.text == key));
        places.extend(wanted.map(|(entry, _)| Place { source, path: vec!["data".into(), entry.text.clone().into()], name: &entry.text }));
    }
    for (index, variable) in container.env.iter().enumerate() {
        let path = [base.as_slice(), &["env".into(), index.into(), "value".into()]].concat();
        if path != call.origin && matches!(variable.source, EnvSource::Value(_)) {
            places.push(Place { source, path, name: &variable.name });
        }
    }
    places
}

fn config_map(scene: &Scene<'_>, namespace: &str, name: &str) -> Option<ObjectRef> {
    let is_it = |source: &Source| source.id.kind == "ConfigMap" && source.id.namespace == namespace && source.id.name == name;
    let index = scene.cluster.sources.objects.iter().position(is_it)?;
    u32::try_from(index).ok().map(ObjectRef)
}

/// The first place that an edit can be made at.
fn first(places: &[Place<'_>], edit: impl Fn(&Place<'_>) -> Option<Edit>) -> Option<Edit> {
    places.iter().find_map(edit)
}

/// Gives a reference another host.
pub fn host_fix(scene: &Scene<'_>, group: usize, call: &Reference, host: &str) -> Option<Fix> {
    let places = places(scene, group, call);
    let with_port = (format!("{}:{}", call.host, call.port), format!("{host}:{}", call.port));
    let edit = first(&places, |place| edit::within(place.source, &place.path, &with_port.0, &with_port.1, ""))
        .or_else(|| first(&places, |place| edit::within(place.source, &place.path, &call.host, host, "")));
    edit::fix(format!("Change to {host}"), [edit])
}

/// Gives a reference another port.
pub fn port_fix(scene: &Scene<'_>, group: usize, call: &Reference, port: u16) -> Option<Fix> {
    let places = places(scene, group, call);
    let Reference { host, port: old, .. } = call;
    let new = format!("{host}:{port}");
    let edit = first(&places, |place| edit::within(place.source, &place.path, &format!("{host}:{old}"), &new, ""))
        .or_else(|| {
            // The port stands in a variable of its own: DB_HOST and DB_PORT.
            let own = |place: &&Place<'_>| edit::at(&place.source.root, &place.path).is_some_and(|node| reads(node, *old));
            let place = places.iter().filter(|place| place.name.to_ascii_uppercase().ends_with("PORT")).find(own)?;
            edit::replace(place.source, &place.path, &port.to_string())
        })
        .or_else(|| first(&places[..1], |place| edit::within(place.source, &place.path, host, &new, ":")));
    edit::fix(format!("Change to port {port}"), [edit])
}

fn reads(node: &Node, port: u16) -> bool {
    node.as_str() == Some(port.to_string().as_str())
}

/// The labels by which a workload's pods can be selected.
pub fn selector_labels<'a>(scene: &Scene<'a>, group: usize) -> &'a Labels {
    let workload = scene.workload(group);
    let own = &workload.selector.match_labels;
    if workload.kind == WorkloadKind::Pod || own.is_empty() { &workload.template.labels } else { own }
}

/// Adds the Service that a reference names, in front of a workload.
pub fn append_service(scene: &Scene<'_>, group: usize, workload: usize, name: &str, call: &Reference) -> Option<Fix> {
    let labels = selector_labels(scene, workload);
    let open: Vec<u16> = scene.listeners(workload).map(|listener| listener.port).collect();
    let target = if is_served(scene, workload, call.port) { call.port } else { *open.first().filter(|_| open.len() == 1)? };
    if labels.is_empty() || scene.pod(workload).meta.namespace != scene.pod(group).meta.namespace && !call.host.contains('.') {
        return None;
    }
    let namespace = &scene.pod(workload).meta.namespace;
    let document = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  selector: {{{}}}\n  ports:\n  - port: {}\n    targetPort: {target}\n",
        quoted(labels),
        call.port
    );
    let edit = edit::append(scene.source(scene.groups[workload].object), &document);
    edit::fix(format!("Add Service {name}"), [edit])
}

/// Adds the Service that governs a StatefulSet.
pub fn append_headless(scene: &Scene<'_>, object: ObjectRef, workload: &Workload) -> Option<Fix> {
    let labels = &workload.selector.match_labels;
    let (name, namespace) = (&workload.service_name, &workload.meta.namespace);
    let containers = workload.template.spec.containers.iter();
    let mut ports: Vec<u16> = containers.flat_map(|container| &container.ports).map(|port| port.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let ports = ports.iter().map(|port| format!("  - name: port-{port}\n    port: {port}\n")).collect::<Vec<_>>().concat();
    if labels.is_empty() || ports.is_empty() {
        return None;
    }
    let labels = quoted(labels);
    let document = format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  clusterIP: None\n  selector: {{{labels}}}\n  ports:\n{ports}"
    );
    edit::fix(format!("Add Service {name}"), [edit::append(scene.source(object), &document)])
}

/// Labels as they stand in a flow mapping.
pub fn quoted(labels: &Labels) -> String {
    let plain = |text: &String| edit::scalar(text) == *text;
    if labels.values().all(plain) {
        return pairs(labels);
    }
    labels.iter().map(|(key, value)| format!("{key}: {}", edit::scalar(value))).collect::<Vec<_>>().join(", ")
}
