//! Takes one object's tree through the API server's steps: kind, decoding, unknown fields, metadata, validation.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::api::meta::ObjectMeta;
use super::api::{apps, batch, core, discovery, networking, pod};
use super::error::{Errors, FieldError, field};
use super::kinds::{self, Handling, KindInfo};
use super::validate::{self, At};
use super::{API, Body, Manifest, Problem, gateway, ingress, node, policy, route, service, slice, workload};
use crate::cluster::ObjectId;
use crate::dns::corefile;
use crate::dto::Severity;
use crate::model::{Meta, RouteKind};
use crate::schema::{self, Read};
use crate::text::{Node, Scalar, Step, Value, nearest, path_string};

/// Every object of a document: one, or the items of a `List`.
pub fn convert(root: Node) -> Vec<Manifest> {
    let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List")) && root.get("items").is_some();
    if !is_list {
        return vec![object(Rc::new(root))];
    }
    match root.value {
        Value::Map(entries) => match entries.into_iter().find(|(key, _)| key.text == "items").map(|(_, items)| items.value) {
            Some(Value::Seq(items)) => items.into_iter().flat_map(convert).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn object(root: Rc<Node>) -> Manifest {
    let text_of = |field: &str| root.get(field).and_then(Node::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text_of("apiVersion"), text_of("kind"));
    let meta_text =
        |field: &str| root.get("metadata").and_then(|meta| meta.get(field)).and_then(Node::as_str).unwrap_or_default().to_owned();
    let mut id = ObjectId { kind: kind.clone(), namespace: meta_text("namespace"), name: meta_text("name") };
    if id.name.is_empty() {
        let generate = meta_text("generateName");
        if !generate.is_empty() {
            // The API server adds five characters; they are made from the object's own text, so that they stay.
            id.name = format!("{generate}{}", crate::control::suffix(&[&generate, &format!("{:?}", root.span)]));
        }
    }
    let reject = |id: ObjectId, problem: Problem| Manifest { id, root: Rc::clone(&root), body: None, problems: vec![problem] };
    if !matches!(root.value, Value::Map(_)) {
        let what = "a Kubernetes object is a mapping with apiVersion, kind and metadata; this is not a mapping";
        return reject(
            id,
            problem(
                &root,
                "object-rejected",
                vec![],
                what.into(),
                "Begin with `apiVersion:` and `kind:`, each on a line of its own.".into(),
            ),
        );
    }
    for (field, value) in [("apiVersion", &api_version), ("kind", &kind)] {
        if value.is_empty() {
            let message = format!("Object '{}' is missing", if field == "kind" { "Kind" } else { "apiVersion" });
            let help = match (field, kinds::served_as(&kind)) {
                ("apiVersion", Some(version)) => format!("Add `apiVersion: {version}`."),
                _ => format!("Add `{field}:` at the top of the object."),
            };
            return reject(id, problem(&root, "object-rejected", field![field], message, help));
        }
    }
    let Some(info) = kinds::find(&api_version, &kind) else {
        // In whatever version, the kind says whether its objects have a namespace.
        if id.namespace.is_empty() && kinds::is_own_group(&api_version) && kinds::is_namespaced(&kind) {
            id.namespace = "default".into();
        }
        return reject(id, unknown_kind(&root, &api_version, &kind));
    };
    if !info.namespaced {
        id.namespace.clear();
    } else if id.namespace.is_empty() {
        id.namespace = "default".into();
    }
    accept(root, id, info)
}

fn accept(root: Rc<Node>, id: ObjectId, info: &KindInfo) -> Manifest {
    let mut errors = Errors::default();
    let mut problems = Vec::new();
    let meta = metadata(&root, &id);
    validate::metadata(At::root(&root), info.name_form, info.namespaced, &mut errors);
    let decoded = check_fields(&root, &id, info.api_version, &mut problems);
    let body = match info.handling {
        _ if !decoded => None,
        Handling::Modelled => {
            let body = typed(&root, &id, meta);
            validate::validate(&id.kind, &root, &mut errors);
            Some(body)
        }
        Handling::Quiet => Some(Body::Accepted),
        Handling::NotModelled => {
            let message = format!("{} {} is accepted and left out: Podhop does not simulate this kind", id.kind, id.name);
            let mut note = problem(&root, "not-modelled", field!["kind"], message, String::new());
            note.severity = Severity::Note;
            problems.push(note);
            validate::validate(&id.kind, &root, &mut errors);
            Some(Body::Accepted)
        }
    };
    if let Some(Body::Data { secret: false, meta, data, .. }) = &body
        && (meta.namespace.as_str(), meta.name.as_str()) == (corefile::NAMESPACE, corefile::CONFIG_MAP)
        && let Some(text) = data.get(corefile::KEY)
    {
        problems.extend(corefile::parse(text).1.into_iter().map(|note| Problem {
            severity: Severity::Note,
            ..problem(&root, "not-modelled", field!["data", corefile::KEY], format!("In the Corefile, {note}"), String::new())
        }));
    }
    problems.extend(errors.list.into_iter().map(|error| field_problem(&root, &id, error)));
    let rejected = problems.iter().any(|problem| problem.code == "object-rejected");
    Manifest { id, root, body: body.filter(|_| !rejected), problems }
}

/// Reads the API's type, and makes the model of it.
fn typed(root: &Node, id: &ObjectId, meta: Meta) -> Body {
    match id.kind.as_str() {
        "Namespace" => Body::Namespace(meta),
        "Node" => Body::Node(Rc::new(node::convert(Read::read(root), meta))),
        "Pod" => {
            let pod = pod::Pod::read(root);
            let owner = owner(&pod.metadata);
            let (workload, claimed) = workload::pod(pod, meta, owner, root);
            Body::Workload(Rc::new(workload), Rc::new(claimed))
        }
        "Deployment" => made(workload::deployment(Read::read(root), meta, root)),
        "ReplicaSet" => {
            let set = apps::ReplicaSet::read(root);
            let owner = owner(&set.metadata);
            made(workload::replica_set(set, meta, owner, root))
        }
        "ReplicationController" => made(workload::replication_controller(Read::read(root), meta, root)),
        "StatefulSet" => made(workload::stateful_set(Read::read(root), meta, root)),
        "DaemonSet" => made(workload::daemon_set(Read::read(root), meta, root)),
        "Job" => {
            let job = batch::Job::read(root);
            let owner = owner(&job.metadata);
            made(workload::job(job, meta, owner, root))
        }
        "CronJob" => made(workload::cron_job(Read::read(root), meta, root)),
        "Service" => Body::Service(Rc::new(service::convert(Read::read(root), meta))),
        "EndpointSlice" => Body::Slices(vec![Rc::new(slice::convert(discovery::EndpointSlice::read(root), meta))]),
        "Endpoints" => Body::Slices(slice::mirror(Read::read(root), &meta).into_iter().map(Rc::new).collect()),
        "ConfigMap" => {
            Body::Data { secret: false, meta, data: core::ConfigMap::read(root).data.unwrap_or_default(), data_type: String::new() }
        }
        "Secret" => {
            let mut secret = core::Secret::read(root);
            let data_type = secret.type_.take().unwrap_or_default();
            Body::Data { secret: true, meta, data: secret_data(secret), data_type }
        }
        "NetworkPolicy" => Body::Policy(Rc::new(policy::convert(networking::NetworkPolicy::read(root), meta))),
        "Ingress" => Body::Ingress(Rc::new(ingress::convert(Read::read(root), meta))),
        "IngressClass" => Body::IngressClass(Rc::new(ingress::class(Read::read(root), meta))),
        "GatewayClass" => Body::GatewayClass(Rc::new(gateway::class(Read::read(root), meta))),
        "Gateway" => Body::Gateway(Rc::new(gateway::gateway(Read::read(root), meta))),
        "ListenerSet" => Body::ListenerSet(Rc::new(gateway::listener_set(Read::read(root), meta))),
        "ReferenceGrant" => Body::ReferenceGrant(Rc::new(gateway::grant(Read::read(root), meta))),
        kind => match RouteKind::ALL.into_iter().find(|route| route.as_str() == kind) {
            Some(route) => Body::Route(Rc::new(route::convert(route, root, meta))),
            None => Body::Accepted,
        },
    }
}

fn made(workload: crate::model::Workload) -> Body {
    Body::Workload(Rc::new(workload), Rc::default())
}

/// Kind and name of the controller that made an object, as a manifest taken from a cluster tells it.
fn owner(meta: &ObjectMeta) -> Option<(String, String)> {
    let owners = meta.owner_references.as_ref()?;
    owners.iter().find(|owner| owner.controller == Some(true)).map(|owner| (owner.kind.clone(), owner.name.clone()))
}

/// The values that are text; `stringData` overrides `data`.
fn secret_data(secret: core::Secret) -> BTreeMap<String, String> {
    let mut data: BTreeMap<String, String> =
        secret.data.unwrap_or_default().into_iter().filter_map(|(key, bytes)| Some((key, String::from_utf8(bytes.0).ok()?))).collect();
    data.extend(secret.string_data.unwrap_or_default());
    data
}

/// Whether a field of this name stands beside another one.
fn stands_beside(root: &Node, path: &[Step], name: &str) -> bool {
    path.split_last().is_some_and(|(_, parent)| root.nearest(parent).get(name).is_some())
}

/// Holds the object against its type's fields; false where the API server could not decode it.
fn check_fields(root: &Node, id: &ObjectId, api_version: &str, problems: &mut Vec<Problem>) -> bool {
    let (error, unknown) = schema::check(API, &format!("{api_version}/{}", id.kind), root);
    for field in unknown {
        let name = path_string(&field.path);
        let message = format!("strict decoding error: unknown field {name:?}");
        let help = match field.nearest {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "Remove it, or check its indentation: it may belong to another level.".into(),
        };
        problems.push(Problem {
            span: field.span,
            fix: field
                .nearest
                .filter(|near| !stands_beside(root, &field.path, near))
                .map(|near| (format!("Change to {near}"), near.to_owned())),
            api: Some(("unknown field".into(), String::new())),
            ..problem(root, "object-rejected", field.path, message, help)
        });
    }
    let Some(error) = error else { return true };
    let scalar =
        matches!(root.nearest(&error.path).value, Value::Scalar(Scalar::Bool(_) | Scalar::Int(_) | Scalar::UInt(_) | Scalar::Float(_)));
    let quote = scalar && error.message.ends_with("of type string");
    let help = if quote {
        format!("{}: put quotes around it. YAML reads it as something other than text.", error.expected)
    } else {
        error.expected
    };
    // The tree holds what the scalar means, not how it was spelled; a number spelled otherwise is left to the author.
    let fix = match &root.nearest(&error.path).value {
        Value::Scalar(Scalar::Int(number)) if quote => Some(("Put in quotes".to_owned(), format!("\"{number}\""))),
        _ => None,
    };
    problems.push(Problem { span: error.span, fix, ..problem(root, "object-rejected", error.path, error.message, help) });
    false
}

/// Metadata as far as any kind has it, read from the tree so that even an object that cannot be decoded has a name.
fn metadata(root: &Node, id: &ObjectId) -> Meta {
    let texts = |field: &str| {
        let entries = root.get("metadata").and_then(|meta| meta.get(field)).map(|node| &node.value);
        match entries {
            Some(Value::Map(entries)) => {
                entries.iter().filter_map(|(key, value)| Some((key.text.clone(), value.as_str()?.to_owned()))).collect::<BTreeMap<_, _>>()
            }
            _ => BTreeMap::new(),
        }
    };
    Meta { namespace: id.namespace.clone(), name: id.name.clone(), labels: texts("labels"), annotations: texts("annotations") }
}

/// What the API server says of an object that is applied over an earlier one.
pub fn update_problems(before: &Manifest, after: &Manifest) -> Vec<Problem> {
    let mut errors = Errors::default();
    validate::update(&after.id.kind, &before.root, &after.root, &mut errors);
    errors.list.into_iter().map(|error| field_problem(&after.root, &after.id, error)).collect()
}

fn field_problem(root: &Node, id: &ObjectId, error: FieldError) -> Problem {
    let message = format!("{} {:?} is invalid: {error}", id.kind, id.name);
    let api = Some((error.reason.as_str().to_owned(), error.detail));
    Problem { api, ..problem(root, "object-rejected", error.path, message, String::new()) }
}

fn problem(root: &Node, code: &'static str, path: Vec<Step>, message: String, help: String) -> Problem {
    let span = root.locate(&path);
    Problem { code, severity: Severity::Error, message, help, span, path, fix: None, api: None }
}

fn unknown_kind(root: &Node, api_version: &str, kind: &str) -> Problem {
    if let Some(removed) = kinds::removed(api_version, kind) {
        let message = format!("no matches for kind {kind:?} in version {api_version:?}: Kubernetes no longer serves that version");
        if removed.replacement.is_empty() {
            return problem(root, "object-rejected", field!["apiVersion"], message, "Nothing takes its place; remove it.".into());
        }
        let help = format!("Use `apiVersion: {}`; its fields may differ.", removed.replacement);
        let fix = Some((format!("Change to {}", removed.replacement), removed.replacement.to_owned()));
        return Problem { fix, ..problem(root, "object-rejected", field!["apiVersion"], message, help) };
    }
    // The kinds of a group that is nobody's here are some operator's.
    let known = kinds::is_own_group(api_version);
    if let Some(version) = kinds::served_as(kind).filter(|_| known) {
        let message = format!("no matches for kind {kind:?} in version {api_version:?}");
        let fix = Some((format!("Change to {version}"), version.to_owned()));
        return Problem {
            fix,
            ..problem(root, "object-rejected", field!["apiVersion"], message, format!("{kind} is served as `{version}`."))
        };
    }
    match nearest(kind, &kinds::kind_names()).filter(|_| known) {
        Some(near) => {
            let message = format!("no matches for kind {kind:?} in version {api_version:?}");
            let fix = Some((format!("Change to {near}"), near.to_owned()));
            Problem { fix, ..problem(root, "object-rejected", field!["kind"], message, format!("Did you mean `{near}`?")) }
        }
        None => {
            let message = format!("kind {kind:?} of {api_version:?} is not one that Podhop knows; the object is left out");
            Problem { severity: Severity::Note, ..problem(root, "unknown-kind", vec![Step::from("kind")], message, String::new()) }
        }
    }
}
