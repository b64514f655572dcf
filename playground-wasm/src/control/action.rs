//! What a person does to a running cluster: apply, delete, scale and restart objects, let machines fail and processes die.

use std::rc::Rc;

use serde_json::Value;

use super::{Millis, Placed, Simulation};
use crate::cluster::{APPLIED, NodeId, ObjectId, PodId};
use crate::dto::Severity;
use crate::load::refuse_excess;
use crate::model::{Role, Workload, WorkloadKind};
use crate::object::{Body, Manifest, convert, update_problems};
use crate::text::{parse_document, split};

/// A change at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Virtual milliseconds.
    pub at: Millis,
    pub change: Change,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// YAML as `kubectl apply` takes it.
    Apply(String),
    /// The grace period in seconds, where it is another than the pod's own.
    Delete(Named, Option<u32>),
    /// Refused where the number is none that there may be.
    Scale(Named, i64),
    /// `kubectl rollout restart`: the template as it is, with a note of the time, so that all pods are replaced.
    Restart(Named),
    FailNode(String),
    RecoverNode(String),
    /// SIGKILL for the processes of a container, or of all containers of a pod.
    KillPod(Named, Option<String>),
}

/// An object by kind, namespace and name; a pod also by the workload whose first it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    /// `Deployment/web`: its first pod is meant.
    pub pod_of: Option<String>,
}

impl Action {
    /// Reads an action of the scenario contract: `{"at": seconds, "apply" | "delete" | ...}`.
    pub fn read(value: &Value) -> Result<Self, String> {
        let at = match value.get("at") {
            None => 0,
            Some(at) => millis(at).ok_or_else(|| format!("an action's `at` is {at}, not a number of seconds"))?,
        };
        Ok(Self { at, change: Change::read(value)? })
    }
}

/// Seconds of a scenario as milliseconds; absent for what is no number of them.
pub fn millis(seconds: &Value) -> Option<Millis> {
    // By way of its digits, since a cast of floats is lossy.
    let text = seconds.as_number()?.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    whole.parse::<Millis>().ok()?.checked_mul(1_000)?.checked_add(part.parse().ok()?)
}

impl Change {
    /// Reads the change of an action.
    pub fn read(value: &Value) -> Result<Self, String> {
        const KNOWN: [&str; 7] = ["apply", "delete", "scale", "restart", "fail_node", "recover_node", "kill_pod"];
        let mut given = KNOWN.iter().filter_map(|&name| Some((name, value.get(name)?)));
        let (Some((name, what)), None) = (given.next(), given.next()) else {
            return Err(format!("an action does one of {}", KNOWN.join(", ")));
        };
        let number = |field: &str| what.get(field).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let node = || {
            let name = what.as_str().or_else(|| what.get("node").or_else(|| what.get("name")).and_then(Value::as_str));
            name.map(|name| name.trim_start_matches("Node/").to_owned()).ok_or_else(|| format!("`{name:?}` names no node"))
        };
        match name {
            "apply" => match what {
                Value::String(text) => Ok(Self::Apply(text.clone())),
                Value::Array(texts) if texts.iter().all(Value::is_string) => {
                    let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                    Ok(Self::Apply(texts.join("\n---\n")))
                }
                other => Ok(Self::Apply(other.to_string())),
            },
            "delete" => Ok(Self::Delete(Named::read(what, "Pod")?, number("grace_period_seconds"))),
            "scale" => {
                let replicas = what.get("replicas").and_then(Value::as_i64).ok_or("scale needs `replicas`, a whole number")?;
                Ok(Self::Scale(Named::read_workload(what)?, replicas))
            }
            "restart" => Named::read_workload(what).map(Self::Restart),
            "fail_node" => node().map(Self::FailNode),
            "recover_node" => node().map(Self::RecoverNode),
            _ => {
                let container = what.get("container").and_then(Value::as_str).map(str::to_owned);
                Ok(Self::KillPod(Named::read(what, "Pod")?, container))
            }
        }
    }
}

impl Named {
    /// A workload, also from `{workload: "Deployment/web", namespace}`.
    fn read_workload(value: &Value) -> Result<Self, String> {
        let mut named = Self::read(value, "Deployment")?;
        if let Some((kind, name)) = named.pod_of.take().as_deref().and_then(|workload| workload.split_once('/')) {
            (named.kind, named.name) = (kind.to_owned(), name.to_owned());
        }
        Ok(named)
    }

