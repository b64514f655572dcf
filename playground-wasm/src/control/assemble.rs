//! Builds a cluster of accepted objects: namespaces, configuration, and what makes pods. An object keeps its place for as long as
//! the cluster runs, whatever is applied or deleted, so that a pod can point to the one that made it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::names::{generate, suffix};
use super::nodes::make_nodes;
use super::services::make_services;
use crate::cluster::{Cluster, ObjectRef, Source, WorkloadId};
use crate::dns::corefile::{self, Corefile};
use crate::model::{ClaimedStatus, EndpointSlice, Labels, NodeSpec, Service as ServiceSpec};
use crate::object::{Body, MANAGED_BY, MIRRORING, Manifest};

/// An accepted object and where it came from; no file for what the cluster brings itself.
#[derive(Debug, Clone)]
pub struct Placed {
    pub manifest: Rc<Manifest>,
    pub file: Option<u32>,
    pub first_line: u32,
    /// The document that holds it, as it is written.
    pub text: Rc<str>,
}

/// An object in its place, which stays its own when it is deleted.
#[derive(Debug, Clone)]
pub struct Slot {
    pub placed: Placed,
    deleted: bool,
}

/// Puts objects, in the order of their ids, into their places: those that are there already into their own, others behind all.
pub fn place(slots: &mut Vec<Slot>, objects: &[Placed]) {
    let mut known = vec![false; objects.len()];
    for slot in slots.iter_mut().filter(|slot| !slot.deleted) {
        match objects.binary_search_by(|object| object.manifest.id.cmp(&slot.placed.manifest.id)) {
            Ok(index) => {
                slot.placed = objects[index].clone();
                known[index] = true;
            }
            Err(_) => slot.deleted = true,
        }
    }
    let new = objects.iter().zip(known).filter(|(_, known)| !known);
    slots.extend(new.map(|(placed, _)| Slot { placed: placed.clone(), deleted: false }));
}

/// A workload that was not there before, with what its manifest claims of its pods.
pub type NewWorkload = (WorkloadId, Rc<ClaimedStatus>);

/// Builds a cluster anew of its objects: everything but its pods, which stay, with their workloads and nodes. Gives the workloads
/// that are new.
pub fn assemble(cluster: &mut Cluster, slots: &[Slot]) -> Vec<NewWorkload> {
    let before = std::mem::take(cluster);
    *cluster = Cluster {
        config: before.config,
        nodes: before.nodes,
        workloads: before.workloads,
        first_workloads: before.first_workloads,
        pods: before.pods,
        pods_by_name: before.pods_by_name,
        first_pods: before.first_pods,
        addresses: before.addresses,
        ..Cluster::default()
    };
    let mut services: Vec<(ObjectRef, Rc<ServiceSpec>)> = Vec::new();
    let mut slices = GivenSlices::default();
    let mut nodes: Vec<(ObjectRef, Rc<NodeSpec>)> = Vec::new();
    let mut new = Vec::new();
    let mut workload_of: Vec<Option<usize>> = vec![None; slots.len()];
    for (index, (object, _)) in cluster.workloads.iter().enumerate() {
        workload_of[object.0 as usize] = Some(index);
    }
    for Slot { placed, deleted } in slots {
        cluster.sources.objects.push(Source {
            id: placed.manifest.id.clone(),
            file: placed.file.filter(|_| !deleted),
            first_line: placed.first_line,
            root: Rc::clone(&placed.manifest.root),
            text: Rc::clone(&placed.text),
            deleted: *deleted,
        });
    }
    let mut order: Vec<usize> = (0..slots.len()).filter(|&index| !slots[index].deleted).collect();
    if !before.sources.objects.is_empty() {
        order.sort_by(|&a, &b| slots[a].placed.manifest.id.cmp(&slots[b].placed.manifest.id));
    }
    for index in order {
        let object = ObjectRef(u32::try_from(index).unwrap_or(u32::MAX));
        let manifest = &slots[index].placed.manifest;
        if !manifest.id.namespace.is_empty() {
            add_namespace(cluster, &manifest.id.namespace, &Labels::new());
        }
        match &manifest.body {
            Some(Body::Namespace(meta)) => add_namespace(cluster, &meta.name, &meta.labels),
            Some(Body::Node(node)) => nodes.push((object, Rc::clone(node))),
            Some(Body::Workload(workload, claimed)) => {
                if let Some(known) = workload_of[index] {
                    cluster.workloads[known].1 = Rc::clone(workload);
                } else {
                    let id = WorkloadId(u32::try_from(cluster.workloads.len()).unwrap_or(u32::MAX));
                    cluster.workloads.push((object, Rc::clone(workload)));
                    new.push((id, Rc::clone(claimed)));
                }
            }
            Some(Body::Service(service)) => services.push((object, Rc::clone(service))),
            Some(Body::Slices(given)) => {
                slices.add(given, manifest.id.kind == "Endpoints");
            }
            Some(Body::Data { secret, meta, data, data_type }) => {
                if data_type == "kubernetes.io/tls" {
                    cluster.edge.tls_secrets.push(object);
                }
                cluster.config_data.insert((*secret, meta.namespace.clone(), meta.name.clone()), data.clone());
            }
            Some(Body::Policy(policy)) => cluster.policies.push((object, Rc::clone(policy))),
            Some(Body::Ingress(ingress)) => cluster.edge.ingresses.push((object, Rc::clone(ingress))),
            Some(Body::IngressClass(class)) => cluster.edge.ingress_classes.push((object, Rc::clone(class))),
            Some(Body::GatewayClass(class)) => cluster.edge.gateway_classes.push((object, Rc::clone(class))),
            Some(Body::Gateway(gateway)) => cluster.edge.gateways.push((object, Rc::clone(gateway))),
            Some(Body::ListenerSet(set)) => cluster.edge.listener_sets.push((object, Rc::clone(set))),
            Some(Body::Route(route)) => cluster.edge.routes.push((object, Rc::clone(route))),
            Some(Body::ReferenceGrant(grant)) => cluster.edge.grants.push(Rc::clone(grant)),
            Some(Body::Accepted) | None => {}
        }
    }
    if before.sources.objects.is_empty() {
        cluster.first_workloads = cluster.workloads.len();
    }
    cluster.first_pods.resize(cluster.workloads.len(), None);
    let given = cluster.config_data.get(&(false, corefile::NAMESPACE.to_owned(), corefile::CONFIG_MAP.to_owned()));
    let given = given.and_then(|data| corefile::parse(data.get(corefile::KEY)?).0);
    cluster.corefile = given.unwrap_or_else(|| Corefile::of_kubeadm(&cluster.config.cluster_domain));
    for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        add_namespace(cluster, namespace, &Labels::new());
    }
    // Nothing depends on the order in which objects were written.
    nodes.sort_by(|(_, a), (_, b)| a.meta.name.cmp(&b.meta.name));
    cluster.policies.sort_by(|(_, a), (_, b)| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    make_nodes(cluster, &nodes);
    make_services(cluster, services, slices, before.services);
    new
}

