//! The chains of a Service's port: KUBE-SVC and KUBE-SVL share connections out among the endpoints of the cluster and of the
//! node, KUBE-EXT takes what comes from outside, KUBE-FW lets in the load balancer's source ranges, KUBE-SEP is an endpoint.

use super::table::{Table, Tables};
use crate::cluster::NodeId;
use crate::model::IpFamily;
use crate::net::rules::listing::{Field, Origin};
use crate::net::rules::names;
use crate::net::rules::template::Names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

/// What is sent to an address at the Service's port, before and behind what is said about it.
const SERVICES: &str = "KUBE-SERVICES";
const EXTERNAL: &str = "KUBE-EXTERNAL-SERVICES";

/// Writes the rules of a port; in large clusters the most frequent ones go without a comment.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, large: bool, tables: &mut Tables) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { cluster, local, any, .. } = categorize(net.cluster, &proxied, node);
    let mut names = Names::default();
    let v4 = proxied.family == IpFamily::V4;
    names.set("name", &names::service_port(&proxied));
    names.set("proto", names::protocol(proxied.port().protocol));
    names.set("port", &proxied.port().port.to_string());
    names.set("hash", &names::chain(&proxied));
    names.set("host", if v4 { "32" } else { "128" });
    names.set("mask", if v4 { "255.255.255.255" } else { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" });
    names.set("pods", &pod_ranges(net.cluster, proxied.family).next().map_or_else(String::new, |range| range.to_string()));
    // What becomes of packets for which there is no endpoint, here or anywhere.
    let rejected = if v4 { "REJECT --reject-with icmp-port-unreachable" } else { "REJECT --reject-with icmp6-port-unreachable" };
    names.set("away", if any { "DROP" } else { rejected });
    names.set("none", if any { "no local endpoints" } else { "no endpoints" });
    let mut writer = Writer { proxied, any, cluster: names::in_order(&cluster), local: names::in_order(&local), names, tables };
    writer.names.set("ip", &cluster_ip.to_string());
    writer.internal();
    writer.external(primary_ip(net.cluster, node, proxied.family));
    if any && proxied.is_accessible() {
        writer.external_chain(net);
    }
    let (cluster, local) = (std::mem::take(&mut writer.cluster), std::mem::take(&mut writer.local));
    writer.balance("KUBE-SVC-{hash}", &cluster, large);
    writer.balance("KUBE-SVL-{hash}", &local, large);
    for &target in cluster.iter().chain(local.iter().filter(|target| !cluster.contains(target))) {
        writer.endpoint(target, large);
    }
}

struct Writer<'a, 'b> {
    proxied: Proxied<'a>,
    any: bool,
    cluster: Vec<Target>,
    local: Vec<Target>,
    names: Names,
    tables: &'b mut Tables,
}

impl Writer<'_, '_> {
    fn nat(&mut self, chain: &str, field: Field, rule: &str) {
        add(&mut self.tables.nat, &self.names, &self.proxied, chain, field, rule);
    }

    fn filter(&mut self, chain: &str, field: Field, rule: &str) {
        add(&mut self.tables.filter, &self.names, &self.proxied, chain, field, rule);
    }

    /// A rule of the cluster IP, external IP or load balancer's address that `ip` stands for.
    fn turn_away(&mut self, chain: &str, field: Field) {
        let field = if self.any { field } else { Field::Selector };
        let rule = "-d {ip}/{host} -p {proto} -m comment --comment \"{name} has {none}\" -m {proto} --dport {port} -j {away}";
        self.filter(chain, field, rule);
    }

    fn internal(&mut self) {
        let local = self.proxied.is_internal_local();
        if !self.any || (local && self.local.is_empty()) {
            self.turn_away(SERVICES, Field::InternalPolicy);
            return;
        }
        let chain = if local { "KUBE-SVL-{hash}" } else { "KUBE-SVC-{hash}" };
        self.names.set("chain", &self.names.fill(chain));
        let to = "-d {ip}/{host} -p {proto} -m comment --comment \"{name} cluster IP\" -m {proto} --dport {port} -j ";
        self.nat(SERVICES, Field::Port, &[to, "{chain}"].concat());
        self.nat("{chain}", Field::Port, &["! -s {pods} ", to, "KUBE-MARK-MASQ"].concat());
    }

    /// Addresses and node ports that are reached from outside.
    fn external(&mut self, own: Option<std::net::IpAddr>) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let firewall = self.any && self.proxied.source_ranges().next().is_some();
        let balanced = self.proxied.balancer_ips().map(|ip| (ip, Field::LoadBalancer, "loadbalancer IP"));
        for (ip, field, kind) in self.proxied.external_ips().map(|ip| (ip, Field::ExternalIps, "external IP")).chain(balanced) {
            let guarded = firewall && field == Field::LoadBalancer;
            self.names.set("ip", &ip.to_string());
            self.names.set("kind", kind);
            self.names.set("chain", if guarded { "KUBE-FW-" } else { "KUBE-EXT-" });
            if self.any {
                let rule = "-d {ip}/{host} -p {proto} -m comment --comment \"{name} {kind}\" -m {proto} --dport {port} -j {chain}{hash}";
                self.nat(SERVICES, field, rule);
            }
            if guarded {
                let rule = "-d {ip}/{host} -p {proto} -m comment --comment \"{name} traffic not accepted by KUBE-FW-{hash}\" \
                            -m {proto} --dport {port} -j DROP";
                self.filter("KUBE-PROXY-FIREWALL", Field::SourceRanges, rule);
            }
            if closed {
                self.turn_away(EXTERNAL, Field::ExternalPolicy);
            }
        }
        if firewall && self.proxied.balancer_ips().next().is_some() {
            self.firewall(own);
        }
        if let Some(port) = self.proxied.node_port() {
            self.names.set("open", &port.to_string());
            if self.any {
                let rule = "-p {proto} -m comment --comment \"{name}\" -m {proto} --dport {open} -j KUBE-EXT-{hash}";
                self.nat("KUBE-NODEPORTS", Field::NodePort, rule);
            }
            if closed {
                let field = if self.any { Field::ExternalPolicy } else { Field::Selector };
                let rule = "-p {proto} -m comment --comment \"{name} has {none}\" -m addrtype --dst-type LOCAL -m {proto} --dport {open} -j {away}";
                self.filter(EXTERNAL, field, rule);
            }
        }
        if let Some(port) = self.proxied.service.health_check_node_port {
            self.names.set("open", &port.to_string());
            let rule = "-p tcp -m comment --comment \"{name} health check node port\" -m tcp --dport {open} -j ACCEPT";
            self.filter("KUBE-NODEPORTS", Field::HealthCheck, rule);
        }
    }

    /// Whose packets to the load balancer go on; what is left untranslated at the end meets KUBE-PROXY-FIREWALL.
    fn firewall(&mut self, own: Option<std::net::IpAddr>) {
        for source in names::sources(&self.proxied, own) {
            self.names.set("source", &source.to_string());
            let rule = "-s {source} -m comment --comment \"{name} loadbalancer IP\" -j KUBE-EXT-{hash}";
            self.nat("KUBE-FW-{hash}", Field::SourceRanges, rule);
        }
        let rule = "-m comment --comment \"other traffic to {name} will be dropped by KUBE-PROXY-FIREWALL\"";
        self.nat("KUBE-FW-{hash}", Field::SourceRanges, rule);
    }

    fn external_chain(&mut self, net: Network<'_>) {
        let mut rules = Vec::new();
        if self.proxied.is_external_local() {
            for range in pod_ranges(net.cluster, self.proxied.family) {
                let pods = "-m comment --comment \"pod traffic for {name} external destinations\" -j KUBE-SVC-{hash}";
                rules.push(["-s ", &range.to_string(), " ", pods].concat());
            }
            for rule in [
                "-m comment --comment \"masquerade LOCAL traffic for {name} external destinations\" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
                "-m comment --comment \"route LOCAL traffic for {name} external destinations\" -m addrtype --src-type LOCAL -j KUBE-SVC-{hash}",
            ] {
                rules.push(rule.to_owned());
            }
            if !self.local.is_empty() {
                rules.push("-j KUBE-SVL-{hash}".into());
            }
        } else {
            rules.push("-m comment --comment \"masquerade traffic for {name} external destinations\" -j KUBE-MARK-MASQ".into());
            rules.push("-j KUBE-SVC-{hash}".into());
        }
        for rule in rules {
            self.nat("KUBE-EXT-{hash}", Field::ExternalPolicy, &rule);
        }
    }

    /// Lets `to` and `sep` stand for an endpoint and its chain.
    fn set_endpoint(&mut self, target: Target) {
        self.names.set("to", &names::endpoint(target));
        self.names.set("sep", &names::endpoint_chain(&self.proxied, target));
    }

    /// Who has come before goes where it was; of the rest each endpoint takes its share of what the ones before it left.
    fn balance(&mut self, chain: &str, targets: &[Target], large: bool) {
        let comment = if large { "" } else { "-m comment --comment \"{name} -> {to}\" " };
        if let Some(seconds) = self.proxied.service.spec.session_affinity {
            self.names.set("seconds", &seconds.to_string());
            for &target in targets {
                self.set_endpoint(target);
                let rule = "-m recent --rcheck --seconds {seconds} --reap --name {sep} --mask {mask} --rsource -j {sep}";
                self.nat(chain, Field::Affinity, &[comment, rule].concat());
            }
        }
        for (index, &target) in targets.iter().enumerate() {
            self.set_endpoint(target);
            let left = targets.len() - index;
            self.names.set("chance", &chance(left));
            let share = if left == 1 { "" } else { "-m statistic --mode random --probability {chance} " };
            self.nat(chain, Field::Selector, &[comment, share, "-j {sep}"].concat());
        }
    }

    fn endpoint(&mut self, target: Target, large: bool) {
        self.set_endpoint(target);
        self.names.set("ip", &target.ip.to_string());
        let comment = if large { "" } else { "-m comment --comment \"{name}\" " };
        self.nat("{sep}", Field::Selector, &["-s {ip}/{host} ", comment, "-j KUBE-MARK-MASQ"].concat());
        let remember = match self.proxied.service.spec.session_affinity {
            Some(_) => "-m recent --set --name {sep} --mask {mask} --rsource ",
            None => "",
        };
        self.nat("{sep}", Field::Selector, &["-p {proto} ", comment, remember, "-m {proto} -j DNAT --to-destination {to}"].concat());
    }
}

fn add(table: &mut Table, names: &Names, proxied: &Proxied<'_>, chain: &str, field: Field, rule: &str) {
    table.add(&names.fill(chain), Some(Origin::new(proxied, field)), &names.fill(rule));
}

/// The n-th part as it is printed: kube-proxy writes ten digits, and the kernel keeps them as a number of 2^31 parts.
fn chance(n: usize) -> String {
    let rounded = |value: u64, by: u64| (value + by / 2) / by;
    let ten_digits = rounded(10_u64.pow(10), n as u64);
    if n == 1 {
        return "1".into();
    }
    let kept = rounded(ten_digits << 31, 10_u64.pow(10));
    // Eleven digits of it: 10^11 by 2^31 is 5^11 by 2^20.
    let printed = rounded(kept * 5_u64.pow(11), 1 << 20).to_string();
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
