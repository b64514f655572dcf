//! kube-proxy's table: sets and maps, chains of rules, and how `nft` prints them.

use crate::model::IpFamily;
use crate::net::rules::listing::{Line, Origin, glue};

/// The sets and maps that are always there, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    HairpinConnections,
    ClusterIps,
    NodePortIps,
    NoEndpointServices,
    NoEndpointNodePorts,
    FirewallIps,
    ServiceIps,
    ServiceNodePorts,
}

/// Name, what the elements are (`A` stands for an address), and what it is for.
const SETS: [(Set, &str, &str, &str); 8] = [
    (Set::HairpinConnections, "set hairpin-connections", "A . A . inet_proto . inet_service", "service hairpin connections"),
    (Set::ClusterIps, "set cluster-ips", "A", "Active ClusterIPs"),
    (Set::NodePortIps, "set nodeport-ips", "A", "IPs that accept NodePort traffic"),
    (
        Set::NoEndpointServices,
        "map no-endpoint-services",
        "A . inet_proto . inet_service : verdict",
        "vmap to drop or reject packets to services with no endpoints",
    ),
    (
        Set::NoEndpointNodePorts,
        "map no-endpoint-nodeports",
        "inet_proto . inet_service : verdict",
        "vmap to drop or reject packets to service nodeports with no endpoints",
    ),
    (
        Set::FirewallIps,
        "map firewall-ips",
        "A . inet_proto . inet_service : verdict",
        "destinations that are subject to LoadBalancerSourceRanges",
    ),
    (Set::ServiceIps, "map service-ips", "A . inet_proto . inet_service : verdict", "ClusterIP, ExternalIP and LoadBalancer IP traffic"),
    (Set::ServiceNodePorts, "map service-nodeports", "inet_proto . inet_service : verdict", "NodePort traffic"),
];

/// The table of an address family as it grows.
pub struct Table {
    family: IpFamily,
    elements: Vec<(Set, Line)>,
    /// Sets that remember clients, with how long, in seconds.
    affinity: Vec<(String, u32, Option<Origin>)>,
    chains: Vec<(String, Option<Origin>, Vec<Line>)>,
}

impl Table {
    pub fn new(family: IpFamily) -> Self {
        Self { family, elements: Vec::new(), affinity: Vec::new(), chains: Vec::new() }
    }

    /// `ip` or `ip6`.
    pub fn ip(&self) -> &'static str {
        if self.family == IpFamily::V4 { "ip" } else { "ip6" }
    }

    /// Adds an element unless one of the same key is there: of two Services that claim an address, the first keeps it.
    pub fn element(&mut self, set: Set, origin: Option<Origin>, key: &str, value: &str) {
        let text = if value.is_empty() { key.to_owned() } else { glue(&[key, " : ", value]) };
        let same = |line: &Line| line.text.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if !self.elements.iter().any(|(other, line)| *other == set && same(line)) {
            self.elements.push((set, Line { text, origin }));
        }
    }

    /// A set that remembers clients for so many seconds.
    pub fn remember(&mut self, name: &str, seconds: u32, origin: Option<Origin>) {
        self.affinity.push((name.to_owned(), seconds, origin));
    }

    /// Makes a chain.
    pub fn chain(&mut self, name: &str, origin: Option<Origin>) {
        self.chains.push((name.to_owned(), origin, Vec::new()));
    }

    /// Appends a rule to the chain that was made last.
    pub fn rule(&mut self, origin: Option<Origin>, text: &str) {
        if let Some((_, _, rules)) = self.chains.last_mut() {
            rules.push(Line { text: text.to_owned(), origin });
        }
    }

    /// The text; without what is empty, unless it is the whole table.
    pub fn lines(self, whole: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut line = |origin: Option<Origin>, parts: &[&str]| lines.push(Line { text: parts.concat(), origin });
        let address = if self.family == IpFamily::V4 { "ipv4_addr" } else { "ipv6_addr" };
        line(None, &["table ", self.ip(), " kube-proxy {"]);
        line(None, &["\tcomment \"rules for kube-proxy\""]);
        for (set, name, kind, comment) in SETS {
            let elements: Vec<&Line> = self.elements.iter().filter(|(of, _)| *of == set).map(|(_, line)| line).collect();
            if elements.is_empty() && !whole {
                continue;
            }
            line(None, &["\t", name, " {"]);
            line(None, &["\t\ttype ", &kind.replace('A', address)]);
            line(None, &["\t\tcomment \"", comment, "\""]);
            for (index, element) in elements.iter().enumerate() {
                let before = if index == 0 { "\t\telements = { " } else { "\t\t\t     " };
                let after = if index + 1 == elements.len() { " }" } else { "," };
                line(element.origin, &[before, &element.text, after]);
            }
            line(None, &["\t}"]);
            line(None, &[""]);
        }
        for (name, seconds, origin) in &self.affinity {
            line(*origin, &["\tset ", name, " {"]);
            for property in ["type ", "size ", "flags ", "timeout "] {
                let value = match property {
                    "type " => address.to_owned(),
                    "size " => "65535".into(),
                    "flags " => "dynamic,timeout".into(),
                    _ => duration(*seconds),
                };
                line(*origin, &["\t\t", property, &value]);
            }
            line(*origin, &["\t}"]);
            line(None, &[""]);
        }
        let last = self.chains.len().saturating_sub(1);
        for (index, (name, origin, rules)) in self.chains.iter().enumerate() {
            line(*origin, &["\tchain ", name, " {"]);
            for rule in rules {
                line(rule.origin, &["\t\t", &rule.text]);
            }
            line(*origin, &["\t}"]);
            if index != last {
                line(None, &[""]);
            }
        }
        line(None, &["}"]);
        lines
    }
}

/// `10800` seconds as `3h`, `5400` as `1h30m`.
fn duration(seconds: u32) -> String {
    let mut text = String::new();
    for (part, unit) in [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')] {
        if part > 0 {
            text += &part.to_string();
            text.push(unit);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_as_nft_prints_them() {
        for (seconds, printed) in [(10_800, "3h"), (5_400, "1h30m"), (1, "1s"), (86_400, "1d"), (86_399, "23h59m59s")] {
            assert_eq!(duration(seconds), printed);
        }
    }
}
