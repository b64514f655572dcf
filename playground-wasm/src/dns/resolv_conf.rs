//! A pod's `/etc/resolv.conf`, as the kubelet composes it (kubernetes `pkg/kubelet/network/dns/dns.go`) and the runtime writes it.
//!
//! A node's own file names one server, `world::NAME_SERVER`, and no search list.

use std::fmt;
use std::net::IpAddr;

use super::world;
use crate::cluster::{Cluster, Pod};
use crate::model::{DnsConfig, DnsPolicy};

/// The limits of the kubelet (`MaxDNSNameservers`, `MaxDNSSearchPaths`, `MaxDNSSearchListChars` of `pkg/apis/core/validation`).
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_TEXT: usize = 2_048;
const MAX_SEARCH: usize = 253;

/// The resolver's settings; `Display` gives the text of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvConf {
    pub nameservers: Vec<IpAddr>,
    pub searches: Vec<String>,
    /// In the order they are written: `ndots:5`, `rotate`.
    pub options: Vec<String>,
    /// From how many dots on a name is tried as it is before the search list.
    pub ndots: u8,
    /// How often every server is asked.
    pub attempts: u8,
    /// How long the first server is waited for, in seconds.
    pub timeout_s: u8,
}

impl ResolvConf {
    /// The file in a pod's containers.
    pub fn for_pod(cluster: &Cluster, pod: &Pod) -> Self {
        let spec = pod.spec();
        let base = match spec.dns_policy {
            DnsPolicy::None => Settings::default(),
            DnsPolicy::ClusterFirstWithHostNet => Settings::of_cluster(cluster, &pod.meta.namespace),
            // On the node's network, ClusterFirst falls back to the node's own settings.
            DnsPolicy::ClusterFirst if !spec.host_network => Settings::of_cluster(cluster, &pod.meta.namespace),
            DnsPolicy::ClusterFirst | DnsPolicy::Default => Settings::of_node(),
        };
        base.with(&spec.dns_config).limited().into()
    }

    /// The file on a node, and of anybody outside the cluster.
    pub fn for_node() -> Self {
        Settings::of_node().into()
    }

    /// Whether an option without a value is set. glibc compares no more than the name's own length: `rotate:true` is `rotate`.
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.starts_with(name))
    }
}

/// Where the kubelet sends its pods: the cluster IP of `kube-system/kube-dns`, or else the tenth address of the Service range.
pub fn cluster_dns(cluster: &Cluster) -> IpAddr {
    let service = cluster.find_service("kube-system", "kube-dns").map(|id| cluster.service(id));
    let allocated = service.and_then(|service| service.cluster_ips.first().copied());
    allocated.unwrap_or_else(|| match cluster.config.service_cidr.network() {
        IpAddr::V4(first) => IpAddr::from((u32::from(first).wrapping_add(10)).to_be_bytes()),
        IpAddr::V6(first) => IpAddr::from((u128::from(first).wrapping_add(10)).to_be_bytes()),
    })
}

/// What the kubelet hands to the container runtime.
#[derive(Default)]
struct Settings {
    nameservers: Vec<IpAddr>,
    searches: Vec<String>,
    options: Vec<(String, Option<String>)>,
}

impl Settings {
    fn of_node() -> Self {
        Self { nameservers: vec![world::NAME_SERVER], ..Self::default() }
    }

    fn of_cluster(cluster: &Cluster, namespace: &str) -> Self {
        let domain = cluster.config.cluster_domain.trim_end_matches('.');
        Self {
            nameservers: vec![cluster_dns(cluster)],
            searches: vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.to_owned()],
            options: vec![("ndots".into(), Some("5".into()))],
        }
    }

    /// Adds the pod's `dnsConfig`: servers and searches behind, options in place of those of the same name.
    fn with(mut self, config: &DnsConfig) -> Self {
        for &server in &config.nameservers {
            if !self.nameservers.contains(&server) {
                self.nameservers.push(server);
            }
        }
        for search in &config.searches {
            if !self.searches.contains(search) {
                self.searches.push(search.clone());
            }
        }
        for (name, value) in &config.options {
            match self.options.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.clone_from(value),
                None => self.options.push((name.clone(), value.clone())),
            }
        }
        self
    }

    /// Leaves out what is over the limits; the kubelet does so too, with an event on the pod.
    fn limited(mut self) -> Self {
        self.nameservers.truncate(MAX_NAMESERVERS);
        self.searches.truncate(MAX_SEARCHES);
        self.searches.retain(|search| search.len() <= MAX_SEARCH);
        while self.searches.iter().map(|search| search.len() + 1).sum::<usize>() > MAX_SEARCH_TEXT + 1 {
            self.searches.pop();
        }
        self
    }
}

