//! The listeners of a Gateway with those that ListenerSets add, and which of them can be served.
//!
//! Follows `GatewaySpec.listeners` and `ListenerSetSpec` (`gateway-api/apis/v1`): listeners of one object that cannot be told
//! apart are all refused; between objects the Gateway's own come first, then the sets by age and name, and a listener that
//! loses so is in nobody's way any more. A listener that ends TLS needs a certificate that it may use.

use std::rc::Rc;

use super::attach::Attached;
use super::certificate::Certificate;
use super::{created, grant};
use crate::cluster::{Cluster, ObjectRef};
use crate::model::{Gateway, GatewayListener, Labels, ListenerProtocol, NamespacesFrom, ObjectReference, RouteKind};
use crate::object::gateway::GROUP;

/// A Gateway as its controller sees it.
#[derive(Debug, Clone)]
pub struct Plane {
    pub object: ObjectRef,
    pub gateway: Rc<Gateway>,
    /// Index of its class in [`crate::cluster::EdgeObjects`]; without one nobody runs it.
    pub class: Option<usize>,
    /// Its own, then those of ListenerSets.
    pub listeners: Vec<Listener>,
    /// The ListenerSets that name it, by index, and whether it lets them.
    pub sets: Vec<(usize, bool)>,
}

/// A listener in its place among the others.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The Gateway or ListenerSet it stands in.
    pub object: ObjectRef,
    pub namespace: String,
    /// Index of the ListenerSet; absent for the Gateway's own.
    pub set: Option<usize>,
    /// Index in `spec.listeners`.
    pub index: usize,
    pub spec: GatewayListener,
    pub problem: Option<ListenerProblem>,
    /// The kinds of route it takes.
    pub kinds: Vec<RouteKind>,
    /// `allowedRoutes.kinds` names one that such a listener cannot take.
    pub unknown_kinds: bool,
    pub certificates: Vec<Result<Certificate, CertificateProblem>>,
    pub attached: Vec<Attached>,
}

/// Why a listener is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenerProblem {
    HostnameConflict,
    ProtocolConflict,
    UnsupportedProtocol,
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Not a Secret.
    Kind,
    /// No `kubernetes.io/tls` Secret of that name.
    Missing,
    /// In another namespace that does not grant it.
    NotGranted,
    /// The Secret holds no certificate that can be read.
    Unreadable,
}

impl Listener {
    /// Whether it is open: nothing is wrong with it, and it has a certificate if it needs one.
    pub fn serves(&self) -> bool {
        self.problem.is_none() && (!self.terminates() || self.certificates.iter().any(Result::is_ok))
    }

    /// Whether TLS ends here.
    pub fn terminates(&self) -> bool {
        match self.spec.protocol {
            ListenerProtocol::Https => true,
            ListenerProtocol::Tls => !self.passes_through(),
            _ => false,
        }
    }

    pub fn passes_through(&self) -> bool {
        self.spec.protocol == ListenerProtocol::Tls && self.spec.tls.as_ref().is_some_and(|tls| tls.passthrough)
    }

    /// Its hostname; empty takes every host.
    pub fn hostname(&self) -> &str {
        self.spec.hostname.as_deref().unwrap_or_default()
    }
}

impl Plane {
    /// The Gateway with all listeners that want to be on it, none of them with routes yet.
    pub fn new(cluster: &Cluster, object: ObjectRef, gateway: &Rc<Gateway>) -> Self {
        let class = cluster.edge.gateway_classes.iter().position(|(_, class)| class.meta.name == gateway.class_name);
        let namespace = &gateway.meta.namespace;
        let mut listeners = listeners(cluster, object, namespace, "Gateway", None, &gateway.listeners);
        refuse_conflicts(&mut listeners, 0);
        let mut sets: Vec<usize> = (0..cluster.edge.listener_sets.len())
            .filter(|&index| {
                let set = &cluster.edge.listener_sets[index].1;
                set.gateway_namespace == *namespace && set.gateway_name == gateway.meta.name
            })
            .collect();
        sets.sort_by_key(|&index| created(cluster, cluster.edge.listener_sets[index].0));
        let mut allowed = Vec::with_capacity(sets.len());
        for index in sets {
            let (object, set) = &cluster.edge.listener_sets[index];
            let fine = lets(cluster, &gateway.allowed_listeners, namespace, &set.meta.namespace);
            allowed.push((index, fine));
            if fine {
                let known = listeners.len();
                listeners.extend(self::listeners(cluster, *object, &set.meta.namespace, "ListenerSet", Some(index), &set.listeners));
                refuse_conflicts(&mut listeners, known);
            }
        }
        Self { object, gateway: Rc::clone(gateway), class, listeners, sets: allowed }
    }