    /// From `{kind, namespace, name}` in any of its forms, or `Kind/namespace/name`.
    fn read(value: &Value, kind: &str) -> Result<Self, String> {
        let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
        let written = value.as_str().map(str::to_owned).or_else(|| text("object"));
        if let Some(written) = written {
            let parts: Vec<&str> = written.split('/').collect();
            let (kind, namespace, name) = match parts.as_slice() {
                [kind, namespace, name] => (*kind, *namespace, *name),
                [first, name] if WorkloadKind::ALL.iter().any(|kind| is_kind(first, kind.as_str())) || is_kind(first, "Service") => {
                    (*first, "default", *name)
                }
                [namespace, name] => (kind, *namespace, *name),
                _ => return Err(format!("{written:?} is not Kind/namespace/name")),
            };
            return Ok(Self { kind: kind.into(), namespace: namespace.into(), name: name.into(), pod_of: None });
        }
        let pod_of = text("workload");
        let name = text("name").or_else(|| text("pod"));
        if name.is_none() && pod_of.is_none() {
            return Err(format!("{value} names no object"));
        }
        Ok(Self {
            kind: text("kind").unwrap_or_else(|| kind.to_owned()),
            namespace: text("namespace").unwrap_or_else(|| "default".into()),
            name: name.unwrap_or_default(),
            pod_of,
        })
    }
}

/// Whether a word names a kind, as kubectl takes it: in any case, and in the plural.
fn is_kind(word: &str, kind: &str) -> bool {
    let plural = |ending: &str| word.len() == kind.len() + ending.len() && word.to_ascii_lowercase().ends_with(ending);
    word.eq_ignore_ascii_case(kind)
        || ["s", "es"].iter().any(|ending| plural(ending) && word.get(..kind.len()).is_some_and(|head| head.eq_ignore_ascii_case(kind)))
}

impl Simulation {
    /// Changes the cluster now; gives what the API server refused and why.
    pub fn act(&mut self, change: &Change) -> Vec<String> {
        let result = match change {
            Change::Apply(text) => return self.apply(text),
            Change::Delete(named, grace) => self.delete(named, *grace),
            Change::Scale(named, replicas) => self.scale_workload(named, *replicas),
            Change::Restart(named) => self.restart_workload(named),
            Change::FailNode(name) => self.find_node(name).map(|node| self.fail_node(node)),
            Change::RecoverNode(name) => self.find_node(name).map(|node| self.recover_node(node)),
            Change::KillPod(named, container) => self.kill_processes(named, container.as_deref()),
        };
        result.err().into_iter().collect()
    }

    fn find_node(&self, name: &str) -> Result<NodeId, String> {
        self.cluster.nodes().find(|(_, node)| node.name == name).map(|(id, _)| id).ok_or_else(|| format!("nodes \"{name}\" not found"))
    }

    fn find_named_pod(&self, named: &Named) -> Result<PodId, String> {
        let found = match &named.pod_of {
            None => self.cluster.find_pod(&named.namespace, &named.name),
            Some(workload) => {
                let (kind, name) = workload.split_once('/').unwrap_or(("Deployment", workload));
                let id = self.cluster.find_workload(kind, &named.namespace, name);
                id.and_then(|id| self.managed[id.0 as usize].pods.iter().copied().find(|&pod| self.is_active(pod)))
            }
        };
        found.ok_or_else(|| format!("pods \"{}\" not found", named.pod_of.as_ref().unwrap_or(&named.name)))
    }

    fn apply(&mut self, text: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        let before = self.given.clone();
        for chunk in split(text) {
            let (root, errors) = parse_document(chunk);
            warnings.extend(errors.into_iter().filter(|error| error.severity == Severity::Error).map(|error| error.message));
            let text: Rc<str> = Rc::from(chunk.text);
            for manifest in root.filter(|node| !node.is_null()).map(convert).unwrap_or_default() {
                warnings.extend(manifest.problems.iter().map(|problem| problem.message.clone()));
                if manifest.body.is_some() {
                    warnings.extend(self.accept(manifest, &text));
                }
            }
        }
        if let Err(refused) = refuse_excess(&self.given) {
            self.given = before;
            warnings.push(refused);
            return warnings;
        }
        self.reload();
        warnings
    }

    /// Takes an object up in the place of the one of its id; what may not change so is refused.
    fn accept(&mut self, manifest: Manifest, text: &Rc<str>) -> Vec<String> {
        let id = &manifest.id;
        let found = self.given.binary_search_by(|placed| placed.manifest.id.cmp(id));
        if found.is_err() && id.kind == "Pod" && self.cluster.find_pod(&id.namespace, &id.name).is_some() {
            return vec![format!("object is being deleted: pods \"{}\" already exists", id.name)];
        }
        let place = |manifest| Placed { manifest: Rc::new(manifest), file: Some(APPLIED), first_line: 0, text: Rc::clone(text) };
        match found {
            Ok(index) => {
                let problems = update_problems(&self.given[index].manifest, &manifest);
                if !problems.is_empty() {
                    return problems.into_iter().map(|problem| problem.message).collect();
                }
                self.given[index] = place(manifest);
            }
            Err(index) => self.given.insert(index, place(manifest)),
        }
        Vec::new()
    }

