//! Services (`pkg/apis/core/validation`, `ValidateService`; `pkg/registry/core/service/strategy.go` for what is dropped).

use super::At;
use super::address::{self, PROTOCOLS};
use super::meta::labels;
use crate::object::cidr::{cidr_problem, ip_problem};
use crate::object::error::Errors;
use crate::object::names::{NameForm, qualified_name};

/// The annotation that was there before the field.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const ONLY_BALANCED: &str = "may only be used when `type` is 'LoadBalancer'";

pub fn service(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    let metadata = root.field("metadata");
    let annotations = metadata.field("annotations");
    let (mode, hints) =
        (annotations.key("service.kubernetes.io/topology-mode"), annotations.key("service.kubernetes.io/topology-aware-hints"));
    if mode.is_set() && hints.is_set() && mode.text() != hints.text() {
        mode.invalid(errors, "must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified");
    }
    let kind = spec.field("type").text_or("ClusterIP");
    let balanced = kind == "LoadBalancer";
    let ips = cluster_ips(spec);
    let headless = ips == ["None"];
    let ports = spec.field("ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        ports.required(errors, "");
    }
    if (balanced || kind == "NodePort") && headless {
        let list = spec.field("clusterIPs");
        list.index(0).invalid_value(errors, "None", format!("may not be set to 'None' for {kind} services"));
    }
    if kind == "ExternalName" {
        external_name(spec, &ips, errors);
    }
    service_ports(spec, kind, errors);
    labels(spec.field("selector"), errors);
    affinity(spec, errors);
    if kind != "ExternalName" {
        families(spec, &ips, headless, errors);
    }
    for external in spec.field("externalIPs").items() {
        if address::ip(external, errors) {
            address::non_special(external, errors);
        }
    }
    spec.field("type").one_of(errors, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    let ranges = spec.field("loadBalancerSourceRanges");
    if !ranges.is_empty() {
        // The API server writes this field with a capital.
        let said = spec.field("LoadBalancerSourceRanges");
        if !balanced {
            said.forbidden(errors, ONLY_BALANCED);
        }
        for range in ranges.items() {
            address::cidr(range.under(&said), errors);
        }
    } else if annotations.key(SOURCE_RANGES).is_set() {
        let at = annotations.key(SOURCE_RANGES);
        if !balanced {
            at.forbidden(errors, ONLY_BALANCED);
        }
        for range in at.text().split(',').map(str::trim).filter(|_| !at.text().trim().is_empty()) {
            if let Some(problem) = cidr_problem(range) {
                at.invalid_value(errors, range, problem);
            }
        }
    }
    if spec.field("allocateLoadBalancerNodePorts").is_set() && !balanced {
        spec.field("allocateLoadBalancerNodePorts").forbidden(errors, ONLY_BALANCED);
    }
    let class = spec.field("loadBalancerClass");
    if class.is_set() {
        if balanced { class.formed(errors, qualified_name) } else { class.forbidden(errors, ONLY_BALANCED) }
    }
    traffic(spec, kind, errors);
}

/// `clusterIPs` as the strategy fills it from `clusterIP` (`NormalizeClusterIPs`).
pub fn cluster_ips<'n>(spec: At<'_, 'n>) -> Vec<&'n str> {
    let (single, list) = (spec.field("clusterIP"), spec.field("clusterIPs"));
    if list.is_empty() && !single.is_empty() { vec![single.text()] } else { list.items().map(At::text).collect() }
}

fn external_name(spec: At<'_, '_>, ips: &[&str], errors: &mut Errors) {
    if !ips.is_empty() {
        spec.field("clusterIPs").forbidden(errors, "may not be set for ExternalName services");
    }
    for field in ["ipFamilies", "ipFamilyPolicy"] {
        if !spec.field(field).is_empty() {
            spec.field(field).forbidden(errors, "may not be set for ExternalName services");
        }
    }
    let name = spec.field("externalName");
    let bare = name.text().strip_suffix('.').unwrap_or(name.text());
    if bare.is_empty() {
        name.required(errors, "");
    }
    for detail in NameForm::Subdomain.problems(bare).into_iter().filter(|_| !bare.is_empty()) {
        name.invalid_value(errors, bare, detail);
    }
}

fn service_ports(spec: At<'_, '_>, kind: &str, errors: &mut Errors) {
    let list = spec.field("ports");
    let several = list.items().count() > 1;
    let mut names: Vec<&str> = Vec::new();
    for port in list.items() {
        let name = port.field("name");
        if !name.is_empty() {
            name.formed(errors, |name| NameForm::Label.problems(name));
            if names.contains(&name.text()) {
                name.duplicate(errors, &format!("{:?}", name.text()));
            }
            names.push(name.text());
        } else if several {
            name.required(errors, "");
        }
        address::port(port.field("port"), errors);
        port.field("protocol").one_of(errors, PROTOCOLS);
        let target = port.field("targetPort");
        // Zero and the empty name are defaulted to the port itself.
        if target.number() != Some(0) && !target.is_empty() {
            address::port_or_name(target, errors);
        }
        if port.field("appProtocol").is_set() {
            port.field("appProtocol").formed(errors, qualified_name);
        }
    }
    let key = |port: At<'_, '_>, field| (port.field("protocol").text_or("TCP").to_owned(), port.field(field).number().unwrap_or(0));
    let mut node_ports = Vec::new();
    let mut taken = Vec::new();
    for port in list.items() {
        let node_port = key(port, "nodePort");
        if node_port.1 != 0 {
            let at = port.field("nodePort");
            if kind == "ClusterIP" {
                at.forbidden(errors, "may not be used when `type` is 'ClusterIP'");
            } else if node_ports.contains(&node_port) {
                at.duplicate(errors, &node_port.1.to_string());
            } else if !(30_000..=32_767).contains(&node_port.1) {
                at.invalid(errors, "provided port is not in the valid range. The range of valid ports is 30000-32767");
            }
            node_ports.push(node_port);
        }
        let own = key(port, "port");
        if taken.contains(&own) {
            let (protocol, number) = &own;
            port.duplicate(errors, &format!("{{\"protocol\":{protocol:?},\"port\":{number}}}"));
        }
        taken.push(own);
    }
}

fn affinity(spec: At<'_, '_>, errors: &mut Errors) {
    let (kind, config) = (spec.field("sessionAffinity"), spec.field("sessionAffinityConfig"));
    kind.one_of(errors, &["ClientIP", "None"]);
    match kind.text_or("None") {
        "ClientIP" => {
            let client = config.field("clientIP");
            let timeout = client.field("timeoutSeconds");
            if timeout.number().is_some_and(|seconds| !(1..=86_400).contains(&seconds)) {
                timeout.invalid(errors, "must be greater than 0 and less than 86400");
            }
        }
        "None" if config.is_set() => config.forbidden(errors, "must not be set when session affinity is None"),
        _ => {}
    }
}

/// `ValidateServiceClusterIPsRelatedFields`.
fn families(spec: At<'_, '_>, ips: &[&str], headless: bool, errors: &mut Errors) {
    let (list, single, families) = (spec.field("clusterIPs"), spec.field("clusterIP"), spec.field("ipFamilies"));
    if !single.is_empty() && ips.first() != Some(&single.text()) {
        list.invalid(errors, "first value must match `clusterIP`");
    } else if single.is_empty() && single.is_set() && !ips.is_empty() {
        list.invalid(errors, "must be empty when `clusterIP` is not specified");
    }
    let mut seen: Vec<&str> = Vec::new();
    for family in families.items() {
        family.one_of(errors, &["IPv4", "IPv6"]);
        if seen.contains(&family.text()) {
            family.duplicate(errors, &format!("{:?}", family.text()));
        }
        seen.push(family.text());
    }
    spec.field("ipFamilyPolicy").one_of(errors, &["PreferDualStack", "RequireDualStack", "SingleStack"]);
    let before = errors.list.len();
    for (index, ip) in ips.iter().enumerate() {
        if index == 0 && *ip == "None" {
            if ips.len() > 1 {
                list.invalid(errors, "'None' must be the first and only value");
            }
        } else if let Some(problem) = ip_problem(ip) {
            list.index(index).invalid_value(errors, ip, problem);
        }
    }
    let broken = errors.list.len() > before;
    if ips.len() > 2 {
        list.invalid(errors, "may only hold up to 2 values");
    }
    if broken {
        return;
    }
    let is_v6 = |ip: &str| ip.contains(':');
    if ips.len() > 1 && ips.iter().all(|ip| is_v6(ip) == is_v6(ips[0])) {
        list.invalid(errors, "may specify no more than one IP for each IP family");
    }
    if headless {
        return;
    }
    for (index, (ip, family)) in ips.iter().zip(seen).enumerate() {
        if (family == "IPv4" && is_v6(ip)) || (family == "IPv6" && !is_v6(ip)) {
            list.index(index).invalid_value(errors, ip, format!("expected an {family} value as indicated by `ipFamilies[{index}]`"));
        }
    }
}

/// The traffic policies, the health check that one of them needs, and the traffic distribution.
fn traffic(spec: At<'_, '_>, kind: &str, errors: &mut Errors) {
    let external = spec.field("externalTrafficPolicy");
    let accessible = matches!(kind, "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && !spec.field("externalIPs").is_empty());
    if accessible {
        external.one_of(errors, &["Cluster", "Local"]);
    } else if !external.is_empty() {
        external.invalid(errors, "may only be set for externally-accessible services");
    }
    let check = spec.field("healthCheckNodePort");
    if check.number().unwrap_or(0) != 0 {
        if kind == "LoadBalancer" && external.text() == "Local" {
            address::port(check, errors);
        } else {
            check.invalid(errors, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        }
    }
    spec.field("internalTrafficPolicy").one_of(errors, &["Cluster", "Local"]);
    let distribution = spec.field("trafficDistribution");
    if distribution.is_set() && !matches!(distribution.text(), "PreferClose" | "PreferSameNode" | "PreferSameZone") {
        distribution.unsupported(errors, &["PreferClose", "PreferSameNode", "PreferSameZone"]);
    }
}
