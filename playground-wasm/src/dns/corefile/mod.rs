//! CoreDNS's configuration: the `Corefile` of the ConfigMap `coredns` in `kube-system`, or else the one that kubeadm installs.
//!
//! Of the plugins that decide answers `rewrite name` (without regular expressions), `hosts` (inline), `kubernetes` and `forward` are
//! modelled, and `cache` for what is forwarded; they act in the order of CoreDNS's `plugin.cfg`, whatever theirs in the file.
//! Those that decide none (`errors`, `health`, `loop`, ...) are passed over, of all others there is a note. Ports are not looked at.

mod hosts;
mod parse;
mod rewrite;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use hosts::Table;
pub use parse::parse;
pub use rewrite::Rewrite;

use super::Name;

/// The ConfigMap that holds it, and its key.
pub const NAMESPACE: &str = "kube-system";
pub const CONFIG_MAP: &str = "coredns";
pub const KEY: &str = "Corefile";

/// The server blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corefile {
    pub servers: Vec<Server>,
}

/// One server block; zones are in lower case and have their root dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    pub zones: Vec<String>,
    pub rewrites: Vec<Rewrite>,
    pub hosts: Option<Table>,
    pub kubernetes: Option<Kubernetes>,
    pub forwards: Vec<ForwardTo>,
}

/// The plugin `kubernetes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubernetes {
    pub zones: Vec<String>,
    pub pods: Pods,
    /// Seconds.
    pub ttl: u32,
    pub fallthrough: Fallthrough,
    /// `namespaces`: those with records; empty for all.
    pub namespaces: Vec<String>,
    /// `endpoint_pod_names`: an endpoint without hostname has its pod's name.
    pub pod_names: bool,
    /// Not with `noendpoints`: then no endpoint has records.
    pub endpoints: bool,
    /// `ignore empty_service`: a Service with cluster IPs and without ready endpoints has no records.
    pub ignore_empty: bool,
}

/// Which pod records there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pods {
    Disabled,
    /// Every address has one.
    Insecure,
    /// Only those that a pod of the namespace has.
    Verified,
}

/// For which zones a name that is not found is the next plugin's; none for no zone, empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fallthrough(pub Option<Vec<String>>);

/// The plugin `forward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardTo {
    /// The names it is for: its own zone, or those of its server block.
    pub zones: Vec<String>,
    pub except: Vec<String>,
    pub to: Vec<Upstream>,
    /// For how many seconds at most answers are remembered; absent without a cache.
    pub cache_s: Option<u32>,
}

/// Where questions are passed on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upstream {
    Address(IpAddr),
    /// The servers in CoreDNS's own `/etc/resolv.conf`.
    ResolvConf,
}

impl Corefile {
    /// The one that kubeadm installs (`cmd/kubeadm/app/phases/addons/dns/manifests.go`).
    pub fn of_kubeadm(domain: &str) -> Self {
        let domain = format!("{}.", domain.trim_end_matches('.').to_ascii_lowercase());
        let reverse = || ["in-addr.arpa.", "ip6.arpa."].map(str::to_owned);
        let kubernetes = Kubernetes {
            pods: Pods::Insecure,
            ttl: 30,
            fallthrough: Fallthrough(Some(reverse().into())),
            ..Kubernetes::new([domain].into_iter().chain(reverse()).collect())
        };
        let forward = ForwardTo { zones: vec![".".into()], except: Vec::new(), to: vec![Upstream::ResolvConf], cache_s: Some(30) };
        let server = Server { zones: vec![".".into()], kubernetes: Some(kubernetes), forwards: vec![forward], ..Server::default() };
        Self { servers: vec![server] }
    }

    /// The server block that a name belongs to: that of the longest zone.
    pub fn server(&self, name: &Name) -> Option<&Server> {
        let zones = self.servers.iter().flat_map(|server| server.zones.iter().map(move |zone| (server, zone)));
        zones.filter(|(_, zone)| name.is_within(zone)).max_by_key(|(_, zone)| zone.len()).map(|(server, _)| server)
    }
}

impl Default for Corefile {
    fn default() -> Self {
        Self::of_kubeadm("cluster.local")
    }
}

impl Kubernetes {
    /// The plugin without options.
    pub fn new(zones: Vec<String>) -> Self {
        Self {
            zones,
            pods: Pods::Disabled,
            ttl: 5,
            fallthrough: Fallthrough::default(),
            namespaces: Vec::new(),
            pod_names: false,
            endpoints: true,
            ignore_empty: false,
        }
    }

    /// Whether the namespace is one of those that have records.
    pub fn exposes(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|exposed| exposed == namespace)
    }

    /// The zone of Services and pods: the first that is not a reverse zone.
    pub fn domain(&self) -> &str {
        let mut forward = self.zones.iter().filter(|zone| !zone.ends_with(".arpa."));
        forward.next().map_or("", String::as_str)
    }
}

impl Fallthrough {
    pub fn covers(&self, name: &Name) -> bool {
        self.0.as_ref().is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| name.is_within(zone)))
    }
}

impl ForwardTo {
    pub fn covers(&self, name: &Name) -> bool {
        let within = |zones: &[String]| zones.iter().any(|zone| name.is_within(zone));
        within(&self.zones) && !within(&self.except)
    }

    /// Whether it is for a part of the names only, which its servers are then taken to know.
    pub fn is_stub(&self) -> bool {
        !self.zones.iter().any(|zone| zone == ".")
    }
}