    fn delete(&mut self, named: &Named, grace: Option<u32>) -> Result<(), String> {
        if is_kind(&named.kind, "Pod") || named.kind.eq_ignore_ascii_case("po") || named.pod_of.is_some() {
            let pod = self.find_named_pod(named)?;
            let meta = &self.cluster.pod(pod).meta;
            let id = ObjectId { kind: "Pod".into(), namespace: meta.namespace.clone(), name: meta.name.clone() };
            if let Ok(index) = self.given.binary_search_by(|placed| placed.manifest.id.cmp(&id)) {
                self.given.remove(index);
                self.reload();
            }
            self.delete_pod(pod, grace);
            return Ok(());
        }
        if is_kind(&named.kind, "Node") {
            return Err("a Node cannot be deleted here; let its machine fail".into());
        }
        let namespace = is_kind(&named.kind, "Namespace");
        let is_meant = |placed: &Placed| {
            let id = &placed.manifest.id;
            if namespace {
                return id.namespace == named.name || id.kind == "Namespace" && id.name == named.name;
            }
            is_kind(&named.kind, &id.kind) && id.name == named.name && (id.namespace.is_empty() || id.namespace == named.namespace)
        };
        let before = self.given.len();
        self.given.retain(|placed| !is_meant(placed));
        if self.given.len() == before {
            return Err(format!("{} \"{}\" not found", named.kind, named.name));
        }
        self.reload_without(grace);
        Ok(())
    }

    /// Deletes an object as a controller does.
    pub(super) fn delete_object(&mut self, id: &ObjectId) {
        self.given.retain(|placed| placed.manifest.id != *id);
        self.reload_without(None);
    }

    /// Objects are no longer given: nor are their pods.
    fn reload_without(&mut self, grace: Option<u32>) {
        self.reload();
        let orphans: Vec<PodId> = self
            .cluster
            .pods()
            .filter(|(_, pod)| self.cluster.sources.get(pod.object).deleted && pod.deletion.is_none())
            .map(|(id, _)| id)
            .collect();
        for pod in orphans {
            self.delete_pod(pod, grace);
        }
    }

    /// A number that is none is refused as `ValidateScale` of `pkg/apis/autoscaling/validation` and the decoder do.
    fn scale_workload(&mut self, named: &Named, replicas: i64) -> Result<(), String> {
        let Ok(wanted) = i32::try_from(replicas) else {
            let field = "Go struct field ScaleSpec.spec.replicas of type int32";
            return Err(format!("json: cannot unmarshal number {replicas} into {field}"));
        };
        let Ok(replicas) = u32::try_from(wanted) else {
            let detail = format!("spec.replicas: Invalid value: {wanted}: must be greater than or equal to 0");
            return Err(format!("Scale.autoscaling \"{}\" is invalid: {detail}", named.name));
        };
        let scalable = [WorkloadKind::Deployment, WorkloadKind::ReplicaSet, WorkloadKind::ReplicationController, WorkloadKind::StatefulSet];
        self.edit_workload(named, &scalable, "scaled", |workload| workload.replicas = replicas)
    }

