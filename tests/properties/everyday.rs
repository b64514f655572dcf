//! Applications as people write them, with the edits that they make every day: of an image, a variable, a port, a probe, a selector, a
//! number of replicas.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const APPS: [&str; 3] = ["a", "b", "c"];

/// What differs between two texts of a workload.
#[derive(Debug, Clone)]
struct Template {
    image: &'static str,
    port: u16,
    env: Option<&'static str>,
    probe: Option<Value>,
    annotation: Option<&'static str>,
    mounted: bool,
}

fn template() -> impl Strategy<Value = Template> {
    let image = select(&["example/app:1", "example/app:2", "nginx:1.27", "nginx:1.28"][..]);
    let env = select(&["http://service-0/", "http://service-1:8080/", "service-2:9090", "http://localhost:9090/", "$(POD_IP):80"][..]);
    let probe = prop_oneof![
        Just(json!({"httpGet": {"port": 8080, "path": "/"}})),
        Just(json!({"httpGet": {"port": "http"}})),
        Just(json!({"tcpSocket": {"port": 9090}, "initialDelaySeconds": 7})),
        Just(json!({"exec": {"command": ["true"]}})),
    ];
    let annotation = select(
        &[
            "main: {startupMs: 1500}",
            "main: {listen: [{port: 8080, respond: {status: 500}}]}",
            "main: {listen: [{port: 8080, address: 127.0.0.1}]}",
            "main: {ready: false}",
            "main: {missingImage: true}",
            "main: {crashAfterMs: 2500}",
            "main: {nonsense: 1}",
        ][..],
    );
    let rest = (option::weighted(0.4, probe), option::weighted(0.15, annotation), prop::bool::weighted(0.1));
    (image, select(&[8080, 8080, 9090][..]), option::of(env), rest).prop_map(|(image, port, env, (probe, annotation, mounted))| Template {
        image,
        port,
        env,
        probe,
        annotation,
        mounted,
    })
}

/// A template and another that differs in some of its parts.
fn templates() -> impl Strategy<Value = (Template, Template)> {
    (template(), template(), any::<[bool; 6]>()).prop_map(|(one, other, kept)| {
        let second = Template {
            image: if kept[0] { one.image } else { other.image },
            port: if kept[1] { one.port } else { other.port },
            env: if kept[2] { one.env } else { other.env },
            probe: if kept[3] || kept[4] { one.probe.clone() } else { other.probe },
            annotation: if kept[4] || kept[5] { one.annotation } else { other.annotation },
            mounted: if kept[5] { one.mounted } else { other.mounted },
        };
        (one, second)
    })
}

fn workload(kind: &str, app: &str, replicas: u32, template: &Template, extra: Option<&Value>) -> Value {
    let mut container = json!({"name": "main", "image": template.image, "ports": [{"name": "http", "containerPort": template.port}]});
    let ip = json!({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}});
    container["env"] = template.env.map_or(json!([]), |url| json!([ip, {"name": "URL", "value": url}]));
    if let Some(probe) = &template.probe {
        container["readinessProbe"] = probe.clone();
    }
    if template.mounted {
        container["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    }
    let mut spec = json!({"containers": [container], "volumes": [{"name": "data", "emptyDir": {}}]});
    if let Some(extra) = extra {
        spec.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    }
    let mut meta = json!({"labels": {"app": app}});
    if let Some(annotation) = template.annotation {
        meta["annotations"] = json!({"podhop.dev/behavior": annotation});
    }
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"namespace": "left"},
        "spec": {"selector": {"matchLabels": {"app": app}}, "template": {"metadata": meta, "spec": spec}},
    });
    if kind != "DaemonSet" {
        object["spec"]["replicas"] = replicas.into();
    }
    if kind == "StatefulSet" {
        object["spec"]["serviceName"] = "service-0".into();
    }
    if kind == "ReplicationController" {
        object["apiVersion"] = "v1".into();
        object["spec"]["selector"] = json!({"app": app});
    }
    object
}

/// Whether the number of replicas differs, with the template or alone.
#[derive(Debug, Clone, Copy)]
enum Scaling {
    No,
    Besides(u32),
    Only(u32),
}

/// What some workloads have besides.
fn extra() -> impl Strategy<Value = Value> {
    let term = |key: &str| {
        let selector = json!({"matchExpressions": [{"key": key, "operator": "Exists"}]});
        json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}]}}})
    };
    let init = json!([{"name": "first", "image": "busybox"}]);
    let sidecar = json!([{"name": "beside", "image": "example/beside:1", "restartPolicy": "Always", "ports": [{"containerPort": 9090}]}]);
    select(vec![
        json!({"initContainers": init}),
        json!({"initContainers": sidecar}),
        json!({"hostNetwork": true}),
        json!({"nodeSelector": {"kubernetes.io/hostname": "node-2"}}),
        term("app"),
        term("pod-template-hash"),
    ])
}

