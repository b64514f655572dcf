//! Why a request failed, by what the simulator saw: the one place where a failure gets its finding.
//!
//! `reference` asks for every reference of the manifests, `trace::reason` for a request that somebody sent.

use std::net::IpAddr;

use super::scene::{Listens, Scene};
use super::{code, code::Code, service};
use crate::cluster::{AddressOwner, Cluster, Pod, PodId, ServiceId};
use crate::dns::Lookup;
use crate::dto::Outcome;
use crate::edge::backend::ServicePort;
use crate::model::{PortRef, Protocol, WorkloadKind};
use crate::net::{Entry, ListenerRef, Step, What};
use crate::policy::{Direction, Flow, Verdict};
use crate::request::{Exchange, Sender};

/// What was asked for, and by whom.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub namespace: &'a str,
    pub host: &'a str,
    pub port: u16,
    pub protocol: Protocol,
}

/// A packet that policies denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    pub flow: Flow,
    /// In `Cluster::policies`.
    pub isolating: Vec<usize>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The fault of a Service's port, or of the workload behind it.
    Service(ServiceId, usize),
    DnsDenied(Denied),
    Denied(Denied),
    UnknownHost,
    OtherNamespace(ServiceId),
    PortNotExposed(ServiceId),
    HeadlessPort(ServiceId, usize),
    Loopback(ListenerRef),
    LocalhostElsewhere,
    NotLocal,
}

/// A name of the cluster as somebody in a namespace writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterName<'n> {
    pub service: &'n str,
    pub namespace: &'n str,
    /// The hostname of one pod in front of the Service's name.
    pub pod: Option<&'n str>,
    /// Nothing but the Service's name is written.
    pub short: bool,
}

/// Reads a host as a name of the cluster; absent for a name that belongs to the world outside.
pub fn cluster_name<'n>(cluster: &Cluster, namespace: &'n str, host: &'n str) -> Option<ClusterName<'n>> {
    let host = host.trim_end_matches('.');
    let domain = cluster.config.cluster_domain.trim_end_matches('.');
    let bare = host.strip_suffix(domain).and_then(|rest| rest.strip_suffix(".svc.")).or_else(|| host.strip_suffix(".svc"));
    let labels: Vec<&str> = bare.unwrap_or(host).split('.').collect();
    let exists = |name: &str| cluster.namespaces.contains_key(name);
    let has = |namespace: &str, name: &str| cluster.find_service(namespace, name).is_some();
    let name = |service, namespace, pod| ClusterName { service, namespace, pod, short: false };
    match (bare.is_some(), labels.as_slice()) {
        (false, &[service]) => Some(ClusterName { service, namespace, pod: None, short: true }),
        (_, &[service, other]) if bare.is_some() || exists(other) => Some(name(service, other, None)),
        (false, &[pod, service]) if has(namespace, service) || is_stateful(cluster, namespace, pod) => {
            Some(name(service, namespace, Some(pod)))
        }
        (false, &[service, other]) if !is_foreign(other) => Some(name(service, other, None)),
        (true, &[pod, service, other]) => Some(name(service, other, Some(pod))),
        (false, &[pod, service, other]) if exists(other) => Some(name(service, other, Some(pod))),
        _ => None,
    }
}

/// Whether a StatefulSet of a namespace gives a pod this name.
fn is_stateful(cluster: &Cluster, namespace: &str, pod: &str) -> bool {
    let Some((set, _)) = pod.rsplit_once('-').filter(|(_, ordinal)| ordinal.bytes().all(|byte| byte.is_ascii_digit())) else {
        return false;
    };
    cluster.workloads.iter().any(|(_, workload)| {
        workload.kind == WorkloadKind::StatefulSet && workload.meta.namespace == namespace && workload.meta.name == set
    })
}

/// Top-level domains that companies and routers use inside their own networks (RFC 6762, appendix G; RFC 2606).
fn is_foreign(top: &str) -> bool {
    " internal local lan corp home intranet private localdomain localhost test example invalid onion consul ".contains(&format!(" {top} "))
}

