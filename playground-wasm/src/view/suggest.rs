//! Who can send, and which requests are worth sending first.

use super::OUTSIDE;
use super::calls::is_system;
use crate::cluster::{Cluster, WorkloadId};
use crate::dto::{Peer, PeerOption, Suggestion};
use crate::edge::infrastructure;
use crate::edge::lead::Lead;
use crate::model::{Protocol, ServicePort, ServiceType, WorkloadKind};
use crate::net::Network;
use crate::trace::address_port;

/// Requests that the menu offers at most.
const MOST: usize = 24;

/// Outside first, then workloads and bare pods, then nodes.
pub fn peers(cluster: &Cluster) -> Vec<PeerOption> {
    let outside = PeerOption {
        id: format!("Outside/{OUTSIDE}"),
        label: "outside".into(),
        peer: Peer { ip: Some(OUTSIDE.into()), ..Peer::default() },
    };
    let mut namespaces: Vec<&str> = cluster
        .workloads
        .iter()
        .filter(|(object, _)| !is_system(cluster, *object) && !infrastructure::is_made(cluster, *object))
        .map(|(_, workload)| workload.meta.namespace.as_str())
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let several = namespaces.len() > 1;
    let mut peers = vec![outside];
    for (index, (object, workload)) in cluster.workloads.iter().enumerate() {
        if is_system(cluster, *object) || infrastructure::is_made(cluster, *object) || cluster.first_pods[index].is_none() {
            continue;
        }
        let (namespace, name) = (workload.meta.namespace.clone(), workload.meta.name.clone());
        let label = if several { format!("{name} in {namespace}") } else { name.clone() };
        let peer = match workload.kind {
            WorkloadKind::Pod => Peer { namespace: Some(namespace), pod: Some(name), ..Peer::default() },
            kind => Peer { namespace: Some(namespace), workload: Some(format!("{}/{name}", kind.as_str())), ..Peer::default() },
        };
        peers.push(PeerOption { id: cluster.sources.id(*object).to_string(), label, peer });
    }
    peers.extend(cluster.nodes.iter().map(|node| PeerOption {
        id: format!("Node/{}", node.name),
        label: node.name.clone(),
        peer: Peer { node: Some(node.name.clone()), ..Peer::default() },
    }));
    peers
}

/// From outside to what is exposed, then from the first pod to Services, then what workloads call.
pub fn suggestions(net: Network<'_>, peers: &[PeerOption]) -> Vec<Suggestion> {
    let cluster = net.cluster;
    let outside = peers.first().map_or_else(String::new, |peer| peer.id.clone());
    let inside = peers.iter().find(|peer| peer.peer.namespace.is_some());
    let own = || cluster.services.iter().filter(|service| !is_system(cluster, service.object));
    let mut suggestions = edge(net, &outside);
    for service in
        own().filter(|service| service.spec.service_type == ServiceType::LoadBalancer && !infrastructure::is_made(cluster, service.object))
    {
        for (port, ip) in service.spec.ports.iter().zip(std::iter::repeat(service.load_balancer.iter().find_map(|ingress| ingress.ip))) {
            let Some(ip) = ip else { continue };
            let authority =
                if port.port == 80 { address_port(ip, 80).trim_end_matches(":80").to_owned() } else { address_port(ip, port.port) };
            suggestions.push(Suggestion {
                label: format!("LoadBalancer {}", service.meta().name),
                from: outside.clone(),
                url: url(port, &authority),
            });
        }
    }
    let node = cluster.nodes.iter().find(|node| node.ready).and_then(|node| node.ips.first());
    for service in own().filter(|service| service.spec.service_type == ServiceType::NodePort) {
        for (port, node_port) in service.spec.ports.iter().zip(&service.node_ports) {
            if let (Some(ip), Some(node_port)) = (node, node_port) {
                let url = url(port, &address_port(*ip, *node_port));
                suggestions.push(Suggestion { label: format!("NodePort {}", service.meta().name), from: outside.clone(), url });
            }
        }
    }
    if let Some(sender) = inside {
        let namespace = sender.peer.namespace.as_deref().unwrap_or_default();
        for service in own().filter(|service| !infrastructure::is_made(cluster, service.object)) {
            if suggestions.len() >= MOST {
                break;
            }
            for port in &service.spec.ports {
                let meta = service.meta();
                let host = if meta.namespace == namespace { meta.name.clone() } else { format!("{}.{}", meta.name, meta.namespace) };
                let authority = if port.port == 80 { host } else { format!("{host}:{}", port.port) };
                suggestions.push(Suggestion {
                    label: format!("Service {}", meta.name),
                    from: sender.id.clone(),
                    url: url(port, &authority),
                });
            }
        }
        if suggestions.is_empty() {
            suggestions.extend(own_ports(cluster, sender));
        }
    }
    suggestions.truncate(MOST);
    suggestions
}

