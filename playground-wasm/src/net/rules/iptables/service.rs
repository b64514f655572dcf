//! The chains of a Service's port: KUBE-SVC and KUBE-SVL share connections out among the endpoints of the cluster and of the
//! node, KUBE-EXT takes what comes from outside, KUBE-FW lets in the load balancer's source ranges, KUBE-SEP is an endpoint.

use std::net::IpAddr;

use super::table::Tables;
use crate::cluster::NodeId;
use crate::model::IpFamily;
use crate::net::rules::listing::{Field, Origin, join};
use crate::net::rules::names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

/// Writes the rules of a port.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, large: bool, tables: &mut Tables) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { mut cluster, mut local, any, .. } = categorize(net.cluster, &proxied, node);
    cluster.sort_by_cached_key(|target| names::endpoint(*target));
    local.sort_by_cached_key(|target| names::endpoint(*target));
    let chain = names::chain(&proxied);
    let writer = Writer {
        net,
        node,
        proxied,
        large,
        any,
        cluster,
        local,
        name: names::service_port(&proxied),
        protocol: names::protocol(proxied.port().protocol),
        port: proxied.port().port.to_string(),
        svc: ["KUBE-SVC-", &chain].concat(),
        svl: ["KUBE-SVL-", &chain].concat(),
        ext: ["KUBE-EXT-", &chain].concat(),
        fw: ["KUBE-FW-", &chain].concat(),
        tables,
    };
    writer.write(cluster_ip);
}

struct Writer<'a, 'b> {
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
    tables: &'b mut Tables,
}

impl Writer<'_, '_> {
    fn write(mut self, cluster_ip: IpAddr) {
        self.internal(cluster_ip);
        self.external();
        if self.any && self.proxied.is_accessible() {
            self.external_chain();
        }
        for (chain, targets) in [(self.svc.clone(), self.cluster.clone()), (self.svl.clone(), self.local.clone())] {
            self.balance(&chain, &targets);
        }
        let mut reachable = self.cluster.clone();
        reachable.extend(self.local.iter().filter(|target| !self.cluster.contains(target)));
        for target in reachable {
            self.endpoint(target);
        }
    }

    fn nat(&mut self, chain: &str, field: Field, rule: &[&str]) {
        let origin = Some(Origin::new(&self.proxied, field));
        self.tables.nat.add(chain, origin, &join(rule));
    }

    fn filter(&mut self, chain: &str, field: Field, rule: &[&str]) {
        let origin = Some(Origin::new(&self.proxied, field));
        self.tables.filter.add(chain, origin, &join(rule));
    }

    fn comment(&self, after: &str) -> String {
        comment(&[&self.name, after])
    }

    /// `-m tcp --dport 80`.
    fn to_port(&self, port: &str) -> String {
        ["-m ", self.protocol, " --dport ", port].concat()
    }

    /// What is sent to an address at the Service's port.
    fn sent_to(&self, ip: IpAddr, comment: &str) -> String {
        ["-d ", &host(ip), " -p ", self.protocol, " ", comment, " ", &self.to_port(&self.port)].concat()
    }

    fn turned_away(&self) -> (&'static str, String) {
        let target = match (self.any, self.proxied.family) {
            (true, _) => "DROP",
            (false, IpFamily::V4) => "REJECT --reject-with icmp-port-unreachable",
            (false, IpFamily::V6) => "REJECT --reject-with icmp6-port-unreachable",
        };
        (target, self.comment(if self.any { " has no local endpoints" } else { " has no endpoints" }))
    }

    fn internal(&mut self, ip: IpAddr) {
        let local = self.proxied.is_internal_local();
        if !self.any || (local && self.local.is_empty()) {
            let (target, comment) = self.turned_away();
            let field = if self.any { Field::InternalPolicy } else { Field::Selector };
            self.filter("KUBE-SERVICES", field, &[&self.sent_to(ip, &comment), "-j", target]);
            return;
        }
        let chain = if local { self.svl.clone() } else { self.svc.clone() };
        let to = self.sent_to(ip, &self.comment(" cluster IP"));
        self.nat("KUBE-SERVICES", Field::Port, &[&to, "-j", &chain]);
        let pods = pod_ranges(self.net.cluster, self.proxied.family).next().map_or_else(String::new, |range| range.to_string());
        self.nat(&chain, Field::Port, &["! -s", &pods, &to, "-j KUBE-MARK-MASQ"]);
    }

