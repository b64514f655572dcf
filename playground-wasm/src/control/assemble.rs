//! Builds a cluster from accepted objects: namespaces, nodes, Services with their addresses, and the pods that workloads make.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::rc::Rc;

use super::ipam::{Addresses, NodePorts, nth, subnet};
use super::names::{generate, suffix, template_hash};
use crate::cluster::{Cluster, Config, ContainerState, Node, ObjectRef, Phase, Pod, RunState, Service, ServiceId, Source, WorkloadId};
use crate::dns::corefile::{self, Corefile};
use crate::model::{
    ClaimedStatus, ClusterIps, EndpointSlice, IpFamily, Labels, LoadBalancerIngress, Meta, NodeSpec, Service as ServiceSpec, ServiceType,
    TrafficPolicy, Workload, WorkloadKind,
};
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

/// Builds the cluster as it is before anything was scheduled. Objects are in the order of their ids.
pub fn assemble(objects: &[Placed], config: Config) -> Cluster {
    let mut cluster = Cluster { config, ..Cluster::default() };
    let mut services: Vec<(ObjectRef, Rc<ServiceSpec>)> = Vec::new();
    let mut slices = GivenSlices::default();
    let mut nodes: Vec<(ObjectRef, Rc<NodeSpec>)> = Vec::new();
    let mut pods: Vec<(WorkloadId, Rc<ClaimedStatus>)> = Vec::new();
    for (index, placed) in (0_u32..).zip(objects) {
        let object = ObjectRef(index);
        let manifest = &placed.manifest;
        cluster.sources.objects.push(Source {
            id: manifest.id.clone(),
            file: placed.file,
            first_line: placed.first_line,
            root: Rc::clone(&manifest.root),
            text: Rc::clone(&placed.text),
        });
        if !manifest.id.namespace.is_empty() {
            add_namespace(&mut cluster, &manifest.id.namespace, &Labels::new());
        }
        match &manifest.body {
            Some(Body::Namespace(meta)) => add_namespace(&mut cluster, &meta.name, &meta.labels),
            Some(Body::Node(node)) => nodes.push((object, Rc::clone(node))),
            Some(Body::Workload(workload, claimed)) => {
                let id = WorkloadId(u32::try_from(cluster.workloads.len()).unwrap_or(u32::MAX));
                cluster.workloads.push((object, Rc::clone(workload)));
                pods.push((id, Rc::clone(claimed)));
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
    let given = cluster.config_data.get(&(false, corefile::NAMESPACE.to_owned(), corefile::CONFIG_MAP.to_owned()));
    let given = given.and_then(|data| corefile::parse(data.get(corefile::KEY)?).0);
    cluster.corefile = given.unwrap_or_else(|| Corefile::of_kubeadm(&cluster.config.cluster_domain));
    for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        add_namespace(&mut cluster, namespace, &Labels::new());
    }
    // Nothing depends on the order in which objects were written.
    nodes.sort_by(|(_, a), (_, b)| a.meta.name.cmp(&b.meta.name));
    cluster.policies.sort_by(|(_, a), (_, b)| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    make_nodes(&mut cluster, &nodes);
    make_services(&mut cluster, services, slices);
    make_pods(&mut cluster, &pods);
    cluster
}

fn add_namespace(cluster: &mut Cluster, name: &str, labels: &Labels) {
    let entry = cluster.namespaces.entry(name.to_owned()).or_default();
    entry.extend(labels.clone());
    entry.insert("kubernetes.io/metadata.name".into(), name.to_owned());
}

/// The slices that manifests bring, by namespace and Service: EndpointSlices, and what mirrors Endpoints.
#[derive(Default)]
struct GivenSlices {
    written: BTreeMap<(String, String), Vec<Rc<EndpointSlice>>>,
    mirrored: BTreeMap<(String, String), Vec<Rc<EndpointSlice>>>,
}

impl GivenSlices {
    fn add(&mut self, given: &[Rc<EndpointSlice>], mirrored: bool) {
        let lists = if mirrored { &mut self.mirrored } else { &mut self.written };
        for slice in given {
            if let Some(service) = &slice.service {
                lists.entry((slice.meta.namespace.clone(), service.clone())).or_default().push(Rc::clone(slice));
            }
        }
    }

    /// Those of a Service. Endpoints are mirrored for a Service without selector only: behind a selector the endpoints
    /// controller writes over them (`pkg/controller/endpointslicemirroring`, `syncEndpoints`). Nor are they mirrored twice.
    fn take(&mut self, key: &(String, String), spec: &ServiceSpec) -> Vec<Rc<EndpointSlice>> {
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

/// What a node has whose manifest does not say: four cores, so that all such nodes are alike.
const NODE_CPU: u32 = 4_000;

fn make_nodes(cluster: &mut Cluster, given: &[(ObjectRef, Rc<NodeSpec>)]) {
    let mut addresses = Addresses::default();
    for (_, node) in given {
        for &ip in &node.ips {
            addresses.reserve(ip);
        }
    }
    let default_specs: Vec<(Option<ObjectRef>, Rc<NodeSpec>)> = if given.is_empty() {
        (1..=cluster.config.nodes).map(|number| (None, Rc::new(default_node(number)))).collect()
    } else {
        given.iter().map(|(object, spec)| (Some(*object), Rc::clone(spec))).collect()
    };
    let lan = ipnet::IpNet::new_assert(IpAddr::from([192, 168, 0, 0]), 16);
    for (number, (object, spec)) in (1_u32..).zip(default_specs) {
        let mut ips = spec.ips.clone();
        if ips.is_empty() {
            ips.extend(nth(&lan, 10 + number).filter(|&ip| addresses.reserve(ip)).or_else(|| addresses.next(&lan, 11)));
        }
        let mut pod_cidrs = spec.pod_cidrs.clone();
        if pod_cidrs.is_empty() {
            let length = cluster.config.pod_cidr.prefix_len().max(24);
            pod_cidrs.extend(subnet(&cluster.config.pod_cidr, number, length));
            pod_cidrs.extend(subnet(&cluster.config.pod_cidr_v6, number, 64));
        }
        cluster.nodes.push(Node {
            name: spec.meta.name.clone(),
            labels: spec.meta.labels.clone(),
            taints: spec.taints.clone(),
            cpu_millis: spec.cpu_millis.unwrap_or(NODE_CPU),
            ips,
            pod_cidrs,
            ready: spec.ready,
            object,
        });
    }
}

/// A node as a kubelet registers it on a Linux amd64 machine; the zones go round.
fn default_node(number: u32) -> NodeSpec {
    let name = format!("node-{number}");
    let zone = ["zone-a", "zone-b", "zone-c"][(number as usize + 2) % 3];
    let labels = [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("topology.kubernetes.io/zone", zone),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    let meta = Meta { name: name.clone(), labels: labels.into(), ..Meta::default() };
    NodeSpec { meta, ips: Vec::new(), pod_cidrs: Vec::new(), taints: Vec::new(), cpu_millis: None, ready: true }
}

fn make_services(cluster: &mut Cluster, mut specs: Vec<(ObjectRef, Rc<ServiceSpec>)>, mut slices: GivenSlices) {
    specs.sort_unstable_by(|(_, a), (_, b)| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    let mut addresses = Addresses::default();
    let mut node_ports = NodePorts::default();
    for (_, spec) in &specs {
        if let ClusterIps::Fixed(ips) = &spec.cluster_ips {
            for &ip in ips {
                addresses.reserve(ip);
            }
        }
        for port in spec.ports.iter().filter_map(|port| port.node_port).chain(spec.health_check_node_port) {
            node_ports.reserve(port);
        }
    }
    let config = cluster.config.clone();
    for address in [well_known(&config, 1), well_known(&config, 10)].into_iter().flatten() {
        addresses.reserve(address);
    }
    let mut balancer = Addresses::default();
    for (_, spec) in &specs {
        spec.load_balancer_status.iter().flatten().filter_map(|ingress| ingress.ip).chain(spec.load_balancer_ip).for_each(|ip| {
            balancer.reserve(ip);
        });
    }
    for (object, spec) in specs {
        let key = (spec.meta.namespace.clone(), spec.meta.name.clone());
        let cluster_ips = service_addresses(&config, &spec, &mut addresses);
        let ports = service_node_ports(&spec, &mut node_ports);
        let health_check_node_port = health_check_node_port(&spec, &mut node_ports);
        let load_balancer = load_balancer(&config, &spec, &mut balancer);
        cluster.service_names.insert(key.clone(), ServiceId(u32::try_from(cluster.services.len()).unwrap_or(u32::MAX)));
        let slices = slices.take(&key, &spec);
        let slices_given = !slices.is_empty();
        cluster.services.push(Service {
            spec,
            object,
            cluster_ips,
            node_ports: ports,
            health_check_node_port,
            load_balancer,
            slices,
            slices_given,
        });
    }
}

/// An address that kubeadm gives a Service of its own: the first is the API server's, the tenth the name server's.
fn well_known(config: &Config, offset: u32) -> Option<IpAddr> {
    nth(&config.service_cidr, offset)
}

fn service_addresses(config: &Config, spec: &ServiceSpec, addresses: &mut Addresses) -> Vec<IpAddr> {
    if matches!(spec.service_type, ServiceType::ExternalName(_)) {
        return Vec::new();
    }
    match &spec.cluster_ips {
        ClusterIps::Headless => return Vec::new(),
        ClusterIps::Fixed(ips) => return ips.clone(),
        ClusterIps::Auto => {}
    }
    let name = (spec.meta.namespace.as_str(), spec.meta.name.as_str());
    let reserved = match name {
        ("default", "kubernetes") => Some(1),
        ("kube-system", "kube-dns") => Some(10),
        _ => None,
    };
    if let Some(address) = reserved.and_then(|offset| well_known(config, offset)) {
        return vec![address];
    }
    let mut families = spec.ip_families.clone();
    if families.is_empty() {
        families.push(IpFamily::V4);
    }
    if spec.dual_stack && families.len() == 1 {
        families.push(if families[0] == IpFamily::V4 { IpFamily::V6 } else { IpFamily::V4 });
    }
    families
        .into_iter()
        .filter_map(|family| {
            let net = if family == IpFamily::V4 { &config.service_cidr } else { &config.service_cidr_v6 };
            // The allocator leaves the lower part of the range to those who ask for an address.
            let bits = if family == IpFamily::V4 { 32 } else { 128 } - u32::from(net.prefix_len());
            let size = 1_u32.checked_shl(bits.min(16)).unwrap_or(1 << 16).saturating_sub(2).max(1);
            let first = (size / 16).clamp(1, 256);
            addresses.by_name(net, &[name.0, name.1], first, size.saturating_sub(first).max(1))
        })
        .collect()
}

fn service_node_ports(spec: &ServiceSpec, node_ports: &mut NodePorts) -> Vec<Option<u16>> {
    let due = match spec.service_type {
        ServiceType::NodePort => true,
        ServiceType::LoadBalancer => spec.allocate_node_ports,
        ServiceType::ClusterIp | ServiceType::ExternalName(_) => false,
    };
    let mut given: Vec<(u16, u16)> = Vec::new();
    spec.ports
        .iter()
        .map(|port| {
            // One number serves both protocols of a port (`pkg/registry/core/service/portallocator`).
            let shared = given.iter().find(|(number, _)| *number == port.port).map(|(_, node_port)| *node_port);
            let chosen = port.node_port.or_else(|| {
                if !due {
                    return None;
                }
                shared.or_else(|| node_ports.by_name(&[&spec.meta.namespace, &spec.meta.name, &port.port.to_string()]))
            });
            if let Some(node_port) = chosen {
                given.push((port.port, node_port));
            }
            chosen
        })
        .collect()
}

/// As given, or allocated like a node port (`pkg/registry/core/service/storage`, `initNodePorts`).
fn health_check_node_port(spec: &ServiceSpec, node_ports: &mut NodePorts) -> Option<u16> {
    let asked = spec.service_type == ServiceType::LoadBalancer && spec.external_traffic_policy == TrafficPolicy::Local;
    if !asked {
        return None;
    }
    spec.health_check_node_port.or_else(|| node_ports.by_name(&[&spec.meta.namespace, &spec.meta.name, "health"]))
}

/// Addresses of a load balancer: as given, or handed out by the controller.
fn load_balancer(config: &Config, spec: &ServiceSpec, addresses: &mut Addresses) -> Vec<LoadBalancerIngress> {
    if spec.service_type != ServiceType::LoadBalancer {
        return Vec::new();
    }
    if let Some(given) = &spec.load_balancer_status {
        return given.clone();
    }
    // A class of its own is some other controller's.
    if !config.load_balancer || spec.load_balancer_class.is_some() {
        return Vec::new();
    }
    let address = spec.load_balancer_ip.or_else(|| addresses.next(&Config::LOAD_BALANCERS, 10));
    address.map(|ip| LoadBalancerIngress { ip: Some(ip), hostname: None, proxy_mode: false }).into_iter().collect()
}

fn make_pods(cluster: &mut Cluster, workloads: &[(WorkloadId, Rc<ClaimedStatus>)]) {
    let mut pods: Vec<Pod> = Vec::new();
    let mut adopted: BTreeSet<(String, String, String)> = BTreeSet::new();
    let names: BTreeSet<(String, String, String)> =
        cluster.workloads.iter().map(|(_, w)| (w.kind.as_str().to_owned(), w.meta.namespace.clone(), w.meta.name.clone())).collect();
    let given_pods: Vec<Rc<Workload>> = cluster.workloads.iter().map(|(_, workload)| Rc::clone(workload)).collect();
    // Pods given by a manifest that names their controller stand in for those it would make.
    for workload in &given_pods {
        if let Some((kind, name)) = &workload.owner {
            adopted.insert((kind.clone(), workload.meta.namespace.clone(), name.clone()));
        }
    }
    for (id, claimed) in workloads {
        let (object, workload) = cluster.workloads[id.0 as usize].clone();
        let key = (workload.kind.as_str().to_owned(), workload.meta.namespace.clone(), workload.meta.name.clone());
        let owned = workload
            .owner
            .as_ref()
            .is_some_and(|(kind, name)| names.contains(&(kind.clone(), workload.meta.namespace.clone(), name.clone())));
        if workload.kind == WorkloadKind::Pod {
            let mut labels = workload.template.labels.clone();
            labels.extend(workload.meta.labels.clone());
            let meta = Meta { labels, ..workload.meta.clone() };
            let owner = if owned { top_owner(cluster, &workload) } else { None };
            pods.push(new_pod(meta, owner.unwrap_or(*id), object, &workload, claimed));
        } else if !adopted.contains(&key) && !workload.suspended {
            for (name, labels) in pod_names(cluster, &workload) {
                let meta =
                    Meta { namespace: workload.meta.namespace.clone(), name, labels, annotations: workload.template.annotations.clone() };
                pods.push(new_pod(meta, *id, object, &workload, claimed));
            }
        }
    }
    pods.sort_unstable_by(|a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    cluster.pods = pods;
    cluster.find_first_pods();
}

/// The workload at the head of an owner chain: Pod, ReplicaSet, Deployment.
fn top_owner(cluster: &Cluster, workload: &Workload) -> Option<WorkloadId> {
    let mut current = workload;
    let mut found = None;
    // A chain is never longer than this; a cycle in pasted manifests must not hang.
    for _ in 0..4 {
        let Some((kind, name)) = &current.owner else { break };
        let position = cluster.workloads.iter().position(|(_, candidate)| {
            candidate.kind.as_str() == kind && candidate.meta.name == *name && candidate.meta.namespace == workload.meta.namespace
        });
        let Some(index) = position else { break };
        found = u32::try_from(index).ok().map(WorkloadId);
        current = &cluster.workloads[index].1;
    }
    found
}

fn new_pod(meta: Meta, id: WorkloadId, object: ObjectRef, workload: &Workload, claimed: &Rc<ClaimedStatus>) -> Pod {
    let spec = &workload.template.spec;
    // A StatefulSet gives its pods both names (`pkg/controller/statefulset`, `initIdentity`).
    let stateful = workload.kind == WorkloadKind::StatefulSet;
    let given_hostname = if stateful { Some(meta.name.clone()) } else { spec.hostname.clone() };
    let subdomain = if stateful { Some(workload.service_name.clone()).filter(|name| !name.is_empty()) } else { spec.subdomain.clone() };
    let hostname =
        given_hostname.clone().unwrap_or_else(|| meta.name.chars().take(63).collect::<String>().trim_end_matches(['-', '.']).to_owned());
    let waiting = ContainerState {
        run: RunState::Waiting { reason: "ContainerCreating".into(), message: String::new() },
        ready: false,
        started: false,
        restarts: 0,
    };
    Pod {
        meta,
        workload: id,
        object,
        template: Rc::clone(&workload.template),
        node: None,
        ips: Vec::new(),
        phase: Phase::Pending,
        ready: false,
        terminating: claimed.terminating,
        why: String::new(),
        containers: vec![waiting; spec.containers.len()],
        behavior: Rc::from([]),
        hostname,
        given_hostname,
        subdomain,
        claimed: claimed.as_ref().clone(),
    }
}

/// Names and labels of the pods that a workload makes, as its controller would name them.
fn pod_names(cluster: &Cluster, workload: &Workload) -> Vec<(String, Labels)> {
    let Meta { namespace, name, .. } = &workload.meta;
    let mut labels = workload.template.labels.clone();
    let random = |prefix: &str, ordinal: u32| generate(prefix, &suffix(&[namespace, prefix, &ordinal.to_string()]));
    match workload.kind {
        WorkloadKind::Deployment => {
            let hash = template_hash(workload.template.hash);
            labels.insert("pod-template-hash".into(), hash.clone());
            let set = format!("{name}-{hash}-");
            (0..workload.replicas).map(|ordinal| (random(&set, ordinal), labels.clone())).collect()
        }
        WorkloadKind::ReplicaSet | WorkloadKind::ReplicationController => {
            let prefix = format!("{name}-");
            (0..workload.replicas).map(|ordinal| (random(&prefix, ordinal), labels.clone())).collect()
        }
        WorkloadKind::StatefulSet => {
            labels.insert("controller-revision-hash".into(), format!("{name}-{}", template_hash(workload.template.hash)));
            (0..workload.replicas)
                .map(|ordinal| {
                    let pod = format!("{name}-{ordinal}");
                    let mut labels = labels.clone();
                    labels.insert("statefulset.kubernetes.io/pod-name".into(), pod.clone());
                    labels.insert("apps.kubernetes.io/pod-index".into(), ordinal.to_string());
                    (pod, labels)
                })
                .collect()
        }
        WorkloadKind::DaemonSet => {
            labels.insert("controller-revision-hash".into(), template_hash(workload.template.hash));
            let prefix = format!("{name}-");
            // One for each node that its pods tolerate; where each goes is the scheduler's to say.
            let count = cluster.nodes.iter().filter(|node| super::daemon_fits(&workload.template.spec, node)).count();
            (0..u32::try_from(count).unwrap_or(0)).map(|ordinal| (random(&prefix, ordinal), labels.clone())).collect()
        }
        WorkloadKind::Job => {
            for key in ["batch.kubernetes.io/job-name", "job-name"] {
                labels.insert(key.into(), name.clone());
            }
            let prefix = format!("{name}-");
            (0..workload.replicas).map(|ordinal| (random(&prefix, ordinal), labels.clone())).collect()
        }
        WorkloadKind::Pod | WorkloadKind::CronJob => Vec::new(),
    }
}
