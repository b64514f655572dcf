//! Faults in workloads: their references, probes, ports and where they run.

use serde_json::{Value, json};

use crate::app::{App, id, namespace, template, text_at};
use crate::planted::Planted;
use crate::services::typo;

fn containers<'v>(object: &'v Value, list: &str) -> Vec<(String, &'v Value)> {
    let base = format!("{}/spec/{list}", template(object).unwrap_or_default());
    let containers = object.pointer(&base).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    containers.iter().enumerate().map(|(number, container)| (format!("{base}/{number}"), container)).collect()
}

fn at<'v>(object: &'v mut Value, pointer: &str) -> &'v mut Value {
    object.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

/// Whether nothing but the declared ports says what an image listens on.
fn is_own(container: &Value) -> bool {
    let image = text_at(container, "/image");
    image.starts_with("registry.example/") || image.starts_with("ghcr.io/example/")
}

fn service_ids(app: &App, workload: &Value) -> Vec<String> {
    app.services_of(workload).into_iter().map(|service| id(&app.objects[service])).collect()
}

pub fn plant(app: &App) -> Vec<Planted> {
    let mut planted = Vec::new();
    for index in app.workloads() {
        planted.extend(references(app, index));
        planted.extend(probes(app, index));
        planted.extend(ports(app, index));
        planted.extend(placement(app, index));
    }
    for index in app.of_kind("StatefulSet") {
        let what = id(&app.objects[index]);
        let wrong = app.with(index, |set| set["spec"]["serviceName"] = json!(typo(text_at(set, "/spec/serviceName"))));
        planted.push(Planted::new("serviceName misspelt", &what, wrong, "statefulset-service-missing", &what));
    }
    for index in app.of_kind("ConfigMap") {
        let name = text_at(&app.objects[index], "/metadata/name");
        let users = app.workloads().filter(|&user| {
            let json = app.objects[user].to_string();
            json.contains(&format!("\"name\":\"{name}\"")) && (json.contains("configMapRef") || json.contains("configMapKeyRef"))
        });
        let users: Vec<usize> = users.collect();
        planted.extend(settings(app, index, &users));
        let services: Vec<String> = users.into_iter().flat_map(|user| service_ids(app, &app.objects[user])).collect();
        if !services.is_empty() {
            planted.push(Planted::each("ConfigMap deleted", name, app.without(index), "no-ready-endpoints", services));
        }
    }
    planted
}

/// A Service's name misspelt in a ConfigMap: told on the workloads that take the reference from there.
fn settings(app: &App, index: usize, users: &[usize]) -> Vec<Planted> {
    let mut planted = Vec::new();
    for &user in users {
        let object = &app.objects[user];
        for call in text_at(object, "/metadata/annotations/mutations~1calls").split(' ') {
            let (service, home) = call.split_once('.').unwrap_or_default();
            let data = app.objects[index]["data"].as_object().into_iter().flatten();
            let naming = data.filter_map(|(key, value)| Some((key, value.as_str()?, host_in(value.as_str()?, service, home)?)));
            for (key, text, host) in naming {
                let (before, behind) = text.rsplit_once(&host).expect("the host");
                let wrong = format!("{before}{}{behind}", host.replacen(service, &typo(service), 1));
                let objects = app.with(index, |map| map["data"][key] = json!(wrong));
                let wrong = Planted::new("host misspelt in a ConfigMap", wrong, objects, "reference-unknown-host", id(object));
                planted.push(wrong.also("reference-unknown-host", users.iter().map(|&user| id(&app.objects[user]))));
            }
        }
    }
    planted
}

/// Every place where a workload names a Service: pointer to the text, the host as it is written, and its port.
fn places(object: &Value, service: &str, home: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (base, container) in containers(object, "containers").into_iter().chain(containers(object, "initContainers")) {
        let env = container["env"].as_array().map(Vec::as_slice).unwrap_or_default();
        let env = env.iter().enumerate().map(|(number, variable)| (format!("{base}/env/{number}/value"), text_at(variable, "/value")));
        let words = ["command", "args"].into_iter().flat_map(|list| {
            let words = container[list].as_array().map(Vec::as_slice).unwrap_or_default();
            let base = base.clone();
            words.iter().enumerate().map(move |(number, word)| (format!("{base}/{list}/{number}"), word.as_str().unwrap_or_default()))
        });
        for (pointer, text) in env.chain(words) {
            if let Some(host) = host_in(text, service, home) {
                found.push((pointer, host));
            }
        }
    }
    found
}

/// The host of a text that names a Service by some form of its name, if no pod's name stands in front.
fn host_in(text: &str, service: &str, home: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    let words = text.split(|c: char| !is_word(c));
    let named = |word: &&str| *word == service || word.starts_with(&format!("{service}.{home}"));
    words.collect::<Vec<_>>().into_iter().rfind(named).map(str::to_owned)
}

