//! Three nodes, their pods and a client outside, as network namespaces: routed as Calico routes, without addresses on bridges.
//!
//! A pod has its address alone on its interface and sends everything to its node, which answers for all addresses (proxy ARP)
//! and routes. The nodes share a segment with a router, in whose namespace the clients outside are: one for each node, whose
//! packets to whatever address go to that node, as if a load balancer had chosen it. What pods send to anything that is not a
//! pod leaves with their node's address.

use std::collections::BTreeMap;

use playground_wasm::model::Protocol;

use crate::netns::Netns;
use crate::probe::Server;

/// A pod: its name, its node from 1, its address; none for one in its node's network namespace.
pub const PODS: &[(&str, u8, Option<&str>)] = &[
    ("a", 1, Some("10.244.1.101")),
    ("b", 1, Some("10.244.1.102")),
    ("c", 2, Some("10.244.2.101")),
    ("d", 2, Some("10.244.2.102")),
    ("e", 3, Some("10.244.3.101")),
    ("h", 3, None),
];

/// What every pod listens on.
pub const PORTS: &[(u16, Protocol)] = &[(8080, Protocol::Tcp), (8080, Protocol::Udp), (5353, Protocol::Udp)];

/// The address of a node, from 1.
pub fn node_address(node: u8) -> String {
    format!("192.168.0.{}", 10 + node)
}

/// Clients outside whose packets go to a node, from 1: one within the source ranges that Services have, one beyond.
pub fn clients(node: u8) -> [String; 2] {
    [format!("198.51.100.{node}"), format!("198.51.101.{node}")]
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
        outside.run("ip link set lo up\nip link add br0 type bridge\nip link set br0 up\nip addr add 192.168.0.1/24 dev br0")?;
        forward(outside)?;
        // What the cluster means, nobody outside can reach; and only a Service's ports are forwarded to it.
        outside.run("ip route add blackhole 10.96.0.0/16\nip route add blackhole 10.244.0.0/16")?;
        outside.run_with(
            "nft -f -",
            "table ip balancer { chain forward { type filter hook forward priority 0; ip daddr { 203.0.113.0/24, 198.18.0.0/16 } tcp dport 81 drop; }\n}",
        )?;
        for node in 1..=3 {
            topology.add_node(node)?;
        }
        for (pod, node, address) in PODS {
            let space = match address {
                Some(address) => {
                    topology.add_pod(pod, *node, address)?;
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
        let (name, address) = (format!("node-{node}"), node_address(node));
        let space = self.add(&name)?;
        let thread = space.thread;
        let outside = self.space("outside");
        outside.run(&format!(
            "ip link add n{node} type veth peer name eth0 netns {thread}
             ip link set n{node} master br0
             ip link set n{node} up"
        ))?;
        // The client's packets, and those of the node before it to a balancer's address, go to this node.
        let before = node_address(if node == 1 { 3 } else { node - 1 });
        let table = 100 + u32::from(node);
        let [near, far] = clients(node);
        outside.run(&format!(
            "ip addr add {near}/32 dev lo
             ip addr add {far}/32 dev lo
             ip route add 192.168.0.0/24 dev br0 table {table}
             ip route add default via {address} table {table}
             ip rule add from {near} lookup {table}
             ip rule add from {far} lookup {table}
             ip rule add from {before} to 203.0.113.0/24 lookup {table}
             ip rule add from {before} to 198.18.0.0/16 lookup {table}"
        ))?;
        let space = self.space(&name);
        space.run(&format!(
            "ip link set lo up
             ip link set eth0 up
             ip addr add {address}/24 dev eth0
             ip route add default via 192.168.0.1"
        ))?;
        for other in (1..=3).filter(|&other| other != node) {
            space.run(&format!("ip route add 10.244.{other}.0/24 via {}", node_address(other)))?;
        }
        space.run(&format!("ip route add blackhole 10.244.{node}.0/24"))?;
        forward(space)?;
        space.run("conf/all/route_localnet=1")?;
        Ok(())
    }

    fn add_pod(&mut self, pod: &str, node: u8, address: &str) -> Result<(), String> {
        let thread = self.add(pod)?.thread;
        let host = self.space(&format!("node-{node}"));
        host.run(&format!(
            "ip link add cali-{pod} type veth peer name eth0 netns {thread}
             ip link set cali-{pod} up
             ip route add {address}/32 dev cali-{pod}
             conf/cali-{pod}/proxy_arp=1
             neigh/cali-{pod}/proxy_delay=0"
        ))?;
        self.space(pod).run(&format!(
            "ip link set lo up
             ip link set eth0 up
             ip addr add {address}/32 dev eth0
             ip route add 169.254.1.1 dev eth0 scope link
             ip route add default via 169.254.1.1 dev eth0"
        ))?;
        Ok(())
    }

    /// Puts rules in force on a node, in place of those that were: an `iptables-restore` or an `nft` text.
    pub fn load(&self, node: u8, command: &str, rules: &str) -> Result<(), String> {
        let space = self.space(&format!("node-{node}"));
        // The network plugin's part, behind kube-proxy's.
        let plugin = "flush ruleset\ntable ip plugin { chain postrouting { type nat hook postrouting priority 110; \
                      ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 masquerade; }\n}";
        space.run_with("nft -f -", plugin)?;
        space.run_with(command, rules)?;
        Ok(())
    }
}

/// Makes a router of a namespace.
fn forward(space: &Netns) -> Result<(), String> {
    // Rejections are to come however many there are at a time, and hairpins without advice to go straight.
    space.run(
        "ip_forward=1
         icmp_ratemask=0
         conf/all/rp_filter=0
         conf/default/rp_filter=0
         conf/all/send_redirects=0
         conf/default/send_redirects=0",
    )?;
    Ok(())
}
