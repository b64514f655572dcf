//! Faults in Services and EndpointSlices.

use serde_json::{Value, json};

use crate::app::{App, id, namespace, text_at};
use crate::planted::{Named, Planted};

/// A word with two letters swapped, or one more where that changes nothing.
pub fn typo(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match (1..letters.len().saturating_sub(1))
        .find(|&at| letters[at] != letters[at + 1] && letters[at + 1].is_ascii_alphanumeric() && letters[at].is_ascii_alphanumeric())
    {
        Some(at) => letters.swap(at, at + 1),
        None => letters.push('x'),
    }
    letters.into_iter().collect()
}

fn first_port(service: &Value) -> &Value {
    &service["spec"]["ports"][0]
}

fn is_headless(service: &Value) -> bool {
    text_at(service, "/spec/clusterIP") == "None"
}

/// The StatefulSets that a Service governs.
fn governed(app: &App, service: &Value) -> Vec<String> {
    let name = text_at(service, "/metadata/name");
    let sets = app.of_kind("StatefulSet").map(|index| &app.objects[index]);
    sets.filter(|set| text_at(set, "/spec/serviceName") == name && namespace(set) == namespace(service)).map(id).collect()
}

/// What an absent Service breaks: the StatefulSets that it governs and those who call it.
fn absent(operator: &'static str, app: &App, index: usize, objects: Vec<Value>) -> Option<Planted> {
    let service = &app.objects[index];
    let (callers, sets) = (app.callers(service), governed(app, service));
    let any = |code: &'static str, object: &String| vec![(code, object.clone())];
    let mut expect: Vec<Vec<Named>> = sets.iter().map(|set| any("statefulset-service-missing", set)).collect();
    // Members that call each other by their own names are nameless for the same reason.
    let others = callers.iter().filter(|caller| !sets.contains(caller));
    expect.extend(others.map(|caller| any("reference-unknown-host", caller)));
    (!expect.is_empty()).then(|| Planted { expect, ..Planted::new(operator, id(service), objects, "", "") })
}

pub fn plant(app: &App) -> Vec<Planted> {
    let mut planted = Vec::new();
    for index in app.of_kind("Service") {
        let service = &app.objects[index];
        let what = id(service);
        planted.extend(absent("service deleted", app, index, app.without(index)));
        let renamed = app.with(index, |service| service["metadata"]["name"] = json!(format!("{}-v2", text_at(service, "/metadata/name"))));
        let again = absent("service renamed", app, index, renamed);
        planted.extend(again.map(|again| again.also("endpoints-missing", [format!("{what}-v2")])));
        if app.selected(index).is_empty() {
            continue;
        }
        planted.extend(selector(app, index));
        planted.extend(ports(app, index));
        let moved = app.with(index, |service| service["metadata"]["namespace"] = json!("elsewhere"));
        let (callers, sets) = (app.callers(service), governed(app, service));
        if !callers.is_empty() && sets.is_empty() {
            let each = Planted::each("service moved to another namespace", &what, moved, "reference-other-namespace", callers.clone());
            let mut each = each;
            for (any, caller) in each.expect.iter_mut().zip(callers) {
                any.push(("reference-unknown-host", caller));
            }
            planted.push(each);
        }
        let external = matches!(text_at(service, "/spec/type"), "LoadBalancer" | "NodePort");
        if text_at(service, "/spec/type") == "LoadBalancer" {
            let objects = app.objects.clone();
            let pending = Planted::new("no load balancer controller", &what, objects, "load-balancer-pending", &what);
            planted.push(pending.cluster(json!({"load_balancer": false})));
        }
        if text_at(service, "/spec/type") == "NodePort" {
            let port = json!(30_555);
            let mut twins = app.with(index, |service| service["spec"]["ports"][0]["nodePort"] = port.clone());
            let mut twin = twins[index].clone();
            twin["metadata"]["name"] = json!("twin");
            let twin_id = id(&twin);
            twins.push(twin);
            planted.push(Planted::new("a node port twice", &what, twins, "object-rejected", twin_id));
        }
        if external {
            let local = app.with(index, |service| service["spec"]["externalTrafficPolicy"] = json!("Local"));
            let many = Planted::new("traffic policy Local on many nodes", &what, local, "local-policy-no-endpoint", &what);
            planted.push(many.cluster(json!({"nodes": 9})));
        }
        if !is_headless(service) {
            let given = app.with(index, |service| service["spec"]["externalIPs"] = json!(["192.0.2.10"]));
            planted.push(Planted::new("externalIPs given", &what, given, "deprecated-field", &what));
        }
    }
    for index in app.of_kind("EndpointSlice") {
        let slice = &app.objects[index];
        let service = format!("Service/{}/{}", namespace(slice), text_at(slice, "/metadata/labels/kubernetes.io~1service-name"));
        planted.push(Planted::new("slice deleted", id(slice), app.without(index), "endpoints-missing", &service));
        let typo = app.with(index, |slice| slice["metadata"]["labels"] = json!({"kubernetes.io/service-name": "nobody"}));
        planted.push(Planted::new("slice labelled for another", id(slice), typo, "endpoints-missing", &service));
    }
    planted
}