    /// The open listeners of a port.
    pub fn on_port(&self, port: u16) -> impl Iterator<Item = (usize, &Listener)> {
        self.listeners.iter().enumerate().filter(move |(_, listener)| listener.spec.port == port && listener.serves())
    }
}

/// Whether something from a namespace is let into what stands in another.
pub fn lets(cluster: &Cluster, from: &NamespacesFrom, home: &str, namespace: &str) -> bool {
    match from {
        NamespacesFrom::All => true,
        NamespacesFrom::Same => home == namespace,
        NamespacesFrom::Selector(selector) => selector.matches(cluster.namespaces.get(namespace).unwrap_or(&Labels::new())),
        NamespacesFrom::None => false,
    }
}

fn listeners(
    cluster: &Cluster,
    object: ObjectRef,
    namespace: &str,
    kind: &'static str,
    set: Option<usize>,
    specs: &[GatewayListener],
) -> Vec<Listener> {
    let listener = |(index, spec): (usize, &GatewayListener)| {
        let served = spec.protocol.route_kinds();
        let named = |kind: &RouteKind| spec.route_kinds.iter().any(|named| named.group == GROUP && named.kind == kind.as_str());
        let kinds: Vec<RouteKind> = served.iter().copied().filter(|kind| spec.route_kinds.is_empty() || named(kind)).collect();
        let references = spec.tls.iter().filter(|tls| !tls.passthrough).flat_map(|tls| &tls.certificates);
        Listener {
            object,
            namespace: namespace.to_owned(),
            set,
            index,
            spec: spec.clone(),
            problem: matches!(spec.protocol, ListenerProtocol::Other(_)).then_some(ListenerProblem::UnsupportedProtocol),
            unknown_kinds: kinds.len() < spec.route_kinds.len(),
            kinds,
            certificates: references.map(|reference| certificate(cluster, kind, namespace, reference)).collect(),
            attached: Vec::new(),
        }
    };
    specs.iter().enumerate().map(listener).collect()
}

/// The certificate of a reference.
fn certificate(cluster: &Cluster, kind: &str, namespace: &str, reference: &ObjectReference) -> Result<Certificate, CertificateProblem> {
    if !(reference.group.is_empty() && reference.kind == "Secret") {
        return Err(CertificateProblem::Kind);
    }
    if !grant::allows(cluster, kind, namespace, reference) {
        return Err(CertificateProblem::NotGranted);
    }
    secret(cluster, reference.namespace.as_deref().unwrap_or(namespace), &reference.name)
}

/// The certificate in a `kubernetes.io/tls` Secret.
pub fn secret(cluster: &Cluster, namespace: &str, name: &str) -> Result<Certificate, CertificateProblem> {
    let exists = cluster.edge.tls_secrets.iter().any(|&object| {
        let id = cluster.sources.id(object);
        id.namespace == namespace && id.name == name
    });
    if !exists {
        return Err(CertificateProblem::Missing);
    }
    let data = cluster.config_data.get(&(true, namespace.to_owned(), name.to_owned()));
    let text = data.and_then(|data| data.get("tls.crt")).map(String::as_str).unwrap_or_default();
    Certificate::read(text).ok_or(CertificateProblem::Unreadable)
}

/// Marks the listeners from an index on that cannot be told apart from an earlier one that is served, then those of the rest
/// that cannot be told apart from each other: one that has lost already is in nobody's way.
fn refuse_conflicts(listeners: &mut [Listener], first: usize) {
    for among in [0..first, first..listeners.len()] {
        let marks: Vec<Option<ListenerProblem>> = (first..listeners.len())
            .map(|index| {
                let mut others = among.clone().filter(|&other| other != index && listeners[other].problem.is_none());
                others.find_map(|other| conflict(&listeners[index].spec, &listeners[other].spec))
            })
            .collect();
        for (listener, mark) in listeners[first..].iter_mut().zip(marks) {
            listener.problem = listener.problem.or(mark);
        }
    }
}

/// How two listeners are in each other's way, if they are.
fn conflict(one: &GatewayListener, other: &GatewayListener) -> Option<ListenerProblem> {
    let layer = |listener: &GatewayListener| match listener.protocol {
        ListenerProtocol::Http => 0,
        // What is encrypted is told apart by its server name.
        ListenerProtocol::Https | ListenerProtocol::Tls => 1,
        ListenerProtocol::Tcp => 2,
        ListenerProtocol::Udp => 3,
        ListenerProtocol::Other(_) => 4,
    };
    let (one_layer, other_layer) = (layer(one), layer(other));
    let apart = one.port != other.port || one_layer == 4 || other_layer == 4 || (one_layer == 3) != (other_layer == 3);
    if apart {
        return None;
    }
    if one_layer != other_layer || one_layer >= 2 {
        return Some(ListenerProblem::ProtocolConflict);
    }
    (one.hostname == other.hostname).then_some(ListenerProblem::HostnameConflict)
}
