//! Faults in Ingresses, Gateways and routes.

use serde_json::{Value, json};

use crate::app::{App, id, namespace, text_at};
use crate::planted::Planted;
use crate::services::typo;

/// The kinds that send to Services from outside.
const SENDERS: [&str; 3] = ["Ingress", "HTTPRoute", "TCPRoute"];

/// What follows at the edge when a Service is not where it was, or lacks a port that it had.
pub fn consequences(app: &App, mut planted: Planted) -> Planted {
    let senders = app.objects.iter().filter(|object| SENDERS.contains(&text_at(object, "/kind")));
    let sends = |object: &&Value| backends(object).iter().any(|(_, namespace, name)| format!("Service/{namespace}/{name}") == planted.what);
    let ids: Vec<String> = senders.filter(sends).map(id).collect();
    for code in ["ingress-backend-missing", "ingress-backend-port-missing", "route-backend-missing", "route-backend-not-granted"] {
        planted = planted.also(code, ids.clone());
    }
    planted
}

/// Where an object names a backend, and which: pointer, namespace and name.
fn backends(object: &Value) -> Vec<(String, String, String)> {
    let home = namespace(object);
    let mut found = Vec::new();
    let mut ingress = |pointer: String| {
        let name = text_at(object, &format!("{pointer}/service/name")).to_owned();
        if !name.is_empty() {
            found.push((format!("{pointer}/service"), home.to_owned(), name));
        }
    };
    if text_at(object, "/kind") == "Ingress" {
        ingress("/spec/defaultBackend".into());
        for (rule, value) in items(object, "/spec/rules") {
            for (path, _) in items(value, "/http/paths") {
                ingress(format!("/spec/rules/{rule}/http/paths/{path}/backend"));
            }
        }
        return found;
    }
    for (rule, value) in items(object, "/spec/rules") {
        for (number, backend) in items(value, "/backendRefs") {
            let other = text_at(backend, "/namespace");
            let other = if other.is_empty() { home } else { other };
            found.push((format!("/spec/rules/{rule}/backendRefs/{number}"), other.to_owned(), text_at(backend, "/name").to_owned()));
        }
    }
    found
}

fn items<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (usize, &'v Value)> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    *value.pointer_mut(pointer).expect("a value to change") = new;
}

fn remove(value: &mut Value, pointer: &str, key: &str) {
    value.pointer_mut(pointer).and_then(Value::as_object_mut).expect("a mapping").remove(key);
}

pub fn plant(app: &App) -> Vec<Planted> {
    let mut planted: Vec<Planted> = SENDERS.iter().flat_map(|kind| app.of_kind(kind)).flat_map(|index| senders(app, index)).collect();
    planted.extend(app.of_kind("Ingress").flat_map(|index| ingress(app, index)));
    planted.extend(app.of_kind("Gateway").flat_map(|index| gateway(app, index)));
    planted.extend(["HTTPRoute", "TCPRoute"].iter().flat_map(|kind| app.of_kind(kind)).flat_map(|index| route(app, index)));
    for index in app.of_kind("ReferenceGrant") {
        let grant = &app.objects[index];
        let from = text_at(grant, "/spec/from/0/namespace");
        let lent = |object: &&Value| {
            text_at(object, "/kind") == "HTTPRoute"
                && namespace(object) == from
                && backends(object).iter().any(|(_, other, _)| other == namespace(grant))
        };
        let routes: Vec<String> = app.objects.iter().filter(lent).map(id).collect();
        let code = "route-backend-not-granted";
        planted.push(Planted::each("grant deleted", id(grant), app.without(index), code, routes.clone()));
        for (operator, pointer, value) in [
            ("grant for another namespace", "/spec/from/0/namespace", "elsewhere"),
            ("grant for another kind", "/spec/from/0/kind", "GRPCRoute"),
            ("grant to another Service", "/spec/to/0/name", "other"),
        ] {
            planted.push(Planted::each(
                operator,
                id(grant),
                app.with(index, |grant| set(grant, pointer, json!(value))),
                code,
                routes.clone(),
            ));
        }
    }
    planted
}

/// Wrong backends of whatever sends.
fn senders(app: &App, index: usize) -> Vec<Planted> {
    let object = &app.objects[index];
    let what = id(object);
    let of_ingress = text_at(object, "/kind") == "Ingress";
    let (missing, port) = if of_ingress {
        ("ingress-backend-missing", "ingress-backend-port-missing")
    } else {
        ("route-backend-missing", "route-backend-missing")
    };
    let mut planted = Vec::new();
    for (pointer, other, name) in backends(object) {
        let wrong = app.with(index, |object| set(object, &format!("{pointer}/name"), json!(typo(&name))));
        // A misspelt name is no longer the one that was granted.
        let lent = other != namespace(object);
        planted.push(Planted::new("backend misspelt", &what, wrong, missing, &what));
        if lent {
            planted.last_mut().expect("the last one").expect[0].push(("route-backend-not-granted", what.clone()));
        }
        if of_ingress {
            let wrong = app.with(index, |object| set(object, &format!("{pointer}/port"), json!({"number": 4711})));
            planted.push(Planted::new("backend port that is not there", &what, wrong, port, &what));
            let wrong = app.with(index, |object| set(object, &format!("{pointer}/port"), json!({"name": "metrics"})));
            planted.push(Planted::new("backend port name that is not there", &what, wrong, port, &what));
        } else {
            let wrong = app.with(index, |object| set(object, &format!("{pointer}/port"), json!(4711)));
            planted.push(Planted::new("backend port that is not there", &what, wrong, port, &what));
        }
    }
    planted
}

