//! A proxy that takes its pod's traffic over, as the sidecar of a service mesh does.
//!
//! Rules in the pod's network namespace lead TCP connections to the proxy: what comes in from outside the namespace to its inbound
//! port, what the pod's other containers send out of it to its outbound port. Left alone are excluded ports, what stays within
//! the namespace (localhost, the pod's own address), and what processes of the proxy's user send
//! (https://istio.io/latest/docs/ops/deployment/application-requirements/, istio's `tools/istio-iptables`, linkerd2-proxy-init's
//! `pkg/iptables`).
//!
//! Two such proxies of one mesh speak mutual TLS with each other. The rules come from an init container or from a CNI plugin: where
//! they stand and the proxy does not run, what they lead there is refused.

use std::net::IpAddr;

use super::environment::Environment;
use super::table::{Image, Server, table};
use super::{App, ContainerBehavior, Listener, command};
use crate::model::{Container, Protocol, Role};
use crate::text::Step;

/// What a proxy takes over, and what it wants of those that connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where traffic into the pod is led; absent where it is left alone.
    pub inbound: Option<u16>,
    pub outbound: Option<u16>,
    pub exclude_inbound: Vec<u16>,
    pub exclude_outbound: Vec<u16>,
    /// The user whose processes are left alone.
    pub uid: i64,
    pub mtls: MutualTls,
    /// Whether what came in is passed on to localhost rather than to the pod's address.
    pub localhost: bool,
    /// Whose certificates it has; empty for a proxy that only the annotation declares.
    pub mesh: &'static str,
    /// The status that it answers where the other side cannot be reached.
    pub unreachable: u16,
    /// The address that it connects from within the pod, where that is another than the pod's.
    pub source: Option<IpAddr>,
    /// The line that says so, in the object that holds the pod spec.
    pub origin: Vec<Step>,
    /// The init container that sets the rules up, by its index; absent where they stand from the beginning.
    pub set_up_by: Option<usize>,
}

/// Whether a proxy asks for mutual TLS (the modes of istio's `PeerAuthentication`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutualTls {
    /// It refuses plaintext.
    Strict,
    /// It takes both.
    Permissive,
    /// It knows none.
    Disable,
}

impl MutualTls {
    pub const WORDS: [&'static str; 3] = ["strict", "permissive", "disable"];

    /// The mode at an index of `WORDS`.
    pub fn of_index(index: usize) -> Self {
        [Self::Strict, Self::Permissive, Self::Disable][index % 3]
    }

    pub fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// What the annotation says of a proxy; absent is not said. A port of 0 leaves the direction alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    pub inbound: Option<u16>,
    pub outbound: Option<u16>,
    pub exclude_inbound: Option<Vec<u16>>,
    pub exclude_outbound: Option<Vec<u16>>,
    pub uid: Option<i64>,
    pub mtls: Option<MutualTls>,
    pub localhost: Option<bool>,
    pub origin: Vec<Step>,
}

/// The ports and the user of istio's sidecar, which the annotation's proxies have, too, unless it says otherwise.
const INBOUND: u16 = 15006;
const OUTBOUND: u16 = 15001;
const USER: i64 = 1337;

impl Proxy {
    fn new(mesh: &'static str, unreachable: u16, origin: Vec<Step>) -> Self {
        Self {
            inbound: Some(INBOUND),
            outbound: Some(OUTBOUND),
            exclude_inbound: Vec::new(),
            exclude_outbound: Vec::new(),
            uid: USER,
            mtls: MutualTls::Permissive,
            localhost: false,
            mesh,
            unreachable,
            source: None,
            origin,
            set_up_by: None,
        }
    }

