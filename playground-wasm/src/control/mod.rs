//! Controllers, scheduler and kubelets as steps on a virtual clock: they turn objects into a running cluster.
//!
//! [`Simulation`] owns the cluster and everything derived from it. Time is an argument: nothing here asks for the hour, so
//! the same objects and seed give the same history.

mod assemble;
mod clock;
mod edit;
mod endpoints;
mod hints;
mod ipam;
mod kubelet;
mod names;
mod probe;
mod scheduler;
mod system;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use assemble::Placed;
pub use clock::Millis;
pub use edit::Edited;
pub use names::suffix;
pub use scheduler::NO_FREE_PORTS;
pub use system::system_objects;

use crate::behavior::{self, environment};
use crate::cluster::{AddressOwner, Cluster, Config, Node, NodeId, PodId, RunState};
use crate::edge::{Edge, infrastructure};
use crate::index::Index;
use crate::model::{IpFamily, Labels, PodSpec, WorkloadKind};
use crate::net::{Network, Tables};
use crate::policy::PolicyIndex;
use crate::text::Step;
use clock::Queue;
use kubelet::Event;

/// A cluster on its clock.
#[derive(Clone)]
pub struct Simulation {
    cluster: Cluster,
    tables: Tables,
    policies: PolicyIndex,
    edge: Edge,
    queue: Queue<Event>,
    /// How each probe stands, by pod, container and probe.
    probes: Index<(PodId, usize, kubelet::ProbeKind), kubelet::ProbeState>,
    /// What is wrong with behavior annotations, by pod: the first of each workload only.
    notes: Vec<(PodId, behavior::annotation::Problem)>,
    /// Pods changed, and the slices were not made anew yet.
    endpoints_stale: bool,
}

/// No cluster takes longer to come to rest, except one that never does.
const SETTLE_LIMIT: Millis = 600_000;

impl Simulation {
    /// Builds the cluster at time zero: pods are made and scheduled, nothing has started yet.
    pub fn new(objects: &[Placed], config: Config) -> Self {
        let objects = infrastructure::complete(objects, &config);
        let mut cluster = assemble::assemble(&objects, config);
        schedule(&mut cluster);
        give_addresses(&mut cluster);
        let notes = give_behavior(&mut cluster);
        let mut tables = Tables::new(&cluster);
        tables.set_host_ports(&cluster);
        let policies = PolicyIndex::new(&cluster);
        let edge = Edge::new(&cluster);
        edge.close_ports(&mut cluster);
        let mut simulation =
            Self { cluster, tables, policies, edge, queue: Queue::default(), probes: Index::default(), notes, endpoints_stale: true };
        simulation.start_pods();
        simulation
    }

    /// The data plane as it is now.
    pub fn network(&self) -> Network<'_> {
        Network { cluster: &self.cluster, tables: &self.tables, policies: &self.policies, edge: &self.edge }
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub fn now(&self) -> Millis {
        self.queue.now()
    }

    /// What is wrong with behavior annotations.
    pub fn annotation_problems(&self) -> &[(PodId, behavior::annotation::Problem)] {
        &self.notes
    }

    /// Lets everything happen that is due by then.
    pub fn run_until(&mut self, time: Millis) {
        while let Some(event) = self.queue.pop_until(time) {
            self.handle(&event);
        }
        self.queue.advance_to(time);
        self.refresh_endpoints();
    }

    /// Lets time pass until nothing changes any more: pods are ready or will never be.
    pub fn settle(&mut self) {
        while self.queue.pending().next().is_some() {
            let Some(event) = self.queue.pop_until(SETTLE_LIMIT) else { break };
            self.handle(&event);
        }
        self.refresh_endpoints();
    }

    fn refresh_endpoints(&mut self) {
        if self.endpoints_stale {
            endpoints::make_slices(&mut self.cluster);
            self.tables.endpoints_changed();
            self.endpoints_stale = false;
        }
    }
}

/// Whether a DaemonSet puts a pod on a node: its controller adds tolerations for a node's own troubles
/// (`pkg/controller/daemon/util`, `AddOrUpdateDaemonPodTolerations`).
fn daemon_fits(spec: &PodSpec, node: &Node) -> bool {
    node.taints.iter().all(|taint| {
        taint.effect == "PreferNoSchedule"
            || taint.key.starts_with("node.kubernetes.io/")
            || spec.tolerations.iter().any(|toleration| scheduler::tolerates(toleration, &taint.key, &taint.value, &taint.effect))
    }) && crate::model::contains_all(&node.labels, &spec.node_selector)
}

fn schedule(cluster: &mut Cluster) {
    let mut scheduler = scheduler::Scheduler::default();
    let names: Index<String, NodeId> = cluster.nodes().map(|(id, node)| (node.name.clone(), id)).collect();
    // Pods that name their node stand there already when the others look for a place.
    for index in 0..cluster.pods.len() {
        if let Some(name) = cluster.pods[index].spec().node_name.clone() {
            match names.get(&name) {
                Some(&id) => {
                    cluster.pods[index].node = Some(id);
                    scheduler.bind(&cluster.pods[index], id);
                }
                None => cluster.pods[index].why = format!("spec.nodeName names {name}, and there is no such node"),
            }
        }
    }
    for index in 0..cluster.pods.len() {
        let pod = &cluster.pods[index];
        if pod.spec().node_name.is_some() {
            continue;
        }
        match scheduler.place(cluster, pod) {
            Ok(id) => {
                cluster.pods[index].node = Some(id);
                scheduler.bind(&cluster.pods[index], id);
            }
            Err(why) => cluster.pods[index].why = why,
        }
    }
}

