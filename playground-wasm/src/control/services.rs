//! The Services of a cluster with the addresses and ports that they are allocated; what one has it keeps.

use std::net::IpAddr;
use std::rc::Rc;

use super::assemble::GivenSlices;
use super::ipam::{Addresses, NodePorts, nth};
use crate::cluster::{Cluster, Config, ObjectRef, Service, ServiceId};
use crate::index::Index;
use crate::model::{ClusterIps, IpFamily, LoadBalancerIngress, Service as ServiceSpec, ServiceType, TrafficPolicy};

/// Makes the Services of a cluster; `before` are those that it had.
pub fn make_services(cluster: &mut Cluster, mut specs: Vec<(ObjectRef, Rc<ServiceSpec>)>, mut slices: GivenSlices, before: Vec<Service>) {
    let mut before: Index<(String, String), Service> =
        before.into_iter().map(|service| ((service.meta().namespace.clone(), service.meta().name.clone()), service)).collect();
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
    let key = |spec: &ServiceSpec| (spec.meta.namespace.clone(), spec.meta.name.clone());
    for kept in specs.iter().filter_map(|(_, spec)| before.get(&key(spec))) {
        for &ip in &kept.cluster_ips {
            addresses.reserve(ip);
        }
        for port in kept.node_ports.iter().flatten().chain(&kept.health_check_node_port) {
            node_ports.reserve(*port);
        }
        for ip in kept.load_balancer.iter().filter_map(|ingress| ingress.ip) {
            balancer.reserve(ip);
        }
    }
    for (_, spec) in &specs {
        spec.load_balancer_status.iter().flatten().filter_map(|ingress| ingress.ip).chain(spec.load_balancer_ip).for_each(|ip| {
            balancer.reserve(ip);
        });
    }
    for (object, spec) in specs {
        let key = key(&spec);
        let kept = before.remove(&key);
        let kept = kept.as_ref();
        let cluster_ips = service_addresses(&config, &spec, kept, &mut addresses);
        let ports = service_node_ports(&spec, kept, &mut node_ports);
        let health_check_node_port = health_check_node_port(&spec, kept, &mut node_ports);
        let load_balancer = load_balancer(&config, &spec, kept, &mut balancer);
        cluster.service_names.insert(key.clone(), ServiceId(u32::try_from(cluster.services.len()).unwrap_or(u32::MAX)));
        let mut slices = slices.take(&key, &spec);
        let slices_given = !slices.is_empty();
        let mut programmed = slices.clone();
        if let Some(kept) = kept.filter(|kept| !slices_given && !kept.slices_given && spec.selector.is_some()) {
            slices.clone_from(&kept.slices);
            programmed.clone_from(&kept.programmed);
        }
        cluster.services.push(Service {
            spec,
            object,
            cluster_ips,
            node_ports: ports,
            health_check_node_port,
            load_balancer,
            slices,
            programmed,
            slices_given,
        });
    }
}

/// An address that kubeadm gives a Service of its own: the first is the API server's, the tenth the name server's.
fn well_known(config: &Config, offset: u32) -> Option<IpAddr> {
    nth(&config.service_cidr, offset)
}

fn service_addresses(config: &Config, spec: &ServiceSpec, kept: Option<&Service>, addresses: &mut Addresses) -> Vec<IpAddr> {
    if matches!(spec.service_type, ServiceType::ExternalName(_)) {
        return Vec::new();
    }
    match &spec.cluster_ips {
        ClusterIps::Headless => return Vec::new(),
        ClusterIps::Fixed(ips) => return ips.clone(),
        ClusterIps::Auto => {}
    }
    if let Some(kept) = kept.filter(|kept| !kept.cluster_ips.is_empty()) {
        return kept.cluster_ips.clone();
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

fn service_node_ports(spec: &ServiceSpec, kept: Option<&Service>, node_ports: &mut NodePorts) -> Vec<Option<u16>> {
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
                let had = kept.and_then(|kept| {
                    let mut ports = kept.spec.ports.iter().zip(&kept.node_ports);
                    ports.find(|(had, _)| (had.port, had.protocol) == (port.port, port.protocol)).and_then(|(_, node_port)| *node_port)
                });
                had.or(shared).or_else(|| node_ports.by_name(&[&spec.meta.namespace, &spec.meta.name, &port.port.to_string()]))
            });
            if let Some(node_port) = chosen {
                given.push((port.port, node_port));
            }
            chosen
        })
        .collect()
}

/// As given, or allocated like a node port (`pkg/registry/core/service/storage`, `initNodePorts`).
fn health_check_node_port(spec: &ServiceSpec, kept: Option<&Service>, node_ports: &mut NodePorts) -> Option<u16> {
    let asked = spec.service_type == ServiceType::LoadBalancer && spec.external_traffic_policy == TrafficPolicy::Local;
    if !asked {
        return None;
    }
    let had = kept.and_then(|kept| kept.health_check_node_port);
    spec.health_check_node_port.or(had).or_else(|| node_ports.by_name(&[&spec.meta.namespace, &spec.meta.name, "health"]))
}

/// Addresses of a load balancer: as given, or handed out by the controller.
fn load_balancer(config: &Config, spec: &ServiceSpec, kept: Option<&Service>, addresses: &mut Addresses) -> Vec<LoadBalancerIngress> {
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
    let had = kept.and_then(|kept| kept.load_balancer.iter().find_map(|ingress| ingress.ip));
    let address = spec.load_balancer_ip.or(had).or_else(|| addresses.next(&Config::LOAD_BALANCERS, 10));
    address.map(|ip| LoadBalancerIngress { ip: Some(ip), hostname: None, proxy_mode: false }).into_iter().collect()
}
