//! What keeps Gateways and their routes from working: the class, the attachment, the backends.

use super::backend::{missing_port, missing_service, only};
use super::code;
use super::scene::Scene;
use super::{Finding, Refused, edit};
use crate::cluster::ObjectRef;
use crate::edge::attach::Attachment;
use crate::edge::backend::{self, BackendProblem};
use crate::edge::listener::Listener;
use crate::model::{BackendTarget, Filter, PortRef, Route};
use crate::text::{Step, nearest};

/// Everything that is wrong with the Gateways and routes of the manifests.
pub fn findings(scene: &Scene<'_>, refused: &Refused<'_>) -> Vec<Finding> {
    let edge = scene.net.edge;
    let mut findings = Vec::new();
    for plane in &edge.planes {
        if plane.class.is_none() && !refused.has("GatewayClass", "", &plane.gateway.class_name) {
            findings.push(unknown_class(scene, plane.object, &plane.gateway.meta.name, &plane.gateway.class_name));
        }
    }
    for ((object, route), attachments) in scene.cluster.edge.routes.iter().zip(&edge.attachments) {
        let subject = Subject { scene, refused, object: *object, route };
        findings.extend(attachments.iter().enumerate().filter_map(|(number, attachment)| subject.detached(number, *attachment)));
        findings.extend(targets(route).into_iter().filter_map(|(target, path)| subject.broken_backend(target, path)));
    }
    findings
}

fn unknown_class(scene: &Scene<'_>, object: ObjectRef, name: &str, class: &str) -> Finding {
    let names: Vec<&str> = scene.cluster.edge.gateway_classes.iter().map(|(_, class)| class.meta.name.as_str()).collect();
    let known = if names.is_empty() { "there is none".to_owned() } else { format!("there is {}", names.join(", ")) };
    let path: Vec<Step> = vec!["spec".into(), "gatewayClassName".into()];
    let message = format!("Gateway {name} names GatewayClass {class}, which does not exist; {known}");
    let meant = nearest(class, &names).or(only(&names));
    let fix = meant.and_then(|class| edit::fix(format!("Change to {class}"), [edit::replace(scene.source(object), &path, class)]));
    let help = "No controller runs it, so it has no address. Name a GatewayClass, or add the one that its controller brings.";
    Finding::new(code::GATEWAY_CLASS_UNKNOWN, object, path, message).help(help).fix(fix)
}

struct Subject<'s, 'a> {
    scene: &'s Scene<'a>,
    refused: &'s Refused<'s>,
    object: ObjectRef,
    route: &'s Route,
}

impl Subject<'_, '_> {
    /// `HTTPRoute shop`.
    fn title(&self) -> String {
        format!("{} {}", self.route.kind.as_str(), self.route.meta.name)
    }

    /// The edit that puts a name in place of another.
    fn change(&self, path: &[Step], name: Option<&str>) -> Option<crate::dto::Fix> {
        name.and_then(|name| edit::fix(format!("Change to {name}"), [edit::replace(self.scene.source(self.object), path, name)]))
    }

    /// A reference to a parent that came to nothing.
    fn detached(&self, number: usize, attachment: Attachment) -> Option<Finding> {
        let target = &self.route.parents[number].target;
        let at = vec!["spec".into(), "parentRefs".into(), number.into()];
        let what = format!("{} is not attached to {} {}", self.title(), target.kind, target.name);
        let told = |path, why: String| Finding::new(code::ROUTE_NOT_ATTACHED, self.object, path, format!("{what}: {why}"));
        let namespace = &self.route.meta.namespace;
        Some(match attachment {
            Attachment::Accepted { .. } | Attachment::Foreign | Attachment::NoController { .. } => return None,
            Attachment::NoParent => return self.without_parent(number, &told),
            Attachment::SetNotAllowed => told(at, "its Gateway does not take listeners from this ListenerSet".into())
                .help("Let `allowedListeners` of the Gateway take the ListenerSet's namespace."),
            Attachment::NoListener { plane } => self.without_listener(number, plane, &told),
            Attachment::KindNotAllowed { .. } => told(at, format!("no listener that it means takes {}s", self.route.kind.as_str())),
            Attachment::NamespaceNotAllowed { .. } => {
                told(at, format!("no listener that it means takes routes from namespace {namespace}"))
                    .help("Let `allowedRoutes.namespaces` of the listener take it, or move the route.")
            }
            Attachment::NoCommonHost { plane } => {
                let listeners = &self.scene.net.edge.planes[plane].listeners;
                let hosts: Vec<&str> = listeners.iter().map(Listener::hostname).filter(|host| !host.is_empty()).collect();
                let path: Vec<Step> = vec!["spec".into(), "hostnames".into()];
                let why =
                    format!("none of {} is a host of its listeners, which are for {}", self.route.hostnames.join(", "), hosts.join(", "));
                let fix = match (&self.route.hostnames[..], only(&hosts)) {
                    ([_], Some(host)) if !host.starts_with('*') => self.change(&[&path[..], &[0.into()]].concat(), Some(host)),
                    _ => None,
                };
                told(path, why).fix(fix)
            }
        })
    }

