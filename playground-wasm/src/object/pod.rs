//! Pod specs: the API's to the model's (`pkg/apis/core/validation`, `ValidatePodSpec`; defaults of `pkg/apis/core/v1`).
//!
//! Left out on purpose: resources, security contexts and volumes, which do not change how packets travel.

use super::api::pod as api;
use super::error::{Errors, field, join};
use super::names::{NameForm, check_name, port_name_problem, port_number};
use super::selector::label_selector;
use crate::model::{
    Affinity, AffinityTerm, Container, ContainerPort, DnsConfig, DnsPolicy, EnvFrom, EnvSource, EnvVar, HttpGet, NodeRequirement, NodeTerm,
    PodSpec, PortRef, Probe, ProbeAction, Probes, Protocol, RestartPolicy, Role, Toleration,
};
use crate::schema::IntOrString;
use crate::text::Step;

/// The value of a protocol field; absent is TCP.
pub fn protocol(name: Option<&str>, path: Vec<Step>, errors: &mut Errors) -> Protocol {
    let Some(name) = name else { return Protocol::Tcp };
    Protocol::from_name(name).unwrap_or_else(|| {
        errors.unsupported(path, name, &["SCTP", "TCP", "UDP"]);
        Protocol::Tcp
    })
}

fn seconds(value: Option<i32>, default: u32) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
}

/// Converts a pod spec that stands at `base`.
pub fn pod_spec(spec: api::PodSpec, base: &[Step], errors: &mut Errors) -> PodSpec {
    let at = |field: &'static str| join(base, field![field]);
    if spec.containers.is_empty() {
        errors.required(at("containers"), "");
    }
    let restart_policy = match spec.restart_policy.as_deref() {
        None | Some("Always") => RestartPolicy::Always,
        Some("OnFailure") => RestartPolicy::OnFailure,
        Some("Never") => RestartPolicy::Never,
        Some(other) => {
            errors.unsupported(at("restartPolicy"), other, &["Always", "OnFailure", "Never"]);
            RestartPolicy::Always
        }
    };
    let dns_policy = match spec.dns_policy.as_deref() {
        None | Some("ClusterFirst") => DnsPolicy::ClusterFirst,
        Some("ClusterFirstWithHostNet") => DnsPolicy::ClusterFirstWithHostNet,
        Some("Default") => DnsPolicy::Default,
        Some("None") => DnsPolicy::None,
        Some(other) => {
            errors.unsupported(at("dnsPolicy"), other, &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]);
            DnsPolicy::ClusterFirst
        }
    };
    let host_network = spec.host_network.unwrap_or(false);
    let mut containers = Vec::new();
    for (index, container) in spec.init_containers.unwrap_or_default().into_iter().enumerate() {
        let role = if container.restart_policy.as_deref() == Some("Always") { Role::Sidecar } else { Role::Init };
        containers.push(self::container(container, role, index, &join(base, field!["initContainers", index]), errors));
    }
    for (index, container) in spec.containers.into_iter().enumerate() {
        containers.push(self::container(container, Role::Main, index, &join(base, field!["containers", index]), errors));
    }
    unique_names(&containers, base, errors);
    let affinity = spec.affinity.unwrap_or_default();
    let config = dns_config(spec.dns_config, &at("dnsConfig"), errors);
    if dns_policy == DnsPolicy::None && config.nameservers.is_empty() {
        errors.required(at("dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None");
    }
    PodSpec {
        containers,
        node_name: spec.node_name.filter(|name| !name.is_empty()),
        node_selector: spec.node_selector.unwrap_or_default(),
        node_terms: affinity
            .node_affinity
            .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution)
            .map(node_terms),
        affinity: Affinity {
            near: terms(affinity.pod_affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution), errors),
            apart: terms(affinity.pod_anti_affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution), errors),
        },
        tolerations: spec.tolerations.unwrap_or_default().into_iter().map(toleration).collect(),
        host_network,
        host_aliases: spec
            .host_aliases
            .unwrap_or_default()
            .into_iter()
            .filter_map(|alias| Some((alias.ip.parse().ok()?, alias.hostnames.unwrap_or_default())))
            .collect(),
        hostname: checked(spec.hostname, at("hostname"), errors),
        subdomain: checked(spec.subdomain, at("subdomain"), errors),
        dns_policy,
        dns_config: config,
        restart_policy,
        readiness_gates: spec.readiness_gates.unwrap_or_default().into_iter().map(|gate| gate.condition_type).collect(),
        service_account: spec.service_account_name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".into()),
        enable_service_links: spec.enable_service_links.unwrap_or(true),
        termination_grace: spec.termination_grace_period_seconds.and_then(|s| u32::try_from(s).ok()).unwrap_or(30),
    }
}

