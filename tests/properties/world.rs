//! Any cluster of a few pods, Services, slices and policies, and the questions that it is asked.

use std::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const NAMESPACES: [&str; 2] = ["left", "right"];
const APPS: [&str; 3] = ["a", "b", "c"];
const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];
const OUTSIDE: &str = "198.51.100.7";

/// The objects of a cluster, by kind.
#[derive(Clone)]
pub struct World {
    pods: Vec<Value>,
    services: Vec<Value>,
    slices: Vec<Value>,
    policies: Vec<Value>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.documents().join("\n---\n"))
    }
}

impl World {
    /// One document for each object.
    pub fn documents(&self) -> Vec<String> {
        let namespaces =
            NAMESPACES.map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"side": name}}}));
        let objects = [&self.pods, &self.services, &self.slices, &self.policies].into_iter().flatten();
        namespaces.iter().chain(objects).map(ToString::to_string).collect()
    }

    /// The same cluster with one more rule in a policy that isolates in some direction; absent where no policy is there.
    pub fn with_rule(&self, at: Index, rule: &Rule) -> Option<Self> {
        let mut world = self.clone();
        let slots: Vec<(usize, &str)> = (0..self.policies.len())
            .flat_map(|policy| [(policy, "ingress"), (policy, "egress")])
            .filter(|(policy, direction)| self.policies[*policy]["spec"][*direction].is_array())
            .collect();
        if slots.is_empty() {
            return None;
        }
        let (policy, direction) = slots[at.index(slots.len())];
        world.policies[policy]["spec"][direction].as_array_mut()?.push(rule.of(direction));
        Some(world)
    }

    /// Everything that can be asked of it, from pods, a node and outside.
    pub fn questions(&self) -> Vec<Value> {
        let name = |object: &Value| json!({"namespace": object["metadata"]["namespace"], "name": object["metadata"]["name"]});
        let pod = |pod: &Value| json!({"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]});
        let request = |from: &Value, to: Value| json!({"kind": "request", "from": from, "to": to});
        let outside = json!({"ip": OUTSIDE});
        let senders: Vec<Value> = self.pods.iter().take(3).map(pod).chain([json!({"node": "node-2"})]).collect();
        let mut questions = Vec::new();
        for service in &self.services {
            questions.push(json!({"kind": "endpoints", "service": name(service)}));
            let host = format!("{}.{}", service["metadata"]["name"], service["metadata"]["namespace"]).replace('"', "");
            for sender in &senders {
                questions.push(request(sender, json!({"url": format!("http://{host}/")})));
            }
            questions.push(json!({"kind": "dns", "from": senders[0], "name": host, "type": "A"}));
            if let Some(port) = service["spec"]["ports"][0]["nodePort"].as_u64() {
                for sender in senders.iter().chain([&outside]) {
                    questions.push(request(sender, json!({"url": format!("http://192.168.0.11:{port}/")})));
                }
            }
            if service["spec"]["type"] == "LoadBalancer" {
                questions.push(request(&outside, json!({"load_balancer": name(service)})));
            }
        }
        questions.push(request(&senders[0], json!({"url": "http://example.com/"})));
        questions.push(request(&senders[0], json!({"url": "http://10.96.200.200/"})));
        let peers: Vec<Value> = self.pods.iter().map(pod).chain([outside, json!({"node": "node-1"})]).collect();
        let ports = json!([{"port": 8080}, {"port": 9090}, {"protocol": "UDP", "port": 53}]);
        questions.push(json!({"kind": "policy_matrix", "peers": peers, "ports": ports}));
        questions
    }

    /// Pods and nodes, as peers.
    pub fn peers(&self) -> Vec<Value> {
        let pod = |pod: &Value| json!({"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"]});
        self.pods.iter().map(pod).chain(NODES.map(|node| json!({"node": node}))).collect()
    }

    /// Whether an object id of a trace means something here.
    pub fn has(&self, id: &str) -> bool {
        let mine = [&self.pods, &self.services, &self.policies].into_iter().flatten().any(|object| {
            let of = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
            id == format!("{}/{}/{}", object["kind"].as_str().unwrap_or_default(), of("namespace"), of("name"))
        });
        let system = id == "Service/kube-system/kube-dns" || id.starts_with("Pod/kube-system/coredns-");
        mine || system || id.starts_with("Outside/") || NODES.iter().any(|node| id == format!("Node/{node}"))
    }
}