    fn without_parent(&self, number: usize, told: &dyn Fn(Vec<Step>, String) -> Finding) -> Option<Finding> {
        let target = &self.route.parents[number].target;
        let namespace = target.namespace.as_ref().unwrap_or(&self.route.meta.namespace);
        if self.refused.has(&target.kind, namespace, &target.name) {
            return None;
        }
        let path: Vec<Step> = vec!["spec".into(), "parentRefs".into(), number.into(), "name".into()];
        let edge = &self.scene.cluster.edge;
        let all: Vec<(&str, &str)> = if target.kind == "ListenerSet" {
            edge.listener_sets.iter().map(|(_, set)| (set.meta.namespace.as_str(), set.meta.name.as_str())).collect()
        } else {
            edge.gateways.iter().map(|(_, gateway)| (gateway.meta.namespace.as_str(), gateway.meta.name.as_str())).collect()
        };
        let missing = format!("it does not exist in namespace {namespace}");
        if let Some((other, _)) = all.iter().find(|(_, name)| *name == target.name) {
            let added = if target.namespace.is_none() {
                edit::beside(self.scene.source(self.object), &path, "namespace", &edit::scalar(other))
            } else {
                let place = [&path[..3], &["namespace".into()]].concat();
                edit::replace(self.scene.source(self.object), &place, other)
            };
            let fix = edit::fix(format!("Name namespace {other}"), [added]);
            return Some(told(path, format!("{missing}; there is one in namespace {other}")).fix(fix));
        }
        let here: Vec<&str> = all.iter().filter(|(other, _)| other == namespace).map(|(_, name)| *name).collect();
        let meant = nearest(&target.name, &here).or(only(&here));
        let fix = self.change(&path, meant);
        Some(told(path, missing).fix(fix))
    }

    fn without_listener(&self, number: usize, plane: usize, told: &dyn Fn(Vec<Step>, String) -> Finding) -> Finding {
        let parent = &self.route.parents[number];
        let listeners = || self.scene.net.edge.planes[plane].listeners.iter().filter(|listener| listener.set.is_none());
        let names: Vec<&str> = listeners().map(|listener| listener.spec.name.as_str()).collect();
        let shown: Vec<String> = listeners().map(|listener| format!("{} (port {})", listener.spec.name, listener.spec.port)).collect();
        let section = parent.section.as_deref();
        let unknown = section.is_some_and(|section| !names.contains(&section));
        let wanted = match (section, parent.port) {
            (Some(section), Some(port)) => format!("{section} on port {port}"),
            (Some(section), None) => section.to_owned(),
            (None, port) => format!("on port {}", port.unwrap_or_default()),
        };
        let field = if unknown { "sectionName" } else { "port" };
        let path: Vec<Step> = vec!["spec".into(), "parentRefs".into(), number.into(), field.into()];
        let fix = if unknown {
            self.change(&path, section.and_then(|section| nearest(section, &names)).or(only(&names)))
        } else {
            let named = listeners().find(|listener| section == Some(listener.spec.name.as_str()));
            let lone = if names.len() == 1 { listeners().next() } else { None };
            named.or(lone).and_then(|listener| {
                let port = listener.spec.port;
                edit::fix(format!("Change to {port}"), [edit::renumber(self.scene.source(self.object), &path, port)])
            })
        };
        told(path, format!("it has no listener {wanted}, only {}", shown.join(", "))).fix(fix)
    }

