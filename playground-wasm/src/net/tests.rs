//! What node-1 does with packets, written by hand from `pkg/proxy`'s sources, in every mode of kube-proxy.

use serde_json::json;

use crate::cluster::{Config, ProxyMode};
use crate::control::Simulation;
use crate::dto::SourceFile;
use crate::load::Loader;
use crate::query::{Answer, Query, answer};

/// `e1` is an endpoint on node-1, `e2` on node-2.
const SERVICES: &str = "
apiVersion: v1
kind: Service
metadata: {name: all, namespace: a}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.41
  externalIPs: [198.18.0.41]
  ports: [{name: p, port: 80, nodePort: 30041}, {name: q, port: 80, protocol: UDP, nodePort: 30041}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.41}]}}
---
apiVersion: v1
kind: Service
metadata: {name: local, namespace: a}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  clusterIP: 10.96.0.42
  externalIPs: [198.18.0.42]
  ports: [{name: p, port: 80, nodePort: 30042}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.42}]}}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: a}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  internalTrafficPolicy: Local
  clusterIP: 10.96.0.43
  ports: [{name: p, port: 80, nodePort: 30043}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.43}]}}
---
apiVersion: v1
kind: Service
metadata: {name: inner, namespace: a}
spec:
  internalTrafficPolicy: Local
  clusterIP: 10.96.0.44
  ports: [{name: p, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: ranges, namespace: a}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.45
  loadBalancerSourceRanges: [198.51.100.0/24, 'fd00:5::/64']
  ports: [{name: p, port: 80, nodePort: 30045}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.45}]}}
---
apiVersion: v1
kind: Service
metadata: {name: barred, namespace: a}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.46
  loadBalancerSourceRanges: [198.51.100.0/24]
  ports: [{name: p, port: 80, nodePort: 30046}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.46}]}}
---
apiVersion: v1
kind: Service
metadata: {name: draining, namespace: a}
spec:
  clusterIP: 10.96.0.47
  type: NodePort
  externalTrafficPolicy: Local
  ports: [{name: p, port: 80, nodePort: 30047}]
