//! References that do not arrive: a name that is not there, a Service without that port, a headless Service's port.
//!
//! Every reference is tried out (`caller`), and its failure is told on the object that `cause` blames: the referring workload,
//! the Service, or a policy, which `denied` finds.

use std::net::IpAddr;

use super::caller::{Caller, Tried, asks_its_node};
use super::cause::{Cause, Denied, cluster_name};
use super::meant::{meant_host, meant_port};
use super::scene::Scene;
use super::sound::{Arrived, Sound};
use super::written::{host_fix, port_fix};
use super::{Finding, code, edit, optional, service, under, workload};
use crate::behavior::Reference;
use crate::cluster::{ObjectRef, ServiceId, WorkloadId};
use crate::dto::Severity;
use crate::model::{Container, DnsPolicy, ServiceType, WorkloadKind};

/// A reference whose packets policies deny.
pub struct Blocked {
    pub denied: Denied,
    pub group: usize,
    /// As the reference is written; `None` for the way to the name server.
    pub text: Option<String>,
    pub port: u16,
    /// The Service that it was sent to.
    pub service: Option<ServiceId>,
}

/// What came of all references.
#[derive(Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub blocked: Vec<Blocked>,
    /// The groups that refer to something by a name of the cluster.
    pub named: Vec<usize>,
    /// Workloads on their node's network that should not be: what policies make of them follows from that.
    stray: Vec<WorkloadId>,
}

/// Tries every reference of the manifests; `rejected` tells whether the API server refused a Service.
pub fn outcome(scene: &Scene<'_>, rejected: &dyn Fn(&str, &str) -> bool, sound: &mut Sound) -> Outcome {
    let mut outcome = Outcome::default();
    let mut done: Vec<(WorkloadId, ObjectRef)> = Vec::new();
    for group in scene.given() {
        let key = (scene.groups[group].workload, scene.groups[group].object);
        if done.last() == Some(&key) || scene.pod(group).claimed.finished.is_some() {
            continue;
        }
        done.push(key);
        if let Some(arrived) = sound.caller(group) {
            outcome.named.extend(arrived.named.then_some(group));
            continue;
        }
        let arrived = Referrer { scene, group, rejected, told: Vec::new() }.all(&mut outcome);
        sound.keep_caller(group, arrived);
    }
    let stray = std::mem::take(&mut outcome.stray);
    let is_stray = |group: usize| stray.contains(&scene.groups[group].workload);
    let receives = |service: ServiceId| scene.selected(scene.cluster.service(service)).into_iter().any(is_stray);
    outcome.blocked.retain(|blocked| !is_stray(blocked.group) && !blocked.service.is_some_and(receives));
    outcome
}

/// `FRONTEND_ADDRESS`, which somebody is to replace.
fn is_placeholder(host: &str) -> bool {
    host.bytes().any(|byte| byte.is_ascii_uppercase()) && !host.bytes().any(|byte| byte.is_ascii_lowercase())
}

struct Referrer<'s, 'a> {
    scene: &'s Scene<'a>,
    group: usize,
    rejected: &'s dyn Fn(&str, &str) -> bool,
    /// Hosts, with the port where it matters, of which something was told.
    told: Vec<(String, u16)>,
}