    fn broken_backend(&self, target: &BackendTarget, mut path: Vec<Step>) -> Option<Finding> {
        let reference = &target.reference;
        let namespace = reference.namespace.as_ref().unwrap_or(&self.route.meta.namespace);
        let (scene, title) = (self.scene, self.title());
        match backend::of_route(scene.cluster, self.route, target).err()? {
            BackendProblem::NoService if self.refused.is_service(namespace, &reference.name) => None,
            BackendProblem::NoService => {
                path.push("name".into());
                let message = format!("{title} sends to Service {}, which does not exist in namespace {namespace}", reference.name);
                let finding = Finding::new(code::ROUTE_BACKEND_MISSING, self.object, path, message);
                let port = target.port.map(PortRef::Number);
                Some(missing_service(scene, finding, namespace, &reference.name, port.as_ref()))
            }
            BackendProblem::NoPort => {
                let Some(port) = target.port else {
                    let message = format!("{title} names no port of Service {}", reference.name);
                    return Some(Finding::new(code::ROUTE_BACKEND_MISSING, self.object, path, message).help("Add `port`."));
                };
                path.push("port".into());
                let message = format!("{title} sends to port {port} of Service {}, which does not have it", reference.name);
                let finding = Finding::new(code::ROUTE_BACKEND_MISSING, self.object, path, message);
                Some(missing_port(scene, finding, namespace, &reference.name, &PortRef::Number(port)))
            }
            BackendProblem::NotGranted if self.refused.any("ReferenceGrant", namespace) => None,
            BackendProblem::NotGranted => {
                path.push("namespace".into());
                Some(self.not_granted(&reference.name, namespace, path))
            }
            BackendProblem::Kind | BackendProblem::ExternalName => None,
        }
    }

    fn not_granted(&self, service: &str, namespace: &str, path: Vec<Step>) -> Finding {
        let (kind, from, name) = (self.route.kind.as_str(), &self.route.meta.namespace, &self.route.meta.name);
        let message = format!(
            "{} sends to Service {service} in namespace {namespace}, and no ReferenceGrant there allows {kind}s from {from}",
            self.title()
        );
        let grant = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata:\n  name: {name}-to-{service}\n  namespace: {namespace}\n\
             spec:\n  from:\n  - group: gateway.networking.k8s.io\n    kind: {kind}\n    namespace: {from}\n  \
             to:\n  - group: \"\"\n    kind: Service\n    name: {service}\n"
        );
        // Without the Service the grant would only show the next fault.
        let exists = self.scene.cluster.find_service(namespace, service).is_some();
        let added = edit::append(self.scene.source(self.object), &grant);
        let fix = if exists { edit::fix("Add a ReferenceGrant".into(), [added]) } else { None };
        Finding::new(code::ROUTE_BACKEND_NOT_GRANTED, self.object, path, message).fix(fix)
    }
}

/// Every backend that a route names, mirrors too, and where it stands.
fn targets(route: &Route) -> Vec<(&BackendTarget, Vec<Step>)> {
    let mut targets = Vec::new();
    for (number, rule) in route.rules.iter().enumerate() {
        let at: Vec<Step> = vec!["spec".into(), "rules".into(), number.into()];
        mirrors(&rule.filters, &at, &mut targets);
        for (position, backend) in rule.backends.iter().enumerate() {
            let place = [&at[..], &["backendRefs".into(), position.into()]].concat();
            mirrors(&backend.filters, &place, &mut targets);
            targets.push((&backend.target, place));
        }
    }
    targets
}

fn mirrors<'a>(filters: &'a [Filter], at: &[Step], targets: &mut Vec<(&'a BackendTarget, Vec<Step>)>) {
    for (number, filter) in filters.iter().enumerate() {
        if let Filter::Mirror { backend, .. } = filter {
            targets.push((backend, [at, &["filters".into(), number.into(), "requestMirror".into(), "backendRef".into()]].concat()));
        }
    }
}
