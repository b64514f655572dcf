//! Faults in NetworkPolicies.

use serde_json::{Value, json};

use crate::app::{App, id, namespace, text_at};
use crate::planted::Planted;
use crate::services::typo;

fn policy(name: &str, namespace: &str, spec: &Value) -> Value {
    let metadata = json!({"name": name, "namespace": namespace});
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
}

/// Pointers of all label maps below a value.
fn label_maps(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let pointer = format!("{at}/{}", key.replace('/', "~1"));
                if key == "matchLabels" {
                    found.push(pointer);
                } else {
                    label_maps(value, &pointer, found);
                }
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(number, item)| label_maps(item, &format!("{at}/{number}"), found)),
        _ => {}
    }
}

pub fn plant(app: &App) -> Vec<Planted> {
    let mut planted = added(app);
    for index in app.of_kind("NetworkPolicy") {
        let what = id(&app.objects[index]);
        let spec = &app.objects[index]["spec"];
        let unenforced = Planted::new("policies not enforced", &what, app.objects.clone(), "policy-not-enforced", &what);
        planted.push(unenforced.cluster(json!({"enforce_network_policy": false})));
        let blocks = "policy-blocks-reference";
        let dns = "policy-blocks-dns";
        let is_dns = what.ends_with("allow-dns");
        if spec["podSelector"]["matchLabels"].is_object() {
            let wrong = app.with(index, |policy| misspell(&mut policy["spec"]["podSelector"]["matchLabels"]));
            planted.push(Planted::new("podSelector misspelt", &what, wrong, "policy-selects-nothing", &what));
        }
        if spec["ingress"].is_array() || spec["egress"].is_array() {
            let moved = app.with(index, |policy| policy["metadata"]["namespace"] = json!("elsewhere"));
            let there = id(&moved[index]);
            planted.push(Planted::new("policy in another namespace", &what, moved, "policy-selects-nothing", &there));
        }
        for direction in ["ingress", "egress"] {
            let peers = if direction == "ingress" { "from" } else { "to" };
            for (number, rule) in spec[direction].as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate() {
                let code = if is_dns { dns } else { blocks };
                let mut maps = Vec::new();
                label_maps(&rule[peers], &format!("/spec/{direction}/{number}/{peers}"), &mut maps);
                for map in maps {
                    let wrong = app.with(index, |policy| misspell(policy.pointer_mut(&map).expect("labels")));
                    planted.push(Planted::new("peer misspelt", format!("{what}{map}"), wrong, "policy-peer-matches-nothing", &what));
                }
                if rule["ports"].as_array().is_some_and(|ports| ports.len() == 1) {
                    let wrong = app.with(index, |policy| policy["spec"][direction][number]["ports"][0]["port"] = json!(6_001));
                    planted.push(Planted::new("rule for another port", &what, wrong, code, &what));
                    let wrong = app.with(index, |policy| policy["spec"][direction][number]["ports"][0]["protocol"] = json!("UDP"));
                    planted.push(Planted::new("rule for another protocol", &what, wrong, code, &what));
                }
                let gone = app.with(index, |policy| {
                    policy["spec"][direction].as_array_mut().expect("rules").remove(number);
                });
                planted.push(
                    Planted::new("rule removed", format!("{what} {direction}"), gone, code, &what)
                        .or(code, "NetworkPolicy/core/default-deny"),
                );
            }
        }
        if is_dns {
            let wrong = app.with(index, |policy| {
                policy["spec"]["egress"][0]["ports"] = json!([{"protocol": "TCP", "port": 53}]);
            });
            planted.push(Planted::new("DNS over TCP only", &what, wrong, dns, &what));
            planted.push(Planted::new("DNS policy deleted", &what, app.without(index), dns, "NetworkPolicy/core/default-deny"));
            let service = app.with(index, |policy| policy["spec"]["egress"][0]["to"] = json!([{"ipBlock": {"cidr": "10.96.0.10/32"}}]));
            planted
                .push(Planted::new("DNS by the Service's address", &what, service, dns, &what).or(dns, "NetworkPolicy/core/default-deny"));
        }
    }
    planted.extend(special(app));
    planted
}