/// Clusters with every type of Service.
pub fn worlds() -> impl Strategy<Value = World> {
    (vec(pod(), 2..7), vec(service(), 1..5), vec(policy(), 0..4)).prop_map(|(pods, services, policies)| {
        let mut world = World { pods, services: Vec::new(), slices: Vec::new(), policies };
        for (index, object) in world.pods.iter_mut().enumerate() {
            object["metadata"]["name"] = format!("pod-{index}").into();
        }
        for (index, object) in world.policies.iter_mut().enumerate() {
            object["metadata"]["name"] = format!("policy-{index}").into();
        }
        for (index, (mut service, slices)) in services.into_iter().enumerate() {
            let name = format!("service-{index}");
            service["metadata"]["name"] = name.clone().into();
            if matches!(service["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer")) {
                service["spec"]["ports"][0]["nodePort"] = (30_080 + index).into();
            }
            for (number, mut slice) in slices.into_iter().enumerate() {
                slice["metadata"] = json!({
                    "name": format!("{name}-{number}"),
                    "namespace": service["metadata"]["namespace"],
                    "labels": {"kubernetes.io/service-name": name},
                });
                world.slices.push(slice);
            }
            world.services.push(service);
        }
        world
    })
}

fn pod() -> impl Strategy<Value = Value> {
    let ready = prop_oneof![4 => Just(None), 1 => Just(Some("False")), 1 => Just(Some("True"))];
    let where_to = (select(&NAMESPACES[..]), select(&APPS[..]), option::of(select(&NODES[..])));
    (where_to, select(&[8080, 9090][..]), ready, prop::bool::weighted(0.1), prop::bool::weighted(0.1)).prop_map(
        |((namespace, app, node), port, ready, host, leaving)| {
            let mut pod = json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"namespace": namespace, "labels": {"app": app}},
                "spec": {
                    "hostNetwork": host,
                    "containers": [{"name": "main", "image": "example/app:1", "ports": [{"name": "http", "containerPort": port}]}],
                },
            });
            if let Some(node) = node {
                pod["spec"]["nodeName"] = node.into();
            }
            if let Some(ready) = ready {
                pod["status"] = json!({"conditions": [{"type": "Ready", "status": ready}]});
            }
            if leaving {
                pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
            }
            pod
        },
    )
}

/// A Service and the slices that somebody wrote for it.
fn service() -> impl Strategy<Value = (Value, Vec<Value>)> {
    let kinds = &["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "Headless", "ExternalName", "Written"];
    let policy = || select(&["Cluster", "Local"][..]);
    let distribution = option::weighted(0.4, select(&["PreferSameZone", "PreferSameNode", "PreferClose"][..]));
    let target = prop_oneof![Just(json!(8080)), Just(json!("http")), Just(json!("metrics")), Just(json!(7070))];
    let basics = (select(&kinds[..]), select(&NAMESPACES[..]), select(&["a", "b", "c", "none"][..]), target);
    (basics, policy(), policy(), distribution, any::<bool>(), prop::bool::weighted(0.2), slices()).prop_map(
        |((kind, namespace, app, target), internal, external, distribution, sticky, publish, slices)| {
            let mut spec = json!({
                "ports": [{"name": "http", "port": 80, "targetPort": target}],
                "selector": {"app": app},
                "publishNotReadyAddresses": publish,
                "sessionAffinity": if sticky { "ClientIP" } else { "None" },
            });
            if let Some(distribution) = distribution {
                spec["trafficDistribution"] = distribution.into();
            }
            match kind {
                "Headless" => spec["clusterIP"] = "None".into(),
                "ExternalName" => {
                    spec = json!({"type": "ExternalName", "externalName": "api.example.com"});
                }
                "Written" => {
                    spec["selector"] = Value::Null;
                    spec["internalTrafficPolicy"] = internal.into();
                }
                _ => {
                    spec["type"] = kind.into();
                    spec["internalTrafficPolicy"] = internal.into();
                    if kind != "ClusterIP" {
                        spec["externalTrafficPolicy"] = external.into();
                    }
                }
            }
            let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace}, "spec": spec});
            (service, if kind == "Written" { slices } else { Vec::new() })
        },
    )
}

