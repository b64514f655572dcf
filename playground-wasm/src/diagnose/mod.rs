//! What is wrong with a cluster: findings, each with the object to edit, the place, and where possible the edit that mends it.
//!
//! What should work is taken from the manifests (references, probes, Services), and whether it does is asked of the simulator. One
//! fault is told once, on the object that a person would edit; what follows from it is not told beside it.
//!
//! A file holds a family of findings. To add one: its code in `code`, a function from a [`Scene`] to findings, and a line in
//! [`diagnose`].

mod allocation;
mod backend;
mod caller;
mod cause;
pub mod code;
mod denied;
mod deprecated;
mod edge;
mod edit;
mod exposure;
mod gateway;
mod ingress;
mod meant;
mod near;
mod optional;
mod policy;
mod probe;
mod reference;
mod scene;
mod service;
mod sound;
mod template;
mod workload;
mod written;

pub use cause::reason;
pub use code::Code;
pub use scene::Scene;
pub use service::port_fault;
pub use sound::Sound;

use crate::cluster::{Cluster, ObjectRef};
use crate::control::{Edited, Scaled};
use crate::dto::{Diagnostic, Fix, Severity};
use crate::load::Loaded;
use crate::model::{Labels, contains_all};
use crate::net::Network;
use crate::text::{Node, Step, Value, path_string};

/// Something wrong, on the object that a person must edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub code: Code,
    pub object: ObjectRef,
    /// The object that holds the field; most often the same.
    pub held_by: ObjectRef,
    pub path: Vec<Step>,
    /// A sentence without its full stop.
    pub message: String,
    /// How to mend it, as a sentence; empty where the message says it.
    pub help: String,
    pub fix: Option<Fix>,
}

impl Finding {
    fn new(code: Code, object: ObjectRef, path: Vec<Step>, message: String) -> Self {
        Self { code, object, held_by: object, path, message, help: String::new(), fix: None }
    }

