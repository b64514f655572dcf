//! Services of all sorts, each a scenario: type, policies, addresses, source ranges, affinity, endpoints and how they are.
//!
//! The same number always makes the same Service. EndpointSlices are given, so that they may say of a pod what it is not.

use playground_wasm::net::Random;

use crate::topology::{PODS, node_addresses};

/// The manifests of the nodes and pods that the topology has.
pub fn topology() -> String {
    let zones = ["zone-a", "zone-b", "zone-c"];
    let node = |(number, zone): (u8, &str)| {
        let [v4, v6] = node_addresses(number);
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: node-{number}, labels: {{topology.kubernetes.io/zone: {zone}}}}}\n\
             status: {{addresses: [{{type: InternalIP, address: {v4}}}, {{type: InternalIP, address: '{v6}'}}]}}\n"
        )
    };
    let pod = |(name, node, addresses): &(&str, u8, Option<[&str; 2]>)| {
        let host = if addresses.is_none() { ", hostNetwork: true" } else { "" };
        let status =
            addresses.map_or_else(String::new, |[v4, v6]| format!("status: {{podIP: {v4}, podIPs: [{{ip: {v4}}}, {{ip: '{v6}'}}]}}\n"));
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: k}}\n\
             spec: {{nodeName: node-{node}{host}, containers: [{{name: c, image: example/app:1, ports: \
             [{{containerPort: 8080}}, {{containerPort: 8080, protocol: UDP}}, {{containerPort: 5353, protocol: UDP}}]}}]}}\n{status}"
        )
    };
    (1..).zip(zones).map(node).chain(PODS.iter().map(pod)).collect::<Vec<_>>().concat()
}

/// The manifests of the n-th Service and its EndpointSlices.
pub fn service(number: u64) -> String {
    let mut random = Random::new(number.wrapping_mul(0x9e37_79b9));
    let mut one_in = |n: usize| random.below(n) == 0;
    // Of three Services one has both families, and one IPv6 alone.
    let [v4, v6] = [number % 3 != 2, !number.is_multiple_of(3)];
    let addresses = |ipv4: String, ipv6: String| -> Vec<String> {
        [(v4, ipv4), (v6, format!("'{ipv6}'"))].into_iter().filter(|(used, _)| *used).map(|(_, address)| address).collect()
    };
    let cluster_ips = addresses(format!("10.96.{}.{}", 1 + number / 200, 1 + number % 200), format!("fd00:10:96::{:x}", 0x100 + number));
    let mut spec = vec![format!("clusterIPs: [{}]", cluster_ips.join(", "))];
    if v4 && v6 {
        spec.push("ipFamilyPolicy: RequireDualStack".into());
    }
    let mut status = String::new();
    let (external, balanced, has_external_ip) = (!one_in(4), one_in(2), one_in(3));
    if external {
        spec.push(if balanced { "type: LoadBalancer" } else { "type: NodePort" }.into());
    }
    if external && balanced {
        let mode = if one_in(8) { ", ipMode: Proxy" } else { "" };
        let ingress = addresses(format!("203.0.113.{}", 1 + number % 250), format!("2001:db8:113::{number:x}"));
        let ingress: Vec<String> = ingress.iter().map(|ip| format!("{{ip: {ip}{mode}}}")).collect();
        status = format!("status: {{loadBalancer: {{ingress: [{}]}}}}\n", ingress.join(", "));
        if one_in(6) {
            spec.push("allocateLoadBalancerNodePorts: false".into());
        }
        if one_in(2) {
            let ranges = [
                "198.51.100.0/24, '2001:db8:100::/48'",
                "198.51.100.0/24, 192.168.0.0/24, '2001:db8:100::/48', 'fd00:192::/64'",
                "10.244.0.0/16, 'fd00:10:244::/56'",
                "192.168.0.12/32, 'fd00:192::12/128'",
            ];
            spec.push(format!("loadBalancerSourceRanges: [{}]", ranges[usize::from(one_in(2)) + 2 * usize::from(one_in(3))]));
        }
    }
    if has_external_ip {
        let ips = addresses(format!("198.18.{}.{}", number / 250, 1 + number % 250), format!("2001:db8:18::{number:x}"));
        spec.push(format!("externalIPs: [{}]", ips.join(", ")));
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
    let service =
        format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: k}}\nspec: {{{}}}\n{status}", spec.join(", "));
    let endpoints = endpoints(&mut one_in);
    let slice = |(place, family): (usize, &str)| {
        let endpoints: Vec<&str> = endpoints.iter().map(|both| both[place].as_str()).collect();
        format!(
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: {family}\n\
             metadata: {{name: s{number}-{place}, namespace: k, labels: {{kubernetes.io/service-name: s{number}}}}}\n\
             ports: [{}]\nendpoints: [{}]\n",
            targets.join(", "),
            endpoints.join(", ")
        )
    };
    let families = [(v4, (0, "IPv4")), (v6, (1, "IPv6"))].into_iter().filter(|(used, _)| *used).map(|(_, family)| family);
    service + &families.map(slice).collect::<Vec<_>>().concat()
}

/// Some of the pods, with the addresses of both families; the mood of the day says how they are.
fn endpoints(one_in: &mut dyn FnMut(usize) -> bool) -> Vec<[String; 2]> {
    let (none, draining, unready, hints, by_node) = (one_in(8), one_in(4), one_in(4), one_in(5), one_in(2));
    let mut endpoints = Vec::new();
    for (name, node, addresses) in PODS {
        if none || one_in(2) || (addresses.is_none() && one_in(2)) {
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
        let addresses = addresses.map_or_else(|| node_addresses(*node), |addresses| addresses.map(str::to_owned));
        endpoints.push(addresses.map(|address| {
            format!(
                "{{addresses: ['{address}'], nodeName: node-{node}, zone: {zone}, conditions: {{{conditions}}}{hints}, \
                 targetRef: {{kind: Pod, namespace: k, name: {name}}}}}"
            )
        }));
    }
    endpoints
}
