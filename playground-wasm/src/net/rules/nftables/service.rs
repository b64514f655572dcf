//! The elements and chains of a Service's port: `service-` and `local-` share connections out among the endpoints of the cluster
//! and of the node, `external-` takes what comes from outside, `firewall-` keeps out whom the source ranges do not name, and
//! where clients stay with their endpoint, `endpoint-` remembers them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::table::{Set, Table};
use crate::cluster::NodeId;
use crate::net::endpoints::is_local;
use crate::net::rules::listing::{Field, Origin, join};
use crate::net::rules::names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

const MASQUERADE: &str = "meta mark set meta mark | 0x00004000";

/// Writes the rules of a port.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, table: &mut Table) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { mut cluster, mut local, any, .. } = categorize(net.cluster, &proxied, node);
    cluster.sort_by_cached_key(|target| names::endpoint(*target));
    local.sort_by_cached_key(|target| names::endpoint(*target));
    let name = names::nft_chain(&proxied);
    let writer = Writer {
        net,
        node,
        proxied,
        any,
        cluster,
        local,
        protocol: names::protocol(proxied.port().protocol),
        service: ["service-", &name].concat(),
        own: ["local-", &name].concat(),
        external: ["external-", &name].concat(),
        firewall: ["firewall-", &name].concat(),
        table,
    };
    writer.write(cluster_ip);
}

struct Writer<'a, 'b> {
    net: Network<'a>,
    node: NodeId,
    proxied: Proxied<'a>,
    any: bool,
    cluster: Vec<Target>,
    local: Vec<Target>,
    protocol: &'static str,
    /// Names of the port's chains.
    service: String,
    own: String,
    external: String,
    firewall: String,
    table: &'b mut Table,
}

impl Writer<'_, '_> {
    fn write(mut self, cluster_ip: IpAddr) {
        let affinity = self.proxied.service.spec.session_affinity;
        let mut reachable = self.cluster.clone();
        reachable.extend(self.local.iter().filter(|target| !self.cluster.contains(target)));
        for &target in &reachable {
            if is_local(self.net.cluster, &self.proxied, self.node, target) {
                let (ip, port) = (target.ip.to_string(), target.port.to_string());
                self.element(Set::HairpinConnections, Field::Selector, &[&ip, &ip, self.protocol, &port], "");
            }
            if let Some(seconds) = affinity {
                self.endpoint(target, seconds);
            }
        }
        self.internal(cluster_ip);
        self.outward();
        for (chain, targets) in [(self.service.clone(), self.cluster.clone()), (self.own.clone(), self.local.clone())] {
            if !targets.is_empty() {
                self.balance(&chain, &targets, affinity.is_some());
            }
        }
        if self.any && self.proxied.is_accessible() {
            self.external_chain();
        }
        if self.has_firewall() {
            self.firewall_chain();
        }
    }

    fn element(&mut self, set: Set, field: Field, key: &[&str], value: &str) {
        let origin = Some(Origin::new(&self.proxied, field));
        self.table.element(set, origin, &key.join(" . "), value);
    }

    /// Sends an address to a chain, or turns it away where there is nothing behind it.
    fn address(&mut self, ip: IpAddr, field: Field, chain: Option<&str>, turned_away: Option<(Field, &str)>) {
        let (ip, port) = (ip.to_string(), self.proxied.port().port.to_string());
        let key = [ip.as_str(), self.protocol, &port];
        if let Some(chain) = chain {
            self.element(Set::ServiceIps, field, &key, &["goto ", chain].concat());
        }
        if let Some((field, verdict)) = turned_away {
            self.turn_away(Set::NoEndpointServices, field, &key, verdict);
        }
    }

    fn turn_away(&mut self, set: Set, field: Field, key: &[&str], verdict: &str) {
        let origin = Some(Origin::new(&self.proxied, field));
        let comment = [" comment \"", &names::service_port(&self.proxied), "\""].concat();
        self.table.element(set, origin, &[&key.join(" . "), comment.as_str()].concat(), verdict);
    }

    fn verdict(&self, policy: Field) -> (Field, &'static str) {
        if self.any { (policy, "drop") } else { (Field::Selector, "goto reject-chain") }
    }

    fn internal(&mut self, ip: IpAddr) {
        let local = self.proxied.is_internal_local();
        self.element(Set::ClusterIps, Field::Port, &[&ip.to_string()], "");
        if !self.any || (local && self.local.is_empty()) {
            self.address(ip, Field::Port, None, Some(self.verdict(Field::InternalPolicy)));
        } else {
            let chain = if local { self.own.clone() } else { self.service.clone() };
            self.address(ip, Field::Port, Some(&chain), None);
        }
    }

