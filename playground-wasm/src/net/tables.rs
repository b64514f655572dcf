//! The lookup tables of a node's Service rules: which Service and port an address belongs to.
//!
//! They are the same on every node; what differs between nodes (local endpoints, topology) is decided per packet.

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;

use super::endpoints::{Categories, categorize};
use super::proxied::{Proxied, has_family};
use super::service::Via;
use crate::cluster::{Cluster, Config, NodeId, PodId, Renumbering, ServiceId};
use crate::index::Index;
use crate::model::{IpFamily, Protocol};

/// A Service's port, by its index, in a family, as a node sees it.
type PortOnNode = (ServiceId, usize, IpFamily, NodeId);

/// Service addresses and node ports, derived from the Services alone.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    addresses: Index<(IpAddr, Protocol, u16), Entry>,
    node_ports: Index<(Protocol, u16), Entry>,
    host_ports: Index<HostPort, (PodId, u16)>,
    /// `healthCheckNodePort`s, the same on every node.
    health_checks: Index<u16, ServiceId>,
    /// Which Service owns an address, whatever the port.
    owners: Index<IpAddr, (ServiceId, Via)>,
    /// Which endpoints a node may use of a port, as far as somebody has asked.
    categories: RefCell<Index<PortOnNode, Rc<Categories>>>,
    /// The ranges of nodes' pods that lie outside the cluster's.
    outlying: Vec<IpNet>,
}

/// A Service's port and the kind of address it was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub service: ServiceId,
    /// Index in `spec.ports`.
    pub port: usize,
    pub via: Via,
}

/// A port of a node, on the address that `hostIP` names, if it names one.
type HostPort = (NodeId, Protocol, u16, Option<IpAddr>);

impl Tables {
    pub fn new(cluster: &Cluster) -> Self {
        let mut tables = Self::default();
        let whole = [cluster.config.pod_cidr, cluster.config.pod_cidr_v6];
        let of_nodes = cluster.nodes.iter().flat_map(|node| &node.pod_cidrs);
        tables.outlying = of_nodes.filter(|range| !whole.iter().any(|whole| whole.contains(*range))).copied().collect();
        for family in [IpFamily::V4, IpFamily::V6] {
            for proxied in Proxied::all(cluster, family) {
                tables.add(proxied);
            }
        }
        tables
    }

    fn add(&mut self, proxied: Proxied<'_>) {
        let Proxied { id, index, .. } = proxied;
        let (port, protocol) = (proxied.port().port, proxied.port().protocol);
        let addresses = (proxied.cluster_ip().into_iter().map(|ip| (ip, Via::ClusterIp)))
            .chain(proxied.external_ips().map(|ip| (ip, Via::ExternalIp)))
            .chain(proxied.balancer_ips().map(|ip| (ip, Via::LoadBalancer)));
        for (ip, via) in addresses {
            self.owners.entry(ip).or_insert((id, via));
            // Of two Services that claim one address and port, the first keeps it.
            self.addresses.entry((ip, protocol, port)).or_insert(Entry { service: id, port: index, via });
        }
        if let Some(port) = proxied.service.health_check_node_port {
            self.health_checks.insert(port, id);
        }
        if let Some(node_port) = proxied.node_port() {
            self.node_ports.entry((protocol, node_port)).or_insert(Entry { service: id, port: index, via: Via::NodePort });
        }
    }

    /// The endpoints of a port on a node; worked out when first asked for.
    pub fn categories(&self, cluster: &Cluster, proxied: &Proxied<'_>, node: NodeId) -> Rc<Categories> {
        let key = (proxied.id, proxied.index, proxied.family, node);
        if let Some(known) = self.categories.borrow().get(&key) {
            return Rc::clone(known);
        }
        let categories = Rc::new(categorize(cluster, proxied, node));
        self.categories.borrow_mut().insert(key, Rc::clone(&categories));
        categories
    }

    /// The slices of some Service are others than before.
    pub fn endpoints_changed(&mut self) {
        self.categories.get_mut().clear();
    }

    /// Knows pods by other indices; of those that come and go none has a host port.
    pub fn renumber(&mut self, renumbering: Renumbering) {
        for (pod, _) in self.host_ports.values_mut() {
            *pod = renumbering.of(*pod).unwrap_or(*pod);
        }
    }

    /// Whether an address is of a range that pods have their addresses from.
    pub fn is_pod_range(&self, cluster: &Cluster, address: IpAddr) -> bool {
        let Config { pod_cidr, pod_cidr_v6, .. } = &cluster.config;
        let whole = if address.is_ipv4() { pod_cidr } else { pod_cidr_v6 };
        whole.contains(&address) || self.outlying.iter().any(|range| range.contains(&address))
    }

    /// The Service whose health check a port answers.
    pub fn health_check(&self, port: u16) -> Option<ServiceId> {
        self.health_checks.get(&port).copied()
    }

    /// Notes the host ports of the pods that stand on nodes (the portmap plugin's rules).
    pub fn set_host_ports(&mut self, cluster: &Cluster) {
        self.host_ports.clear();
        for (id, pod) in cluster.pods() {
            let Some(node) = pod.node.filter(|_| !pod.spec().host_network) else { continue };
            for port in pod.spec().containers.iter().flat_map(|container| &container.ports) {
                if let Some(host_port) = port.host_port {
                    let address = port.host_ip.filter(|address| !address.is_unspecified());
                    self.host_ports.entry((node, port.protocol, host_port, address)).or_insert((id, port.port));
                }
            }
        }
    }

    pub fn address(&self, ip: IpAddr, protocol: Protocol, port: u16) -> Option<Entry> {
        self.addresses.get(&(ip, protocol, port)).copied()
    }

    /// The Service behind a node port, where it is proxied in the family.
    pub fn node_port(&self, cluster: &Cluster, family: IpFamily, protocol: Protocol, port: u16) -> Option<Entry> {
        self.node_ports.get(&(protocol, port)).copied().filter(|entry| has_family(cluster.service(entry.service), family))
    }

    /// The pod and its port behind a host port of a node.
    pub fn host_port(&self, node: NodeId, address: IpAddr, protocol: Protocol, port: u16) -> Option<(PodId, u16)> {
        let at = |address| self.host_ports.get(&(node, protocol, port, address)).copied();
        at(Some(address)).or_else(|| at(None))
    }

    /// The Service that owns an address on any port.
    pub fn owner(&self, ip: IpAddr) -> Option<(ServiceId, Via)> {
        self.owners.get(&ip).copied()
    }
}