fn selector(app: &App, index: usize) -> Vec<Planted> {
    let service = &app.objects[index];
    let what = id(service);
    let code = "selector-matches-nothing";
    let selector = service["spec"]["selector"].as_object().cloned().unwrap_or_default();
    let mut planted = Vec::new();
    for (key, value) in &selector {
        let value = value.as_str().unwrap_or_default();
        let wrong = app.with(index, |service| service["spec"]["selector"][key] = json!(typo(value)));
        planted.push(Planted::new("selector value misspelt", &what, wrong, code, &what));
        let wrong = app.with(index, |service| service["spec"]["selector"][key] = json!("something-else"));
        planted.push(Planted::new("selector value of another", &what, wrong, code, &what));
        let wrong = app.with(index, |service| {
            let map = service["spec"]["selector"].as_object_mut().expect("a selector");
            let value = map.remove(key).unwrap_or_default();
            map.insert(typo(key), value);
        });
        planted.push(Planted::new("selector key misspelt", &what, wrong, code, &what));
    }
    let wrong = app.with(index, |service| service["spec"]["selector"]["tier"] = json!("none-has-this"));
    planted.push(Planted::new("selector with a label too many", &what, wrong, code, &what));
    if selector.contains_key("app.kubernetes.io/part-of") {
        let broad = app.with(index, |service| service["spec"]["selector"] = json!({"app.kubernetes.io/part-of": "shop"}));
        planted.push(Planted::new("selector by part-of only", &what, broad, "selector-too-broad", &what));
    }
    planted
}

fn ports(app: &App, index: usize) -> Vec<Planted> {
    let service = &app.objects[index];
    let what = id(service);
    let port = first_port(service);
    let number = port["port"].as_u64().unwrap_or_default();
    let named = port["targetPort"].is_string();
    let target = port.get("targetPort").cloned().unwrap_or_else(|| json!(number));
    let mut planted = Vec::new();
    let with = |change: &dyn Fn(&mut Value)| app.with(index, |service| change(&mut service["spec"]["ports"][0]));
    if named {
        let wrong = with(&|port| port["targetPort"] = json!(typo(target.as_str().unwrap_or_default())));
        planted.push(Planted::new("targetPort name misspelt", &what, wrong, "target-port-name-unknown", &what));
        let wrong = with(&|port| port["targetPort"] = json!("another"));
        planted.push(Planted::new("targetPort name of another", &what, wrong, "target-port-name-unknown", &what));
        let wrong = with(&|port| port["protocol"] = json!("UDP"));
        planted.push(Planted::new("protocol changed", &what, wrong, "target-port-name-unknown", &what));
    } else {
        let wrong = with(&|port| port["protocol"] = json!("UDP"));
        planted.push(Planted::new("protocol changed", &what, wrong, "target-port-unserved", &what));
    }
    let wrong = with(&|port| port["targetPort"] = json!(4_321));
    planted.push(Planted::new("targetPort number changed", &what, wrong, "target-port-unserved", &what));
    let callers = app.callers(service);
    if !callers.is_empty() && !is_headless(service) {
        let wrong = with(&|port| {
            port["port"] = json!(number + 1_000);
            port["targetPort"] = target.clone();
        });
        planted.push(Planted::each("service port changed", &what, wrong, "reference-port-not-exposed", callers.clone()));
        let differs = match &target {
            Value::Number(target) => target.as_u64() != Some(number),
            _ => what.ends_with("/api") || what.ends_with("/orders") || what.ends_with("/ledger"),
        };
        if differs && text_at(service, "/spec/type").is_empty() {
            let headless = app.with(index, |service| service["spec"]["clusterIP"] = json!("None"));
            planted.push(Planted::each("service made headless", &what, headless, "headless-port-mismatch", callers));
        }
    }
    let wrong = with(&|port| port["port"] = json!(70_000));
    let mut rejected = Planted::new("port out of range", &what, wrong, "object-rejected", &what);
    // A rejected object is named, and what then cannot find it may be named, too.
    rejected = rejected.also("reference-unknown-host", app.callers(service)).also("statefulset-service-missing", governed(app, service));
    planted.push(rejected);
    planted
}