impl Referrer<'_, '_> {
    /// Tells what is wrong with all references of a group, or that they arrive.
    fn all(&mut self, outcome: &mut Outcome) -> Option<Arrived> {
        let scene = self.scene;
        let pod = scene.pod(self.group);
        if pod.behavior.iter().all(|behavior| behavior.calls.is_empty()) {
            return Some(Arrived { named: false, ends: Vec::new() });
        }
        let mut caller = Caller::new(scene, self.group);
        let mut by_name = None;
        let mut arrive = true;
        let told = outcome.findings.len();
        for (container, behavior) in pod.spec().containers.iter().zip(pod.behavior.iter()) {
            for call in &behavior.calls {
                if workload::is_local(&call.host) {
                    // Otherwise another workload may come to listen there.
                    arrive &= workload::is_answered(scene, self.group, call);
                    outcome.findings.extend(workload::localhost(scene, self.group, call));
                    continue;
                }
                let host = call.host.to_ascii_lowercase();
                if self.is_peer(call) {
                    continue;
                }
                if self.told.contains(&(host.clone(), call.port)) || self.told.contains(&(host.clone(), 0)) {
                    continue;
                }
                let tried = caller.try_out(call);
                arrive &= matches!(tried, Tried::Works);
                let name = cluster_name(scene.cluster, &pod.meta.namespace, &host);
                if name.is_some() && call.host.parse::<IpAddr>().is_err() && !matches!(tried, Tried::Outside) {
                    by_name = by_name.or(Some(call));
                }
                if let Some(id) = name.and_then(|name| scene.cluster.find_service(name.namespace, name.service)) {
                    outcome.findings.extend(self.alias(id, call));
                }
                if let Tried::Failed(causes) = tried
                    && !is_placeholder(&call.host)
                {
                    for cause in causes {
                        self.tell(cause, container, call, outcome);
                    }
                }
            }
        }
        let ends = caller.ends().filter(|_| arrive && outcome.findings.len() == told && !asks_its_node(pod));
        let arrived = ends.map(|ends| Arrived { named: by_name.is_some(), ends });
        let Some(call) = by_name else { return arrived };
        outcome.named.push(self.group);
        if let Some(denied) = caller.dns_denied {
            outcome.blocked.push(Blocked { denied, group: self.group, text: None, port: 53, service: None });
        }
        let hampered = outcome.blocked.iter().any(|blocked| blocked.group == self.group);
        if let Some(finding) = self.host_network(call) {
            outcome.stray.push(scene.groups[self.group].workload);
            outcome.findings.push(if hampered { finding.fix(None) } else { finding });
        }
        arrived
    }

    /// Whether a reference names the pods' own Service and no port: members find each other on the port that they open themselves.
    fn is_peer(&self, call: &Reference) -> bool {
        let scene = self.scene;
        let name = cluster_name(scene.cluster, &scene.pod(self.group).meta.namespace, &call.host);
        let service = name.and_then(|name| scene.cluster.find_service(name.namespace, name.service));
        let own = service.is_some_and(|id| scene.selected(scene.cluster.service(id)).contains(&self.group));
        own && !call.text.contains(&format!(":{}", call.port))
    }

    fn tell(&mut self, cause: Cause, container: &Container, call: &Reference, outcome: &mut Outcome) {
        let scene = self.scene;
        let host = call.host.to_ascii_lowercase();
        let finding = match cause {
            Cause::Service(id, port) => service::port_fault(scene, id, port).or_else(|| self.other_server(call)),
            Cause::Denied(denied) => {
                let text = Some(format!("{}:{}", call.host, call.port));
                let name = cluster_name(scene.cluster, &scene.pod(self.group).meta.namespace, &host);
                let service = name.and_then(|name| scene.cluster.find_service(name.namespace, name.service));
                outcome.blocked.push(Blocked { denied, group: self.group, text, port: call.port, service });
                None
            }
            Cause::UnknownHost => {
                self.told.push((host, 0));
                self.unknown(container, call)
            }
            Cause::OtherNamespace(id) => {
                self.told.push((host, 0));
                self.elsewhere(id, call)
            }
            Cause::PortNotExposed(id) => {
                self.told.push((host, call.port));
                Some(self.port(id, call))
            }
            Cause::HeadlessPort(id, index) => {
                self.told.push((host, call.port));
                Some(self.headless(id, index, call))
            }
            Cause::Loopback(listener) => {
                Some(service::loopback(scene, scene.group_of(listener.pod), listener.container, listener.listener))
            }
            Cause::DnsDenied(_) | Cause::LocalhostElsewhere | Cause::NotLocal => None,
        };
        outcome.findings.extend(finding);
    }

    fn finding(&self, code: code::Code, call: &Reference, message: String) -> Finding {
        Finding::new(code, self.scene.owner(self.group), call.origin.clone(), message).at(self.scene.groups[self.group].object)
    }