fn ingress(app: &App, index: usize) -> Vec<Planted> {
    let what = id(&app.objects[index]);
    let class = "ingress-class-unknown";
    let mut planted = vec![
        Planted::new(
            "class that does not exist",
            &what,
            app.with(index, |ingress| set(ingress, "/spec/ingressClassName", json!("nginx"))),
            class,
            &what,
        ),
        Planted::new(
            "class by annotation that does not exist",
            &what,
            app.with(index, |ingress| {
                remove(ingress, "/spec", "ingressClassName");
                ingress["metadata"]["annotations"] = json!({"kubernetes.io/ingress.class": "nginx"});
            }),
            class,
            &what,
        ),
    ];
    let mut objects = app.with(index, |ingress| remove(ingress, "/spec", "ingressClassName"));
    for class in objects.iter_mut().filter(|object| text_at(object, "/kind") == "IngressClass") {
        remove(class, "/metadata", "annotations");
        class["metadata"]["labels"] = json!({"plain": "yes"});
    }
    planted.push(Planted::new("no class and no default", &what, objects, class, &what));
    for (number, _) in items(&app.objects[index], "/spec/tls") {
        let pointer = format!("/spec/tls/{number}/secretName");
        let code = "ingress-tls-secret-missing";
        let wrong = app.with(index, |ingress| set(ingress, &pointer, json!("shop-tsl")));
        planted.push(Planted::new("certificate misspelt", &what, wrong, code, &what));
        for secret in app.of_kind("Secret") {
            planted.push(Planted::new("certificate deleted", &what, app.without(secret), code, &what));
            let opaque = app.with(secret, |secret| remove(secret, "", "type"));
            planted.push(Planted::new("certificate of another type", &what, opaque, code, &what));
        }
    }
    for (rule, value) in items(&app.objects[index], "/spec/rules") {
        let first = value["http"]["paths"][0].clone();
        let again = app.with(index, |ingress| {
            ingress["spec"]["rules"][rule]["http"]["paths"].as_array_mut().expect("paths").push(first);
        });
        planted.push(Planted::new("path written twice", &what, again, "ingress-path-shadowed", &what));
    }
    planted
}

fn gateway(app: &App, index: usize) -> Vec<Planted> {
    let what = id(&app.objects[index]);
    let wrong = app.with(index, |gateway| set(gateway, "/spec/gatewayClassName", json!("istio")));
    let mut planted = vec![Planted::new("gateway class that does not exist", &what, wrong, "gateway-class-unknown", &what)];
    for class in app.of_kind("GatewayClass") {
        planted.push(Planted::new("gateway class deleted", &what, app.without(class), "gateway-class-unknown", &what));
    }
    let routes: Vec<String> =
        ["HTTPRoute", "TCPRoute"].iter().flat_map(|kind| app.of_kind(kind)).map(|index| id(&app.objects[index])).collect();
    planted.push(Planted::each("gateway deleted", &what, app.without(index), "route-not-attached", routes));
    planted
}

fn route(app: &App, index: usize) -> Vec<Planted> {
    let route = &app.objects[index];
    let what = id(route);
    let mut faults = vec![
        ("parent misspelt", "/spec/parentRefs/0/name", json!("fornt")),
        ("parent in another namespace", "/spec/parentRefs/0/namespace", json!("default")),
    ];
    if route.pointer("/spec/parentRefs/0/sectionName").is_some() {
        faults.push(("listener misspelt", "/spec/parentRefs/0/sectionName", json!("wbe")));
    }
    if route.pointer("/spec/hostnames/0").is_some() {
        faults.push(("host of no listener", "/spec/hostnames/0", json!("www.example.org")));
    }
    let mut planted: Vec<Planted> = faults
        .into_iter()
        .map(|(operator, pointer, value)| {
            Planted::new(operator, &what, app.with(index, |route| set(route, pointer, value)), "route-not-attached", &what)
        })
        .collect();
    if text_at(route, "/kind") == "HTTPRoute" {
        let home = namespace(route);
        let mut objects = app.objects.clone();
        for space in
            objects.iter_mut().filter(|object| text_at(object, "/kind") == "Namespace" && text_at(object, "/metadata/name") == home)
        {
            remove(space, "/metadata", "labels");
        }
        planted.push(Planted::new("namespace without its label", &what, objects, "route-not-attached", &what));
    }
    planted
}