/// Pod addresses from each node's range; those written in a status are kept.
fn give_addresses(cluster: &mut Cluster) {
    let mut addresses = ipam::Addresses::default();
    cluster.addresses = cluster.nodes().flat_map(|(id, node)| node.ips.iter().map(move |&ip| (ip, AddressOwner::Node(id)))).collect();
    for pod in &cluster.pods {
        for &ip in &pod.claimed.ips {
            addresses.reserve(ip);
        }
    }
    for index in 0..cluster.pods.len() {
        let pod = &cluster.pods[index];
        let Some(node) = pod.node else { continue };
        if pod.claimed.finished.is_some() {
            continue;
        }
        let host = cluster.node(node);
        let ips = if pod.spec().host_network {
            host.ips.clone()
        } else if pod.claimed.ips.is_empty() {
            // The second address of a range is the first that a pod gets: the first is the node's end of the bridge.
            host.pod_cidrs.iter().filter_map(|cidr| addresses.next(cidr, 2)).collect()
        } else {
            pod.claimed.ips.clone()
        };
        if !pod.spec().host_network {
            let id = PodId(u32::try_from(index).unwrap_or(u32::MAX));
            for &ip in &ips {
                cluster.addresses.entry(ip).or_insert(AddressOwner::Pod(id));
            }
        }
        cluster.pods[index].ips = ips;
    }
}

/// What each pod's containers do; pods of one workload share it unless their environment differs.
fn give_behavior(cluster: &mut Cluster) -> Vec<(PodId, behavior::annotation::Problem)> {
    let service_env = service_environments(cluster);
    let empty = Labels::new();
    let mut notes = Vec::new();
    let mut noted = std::collections::BTreeSet::new();
    for index in 0..cluster.pods.len() {
        let pod = &cluster.pods[index];
        let workload = cluster.workload(pod.workload);
        // A pod given beside its owner holds its own spec.
        let kind = if cluster.sources.id(pod.object).kind == "Pod" { WorkloadKind::Pod } else { workload.kind };
        let spec_path: Vec<Step> = kind.pod_spec_path().iter().map(|&field| Step::from(field)).collect();
        let annotations = if kind == WorkloadKind::Pod { &pod.meta.annotations } else { &pod.template.annotations };
        let (annotation, problems) = match annotations.get(behavior::annotation::ANNOTATION) {
            Some(text) => behavior::annotation::read(text, &pod.spec().containers, &spec_path),
            None => Default::default(),
        };
        let id = PodId(u32::try_from(index).unwrap_or(u32::MAX));
        if noted.insert(pod.object) {
            notes.extend(problems.into_iter().map(|problem| (id, problem)));
        }
        let services = if pod.spec().enable_service_links { service_env.get(&pod.meta.namespace).unwrap_or(&empty) } else { &empty };
        let field = |path: &str| field_value(cluster, id, path);
        let inputs = environment::Inputs {
            spec: &spec_path,
            namespace: &pod.meta.namespace,
            config_data: &cluster.config_data,
            services,
            field: &field,
        };
        let mut states = pod.containers.clone();
        let mut behaviors = Vec::with_capacity(states.len());
        for (container, state) in pod.spec().containers.iter().zip(&mut states) {
            let env = match environment::resolve(container, &inputs) {
                Ok(env) => env,
                Err(error) => {
                    state.run = RunState::Waiting { reason: "CreateContainerConfigError".into(), message: error.message };
                    environment::Environment::default()
                }
            };
            let annotated = annotation.get(&container.name);
            let subject = behavior::Subject { container, spec: &spec_path, env: &env, annotated };
            behaviors.push(behavior::behave(&subject));
        }
        let pod = &mut cluster.pods[index];
        pod.containers = states;
        pod.behavior = Rc::from(behaviors);
    }
    notes
}

/// The `{SVC}_SERVICE_HOST` variables of each namespace.
fn service_environments(cluster: &Cluster) -> BTreeMap<String, Labels> {
    let mut environments: BTreeMap<String, Labels> = BTreeMap::new();
    for service in &cluster.services {
        let Some(&address) = service.cluster_ips.first() else { continue };
        let meta = service.meta();
        let ports: Vec<_> = service
            .spec
            .ports
            .iter()
            .map(|port| (Some(port.name.as_str()).filter(|name| !name.is_empty()), port.port, port.protocol))
            .collect();
        environment::service_variables(&meta.name, address, &ports, environments.entry(meta.namespace.clone()).or_default());
    }
    environments
}

/// The fields that the downward API can put into the environment (`pkg/fieldpath`).
fn field_value(cluster: &Cluster, id: PodId, path: &str) -> Option<String> {
    let pod = cluster.pod(id);
    let key = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix("']").map(str::to_owned);
    if let Some(key) = key("metadata.labels['") {
        return Some(pod.meta.labels.get(&key).cloned().unwrap_or_default());
    }
    if let Some(key) = key("metadata.annotations['") {
        return Some(pod.meta.annotations.get(&key).cloned().unwrap_or_default());
    }
    let joined = |ips: &[std::net::IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    match path {
        "metadata.name" => Some(pod.meta.name.clone()),
        "metadata.namespace" => Some(pod.meta.namespace.clone()),
        "spec.nodeName" => pod.node.map(|node| cluster.node(node).name.clone()),
        "spec.serviceAccountName" => Some(pod.spec().service_account.clone()),
        "status.podIP" => pod.ip(IpFamily::V4).or_else(|| pod.ips.first().copied()).map(|ip| ip.to_string()),
        "status.podIPs" => Some(joined(&pod.ips)),
        "status.hostIP" => pod.node.and_then(|node| cluster.node(node).ips.first()).map(ToString::to_string),
        "status.hostIPs" => pod.node.map(|node| joined(&cluster.node(node).ips)),
        _ => None,
    }
}
