//! What controllers make or consist of: an ingress controller for each IngressClass, and for each Gateway a Deployment and a
//! LoadBalancer Service in its namespace.
//!
//! Names and labels are those of ingress-nginx (`app.kubernetes.io/name: ingress-nginx` in namespace `ingress-nginx`, with the
//! class's name in its place) and of GEP-1762 for Gateways, so that policies written for real clusters select the same pods.
//! Both keep the client's address (`externalTrafficPolicy: Local`), as the manifests of ingress-nginx and Envoy Gateway do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use crate::cluster::{Config, ObjectId};
use crate::control::{Placed, suffix};
use crate::model::{Gateway, ListenerProtocol, ListenerSet, Protocol};
use crate::object::{Body, convert};
use crate::text::{parse_document, split};

/// The class of the controller that a cluster has of itself.
pub const DEFAULT_CLASS: &str = "nginx";

/// Namespace and name of the Deployment and the Service of a class's controller.
pub fn controller_name(class: &str) -> (String, String) {
    let namespace = label(&format!("ingress-{class}"), 52);
    let name = format!("{namespace}-controller");
    (namespace, name)
}

/// Name of the Deployment and the Service of a Gateway.
pub fn gateway_name(gateway: &Gateway) -> String {
    label(&format!("{}-{}", gateway.meta.name, gateway.class_name), 63)
}

/// A name as a DNS label of at most so many characters.
fn label(name: &str, most: usize) -> String {
    let plain = name.replace('.', "-");
    if plain.len() <= most {
        return plain;
    }
    let cut: String = plain.chars().take(most - 6).collect();
    format!("{}-{}", cut.trim_end_matches('-'), suffix(&[name]))
}

/// The objects with those that controllers add; an object of the user's keeps its place.
pub fn complete(objects: &[Placed], config: &Config) -> Vec<Placed> {
    let mut yaml = String::new();
    let bodies = || objects.iter().filter_map(|placed| placed.manifest.body.as_ref());
    if config.ingress_controller {
        let classes: Vec<&str> =
            bodies().filter_map(|body| if let Body::IngressClass(class) = body { Some(class.meta.name.as_str()) } else { None }).collect();
        // Where nothing is routed, nobody needs to see the controller that waits for it.
        let needed = config.asks_ingress || bodies().any(|body| matches!(body, Body::Ingress(_)));
        if classes.is_empty() && needed {
            let _ = write!(
                yaml,
                "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {{name: {DEFAULT_CLASS}}}\nspec: {{controller: k8s.io/ingress-nginx}}\n---\n"
            );
            controller(&mut yaml, DEFAULT_CLASS);
        }
        for class in classes {
            controller(&mut yaml, class);
        }
    }
    let classes: Vec<&str> =
        bodies().filter_map(|body| if let Body::GatewayClass(class) = body { Some(class.meta.name.as_str()) } else { None }).collect();
    let sets: Vec<&ListenerSet> =
        bodies().filter_map(|body| if let Body::ListenerSet(set) = body { Some(set.as_ref()) } else { None }).collect();
    for body in bodies() {
        if let Body::Gateway(gateway) = body
            && classes.contains(&gateway.class_name.as_str())
        {
            plane(&mut yaml, gateway, &sets);
        }
    }
    if yaml.is_empty() {
        return objects.to_vec();
    }
    let mut all: BTreeMap<ObjectId, Placed> = made(&yaml).map(|placed| (placed.manifest.id.clone(), placed)).collect();
    all.extend(objects.iter().map(|placed| (placed.manifest.id.clone(), placed.clone())));
    all.into_values().collect()
}

fn made(yaml: &str) -> impl Iterator<Item = Placed> {
    split(yaml).into_iter().filter_map(|chunk| parse_document(chunk).0).flat_map(convert).map(|manifest| Placed {
        manifest: Rc::new(manifest),
        file: None,
        first_line: 0,
        text: Rc::from(""),
    })
}

