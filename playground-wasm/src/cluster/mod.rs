//! The cluster as it runs at one instant: what controllers, scheduler and address allocation have made of the objects.
//!
//! `crate::control` changes it step by step on the virtual clock; `crate::net` only reads it.

mod config;
mod edge;
mod running;
mod source;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

pub use config::{Config, ProxyMode};
pub use edge::EdgeObjects;
pub use running::{ContainerState, Node, NodeId, Phase, Pod, PodId, RunState, Service, ServiceId, WorkloadId};
pub use source::{ObjectId, ObjectRef, Source, Sources, text_range};

use crate::index::Index;
use crate::model::{EndpointSlice, Labels, NetworkPolicy, Workload};

/// Everything that exists, addressed by index; the indices of a kind follow the order of namespace and name.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    pub config: Config,
    pub sources: Sources,
    /// Every namespace that an object names or declares, with its labels (`kubernetes.io/metadata.name` among them).
    pub namespaces: BTreeMap<String, Labels>,
    pub nodes: Vec<Node>,
    pub workloads: Vec<(ObjectRef, Rc<Workload>)>,
    pub pods: Vec<Pod>,
    pub services: Vec<Service>,
    pub policies: Vec<(ObjectRef, Rc<NetworkPolicy>)>,
    /// What leads requests from outside to Services.
    pub edge: EdgeObjects,
    /// `(namespace, name)` of every Service.
    pub service_names: Index<(String, String), ServiceId>,
    /// Who owns an address: a pod in its own network namespace, or a node.
    pub addresses: Index<IpAddr, AddressOwner>,
    /// ConfigMaps and Secrets by `(secret, namespace, name)`; values that are not text are left out.
    pub config_data: Index<(bool, String, String), Labels>,
}

/// What an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressOwner {
    Pod(PodId),
    Node(NodeId),
}

impl Cluster {
    pub fn pod(&self, id: PodId) -> &Pod {
        &self.pods[id.0 as usize]
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }

    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize].1
    }

    /// A Service by namespace and name.
    pub fn find_service(&self, namespace: &str, name: &str) -> Option<ServiceId> {
        self.service_names.get(&(namespace.to_owned(), name.to_owned())).copied()
    }

    /// Pods with their ids, in order.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        (0_u32..).map(PodId).zip(&self.pods)
    }

    /// Services with their ids, in order.
    pub fn services(&self) -> impl Iterator<Item = (ServiceId, &Service)> {
        (0_u32..).map(ServiceId).zip(&self.services)
    }

    /// Nodes with their ids, in order.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0_u32..).map(NodeId).zip(&self.nodes)
    }

    /// The slices of a Service, given or made.
    pub fn slices(&self, id: ServiceId) -> &[Rc<EndpointSlice>] {
        &self.service(id).slices
    }
}
