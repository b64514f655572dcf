//! Three nodes, their pods and a client outside, as network namespaces: routed as Calico routes, without addresses on bridges.
//!
//! A pod has its address alone on its interface and sends everything to its node, which answers for all addresses (proxy ARP)
//! and routes. The nodes share a segment with a router, in whose namespace the clients outside are: one for each node, whose
//! packets to whatever address go to that node, as if a load balancer had chosen it. What pods send to anything that is not a
//! pod leaves with their node's address.

use std::collections::BTreeMap;

use playground_wasm::model::{IpFamily, Protocol};

use crate::netns::Netns;
use crate::probe::Server;

/// A pod: its name, its node from 1, its addresses; none for one in its node's network namespace.
pub const PODS: &[(&str, u8, Option<[&str; 2]>)] = &[
    ("a", 1, Some(["10.244.1.101", "fd00:10:244:1::101"])),
    ("b", 1, Some(["10.244.1.102", "fd00:10:244:1::102"])),
    ("c", 2, Some(["10.244.2.101", "fd00:10:244:2::101"])),
    ("d", 2, Some(["10.244.2.102", "fd00:10:244:2::102"])),
    ("e", 3, Some(["10.244.3.101", "fd00:10:244:3::101"])),
    ("h", 3, None),
];

/// What every pod listens on.
pub const PORTS: &[(u16, Protocol)] = &[(8080, Protocol::Tcp), (8080, Protocol::Udp), (5353, Protocol::Udp)];

/// The addresses of a node, from 1.
pub fn node_addresses(node: u8) -> [String; 2] {
    [format!("192.168.0.{}", 10 + node), format!("fd00:192::{}", 10 + node)]
}

/// Clients outside whose packets go to a node, from 1, in a family: one within the source ranges that Services have, one beyond.
pub fn clients(node: u8, family: IpFamily) -> [String; 2] {
    match family {
        IpFamily::V4 => [format!("198.51.100.{node}"), format!("198.51.101.{node}")],
        IpFamily::V6 => [format!("2001:db8:100::{node}"), format!("2001:db8:101::{node}")],
    }
}

/// The namespaces by name: `node-1`, `outside`, and pods.
pub struct Topology {
    pub spaces: BTreeMap<String, Netns>,
}

