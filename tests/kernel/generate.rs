//! Services of all sorts, each a scenario: type, policies, addresses, source ranges, affinity, endpoints and how they are.
//!
//! The same number always makes the same Service. EndpointSlices are given, so that they may say of a pod what it is not.

use playground_wasm::net::Random;

use crate::topology::{PODS, node_address};

/// The manifests of the pods that the topology has.
pub fn pods() -> String {
    let manifest = |(name, node, address): &(&str, u8, Option<&str>)| {
        let host = if address.is_none() { ", hostNetwork: true" } else { "" };
        let status = address.map_or_else(String::new, |address| format!("status: {{podIP: {address}}}\n"));
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: k}}\n\
             spec: {{nodeName: node-{node}{host}, containers: [{{name: c, image: example/app:1, ports: \
             [{{containerPort: 8080}}, {{containerPort: 8080, protocol: UDP}}, {{containerPort: 5353, protocol: UDP}}]}}]}}\n{status}"
        )
    };
    PODS.iter().map(manifest).collect::<Vec<_>>().concat()
}

/// The manifests of the n-th Service and its EndpointSlice.
pub fn service(number: u64) -> String {
    let mut random = Random::new(number.wrapping_mul(0x9e37_79b9));
    let mut one_in = |n: usize| random.below(n) == 0;
    let mut spec = vec![format!("clusterIP: 10.96.{}.{}", 1 + number / 200, 1 + number % 200)];
    let mut status = String::new();
    let (external, balanced, has_external_ip) = (!one_in(4), one_in(2), one_in(3));
    if external {
        spec.push(if balanced { "type: LoadBalancer" } else { "type: NodePort" }.into());
    }
    if external && balanced {
        let mode = if one_in(8) { ", ipMode: Proxy" } else { "" };
        status = format!("status: {{loadBalancer: {{ingress: [{{ip: 203.0.113.{}{mode}}}]}}}}\n", 1 + number % 250);
        if one_in(6) {
            spec.push("allocateLoadBalancerNodePorts: false".into());
        }
        if one_in(3) {
            let ranges = ["198.51.100.0/24", "198.51.100.0/24, 192.168.0.0/24", "10.244.0.0/16", "192.168.0.12/32"];
            spec.push(format!("loadBalancerSourceRanges: [{}]", ranges[usize::from(one_in(2)) + 2 * usize::from(one_in(3))]));
        }
    }
    if has_external_ip {
        spec.push(format!("externalIPs: [198.18.{}.{}]", number / 250, 1 + number % 250));
    }
    if (external || has_external_ip) && one_in(2) {
        spec.push("externalTrafficPolicy: Local".into());
    }
    if one_in(4) {
        spec.push("internalTrafficPolicy: Local".into());
    }
    if one_in(4) {
        spec.push("sessionAffinity: ClientIP".into());
    }
    // The same number on another protocol, or another port altogether; of SCTP only the rules are looked at.
    let (second, target) = if one_in(2) { (80, 8080) } else { (53, 5353) };
    let served = if one_in(10) { 8099 } else { 8080 };
    let mut ports = vec!["{name: web, port: 80}".to_owned()];
    let mut targets = vec![format!("{{name: web, port: {served}}}")];
    if one_in(2) {
        ports.push(format!("{{name: udp, port: {second}, protocol: UDP}}"));
        targets.push(format!("{{name: udp, port: {target}, protocol: UDP}}"));
    }
    if one_in(6) {
        ports.push("{name: sctp, port: 80, protocol: SCTP}".into());
        targets.push("{name: sctp, port: 3868, protocol: SCTP}".into());
    }
    spec.push(format!("ports: [{}]", ports.join(", ")));
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: k}}\nspec: {{{}}}\n{status}\
         ---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
         metadata: {{name: s{number}, namespace: k, labels: {{kubernetes.io/service-name: s{number}}}}}\n\
         ports: [{}]\nendpoints: [{}]\n",
        spec.join(", "),
        targets.join(", "),
        endpoints(&mut one_in).join(", ")
    )
}

/// Some of the pods; the mood of the day says how they are.
fn endpoints(one_in: &mut dyn FnMut(usize) -> bool) -> Vec<String> {
    let (none, draining, unready, hints, by_node) = (one_in(8), one_in(4), one_in(4), one_in(5), one_in(2));
    let mut endpoints = Vec::new();
    for (name, node, address) in PODS {
        if none || one_in(2) || (address.is_none() && one_in(2)) {
            continue;
        }
        let conditions = match () {
            () if draining && !one_in(4) => "ready: false, serving: true, terminating: true",
            () if unready && one_in(2) => "ready: false, serving: false, terminating: false",
            () if one_in(10) => "ready: false, serving: false, terminating: true",
            () => "ready: true",
        };
        let zone = ["zone-a", "zone-b", "zone-c"][usize::from(*node) - 1];
        let hints = match (hints, by_node) {
            (false, _) => String::new(),
            (true, true) => format!(", hints: {{forNodes: [{{name: node-{node}}}]}}"),
            (true, false) => format!(", hints: {{forZones: [{{name: {zone}}}]}}"),
        };
        let address = address.map_or_else(|| node_address(*node), str::to_owned);
        endpoints.push(format!(
            "{{addresses: [{address}], nodeName: node-{node}, zone: {zone}, conditions: {{{conditions}}}{hints}, \
             targetRef: {{kind: Pod, namespace: k, name: {name}}}}}"
        ));
    }
    endpoints
}
