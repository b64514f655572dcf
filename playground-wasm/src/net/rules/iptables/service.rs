//! The chains of a Service's port: KUBE-SVC and KUBE-SVL share connections out among the endpoints of the cluster and of the
//! node, KUBE-EXT takes what comes from outside, KUBE-FW lets in the load balancer's source ranges, KUBE-SEP is an endpoint.

use std::net::IpAddr;

use super::table::{Table, Tables};
use crate::cluster::NodeId;
use crate::model::IpFamily;
use crate::net::rules::listing::{Field, Origin, glue, join};
use crate::net::rules::names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

/// Writes the rules of a port.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, large: bool, tables: &mut Tables) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { cluster, local, any } = categorize(net.cluster, &proxied, node);
    let chain = names::chain(&proxied);
    let writer = Writer {
        net,
        node,
        proxied,
        large,
        any,
        cluster: names::in_order(&cluster),
        local: names::in_order(&local),
        name: names::service_port(&proxied),
        protocol: names::protocol(proxied.port().protocol),
        port: proxied.port().port.to_string(),
        svc: glue(&["KUBE-SVC-", &chain]),
        svl: glue(&["KUBE-SVL-", &chain]),
        ext: glue(&["KUBE-EXT-", &chain]),
        fw: glue(&["KUBE-FW-", &chain]),
    };
    writer.write(cluster_ip, tables);
}

struct Writer<'a> {
    net: Network<'a>,
    node: NodeId,
    proxied: Proxied<'a>,
    /// Whether the most frequent rules go without a comment.
    large: bool,
    any: bool,
    cluster: Vec<Target>,
    local: Vec<Target>,
    name: String,
    protocol: &'static str,
    port: String,
    svc: String,
    svl: String,
    ext: String,
    fw: String,
}

