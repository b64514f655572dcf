//! A pod's `/etc/hosts`, as the kubelet manages it (kubernetes `pkg/kubelet/kubelet_pods.go`: `ensureHostsFile`), and the names in it.
//!
//! Only the lookup of addresses reads it, before any name server is asked (`hosts: files dns`). All lines with the name count, as
//! with `multi on` in Debian's `host.conf`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Record, RecordType};
use crate::cluster::{Cluster, Node, Pod};
use crate::dns::Name;

const HEADER: &str = "# Kubernetes-managed hosts file";

/// The lines of the file; `Display` gives its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    header: &'static str,
    entries: Vec<(IpAddr, Vec<String>)>,
    /// How many of the entries stand before the pod's `hostAliases`.
    own: usize,
}

impl Hosts {
    /// The file in a pod's containers: its own name for its addresses, and its `hostAliases`.
    pub fn for_pod(cluster: &Cluster, pod: &Pod) -> Self {
        let node = pod.node.filter(|_| pod.spec().host_network).map(|id| cluster.node(id));
        let mut hosts = match node {
            Some(node) => Self { header: " (host network).", ..Self::for_node(node) },
            None => Self { header: ".", entries: own_entries(cluster, pod), own: 0 },
        };
        hosts.own = hosts.entries.len();
        hosts.entries.extend(pod.spec().host_aliases.iter().cloned());
        hosts
    }

    /// The file on a node.
    pub fn for_node(node: &Node) -> Self {
        let mut hosts = Self::local();
        hosts.entries.extend(node.ips.iter().map(|&ip| (ip, vec![node.name.clone()])));
        hosts.own = hosts.entries.len();
        hosts
    }

    /// The file of a machine that knows nothing but itself.
    pub fn local() -> Self {
        Self { header: "", entries: localhost(), own: 2 }
    }

    /// The addresses of a name of the types that are wanted. A name with a root dot is never in the file.
    pub fn find(&self, name: &str, wanted: &[RecordType]) -> Vec<Record> {
        let Ok(owner) = Name::parse(name) else { return Vec::new() };
        let lines = self.entries.iter().filter(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        let records = lines.map(|&(ip, _)| Record { name: owner.clone(), ttl: 0, data: ip.into() });
        records.filter(|record| wanted.contains(&record.data.rtype())).collect()
    }
}

fn localhost() -> Vec<(IpAddr, Vec<String>)> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    vec![
        (Ipv4Addr::LOCALHOST.into(), names(&["localhost"])),
        (Ipv6Addr::LOCALHOST.into(), names(&["localhost", "ip6-localhost", "ip6-loopback"])),
    ]
}

/// The hostname of a pod with its domain, where it has one; a hostname that overrides has none (`GeneratePodHostNameAndDomain`).
pub fn full_hostname(cluster: &Cluster, pod: &Pod) -> Option<String> {
    let subdomain = pod.subdomain.as_ref().filter(|_| pod.spec().hostname_override.is_none())?;
    let domain = cluster.config.cluster_domain.trim_end_matches('.');
    Some(format!("{}.{subdomain}.{}.svc.{domain}", pod.hostname, pod.meta.namespace))
}

fn own_entries(cluster: &Cluster, pod: &Pod) -> Vec<(IpAddr, Vec<String>)> {
    let mut entries = localhost();
    let network = |last| IpAddr::from([0xfe00, 0, 0, 0, 0, 0, 0, last]);
    for (last, name) in [(0, "ip6-localnet"), (0, "ip6-mcastprefix"), (1, "ip6-allnodes"), (2, "ip6-allrouters")] {
        entries.push((network(last), vec![name.to_owned()]));
    }
    let names: Vec<String> = full_hostname(cluster, pod).into_iter().chain([pod.hostname.clone()]).collect();
    entries.extend(pod.ips.iter().map(|&ip| (ip, names.clone())));
    entries
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.header.is_empty() {
            writeln!(f, "{HEADER}{}", self.header)?;
        }
        let (own, aliases) = self.entries.split_at_checked(self.own).unwrap_or((&self.entries, &[]));
        for (ip, names) in own {
            // As the kubelet writes them: blanks between the names of `::1`, and `fe00::0` with its zero.
            let separator = if ip.is_loopback() { " " } else { "\t" };
            let mut address = ip.to_string();
            if address.ends_with(':') {
                address.push('0');
            }
            writeln!(f, "{address}\t{}", names.join(separator))?;
        }
        if !aliases.is_empty() {
            writeln!(f, "\n# Entries added by HostAliases.")?;
        }
        for (ip, names) in aliases {
            writeln!(f, "{ip}\t{}", names.join("\t"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::fixture::{cluster, pod};

    const LOCAL: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const NETWORKS: &str = "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n";

    #[test]
    fn a_pod_knows_itself_and_its_aliases() {
        let cluster = cluster();
        let plain = pod("client", "10.244.1.50", |_| {});
        assert_eq!(
            Hosts::for_pod(&cluster, &plain).to_string(),
            format!("# Kubernetes-managed hosts file.\n{LOCAL}{NETWORKS}10.244.1.50\tclient\n")
        );
        let mut named = pod("db-0", "10.244.1.51", |spec| {
            spec.host_aliases = vec![("192.0.2.7".parse().unwrap(), vec!["old.example".into(), "older.example".into()])];
        });
        named.subdomain = Some("db".into());
        let hosts = Hosts::for_pod(&cluster, &named);
        assert_eq!(
            hosts.to_string(),
            format!(
                "# Kubernetes-managed hosts file.\n{LOCAL}{NETWORKS}10.244.1.51\tdb-0.db.shop.svc.cluster.local\tdb-0\n\
                 \n# Entries added by HostAliases.\n192.0.2.7\told.example\tolder.example\n"
            )
        );
        let addresses = |name: &str| hosts.find(name, &[RecordType::A]).iter().map(|record| record.data.to_string()).collect::<Vec<_>>();
        assert_eq!(addresses("db-0.db.shop.svc.cluster.local"), ["10.244.1.51"]);
        assert_eq!(addresses("OLDER.example"), ["192.0.2.7"]);
        assert!(addresses("older.example.").is_empty() && addresses("db").is_empty());
    }

    #[test]
    fn on_the_host_network_it_is_the_nodes_file() {
        let hosts = Hosts::for_pod(&cluster(), &pod("agent", "192.168.0.11", |spec| spec.host_network = true));
        assert_eq!(hosts.to_string(), format!("# Kubernetes-managed hosts file (host network).\n{LOCAL}192.168.0.11\tnode-1\n"));
    }
}
