//! What a request is sent to: a URL, or the address that a load balancer, a Gateway or an ingress controller was given.

use std::net::IpAddr;

use super::{ServiceName, To, find_service};
use crate::cluster::{Cluster, ObjectRef, Service};
use crate::edge::{class, http, status};
use crate::model::{LoadBalancerIngress, ServiceType};
use crate::net::Network;
use crate::request::{Request, parse_target};
use crate::trace;

/// Something that has no address.
#[derive(Clone)]
pub struct Nowhere {
    /// The finding that says so, if one does.
    pub reason: Option<&'static str>,
    /// The object, and the field of its spec that keeps it from one.
    pub object: Option<ObjectRef>,
    pub field: &'static str,
    /// What a person calls it.
    pub what: String,
    /// What it lacks, as a sentence goes on.
    pub lacks: &'static str,
    /// A sentence without its full stop.
    pub why: String,
}

/// A request to what the question names, or why that has no address; the error says what the question got wrong.
pub fn find(net: Network<'_>, to: &To) -> Result<Result<Request, Nowhere>, String> {
    match to {
        To { url: Some(url), .. } => Ok(Ok(Request::get(parse_target(url)?))),
        To { load_balancer: Some(name), .. } => {
            let service = net.cluster.service(find_service(net.cluster, name)?);
            let first = service.spec.ports.first().map(|port| port.port);
            match address(&service.load_balancer) {
                Some(address) => addressed(address, to, first),
                None => Ok(Err(pending(net.cluster, service))),
            }
        }
        To { gateway: Some(name), .. } => gateway(net, name, to),
        To { ingress: Some(target), .. } => ingress(net, target.class.as_deref(), to),
        To { port_forward: Some(target), .. } => super::forward::find(net, target, to),
        _ => Err("`to` has none of url, load_balancer, gateway, ingress and port_forward".into()),
    }
}

fn pending(cluster: &Cluster, service: &Service) -> Nowhere {
    let balancer = service.spec.service_type == ServiceType::LoadBalancer;
    let (field, why) = match &service.spec.load_balancer_class {
        _ if !balancer => ("type", "only a Service of type LoadBalancer gets one".to_owned()),
        Some(class) => ("loadBalancerClass", format!("load balancers of the class {class} are another controller's, which is not there")),
        None => ("type", NO_ADDRESSES.to_owned()),
    };
    let what = format!("Service {}", cluster.sources.id(service.object).name);
    Nowhere { reason: balancer.then_some("load-balancer-pending"), object: Some(service.object), field, what, lacks: NO_ADDRESS, why }
}

const NO_ADDRESS: &str = "has no external address";
const NO_ADDRESSES: &str = "no controller in this cluster hands out load balancer addresses";

fn gateway(net: Network<'_>, name: &ServiceName, to: &To) -> Result<Result<Request, Nowhere>, String> {
    let found = net.edge.planes.iter().find(|plane| plane.gateway.meta.namespace == name.namespace && plane.gateway.meta.name == name.name);
    let plane = found.ok_or_else(|| format!("there is no Gateway {} in namespace {}", name.name, name.namespace))?;
    if let Some(address) = address(status::gateway_addresses(net.cluster, plane)) {
        return addressed(address, to, None);
    }
    let (reason, why) = match plane.class {
        Some(_) => ("load-balancer-pending", NO_ADDRESSES.to_owned()),
        None => ("gateway-class-unknown", format!("there is no GatewayClass {}, so no controller runs it", plane.gateway.class_name)),
    };
    let what = format!("Gateway {}", name.name);
    Ok(Err(Nowhere { reason: Some(reason), object: Some(plane.object), field: "gatewayClassName", what, lacks: NO_ADDRESS, why }))
}

fn ingress(net: Network<'_>, class: Option<&str>, to: &To) -> Result<Result<Request, Nowhere>, String> {
    let classes = &net.cluster.edge.ingress_classes;
    let nobody = |what: String, why: &str| {
        Ok(Err(Nowhere {
            reason: Some("ingress-class-unknown"),
            object: None,
            field: "controller",
            what,
            lacks: NO_ADDRESS,
            why: why.to_owned(),
        }))
    };
    let index = match class {
        Some(name) => match classes.iter().position(|(_, class)| class.meta.name == name) {
            Some(index) => index,
            None => return nobody(format!("IngressClass {name}"), "there is no such class"),
        },
        None => match (class::default(net.cluster), classes.len()) {
            (Some(index), _) => index,
            (None, 1) => 0,
            (None, 0) => return nobody("The cluster".into(), "there is no ingress controller"),
            (None, _) => return Err("there are several IngressClasses and none is the default: name one as `class`".into()),
        },
    };
    let name = &classes[index].1.meta.name;
    match address(status::ingress_addresses(net.cluster, &classes[index].1)) {
        Some(address) => addressed(address, to, None),
        None if net.cluster.config.load_balancer => nobody(format!("IngressClass {name}"), "no controller serves it"),
        None => nobody(format!("IngressClass {name}"), NO_ADDRESSES),
    }
}

fn address(ingress: &[LoadBalancerIngress]) -> Option<IpAddr> {
    ingress.iter().find_map(|ingress| ingress.ip)
}

/// A request to an address, for the host that `to` names.
pub fn addressed(address: IpAddr, to: &To, port: Option<u16>) -> Result<Result<Request, Nowhere>, String> {
    let scheme = to.scheme.as_deref().unwrap_or("http");
    let default = if scheme == "https" { 443 } else { 80 };
    let port = to.port.or(port).unwrap_or(default);
    let host = to.host.clone().filter(|host| !host.is_empty());
    let path = to.path.as_deref().unwrap_or("/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let name = host.as_deref().map(http::host_name);
    let shown = match &name {
        Some(name) if port == default => name.clone(),
        Some(name) => format!("{name}:{port}"),
        None if port == default && address.is_ipv4() => address.to_string(),
        None => trace::address_port(address, port),
    };
    let mut target = parse_target(&format!("{scheme}://{shown}{slash}{path}"))?;
    target.port = port;
    target.address = Some(address);
    target.host = name.unwrap_or_else(|| address.to_string());
    Ok(Ok(Request { host, ..Request::get(target) }))
}