fn misspell(labels: &mut Value) {
    let (key, value) =
        labels.as_object().and_then(|labels| labels.iter().next()).map(|(key, value)| (key.clone(), value.clone())).expect("a label");
    labels[key] = json!(typo(value.as_str().unwrap_or_default()));
}

/// A policy added to an application that had none there.
fn added(app: &App) -> Vec<Planted> {
    let mut planted = Vec::new();
    let mut namespaces: Vec<&str> = app.workloads().map(|index| namespace(&app.objects[index])).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for home in namespaces {
        if app.of_kind("NetworkPolicy").any(|index| namespace(&app.objects[index]) == home) {
            continue;
        }
        let what = format!("NetworkPolicy/{home}/closed");
        let with = |spec: &Value| {
            let mut objects = app.objects.clone();
            objects.push(policy("closed", home, spec));
            objects
        };
        let calling = app.workloads().any(|index| {
            let object = &app.objects[index];
            namespace(object) == home && !text_at(object, "/metadata/annotations/mutations~1calls").is_empty()
        });
        let called = app.of_kind("Service").any(|index| {
            let service = &app.objects[index];
            namespace(service) == home && !app.callers(service).is_empty() && !app.selected(index).is_empty()
        });
        if calling {
            let objects = with(&json!({"podSelector": {}, "policyTypes": ["Egress"]}));
            planted.push(Planted::new("egress closed", home, objects, "policy-blocks-dns", &what));
            // Everything is allowed but the way to the name server.
            let everything = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 1, "endPort": 65_535}]}]});
            planted.push(Planted::new("egress by TCP only", home, with(&everything), "policy-blocks-dns", &what));
        }
        if called {
            let objects = with(&json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
            planted.push(Planted::new("ingress closed", home, objects, "policy-blocks-reference", &what));
        }
        let nobody = with(&json!({"podSelector": {"matchLabels": {"app": "nobody-here"}}, "policyTypes": ["Ingress"]}));
        planted.push(Planted::new("a policy for nobody", home, nobody, "policy-selects-nothing", &what));
    }
    planted
}

/// What only the platform's own policies can show.
fn special(app: &App) -> Vec<Planted> {
    if app.name != "platform" {
        return Vec::new();
    }
    let find =
        |name: &str| app.of_kind("NetworkPolicy").find(|&index| text_at(&app.objects[index], "/metadata/name") == name).expect("a policy");
    let (orders, users, databases) = (find("orders"), find("users"), find("databases"));
    let mut planted = Vec::new();
    for (index, direction) in [(users, "ingress"), (orders, "egress")] {
        let what = id(&app.objects[index]);
        let wrong = app.with(index, |policy| policy["spec"][direction][0]["ports"][0]["port"] = json!(8_081));
        planted.push(Planted::new("the Service's port in a policy", &what, wrong, "policy-uses-service-port", &what));
    }
    let what = id(&app.objects[orders]);
    let wrong = app.with(orders, |policy| {
        policy["spec"]["ingress"][0]["from"] =
            json!([{"namespaceSelector": {"matchLabels": {"team": "web"}}}, {"podSelector": {"matchLabels": {"app": "users"}}}]);
    });
    planted.push(Planted::new("two peers in place of one", &what, wrong, "policy-peers-or-not-and", &what));
    let what = id(&app.objects[databases]);
    let wrong = app.with(databases, |policy| {
        policy["spec"]["ingress"][0]["ports"].as_array_mut().expect("ports").pop();
    });
    planted.push(Planted::new("a port left out", &what, wrong, "policy-blocks-reference", &what));
    let edge = app.of_kind("Namespace").find(|&index| text_at(&app.objects[index], "/metadata/name") == "edge").expect("a namespace");
    let bare = app.with(edge, |namespace| {
        namespace["metadata"].as_object_mut().expect("metadata").remove("labels");
    });
    let both = ["NetworkPolicy/core/orders".to_owned(), "NetworkPolicy/core/users".to_owned()];
    let bare = Planted::each("namespace without its label", "edge", bare, "policy-peer-matches-nothing", both.clone());
    planted.push(bare.also("policy-blocks-reference", both));
    planted
}