impl Writer<'_> {
    fn write(&self, cluster_ip: IpAddr, tables: &mut Tables) {
        self.internal(cluster_ip, tables);
        self.external(tables);
        if self.any && self.proxied.is_accessible() {
            self.external_chain(tables);
        }
        self.balance(&self.svc, &self.cluster, tables);
        self.balance(&self.svl, &self.local, tables);
        for &target in self.cluster.iter().chain(self.local.iter().filter(|target| !self.cluster.contains(target))) {
            self.endpoint(target, tables);
        }
    }

    fn add(&self, table: &mut Table, chain: &str, field: Field, rule: &[&str]) {
        table.add(chain, Some(Origin::new(&self.proxied, field)), &join(rule));
    }

    fn comment(&self, after: &str) -> String {
        comment(&[&self.name, after])
    }

    /// `-m tcp --dport 80`.
    fn to_port(&self, port: &str) -> String {
        glue(&["-m ", self.protocol, " --dport ", port])
    }

    /// What is sent to an address at the Service's port.
    fn sent_to(&self, ip: IpAddr, comment: &str) -> String {
        glue(&["-d ", &host(ip), " -p ", self.protocol, " ", comment, " ", &self.to_port(&self.port)])
    }

    fn turned_away(&self) -> (&'static str, String) {
        let target = match (self.any, self.proxied.family) {
            (true, _) => "DROP",
            (false, IpFamily::V4) => "REJECT --reject-with icmp-port-unreachable",
            (false, IpFamily::V6) => "REJECT --reject-with icmp6-port-unreachable",
        };
        (target, self.comment(if self.any { " has no local endpoints" } else { " has no endpoints" }))
    }

    fn internal(&self, ip: IpAddr, tables: &mut Tables) {
        let local = self.proxied.is_internal_local();
        if !self.any || (local && self.local.is_empty()) {
            let (target, comment) = self.turned_away();
            let field = if self.any { Field::InternalPolicy } else { Field::Selector };
            self.add(&mut tables.filter, "KUBE-SERVICES", field, &[&self.sent_to(ip, &comment), "-j", target]);
            return;
        }
        let chain = if local { &self.svl } else { &self.svc };
        let to = self.sent_to(ip, &self.comment(" cluster IP"));
        self.add(&mut tables.nat, "KUBE-SERVICES", Field::Port, &[&to, "-j", &chain]);
        let pods = pod_ranges(self.net.cluster, self.proxied.family).next().map_or_else(String::new, |range| range.to_string());
        self.add(&mut tables.nat, chain, Field::Port, &["! -s", &pods, &to, "-j KUBE-MARK-MASQ"]);
    }

    /// Addresses and node ports that are reached from outside.
    fn external(&self, tables: &mut Tables) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let (target, why) = self.turned_away();
        let field = if self.any { Field::ExternalPolicy } else { Field::Selector };
        let firewall = self.any && self.proxied.source_ranges().next().is_some();
        for ip in self.proxied.external_ips() {
            if self.any {
                let to = self.sent_to(ip, &self.comment(" external IP"));
                self.add(&mut tables.nat, "KUBE-SERVICES", Field::ExternalIps, &[&to, "-j", &self.ext]);
            }
            if closed {
                self.add(&mut tables.filter, "KUBE-EXTERNAL-SERVICES", field, &[&self.sent_to(ip, &why), "-j", target]);
            }
        }
        for ip in self.proxied.balancer_ips() {
            if self.any {
                let to = self.sent_to(ip, &self.comment(" loadbalancer IP"));
                let chain = if firewall { &self.fw } else { &self.ext };
                self.add(&mut tables.nat, "KUBE-SERVICES", Field::LoadBalancer, &[&to, "-j", &chain]);
            }
            if firewall {
                let barred = self.comment(&glue(&[" traffic not accepted by ", &self.fw]));
                self.add(&mut tables.filter, "KUBE-PROXY-FIREWALL", Field::SourceRanges, &[&self.sent_to(ip, &barred), "-j DROP"]);
            }
            if closed {
                self.add(&mut tables.filter, "KUBE-EXTERNAL-SERVICES", field, &[&self.sent_to(ip, &why), "-j", target]);
            }
        }
        if firewall && self.proxied.balancer_ips().next().is_some() {
            self.firewall(tables);
        }
        if let Some(node_port) = self.proxied.node_port().map(|port| port.to_string()) {
            let (protocol, to) = (glue(&["-p ", self.protocol]), self.to_port(&node_port));
            if self.any {
                self.add(&mut tables.nat, "KUBE-NODEPORTS", Field::NodePort, &[&protocol, &self.comment(""), &to, "-j", &self.ext]);
            }
            if closed {
                let local = "-m addrtype --dst-type LOCAL";
                self.add(&mut tables.filter, "KUBE-EXTERNAL-SERVICES", field, &[&protocol, &why, local, &to, "-j", target]);
            }
        }
        if let Some(port) = self.proxied.service.health_check_node_port {
            let port = port.to_string();
            let comment = self.comment(" health check node port");
            self.add(&mut tables.filter, "KUBE-NODEPORTS", Field::HealthCheck, &["-p tcp", &comment, "-m tcp --dport", &port, "-j ACCEPT"]);
        }
    }

    /// Whose packets to the load balancer go on; what is left untranslated at the end meets KUBE-PROXY-FIREWALL.
    fn firewall(&self, tables: &mut Tables) {
        let about = self.comment(" loadbalancer IP");
        let mut sources: Vec<String> = self.proxied.source_ranges().map(|range| range.trunc().to_string()).collect();
        let own = primary_ip(self.net.cluster, self.node, self.proxied.family);
        if own.is_some_and(|own| self.proxied.source_ranges().any(|range| range.contains(&own))) {
            sources.extend(self.proxied.balancer_ips().map(host));
        }
        for source in sources {
            self.add(&mut tables.nat, &self.fw, Field::SourceRanges, &["-s", &source, &about, "-j", &self.ext]);
        }
        let rest = glue(&["other traffic to ", &self.name, " will be dropped by KUBE-PROXY-FIREWALL"]);
        self.add(&mut tables.nat, &self.fw, Field::SourceRanges, &[&comment(&[&rest])]);
    }

    fn external_chain(&self, tables: &mut Tables) {
        let about = |before: &str, name: &str| comment(&[before, " for ", name, " external destinations"]);
        if !self.proxied.is_external_local() {
            let comment = about("masquerade traffic", &self.name);
            self.add(&mut tables.nat, &self.ext, Field::ExternalPolicy, &[&comment, "-j KUBE-MARK-MASQ"]);
            self.add(&mut tables.nat, &self.ext, Field::ExternalPolicy, &["-j", &self.svc]);
            return;
        }
        let comment = about("pod traffic", &self.name);
        for range in pod_ranges(self.net.cluster, self.proxied.family) {
            self.add(&mut tables.nat, &self.ext, Field::ExternalPolicy, &["-s", &range.to_string(), &comment, "-j", &self.svc]);
        }
        let own = "-m addrtype --src-type LOCAL -j";
        self.add(
            &mut tables.nat,
            &self.ext,
            Field::ExternalPolicy,
            &[&about("masquerade LOCAL traffic", &self.name), own, "KUBE-MARK-MASQ"],
        );
        self.add(&mut tables.nat, &self.ext, Field::ExternalPolicy, &[&about("route LOCAL traffic", &self.name), own, &self.svc]);
        if !self.local.is_empty() {
            self.add(&mut tables.nat, &self.ext, Field::ExternalPolicy, &["-j", &self.svl]);
        }
    }

    /// Who has come before goes where it was; of the rest each endpoint takes its share of what the ones before it left.
    fn balance(&self, chain: &str, targets: &[Target], tables: &mut Tables) {
        let comments: Vec<String> = targets
            .iter()
            .map(|target| if self.large { String::new() } else { self.comment(&glue(&[" -> ", &names::endpoint(*target)])) })
            .collect();
        if let Some(seconds) = self.proxied.service.spec.session_affinity {
            for (target, comment) in targets.iter().zip(&comments) {
                let sep = names::endpoint_chain(&self.proxied, *target);
                let recent = glue(&["-m recent --rcheck --seconds ", &seconds.to_string(), " --reap ", &self.list(&sep)]);
                self.add(&mut tables.nat, chain, Field::Affinity, &[comment, &recent, "-j", &sep]);
            }
        }
        for (index, (target, comment)) in targets.iter().zip(&comments).enumerate() {
            let left = targets.len() - index;
            let chance = if left == 1 { String::new() } else { glue(&["-m statistic --mode random --probability ", &chance(left)]) };
            let sep = names::endpoint_chain(&self.proxied, *target);
            self.add(&mut tables.nat, chain, Field::Selector, &[comment, &chance, "-j", &sep]);
        }
    }

    fn endpoint(&self, target: Target, tables: &mut Tables) {
        let sep = names::endpoint_chain(&self.proxied, target);
        let comment = if self.large { String::new() } else { self.comment("") };
        self.add(&mut tables.nat, &sep, Field::Selector, &["-s", &host(target.ip), &comment, "-j KUBE-MARK-MASQ"]);
        let remember = match self.proxied.service.spec.session_affinity {
            Some(_) => glue(&["-m recent --set ", &self.list(&sep)]),
            None => String::new(),
        };
        let (protocol, matched) = (glue(&["-p ", self.protocol]), glue(&["-m ", self.protocol]));
        let to = names::endpoint(target);
        self.add(&mut tables.nat, &sep, Field::Selector, &[&protocol, &comment, &remember, &matched, "-j DNAT --to-destination", &to]);
    }

    /// The list of clients that came to an endpoint.
    fn list(&self, name: &str) -> String {
        let mask = match self.proxied.family {
            IpFamily::V4 => "255.255.255.255",
            IpFamily::V6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        };
        glue(&["--name ", name, " --mask ", mask, " --rsource"])
    }
}