    /// With the field in another object.
    fn at(self, held_by: ObjectRef) -> Self {
        Self { held_by, ..self }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    fn fix(self, fix: Option<Fix>) -> Self {
        Self { fix, ..self }
    }

    /// With more of the message.
    fn more(mut self, rest: &str) -> Self {
        self.message.push_str(rest);
        self
    }

    /// As every consumer reads it.
    pub fn diagnostic(self, cluster: &Cluster) -> Diagnostic {
        let range = cluster.sources.line(self.held_by, &self.path).map(|line| line.range);
        Diagnostic {
            severity: self.code.severity,
            code: self.code.name.to_owned(),
            message: self.message,
            help: self.help,
            object: Some(cluster.sources.id(self.object).to_string()),
            field: Some(path_string(&self.path)),
            range,
            fix: self.fix,
        }
    }
}

/// Everything that is wrong with a cluster that has come to rest, besides what keeps its manifests from being accepted.
/// What was in order before an edit is taken over, and what is now is remembered.
pub fn diagnose(net: Network<'_>, loaded: &Loaded, sound: &mut Sound, edited: &Edited) -> Vec<Finding> {
    let scene = match sound.pods.take() {
        Some(mut groups) => {
            if let Some(Scaled { pods, renumbering, .. }) = &edited.scaled {
                groups.renumber(*renumbering, pods[0]);
            }
            let mut scene = Scene::of(net, groups);
            edited.replaced.iter().flat_map(|replaced| &replaced.pods).for_each(|&pod| scene.know(pod));
            scene
        }
        None => Scene::new(net),
    };
    sound.forget(&scene, edited);
    let cluster = net.cluster;
    let refused = Refused::new(loaded);
    let mut findings = Vec::new();
    // Objects with no deprecated field.
    let mut current = vec![false; cluster.sources.objects.len()];
    for (id, service) in cluster.services().filter(|(_, service)| scene.is_given(service.object)) {
        if sound.service(id) {
            current[service.object.0 as usize] = true;
            continue;
        }
        let (faults, doubts) = (service::faults(&scene, id), exposure::doubts(&scene, id));
        let is_current = deprecated::findings(&scene, service.object).is_empty();
        sound.keep_service(id, faults.is_empty() && doubts.is_empty() && is_current);
        findings.extend(faults.into_iter().filter(|fault| !refused.explains(fault, service)));
        findings.extend(doubts);
    }
    for group in scene.given() {
        if sound.group(group) {
            continue;
        }
        let told = findings.len();
        findings.extend(workload::faults(&scene, group));
        findings.extend(deprecated::node_labels(&scene, group));
        sound.keep_group(group, findings.len() == told);
    }
    for index in 0..cluster.workloads.len() {
        let workload = cluster.workload(crate::cluster::WorkloadId(u32::try_from(index).unwrap_or(u32::MAX)));
        if !refused.is_service(&workload.meta.namespace, &workload.service_name) {
            findings.extend(workload::governing_service(&scene, index));
        }
    }
    let is_refused = |namespace: &str, name: &str| refused.is_service(namespace, name);
    let told = |fault: &Finding| !cluster.services.iter().any(|service| service.object == fault.object && refused.explains(fault, service));
    for ((object, workload), first) in cluster.workloads.iter().zip(&cluster.first_pods) {
        if first.is_none() && scene.is_given(*object) {
            findings.extend(template::references(&scene, *object, workload, &is_refused).into_iter().filter(told));
        }
    }
    let outcome = reference::outcome(&scene, &is_refused, sound);
    findings.extend(outcome.findings.into_iter().filter(told));
    let denials = denied::findings(&scene, &outcome.blocked, &outcome.named);
    findings.extend(denials.findings);
    for index in 0..cluster.policies.len() {
        let follows = denials.follows.iter().find(|(policy, _)| *policy == index).map(|(_, follows)| follows.as_str());
        findings.extend(policy::findings(&scene, index, follows));
    }
    findings.extend(ingress::findings(&scene, &refused));
    findings.extend(gateway::findings(&scene, &refused));
    findings.extend(allocation::findings(&scene));
    for (object, _) in (0_u32..).map(ObjectRef).zip(&current).filter(|(_, current)| !**current) {
        findings.extend(deprecated::findings(&scene, object));
    }
    findings.retain(|finding| scene.is_given(finding.object));
    // Several ways lead to one fault.
    let mut told: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let same = |other: &Finding| (other.held_by, other.code) == (finding.held_by, finding.code) && other.path == finding.path;
        if !told.iter().any(same) {
            told.push(finding);
        }
    }
    sound.pods = Some(scene.into_groups());
    told
}

/// The diagnostics of a load and of the cluster it makes that are findings rather than notes.
#[inline(never)]
pub fn answer(net: Network<'_>, loaded: &Loaded) -> Vec<Diagnostic> {
    let mut findings = loaded.diagnostics.clone();
    let all = diagnose(net, loaded, &mut Sound::default(), &Edited::default());
    findings.extend(all.into_iter().map(|finding| finding.diagnostic(net.cluster)));
    findings.retain(|finding| finding.severity != Severity::Note);
    sort(&mut findings);
    findings
}

/// By file and place, those without a place last.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_key(|diagnostic| (diagnostic.range.is_none(), diagnostic.range, diagnostic.severity));
}

/// A path made longer by some fields.
fn under(base: &[Step], fields: &[&'static str]) -> Vec<Step> {
    let mut path = base.to_vec();
    path.extend(fields.iter().map(|&field| Step::from(field)));
    path
}

/// What takes no part in the cluster, whose absence is no fault of others: objects that the API server refuses, and those of unknown
/// kinds, of which an operator may make the pods and Services that bear their labels and names.
struct Refused<'a> {
    objects: Vec<(&'a crate::cluster::ObjectId, &'a Node)>,
}

