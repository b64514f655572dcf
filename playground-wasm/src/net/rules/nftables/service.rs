//! The elements and chains of a Service's port: `service-` and `local-` share connections out among the endpoints of the cluster
//! and of the node, `external-` takes what comes from outside, `firewall-` keeps out whom the source ranges do not name, and
//! where clients stay with their endpoint, `endpoint-` remembers them.

use std::net::IpAddr;

use super::table::{Set, Table};
use crate::cluster::NodeId;
use crate::net::endpoints::is_local;
use crate::net::rules::listing::{Field, Origin};
use crate::net::rules::names;
use crate::net::rules::template::Names;
use crate::net::service::{pod_ranges, primary_ip};
use crate::net::{Categories, Network, Proxied, Target, categorize};

/// Writes the rules of a port.
pub fn write(net: Network<'_>, node: NodeId, proxied: Proxied<'_>, table: &mut Table) {
    let Some(cluster_ip) = proxied.cluster_ip() else { return };
    let Categories { cluster, local, any, .. } = categorize(net.cluster, &proxied, node);
    let mut names = Names::default();
    names.set("ipx", table.ip());
    names.set("name", &names::service_port(&proxied));
    names.set("proto", names::protocol(proxied.port().protocol));
    names.set("port", &proxied.port().port.to_string());
    names.set("base", &names::nft_chain(&proxied));
    names.set("away", if any { "drop" } else { "goto reject-chain" });
    let mut writer = Writer { proxied, any, cluster: names::in_order(&cluster), local: names::in_order(&local), names, table };
    writer.endpoints(net, node);
    writer.internal(cluster_ip);
    writer.outward();
    let (cluster, local) = (std::mem::take(&mut writer.cluster), std::mem::take(&mut writer.local));
    writer.balance("service-{base}", &cluster);
    writer.balance("local-{base}", &local);
    if any && proxied.is_accessible() {
        writer.external_chain(net, !local.is_empty());
    }
    if writer.has_firewall() {
        writer.firewall_chain(primary_ip(net.cluster, node, proxied.family));
    }
}

struct Writer<'a, 'b> {
    proxied: Proxied<'a>,
    any: bool,
    cluster: Vec<Target>,
    local: Vec<Target>,
    names: Names,
    table: &'b mut Table,
}

impl Writer<'_, '_> {
    fn element(&mut self, set: Set, field: Field, key: &str, value: &str) {
        self.table.element(set, Some(Origin::new(&self.proxied, field)), &self.names.fill(key), &self.names.fill(value));
    }

    /// Packets for which there is no endpoint, here or anywhere.
    fn turn_away(&mut self, set: Set, field: Field, key: &str) {
        let field = if self.any { field } else { Field::Selector };
        self.element(set, field, &[key, " comment \"{name}\""].concat(), "{away}");
    }

    fn chain(&mut self, name: &str, field: Field) {
        self.table.chain(&self.names.fill(name), Some(Origin::new(&self.proxied, field)));
    }

    fn rule(&mut self, field: Field, rule: &str) {
        self.table.rule(Some(Origin::new(&self.proxied, field)), &self.names.fill(rule));
    }

    /// Lets `to` stand for an endpoint's address and port, and `end` for what its chain and set are called by.
    fn set_endpoint(&mut self, target: Target) {
        self.names.set("to", &names::endpoint(target));
        self.names.set("end", &names::nft_endpoint_chain(&self.proxied, target));
    }

    /// Which packets are hairpins, and chains that remember clients where they are to come back.
    fn endpoints(&mut self, net: Network<'_>, node: NodeId) {
        let mut reachable = self.cluster.clone();
        reachable.extend(self.local.iter().filter(|target| !self.cluster.contains(target)));
        for target in reachable {
            self.set_endpoint(target);
            if is_local(net.cluster, &self.proxied, node, target) {
                self.names.set("ip", &target.ip.to_string());
                self.names.set("at", &target.port.to_string());
                self.element(Set::HairpinConnections, Field::Selector, "{ip} . {ip} . {proto} . {at}", "");
            }
            if let Some(seconds) = self.proxied.service.spec.session_affinity {
                let origin = Some(Origin::new(&self.proxied, Field::Affinity));
                self.table.remember(&self.names.fill("affinity-{end}"), seconds, origin);
                self.chain("endpoint-{end}", Field::Selector);
                self.rule(Field::Affinity, "update @affinity-{end} { {ipx} saddr }");
                self.rule(Field::Selector, "meta l4proto {proto} dnat to {to}");
            }
        }
    }