    /// What kubectl writes into the template (`pkg/polymorphichelpers/objectrestarter.go`).
    fn restart_workload(&mut self, named: &Named) -> Result<(), String> {
        let time = self.now().to_string();
        let paused = |id| self.cluster.workload(id).control.paused;
        if self.cluster.find_workload(&named.kind, &named.namespace, &named.name).is_some_and(paused) {
            return Err("can't restart paused deployment (run rollout resume first)".into());
        }
        let restartable = [WorkloadKind::Deployment, WorkloadKind::DaemonSet, WorkloadKind::StatefulSet];
        self.edit_workload(named, &restartable, "restarted", |workload| {
            let template = Rc::make_mut(&mut workload.template);
            let text = format!("{} {time}", template.hash);
            template.hash = text.bytes().fold(template.hash, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
            template.annotations.insert("kubectl.kubernetes.io/restartedAt".into(), time);
        })
    }

    /// Changes the spec of a workload as subcommands of kubectl do.
    fn edit_workload(&mut self, named: &Named, kinds: &[WorkloadKind], what: &str, edit: impl FnOnce(&mut Workload)) -> Result<(), String> {
        let known = WorkloadKind::ALL.into_iter().map(WorkloadKind::as_str).find(|kind| is_kind(&named.kind, kind));
        let kind = known.unwrap_or(&named.kind);
        let found = self.cluster.find_workload(kind, &named.namespace, &named.name).filter(|&id| !self.cluster.is_deleted(id));
        let id = found.ok_or_else(|| format!("{kind} \"{}\" not found", named.name))?;
        let (object, workload) = &self.cluster.workloads[id.0 as usize];
        if !kinds.contains(&workload.kind) {
            return Err(format!("a {kind} cannot be {what}"));
        }
        let mut edited = Rc::clone(workload);
        edit(Rc::make_mut(&mut edited));
        let id_of = self.cluster.sources.id(*object);
        if let Ok(index) = self.given.binary_search_by(|placed| placed.manifest.id.cmp(id_of)) {
            let before = Rc::clone(&self.given[index].manifest);
            let manifest = Rc::make_mut(&mut self.given[index].manifest);
            if let Some(Body::Workload(given, _)) = &mut manifest.body {
                *given = Rc::clone(&edited);
            }
            if let Err(refused) = refuse_excess(&self.given) {
                self.given[index].manifest = before;
                return Err(refused);
            }
        }
        self.cluster.workloads[id.0 as usize].1 = edited;
        self.awaken(id);
        Ok(())
    }

    fn kill_processes(&mut self, named: &Named, container: Option<&str>) -> Result<(), String> {
        let id = self.find_named_pod(named)?;
        let containers = &self.cluster.pod(id).spec().containers;
        let meant: Vec<usize> = (0..containers.len())
            .filter(|&index| container.map_or(containers[index].role != Role::Init, |name| containers[index].name == name))
            .collect();
        if meant.is_empty() {
            return Err(format!("pod {} has no container {}", named.name, container.unwrap_or_default()));
        }
        for container in meant {
            self.kill(id, container);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn actions_are_read_in_their_long_and_short_forms() {
        let read = |value: Value| Action::read(&value).unwrap();
        let long = read(json!({"at": 12.5, "delete": {"kind": "Pod", "namespace": "shop", "name": "web-0"}}));
        assert_eq!(long, read(json!({"at": 12.5, "delete": "Pod/shop/web-0"})));
        assert_eq!(long.at, 12_500);
        let scale = read(json!({"scale": {"workload": "Deployment/web", "namespace": "shop", "replicas": 3}}));
        assert_eq!(scale, read(json!({"scale": {"kind": "Deployment", "namespace": "shop", "name": "web", "replicas": 3}})));
        let restart = read(json!({"restart": {"workload": "Deployment/web", "namespace": "shop"}}));
        assert_eq!(restart, read(json!({"restart": "Deployment/shop/web"})));
        assert_eq!(read(json!({"fail_node": "node-1"})), read(json!({"fail_node": {"node": "node-1"}})));
        assert_eq!(read(json!({"kill_pod": "shop/web-0"})), read(json!({"kill_pod": {"namespace": "shop", "pod": "web-0"}})));
        assert!(Action::read(&json!({"at": -1, "fail_node": "node-1"})).is_err());
        assert!(Action::read(&json!({"at": 1})).is_err());
        assert!(Action::read(&json!({"at": 1, "apply": "", "fail_node": "node-1"})).is_err());
    }

    #[test]
    fn a_number_of_replicas_is_judged_and_bounded() {
        const TEXT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}";
        let file = crate::dto::SourceFile { name: "a.yaml".into(), text: TEXT.into() };
        let mut simulation = Simulation::new(&crate::load::Loader::default().load(&[file]).objects, crate::cluster::Config::default());
        let mut act = |change: Value| simulation.act(&Change::read(&change).unwrap()).join("\n");
        let mut scale = |replicas: i64| act(json!({"scale": {"workload": "Deployment/web", "replicas": replicas}}));
        assert_eq!(scale(-1), "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0");
        assert_eq!(
            scale(3_000_000_000),
            "json: cannot unmarshal number 3000000000 into Go struct field ScaleSpec.spec.replicas of type int32"
        );
        let beyond = scale(1_000_000);
        assert!(
            beyond.starts_with("too-many-pods: Deployment web asks for 1,000,000 pods") && beyond.contains("lower `replicas`"),
            "{beyond}"
        );
        assert_eq!(scale(4), "");
        let beyond = act(json!({"apply": TEXT.replace("replicas: 2", "replicas: 1000000")}));
        assert!(beyond.starts_with("too-many-pods: "), "{beyond}");
        assert_eq!(simulation.cluster().workloads.iter().find(|(_, workload)| workload.meta.name == "web").unwrap().1.replicas, 4);
    }

    #[test]
    fn kinds_are_known_as_kubectl_knows_them() {
        assert!(is_kind("deployments", "Deployment") && is_kind("Ingresses", "Ingress") && is_kind("POD", "Pod"));
        assert!(!is_kind("po", "Pod") && !is_kind("services", "ServiceAccount"));
    }
}