fn add_namespace(cluster: &mut Cluster, name: &str, labels: &Labels) {
    let entry = cluster.namespaces.entry(name.to_owned()).or_default();
    entry.extend(labels.clone());
    entry.insert("kubernetes.io/metadata.name".into(), name.to_owned());
}

/// The slices that manifests bring, by namespace and Service: EndpointSlices, and what mirrors Endpoints.
#[derive(Default)]
pub struct GivenSlices {
    written: BTreeMap<(String, String), Vec<Rc<EndpointSlice>>>,
    mirrored: BTreeMap<(String, String), Vec<Rc<EndpointSlice>>>,
}

impl GivenSlices {
    pub fn add(&mut self, given: &[Rc<EndpointSlice>], mirrored: bool) {
        let lists = if mirrored { &mut self.mirrored } else { &mut self.written };
        for slice in given {
            if let Some(service) = &slice.service {
                lists.entry((slice.meta.namespace.clone(), service.clone())).or_default().push(Rc::clone(slice));
            }
        }
    }

    /// Those of a Service. Endpoints are mirrored for a Service without selector only: behind a selector the endpoints
    /// controller writes over them (`pkg/controller/endpointslicemirroring`, `syncEndpoints`). Nor are they mirrored twice.
    pub fn take(&mut self, key: &(String, String), spec: &ServiceSpec) -> Vec<Rc<EndpointSlice>> {
        let mut slices = self.written.remove(key).unwrap_or_default();
        slices.sort_by(|a, b| a.meta.name.cmp(&b.meta.name));
        let mirror = |slice: &Rc<EndpointSlice>| slice.meta.labels.get(MANAGED_BY).is_some_and(|by| by == MIRRORING);
        if spec.selector.is_none() && !slices.iter().any(mirror) {
            for mut slice in self.mirrored.remove(key).unwrap_or_default() {
                let number = slices.len().to_string();
                Rc::make_mut(&mut slice).meta.name = generate(&format!("{}-", key.1), &suffix(&[&key.0, &key.1, &number]));
                slices.push(slice);
            }
        }
        slices
    }
}
