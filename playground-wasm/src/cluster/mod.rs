//! The cluster as it runs at one instant: what controllers, scheduler and address allocation have made of the objects.
//!
//! `crate::control` changes it step by step on the virtual clock; `crate::net` only reads it.

mod config;
mod edge;
mod renumbering;
mod running;
mod selection;
mod source;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

pub use config::{Config, ProxyMode};
pub use edge::EdgeObjects;
pub use renumbering::Renumbering;
pub use running::{
    Condition, Conditions, ContainerState, Deletion, Ended, Node, NodeId, Phase, Pod, PodId, RunState, Service, ServiceId, WorkloadId,
};
pub use selection::Selection;
pub use source::{APPLIED, ObjectId, ObjectRef, Source, Sources, text_range};

use crate::dns::corefile::Corefile;
use crate::index::Index;
use crate::model::{EndpointSlice, Labels, Meta, NetworkPolicy, Workload, WorkloadKind};

/// Everything that exists, addressed by index. What was there at first follows the order of namespace and name, pods that of their
/// workloads; nodes, workloads and pods that come later are behind it, and keep their index as long as the cluster runs.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    pub config: Config,
    pub sources: Sources,
    /// Every namespace that an object names or declares, with its labels (`kubernetes.io/metadata.name` among them).
    pub namespaces: BTreeMap<String, Labels>,
    pub nodes: Vec<Node>,
    pub workloads: Vec<(ObjectRef, Rc<Workload>)>,
    /// How many of them are in the order of their ids.
    pub first_workloads: usize,
    /// A place for every pod there ever was: [`Cluster::pods`] gives those that exist.
    pub pods: Vec<Pod>,
    /// The pods that were there at first, in the order of namespace and name.
    pub pods_by_name: Vec<PodId>,
    /// By the index of a workload the first of its pods.
    pub first_pods: Vec<Option<PodId>>,
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
    /// What CoreDNS is configured to do.
    pub corefile: Corefile,
}

/// What an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressOwner {
    Pod(PodId),
    Node(NodeId),
}

impl Cluster {
    pub fn pod(&self, id: PodId) -> &Pod {
        &self.pods.as_slice()[id.0 as usize]
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes.as_slice()[id.0 as usize]
    }

    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services.as_slice()[id.0 as usize]
    }

    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize].1
    }

    /// A Service by namespace and name.
    pub fn find_service(&self, namespace: &str, name: &str) -> Option<ServiceId> {
        self.service_names.get(&(namespace.to_owned(), name.to_owned())).copied()
    }

    /// A pod by namespace and name.
    pub fn find_pod(&self, namespace: &str, name: &str) -> Option<PodId> {
        let key = |pod: &Pod| pod.key().cmp(&(namespace, name));
        let first = self.pods_by_name.len();
        // A StatefulSet gives a name again once the pod that had it is gone.
        if let Some(position) = self.pods[first..].iter().rposition(|pod| !pod.gone && key(pod).is_eq()) {
            return u32::try_from(first + position).ok().map(PodId);
        }
        let index = self.pods_by_name.binary_search_by(|&id| key(self.pod(id))).ok()?;
        Some(self.pods_by_name[index]).filter(|&id| !self.pod(id).gone)
    }

    /// Sorts the names of all pods.
    pub fn sort_names(&mut self) {
        let mut order: Vec<PodId> = (0_u32..).map(PodId).take(self.pods.len()).collect();
        order.sort_by(|&a, &b| self.pod(a).key().cmp(&self.pod(b).key()));
        self.pods_by_name = order;
    }

    /// Sorts the names of some pods anew that are called otherwise than before, or have come.
    pub fn sort_names_of(&mut self, ids: &[PodId]) {
        self.pods_by_name.retain(|id| ids.binary_search(id).is_err());
        for &id in ids {
            let place = self.pods_by_name.partition_point(|&known| self.pod(known).key() < self.pod(id).key());
            self.pods_by_name.insert(place, id);
        }
    }

    /// Whether no pods have come since the beginning.
    pub fn has_first_pods_only(&self) -> bool {
        self.pods_by_name.len() == self.pods.len()
    }

    /// A workload by kind, in any case, namespace and name.
    pub fn find_workload(&self, kind: &str, namespace: &str, name: &str) -> Option<WorkloadId> {
        let kind = WorkloadKind::ALL.into_iter().map(WorkloadKind::as_str).find(|known| known.eq_ignore_ascii_case(kind))?;
        let key = |(_, workload): &(ObjectRef, Rc<Workload>)| {
            let Meta { namespace: own_namespace, name: own_name, .. } = &workload.meta;
            (workload.kind.as_str(), own_namespace.as_str(), own_name.as_str()).cmp(&(kind, namespace, name))
        };
        let (sorted, later) = self.workloads.split_at(self.first_workloads);
        let position = later.iter().position(|entry| key(entry).is_eq()).map(|position| self.first_workloads + position);
        let index = position.or_else(|| sorted.binary_search_by(key).ok())?;
        u32::try_from(index).ok().map(WorkloadId)
    }

    /// The workload that an object is.
    pub fn workload_of(&self, object: ObjectRef) -> Option<WorkloadId> {
        let id = self.sources.id(object);
        self.find_workload(&id.kind, &id.namespace, &id.name)
    }

    /// Finds the first pod of each workload, after pods came or went.
    pub fn find_first_pods(&mut self) {
        self.first_pods = vec![None; self.workloads.len()];
        for (id, pod) in (0_u32..).map(PodId).zip(&self.pods).filter(|(_, pod)| !pod.gone) {
            self.first_pods[pod.workload.0 as usize].get_or_insert(id);
        }
    }

    /// The pods that exist with their ids, in order.
    pub fn pods(&self) -> impl Iterator<Item = (PodId, &Pod)> {
        (0_u32..).map(PodId).zip(&self.pods).filter(|(_, pod)| !pod.gone)
    }

    /// Whether a workload has been deleted, and only pods that end are left of it.
    pub fn is_deleted(&self, id: WorkloadId) -> bool {
        self.sources.get(self.workloads[id.0 as usize].0).deleted
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
