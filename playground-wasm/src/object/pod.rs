//! Pod specs: the API's to the model's, with the defaults of `pkg/apis/core/v1`.
//!
//! Left out on purpose: resources, and of security contexts all but the user, which do not change how packets travel.

use std::net::IpAddr;

use super::api::pod as api;
use super::selector::label_selector;
use super::volume::{mount, volume};
use crate::model::{
    Affinity, AffinityTerm, Container, ContainerPort, DnsConfig, DnsPolicy, EnvFrom, EnvSource, EnvVar, Hook, HttpGet, NodeRequirement,
    NodeTerm, PodSpec, PortRef, Probe, ProbeAction, Probes, Protocol, RestartPolicy, Role, Toleration,
};
use crate::schema::IntOrString;

/// The value of a protocol field; absent is TCP.
pub fn protocol(name: Option<&str>) -> Protocol {
    name.and_then(Protocol::from_name).unwrap_or(Protocol::Tcp)
}

fn seconds(value: Option<i32>, default: u32) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
}

/// Converts a pod spec.
pub fn pod_spec(spec: api::PodSpec) -> PodSpec {
    let init = spec.init_containers.unwrap_or_default().into_iter().enumerate().map(|(index, init)| {
        let role = if init.restart_policy.as_deref() == Some("Always") { Role::Sidecar } else { Role::Init };
        container(init, role, index)
    });
    let main = spec.containers.into_iter().enumerate().map(|(index, main)| container(main, Role::Main, index));
    let mut containers: Vec<Container> = init.chain(main).collect();
    let user = spec.security_context.and_then(|context| context.run_as_user);
    for container in &mut containers {
        container.run_as_user = container.run_as_user.or(user);
    }
    let affinity = spec.affinity.unwrap_or_default();
    PodSpec {
        containers,
        node_name: spec.node_name.filter(|name| !name.is_empty()),
        node_selector: spec.node_selector.unwrap_or_default(),
        node_terms: affinity
            .node_affinity
            .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution)
            .map(node_terms),
        affinity: Affinity {
            near: terms(affinity.pod_affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution)),
            apart: terms(affinity.pod_anti_affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution)),
        },
        tolerations: spec.tolerations.unwrap_or_default().into_iter().map(toleration).collect(),
        host_network: spec.host_network.unwrap_or(false),
        host_aliases: host_aliases(spec.host_aliases),
        hostname: spec.hostname.filter(|name| !name.is_empty()),
        hostname_override: spec.hostname_override.filter(|name| !name.is_empty()),
        subdomain: spec.subdomain.filter(|name| !name.is_empty()),
        hostname_as_fqdn: spec.set_hostname_as_fqdn.unwrap_or(false),
        dns_policy: match spec.dns_policy.as_deref() {
            Some("ClusterFirstWithHostNet") => DnsPolicy::ClusterFirstWithHostNet,
            Some("Default") => DnsPolicy::Default,
            Some("None") => DnsPolicy::None,
            _ => DnsPolicy::ClusterFirst,
        },
        dns_config: dns_config(spec.dns_config),
        restart_policy: match spec.restart_policy.as_deref() {
            Some("OnFailure") => RestartPolicy::OnFailure,
            Some("Never") => RestartPolicy::Never,
            _ => RestartPolicy::Always,
        },
        readiness_gates: spec.readiness_gates.unwrap_or_default().into_iter().map(|gate| gate.condition_type).collect(),
        gated: spec.scheduling_gates.is_some_and(|gates| !gates.is_empty()),
        service_account: spec.service_account_name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".into()),
        enable_service_links: spec.enable_service_links.unwrap_or(true),
        termination_grace: spec.termination_grace_period_seconds.and_then(|s| u32::try_from(s).ok()).unwrap_or(30),
        volumes: spec.volumes.unwrap_or_default().into_iter().map(volume).collect(),
    }
}

fn container(container: api::Container, role: Role, index: usize) -> Container {
    let lifecycle = container.lifecycle.unwrap_or_default();
    Container {
        name: container.name,
        image: container.image.unwrap_or_default(),
        role,
        index,
        command: container.command.unwrap_or_default(),
        args: container.args.unwrap_or_default(),
        env: container.env.unwrap_or_default().into_iter().map(env).collect(),
        env_from: container.env_from.unwrap_or_default().into_iter().filter_map(env_from).collect(),
        ports: container.ports.unwrap_or_default().into_iter().filter_map(container_port).collect(),
        mounts: container.volume_mounts.unwrap_or_default().into_iter().map(mount).collect(),
        run_as_user: container.security_context.and_then(|context| context.run_as_user),
        probes: Probes {
            startup: container.startup_probe.and_then(probe),
            readiness: container.readiness_probe.and_then(probe),
            liveness: container.liveness_probe.and_then(probe),
        },
        post_start: lifecycle.post_start.and_then(hook),
        pre_stop: lifecycle.pre_stop.and_then(hook),
    }
}

fn port_number(number: i32) -> Option<u16> {
    u16::try_from(number).ok().filter(|&port| port > 0)
}

fn container_port(port: api::ContainerPort) -> Option<ContainerPort> {
    Some(ContainerPort {
        name: port.name.filter(|name| !name.is_empty()),
        port: port_number(port.container_port)?,
        protocol: protocol(port.protocol.as_deref()),
        host_port: port.host_port.and_then(port_number),
        host_ip: port.host_ip.and_then(|ip| ip.parse().ok()),
    })
}