    fn internal(&mut self, ip: IpAddr) {
        let local = self.proxied.is_internal_local();
        self.names.set("ip", &ip.to_string());
        self.element(Set::ClusterIps, Field::Port, "{ip}", "");
        if !self.any || (local && self.local.is_empty()) {
            self.turn_away(Set::NoEndpointServices, Field::InternalPolicy, "{ip} . {proto} . {port}");
        } else {
            let chain = if local { "goto local-{base}" } else { "goto service-{base}" };
            self.element(Set::ServiceIps, Field::Port, "{ip} . {proto} . {port}", chain);
        }
    }

    /// Addresses and node ports that are reached from outside.
    fn outward(&mut self) {
        let closed = !self.any || (self.proxied.is_external_local() && self.local.is_empty());
        let balanced = self.proxied.balancer_ips().map(|ip| (ip, Field::LoadBalancer));
        for (ip, field) in self.proxied.external_ips().map(|ip| (ip, Field::ExternalIps)).chain(balanced) {
            self.names.set("ip", &ip.to_string());
            let key = "{ip} . {proto} . {port}";
            if self.any {
                self.element(Set::ServiceIps, field, key, "goto external-{base}");
            }
            if closed {
                self.turn_away(Set::NoEndpointServices, Field::ExternalPolicy, key);
            }
            if field == Field::LoadBalancer && self.has_firewall() {
                self.element(Set::FirewallIps, Field::SourceRanges, key, "goto firewall-{base}");
            }
        }
        if let Some(port) = self.proxied.node_port() {
            self.names.set("open", &port.to_string());
            if self.any {
                self.element(Set::ServiceNodePorts, Field::NodePort, "{proto} . {open}", "goto external-{base}");
            }
            if closed {
                self.turn_away(Set::NoEndpointNodePorts, Field::ExternalPolicy, "{proto} . {open}");
            }
        }
    }

    fn has_firewall(&self) -> bool {
        self.proxied.source_ranges().next().is_some() && self.proxied.balancer_ips().next().is_some()
    }

    fn external_chain(&mut self, net: Network<'_>, has_local: bool) {
        self.chain("external-{base}", Field::ExternalPolicy);
        if !self.proxied.is_external_local() {
            self.rule(Field::ExternalPolicy, "meta mark set meta mark | 0x00004000 comment \"masquerade\"");
            self.rule(Field::ExternalPolicy, "goto service-{base}");
            return;
        }
        for range in pod_ranges(net.cluster, self.proxied.family) {
            self.names.set("pods", &range.to_string());
            self.rule(Field::ExternalPolicy, "{ipx} saddr {pods} goto service-{base} comment \"short-circuit pod traffic\"");
        }
        let masquerade = "fib saddr type local meta mark set meta mark | 0x00004000 comment \"masquerade local traffic\"";
        self.rule(Field::ExternalPolicy, masquerade);
        self.rule(Field::ExternalPolicy, "fib saddr type local goto service-{base} comment \"short-circuit local traffic\"");
        if has_local {
            self.rule(Field::ExternalPolicy, "goto local-{base}");
        }
    }

    fn firewall_chain(&mut self, own: Option<IpAddr>) {
        // A range of one address is printed as that address.
        let sources: Vec<String> = names::sources(&self.proxied, own)
            .iter()
            .map(|range| if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.to_string() })
            .collect();
        self.names.set("sources", &sources.join(", "));
        self.chain("firewall-{base}", Field::SourceRanges);
        let rule = if sources.len() == 1 { "{ipx} saddr != {sources} drop" } else { "{ipx} saddr != { {sources} } drop" };
        self.rule(Field::SourceRanges, rule);
    }

    /// Each endpoint is as likely as the others; with affinity, who came before goes where it was.
    fn balance(&mut self, chain: &str, targets: &[Target]) {
        if targets.is_empty() {
            return;
        }
        let affinity = self.proxied.service.spec.session_affinity.is_some();
        self.chain(chain, Field::Selector);
        let mut elements = Vec::new();
        for (index, &target) in targets.iter().enumerate() {
            self.set_endpoint(target);
            self.names.set("ip", &target.ip.to_string());
            self.names.set("at", &target.port.to_string());
            self.names.set("index", &index.to_string());
            if affinity {
                self.rule(Field::Affinity, "{ipx} saddr @affinity-{end} goto endpoint-{end}");
            }
            elements.push(self.names.fill(if affinity { "{index} : goto endpoint-{end}" } else { "{index} : {ip} . {at}" }));
        }
        self.names.set("count", &targets.len().to_string());
        self.names.set("elements", &elements.join(", "));
        let rule = if affinity {
            "numgen random mod {count} vmap { {elements} }"
        } else {
            "meta l4proto {proto} dnat {ipx} to numgen random mod {count} map { {elements} }"
        };
        self.rule(Field::Selector, rule);
    }
}
