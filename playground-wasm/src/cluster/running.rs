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
    /// The Ready condition, as the API has it.
    pub ready: bool,
    /// The machine runs; a machine that has failed stays Ready until its silence is noticed.
    pub up: bool,
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
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own about the pod")]
pub struct Pod {
    pub meta: Meta,
    /// The workload a person would edit; a bare pod is its own.
    pub workload: WorkloadId,
    /// The object that holds the pod's spec.
    pub object: ObjectRef,
    /// How many pods its controller had made before it.
    pub number: u32,
    pub template: Rc<Template>,
    pub node: Option<NodeId>,
    /// The node that its DaemonSet's controller means it for.
    pub meant_for: Option<NodeId>,
    /// Empty until the pod has its sandbox; the node's addresses under hostNetwork.
    pub ips: Vec<IpAddr>,
    pub phase: Phase,
    /// The Ready condition.
    pub ready: bool,
    /// A deletion is under way.
    pub terminating: bool,
    /// It is no longer in the API, and only its place in the list is left.
    pub gone: bool,
    /// The kubelet has made its sandbox, and with it its address is known.
    pub has_sandbox: bool,
    /// Virtual milliseconds at which it was made.
    pub created_at: u64,
    /// When it was told to end, and how many seconds it has for that.
    pub deletion: Option<Deletion>,
    /// The hash of the template that its controller made it from.
    pub revision: u32,
    pub conditions: Conditions,
    /// `status.reason`: why the kubelet would not have it; empty otherwise.
    pub reason: &'static str,
    /// Why the pod is not ready, as a sentence; empty where it is.
    pub why: String,
    /// One for each container of the spec, in its order.
    pub containers: Vec<ContainerState>,
    /// What each container listens on and calls, in the same order.
    pub behavior: Rc<[ContainerBehavior]>,
    /// What `hostname` prints in it.
    pub hostname: String,
    /// `spec.hostname`, which the controllers of StatefulSets and indexed Jobs set; only with it has the pod a DNS name of its own.
    pub given_hostname: Option<String>,
    /// `spec.subdomain`, likewise.
    pub subdomain: Option<String>,
    pub claimed: ClaimedStatus,
}

impl Pod {
    pub fn spec(&self) -> &PodSpec {
        &self.template.spec
    }

    /// Namespace and name.
    pub fn key(&self) -> (&str, &str) {
        (&self.meta.namespace, &self.meta.name)
    }

    /// The same to keep.
    pub fn names(&self) -> (String, String) {
        (self.meta.namespace.clone(), self.meta.name.clone())
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

/// `metadata.deletionTimestamp` less the grace period, and `metadata.deletionGracePeriodSeconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// Virtual milliseconds.
    pub at: u64,
    pub grace: u32,
}

/// The conditions of a pod's status that a kubelet and the scheduler keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    pub scheduled: Condition,
    pub ready_to_start: Condition,
    pub initialized: Condition,
    pub containers_ready: Condition,
    pub ready: Condition,
}

/// A condition that holds or does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Condition {
    pub holds: bool,
    /// `lastTransitionTime` in virtual milliseconds.
    pub since: u64,
}

impl Condition {
    /// Notes how it stands now.
    pub fn set(&mut self, holds: bool, now: u64) {
        if self.holds != holds {
            *self = Self { holds, since: now };
        }
    }
}

/// A container at this instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerState {
    pub run: RunState,
    /// Virtual milliseconds at which it came to be so.
    pub since: u64,
    /// Its processes have opened their ports.
    pub listens: bool,
    /// How the run before ended.
    pub last: Option<Ended>,
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

/// A container's `lastState.terminated`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// `Completed`, or `Error` where the exit code is another than 0.
    pub reason: &'static str,
    pub exit_code: i32,
    /// Why, as a person would say it; empty where the exit code says all.
    pub cause: String,
    /// Virtual milliseconds.
    pub at: u64,
}

impl ContainerState {
    /// One that waits for its turn.
    pub fn waiting(reason: &str) -> Self {
        Self {
            run: RunState::Waiting { reason: reason.to_owned(), message: String::new() },
            since: 0,
            listens: false,
            last: None,
            ready: false,
            started: false,
            restarts: 0,
        }
    }

    /// Whether its processes run.
    pub fn is_running(&self) -> bool {
        self.run == RunState::Running
    }

    /// Whether it has ended with exit code 0.
    pub fn has_succeeded(&self) -> bool {
        matches!(self.run, RunState::Terminated { exit_code: 0, .. })
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
    /// Given ones, or those the controller made, as the API has them now.
    pub slices: Vec<Rc<EndpointSlice>>,
    /// What kube-proxies have heard of them and programmed into their nodes; the same but for a moment after a change.
    pub programmed: Vec<Rc<EndpointSlice>>,
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