fn env(var: api::EnvVar) -> EnvVar {
    let source = match var.value_from {
        None => EnvSource::Value(var.value.unwrap_or_default()),
        Some(from) => {
            if let Some(key) = from.config_map_key_ref {
                EnvSource::ConfigMapKey { name: key.name, key: key.key, optional: key.optional.unwrap_or(false) }
            } else if let Some(key) = from.secret_key_ref {
                EnvSource::SecretKey { name: key.name, key: key.key, optional: key.optional.unwrap_or(false) }
            } else if let Some(field) = from.field_ref {
                EnvSource::Field(field.field_path)
            } else {
                EnvSource::Resource
            }
        }
    };
    EnvVar { name: var.name, source }
}

fn env_from(source: api::EnvFromSource) -> Option<EnvFrom> {
    let prefix = source.prefix.unwrap_or_default();
    if let Some(map) = source.config_map_ref {
        return Some(EnvFrom { prefix, name: map.name, secret: false, optional: map.optional.unwrap_or(false) });
    }
    source.secret_ref.map(|secret| EnvFrom { prefix, name: secret.name, secret: true, optional: secret.optional.unwrap_or(false) })
}

/// A port written as a number or as the name of a container's port.
pub fn port_ref(port: IntOrString) -> Option<PortRef> {
    match port {
        IntOrString::Int(number) => port_number(number).map(PortRef::Number),
        IntOrString::String(name) => Some(PortRef::Name(name)),
    }
}

fn http_get(get: api::HTTPGetAction) -> Option<HttpGet> {
    Some(HttpGet {
        host: get.host.filter(|host| !host.is_empty()),
        port: port_ref(get.port)?,
        path: get.path.filter(|path| !path.is_empty()).unwrap_or_else(|| "/".into()),
        https: get.scheme.as_deref() == Some("HTTPS"),
        headers: get.http_headers.unwrap_or_default().into_iter().map(|header| (header.name, header.value)).collect(),
    })
}

fn hook(handler: api::LifecycleHandler) -> Option<Hook> {
    if let Some(exec) = handler.exec {
        return Some(Hook::Exec(exec.command.unwrap_or_default()));
    }
    if let Some(get) = handler.http_get {
        return http_get(get).map(Hook::HttpGet);
    }
    Some(handler.sleep.map_or(Hook::Invalid, |sleep| Hook::Sleep(u32::try_from(sleep.seconds).unwrap_or(0))))
}

fn probe(probe: api::Probe) -> Option<Probe> {
    let action = if let Some(get) = probe.http_get {
        ProbeAction::HttpGet(http_get(get)?)
    } else if let Some(socket) = probe.tcp_socket {
        ProbeAction::TcpSocket { host: socket.host.filter(|host| !host.is_empty()), port: port_ref(socket.port)? }
    } else if let Some(grpc) = probe.grpc {
        ProbeAction::Grpc { port: port_number(grpc.port)?, service: grpc.service.unwrap_or_default() }
    } else {
        ProbeAction::Exec { command: probe.exec.and_then(|exec| exec.command).unwrap_or_default() }
    };
    // Zero means absent to the API server, which then writes the default.
    let or = |value: Option<i32>, default: u32| seconds(value.filter(|&value| value != 0), default);
    Some(Probe {
        action,
        initial_delay: seconds(probe.initial_delay_seconds, 0),
        timeout: or(probe.timeout_seconds, 1),
        period: or(probe.period_seconds, 10),
        success_threshold: or(probe.success_threshold, 1),
        failure_threshold: or(probe.failure_threshold, 3),
        termination_grace: probe.termination_grace_period_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
    })
}

fn toleration(toleration: api::Toleration) -> Toleration {
    Toleration {
        key: toleration.key.unwrap_or_default(),
        exists: toleration.operator.as_deref() == Some("Exists"),
        value: toleration.value.unwrap_or_default(),
        effect: toleration.effect.unwrap_or_default(),
        // A time in the past is none at all.
        seconds: toleration.toleration_seconds.map(|seconds| u32::try_from(seconds).unwrap_or(0)),
    }
}

fn node_terms(selector: api::NodeSelector) -> Vec<NodeTerm> {
    let requirement =
        |r: api::NodeSelectorRequirement| NodeRequirement { key: r.key, operator: r.operator, values: r.values.unwrap_or_default() };
    selector
        .node_selector_terms
        .into_iter()
        .map(|term| NodeTerm {
            expressions: term.match_expressions.unwrap_or_default().into_iter().map(requirement).collect(),
            fields: term.match_fields.unwrap_or_default().into_iter().map(requirement).collect(),
        })
        .collect()
}

fn terms(terms: Option<Vec<api::PodAffinityTerm>>) -> Vec<AffinityTerm> {
    let terms = terms.unwrap_or_default().into_iter();
    terms
        .map(|term| AffinityTerm {
            selector: term.label_selector.as_ref().map(label_selector),
            namespaces: term.namespaces.unwrap_or_default(),
            namespace_selector: term.namespace_selector.as_ref().map(label_selector),
            topology_key: term.topology_key,
        })
        .collect()
}

fn dns_config(config: Option<api::PodDNSConfig>) -> DnsConfig {
    let config = config.unwrap_or_default();
    let options = config.options.unwrap_or_default().into_iter();
    DnsConfig {
        nameservers: config.nameservers.iter().flatten().filter_map(|server| server.parse().ok()).collect(),
        searches: config.searches.unwrap_or_default(),
        options: options.filter_map(|option| Some((option.name?, option.value))).collect(),
    }
}

fn host_aliases(aliases: Option<Vec<api::HostAlias>>) -> Vec<(IpAddr, Vec<String>)> {
    let aliases = aliases.unwrap_or_default().into_iter();
    aliases.filter_map(|alias| Some((alias.ip.parse().ok()?, alias.hostnames.unwrap_or_default()))).collect()
}
