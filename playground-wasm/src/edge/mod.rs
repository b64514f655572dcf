//! The edge: what leads requests from outside to Services, by Ingresses and by the Gateway API.
//!
//! Ingress controllers and gateways are pods of the cluster ([`infrastructure`] makes them) that accept a connection through
//! `net::connect` and open another one through it, so policies, replicas and source addresses apply to them as to every pod.
//! [`Edge`] holds what they were told, worked out from the objects; [`proxy`] decides about one request. Nothing here sends
//! anything: `crate::request` does.
//!
//! Left out: what a controller's own annotations and ExtensionRefs ask for (but for redirects to HTTPS and rewriting, see
//! [`annotation`]), BackendTLSPolicy, client certificates, mesh routes (a Service as parent), HTTP/2 itself.

pub mod annotation;
pub mod attach;
pub mod backend;
pub mod certificate;
pub mod class;
pub mod controller;
mod cors;
mod filter;
pub mod gateway;
pub mod grant;
pub mod hostname;
pub mod http;
pub mod infrastructure;
pub mod ingress;
pub mod lead;
pub mod listener;
mod matching;
mod path;
pub mod pattern;
pub mod plan;
pub mod status;
pub mod tls;

pub use http::{Headers, HttpRequest};
pub use pattern::Pattern;
pub use plan::Plan;

use crate::cluster::{Cluster, ObjectRef, PodId, WorkloadId};
use crate::model::WorkloadKind;

/// What controllers and gateways were told, worked out.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    pub controllers: Vec<Controller>,
    /// In the order of the Gateways.
    pub planes: Vec<listener::Plane>,
    /// What became of every reference of a route to a parent, by route and position.
    pub attachments: Vec<Vec<attach::Attachment>>,
    /// Which workload runs which of them.
    proxies: Vec<(WorkloadId, Proxy)>,
}

/// The controller of an IngressClass.
#[derive(Debug, Clone)]
pub struct Controller {
    /// Index of the class in [`crate::cluster::EdgeObjects`].
    pub class: usize,
    pub table: ingress::Table,
}

/// A pod's job at the edge: the index of its controller or plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    Ingress(usize),
    Gateway(usize),
}

impl Edge {
    /// Works out all tables of a cluster.
    pub fn new(cluster: &Cluster) -> Self {
        let objects = &cluster.edge;
        let controllers = (0..objects.ingress_classes.len()).map(|class| Controller { class, table: ingress::Table::new(cluster, class) });
        let mut edge = Self {
            controllers: controllers.collect(),
            planes: objects.gateways.iter().map(|(object, gateway)| listener::Plane::new(cluster, *object, gateway)).collect(),
            ..Self::default()
        };
        edge.attachments = attach::attach(cluster, &mut edge.planes);
        edge.find_proxies(cluster);
        edge
    }

    /// What a pod does at the edge; absent for one that is no proxy.
    pub fn proxy(&self, cluster: &Cluster, pod: PodId) -> Option<Proxy> {
        let workload = cluster.pod(pod).workload;
        self.proxies.iter().find(|(id, _)| *id == workload).map(|(_, proxy)| *proxy)
    }

    /// Closes the ports of gateways on which no listener can be served: their proxies do not open them.
    pub fn close_ports(&self, cluster: &mut Cluster) {
        if self.proxies.iter().any(|(_, proxy)| matches!(proxy, Proxy::Gateway(_))) {
            for index in 0..u32::try_from(cluster.pods.len()).unwrap_or(u32::MAX) {
                self.close_ports_of(cluster, PodId(index));
            }
        }
    }

    /// The same for one pod.
    pub fn close_ports_of(&self, cluster: &mut Cluster, pod: PodId) {
        let Some(Proxy::Gateway(plane)) = self.proxy(cluster, pod) else { return };
        let serves = |listener: &crate::behavior::Listener| self.planes[plane].on_port(listener.port).next().is_some();
        let pod = &mut cluster.pods[pod.0 as usize];
        let mut behavior = pod.behavior.to_vec();
        for container in &mut behavior {
            container.listeners.retain(serves);
        }
        pod.behavior = behavior.into();
    }

    fn find_proxies(&mut self, cluster: &Cluster) {
        for (id, (_, workload)) in (0_u32..).map(WorkloadId).zip(&cluster.workloads) {
            let meta = &workload.meta;
            if workload.kind != WorkloadKind::Deployment {
                continue;
            }
            let controller = self.controllers.iter().position(|controller| {
                let class = &cluster.edge.ingress_classes[controller.class].1;
                infrastructure::controller_name(class) == (meta.namespace.clone(), meta.name.clone())
            });
            let plane = self.planes.iter().position(|plane| {
                plane.class.is_some()
                    && plane.gateway.meta.namespace == meta.namespace
                    && infrastructure::gateway_name(&plane.gateway) == meta.name
            });
            let proxy = controller.map(Proxy::Ingress).or(plane.map(Proxy::Gateway));
            self.proxies.extend(proxy.map(|proxy| (id, proxy)));
        }
    }
}

/// `metadata.creationTimestamp`, which comes before everything that has none: what a cluster made is older than what is new.
fn created(cluster: &Cluster, object: ObjectRef) -> (bool, &str) {
    let meta = cluster.sources.get(object).root.get("metadata");
    let time = meta.and_then(|meta| meta.get("creationTimestamp")).and_then(crate::text::Node::as_str);
    (time.is_none(), time.unwrap_or_default())
}
