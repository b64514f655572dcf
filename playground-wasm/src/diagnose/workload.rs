//! What is wrong with a workload by itself: its probes, the ports of its containers, its node's ports, its governing Service,
//! and proxies that should be native sidecars.

use super::near::alike;
use super::scene::{Scene, is_loopback};
use super::{Finding, code, edit, probe, under};
use crate::behavior::{self, ContainerBehavior, Listener, Reference};
use crate::cluster::{ObjectId, Pod, PodId, RunState};
use crate::model::{Container, EnvSource, Role, Volume, VolumeSource, WorkloadKind, contains_all};
use crate::text::{Node, Step, nearest};
use crate::trace::port_protocol;

/// The faults of one group of pods.
pub fn faults(scene: &Scene<'_>, group: usize) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [port_conflict(scene, group), host_port_conflict(scene, group)].into_iter().flatten().collect();
    findings.extend(probe::faults(scene, group));
    findings.extend(late_sidecar(scene, group));
    findings
}

/// The fault of the workload that keeps its pods from being ready.
pub fn unready(scene: &Scene<'_>, group: usize) -> Option<Finding> {
    let conflict = port_conflict(scene, group).or_else(|| host_port_conflict(scene, group));
    conflict.or_else(|| probe::faults(scene, group).into_iter().next())
}

/// Whether pods that are not ready are no fault of their Service: their workload's own fault says why, or nothing is known.
pub fn is_excused(scene: &Scene<'_>, group: usize) -> bool {
    probe::is_unknown(scene, group) || lacks_secret(scene, group) || unready(scene, group).is_some()
}

/// Whether a container waits for a Secret where the manifests of its namespace hold none that pods use, nor one of a name like it: they
/// are kept elsewhere.
fn lacks_secret(scene: &Scene<'_>, group: usize) -> bool {
    let pod = scene.pod(group);
    if scene.pods(group).all(|pod| pod.node.is_none()) {
        return false;
    }
    let missing = pod.containers.iter().find_map(|state| match &state.run {
        RunState::Waiting { message, .. } => message.split_once("secret \"")?.1.split('"').next(),
        _ => None,
    });
    let Some(missing) = missing else { return false };
    let namespace = &pod.meta.namespace;
    let mut secrets = scene.cluster.config_data.keys().filter(|(secret, home, _)| *secret && home == namespace).map(|(_, _, name)| name);
    let counts = |name: &String| alike(name, missing) || scene.in_namespace(namespace).any(|group| uses_secret(scene.pod(group), name));
    !secrets.any(counts) || makes_secrets(scene, namespace)
}

fn uses_secret(pod: &Pod, wanted: &str) -> bool {
    let spec = pod.spec();
    let in_variable = |container: &Container| {
        let mut named = container.env.iter().filter_map(|variable| match &variable.source {
            EnvSource::SecretKey { name, .. } => Some(name),
            _ => None,
        });
        named.any(|name| name == wanted) || container.env_from.iter().any(|from| from.secret && from.name == wanted)
    };
    let in_volume = |volume: &Volume| matches!(&volume.source, VolumeSource::Data { secret: true, name, .. } if name == wanted);
    spec.containers.iter().any(in_variable) || spec.volumes.iter().any(in_volume)
}

/// Whether a Role lets somebody in a namespace create Secrets: then those that are missing may be made once the pods run.
fn makes_secrets(scene: &Scene<'_>, namespace: &str) -> bool {
    let has = |rule: &Node, field: &str, wanted: &str| {
        rule.get(field).is_some_and(|list| list.items().iter().filter_map(Node::as_str).any(|item| item == wanted || item == "*"))
    };
    let grants = |root: &Node| {
        root.get("rules")
            .is_some_and(|rules| rules.items().iter().any(|rule| has(rule, "resources", "secrets") && has(rule, "verbs", "create")))
    };
    let role = |id: &ObjectId| id.kind == "ClusterRole" || (id.kind == "Role" && id.namespace == namespace);
    scene.cluster.sources.objects.iter().any(|source| role(&source.id) && grants(&source.root))
}

/// The ports that probes of a group ask in vain.
pub fn probes_unserved(scene: &Scene<'_>, group: usize) -> Vec<u16> {
    probe::unserved(scene, group)
}

fn overlap(a: &Listener, b: &Listener) -> bool {
    a.clashes(b)
}

/// Two containers of a pod that open the same port: the second one crashes.
fn port_conflict(scene: &Scene<'_>, group: usize) -> Option<Finding> {
    let running: Vec<_> = scene.running(group).collect();
    let (first, second, listener) = running.iter().enumerate().find_map(|(index, (_, container, behavior))| {
        running[..index].iter().find_map(|(_, earlier, others)| {
            let clash = behavior.listeners.iter().find(|listener| others.listeners.iter().any(|other| overlap(other, listener)))?;
            Some((*earlier, *container, clash))
        })
    })?;
    let port = port_protocol(listener.port, listener.protocol);
    let message = format!(
        "Containers {} and {} both listen on {port}; they share one network namespace, so the second fails with \"address already in use\"",
        first.name, second.name
    );
    let finding = Finding::new(code::CONTAINER_PORT_CONFLICT, scene.owner(group), listener.origin.clone(), message);
    Some(finding.at(scene.groups[group].object).help("Let one of them listen on another port."))
}