impl From<Settings> for ResolvConf {
    /// Reads the options as glibc does (`resolv/res_init.c`): with its defaults, its caps, and numbers up to
    /// what is no digit. Left out: negative ones.
    fn from(Settings { nameservers, searches, options }: Settings) -> Self {
        let number = |name: &str, default: u8, cap: u8| {
            let given = options.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_deref());
            given.filter(|text| !text.is_empty()).map_or(default, |text| {
                let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
                if end == 0 { 0 } else { text[..end].parse().map_or(cap, |value: u8| value.min(cap)) }
            })
        };
        Self {
            nameservers,
            searches,
            ndots: number("ndots", 1, 15),
            attempts: number("attempts", 2, 5),
            timeout_s: number("timeout", 5, 30),
            options: options
                .into_iter()
                .map(|(name, value)| match value {
                    Some(value) if !value.is_empty() => format!("{name}:{value}"),
                    _ => name,
                })
                .collect(),
        }
    }
}

impl fmt::Display for ResolvConf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.searches.is_empty() {
            writeln!(f, "search {}", self.searches.join(" "))?;
        }
        for server in &self.nameservers {
            writeln!(f, "nameserver {server}")?;
        }
        if !self.options.is_empty() {
            writeln!(f, "options {}", self.options.join(" "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::fixture::{cluster, pod};
    use crate::model::PodSpec;

    fn of(change: impl FnOnce(&mut PodSpec)) -> ResolvConf {
        ResolvConf::for_pod(&cluster(), &pod("client", "10.244.1.50", change))
    }

    const CLUSTER: &str = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";
    const NODE: &str = "nameserver 198.51.100.53\n";

    #[test]
    fn the_policy_and_the_network_choose_the_file() {
        for (policy, host_network, text) in [
            (DnsPolicy::ClusterFirst, false, CLUSTER),
            (DnsPolicy::ClusterFirst, true, NODE),
            (DnsPolicy::ClusterFirstWithHostNet, true, CLUSTER),
            (DnsPolicy::ClusterFirstWithHostNet, false, CLUSTER),
            (DnsPolicy::Default, false, NODE),
            (DnsPolicy::None, false, ""),
        ] {
            let conf = of(|spec| (spec.dns_policy, spec.host_network) = (policy, host_network));
            assert_eq!(conf.to_string(), text, "{policy:?} {host_network}");
        }
        let node = ResolvConf::for_node();
        assert_eq!((node.to_string(), node.ndots, node.attempts, node.timeout_s), (NODE.into(), 1, 2, 5));
    }

    #[test]
    fn dns_config_is_added_without_duplicates() {
        let option = |name: &str, value: Option<&str>| (name.to_owned(), value.map(ToOwned::to_owned));
        let conf = of(|spec| {
            spec.dns_config = DnsConfig {
                nameservers: ["10.96.0.10", "192.0.2.1", "192.0.2.2", "192.0.2.3"].iter().map(|ip| ip.parse().unwrap()).collect(),
                searches: vec!["svc.cluster.local".into(), "corp.example".into()],
                options: vec![option("ndots", Some("2")), option("rotate", None), option("timeout", Some("99"))],
            };
        });
        assert_eq!(
            conf.to_string(),
            "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example\n\
             nameserver 10.96.0.10\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions ndots:2 rotate timeout:99\n"
        );
        assert_eq!((conf.ndots, conf.timeout_s), (2, 30));
        assert!(conf.has_option("rotate"));
    }

    #[test]
    fn long_search_lists_are_cut() {
        let searches = |length: usize, count: usize| (0..count).map(|index| format!("{index:0length$}")).collect::<Vec<_>>();
        let kept = |searches: Vec<String>| {
            let conf = of(|spec| (spec.dns_policy, spec.dns_config.searches) = (DnsPolicy::None, searches));
            conf.searches.len()
        };
        assert_eq!(kept(searches(10, 40)), 32);
        assert_eq!(kept(searches(254, 2)), 0);
        // 16 of 127 characters and 15 blanks make 2047, one more would be over 2048.
        assert_eq!(kept(searches(127, 20)), 16);
    }

    #[test]
    fn without_kube_dns_the_tenth_address_is_written() {
        let mut cluster = cluster();
        cluster.service_names.clear();
        cluster.config.service_cidr = "10.43.0.0/16".parse().unwrap();
        assert_eq!(cluster_dns(&cluster).to_string(), "10.43.0.10");
        cluster.config.service_cidr = "fd00:10:96::/112".parse().unwrap();
        assert_eq!(cluster_dns(&cluster).to_string(), "fd00:10:96::a");
    }
}