fn checked(name: Option<String>, path: Vec<Step>, errors: &mut Errors) -> Option<String> {
    let name = name.filter(|name| !name.is_empty())?;
    check_name(NameForm::Label, &name, path, errors);
    Some(name)
}

fn unique_names(containers: &[Container], base: &[Step], errors: &mut Errors) {
    for (position, container) in containers.iter().enumerate() {
        if containers[..position].iter().any(|earlier| earlier.name == container.name) {
            errors.duplicate(join(base, field![container.list(), container.index, "name"]), &container.name);
        }
    }
}

fn container(container: api::Container, role: Role, index: usize, base: &[Step], errors: &mut Errors) -> Container {
    if container.name.is_empty() {
        errors.required(join(base, field!["name"]), "");
    } else {
        check_name(NameForm::Label, &container.name, join(base, field!["name"]), errors);
    }
    let image = container.image.unwrap_or_default();
    if image.is_empty() {
        errors.required(join(base, field!["image"]), "");
    } else if image.trim() != image {
        errors.invalid(join(base, field!["image"]), &image, "must not have leading or trailing whitespace");
    }
    let ports = container_ports(container.ports.unwrap_or_default(), base, errors);
    let named = Container {
        name: container.name,
        image,
        role,
        index,
        command: container.command.unwrap_or_default(),
        args: container.args.unwrap_or_default(),
        env: env(container.env.unwrap_or_default(), base, errors),
        env_from: container.env_from.unwrap_or_default().into_iter().filter_map(env_from).collect(),
        ports,
        mounts: container.volume_mounts.unwrap_or_default().into_iter().map(|mount| mount.mount_path).collect(),
        probes: Probes::default(),
    };
    let probes = Probes {
        startup: container.startup_probe.and_then(|probe| self::probe(probe, &join(base, field!["startupProbe"]), errors)),
        readiness: container.readiness_probe.and_then(|probe| self::probe(probe, &join(base, field!["readinessProbe"]), errors)),
        liveness: container.liveness_probe.and_then(|probe| self::probe(probe, &join(base, field!["livenessProbe"]), errors)),
    };
    if role == Role::Init {
        for (field, given) in
            [("livenessProbe", &probes.liveness), ("readinessProbe", &probes.readiness), ("startupProbe", &probes.startup)]
        {
            if given.is_some() {
                errors.forbidden(join(base, field![field]), "may not be set for init containers without restartPolicy=Always");
            }
        }
    }
    Container { probes, ..named }
}

fn container_ports(ports: Vec<api::ContainerPort>, base: &[Step], errors: &mut Errors) -> Vec<ContainerPort> {
    let mut converted: Vec<ContainerPort> = Vec::new();
    for (index, port) in ports.into_iter().enumerate() {
        let at = |field: &'static str| join(base, field!["ports", index, field]);
        let protocol = protocol(port.protocol.as_deref(), at("protocol"), errors);
        if port.container_port == 0 {
            errors.required(at("containerPort"), "");
            continue;
        }
        let Some(number) = port_number(port.container_port, at("containerPort"), errors) else { continue };
        let name = port.name.filter(|name| !name.is_empty());
        if let Some(name) = &name {
            if let Some(detail) = port_name_problem(name) {
                errors.invalid(at("name"), name, detail);
            } else if converted.iter().any(|earlier| earlier.name.as_ref() == Some(name)) {
                errors.duplicate(at("name"), name);
            }
        }
        let host_port = port.host_port.filter(|&port| port != 0).and_then(|port| port_number(port, at("hostPort"), errors));
        converted.push(ContainerPort { name, port: number, protocol, host_port, host_ip: port.host_ip.and_then(|ip| ip.parse().ok()) });
    }
    converted
}