impl Topology {
    /// Builds all; the error says what failed.
    pub fn build() -> Result<Self, String> {
        let mut topology = Self { spaces: BTreeMap::new() };
        let outside = topology.add("outside")?;
        forward(outside)?;
        outside.run(
            "ip link set lo up
             ip link add br0 type bridge
             ip link set br0 up
             ip addr add 192.168.0.1/24 dev br0
             ip addr add fd00:192::1/64 dev br0 nodad",
        )?;
        // What the cluster means, nobody outside can reach; and only a Service's ports are forwarded to it.
        for range in ["10.96.0.0/16", "10.244.0.0/16", "fd00:10::/32"] {
            outside.run(&format!("ip route add blackhole {range}"))?;
        }
        outside.run_with(
            "nft -f -",
            "table inet balancer { chain forward { type filter hook forward priority 0
             ip daddr { 203.0.113.0/24, 198.18.0.0/16 } tcp dport 81 drop
             ip6 daddr { 2001:db8:113::/48, 2001:db8:18::/48 } tcp dport 81 drop; }\n}",
        )?;
        for node in 1..=3 {
            topology.add_node(node)?;
        }
        for (pod, node, address) in PODS {
            let space = match address {
                Some(addresses) => {
                    topology.add_pod(pod, *node, addresses)?;
                    (*pod).to_owned()
                }
                None => format!("node-{node}"),
            };
            for &(port, protocol) in PORTS {
                topology.space(&space).serve(Server { name: pod, port, protocol })?;
            }
        }
        Ok(topology)
    }

    pub fn space(&self, name: &str) -> &Netns {
        &self.spaces[name]
    }

    fn add(&mut self, name: &str) -> Result<&Netns, String> {
        let space = Netns::new(name)?;
        Ok(self.spaces.entry(name.to_owned()).or_insert(space))
    }

    fn add_node(&mut self, node: u8) -> Result<(), String> {
        let name = format!("node-{node}");
        let thread = self.add(&name)?.thread;
        let outside = self.space("outside");
        outside.run(&format!(
            "ip link add n{node} type veth peer name eth0 netns {thread}
             ip link set n{node} master br0
             ip link set n{node} up"
        ))?;
        // The client's packets, and those of the node before it to a balancer's address, go to this node.
        let table = 100 + u32::from(node);
        let before = node_addresses(if node == 1 { 3 } else { node - 1 });
        for (family, option, length, lan, outward) in FAMILIES {
            let address = &node_addresses(node)[usize::from(option == "-6")];
            let before = &before[usize::from(option == "-6")];
            outside.run(&format!(
                "ip {option} route add {lan} dev br0 table {table}\nip {option} route add default via {address} table {table}"
            ))?;
            for client in clients(node, family) {
                outside.run(&format!("ip addr add {client}/{length} dev lo\nip {option} rule add from {client} lookup {table}"))?;
            }
            for range in outward {
                outside.run(&format!("ip {option} rule add from {before} to {range} lookup {table}"))?;
            }
        }
        let space = self.space(&name);
        forward(space)?;
        let [v4, v6] = node_addresses(node);
        space.run(&format!(
            "ip link set lo up
             ip link set eth0 up
             ip addr add {v4}/24 dev eth0
             ip addr add {v6}/64 dev eth0 nodad
             ip route add default via 192.168.0.1
             ip route add default via fd00:192::1
             ipv4/conf/all/route_localnet=1"
        ))?;
        for other in 1..=3 {
            let [v4, v6] = node_addresses(other);
            let via = |address: String| if other == node { String::new() } else { format!("via {address}") };
            let kind = if other == node { "blackhole" } else { "unicast" };
            space.run(&format!(
                "ip route add {kind} 10.244.{other}.0/24 {}
                 ip -6 route add {kind} fd00:10:244:{other}::/64 {}",
                via(v4),
                via(v6)
            ))?;
        }
        Ok(())
    }

    fn add_pod(&mut self, pod: &str, node: u8, [v4, v6]: &[&str; 2]) -> Result<(), String> {
        let space = self.add(pod)?;
        space.run("ipv6/conf/default/accept_dad=0")?;
        let thread = space.thread;
        self.space(&format!("node-{node}")).run(&format!(
            "ip link add cali-{pod} type veth peer name eth0 netns {thread}
             ip link set cali-{pod} up
             ip addr add fe80::1/64 dev cali-{pod} nodad
             ip route add {v4}/32 dev cali-{pod}
             ip route add {v6}/128 dev cali-{pod}
             ipv4/conf/cali-{pod}/proxy_arp=1
             ipv4/neigh/cali-{pod}/proxy_delay=0"
        ))?;
        self.space(pod).run(&format!(
            "ip link set lo up
             ip link set eth0 up
             ip addr add {v4}/32 dev eth0
             ip addr add {v6}/128 dev eth0 nodad
             ip route add 169.254.1.1 dev eth0 scope link
             ip route add default via 169.254.1.1 dev eth0
             ip route add default via fe80::1 dev eth0"
        ))?;
        Ok(())
    }

    /// Clears a node of all rules but the network plugin's, which stand behind kube-proxy's.
    pub fn clear(&self, node: u8) -> Result<(), String> {
        let plugin = "flush ruleset
            table inet plugin { chain postrouting { type nat hook postrouting priority 110
            ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 masquerade
            ip6 saddr fd00:10:244::/56 ip6 daddr != fd00:10:244::/56 masquerade; }\n}";
        self.space(&format!("node-{node}")).run_with("nft -f -", plugin).map(|_| ())
    }
}

/// A family's option of `ip`, length of an address, the segment of the nodes, and the addresses of balancers and external IPs.
const FAMILIES: [(IpFamily, &str, u8, &str, [&str; 2]); 2] = [
    (IpFamily::V4, "-4", 32, "192.168.0.0/24", ["203.0.113.0/24", "198.18.0.0/16"]),
    (IpFamily::V6, "-6", 128, "fd00:192::/64", ["2001:db8:113::/48", "2001:db8:18::/48"]),
];

/// Makes a router of a namespace.
fn forward(space: &Netns) -> Result<(), String> {
    // Rejections are to come however many there are at a time, and hairpins without advice to go straight.
    space.run(
        "ipv4/ip_forward=1
         ipv4/icmp_ratemask=0
         ipv4/icmp_ratelimit=0
         ipv4/conf/all/rp_filter=0
         ipv4/conf/default/rp_filter=0
         ipv4/conf/all/send_redirects=0
         ipv4/conf/default/send_redirects=0
         ipv6/icmp/ratemask=255
         ipv6/icmp/ratelimit=0
         ipv6/conf/default/accept_dad=0
         ipv6/conf/all/forwarding=1",
    )?;
    Ok(())
}