    fn unknown(&self, container: &Container, call: &Reference) -> Option<Finding> {
        let scene = self.scene;
        let pod = scene.pod(self.group);
        let host = call.host.to_ascii_lowercase();
        let name = cluster_name(scene.cluster, &pod.meta.namespace, &host)?;
        let workload = scene.workload(self.group);
        // Its own governing Service, of which the StatefulSet has a finding already.
        let own = workload.kind == WorkloadKind::StatefulSet
            && (workload.meta.namespace.as_str(), workload.service_name.as_str()) == (name.namespace, name.service);
        let is_own = own && scene.cluster.find_service(name.namespace, name.service).is_none();
        if is_own || (self.rejected)(name.namespace, name.service) || self.governed(name.namespace, name.pod) {
            return None;
        }
        if let Some(finding) = self.other_server(call).filter(|_| scene.cluster.find_service(name.namespace, name.service).is_some()) {
            return Some(finding);
        }
        let meant = meant_host(scene, self.group, &name, call);
        if !meant.is_sure
            && let Some(why) =
                optional::why(scene.source(scene.groups[self.group].object), &scene.container_path(self.group, container), container, call)
        {
            let note = code::Code { name: "reference-optional", severity: Severity::Note };
            return Some(self.finding(note, call, format!("Nothing here is called {}; {why}", call.host)));
        }
        // A node's name is for the name servers of the machines, and much of kube-system is in nobody's manifests.
        let is_node = || name.short && scene.cluster.nodes().any(|(_, node)| node.name == host);
        if !meant.is_sure && (name.namespace == "kube-system" || is_node()) {
            return None;
        }
        let message = format!("The host {} resolves to nothing: {}", call.host, meant.why);
        Some(self.finding(code::REFERENCE_UNKNOWN_HOST, call, message).help(meant.help).fix(meant.fix))
    }

    /// A pod that asks its node's name server, which knows no name of the cluster, since it was told to.
    fn other_server(&self, call: &Reference) -> Option<Finding> {
        let scene = self.scene;
        let pod = scene.pod(self.group);
        if asks_its_node(pod) || pod.spec().dns_policy != DnsPolicy::Default || call.host.parse::<IpAddr>().is_ok() {
            return None;
        }
        let message = format!("The host {} does not resolve: dnsPolicy is Default, so the pod asks its node's name server", call.host);
        let path = under(&scene.spec_path(self.group), &["dnsPolicy"]);
        let edit = edit::replace(scene.source(scene.groups[self.group].object), &path, "ClusterFirst");
        let finding = Finding { path, ..self.finding(code::REFERENCE_UNKNOWN_HOST, call, message) };
        Some(finding.fix(edit::fix("Change to ClusterFirst".into(), [edit])))
    }

    /// Whether a pod's own name is missing because its StatefulSet names a Service that is not there.
    fn governed(&self, namespace: &str, pod: Option<&str>) -> bool {
        let Some(hostname) = pod else { return false };
        self.scene.cluster.workloads.iter().any(|(_, workload)| {
            workload.kind == WorkloadKind::StatefulSet
                && workload.meta.namespace == namespace
                && hostname.strip_prefix(workload.meta.name.as_str()).is_some_and(|rest| rest.starts_with('-'))
                && self.scene.cluster.find_service(namespace, &workload.service_name).is_none()
        })
    }

    fn elsewhere(&self, id: ServiceId, call: &Reference) -> Option<Finding> {
        let scene = self.scene;
        let there = scene.cluster.service(id).meta();
        let here = &scene.pod(self.group).meta.namespace;
        // A Service that lost its pods where it stands was put into the wrong namespace.
        if (self.rejected)(here, &there.name) || service::faults(scene, id).iter().any(|fault| fault.code == code::SELECTOR_MATCHES_NOTHING)
        {
            return None;
        }
        let full = format!("{}.{}", there.name, there.namespace);
        let message =
            format!("The host {} resolves to nothing: namespace {here} has no such Service, and {} has", call.host, there.namespace);
        let ports = &scene.cluster.service(id).spec.ports;
        let port = ports.iter().position(|port| port.port == call.port);
        let works = port.is_some_and(|port| service::port_fault(scene, id, port).is_none());
        let fix = if works { host_fix(scene, self.group, call, &full) } else { None };
        Some(self.finding(code::REFERENCE_OTHER_NAMESPACE, call, message).help(format!("Write {full}.")).fix(fix))
    }