fn references(app: &App, index: usize) -> Vec<Planted> {
    let object = &app.objects[index];
    let what = id(object);
    let mut planted = Vec::new();
    let calls = text_at(object, "/metadata/annotations/mutations~1calls").to_owned();
    for call in calls.split(' ').filter(|call| !call.is_empty()) {
        let (service, home) = call.split_once('.').unwrap_or((call, "default"));
        for (pointer, host) in places(object, service, home) {
            let change = |new: &str| {
                app.with(index, |object| {
                    let text = at(object, &pointer);
                    let (before, behind) = text.as_str().and_then(|text| text.rsplit_once(&host)).expect("the host");
                    *text = json!(format!("{before}{new}{behind}"));
                })
            };
            let told = format!("{what}: {pointer}: {host}");
            let unknown = "reference-unknown-host";
            planted.push(Planted::new("host misspelt", &told, change(&host.replacen(service, &typo(service), 1)), unknown, &what));
            planted.push(Planted::new("host of nobody", &told, change(&host.replacen(service, "nowhere", 1)), unknown, &what));
            if host != service && home != namespace(object) {
                planted.push(Planted::new("namespace misspelt", &told, change(&host.replacen(home, &typo(home), 1)), unknown, &what));
                planted.push(Planted::new("namespace left out", &told, change(service), "reference-other-namespace", &what));
            }
            let with_port = text_at(object, &pointer).split_once(&format!("{host}:")).map(|(_, rest)| rest.to_owned());
            let port: Option<String> = with_port.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
            if let Some(port) = port.filter(|port| !port.is_empty()) {
                let wrong = change(&host).into_iter().collect::<Vec<_>>();
                let mut wrong = wrong;
                let text = at(&mut wrong[index], &pointer);
                *text = json!(text.as_str().unwrap_or_default().replacen(&format!("{host}:{port}"), &format!("{host}:4999"), 1));
                planted.push(Planted::new("referenced port changed", &told, wrong, "reference-port-not-exposed", &what));
                // Nobody but the called workload serves the port; at localhost nobody does.
                let elsewhere = change("localhost");
                let target = app.of_kind("Service").find(|&found| {
                    let found = &app.objects[found];
                    text_at(found, "/metadata/name") == service
                        && found["spec"]["ports"][0].get("targetPort").is_none_or(|target| target.as_u64() == port.parse().ok())
                });
                let runs = text_at(object, "/kind") != "CronJob";
                if runs && target.is_some_and(|target| !app.selected(target).is_empty()) && !text_at(object, &pointer).contains(' ') {
                    planted.push(Planted::new("localhost in place of a Service", &told, elsewhere, "reference-localhost-elsewhere", &what));
                }
            }
        }
    }
    if calls.is_empty() || text_at(object, "/kind") == "CronJob" {
        return planted;
    }
    let base = template(object).unwrap_or_default();
    let pod_names = what.contains("StatefulSet/ledger");
    if !pod_names && text_at(object, "/kind") != "Job" {
        let host = app.with(index, |object| at(object, &format!("{base}/spec"))["hostNetwork"] = json!(true));
        planted.push(Planted::new("hostNetwork without its DNS policy", &what, host, "host-network-dns", &what));
    }
    let default = app.with(index, |object| at(object, &format!("{base}/spec"))["dnsPolicy"] = json!("Default"));
    planted.push(Planted::new("dnsPolicy Default", &what, default, "reference-unknown-host", &what));
    planted
}

fn probes(app: &App, index: usize) -> Vec<Planted> {
    let object = &app.objects[index];
    let what = id(object);
    let mut planted = Vec::new();
    for (base, container) in containers(object, "containers") {
        for (probe, operator) in [
            ("readinessProbe", "readiness probe on another port"),
            ("livenessProbe", "liveness probe on another port"),
            ("startupProbe", "startup probe on another port"),
        ] {
            for action in ["httpGet", "tcpSocket", "grpc"] {
                let Some(port) = container.pointer(&format!("/{probe}/{action}/port")) else { continue };
                let mut wrong = vec![json!(4_444)];
                wrong.extend(port.as_str().map(|name| json!(typo(name))));
                for wrong in wrong {
                    let objects = app.with(index, |object| *at(object, &format!("{base}/{probe}/{action}/port")) = wrong);
                    planted.push(Planted::new(operator, &what, objects, "readiness-port-unserved", &what));
                }
            }
        }
    }
    planted
}