fn controller(yaml: &mut String, class: &str) {
    let (namespace, name) = controller_name(class);
    let labels = format!("{{app.kubernetes.io/name: {namespace}, app.kubernetes.io/component: controller}}");
    let _ = write!(
        yaml,
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}, labels: {{app.kubernetes.io/name: {namespace}}}}}\n---\n"
    );
    let ports = [(Protocol::Tcp, "http".to_owned(), 80), (Protocol::Tcp, "https".to_owned(), 443)];
    deployment(yaml, &format!("{{name: {name}, namespace: {namespace}, labels: {labels}}}"), &labels, "controller", 2, &ports);
    service(yaml, &format!("{{name: {name}, namespace: {namespace}, labels: {labels}}}"), &labels, "", &ports);
}

fn plane(yaml: &mut String, gateway: &Gateway, sets: &[&ListenerSet]) {
    let meta = &gateway.meta;
    let name = gateway_name(gateway);
    let selector = format!("{{gateway.networking.k8s.io/gateway-name: {}}}", label(&meta.name, 63));
    let mut labels = format!(
        "{{gateway.networking.k8s.io/gateway-name: {}, gateway.networking.k8s.io/gateway-class-name: {}",
        label(&meta.name, 63),
        label(&gateway.class_name, 63)
    );
    let pairs =
        |pairs: &crate::model::Labels| pairs.iter().fold(String::new(), |text, (key, value)| text + &format!(", {key:?}: {value:?}"));
    labels.push_str(&pairs(&gateway.infrastructure_labels));
    labels.push('}');
    let annotations = pairs(&gateway.infrastructure_annotations);
    let written = format!(
        "{{name: {name}, namespace: {}, labels: {labels}, annotations: {{{}}}}}",
        meta.namespace,
        annotations.trim_start_matches(", ")
    );
    let theirs = sets.iter().filter(|set| set.gateway_namespace == meta.namespace && set.gateway_name == meta.name);
    let mut ports: Vec<(Protocol, String, u16)> = Vec::new();
    for listener in gateway.listeners.iter().chain(theirs.flat_map(|set| &set.listeners)) {
        let protocol = match listener.protocol {
            ListenerProtocol::Udp => Protocol::Udp,
            ListenerProtocol::Other(_) => continue,
            _ => Protocol::Tcp,
        };
        if ports.iter().all(|(known, _, port)| (*known, *port) != (protocol, listener.port)) {
            ports.push((protocol, format!("{}-{}", listener.protocol.as_str().to_ascii_lowercase(), listener.port), listener.port));
        }
    }
    deployment(yaml, &written, &labels, "gateway", 1, &ports);
    let address = gateway.address.map_or_else(String::new, |address| format!("\n  loadBalancerIP: \"{address}\""));
    service(yaml, &written, &selector, &address, &ports);
}

fn deployment(yaml: &mut String, meta: &str, labels: &str, container: &str, replicas: u32, ports: &[(Protocol, String, u16)]) {
    let _ = write!(
        yaml,
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {meta}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {labels}}}\n  template:\n    metadata: {{labels: {labels}}}\n    spec:\n      containers:\n      - name: {container}\n        image: podhop.dev/{container}\n        ports:\n"
    );
    for (protocol, name, port) in ports {
        let _ = writeln!(yaml, "        - {{name: {name}, containerPort: {port}, protocol: {protocol}}}");
    }
    yaml.push_str("---\n");
}

fn service(yaml: &mut String, meta: &str, selector: &str, extra: &str, ports: &[(Protocol, String, u16)]) {
    let _ = write!(
        yaml,
        "apiVersion: v1\nkind: Service\nmetadata: {meta}\nspec:\n  type: LoadBalancer\n  externalTrafficPolicy: Local\n  selector: {selector}{extra}\n  ports:\n"
    );
    for (protocol, name, port) in ports {
        let _ = writeln!(yaml, "  - {{name: {name}, port: {port}, targetPort: {name}, protocol: {protocol}}}");
    }
    yaml.push_str("---\n");
}