/// Why a request failed whose lookup and packets went this way; absent where no finding names it.
pub fn cause(scene: &Scene<'_>, asked: Asked<'_>, lookup: Option<(&Lookup, &[Step])>, steps: &[Step]) -> Option<Cause> {
    let cluster = scene.cluster;
    if let Some((lookup, way)) = lookup
        && lookup.addresses().next().is_none()
    {
        return match way.last().map(|step| &step.what) {
            Some(What::Judged { flow, verdict: Verdict::Denied { isolating } }) => {
                Some(Cause::DnsDenied(Denied { flow: *flow, isolating: isolating.clone() }))
            }
            Some(What::Rejected { entry, .. }) => Some(Cause::Service(entry.service, entry.port)),
            _ => unresolved(scene, asked),
        };
    }
    match &steps.last()?.what {
        What::Judged { flow, verdict: Verdict::Denied { isolating } } => {
            // A port on which nobody listens is no policy's to allow.
            let unserved = match translated(steps) {
                Some(entry) => Some(Cause::Service(entry.service, entry.port)).filter(|_| has_fault(scene, entry.service, entry.port)),
                None => headless(scene, asked).filter(|_| !receiver_listens(scene, flow)),
            };
            unserved.or_else(|| Some(Cause::Denied(Denied { flow: *flow, isolating: isolating.clone() })))
        }
        What::Rejected { entry, .. } => Some(Cause::Service(entry.service, entry.port)),
        What::NotLocal { .. } | What::AnswerAstray { .. } => Some(Cause::NotLocal),
        What::NoSuchPort { service, .. } => {
            // The port under another protocol: if nobody listens there, the protocol is the fault.
            let mut ports = cluster.service(*service).spec.ports.iter();
            let other = ports.position(|port| port.port == asked.port);
            match other.filter(|&port| has_fault(scene, *service, port)) {
                Some(port) => Some(Cause::Service(*service, port)),
                None => Some(Cause::PortNotExposed(*service)),
            }
        }
        What::NotListening { at: AddressOwner::Pod(pod), elsewhere } => {
            if let Some(entry) = translated(steps) {
                return Some(Cause::Service(entry.service, entry.port));
            }
            if super::workload::is_local(asked.host) {
                let elsewhere = elsewhere.is_none() && served_elsewhere(scene, asked, *pod);
                return elsewhere.then_some(Cause::LocalhostElsewhere);
            }
            headless(scene, asked).or_else(|| elsewhere.map(Cause::Loopback))
        }
        What::NotListening { elsewhere, .. } => elsewhere.map(Cause::Loopback),
        _ => None,
    }
}

/// The Service's port by which a packet was translated.
fn translated(steps: &[Step]) -> Option<Entry> {
    steps.iter().rev().find_map(|step| match step.what {
        What::Translated { entry, .. } => Some(entry),
        _ => None,
    })
}

fn has_fault(scene: &Scene<'_>, id: ServiceId, port: usize) -> bool {
    service::port_fault(scene, id, port).is_some()
}

/// Whether the pod that a packet goes to takes it.
fn receiver_listens(scene: &Scene<'_>, flow: &Flow) -> bool {
    let receiver = match flow.direction {
        Direction::Ingress => Some(flow.subject),
        Direction::Egress => flow.other.pod,
    };
    receiver.is_none_or(|pod| matches!(scene.listens(scene.group_of(pod), flow.port, flow.protocol), Listens::Yes | Listens::Unknown))
}

/// A name without an address.
fn unresolved(scene: &Scene<'_>, asked: Asked<'_>) -> Option<Cause> {
    let cluster = scene.cluster;
    let host = asked.host.to_ascii_lowercase();
    let name = cluster_name(cluster, asked.namespace, &host)?;
    if let Some(id) = cluster.find_service(name.namespace, name.service) {
        // A headless Service has as many addresses as endpoints.
        let index = port_index(scene, id, asked.port);
        let headless = cluster.service(id).is_headless();
        let waiting = |pod: &Pod| name.pod == Some(pod.hostname.as_str()) && pod.subdomain.as_deref() == Some(name.service);
        let there = || scene.selected(cluster.service(id)).iter().any(|&group| scene.pods(group).any(waiting));
        let unready =
            || name.pod.is_none() && !scene.selected(cluster.service(id)).iter().any(|&group| scene.pods(group).any(|pod| pod.ready));
        let faulty = headless && (has_fault(scene, id, index) || there() || unready());
        return Some(if faulty { Cause::Service(id, index) } else { Cause::UnknownHost });
    }
    let elsewhere = cluster.services().find(|(_, service)| service.meta().name == name.service).map(|(id, _)| id);
    Some(elsewhere.filter(|_| name.short).map_or(Cause::UnknownHost, Cause::OtherNamespace))
}

/// The index of a port, or the first where the Service has no such port.
fn port_index(scene: &Scene<'_>, id: ServiceId, port: u16) -> usize {
    scene.cluster.service(id).spec.ports.iter().position(|candidate| candidate.port == port).unwrap_or(0)
}