/// From outside through an ingress controller or a gateway: one for each host and path that leads somewhere.
fn edge(net: Network<'_>, outside: &str) -> Vec<Suggestion> {
    let cluster = net.cluster;
    let suggestion = |(workload, lead): (WorkloadId, Lead)| {
        let meta = &cluster.workload(workload).meta;
        let service = cluster.service(cluster.find_service(&meta.namespace, &meta.name)?);
        let address = service.load_balancer.iter().find_map(|ingress| ingress.ip)?;
        let id = cluster.sources.id(lead.object);
        let (host, path) = lead.text.split_once('/')?;
        let host = match host.strip_prefix('*') {
            Some("") => address.to_string(),
            Some(rest) => format!("www{rest}"),
            None => host.to_owned(),
        };
        let port = service.spec.ports.iter().find(|port| port.port == 80).or(service.spec.ports.first())?;
        let scheme = if port.port == 443 { "https" } else { "http" };
        let authority = if matches!(port.port, 80 | 443) { host } else { format!("{host}:{}", port.port) };
        let url = format!("{scheme}://{authority}/{path}");
        Some(Suggestion { label: format!("{} {}", id.kind, id.name), from: outside.to_owned(), url })
    };
    net.edge.leads(cluster).into_iter().filter_map(suggestion).collect()
}

/// Without any Service: the first pod's own ports.
fn own_ports(cluster: &Cluster, sender: &PeerOption) -> Vec<Suggestion> {
    let pod = cluster.pods().map(|(_, pod)| pod).find(|pod| !is_system(cluster, pod.object));
    let listeners = pod.iter().flat_map(|pod| pod.behavior.iter()).flat_map(|behavior| &behavior.listeners);
    listeners
        .map(|listener| {
            let scheme = match (listener.protocol, &listener.app) {
                (Protocol::Tcp, crate::behavior::App::Http(_)) => "http",
                (Protocol::Tcp, _) => "tcp",
                (Protocol::Udp, _) => "udp",
                (Protocol::Sctp, _) => "sctp",
            };
            Suggestion {
                label: "localhost in the pod".into(),
                from: sender.id.clone(),
                url: format!("{scheme}://localhost:{}/", listener.port),
            }
        })
        .collect()
}

fn url(port: &ServicePort, authority: &str) -> String {
    let raw = matches!(port.port, 5432 | 6379 | 3306 | 27017 | 5672 | 9092 | 11211 | 4222 | 2181);
    let scheme = match port.protocol {
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
        Protocol::Tcp if port.port == 443 || port.name == "https" => "https",
        Protocol::Tcp if raw || port.app_protocol.as_deref() == Some("tcp") => "tcp",
        Protocol::Tcp => "http",
    };
    if scheme.starts_with("http") {
        format!("{scheme}://{authority}/")
    } else if authority.contains(':') {
        format!("{scheme}://{authority}")
    } else {
        format!("{scheme}://{authority}:{}", port.port)
    }
}