    fn amend(&mut self, given: Given) {
        let Given { inbound, outbound, exclude_inbound, exclude_outbound, uid, mtls, localhost, origin } = given;
        let opened = |port: u16| Some(port).filter(|&port| port > 0);
        self.inbound = inbound.map_or(self.inbound, opened);
        self.outbound = outbound.map_or(self.outbound, opened);
        self.exclude_inbound = exclude_inbound.unwrap_or_else(|| std::mem::take(&mut self.exclude_inbound));
        self.exclude_outbound = exclude_outbound.unwrap_or_else(|| std::mem::take(&mut self.exclude_outbound));
        self.uid = uid.unwrap_or(self.uid);
        self.mtls = mtls.unwrap_or(self.mtls);
        self.localhost = localhost.unwrap_or(self.localhost);
        self.origin = origin;
    }
}

/// Finds the proxies among a pod's containers: those that the annotation declares, and known ones whose init container sets the
/// rules up. What `given` says is by container.
pub fn complete(containers: &[Container], spec: &[Step], given: &dyn Fn(&str) -> Option<Given>, behaviors: &mut [ContainerBehavior]) {
    for (index, container) in containers.iter().enumerate() {
        let known = mesh_of(container).filter(|(_, server)| server.redirect.is_empty());
        let set_up = known.and_then(|(mesh, _)| rules(containers, mesh));
        let given = given(&container.name);
        if set_up.is_none() && given.is_none() {
            continue;
        }
        let mut origin = super::container_path(spec, container);
        origin.push(Step::from("image"));
        let (mesh, unreachable) = known.map_or(("", 503), |(mesh, server)| (mesh, server.unreachable));
        let mut proxy = Proxy::new(mesh, unreachable, origin);
        if let Some((_, server)) = known {
            proxy.source = server.source.parse().ok();
        }
        if let Some(rules) = set_up {
            (proxy.inbound, proxy.outbound) = (rules.inbound.or(proxy.inbound), rules.outbound.or(proxy.outbound));
            (proxy.exclude_inbound, proxy.exclude_outbound) = (rules.exclude_inbound, rules.exclude_outbound);
            proxy.uid = rules.uid.unwrap_or(proxy.uid);
            proxy.set_up_by = Some(rules.by);
        }
        if let Some(given) = given {
            proxy.amend(given);
        }
        open_ports(&proxy, &mut behaviors[index]);
        behaviors[index].proxy = Some(Box::new(proxy));
    }
}

/// The ports that it takes traffic at are open; its others are its own and are not led to it.
fn open_ports(proxy: &Proxy, behavior: &mut ContainerBehavior) {
    for port in [proxy.inbound, proxy.outbound].into_iter().flatten() {
        if !behavior.listeners.iter().any(|listener| (listener.port, listener.protocol) == (port, Protocol::Tcp)) {
            let listener = Listener { port, protocol: Protocol::Tcp, address: None, app: App::Raw, origin: proxy.origin.clone() };
            behavior.listeners.push(listener);
        }
    }
}

fn mesh_of(container: &Container) -> Option<(&'static str, &'static Server)> {
    let Image::Server(server) = table().image(&container.image) else { return None };
    let named = table().server(&command::words(container, &Environment::default()), None);
    let server = named.map(|(program, _)| program).filter(|program| !program.mesh.is_empty()).unwrap_or(server);
    (!server.mesh.is_empty()).then_some((server.mesh.as_str(), server))
}

/// What an init container's arguments say of the rules that it sets up.
struct Rules {
    by: usize,
    inbound: Option<u16>,
    outbound: Option<u16>,
    exclude_inbound: Vec<u16>,
    exclude_outbound: Vec<u16>,
    uid: Option<i64>,
}

fn rules(containers: &[Container], mesh: &str) -> Option<Rules> {
    containers.iter().enumerate().find_map(|(by, container)| {
        let (own, server) = mesh_of(container)?;
        if own != mesh || server.redirect.is_empty() || container.role != Role::Init {
            return None;
        }
        let words = command::words(container, &Environment::default());
        // `redirect` holds its flags in this order.
        let value = |index: usize| command::flag_value(&words, server.redirect.get(index)?).map(|(value, _)| value);
        let ports = |index| value(index).unwrap_or_default().split(',').filter_map(|port| port.trim().parse().ok()).collect();
        let number = |index| value(index).and_then(|value| value.parse().ok());
        Some(Rules {
            by,
            inbound: number(0),
            outbound: number(1),
            exclude_inbound: ports(2),
            exclude_outbound: ports(3),
            uid: value(4).and_then(|value| value.parse().ok()),
        })
    })
}
