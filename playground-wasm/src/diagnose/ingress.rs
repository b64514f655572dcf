//! What keeps an Ingress from working: its class, its backends, its certificates, and paths that another path hides.

use super::backend::{missing_port, missing_service, only};
use super::code;
use super::scene::Scene;
use super::{Finding, Refused, edit};
use crate::cluster::{Cluster, ObjectRef};
use crate::edge::backend::{self, BackendProblem};
use crate::edge::class::{self, ClassProblem};
use crate::edge::listener::{self, CertificateProblem};
use crate::model::{Ingress, IngressBackend, IngressTls, PortRef};
use crate::object::ingress::CLASS_ANNOTATION;
use crate::text::{Step, nearest};

/// Everything that is wrong with the Ingresses of the manifests.
pub fn findings(scene: &Scene<'_>, refused: &Refused<'_>) -> Vec<Finding> {
    let cluster = scene.cluster;
    let mut findings = Vec::new();
    for (object, ingress) in &cluster.edge.ingresses {
        findings.extend(unknown_class(scene, refused, *object, ingress));
        for (backend, path) in backends(ingress) {
            findings.extend(broken_backend(scene, refused, *object, ingress, backend, path));
        }
        findings.extend(missing_secrets(scene, refused, *object, ingress));
    }
    for controller in &scene.net.edge.controllers {
        findings.extend(controller.table.shadowed(cluster).map(|(hidden, by)| shadowed(scene, hidden, &by)));
    }
    findings
}

fn unknown_class(scene: &Scene<'_>, refused: &Refused<'_>, object: ObjectRef, ingress: &Ingress) -> Option<Finding> {
    let cluster = scene.cluster;
    let names: Vec<&str> = cluster.edge.ingress_classes.iter().map(|(_, class)| class.meta.name.as_str()).collect();
    let known = if names.is_empty() { "there is none".to_owned() } else { format!("there is {}", names.join(", ")) };
    let source = scene.source(object);
    match class::of(cluster, ingress).err()? {
        ClassProblem::Unknown { name, .. } if refused.has("IngressClass", "", &name) => None,
        ClassProblem::Unknown { name, by_annotation } => {
            let path: Vec<Step> = if by_annotation {
                vec!["metadata".into(), "annotations".into(), Step::Key(CLASS_ANNOTATION.into())]
            } else {
                vec!["spec".into(), "ingressClassName".into()]
            };
            let message = format!("Ingress {} names IngressClass {name}, which does not exist; {known}", ingress.meta.name);
            let meant = nearest(&name, &names).or(only(&names));
            let fix = meant.and_then(|class| edit::fix(format!("Change to {class}"), [edit::replace(source, &path, class)]));
            Some(Finding::new(code::INGRESS_CLASS_UNKNOWN, object, path, message).fix(fix))
        }
        ClassProblem::NoDefault => {
            let message = format!("Ingress {} names no IngressClass, and none is the default; {known}", ingress.meta.name);
            let fix = only(&names).and_then(|class| {
                let added = edit::first(source, &["spec".into()], &format!("ingressClassName: {class}"));
                edit::fix(format!("Add ingressClassName: {class}"), [added])
            });
            let help = "Name a class in `ingressClassName`: no controller serves an Ingress without one.";
            Some(Finding::new(code::INGRESS_CLASS_UNKNOWN, object, vec!["spec".into()], message).help(help).fix(fix))
        }
    }
}

/// Every backend, and where it stands.
fn backends(ingress: &Ingress) -> impl Iterator<Item = (&IngressBackend, Vec<Step>)> {
    let default = ingress.default_backend.iter().map(|backend| (backend, vec!["spec".into(), "defaultBackend".into()]));
    let paths = ingress.rules.iter().enumerate().flat_map(|(number, rule)| {
        rule.paths.iter().enumerate().map(move |(position, path)| {
            let place: Vec<Step> =
                vec!["spec".into(), "rules".into(), number.into(), "http".into(), "paths".into(), position.into(), "backend".into()];
            (&path.backend, place)
        })
    });
    default.chain(paths)
}