/// The ports that a pod takes of its node.
fn host_ports(pod: &Pod) -> impl Iterator<Item = (&Container, usize, u16)> {
    let spec = pod.spec();
    spec.containers.iter().flat_map(move |container| {
        let ports = container.ports.iter().enumerate();
        ports.filter_map(move |(index, port)| {
            let number = if spec.host_network { Some(port.port) } else { port.host_port };
            number.map(|number| (container, index, number))
        })
    })
}

/// Pods that find no node with their host port free, or whose port on the node's network another pod has.
fn host_port_conflict(scene: &Scene<'_>, group: usize) -> Option<Finding> {
    let taken = |id: PodId| {
        let pod = scene.cluster.pod(id);
        pod.spec().host_network && !pod.ready && pod.node.is_some() && port_of_neighbor(scene, id).is_some()
    };
    // By the scheduler or, for good, by a kubelet.
    let has_failed = |id: PodId| !scene.cluster.pod(id).reason.is_empty();
    let refused = |id: PodId| {
        let pod = scene.cluster.pod(id);
        (pod.node.is_none() || has_failed(id)) && pod.why.contains(crate::control::NO_FREE_PORTS)
    };
    let pods = &scene.groups[group].pods;
    let left_out = pods.iter().filter(|&&id| refused(id) || taken(id)).count();
    if left_out == 0 {
        return None;
    }
    let has_failed = pods.iter().any(|&id| has_failed(id));
    host_ports_lack(scene, group, left_out, has_failed)
}

#[inline(never)]
fn host_ports_lack(scene: &Scene<'_>, group: usize, left_out: usize, has_failed: bool) -> Option<Finding> {
    let pods = &scene.groups[group].pods;
    let first = scene.pod(group);
    let held = pods.len() - left_out;
    // Of those that failed its controller makes more and more.
    let asked = || scene.workload(group).replicas as usize;
    let all = if has_failed { asked().max(held + 1) } else { pods.len() };
    let left_out = all - held;
    let object = scene.groups[group].object;
    let (path, port) = match host_ports(first).next() {
        Some((container, index, number)) => {
            let mut path = scene.container_path(group, container);
            let field = if first.spec().host_network { "containerPort" } else { "hostPort" };
            path.extend([Step::from("ports"), index.into(), field.into()]);
            (path, number)
        }
        None => {
            let port = scene.groups[group].pods.iter().find_map(|&id| port_of_neighbor(scene, id))?;
            (under(&scene.spec_path(group), &["hostNetwork"]), port)
        }
    };
    let message = format!(
        "{left_out} of {all} pods of {} find no node whose port {port} is free: each node has that port once",
        scene.workload(group).meta.name
    );
    let finding = Finding::new(code::HOST_PORT_CONFLICT, scene.owner(group), path, message).at(object);
    let held = held.to_string();
    let replicas = edit::replace(scene.source(object), &["spec".into(), "replicas".into()], &held);
    let fix = edit::fix(format!("Change replicas to {held}"), [replicas]);
    Some(
        finding
            .help("Run no more replicas than there are nodes, or leave the port out and put a Service in front.")
            .fix(fix.filter(|_| held != "0")),
    )
}

/// A port that another pod on the same node's network has opened.
fn port_of_neighbor(scene: &Scene<'_>, id: PodId) -> Option<u16> {
    let pod = scene.cluster.pod(id);
    let own = || pod.behavior.iter().flat_map(|behavior| &behavior.listeners);
    let neighbors =
        scene.cluster.pods().filter(|(other, neighbor)| *other != id && neighbor.node == pod.node && neighbor.spec().host_network);
    let mut theirs = neighbors.flat_map(|(_, neighbor)| neighbor.behavior.iter()).flat_map(|behavior| &behavior.listeners);
    theirs.find_map(|other| own().find(|listener| overlap(listener, other)).map(|listener| listener.port))
}