/// Workloads of which each text asks for other replicas than the other one, from one to more than a node's range has addresses for.
pub fn scaled() -> impl Strategy<Value = Vec<(Value, Value)>> {
    let kind = select(&["Deployment", "Deployment", "Deployment", "ReplicationController", "StatefulSet"][..]);
    let replicas = || prop_oneof![9 => 1_u32..6, 3 => 30_u32..90, 1 => 300_u32..400];
    let one = (kind, select(&APPS[..]), replicas(), replicas(), template(), option::weighted(0.1, extra()));
    let one = one.prop_map(|(kind, app, one, other, template, extra)| {
        let text = |replicas| workload(kind, app, replicas, &template, extra.as_ref());
        (text(one), text(other))
    });
    vec(one, 1..4).prop_map(named)
}

fn workloads() -> impl Strategy<Value = Vec<(Value, Value)>> {
    let kind = select(&["Deployment", "Deployment", "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"][..]);
    let scaling = prop_oneof![5 => Just(Scaling::No), 1 => (1_u32..6).prop_map(Scaling::Besides), 3 => (0_u32..9).prop_map(Scaling::Only)];
    let rest = (option::weighted(0.3, extra()), scaling);
    let one = (kind, select(&APPS[..]), 1_u32..6, templates(), rest).prop_map(|(kind, app, replicas, (one, other), (extra, scaling))| {
        let text = |template: &Template, replicas| workload(kind, app, replicas, template, extra.as_ref());
        let changed = match scaling {
            Scaling::No => text(&other, replicas),
            Scaling::Besides(replicas) => text(&other, replicas),
            Scaling::Only(replicas) => text(&one, replicas),
        };
        (text(&one, replicas), changed)
    });
    vec(one, 1..4).prop_map(named)
}

/// A name may begin as another one does.
fn named(mut workloads: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    for (pair, name) in workloads.iter_mut().zip(["web", "web-x", "api"]) {
        pair.0["metadata"]["name"] = name.into();
        pair.1["metadata"]["name"] = name.into();
    }
    workloads
}

fn service() -> impl Strategy<Value = Value> {
    let target = prop_oneof![3 => Just(json!(8080)), 1 => Just(json!(9090)), 2 => Just(json!("http"))];
    let selector = prop_oneof![
        8 => select(&APPS[..]).prop_map(|app| json!({"app": app})),
        1 => Just(json!({"app": "nobody"})),
        1 => select(&APPS[..]).prop_map(|app| json!({"app": app, "pod-template-hash": "1234"})),
    ];
    (selector, target, prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(|(selector, target, headless, unready)| {
        let mut spec = json!({"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": target}]});
        if headless {
            spec["clusterIP"] = "None".into();
        }
        spec["publishNotReadyAddresses"] = unready.into();
        spec
    })
}

fn policy() -> impl Strategy<Value = Value> {
    (select(&APPS[..]), select(&APPS[..]), any::<bool>()).prop_map(|(subject, peer, named)| {
        let port = if named { json!("http") } else { json!(8080) };
        json!({
            "podSelector": {"matchLabels": {"app": subject}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": peer}}}], "ports": [{"port": port}]}],
        })
    })
}

/// Documents and those that take their places, with what to ask of the cluster that they make.
pub fn applications() -> impl Strategy<Value = (Vec<(Value, Value)>, Vec<Value>)> {
    with_services(workloads())
}

/// The same of workloads that differ in their replicas.
pub fn scaled_applications() -> impl Strategy<Value = (Vec<(Value, Value)>, Vec<Value>)> {
    with_services(scaled())
}

fn with_services(workloads: impl Strategy<Value = Vec<(Value, Value)>>) -> impl Strategy<Value = (Vec<(Value, Value)>, Vec<Value>)> {
    (workloads, vec((service(), service(), any::<bool>()), 1..4), vec((policy(), policy()), 0..2)).prop_map(
        |(mut pairs, services, policies)| {
            let mut questions = Vec::new();
            let names: Vec<String> =
                pairs.iter().map(|(workload, _)| format!("{}/{}", workload["kind"], workload["metadata"]["name"])).collect();
            let peer = |name: &String| json!({"namespace": "left", "workload": name.replace('"', "")});
            for (number, (one, mut other, selects_only)) in services.into_iter().enumerate() {
                let name = format!("service-{number}");
                if selects_only {
                    other = json!({"selector": other["selector"]});
                    other = one.as_object().unwrap().clone().into_iter().chain(other.as_object().unwrap().clone()).collect();
                }
                let service =
                    |spec| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "left", "name": name}, "spec": spec});
                questions.push(json!({"kind": "endpoints", "service": {"namespace": "left", "name": name}}));
                questions.push(json!({"kind": "dns", "from": peer(&names[0]), "name": name, "type": "SRV"}));
                questions.extend(
                    names.iter().map(|sender| json!({"kind": "request", "from": peer(sender), "to": {"url": format!("http://{name}/")}})),
                );
                pairs.push((service(one), service(other)));
            }
            for (number, (one, other)) in policies.into_iter().enumerate() {
                let name = format!("policy-{number}");
                let policy = |spec| {
                    let meta = json!({"namespace": "left", "name": name});
                    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec})
                };
                pairs.push((policy(one), policy(other)));
            }
            questions.push(json!({"kind": "pods", "namespace": "left"}));
            let peers: Vec<Value> = names.iter().map(peer).collect();
            questions.push(json!({"kind": "policy_matrix", "peers": peers, "ports": [{"port": 8080}, {"port": 9090}]}));
            (pairs, questions)
        },
    )
}
