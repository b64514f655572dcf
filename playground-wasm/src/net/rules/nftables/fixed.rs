//! What is there whatever Services there are: the ways from the kernel's hooks to kube-proxy's chains, and masquerading.

use super::table::{Set, Table};
use crate::cluster::NodeId;
use crate::model::IpFamily;
use crate::net::Network;
use crate::net::rules::listing::glue;
use crate::net::service::{pod_ranges, primary_ip};

/// The chains at the hooks: what filters sees destinations after translation, but for the balancers' source ranges.
const HOOKS: &[(&str, &str, &[&str])] = &[
    (
        "filter-prerouting-pre-dnat",
        "type filter hook prerouting priority dstnat - 10; policy accept;",
        &["ct state new jump firewall-check"],
    ),
    ("filter-output-pre-dnat", "type filter hook output priority -110; policy accept;", &["ct state new jump firewall-check"]),
    (
        "filter-input",
        "type filter hook input priority filter; policy accept;",
        &["ct state new jump nodeport-endpoints-check", "ct state new jump service-endpoints-check"],
    ),
    (
        "filter-forward",
        "type filter hook forward priority filter; policy accept;",
        &["ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"],
    ),
    (
        "filter-output",
        "type filter hook output priority filter; policy accept;",
        &["ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"],
    ),
    ("nat-prerouting", "type nat hook prerouting priority dstnat; policy accept;", &["jump services"]),
    ("nat-output", "type nat hook output priority -100; policy accept;", &["jump services"]),
    ("nat-postrouting", "type nat hook postrouting priority srcnat; policy accept;", &["jump masquerading"]),
];

/// The rest; `IP` stands for the family, `PODS` and `SERVICES` for the ranges of pods and of cluster IPs.
const CHAINS: &[(&str, &[&str])] = &[
    ("nodeport-endpoints-check", &["IP daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports"]),
    ("service-endpoints-check", &["IP daddr . meta l4proto . th dport vmap @no-endpoint-services"]),
    ("firewall-check", &["IP daddr . meta l4proto . th dport vmap @firewall-ips"]),
    (
        "services",
        &[
            "IP daddr @cluster-ips IP saddr != PODS meta mark set meta mark | 0x00004000 comment \"masquerade clusterIP traffic from outside cluster\"",
            "IP daddr . meta l4proto . th dport vmap @service-ips",
            "IP daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports",
        ],
    ),
    (
        "masquerading",
        &[
            "meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random",
            "ct status dnat IP saddr . IP daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random",
        ],
    ),
    (
        "cluster-ips-check",
        &[
            "IP daddr @cluster-ips reject comment \"Reject traffic to invalid ports of ClusterIPs\"",
            "IP daddr SERVICES drop comment \"Drop traffic to unallocated ClusterIPs\"",
        ],
    ),
    ("reject-chain", &["comment \"helper for @no-endpoint-services / @no-endpoint-nodeports\"", "reject"]),
];

/// Writes them.
pub fn write(net: Network<'_>, node: NodeId, family: IpFamily, table: &mut Table) {
    let config = &net.cluster.config;
    let services = if family == IpFamily::V4 { config.service_cidr } else { config.service_cidr_v6 }.to_string();
    let ranges: Vec<String> = pod_ranges(net.cluster, family).map(|range| range.to_string()).collect();
    let pods = if ranges.len() == 1 { ranges.concat() } else { glue(&["{ ", &ranges.join(", "), " }"]) };
    let ip = table.ip();
    for (name, hook, jumps) in HOOKS {
        table.chain(name, None);
        for rule in std::iter::once(hook).chain(*jumps) {
            table.rule(None, rule);
        }
    }
    for (name, rules) in CHAINS {
        table.chain(name, None);
        for rule in *rules {
            let rule = rule.replace("IP ", &glue(&[ip, " "])).replace("PODS", &pods).replace("SERVICES", &services);
            table.rule(None, &rule);
        }
    }
    if let Some(own) = primary_ip(net.cluster, node, family) {
        table.element(Set::NodePortIps, None, &own.to_string(), "");
    }
}