    /// Addresses and node ports that are reached from outside.
    fn external(&mut self) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let (target, why) = self.turned_away();
        let field = if self.any { Field::ExternalPolicy } else { Field::Selector };
        let ext = self.ext.clone();
        let firewall = self.any && self.proxied.source_ranges().next().is_some();
        for ip in self.proxied.external_ips() {
            if self.any {
                let to = self.sent_to(ip, &self.comment(" external IP"));
                self.nat("KUBE-SERVICES", Field::ExternalIps, &[&to, "-j", &ext]);
            }
            if closed {
                self.filter("KUBE-EXTERNAL-SERVICES", field, &[&self.sent_to(ip, &why), "-j", target]);
            }
        }
        for ip in self.proxied.balancer_ips() {
            if self.any {
                let to = self.sent_to(ip, &self.comment(" loadbalancer IP"));
                let chain = if firewall { self.fw.clone() } else { ext.clone() };
                self.nat("KUBE-SERVICES", Field::LoadBalancer, &[&to, "-j", &chain]);
            }
            if firewall {
                let barred = self.comment(&[" traffic not accepted by ", &self.fw].concat());
                self.filter("KUBE-PROXY-FIREWALL", Field::SourceRanges, &[&self.sent_to(ip, &barred), "-j DROP"]);
            }
            if closed {
                self.filter("KUBE-EXTERNAL-SERVICES", field, &[&self.sent_to(ip, &why), "-j", target]);
            }
        }
        if firewall && self.proxied.balancer_ips().next().is_some() {
            self.firewall();
        }
        if let Some(node_port) = self.proxied.node_port().map(|port| port.to_string()) {
            let (protocol, to) = (["-p ", self.protocol].concat(), self.to_port(&node_port));
            if self.any {
                self.nat("KUBE-NODEPORTS", Field::NodePort, &[&protocol, &self.comment(""), &to, "-j", &ext]);
            }
            if closed {
                let local = "-m addrtype --dst-type LOCAL";
                self.filter("KUBE-EXTERNAL-SERVICES", field, &[&protocol, &why, local, &to, "-j", target]);
            }
        }
        if let Some(port) = self.proxied.service.health_check_node_port {
            let port = port.to_string();
            let comment = self.comment(" health check node port");
            self.filter("KUBE-NODEPORTS", Field::HealthCheck, &["-p tcp", &comment, "-m tcp --dport", &port, "-j ACCEPT"]);
        }
    }

    /// Whose packets to the load balancer go on; what is left untranslated at the end meets KUBE-PROXY-FIREWALL.
    fn firewall(&mut self) {
        let (fw, ext) = (self.fw.clone(), self.ext.clone());
        let comment = self.comment(" loadbalancer IP");
        let mut sources: Vec<String> = self.proxied.source_ranges().map(|range| range.trunc().to_string()).collect();
        let own = primary_ip(self.net.cluster, self.node, self.proxied.family);
        if own.is_some_and(|own| self.proxied.source_ranges().any(|range| range.contains(&own))) {
            sources.extend(self.proxied.balancer_ips().map(host));
        }
        for source in sources {
            self.nat(&fw, Field::SourceRanges, &["-s", &source, &comment, "-j", &ext]);
        }
        let rest = ["other traffic to ", &self.name, " will be dropped by KUBE-PROXY-FIREWALL"].concat();
        self.nat(&fw, Field::SourceRanges, &[&super::service::comment(&[&rest])]);
    }

    fn external_chain(&mut self) {
        let (ext, svc) = (self.ext.clone(), self.svc.clone());
        let about = |before: &str, name: &str| comment(&[before, " for ", name, " external destinations"]);
        if !self.proxied.is_external_local() {
            let comment = about("masquerade traffic", &self.name);
            self.nat(&ext, Field::ExternalPolicy, &[&comment, "-j KUBE-MARK-MASQ"]);
            self.nat(&ext, Field::ExternalPolicy, &["-j", &svc]);
            return;
        }
        let comment = about("pod traffic", &self.name);
        for range in pod_ranges(self.net.cluster, self.proxied.family) {
            self.nat(&ext, Field::ExternalPolicy, &["-s", &range.to_string(), &comment, "-j", &svc]);
        }
        let own = "-m addrtype --src-type LOCAL -j";
        self.nat(&ext, Field::ExternalPolicy, &[&about("masquerade LOCAL traffic", &self.name), own, "KUBE-MARK-MASQ"]);
        self.nat(&ext, Field::ExternalPolicy, &[&about("route LOCAL traffic", &self.name), own, &svc]);
        if !self.local.is_empty() {
            let svl = self.svl.clone();
            self.nat(&ext, Field::ExternalPolicy, &["-j", &svl]);
        }
    }

    /// Who has come before goes where it was; of the rest each endpoint takes its share of what the ones before it left.
    fn balance(&mut self, chain: &str, targets: &[Target]) {
        let comments: Vec<String> = targets
            .iter()
            .map(|target| if self.large { String::new() } else { self.comment(&[" -> ", &names::endpoint(*target)].concat()) })
            .collect();
        if let Some(seconds) = self.proxied.service.spec.session_affinity {
            for (target, comment) in targets.iter().zip(&comments) {
                let sep = names::endpoint_chain(&self.proxied, *target);
                let recent = ["-m recent --rcheck --seconds ", &seconds.to_string(), " --reap ", &self.list(&sep)].concat();
                self.nat(chain, Field::Affinity, &[comment, &recent, "-j", &sep]);
            }
        }
        for (index, (target, comment)) in targets.iter().zip(&comments).enumerate() {
            let left = targets.len() - index;
            let chance = if left == 1 { String::new() } else { ["-m statistic --mode random --probability ", &chance(left)].concat() };
            let sep = names::endpoint_chain(&self.proxied, *target);
            self.nat(chain, Field::Selector, &[comment, &chance, "-j", &sep]);
        }
    }

    fn endpoint(&mut self, target: Target) {
        let sep = names::endpoint_chain(&self.proxied, target);
        let comment = if self.large { String::new() } else { self.comment("") };
        self.nat(&sep, Field::Selector, &["-s", &host(target.ip), &comment, "-j KUBE-MARK-MASQ"]);
        let remember = match self.proxied.service.spec.session_affinity {
            Some(_) => ["-m recent --set ", &self.list(&sep)].concat(),
            None => String::new(),
        };
        let (protocol, matched) = (["-p ", self.protocol].concat(), ["-m ", self.protocol].concat());
        let to = names::endpoint(target);
        self.nat(&sep, Field::Selector, &[&protocol, &comment, &remember, &matched, "-j DNAT --to-destination", &to]);
    }

    /// The list of clients that came to an endpoint.
    fn list(&self, name: &str) -> String {
        let mask = match self.proxied.family {
            IpFamily::V4 => "255.255.255.255",
            IpFamily::V6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        };
        ["--name ", name, " --mask ", mask, " --rsource"].concat()
    }
}

fn comment(parts: &[&str]) -> String {
    ["-m comment --comment \"", &parts.concat(), "\""].concat()
}

/// An address as a network of its own.
fn host(ip: IpAddr) -> String {
    [ip.to_string().as_str(), if ip.is_ipv4() { "/32" } else { "/128" }].concat()
}

/// The n-th part as it is printed: kube-proxy writes ten digits, and the kernel keeps them as a number of 2^31 parts.
fn chance(n: usize) -> String {
    let rounded = |value: u128, by: u128| (2 * value + by) / (2 * by);
    let ten_digits = rounded(10_u128.pow(10), n as u128);
    let kept = rounded(ten_digits << 31, 10_u128.pow(10));
    let printed = rounded(kept * 10_u128.pow(11), 1 << 31).to_string();
    ["0.", &"00000000000"[printed.len()..], &printed].concat()
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
