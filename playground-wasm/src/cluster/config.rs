//! What surrounds the objects: address ranges, proxy mode, and which helpers a cluster has.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

/// The cluster-wide settings that a scenario may override.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the scenario contract")]
pub struct Config {
    /// Node i takes the i-th /24 of it.
    pub pod_cidr: IpNet,
    pub service_cidr: IpNet,
    /// The IPv6 counterparts, used by dual-stack Services and pods.
    pub pod_cidr_v6: IpNet,
    pub service_cidr_v6: IpNet,
    pub cluster_domain: String,
    pub proxy_mode: ProxyMode,
    pub enforce_network_policy: bool,
    pub hairpin: bool,
    pub load_balancer: bool,
    pub ingress_controller: bool,
    /// The ingress controller stands there even where no manifest has an Ingress: somebody asks it.
    pub asks_ingress: bool,
    /// How many nodes there are without Node objects.
    pub nodes: u32,
    /// Seeds every choice that Kubernetes leaves to chance.
    pub seed: u64,
}

/// How kube-proxy programs a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProxyMode {
    #[default]
    Iptables,
    Ipvs,
    Nftables,
}

impl ProxyMode {
    /// The mode of that name in kube-proxy's configuration; the error says which there are.
    pub fn from_name(name: &str) -> Result<Self, String> {
        match name {
            "iptables" => Ok(Self::Iptables),
            "ipvs" => Ok(Self::Ipvs),
            "nftables" => Ok(Self::Nftables),
            other => Err(format!("proxy mode {other:?} is none of iptables, ipvs and nftables")),
        }
    }
}

impl Config {
    /// What the load-balancer controller hands out: TEST-NET-3 (RFC 5737).
    pub const LOAD_BALANCERS: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(203, 0, 113, 0), 24));

    /// Whether an address is the load-balancer controller's to hand out, so that nobody answers there until a Service has it.
    pub fn is_for_load_balancers(&self, address: IpAddr) -> bool {
        self.load_balancer && Self::LOAD_BALANCERS.contains(&address)
    }
}

impl Default for Config {
    fn default() -> Self {
        let net = |a, b, c, d, length| IpNet::new_assert(IpAddr::from([a, b, c, d]), length);
        let net6 = |segments: [u16; 8], length| IpNet::new_assert(IpAddr::from(segments), length);
        Self {
            pod_cidr: net(10, 244, 0, 0, 16),
            service_cidr: net(10, 96, 0, 0, 16),
            pod_cidr_v6: net6([0xfd00, 0x10, 0x244, 0, 0, 0, 0, 0], 56),
            service_cidr_v6: net6([0xfd00, 0x10, 0x96, 0, 0, 0, 0, 0], 112),
            cluster_domain: "cluster.local".into(),
            proxy_mode: ProxyMode::Iptables,
            enforce_network_policy: true,
            hairpin: true,
            load_balancer: true,
            ingress_controller: true,
            asks_ingress: false,
            nodes: 3,
            seed: 1,
        }
    }
}
