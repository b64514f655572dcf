//! Services, endpoints and pods behind a name (`plugin/kubernetes/kubernetes.go`: `Records`, `findServices`, `findPods`).
//!
//! An endpoint that is not ready is left out, whatever the kind of Service; the EndpointSlice controller has already marked as ready
//! what `publishNotReadyAddresses` publishes.

use std::net::IpAddr;

use super::request::{Part, Request, parse};
use super::{Decision, Zone};
use crate::cluster::{Cluster, Phase, Pod, Service, ServiceId};
use crate::dns::Name;
use crate::dns::corefile::{Kubernetes, Pods};
use crate::model::{Endpoint, EndpointPort, EndpointSlice, Meta, ServiceType};

/// One address or alias that a name stands for.
pub(super) struct Backend<'a> {
    pub host: Host<'a>,
    /// Absent where no port is declared: then there is nothing for an SRV record to say.
    pub port: Option<u16>,
    pub owner: Owner<'a>,
}

/// What is behind it.
#[derive(Clone, Copy)]
pub(super) enum Host<'a> {
    Ip(IpAddr),
    /// An ExternalName.
    Alias(&'a str),
}

/// Whose name an SRV record points to.
pub(super) enum Owner<'a> {
    Service(&'a Meta),
    Endpoint(&'a Meta, String),
    Pod { namespace: &'a str, label: &'a str },
}

impl Owner<'_> {
    /// Its name below the zone.
    pub(super) fn name(&self, zone: &str) -> Name {
        match self {
            Self::Service(meta) => Name::join(&[&meta.name, &meta.namespace, "svc", zone]),
            Self::Endpoint(meta, hostname) => endpoint_name(meta, hostname, zone),
            Self::Pod { namespace, label } => Name::join(&[label, namespace, "pod", zone]),
        }
    }
}

/// The name of an endpoint below its Service's.
pub(super) fn endpoint_name(service: &Meta, hostname: &str, zone: &str) -> Name {
    Name::join(&[hostname, &service.name, &service.namespace, "svc", zone])
}

/// The endpoint's hostname, with `endpoint_pod_names` that of its pod where it is short enough, or its address with dashes; an IPv6
/// address that ends in a dash gets its last zero back.
pub(super) fn endpoint_hostname(plugin: &Kubernetes, endpoint: &Endpoint, ip: IpAddr) -> String {
    let pod = || endpoint.pod.as_ref().filter(|name| plugin.pod_names && name.len() < 64);
    if let Some(hostname) = endpoint.hostname.as_ref().or_else(pod) {
        return hostname.clone();
    }
    let mut dashed = ip.to_string().replace(['.', ':'], "-");
    if dashed.ends_with('-') {
        dashed.push('0');
    }
    dashed
}

/// What a name stands for, and who decided it; no backends where the name exists with nothing behind it.
pub(super) struct Records<'a> {
    pub backends: Vec<Backend<'a>>,
    pub decision: Decision,
}

/// `10-244-1-3` or `fd00-10--5` as an address; one of IPv4 that is mapped into IPv6 is of IPv4, as in Go.
fn pod_address(label: &str) -> Option<IpAddr> {
    let v4 = label.matches('-').count() == 3 && !label.contains("--");
    label.replace('-', if v4 { "." } else { ":" }).parse().ok().map(|ip: IpAddr| ip.to_canonical())
}

fn of_service<'a>(plugin: &Kubernetes, id: ServiceId, service: &'a Service, part: &Part<'_>) -> Result<Vec<Backend<'a>>, Decision> {
    let meta = service.meta();
    let is_alias = matches!(service.spec.service_type, ServiceType::ExternalName(_));
    if plugin.ignore_empty && !is_alias && !service.is_headless() && ready(plugin, service).next().is_none() {
        return Err(Decision::NoReadyEndpoints(id));
    }
    if let ServiceType::ExternalName(target) = &service.spec.service_type {
        return match part {
            Part::Whole if target.parse::<IpAddr>().is_ok() => Err(Decision::ExternalNameIsAddress(id)),
            Part::Whole => Ok(vec![Backend { host: Host::Alias(target), port: Some(0), owner: Owner::Service(meta) }]),
            Part::Endpoint(hostname) => Err(Decision::NoSuchEndpoint(id, (*hostname).to_owned())),
            Part::Port { name, .. } => Err(Decision::NoSuchPort(id, (*name).to_owned())),
        };
    }
    if service.is_headless() || matches!(part, Part::Endpoint(_)) {
        return of_endpoints(plugin, id, service, part);
    }
    let ports = declared(service.spec.ports.iter().map(|port| (Some(port.port), port.name.as_str(), port.protocol.as_str())).collect());
    let matching: Vec<_> = ports.into_iter().filter(|port| asked_for(part, port)).collect();
    if matching.is_empty() {
        return Err(missing_part(id, part));
    }
    let backends = matching.into_iter().flat_map(|(port, ..)| {
        service.cluster_ips.iter().map(move |&ip| Backend { host: Host::Ip(ip), port, owner: Owner::Service(meta) })
    });
    Ok(backends.collect())
}

/// The endpoints that CoreDNS keeps, with their slices; none with `noendpoints`.
pub(super) fn ready<'a>(plugin: &Kubernetes, service: &'a Service) -> impl Iterator<Item = (&'a EndpointSlice, &'a Endpoint)> {
    let slices = service.slices.iter().filter(|_| plugin.endpoints);
    slices.flat_map(|slice| slice.endpoints.iter().filter(|endpoint| endpoint.ready).map(|endpoint| (&**slice, endpoint)))
}

