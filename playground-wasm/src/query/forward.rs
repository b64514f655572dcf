//! `kubectl port-forward`: into a pod's network namespace by way of the API server and the kubelet.
//!
//! The container runtime connects to localhost there, first 127.0.0.1 and then ::1 (containerd's `sandbox_portforward`), past
//! Services, policies and the pod's own redirection. A Service or a workload only picks a pod, of several the one that is best off
//! (`GetFirstPod` by `ActivePods`); a Service's port is made the pod's (`LookupContainerPortNumberByServicePort`). TCP only.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::destination::{Nowhere, addressed};
use super::{ForwardTarget, ServiceName, To, find_service};
use crate::cluster::{Cluster, ObjectRef, Phase, Pod, PodId, ServiceId};
use crate::model::{PortRef, Protocol};
use crate::net::Network;
use crate::request::{Inside, Request};

/// The request that goes through the tunnel, or why kubectl opens none.
pub fn find(net: Network<'_>, target: &ForwardTarget, to: &To) -> Result<Result<Request, Nowhere>, String> {
    let cluster = net.cluster;
    let namespace = target.namespace.as_deref().unwrap_or("default");
    let asked = port(&target.port)?;
    let mut service = None;
    let (object, pods): (ObjectRef, Vec<PodId>) = match target {
        ForwardTarget { pod: Some(name), .. } => {
            let id = cluster.find_pod(namespace, name).ok_or_else(|| format!("there is no pod {name} in namespace {namespace}"))?;
            (cluster.pod(id).object, vec![id])
        }
        ForwardTarget { service: Some(name), .. } => {
            let id = find_service(cluster, &ServiceName { namespace: namespace.to_owned(), name: name.clone() })?;
            service = Some(id);
            (cluster.service(id).object, crate::cluster::Selection::new(cluster).of(cluster.service(id)).collect())
        }
        ForwardTarget { workload: Some(workload), .. } => {
            let (kind, name) = workload.split_once('/').unwrap_or(("Deployment", workload));
            let id = cluster.find_workload(kind, namespace, name);
            let id = id.ok_or_else(|| format!("there is no {workload} in namespace {namespace}"))?;
            let own = cluster.pods().filter(|(_, pod)| pod.workload == id).map(|(id, _)| id);
            (cluster.workloads[id.0 as usize].0, own.collect())
        }
        _ => return Err("`port_forward` has none of pod, service and workload".into()),
    };
    let what = cluster.sources.id(object);
    let none = |field: &'static str, why: String| {
        let what = format!("{} {}", what.kind, what.name);
        Ok(Err(Nowhere { reason: None, object: Some(object), field, what, lacks: "cannot be forwarded to", why }))
    };
    let best = pods.into_iter().rev().max_by_key(|&id| standing(cluster.pod(id)));
    let Some(id) = best else { return none("selector", "no pod is behind it".into()) };
    let pod = cluster.pod(id);
    let number = match in_pod(cluster, service, pod, &asked) {
        Ok(number) => number,
        Err(why) => return none("ports", why),
    };
    if pod.phase != Phase::Running {
        return none("containers", format!("unable to forward port because pod is not running. Current status={:?}", pod.phase));
    }
    let inside = Inside { pod: id, service: service.map(|id| (id, asked.clone(), number)) };
    addressed(Ipv4Addr::LOCALHOST.into(), &To { port: Some(number), ..to.clone() }, None).map(|request| {
        request.map(|mut request| {
            request.target.inside = Some(inside);
            request
        })
    })
}

fn port(port: &Value) -> Result<PortRef, String> {
    let number = |number: u64| u16::try_from(number).ok().filter(|&number| number > 0).map(PortRef::Number);
    let read = match port {
        Value::Number(given) => given.as_u64().and_then(number),
        Value::String(text) => match text.parse::<u64>() {
            Ok(given) => number(given),
            Err(_) => Some(PortRef::Name(text.clone())),
        },
        _ => None,
    };
    read.ok_or_else(|| format!("{port} is not a port"))
}

/// How good a pod is: on a node, running, ready, with few restarts.
fn standing(pod: &Pod) -> (bool, bool, bool, std::cmp::Reverse<u32>) {
    let restarts = pod.containers.iter().map(|state| state.restarts).max().unwrap_or_default();
    (pod.node.is_some(), pod.phase == Phase::Running, pod.ready, std::cmp::Reverse(restarts))
}

/// The port within the pod; the error is kubectl's.
fn in_pod(cluster: &Cluster, service: Option<ServiceId>, pod: &Pod, asked: &PortRef) -> Result<u16, String> {
    let named = |name: &str| {
        let mut ports = pod.spec().containers.iter().flat_map(|container| &container.ports);
        let found = ports.find(|port| port.name.as_deref() == Some(name)).map(|port| port.port);
        found.ok_or_else(|| format!("Pod '{}' does not have a named port '{name}'", pod.meta.name))
    };
    let Some(id) = service else {
        let number = match asked {
            PortRef::Number(number) => *number,
            PortRef::Name(name) => named(name)?,
        };
        let declared = || pod.spec().containers.iter().flat_map(|container| &container.ports).filter(|port| port.port == number);
        let udp_only = declared().any(|port| port.protocol == Protocol::Udp) && !declared().any(|port| port.protocol == Protocol::Tcp);
        return if udp_only { Err(format!("UDP protocol is not supported for {number}")) } else { Ok(number) };
    };
    let service = cluster.service(id);
    let fits = |port: &&crate::model::ServicePort| match asked {
        PortRef::Number(number) => port.port == *number,
        PortRef::Name(name) => port.name == *name,
    };
    let mut ports = service.spec.ports.iter().filter(fits);
    let (first, tcp) = (ports.clone().next(), ports.find(|port| port.protocol == Protocol::Tcp));
    match (tcp, first) {
        (Some(port), _) if service.is_headless() => Ok(port.port),
        (Some(port), _) => match &port.target {
            PortRef::Number(number) => Ok(*number),
            PortRef::Name(name) => named(name),
        },
        (None, Some(port)) => Err(format!("UDP protocol is not supported for {}", port.port)),
        (None, None) => Err(match asked {
            PortRef::Number(number) => format!("Service {} does not have a service port {number}", service.meta().name),
            PortRef::Name(name) => format!("Service '{}' does not have a named port '{name}'", service.meta().name),
        }),
    }
}