---
apiVersion: v1
kind: Service
metadata: {name: zones, namespace: a}
spec:
  clusterIP: 10.96.0.48
  ports: [{name: p, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: a}
spec:
  clusterIP: None
  externalIPs: [198.18.0.49]
  ports: [{name: p, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: proxy, namespace: a}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.50
  allocateLoadBalancerNodePorts: false
  ports: [{name: p, port: 80}]
status: {loadBalancer: {ingress: [{ip: 203.0.113.50, ipMode: Proxy}]}}
---
apiVersion: v1
kind: Service
metadata: {name: nodes, namespace: a}
spec:
  clusterIP: 10.96.0.51
  ports: [{name: p, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: twice, namespace: a}
spec:
  type: NodePort
  clusterIPs: [10.96.0.52, 'fd00:10:96::52']
  ipFamilyPolicy: RequireDualStack
  ports: [{name: p, port: 80, nodePort: 30052}]
---
apiVersion: v1
kind: Service
metadata: {name: mine, namespace: a}
spec:
  type: NodePort
  clusterIP: 10.96.0.53
  ports: [{name: p, port: 80, nodePort: 30053}]
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {topology.kubernetes.io/zone: z1}}
status: {addresses: [{type: InternalIP, address: 192.168.0.11}, {type: InternalIP, address: 192.168.1.11}, {type: InternalIP, address: 'fd00:192::11'}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-2, labels: {topology.kubernetes.io/zone: z2}}
status: {addresses: [{type: InternalIP, address: 192.168.0.12}]}
";

const READY: &str = "ready: true, serving: true, terminating: false";
const DRAINING: &str = "ready: false, serving: true, terminating: true";

fn slice(service: &str, endpoints: &[(&str, &str, &str, &str)]) -> String {
    let family = if endpoints.iter().any(|(ip, ..)| ip.contains(':')) { "IPv6" } else { "IPv4" };
    let mut text = format!(
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: {family}\n\
         metadata: {{name: {}, namespace: a, labels: {{kubernetes.io/service-name: {service}}}}}\n\
         ports: [{{name: p, port: 8080}}, {{name: q, port: 9090, protocol: UDP}}]\nendpoints:\n",
        format!("{service}-{family}").to_lowercase()
    );
    text.extend(endpoints.iter().map(|(ip, node, conditions, hints)| {
        format!("- {{addresses: ['{ip}'], nodeName: {node}, conditions: {{{conditions}}}, hints: {{{hints}}}}}\n")
    }));
    text
}

fn manifests() -> String {
    let (e1, e2) = (("10.244.1.5", "node-1", READY, ""), ("10.244.2.5", "node-2", READY, ""));
    let mut text = SERVICES.to_owned();
    for service in ["all", "local", "ranges", "proxy"] {
        text += &slice(service, &[e2, e1]);
    }
    for service in ["elsewhere", "inner"] {
        text += &slice(service, &[e2]);
    }
    text += &slice("mine", &[e1]);
    text += &slice("bare", &[e1]);
    text += &slice("draining", &[("10.244.1.5", "node-1", DRAINING, ""), ("10.244.2.5", "node-2", READY, "")]);
    let zone = |zone: &'static str| if zone == "z1" { "forZones: [{name: z1}]" } else { "forZones: [{name: z2}]" };
    text += &slice("zones", &[("10.244.1.5", "node-1", READY, zone("z2")), ("10.244.2.5", "node-2", READY, zone("z1"))]);
    let node = |node: &'static str| if node == "node-1" { "forNodes: [{name: node-1}]" } else { "forNodes: [{name: node-2}]" };
    text += &slice("nodes", &[("10.244.1.5", "node-1", READY, node("node-1")), ("10.244.2.5", "node-2", READY, node("node-2"))]);
    text += &slice("twice", &[e1]);
    text += &slice("twice", &[("fd00:10:244:1::5", "node-1", READY, "")]);
    text
}

/// What every mode says, in the order iptables, nftables, ipvs: one outcome where they agree, else three parted by `|`.
const PACKETS: &[(&str, &str)] = &[
    // To a cluster IP: pods keep their address, everybody else loses it.
    ("10.244.1.9 10.96.0.41:80", "e1 e2"),
    ("10.244.3.9 10.96.0.41:80", "e1 e2"),
    ("192.168.0.11 10.96.0.41:80", "e1 e2 masq"),
    ("198.51.100.7 10.96.0.41:80", "e1 e2 masq"),
    ("10.244.1.9 10.96.0.42:80", "e1 e2"),
    // The same number on another protocol is another port.
    ("10.244.1.9 10.96.0.41:80/UDP", "u1 u2"),
    ("10.244.1.9 10.96.0.42:80/UDP", "none | reject | reject"),
    ("10.244.1.9 10.96.0.41:80/SCTP", "none | reject | reject"),
    // A port that the Service lacks, an address that nobody has, a headless Service's.
    ("10.244.1.9 10.96.0.41:81", "none | reject | reject"),
    ("10.244.1.9 198.18.0.41:81", "none | none | reject"),
    ("10.244.1.9 203.0.113.41:81", "none | none | reject"),
    ("10.244.1.9 10.96.0.99:80", "none | drop | none"),
    ("10.244.1.9 198.18.0.49:80", "none"),
    ("10.244.1.9 10.244.1.5:8080", "none"),
    ("10.244.1.9 192.168.0.11:30099", "none"),
    ("10.244.1.9 192.168.0.12:30041", "none"),
    // What comes from outside under a Cluster policy is masqueraded, whoever sends it.
    ("198.51.100.7 192.168.0.11:30041", "e1 e2 masq"),
    ("198.51.100.7 192.168.0.11:30041/UDP", "u1 u2 masq"),
    ("10.244.1.9 192.168.0.11:30041", "e1 e2 masq"),
    ("192.168.0.11 192.168.0.11:30041", "e1 e2 masq"),
    ("198.51.100.7 198.18.0.41:80", "e1 e2 masq"),
    ("10.244.1.9 198.18.0.41:80", "e1 e2 masq"),
    ("198.51.100.7 203.0.113.41:80", "e1 e2 masq"),
    ("10.244.1.9 203.0.113.41:80", "e1 e2 masq"),
    ("192.168.0.11 203.0.113.41:80", "e1 e2 masq"),
    // Node ports on the node's second address and on localhost.
    ("198.51.100.7 192.168.1.11:30041", "e1 e2 masq | none | e1 e2 masq"),
    ("127.0.0.1 127.0.0.1:30041", "e1 e2 masq | none | none"),
    ("127.0.0.1 127.0.0.1:30042", "e1 e2 masq | none | none"),
    // A Local policy: pods and the node take the short way, ipvs has no short ways.
    ("198.51.100.7 192.168.0.11:30042", "e1"),
    ("10.244.1.9 192.168.0.11:30042", "e1 e2 | e1 e2 | e1"),
    ("192.168.0.11 192.168.0.11:30042", "e1 e2 masq | e1 e2 masq | e1"),
    ("198.51.100.7 203.0.113.42:80", "e1"),
    ("10.244.1.9 203.0.113.42:80", "e1 e2 | e1 e2 | e1"),
    ("192.168.0.11 203.0.113.42:80", "e1 e2 masq | e1 e2 masq | e1"),
    ("198.51.100.7 198.18.0.42:80", "e1"),
    ("10.244.1.9 198.18.0.42:80", "e1 e2 | e1 e2 | e1"),
    // Local without a local endpoint drops; ipvs falls back to all.
    ("198.51.100.7 203.0.113.43:80", "drop | drop | e2"),
    ("198.51.100.7 192.168.0.11:30043", "drop | drop | e2"),
    ("10.244.1.9 203.0.113.43:80", "e2"),
    ("192.168.0.11 192.168.0.11:30043", "e2 masq | e2 masq | e2"),
    ("10.244.1.9 10.96.0.43:80", "drop | drop | e2"),
    // Without any way in from outside, ipvs has nothing to fall back to.
    ("10.244.1.9 10.96.0.44:80", "drop | drop | reject"),
    // Source ranges: the balancer's address only; pods and nodes are under them, too.
    ("198.51.100.7 203.0.113.45:80", "e1 e2 masq"),
    ("198.51.101.7 203.0.113.45:80", "drop"),
    ("10.244.1.9 203.0.113.45:80", "drop"),
    ("192.168.0.11 203.0.113.45:80", "drop"),
    ("203.0.113.45 203.0.113.45:80", "drop"),
    ("198.51.101.7 192.168.0.11:30045", "e1 e2 masq"),
    ("10.244.1.9 10.96.0.45:80", "e1 e2"),
    // No endpoints at all.
    ("10.244.1.9 10.96.0.46:80", "reject"),
    ("198.51.100.7 203.0.113.46:80", "reject"),
    ("198.51.101.7 203.0.113.46:80", "reject | drop | drop"),
    ("198.51.100.7 192.168.0.11:30046", "reject"),
    // Terminating endpoints serve a policy that has no ready ones.
    ("10.244.1.9 10.96.0.47:80", "e2"),
    ("198.51.100.7 192.168.0.11:30047", "e1"),
    ("10.244.1.9 192.168.0.11:30047", "e2 | e2 | e1"),
    // Hints, crossed so that they cannot be mistaken for locality.
    ("10.244.1.9 10.96.0.48:80", "e2"),
    ("10.244.1.9 10.96.0.51:80", "e1"),
    // `ipMode: Proxy` is not kube-proxy's business.
    ("10.244.1.9 203.0.113.50:80", "none"),
    ("10.244.1.9 10.96.0.50:80", "e1 e2"),
    // Hairpin: the packet that may come back to its sender is masqueraded.
    ("10.244.1.5 10.96.0.53:80", "e1 masq"),
    ("10.244.1.5 10.96.0.41:80", "e1 e2 masq"),
    ("10.244.2.5 10.96.0.41:80", "e1 e2 masq | e1 e2 | e1 e2"),
    ("10.244.1.5 203.0.113.42:80", "e1 e2 masq | e1 e2 masq | e1 masq"),
    // Families keep apart.
    ("fd00:10:244:1::9 [fd00:10:96::52]:80", "v6"),
    ("fd00:192::11 [fd00:10:96::52]:80", "v6 masq"),
    ("2001:db8::7 [fd00:192::11]:30052", "v6 masq"),
    ("2001:db8::7 [fd00:192::11]:30041", "none"),
    ("::1 [::1]:30052", "none"),
    ("198.51.100.7 192.168.0.11:30052", "e1 masq"),
];

#[test]
fn packets_on_a_node() {
    let files = [SourceFile { name: "a.yaml".into(), text: manifests() }];
    let loaded = Loader::default().load(&files);
    assert!(loaded.diagnostics.iter().all(|diagnostic| diagnostic.code == "deprecated-field"), "{:#?}", loaded.diagnostics);
    let mut wrong = Vec::new();
    for (place, mode) in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs].into_iter().enumerate() {
        let mut simulation = Simulation::new(&loaded.objects, Config { proxy_mode: mode, ..Config::default() });
        simulation.settle();
        for (packet, expected) in PACKETS {
            let (source, to) = packet.split_once(' ').expect("a source and a destination");
            let (to, protocol) = to.split_once('/').unwrap_or((to, "TCP"));
            let (ip, port) = to.rsplit_once(':').expect("an address and a port");
            let query = json!({
                "kind": "packet", "node": "node-1", "src": source, "dst": ip.trim_matches(['[', ']']),
                "port": port.parse::<u16>().expect("a port"), "protocol": protocol,
            });
            let query = Query::read(query).expect("a query");
            let Ok(Answer::Packet(got)) = answer(&simulation, &loaded, &query) else { panic!("{packet}: no answer") };
            let mut said: Vec<&str> = got.endpoints.iter().map(|endpoint| short(endpoint)).collect();
            if got.verdict != "forward" {
                said.push(&got.verdict);
            }
            if got.masquerade {
                said.push("masq");
            }
            let mut wanted = expected.split(" | ").cycle();
            let wanted = wanted.nth(place).unwrap_or_default();
            if said.join(" ") != wanted {
                wrong.push(format!("{mode:?}: {packet}: want {wanted}, got {}", said.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn short(endpoint: &str) -> &str {
    match endpoint {
        "10.244.1.5:8080" => "e1",
        "10.244.2.5:8080" => "e2",
        "10.244.1.5:9090" => "u1",
        "10.244.2.5:9090" => "u2",
        "[fd00:10:244:1::5]:8080" => "v6",
        other => other,
    }
}