fn of_endpoints<'a>(plugin: &Kubernetes, id: ServiceId, service: &'a Service, part: &Part<'_>) -> Result<Vec<Backend<'a>>, Decision> {
    let meta = service.meta();
    let mut backends = Vec::new();
    for (slice, endpoint) in ready(plugin, service) {
        let ports = declared(slice.ports.iter().map(|port| (port.port, port.name.as_str(), port.protocol.as_str())).collect());
        for &ip in &endpoint.addresses {
            let hostname = endpoint_hostname(plugin, endpoint, ip);
            if matches!(part, Part::Endpoint(asked) if !hostname.eq_ignore_ascii_case(asked)) {
                continue;
            }
            backends.extend(ports.iter().filter(|port| asked_for(part, port)).map(|&(port, ..)| Backend {
                host: Host::Ip(ip),
                port,
                owner: Owner::Endpoint(meta, hostname.clone()),
            }));
        }
    }
    for slice in service.slices.iter().filter(|_| plugin.endpoints) {
        for (target, hostname) in &slice.names {
            let hostname = hostname.clone().unwrap_or_else(|| target.replace('.', "-"));
            if matches!(part, Part::Endpoint(asked) if !hostname.eq_ignore_ascii_case(asked)) {
                continue;
            }
            let fits = |port: &EndpointPort| asked_for(part, &(port.port, &port.name, port.protocol.as_str()));
            if slice.ports.is_empty() && !matches!(part, Part::Port { .. }) || slice.ports.iter().any(fits) {
                backends.push(Backend { host: Host::Alias(target), port: None, owner: Owner::Endpoint(meta, hostname) });
            }
        }
    }
    if backends.is_empty() { Err(missing_part(id, part)) } else { Ok(backends) }
}

/// A port as number, name and protocol.
type Port<'a> = (Option<u16>, &'a str, &'a str);

/// A Service or slice without ports still has its addresses.
fn declared(mut ports: Vec<Port<'_>>) -> Vec<Port<'_>> {
    if ports.is_empty() {
        ports.push((None, "", ""));
    }
    ports
}

fn asked_for(part: &Part<'_>, &(_, own_name, own_protocol): &Port<'_>) -> bool {
    let matches = |asked: &str, own: &str| asked.is_empty() || asked.eq_ignore_ascii_case(own);
    match part {
        Part::Port { name, protocol } => matches(name, own_name) && matches(protocol, own_protocol),
        Part::Whole | Part::Endpoint(_) => true,
    }
}

fn missing_part(id: ServiceId, part: &Part<'_>) -> Decision {
    match part {
        Part::Whole => Decision::NoReadyEndpoints(id),
        Part::Endpoint(hostname) => Decision::NoSuchEndpoint(id, (*hostname).to_owned()),
        Part::Port { name, protocol } => Decision::NoSuchPort(id, format!("{name}/{protocol}")),
    }
}

impl<'a> Zone<'a> {
    /// What the question's name stands for.
    pub(super) fn records(&'a self, cluster: &'a Cluster) -> Result<Records<'a>, Decision> {
        let base = self.base.as_str();
        let request = parse(base).ok_or_else(|| match base.rsplit_once('.') {
            Some((service, namespace)) if !service.contains('.') && cluster.namespaces.contains_key(namespace) => {
                Decision::WithoutSvc(base.to_owned())
            }
            _ => Decision::UnknownForm,
        })?;
        if self.reverse && request != Request::Apex {
            return Err(Decision::UnknownForm);
        }
        let exists = |namespace: &str, exact| {
            let missing = || Decision::NoSuchNamespace { namespace: namespace.to_owned(), exact };
            let exposed = self.plugin.exposes(namespace) && cluster.namespaces.contains_key(namespace);
            exposed.then_some(()).ok_or_else(missing)
        };
        match request {
            Request::Apex => Ok(Records { backends: Vec::new(), decision: Decision::Zone }),
            Request::Namespace(namespace) => {
                exists(namespace, false)?;
                Ok(Records { backends: Vec::new(), decision: Decision::Zone })
            }
            Request::Pod { namespace, label } => {
                exists(namespace, true)?;
                let ip = pod_address(label).ok_or_else(|| Decision::NotAnAddress(label.to_owned()))?;
                // `pods insecure`: the address is believed without looking for a pod that has it. Verified is a pod's first address, while
                // it is neither over nor being deleted.
                let lives = |pod: &Pod| !pod.terminating && !pod.gone && matches!(pod.phase, Phase::Pending | Phase::Running);
                let has_pod =
                    || cluster.pods().any(|(_, pod)| pod.meta.namespace == namespace && pod.ips.first() == Some(&ip) && lives(pod));
                let pods = self.plugin.pods;
                if !(pods == Pods::Insecure || pods == Pods::Verified && has_pod()) {
                    return Err(Decision::NoSuchPod(label.to_owned()));
                }
                let backend = Backend { host: Host::Ip(ip), port: Some(0), owner: Owner::Pod { namespace, label } };
                Ok(Records { backends: vec![backend], decision: Decision::PodAddress })
            }
            Request::Service { namespace, name, part } => {
                let exact = part == Part::Whole;
                exists(namespace, exact)?;
                let missing = || Decision::NoSuchService { namespace: namespace.to_owned(), name: name.to_owned(), exact };
                let id = cluster.find_service(namespace, name).ok_or_else(missing)?;
                let backends = of_service(self.plugin, id, cluster.service(id), &part)?;
                Ok(Records { backends, decision: Decision::Service(id) })
            }
        }
    }
}