/// A pod that was reached by a headless Service's name does not listen there.
fn headless(scene: &Scene<'_>, asked: Asked<'_>) -> Option<Cause> {
    let cluster = scene.cluster;
    let host = asked.host.to_ascii_lowercase();
    let name = cluster_name(cluster, asked.namespace, &host)?;
    let id = cluster.find_service(name.namespace, name.service)?;
    let service = cluster.service(id);
    let index = service.spec.ports.iter().position(|port| port.port == asked.port && port.protocol == asked.protocol);
    Some(match index {
        None => Cause::PortNotExposed(id),
        Some(index) if service.spec.ports[index].target == PortRef::Number(asked.port) => Cause::Service(id, index),
        Some(index) if has_fault(scene, id, index) => Cause::Service(id, index),
        Some(index) => Cause::HeadlessPort(id, index),
    })
}

/// Whether a pod of another workload listens on the port that was asked for at localhost.
fn served_elsewhere(scene: &Scene<'_>, asked: Asked<'_>, own: PodId) -> bool {
    let workload = scene.cluster.pod(own).workload;
    let listens = |group: usize| scene.listeners(group).any(|listener| (listener.port, listener.protocol) == (asked.port, asked.protocol));
    (0..scene.groups.len()).any(|group| scene.groups[group].workload != workload && listens(group))
}

impl Cause {
    /// The code of the finding.
    pub fn code(&self, scene: &Scene<'_>, port: u16) -> Code {
        match self {
            Self::Service(id, index) => match service::port_fault(scene, *id, *index) {
                Some(finding) => finding.code,
                // It failed though some pod serves: one was hit that does not.
                None if scene.selected(scene.cluster.service(*id)).iter().any(|&group| scene.pods(group).any(|pod| pod.ready)) => {
                    code::TARGET_PORT_UNSERVED
                }
                None => code::NO_READY_ENDPOINTS,
            },
            Self::DnsDenied(denied) => super::denied::code(scene, denied, None),
            Self::Denied(denied) => super::denied::code(scene, denied, Some(port)),
            Self::UnknownHost => code::REFERENCE_UNKNOWN_HOST,
            Self::OtherNamespace(_) => code::REFERENCE_OTHER_NAMESPACE,
            Self::PortNotExposed(_) => code::REFERENCE_PORT_NOT_EXPOSED,
            Self::HeadlessPort(..) => code::HEADLESS_PORT_MISMATCH,
            Self::Loopback(_) => code::LISTENS_ON_LOOPBACK,
            Self::LocalhostElsewhere => code::REFERENCE_LOCALHOST_ELSEWHERE,
            Self::NotLocal => code::LOCAL_POLICY_NO_ENDPOINT,
        }
    }
}

/// The finding code of a failed exchange; absent where it worked, or where no finding names the failure.
pub fn reason(scene: &Scene<'_>, exchange: &Exchange) -> Option<Code> {
    if let Some(relayed) = &exchange.relayed {
        return super::edge::reason(scene, relayed);
    }
    if matches!(exchange.outcome, Outcome::Response | Outcome::Connected) {
        return None;
    }
    let cluster = scene.cluster;
    let pod = match exchange.sender {
        Sender::Pod { pod, .. } => Some(pod),
        Sender::Node(_) | Sender::Outside(_) => None,
    };
    let target = &exchange.request.target;
    let asked = Asked {
        namespace: pod.map_or("default", |pod| cluster.pod(pod).meta.namespace.as_str()),
        host: &target.host,
        port: target.port,
        protocol: target.protocol(),
    };
    let lookup = exchange.resolution.as_ref().map(|resolution| (&resolution.lookup, resolution.steps.as_slice()));
    let found = match exchange.via {
        Some(via) => at_endpoint(scene, via, exchange.steps.last()?),
        None => cause(scene, asked, lookup, &exchange.steps),
    };
    found.map(|cause| cause.code(scene, target.port))
}

/// Why the endpoint did not answer that a proxy chose by itself, as a Service would have.
fn at_endpoint(scene: &Scene<'_>, via: ServicePort, last: &Step) -> Option<Cause> {
    match &last.what {
        What::Judged { flow, verdict: Verdict::Denied { isolating } } if !has_fault(scene, via.service, via.port) => {
            Some(Cause::Denied(Denied { flow: *flow, isolating: isolating.clone() }))
        }
        What::Judged { .. } | What::NotListening { .. } => Some(Cause::Service(via.service, via.port)),
        _ => None,
    }
}

/// Whether an address belongs to the cluster: a Service's, a pod's or a node's.
pub fn is_inside(scene: &Scene<'_>, address: IpAddr) -> bool {
    scene.net.tables.owner(address).is_some() || scene.cluster.addresses.contains_key(&address)
}
