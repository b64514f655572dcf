//! Names and phrases that several hops share.

use std::net::IpAddr;

use crate::cluster::{Cluster, PodId, ServiceId};
use crate::model::Protocol;
use crate::net::Packet;
use crate::request::Sender;

/// `10.96.0.10:53`, an IPv6 address in brackets.
pub fn address_port(address: IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(address, port).to_string()
}

/// `TCP 10.244.1.2 → 10.96.0.10:80`.
pub fn packet(packet: &Packet) -> String {
    format!("{} {} → {}", packet.protocol, packet.source, address_port(packet.destination, packet.port))
}

/// `80/TCP`.
pub fn port_protocol(port: u16, protocol: Protocol) -> String {
    format!("{port}/{protocol}")
}

/// The object id of a pod.
pub fn pod_id(cluster: &Cluster, pod: PodId) -> String {
    let meta = &cluster.pod(pod).meta;
    format!("Pod/{}/{}", meta.namespace, meta.name)
}

/// The object id of a Service.
pub fn service_id(cluster: &Cluster, service: ServiceId) -> String {
    let meta = cluster.service(service).meta();
    format!("Service/{}/{}", meta.namespace, meta.name)
}

/// The pod's name, with its namespace where that is not the default one.
pub fn pod_label(cluster: &Cluster, pod: PodId) -> String {
    cluster.pod(pod).meta.name.clone()
}

/// The object id of a sender.
pub fn sender_id(cluster: &Cluster, sender: Sender) -> String {
    match sender {
        Sender::Pod { pod, .. } => pod_id(cluster, pod),
        Sender::Node(node) => format!("Node/{}", cluster.node(node).name),
        Sender::Outside(ip) => format!("Outside/{ip}"),
    }
}

/// What a person calls a sender.
pub fn sender_title(cluster: &Cluster, sender: Sender) -> String {
    match sender {
        Sender::Pod { pod, .. } => pod_label(cluster, pod),
        Sender::Node(node) => cluster.node(node).name.clone(),
        Sender::Outside(_) => "outside".into(),
    }
}

/// `1 query`, `3 queries`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The reason phrase of a status (RFC 9110), for those that occur.
pub fn status_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// `200 OK`; the number alone where it has no phrase here.
pub fn status_text(status: u16) -> String {
    format!("{status} {}", status_phrase(status)).trim_end().to_owned()
}
