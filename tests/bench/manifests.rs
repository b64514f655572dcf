//! Manifests of a given size: an application like those of demos, a whole cluster, and a cluster full of policies.

use std::fmt::Write as _;

use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;
use playground_wasm::query::Query;
use serde_json::Value;

/// Twelve Deployments with probes and a Service each; the first is exposed and calls the others.
///
/// `PODHOP_BENCH_MANIFEST` names a file to take instead, such as an application of one's own.
pub fn application() -> String {
    if let Ok(path) = std::env::var("PODHOP_BENCH_MANIFEST") {
        return std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let mut text = String::new();
    for number in 0..12 {
        let kind = if number == 0 { "LoadBalancer" } else { "ClusterIP" };
        let callees = if number == 0 { 1..12 } else { (number + 1).min(12)..(number + 2).min(12) };
        deployment(&mut text, &format!("app-{number}"), 1, callees);
        service(&mut text, &format!("app-{number}"), kind);
    }
    text
}

/// That many Services, each in front of a Deployment of that many pods, on nodes with room for 100 pods each. Of ten in a row each
/// calls the next.
pub fn cluster(services: u32, pods: u32) -> String {
    let mut text = String::new();
    nodes(&mut text, (services * pods).div_ceil(100));
    for number in 0..services {
        let callees = if number % 10 < 9 { number + 1..number + 2 } else { 0..0 };
        deployment(&mut text, &format!("app-{number:04}"), pods, callees);
        service(&mut text, &format!("app-{number:04}"), "ClusterIP");
    }
    text
}

/// The same with every pod written down by itself, as `kubectl get pods,services,nodes -o yaml` would give it.
pub fn cluster_of_pods(services: u32, pods: u32) -> String {
    let mut text = String::new();
    nodes(&mut text, (services * pods).div_ceil(100));
    for number in 0..services {
        for pod in 0..pods {
            let _ = write!(
                text,
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app-{number:04}-{pod}\n  labels:\n    app: app-{number:04}\nspec:\n  containers:\n  - name: server\n    image: registry.example/app:1\n    ports:\n    - containerPort: 8080\n    readinessProbe:\n      httpGet:\n        path: /health\n        port: 8080\n---\n"
            );
        }
        service(&mut text, &format!("app-{number:04}"), "ClusterIP");
    }
    text
}

/// A thousand pods of a hundred applications in ten namespaces, and 150 policies over them.
pub fn policies() -> String {
    let mut text = String::new();
    nodes(&mut text, 10);
    for namespace in 0..10 {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team-{namespace}\n  labels:\n    tier: t{}\n---\n",
            namespace % 3
        );
        for app in 0..10 {
            for pod in 0..10 {
                let _ = write!(
                    text,
                    "apiVersion: v1\nkind: Pod\nmetadata:\n  namespace: team-{namespace}\n  name: app-{app}-{pod}\n  labels:\n    app: app-{app}\n    track: t{}\nspec:\n  containers:\n  - name: server\n    image: registry.example/app:1\n    ports:\n    - name: http\n      containerPort: 8080\n---\n",
                    pod % 2
                );
            }
        }
        for number in 0..15 {
            let to = number % 10;
            let _ = write!(
                text,
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  namespace: team-{namespace}\n  name: policy-{number}\nspec:\n  podSelector:\n    matchLabels:\n      app: app-{to}\n  policyTypes: [{}]\n  ingress:\n  - from:\n    - podSelector:\n        matchExpressions:\n        - key: app\n          operator: In\n          values: [app-{}, app-{}]\n    - namespaceSelector:\n        matchLabels:\n          tier: t{}\n      podSelector:\n        matchLabels:\n          track: t1\n    - ipBlock:\n        cidr: 10.244.0.0/20\n        except: [10.244.{}.0/24]\n    ports:\n    - port: http\n    - port: 9000\n      endPort: 9100\n  egress:\n  - to:\n    - namespaceSelector: {{}}\n    ports:\n    - port: 8080\n    - protocol: UDP\n      port: 53\n---\n",
                if number < 10 { "Ingress" } else { "Ingress, Egress" },
                (to + 1) % 10,
                (to + 2) % 10,
                number % 3,
                number % 10 + 1
            );
        }
    }
    text
}

fn nodes(text: &mut String, count: u32) {
    for number in 1..=count {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Node\nmetadata:\n  name: node-{number:03}\n  labels:\n    topology.kubernetes.io/zone: zone-{}\nspec:\n  podCIDR: 10.244.{number}.0/24\nstatus:\n  addresses:\n  - type: InternalIP\n    address: 192.168.1.{number}\n---\n",
            number % 3
        );
    }
}

fn deployment(text: &mut String, name: &str, replicas: u32, callees: std::ops::Range<u32>) {
    let _ = write!(
        text,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    app: {name}\nspec:\n  replicas: {replicas}\n  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n      - name: server\n        image: registry.example/{name}:1\n        ports:\n        - containerPort: 8080\n        readinessProbe:\n          httpGet:\n            path: /health\n            port: 8080\n        livenessProbe:\n          httpGet:\n            path: /health\n            port: 8080\n        env:\n        - name: PORT\n          value: \"8080\"\n"
    );
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let width = name.len() - stem.len();
    for callee in callees {
        let _ = writeln!(text, "        - name: APP_{callee}_ADDR\n          value: \"{stem}{callee:0width$}:80\"");
    }
    text.push_str("        resources:\n          requests:\n            cpu: 100m\n            memory: 64Mi\n---\n");
}

fn service(text: &mut String, name: &str, kind: &str) {
    let _ = write!(
        text,
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  type: {kind}\n  selector:\n    app: {name}\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n---\n"
    );
}

/// One file with that text.
pub fn files(text: String) -> Vec<SourceFile> {
    vec![SourceFile { name: "app.yaml".into(), text }]
}

/// A playground that has loaded that text.
pub fn loaded(text: String) -> Playground {
    let mut playground = Playground::default();
    playground.load(&files(text));
    playground
}

/// A query of the scenario contract.
pub fn query(query: Value) -> Query {
    Query::read(query).unwrap_or_else(|error| panic!("{error}"))
}