fn slices() -> impl Strategy<Value = Vec<Value>> {
    let endpoint = (1_u8..250, option::of(select(&NODES[..])), option::of(any::<bool>()), any::<bool>()).prop_map(
        |(host, node, ready, terminating)| {
            json!({
                "addresses": [format!("203.0.113.{host}")],
                "nodeName": node,
                "conditions": {"ready": ready.map(|ready| ready && !terminating), "terminating": terminating},
            })
        },
    );
    vec(vec(endpoint, 0..3), 0..3).prop_map(|slices| {
        let slice = |endpoints: Vec<Value>| {
            json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
                "endpoints": endpoints,
            })
        };
        slices.into_iter().map(slice).collect()
    })
}

/// A rule of either direction.
#[derive(Debug, Clone)]
pub struct Rule {
    peers: Vec<Value>,
    ports: Vec<Value>,
}

impl Rule {
    fn of(&self, direction: &str) -> Value {
        json!({if direction == "ingress" { "from" } else { "to" }: self.peers, "ports": self.ports})
    }
}

pub fn rule() -> impl Strategy<Value = Rule> {
    let app = || select(&APPS[..]).prop_map(|app| json!({"matchLabels": {"app": app}}));
    let side = || select(&NAMESPACES[..]).prop_map(|side| json!({"matchLabels": {"side": side}}));
    let peer = prop_oneof![
        app().prop_map(|pods| json!({"podSelector": pods})),
        side().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        (side(), app()).prop_map(|(namespaces, pods)| json!({"namespaceSelector": namespaces, "podSelector": pods})),
        Just(json!({"namespaceSelector": {}})),
        Just(json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.244.1.0/24"]}})),
        Just(json!({"ipBlock": {"cidr": "203.0.113.0/24"}})),
    ];
    let port = prop_oneof![
        Just(json!({"port": 8080})),
        Just(json!({"port": "http"})),
        Just(json!({"port": 8000, "endPort": 9090})),
        Just(json!({"protocol": "UDP", "port": 53})),
    ];
    (vec(peer, 0..3), vec(port, 0..3)).prop_map(|(peers, ports)| Rule { peers, ports })
}

/// A policy that says which directions it isolates in, so that one more rule changes nothing but what is allowed.
fn policy() -> impl Strategy<Value = Value> {
    let selector = prop_oneof![Just(json!({})), select(&APPS[..]).prop_map(|app| json!({"matchLabels": {"app": app}}))];
    let rules = || option::of(vec(rule(), 0..3));
    (select(&NAMESPACES[..]), selector, rules(), rules()).prop_map(|(namespace, selector, ingress, egress)| {
        let mut spec = json!({"podSelector": selector, "policyTypes": []});
        for (kind, direction, rules) in [("Ingress", "ingress", ingress), ("Egress", "egress", egress)] {
            if let Some(rules) = rules {
                spec[direction] = rules.iter().map(|rule| rule.of(direction)).collect();
                spec["policyTypes"] = spec["policyTypes"].as_array().into_iter().flatten().cloned().chain([json!(kind)]).collect();
            }
        }
        if spec["policyTypes"] == json!([]) {
            // No type at all means Ingress.
            spec["policyTypes"] = json!(["Ingress"]);
            spec["ingress"] = json!([]);
        }
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"namespace": namespace}, "spec": spec})
    })
}