impl<'a> Refused<'a> {
    fn new(loaded: &'a Loaded) -> Self {
        let refused = loaded.manifests.iter().filter(|placed| placed.manifest.body.is_none());
        Self { objects: refused.map(|placed| (&placed.manifest.id, &*placed.manifest.root)).collect() }
    }

    fn is_service(&self, namespace: &str, name: &str) -> bool {
        self.objects.iter().any(|(id, _)| {
            let made =
                || !id.name.is_empty() && name.strip_prefix(id.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            let home = if id.namespace.is_empty() { "default" } else { id.namespace.as_str() };
            let is_it = if id.kind == "Service" {
                id.name == name
            } else {
                crate::object::kinds::served_as(&id.kind).is_none() && may_have_pods(&id.kind) && made()
            };
            home == namespace && is_it
        })
    }

    fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.objects.iter().any(|(id, _)| id.kind == kind && id.namespace == namespace && id.name == name)
    }

    /// Whether an object of a kind in a namespace was refused.
    fn any(&self, kind: &str, namespace: &str) -> bool {
        self.objects.iter().any(|(id, _)| id.kind == kind && id.namespace == namespace)
    }

    /// Whether an object that was left out is a Secret, or would make one of that name: cert-manager's Certificate, a sealed or
    /// an external Secret.
    fn makes_secret(&self, namespace: &str, name: &str) -> bool {
        let target = |root: &Node| root.get("spec").and_then(|spec| spec.get("secretName")).and_then(Node::as_str) == Some(name);
        self.objects.iter().any(|(id, root)| {
            // A kind that nobody knows here keeps the namespace as it is written.
            let here = id.namespace == namespace || (id.namespace.is_empty() && namespace == "default");
            here && match id.kind.as_str() {
                "Secret" | "SealedSecret" | "ExternalSecret" => id.name == name,
                "Certificate" => target(root),
                _ => false,
            }
        })
    }

    /// Whether a Service selects nothing because a workload that was refused would have made its pods, or because an operator makes them:
    /// operators label pods with the name of the object that they make them of. Not where a near miss shows what was meant.
    fn explains(&self, fault: &Finding, service: &crate::cluster::Service) -> bool {
        let Some(selector) = service.spec.selector.as_ref().filter(|_| fault.code == code::SELECTOR_MATCHES_NOTHING) else { return false };
        let home = |id: &crate::cluster::ObjectId| id.namespace == service.meta().namespace || id.namespace.is_empty();
        self.objects.iter().filter(|(id, _)| home(id) && may_have_pods(&id.kind)).any(|(id, root)| {
            let named = |value: &String| value.strip_prefix(id.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
            let is_custom = crate::object::kinds::served_as(&id.kind).is_none() && !id.name.is_empty();
            contains_all(&template_labels(root), selector) || is_custom && fault.fix.is_none() && selector.values().any(named)
        })
    }
}

/// Whether an operator may make pods and Services of an object of a kind; what its name says to be a rule for others is none.
fn may_have_pods(kind: &str) -> bool {
    const RULES: [&str; 15] = [
        "Monitor",
        "Rule",
        "Policy",
        "Config",
        "Configuration",
        "Definition",
        "Route",
        "Class",
        "Binding",
        "Role",
        "Secret",
        "Issuer",
        "Certificate",
        "Service",
        "Authentication",
    ];
    !RULES.iter().any(|ending| kind.ends_with(ending))
}

/// The labels of an object's pod template, or of a pod.
fn template_labels(root: &Node) -> Labels {
    let template = root.get("spec").and_then(|spec| spec.get("template")).unwrap_or(root);
    let labels = template.get("metadata").and_then(|meta| meta.get("labels")).map(|labels| &labels.value);
    let Some(Value::Map(entries)) = labels else { return Labels::new() };
    entries.iter().filter_map(|(key, value)| Some((key.text.clone(), value.as_str()?.to_owned()))).collect()
}