fn comment(parts: &[&str]) -> String {
    glue(&["-m comment --comment \"", &parts.concat(), "\""])
}

/// An address as a network of its own.
fn host(ip: IpAddr) -> String {
    glue(&[ip.to_string().as_str(), if ip.is_ipv4() { "/32" } else { "/128" }])
}

/// The n-th part as it is printed: kube-proxy writes ten digits, and the kernel keeps them as a number of 2^31 parts.
fn chance(n: usize) -> String {
    let rounded = |value: u64, by: u64| (value + by / 2) / by;
    let ten_digits = rounded(10_u64.pow(10), n as u64);
    let kept = rounded(ten_digits << 31, 10_u64.pow(10));
    // Eleven digits of it: 10^11 by 2^31 is 5^11 by 2^20.
    let printed = rounded(kept * 5_u64.pow(11), 1 << 20).to_string();
    glue(&["0.", &"00000000000"[printed.len()..], &printed])
}

#[cfg(test)]
mod tests {
    use super::chance;

    #[test]
    fn probabilities_as_iptables_prints_them() {
        // Seen in the output of iptables-save on clusters of these sizes.
        for (n, printed) in [(2, "0.50000000000"), (3, "0.33333333349"), (4, "0.25000000000"), (5, "0.20000000019")] {
            assert_eq!(chance(n), printed);
        }
    }
}
