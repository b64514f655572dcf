//! Nodes, pods and Services as they run.

use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;

use super::ObjectRef;
use crate::behavior::ContainerBehavior;
use crate::model::{ClaimedStatus, EndpointSlice, Labels, Meta, PodSpec, Taint, Template};
use crate::model::{IpFamily, LoadBalancerIngress, Service as ServiceSpec};

/// Index of a pod in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodId(pub u32);

/// Index of a node in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Index of a Service in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u32);

/// Index of a workload in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId(pub u32);

/// A node that has its addresses.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    pub labels: Labels,
    pub taints: Vec<Taint>,
    /// Thousandths of a core that pods may use.
    pub cpu_millis: u32,
    /// First the primary one; the source address of what the node itself sends.
    pub ips: Vec<IpAddr>,
    pub pod_cidrs: Vec<IpNet>,
    pub ready: bool,
    /// Absent for a node that no manifest declares.
    pub object: Option<ObjectRef>,
}

impl Node {
    /// `topology.kubernetes.io/zone`.
    pub fn zone(&self) -> Option<&str> {
        self.labels.get("topology.kubernetes.io/zone").map(String::as_str)
    }
}

/// A pod that a controller or a manifest made.
#[derive(Debug, Clone)]
pub struct Pod {
    pub meta: Meta,
    /// The workload a person would edit; a bare pod is its own.
    pub workload: WorkloadId,
    /// The object that holds the pod's spec.
    pub object: ObjectRef,
    pub template: Rc<Template>,
    pub node: Option<NodeId>,
    /// Empty until the pod has its sandbox; the node's addresses under hostNetwork.
    pub ips: Vec<IpAddr>,
    pub phase: Phase,
    /// The Ready condition.
    pub ready: bool,
    /// A deletion is under way.
    pub terminating: bool,
    /// Why the pod is not ready, as a sentence; empty where it is.
    pub why: String,
    /// One for each container of the spec, in its order.
    pub containers: Vec<ContainerState>,
    /// What each container listens on and calls, in the same order.
    pub behavior: Rc<[ContainerBehavior]>,
    /// What `hostname` prints in it.
    pub hostname: String,
    /// `spec.hostname`, which a StatefulSet's controller sets; only with it has the pod a DNS name of its own.
    pub given_hostname: Option<String>,
    /// `spec.subdomain`, likewise.
    pub subdomain: Option<String>,
    pub claimed: ClaimedStatus,
}

impl Pod {
    pub fn spec(&self) -> &PodSpec {
        &self.template.spec
    }

    /// The pod's address of a family.
    pub fn ip(&self, family: IpFamily) -> Option<IpAddr> {
        self.ips.iter().copied().find(|&ip| IpFamily::of(ip) == family)
    }
}

/// `status.phase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
}

/// A container at this instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    pub run: RunState,
    /// Startup and readiness probes have succeeded, or there are none.
    pub ready: bool,
    pub started: bool,
    pub restarts: u32,
}

/// What a container does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// With the kubelet's reason: `PodInitializing`, `CrashLoopBackOff`, `CreateContainerConfigError`.
    Waiting {
        reason: String,
        message: String,
    },
    Running,
    Terminated {
        reason: String,
        exit_code: i32,
    },
}

impl ContainerState {
    /// Whether its processes run, and so its listeners are open.
    pub fn is_running(&self) -> bool {
        self.run == RunState::Running
    }
}

/// A Service with the addresses and ports that were allocated, and its endpoints.
#[derive(Debug, Clone)]
pub struct Service {
    pub spec: Rc<ServiceSpec>,
    pub object: ObjectRef,
    /// Empty for a headless or ExternalName Service.
    pub cluster_ips: Vec<IpAddr>,
    /// One for each port; absent where it has none.
    pub node_ports: Vec<Option<u16>>,
    /// Where load balancers ask a node whether it has endpoints; only under `externalTrafficPolicy: Local`.
    pub health_check_node_port: Option<u16>,
    /// What `status.loadBalancer.ingress` says; empty while none was assigned.
    pub load_balancer: Vec<LoadBalancerIngress>,
    /// Given ones, or those the controller made.
    pub slices: Vec<Rc<EndpointSlice>>,
    /// Manifests gave the slices, and the controller leaves them as they are.
    pub slices_given: bool,
}

impl Service {
    pub fn meta(&self) -> &Meta {
        &self.spec.meta
    }

    pub fn is_headless(&self) -> bool {
        self.spec.cluster_ips == crate::model::ClusterIps::Headless
    }
}