    /// Addresses and node ports that are reached from outside.
    fn outward(&mut self) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let turned_away = closed.then(|| self.verdict(Field::ExternalPolicy));
        let external = self.external.clone();
        let chain = self.any.then_some(external.as_str());
        for ip in self.proxied.external_ips() {
            self.address(ip, Field::ExternalIps, chain, turned_away);
        }
        for ip in self.proxied.balancer_ips() {
            self.address(ip, Field::LoadBalancer, chain, turned_away);
            if self.has_firewall() {
                let (ip, port) = (ip.to_string(), self.proxied.port().port.to_string());
                let barrier = ["goto ", &self.firewall].concat();
                self.element(Set::FirewallIps, Field::SourceRanges, &[&ip, self.protocol, &port], &barrier);
            }
        }
        if let Some(port) = self.proxied.node_port().map(|port| port.to_string()) {
            let key = [self.protocol, &port];
            if let Some(chain) = chain {
                self.element(Set::ServiceNodePorts, Field::NodePort, &key, &["goto ", chain].concat());
            }
            if let Some((field, verdict)) = turned_away {
                self.turn_away(Set::NoEndpointNodePorts, field, &key, verdict);
            }
        }
    }

    fn has_firewall(&self) -> bool {
        self.proxied.source_ranges().next().is_some() && self.proxied.balancer_ips().next().is_some()
    }

    fn chain(&mut self, name: &str, field: Field) {
        let origin = Some(Origin::new(&self.proxied, field));
        self.table.chain(name, origin);
    }

    fn rule(&mut self, field: Field, words: &[&str]) {
        let origin = Some(Origin::new(&self.proxied, field));
        self.table.rule(origin, &join(words));
    }

    fn external_chain(&mut self) {
        let (name, service, own) = (self.external.clone(), self.service.clone(), self.own.clone());
        let ip = self.table.ip();
        self.chain(&name, Field::ExternalPolicy);
        if !self.proxied.is_external_local() {
            self.rule(Field::ExternalPolicy, &[MASQUERADE, "comment \"masquerade\""]);
            self.rule(Field::ExternalPolicy, &["goto", &service]);
            return;
        }
        for range in pod_ranges(self.net.cluster, self.proxied.family) {
            let range = range.to_string();
            self.rule(Field::ExternalPolicy, &[ip, "saddr", &range, "goto", &service, "comment \"short-circuit pod traffic\""]);
        }
        self.rule(Field::ExternalPolicy, &["fib saddr type local", MASQUERADE, "comment \"masquerade local traffic\""]);
        self.rule(Field::ExternalPolicy, &["fib saddr type local goto", &service, "comment \"short-circuit local traffic\""]);
        if !self.local.is_empty() {
            self.rule(Field::ExternalPolicy, &["goto", &own]);
        }
    }

    fn firewall_chain(&mut self) {
        let name = self.firewall.clone();
        // A range of one address is printed as that address.
        let range =
            |range: &IpNet| if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.trunc().to_string() };
        let mut sources: Vec<String> = self.proxied.source_ranges().map(range).collect();
        let own = primary_ip(self.net.cluster, self.node, self.proxied.family);
        if own.is_some_and(|own| self.proxied.source_ranges().any(|range| range.contains(&own))) {
            sources.extend(self.proxied.balancer_ips().map(|ip| ip.to_string()));
        }
        let ip = self.table.ip();
        let sources = if sources.len() == 1 { sources.concat() } else { ["{ ", &sources.join(", "), " }"].concat() };
        self.chain(&name, Field::SourceRanges);
        self.rule(Field::SourceRanges, &[ip, "saddr !=", &sources, "drop"]);
    }

    /// Each endpoint is as likely as the others; with affinity, who came before goes where it was.
    fn balance(&mut self, chain: &str, targets: &[Target], affinity: bool) {
        let ip = self.table.ip();
        let count = targets.len().to_string();
        self.chain(chain, Field::Selector);
        let elements = |value: &dyn Fn(&Target) -> String| -> String {
            let numbered = targets.iter().enumerate().map(|(index, target)| [&index.to_string(), " : ", &value(target)].concat());
            numbered.collect::<Vec<_>>().join(", ")
        };
        if !affinity {
            let targets = elements(&|target| [&target.ip.to_string(), " . ", &target.port.to_string()].concat());
            self.rule(
                Field::Selector,
                &["meta l4proto", self.protocol, "dnat", ip, "to numgen random mod", &count, "map {", &targets, "}"],
            );
            return;
        }
        let proxied = self.proxied;
        for target in targets {
            let name = names::nft_endpoint_chain(&proxied, *target);
            let (set, endpoint) = (["@affinity-", &name].concat(), ["endpoint-", &name].concat());
            self.rule(Field::Affinity, &[ip, "saddr", &set, "goto", &endpoint]);
        }
        let chains = elements(&|target| ["goto endpoint-", &names::nft_endpoint_chain(&proxied, *target)].concat());
        self.rule(Field::Selector, &["numgen random mod", &count, "vmap {", &chains, "}"]);
    }

    /// The chain of an endpoint that remembers its clients.
    fn endpoint(&mut self, target: Target, seconds: u32) {
        let ip = self.table.ip();
        let name = names::nft_endpoint_chain(&self.proxied, target);
        let set = ["affinity-", &name].concat();
        self.table.remember(&set, seconds, Some(Origin::new(&self.proxied, Field::Affinity)));
        self.chain(&["endpoint-", &name].concat(), Field::Selector);
        self.rule(Field::Affinity, &["update", &["@", &set].concat(), "{", ip, "saddr }"]);
        self.rule(Field::Selector, &["meta l4proto", self.protocol, "dnat to", &names::endpoint(target)]);
    }
}