fn broken_backend(
    scene: &Scene<'_>,
    refused: &Refused<'_>,
    object: ObjectRef,
    ingress: &Ingress,
    backend: &IngressBackend,
    mut path: Vec<Step>,
) -> Option<Finding> {
    let namespace = &ingress.meta.namespace;
    let problem = backend::of_ingress(scene.cluster, namespace, backend).err()?;
    let IngressBackend::Service { name, port } = backend else { return None };
    match problem {
        BackendProblem::NoService if refused.is_service(namespace, name) => None,
        BackendProblem::NoService => {
            path.extend(["service".into(), "name".into()]);
            let message = format!("Ingress {} sends to Service {name}, which does not exist in namespace {namespace}", ingress.meta.name);
            let finding = Finding::new(code::INGRESS_BACKEND_MISSING, object, path, message);
            Some(missing_service(scene, finding, namespace, name, Some(port)))
        }
        BackendProblem::NoPort => {
            let (field, shown) = match port {
                PortRef::Number(number) => ("number", number.to_string()),
                PortRef::Name(name) => ("name", format!("{name:?}")),
            };
            path.extend(["service".into(), "port".into(), field.into()]);
            let message = format!("Ingress {} sends to port {shown} of Service {name}, which does not have it", ingress.meta.name);
            Some(missing_port(scene, Finding::new(code::INGRESS_BACKEND_PORT_MISSING, object, path, message), namespace, name, port))
        }
        BackendProblem::Kind | BackendProblem::NotGranted | BackendProblem::ExternalName => None,
    }
}

fn missing_secrets(scene: &Scene<'_>, refused: &Refused<'_>, object: ObjectRef, ingress: &Ingress) -> Vec<Finding> {
    let cluster = scene.cluster;
    let namespace = &ingress.meta.namespace;
    // cert-manager makes the Secret once the Ingress is there.
    let made = |key: &String| key.starts_with("cert-manager.io/") || key == "kubernetes.io/tls-acme";
    if ingress.meta.annotations.keys().any(made) {
        return Vec::new();
    }
    let missing = |(number, tls): (usize, &IngressTls)| {
        let name = tls.secret.as_ref()?;
        let problem = listener::secret(cluster, namespace, name).err()?;
        if problem != CertificateProblem::Missing || refused.makes_secret(namespace, name) {
            return None;
        }
        let path: Vec<Step> = vec!["spec".into(), "tls".into(), number.into(), "secretName".into()];
        let why = if cluster.config_data.contains_key(&(true, namespace.clone(), name.clone())) {
            format!("Secret {name} is not of type kubernetes.io/tls")
        } else {
            format!("there is no kubernetes.io/tls Secret {name} in namespace {namespace}")
        };
        let hosts = if tls.hosts.is_empty() { "its hosts".to_owned() } else { tls.hosts.join(", ") };
        let message = format!("Ingress {} has no certificate for {hosts}: {why}", ingress.meta.name);
        let near = nearest(name, &tls_secrets(cluster, namespace));
        let fix = near.and_then(|near| edit::fix(format!("Change to {near}"), [edit::replace(scene.source(object), &path, near)]));
        let help = "Until it is there, the controller shows a certificate of its own, which no client trusts.";
        Some(Finding::new(code::INGRESS_TLS_SECRET_MISSING, object, path, message).help(help).fix(fix))
    };
    ingress.tls.iter().enumerate().filter_map(missing).collect()
}

fn tls_secrets<'a>(cluster: &'a Cluster, namespace: &str) -> Vec<&'a str> {
    let ids = cluster.edge.tls_secrets.iter().map(|&object| cluster.sources.id(object));
    ids.filter(|id| id.namespace == namespace).map(|id| id.name.as_str()).collect()
}

fn shadowed(scene: &Scene<'_>, hidden: (ObjectRef, Vec<Step>), by: &(ObjectRef, Vec<Step>)) -> Finding {
    let sources = &scene.cluster.sources;
    let (object, path) = hidden;
    let place = if object == by.0 { "another rule".to_owned() } else { format!("Ingress {}", sources.id(by.0).name) };
    let line = sources.line(by.0, &by.1).map_or_else(String::new, |line| format!(" in line {}", line.range.line));
    let shown = sources.get(object).root.nearest(&path).as_str().unwrap_or("/").to_owned();
    let message = format!("Path {shown} of Ingress {} gets no requests: {place}{line} takes them first", sources.id(object).name);
    Finding::new(code::INGRESS_PATH_SHADOWED, object, path, message).help("Remove one of the two, or give it another path or host.")
}
