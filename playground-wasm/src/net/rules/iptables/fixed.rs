//! What is there whatever Services there are: the ways from the kernel's hooks to kube-proxy's chains, and masquerading.

use super::table::{Table, Tables};
use crate::model::IpFamily;
use crate::net::rules::listing::glue;

const NEW: &str = "-m conntrack --ctstate NEW ";

/// `iptablesJumpChains`, in the order in which they come to stand on a node whose kubelet was there before kube-proxy.
const FILTER_JUMPS: &[(&str, &str, &str, &str)] = &[
    ("INPUT", NEW, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
    ("INPUT", "", "kubernetes health check service ports", "KUBE-NODEPORTS"),
    ("INPUT", NEW, "kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES"),
    ("INPUT", "", "", "KUBE-FIREWALL"),
    ("FORWARD", NEW, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
    ("FORWARD", "", "kubernetes forwarding rules", "KUBE-FORWARD"),
    ("FORWARD", NEW, "kubernetes service portals", "KUBE-SERVICES"),
    ("FORWARD", NEW, "kubernetes externally-visible service portals", "KUBE-EXTERNAL-SERVICES"),
    ("OUTPUT", NEW, "kubernetes load balancer firewall", "KUBE-PROXY-FIREWALL"),
    ("OUTPUT", NEW, "kubernetes service portals", "KUBE-SERVICES"),
    ("OUTPUT", "", "", "KUBE-FIREWALL"),
];

const NAT_JUMPS: &[(&str, &str, &str, &str)] = &[
    ("PREROUTING", "", "kubernetes service portals", "KUBE-SERVICES"),
    ("OUTPUT", "", "kubernetes service portals", "KUBE-SERVICES"),
    ("POSTROUTING", "", "kubernetes postrouting rules", "KUBE-POSTROUTING"),
];

/// The rules that masquerade what was marked, and let it pass; 0x4000 is the mark of `masqueradeBit` 14.
const FILTER: &[(&str, &str)] = &[
    ("KUBE-FORWARD", "-m conntrack --ctstate INVALID -j DROP"),
    ("KUBE-FORWARD", "-m comment --comment \"kubernetes forwarding rules\" -m mark --mark 0x4000/0x4000 -j ACCEPT"),
    ("KUBE-FORWARD", "-m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
];

const NAT: &[(&str, &str)] = &[
    ("KUBE-MARK-MASQ", "-j MARK --set-xmark 0x4000/0x4000"),
    ("KUBE-POSTROUTING", "-m mark ! --mark 0x4000/0x4000 -j RETURN"),
    ("KUBE-POSTROUTING", "-j MARK --set-xmark 0x4000/0x0"),
    ("KUBE-POSTROUTING", "-m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE --random-fully"),
];

/// Localhost node ports need `route_localnet`, which would let others on the network reach 127.0.0.1.
const LOCALNET: &str = "! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"block incoming localnet connections\" \
                        -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP";

const NODE_PORTS: &str = "-m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule in this chain\" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS";

/// Writes them; the way to the node ports comes last.
pub fn write(family: IpFamily, tables: &mut Tables) {
    for chain in ["KUBE-EXTERNAL-SERVICES", "KUBE-FIREWALL", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL", "KUBE-SERVICES"] {
        tables.filter.declare(chain);
    }
    tables.nat.declare("KUBE-NODEPORTS");
    jumps(&mut tables.filter, FILTER_JUMPS);
    jumps(&mut tables.nat, NAT_JUMPS);
    for (chain, rule) in FILTER {
        tables.filter.add(chain, None, rule);
    }
    for (chain, rule) in NAT {
        tables.nat.add(chain, None, rule);
    }
    match family {
        IpFamily::V4 => {
            tables.filter.add("KUBE-FIREWALL", None, LOCALNET);
            tables.nat.add("KUBE-SERVICES", None, NODE_PORTS);
        }
        IpFamily::V6 => tables.nat.add("KUBE-SERVICES", None, &glue(&["! -d ::1/128 ", NODE_PORTS])),
    }
}

fn jumps(table: &mut Table, jumps: &[(&str, &str, &str, &str)]) {
    for (from, matches, comment, to) in jumps {
        let comment = if comment.is_empty() { String::new() } else { glue(&["-m comment --comment \"", comment, "\" "]) };
        table.add(from, None, &glue(&[*matches, &comment, "-j ", *to]));
    }
}