/// A StatefulSet whose governing Service is not there.
pub fn governing_service(scene: &Scene<'_>, index: usize) -> Option<Finding> {
    let (object, workload) = &scene.cluster.workloads[index];
    let (namespace, wanted) = (&workload.meta.namespace, &workload.service_name);
    let missing =
        workload.kind == WorkloadKind::StatefulSet && !wanted.is_empty() && scene.cluster.find_service(namespace, wanted).is_none();
    if !missing || !scene.is_given(*object) {
        return None;
    }
    let path: Vec<Step> = under(&[], &["spec", "serviceName"]);
    let message =
        format!("StatefulSet {} has its pods' names under Service {wanted}, which namespace {namespace} does not have", workload.meta.name);
    let finding = Finding::new(code::STATEFULSET_SERVICE_MISSING, *object, path.clone(), message);
    let selects = |service: &&crate::cluster::Service| {
        let selector = service.spec.selector.as_ref();
        service.meta().namespace == *namespace && selector.is_some_and(|selector| contains_all(&workload.template.labels, selector))
    };
    let services = scene.cluster.services.iter().filter(selects).filter(|service| service.is_headless());
    let names: Vec<&str> = services.map(|service| service.meta().name.as_str()).collect();
    // Who calls the pods by that name says that it is right.
    let called = scene.cluster.pods().flat_map(|(_, pod)| pod.behavior.iter().map(move |behavior| (&pod.meta.namespace, behavior)));
    let mut hosts = called.flat_map(|(home, behavior)| behavior.calls.iter().map(move |call| (home, &call.host)));
    let is_right = hosts.any(|(home, host)| {
        let name = super::cause::cluster_name(scene.cluster, home, host);
        name.is_some_and(|name| name.service == wanted && name.namespace == namespace)
    });
    let near = nearest(wanted, &names).or(if let [only] = names[..] { Some(only) } else { None }).filter(|_| !is_right);
    let Some(near) = near else {
        let fix = super::written::append_headless(scene, *object, workload);
        return Some(finding.help(format!("Add a Service {wanted} with `clusterIP: None`.")).fix(fix));
    };
    let edit = edit::replace(scene.source(*object), &path, near);
    Some(finding.help(format!("Did you mean {near}?")).fix(edit::fix(format!("Change to {near}"), [edit])))
}

fn is_helper(container: &Container) -> bool {
    container.role == Role::Main && !behavior::does(&container.image).is_empty()
}

/// A proxy or log shipper beside the containers of a Job, which it keeps from completing, or one that the application needs
/// from its first moment on.
fn late_sidecar(scene: &Scene<'_>, group: usize) -> Option<Finding> {
    let job = matches!(scene.workload(group).kind, WorkloadKind::Job | WorkloadKind::CronJob);
    let pod = scene.pod(group);
    let all = || pod.spec().containers.iter().zip(pod.behavior.iter());
    let alone = all().filter(|(container, _)| container.role == Role::Main && !is_helper(container)).count() == 0;
    let (helper, why) = all().filter(|(container, _)| is_helper(container) && !alone).find_map(|(helper, behavior)| {
        if job {
            return Some((helper, "runs as an ordinary container: the Job does not complete while it runs".to_owned()));
        }
        let unknown = behavior.assumed && behavior.listeners.is_empty();
        let serves = |port: u16| {
            let open = |behavior: &ContainerBehavior| behavior.listeners.iter().any(|listener| listener.port == port);
            open(behavior) || unknown && !all().any(|(_, behavior)| open(behavior))
        };
        let user = all().find(|(container, behavior)| {
            container.name != helper.name && behavior.calls.iter().any(|call| is_local(&call.host) && serves(call.port))
        });
        let (user, _) = user?;
        Some((helper, format!("runs as an ordinary container, so {} may start before it and find nobody at localhost", user.name)))
    })?;
    let path = scene.container_path(group, helper);
    let message = format!("Container {} {why}", helper.name);
    let help = "Make it a native sidecar: an init container with `restartPolicy: Always`.".to_owned();
    Some(Finding::new(code::SIDECAR_NOT_NATIVE, scene.owner(group), path, message).at(scene.groups[group].object).help(help))
}

/// Whether a host means the pod itself.
pub fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a container of the pod takes what is sent to localhost, or may.
pub fn is_answered(scene: &Scene<'_>, group: usize, call: &Reference) -> bool {
    // Of a neighbor that declares nothing anything may be true; a container does not call itself.
    let unknown = scene.listens(group, call.port, crate::model::Protocol::Tcp) == super::scene::Listens::Unknown
        && (scene.running(group).count() > 1 || scene.says(group, call.port));
    unknown || scene.pod(group).behavior.iter().flat_map(|behavior| &behavior.listeners).any(|listener| listener.port == call.port)
}

/// A reference to localhost on a port that another workload serves, and no container of the pod.
pub fn localhost(scene: &Scene<'_>, group: usize, call: &Reference) -> Option<Finding> {
    if is_answered(scene, group, call) {
        return None;
    }
    let serves = |other: usize| {
        let mut open = scene.listeners(other).filter(|listener| !is_loopback(listener));
        scene.groups[other].workload != scene.groups[group].workload && open.any(|listener| listener.port == call.port)
    };
    let other = scene.given().find(|&other| serves(other))?;
    let name = &scene.workload(other).meta.name;
    let message = format!("The host {} is this pod itself, where nothing listens on {}; {name} does", call.host, call.port);
    let object = scene.groups[group].object;
    let finding = Finding::new(code::REFERENCE_LOCALHOST_ELSEWHERE, scene.owner(group), call.origin.clone(), message).at(object);
    let service = scene.services_of(other).find(|(_, service)| service.spec.ports.iter().any(|port| port.port == call.port));
    let Some((_, service)) = service else { return Some(finding) };
    let meta = service.meta();
    let host =
        if meta.namespace == scene.pod(group).meta.namespace { meta.name.clone() } else { format!("{}.{}", meta.name, meta.namespace) };
    let edit = edit::within(scene.source(object), &call.origin, &call.host, &host, "");
    Some(finding.help(format!("Call it by its Service, {host}.")).fix(edit::fix(format!("Change to {host}"), [edit])))
}