    fn port(&self, id: ServiceId, call: &Reference) -> Finding {
        let service = self.scene.cluster.service(id);
        let ports: Vec<String> = service.spec.ports.iter().map(|port| port.port.to_string()).collect();
        let message = format!("Service {} has no port {}, only {}", service.meta().name, call.port, ports.join(", "));
        let finding = self.finding(code::REFERENCE_PORT_NOT_EXPOSED, call, message);
        let Some(port) = meant_port(self.scene, service, call.port) else { return finding };
        finding.help(format!("Call port {port}.")).fix(port_fix(self.scene, self.group, call, port))
    }

    fn headless(&self, id: ServiceId, index: usize, call: &Reference) -> Finding {
        let scene = self.scene;
        let service = scene.cluster.service(id);
        let port = &service.spec.ports[index];
        let target = scene.selected(service).first().and_then(|&group| service::target(scene, port, group));
        let name = &service.meta().name;
        let there = target.map_or_else(String::new, |target| format!(", where nobody listens; they listen on {target}"));
        let message =
            format!("Service {name} is headless: its name leads to the pods, and port {} to their port {}{there}", call.port, call.port);
        let finding = self.finding(code::HEADLESS_PORT_MISMATCH, call, message);
        let Some(target) = target else { return finding };
        finding.help(format!("Call port {target}.")).fix(port_fix(scene, self.group, call, target))
    }

    /// A reference to an alias of a name outside, over a protocol that says the name.
    fn alias(&self, id: ServiceId, call: &Reference) -> Option<Finding> {
        let service = self.scene.cluster.service(id);
        let ServiceType::ExternalName(target) = &service.spec.service_type else { return None };
        let inside = target.ends_with(self.scene.cluster.config.cluster_domain.trim_end_matches('.'));
        let secure = matches!(call.scheme.as_deref(), Some("https" | "wss" | "grpcs")) || (call.scheme.is_none() && call.port == 443);
        let named = matches!(call.scheme.as_deref(), Some("http" | "ws")) && !inside;
        let what = if secure {
            "whose certificate does not name it"
        } else if named {
            "which does not know that Host"
        } else {
            return None;
        };
        let message = format!("The host {} is an alias of {target}, {what}", call.host);
        Some(self.finding(code::EXTERNAL_NAME_PORT, call, message).help(format!("Call {target} by its own name.")))
    }

    /// A pod on its node's network that names something of the cluster.
    fn host_network(&self, call: &Reference) -> Option<Finding> {
        let scene = self.scene;
        let pod = scene.pod(self.group);
        if !asks_its_node(pod) {
            return None;
        }
        let spec = scene.spec_path(self.group);
        let path = under(&spec, &["hostNetwork"]);
        let message = format!("Under hostNetwork, dnsPolicy ClusterFirst asks the node's name server, which does not know {}", call.host);
        let source = scene.source(scene.groups[self.group].object);
        let policy = under(&spec, &["dnsPolicy"]);
        let meant = "ClusterFirstWithHostNet";
        let edit = if edit::at(&source.root, &policy).is_some() {
            edit::replace(source, &policy, meant)
        } else {
            edit::beside(source, &path, "dnsPolicy", meant)
        };
        let finding = Finding { path, ..self.finding(code::HOST_NETWORK_DNS, call, message) };
        Some(finding.help(format!("Set `dnsPolicy: {meant}`.")).fix(edit::fix(format!("Set dnsPolicy to {meant}"), [edit])))
    }
}