fn ports(app: &App, index: usize) -> Vec<Planted> {
    let object = &app.objects[index];
    let what = id(object);
    let base = template(object).unwrap_or_default();
    let services = service_ids(app, object);
    let mut planted = Vec::new();
    let all = containers(object, "containers");
    let Some((path, container)) = all.first().filter(|(_, container)| container["ports"][0].is_object()) else { return planted };
    let number = container["ports"][0]["containerPort"].as_u64().unwrap_or_default();
    let name = text_at(container, "/name");
    let twin = app.with(index, |object| {
        let list = at(object, &format!("{base}/spec/containers")).as_array_mut().expect("containers");
        list.push(json!({"name": "twin", "image": "registry.example/twin:1", "ports": [{"containerPort": number}]}));
    });
    planted.push(Planted::new("two containers on one port", &what, twin, "container-port-conflict", &what));
    let annotated = object.to_string().contains("podhop.dev/behavior");
    if is_own(container) && !annotated && container["ports"][0]["name"].is_null() && !services.is_empty() {
        let moved = app.with(index, |object| *at(object, &format!("{path}/ports/0/containerPort")) = json!(number + 11));
        let moved = Planted::new("container port changed", &what, moved, "readiness-port-unserved", &what);
        let moved = services.iter().fold(moved, |moved, service| moved.or("target-port-unserved", service));
        planted.push(moved.also("target-port-unserved", services.clone()));
    }
    if is_own(container) && !services.is_empty() {
        let own: Vec<String> = services.clone();
        let loopback = app.with(index, |object| {
            let ports = container["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
            let listen: Vec<String> = ports.iter().map(|port| format!("{{port: {}, address: 127.0.0.1}}", port["containerPort"])).collect();
            let meta = at(object, &format!("{base}/metadata"));
            meta["annotations"]["podhop.dev/behavior"] = json!(format!("{name}: {{listen: [{}]}}\n", listen.join(", ")));
        });
        // The annotation says nothing of calls, so these are still inferred.
        planted.push(Planted::new("listens on loopback", &what, loopback, "listens-on-loopback", &what));
        let never = app.with(index, |object| {
            let meta = at(object, &format!("{base}/metadata"));
            meta["annotations"]["podhop.dev/behavior"] = json!(format!("{name}: {{ready: false}}\n"));
        });
        let published = |service: &String| service.ends_with("/ledger-members");
        planted.push(Planted::each(
            "never ready",
            &what,
            never,
            "no-ready-endpoints",
            own.into_iter().filter(|service| !published(service)),
        ));
    }
    if text_at(container, "/image").starts_with("redis") || text_at(container, "/image").starts_with("valkey") {
        let bound = app.with(index, |object| {
            at(object, path)["args"] = json!(["--bind", "127.0.0.1"]);
        });
        planted.push(Planted::new("bound to loopback", &what, bound, "listens-on-loopback", &what));
    }
    if text_at(object, "/kind") == "Deployment" {
        let host = app.with(index, |object| {
            object["spec"]["replicas"] = json!(5);
            *at(object, &format!("{path}/ports/0")) =
                json!({"containerPort": number, "hostPort": 18_080, "name": container["ports"][0]["name"]});
            if container["ports"][0]["name"].is_null() {
                at(object, &format!("{path}/ports/0")).as_object_mut().expect("a port").remove("name");
            }
        });
        planted.push(Planted::new("host port of more replicas than nodes", &what, host, "host-port-conflict", &what));
        let label = app.with(index, |object| {
            let wanted = object["spec"]["selector"]["matchLabels"].clone();
            let labels = object["spec"]["template"]["metadata"]["labels"].as_object_mut().expect("labels");
            let key = labels.keys().find(|key| wanted.get(key.as_str()).is_some()).cloned().unwrap_or_default();
            labels.insert(key, json!("other"));
        });
        let rejected = Planted::new("template label misspelt", &what, label, "object-rejected", &what);
        planted.push(rejected.also("selector-matches-nothing", services));
    }
    planted
}

/// Whether the namespace has pods besides a workload's own.
fn has_neighbors(app: &App, index: usize) -> bool {
    let running = |other: &usize| text_at(&app.objects[*other], "/kind") != "CronJob";
    app.workloads().filter(running).any(|other| other != index && namespace(&app.objects[other]) == namespace(&app.objects[index]))
}

fn placement(app: &App, index: usize) -> Vec<Planted> {
    let object = &app.objects[index];
    let what = id(object);
    let base = template(object).unwrap_or_default();
    let mut planted = Vec::new();
    let published = |service: &String| service.ends_with("/ledger-members");
    let services: Vec<String> = service_ids(app, object).into_iter().filter(|service| !published(service)).collect();
    let services_here = if has_neighbors(app, index) { services.clone() } else { Vec::new() };
    if !services.is_empty() && text_at(object, "/kind") != "DaemonSet" {
        let nowhere = app.with(index, |object| at(object, &format!("{base}/spec"))["nodeSelector"] = json!({"disk": "ssd"}));
        planted.push(Planted::each("no node to run on", &what, nowhere, "no-ready-endpoints", services));
    }
    if !services_here.is_empty() && text_at(object, "/kind") == "Deployment" {
        let none = app.with(index, |object| object["spec"]["replicas"] = json!(0));
        planted.push(Planted::each("no replicas", &what, none, "selector-matches-nothing", services_here));
    }
    if text_at(object, "/kind") == "Job" {
        let proxied = app.with(index, |object| {
            let list = at(object, &format!("{base}/spec/containers")).as_array_mut().expect("containers");
            list.push(json!({"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.24.0"}));
        });
        planted.push(Planted::new("a proxy in a Job", &what, proxied, "sidecar-not-native", &what));
    }
    if what == "Deployment/default/basket" {
        let mail = app.with(index, |object| {
            let env = at(object, &format!("{base}/spec/containers/0/env")).as_array_mut().expect("env");
            env.push(json!({"name": "MAIL_API", "value": "https://mail/v1"}));
        });
        planted.push(Planted::new("https to an ExternalName", &what, mail, "external-name-port", &what));
    }
    planted
}