fn env(vars: Vec<api::EnvVar>, base: &[Step], errors: &mut Errors) -> Vec<EnvVar> {
    let mut converted = Vec::with_capacity(vars.len());
    for (index, var) in vars.into_iter().enumerate() {
        if var.name.is_empty() {
            errors.required(join(base, field!["env", index, "name"]), "");
        }
        let source = match var.value_from {
            None => EnvSource::Value(var.value.unwrap_or_default()),
            Some(_) if var.value.as_ref().is_some_and(|value| !value.is_empty()) => {
                let at = join(base, field!["env", index, "valueFrom"]);
                errors.invalid(at, "", "may not be specified when `value` is not empty");
                EnvSource::Resource
            }
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
        converted.push(EnvVar { name: var.name, source });
    }
    converted
}

fn env_from(source: api::EnvFromSource) -> Option<EnvFrom> {
    let prefix = source.prefix.unwrap_or_default();
    if let Some(map) = source.config_map_ref {
        return Some(EnvFrom { prefix, name: map.name, secret: false, optional: map.optional.unwrap_or(false) });
    }
    source.secret_ref.map(|secret| EnvFrom { prefix, name: secret.name, secret: true, optional: secret.optional.unwrap_or(false) })
}

/// A port written as a number or as the name of a container's port.
pub fn port_ref(port: IntOrString, path: Vec<Step>, errors: &mut Errors) -> Option<PortRef> {
    match port {
        IntOrString::Int(number) => port_number(number, path, errors).map(PortRef::Number),
        IntOrString::String(name) => {
            if let Some(detail) = port_name_problem(&name) {
                errors.invalid(path, &name, detail);
                return None;
            }
            Some(PortRef::Name(name))
        }
    }
}

fn probe(probe: api::Probe, base: &[Step], errors: &mut Errors) -> Option<Probe> {
    let handlers = [probe.http_get.is_some(), probe.tcp_socket.is_some(), probe.grpc.is_some(), probe.exec.is_some()];
    match handlers.iter().filter(|&&given| given).count() {
        0 => {
            errors.required(base.to_vec(), "must specify a handler type");
            return None;
        }
        1 => {}
        _ => {
            errors.forbidden(base.to_vec(), "may not specify more than 1 handler type");
            return None;
        }
    }
    let action = if let Some(get) = probe.http_get {
        ProbeAction::HttpGet(HttpGet {
            host: get.host.filter(|host| !host.is_empty()),
            port: port_ref(get.port, join(base, field!["httpGet", "port"]), errors)?,
            path: get.path.filter(|path| !path.is_empty()).unwrap_or_else(|| "/".into()),
            https: get.scheme.as_deref() == Some("HTTPS"),
            headers: get.http_headers.unwrap_or_default().into_iter().map(|header| (header.name, header.value)).collect(),
        })
    } else if let Some(socket) = probe.tcp_socket {
        ProbeAction::TcpSocket {
            host: socket.host.filter(|host| !host.is_empty()),
            port: port_ref(socket.port, join(base, field!["tcpSocket", "port"]), errors)?,
        }
    } else if let Some(grpc) = probe.grpc {
        ProbeAction::Grpc {
            port: port_number(grpc.port, join(base, field!["grpc", "port"]), errors)?,
            service: grpc.service.unwrap_or_default(),
        }
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
    })
}

fn dns_config(config: Option<api::PodDNSConfig>, base: &[Step], errors: &mut Errors) -> DnsConfig {
    let config = config.unwrap_or_default();
    let mut nameservers = Vec::new();
    for (index, server) in config.nameservers.unwrap_or_default().into_iter().enumerate() {
        match server.parse() {
            Ok(address) => nameservers.push(address),
            Err(_) => errors.invalid(
                join(base, field!["nameservers", index]),
                &server,
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            ),
        }
    }
    DnsConfig {
        nameservers,
        searches: config.searches.unwrap_or_default(),
        options: config.options.unwrap_or_default().into_iter().filter_map(|option| Some((option.name?, option.value))).collect(),
    }
}

fn toleration(toleration: api::Toleration) -> Toleration {
    Toleration {
        key: toleration.key.unwrap_or_default(),
        exists: toleration.operator.as_deref() == Some("Exists"),
        value: toleration.value.unwrap_or_default(),
        effect: toleration.effect.unwrap_or_default(),
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

fn terms(terms: Option<Vec<api::PodAffinityTerm>>, errors: &mut Errors) -> Vec<AffinityTerm> {
    let mut converted = Vec::new();
    for term in terms.unwrap_or_default() {
        converted.push(AffinityTerm {
            selector: term.label_selector.and_then(|selector| label_selector(&selector, &["spec".into(), "affinity".into()], errors)),
            namespaces: term.namespaces.unwrap_or_default(),
            namespace_selector: term
                .namespace_selector
                .and_then(|selector| label_selector(&selector, &["spec".into(), "affinity".into()], errors)),
            topology_key: term.topology_key,
        });
    }
    converted
}
