//! The elements and chains of a Service's port: `service-` and `local-` share connections out among the endpoints of the cluster
//! and of the node, `external-` takes what comes from outside, `firewall-` keeps out whom the source ranges do not name, and
//! where clients stay with their endpoint, `endpoint-` remembers them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::table::{Set, Table};
use crate::cluster::NodeId;
use crate::net::endpoints::is_local;
use crate::net::rules::listing::{Field, Origin, glue, join};
use crate::net::rules::names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

const MASQUERADE: &str = "meta mark set meta mark | 0x00004000";

/// Writes the rules of a port.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, table: &mut Table) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { cluster, local, any } = categorize(net.cluster, &proxied, node);
    let name = names::nft_chain(&proxied);
    let writer = Writer {
        net,
        node,
        proxied,
        any,
        cluster: names::in_order(&cluster),
        local: names::in_order(&local),
        protocol: names::protocol(proxied.port().protocol),
        service: glue(&["service-", &name]),
        own: glue(&["local-", &name]),
        external: glue(&["external-", &name]),
        firewall: glue(&["firewall-", &name]),
        ip: table.ip(),
    };
    writer.write(cluster_ip, table);
}

struct Writer<'a> {
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
    /// `ip` or `ip6`.
    ip: &'static str,
}

impl Writer<'_> {
    fn write(&self, cluster_ip: IpAddr, table: &mut Table) {
        let affinity = self.proxied.service.spec.session_affinity;
        for &target in self.cluster.iter().chain(self.local.iter().filter(|target| !self.cluster.contains(target))) {
            if is_local(self.net.cluster, &self.proxied, self.node, target) {
                let (ip, port) = (target.ip.to_string(), target.port.to_string());
                self.element(table, Set::HairpinConnections, Field::Selector, &[&ip, &ip, self.protocol, &port], "");
            }
            if let Some(seconds) = affinity {
                self.endpoint(table, target, seconds);
            }
        }
        self.internal(table, cluster_ip);
        self.outward(table);
        for (chain, targets) in [(&self.service, &self.cluster), (&self.own, &self.local)] {
            if !targets.is_empty() {
                self.balance(table, chain, targets, affinity.is_some());
            }
        }
        if self.any && self.proxied.is_accessible() {
            self.external_chain(table);
        }
        if self.has_firewall() {
            self.firewall_chain(table);
        }
    }

    fn element(&self, table: &mut Table, set: Set, field: Field, key: &[&str], value: &str) {
        let origin = Some(Origin::new(&self.proxied, field));
        table.element(set, origin, &key.join(" . "), value);
    }

    /// Sends an address to a chain, or turns it away where there is nothing behind it.
    fn address(&self, table: &mut Table, ip: IpAddr, field: Field, chain: Option<&str>, turned_away: Option<(Field, &str)>) {
        let (ip, port) = (ip.to_string(), self.proxied.port().port.to_string());
        let key = [ip.as_str(), self.protocol, &port];
        if let Some(chain) = chain {
            self.element(table, Set::ServiceIps, field, &key, &glue(&["goto ", chain]));
        }
        if let Some((field, verdict)) = turned_away {
            self.turn_away(table, Set::NoEndpointServices, field, &key, verdict);
        }
    }

    fn turn_away(&self, table: &mut Table, set: Set, field: Field, key: &[&str], verdict: &str) {
        let origin = Some(Origin::new(&self.proxied, field));
        let comment = glue(&[" comment \"", &names::service_port(&self.proxied), "\""]);
        table.element(set, origin, &glue(&[&key.join(" . "), comment.as_str()]), verdict);
    }

    fn verdict(&self, policy: Field) -> (Field, &'static str) {
        if self.any { (policy, "drop") } else { (Field::Selector, "goto reject-chain") }
    }

    fn internal(&self, table: &mut Table, ip: IpAddr) {
        let local = self.proxied.is_internal_local();
        self.element(table, Set::ClusterIps, Field::Port, &[&ip.to_string()], "");
        if !self.any || (local && self.local.is_empty()) {
            self.address(table, ip, Field::Port, None, Some(self.verdict(Field::InternalPolicy)));
        } else {
            let chain = if local { &self.own } else { &self.service };
            self.address(table, ip, Field::Port, Some(chain), None);
        }
    }

    /// Addresses and node ports that are reached from outside.
    fn outward(&self, table: &mut Table) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let turned_away = closed.then(|| self.verdict(Field::ExternalPolicy));
        let chain = self.any.then_some(self.external.as_str());
        for ip in self.proxied.external_ips() {
            self.address(table, ip, Field::ExternalIps, chain, turned_away);
        }
        for ip in self.proxied.balancer_ips() {
            self.address(table, ip, Field::LoadBalancer, chain, turned_away);
            if self.has_firewall() {
                let (ip, port) = (ip.to_string(), self.proxied.port().port.to_string());
                let barrier = glue(&["goto ", &self.firewall]);
                self.element(table, Set::FirewallIps, Field::SourceRanges, &[&ip, self.protocol, &port], &barrier);
            }
        }
        if let Some(port) = self.proxied.node_port().map(|port| port.to_string()) {
            let key = [self.protocol, &port];
            if let Some(chain) = chain {
                self.element(table, Set::ServiceNodePorts, Field::NodePort, &key, &glue(&["goto ", chain]));
            }
            if let Some((field, verdict)) = turned_away {
                self.turn_away(table, Set::NoEndpointNodePorts, field, &key, verdict);
            }
        }
    }

    fn has_firewall(&self) -> bool {
        self.proxied.source_ranges().next().is_some() && self.proxied.balancer_ips().next().is_some()
    }

    fn chain(&self, table: &mut Table, name: &str, field: Field) {
        let origin = Some(Origin::new(&self.proxied, field));
        table.chain(name, origin);
    }

    fn rule(&self, table: &mut Table, field: Field, words: &[&str]) {
        let origin = Some(Origin::new(&self.proxied, field));
        table.rule(origin, &join(words));
    }

    fn external_chain(&self, table: &mut Table) {
        self.chain(table, &self.external, Field::ExternalPolicy);
        if !self.proxied.is_external_local() {
            self.rule(table, Field::ExternalPolicy, &[MASQUERADE, "comment \"masquerade\""]);
            self.rule(table, Field::ExternalPolicy, &["goto", &self.service]);
            return;
        }
        for range in pod_ranges(self.net.cluster, self.proxied.family) {
            let range = range.to_string();
            self.rule(
                table,
                Field::ExternalPolicy,
                &[self.ip, "saddr", &range, "goto", &self.service, "comment \"short-circuit pod traffic\""],
            );
        }
        self.rule(table, Field::ExternalPolicy, &["fib saddr type local", MASQUERADE, "comment \"masquerade local traffic\""]);
        self.rule(table, Field::ExternalPolicy, &["fib saddr type local goto", &self.service, "comment \"short-circuit local traffic\""]);
        if !self.local.is_empty() {
            self.rule(table, Field::ExternalPolicy, &["goto", &self.own]);
        }
    }

    fn firewall_chain(&self, table: &mut Table) {
        // A range of one address is printed as that address.
        let range =
            |range: &IpNet| if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.trunc().to_string() };
        let mut sources: Vec<String> = self.proxied.source_ranges().map(range).collect();
        let own = primary_ip(self.net.cluster, self.node, self.proxied.family);
        if own.is_some_and(|own| self.proxied.source_ranges().any(|range| range.contains(&own))) {
            sources.extend(self.proxied.balancer_ips().map(|ip| ip.to_string()));
        }
        let sources = if sources.len() == 1 { sources.concat() } else { glue(&["{ ", &sources.join(", "), " }"]) };
        self.chain(table, &self.firewall, Field::SourceRanges);
        self.rule(table, Field::SourceRanges, &[self.ip, "saddr !=", &sources, "drop"]);
    }

    /// Each endpoint is as likely as the others; with affinity, who came before goes where it was.
    fn balance(&self, table: &mut Table, chain: &str, targets: &[Target], affinity: bool) {
        let count = targets.len().to_string();
        self.chain(table, chain, Field::Selector);
        let elements = |value: &dyn Fn(&Target) -> String| -> String {
            let numbered = targets.iter().enumerate().map(|(index, target)| glue(&[&index.to_string(), " : ", &value(target)]));
            numbered.collect::<Vec<_>>().join(", ")
        };
        if !affinity {
            let targets = elements(&|target| glue(&[&target.ip.to_string(), " . ", &target.port.to_string()]));
            self.rule(
                table,
                Field::Selector,
                &["meta l4proto", self.protocol, "dnat", self.ip, "to numgen random mod", &count, "map {", &targets, "}"],
            );
            return;
        }
        let proxied = self.proxied;
        for target in targets {
            let name = names::nft_endpoint_chain(&proxied, *target);
            let (set, endpoint) = (glue(&["@affinity-", &name]), glue(&["endpoint-", &name]));
            self.rule(table, Field::Affinity, &[self.ip, "saddr", &set, "goto", &endpoint]);
        }
        let chains = elements(&|target| glue(&["goto endpoint-", &names::nft_endpoint_chain(&proxied, *target)]));
        self.rule(table, Field::Selector, &["numgen random mod", &count, "vmap {", &chains, "}"]);
    }

    /// The chain of an endpoint that remembers its clients.
    fn endpoint(&self, table: &mut Table, target: Target, seconds: u32) {
        let name = names::nft_endpoint_chain(&self.proxied, target);
        let set = glue(&["affinity-", &name]);
        table.remember(&set, seconds, Some(Origin::new(&self.proxied, Field::Affinity)));
        self.chain(table, &glue(&["endpoint-", &name]), Field::Selector);
        self.rule(table, Field::Affinity, &["update", &glue(&["@", &set]), "{", self.ip, "saddr }"]);
        self.rule(table, Field::Selector, &["meta l4proto", self.protocol, "dnat to", &names::endpoint(target)]);
    }
}
