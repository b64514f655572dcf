//! Which routes are attached to which listeners, and why others are not.
//!
//! Follows `CommonRouteSpec.parentRefs` and `AllowedRoutes` (`gateway-api/apis/v1`): a route is on a listener that its
//! reference means, that takes its kind from its namespace, and that has a host in common with it. A reference to a Gateway
//! means the Gateway's own listeners only, one to a ListenerSet only that set's.

use super::hostname;
use super::listener::{Plane, lets};
use crate::cluster::Cluster;
use crate::model::{ParentRef, Route, RouteKind};
use crate::object::gateway::GROUP;

/// A route on a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Index in [`crate::cluster::EdgeObjects`].
    pub route: usize,
    /// The hosts that route and listener have in common; an empty one is every host.
    pub hostnames: Vec<String>,
}

/// What became of one `parentRefs` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// Attached to at least one listener of this plane.
    Accepted { plane: usize },
    /// A Service, for a mesh, or a kind of some implementation's own: no gateway's business.
    Foreign,
    /// There is no such Gateway or ListenerSet.
    NoParent,
    /// The Gateway exists, and no controller runs it.
    NoController { plane: usize },
    /// The ListenerSet's Gateway does not let it add listeners, or does not exist.
    SetNotAllowed,
    /// No listener of that name or port.
    NoListener { plane: usize },
    /// No such listener takes routes of this kind.
    KindNotAllowed { plane: usize },
    /// No such listener takes routes from this namespace.
    NamespaceNotAllowed { plane: usize },
    /// No such listener has a host in common with it.
    NoCommonHost { plane: usize },
}

/// Attaches all routes; what became of each reference, by route and position.
pub fn attach(cluster: &Cluster, planes: &mut [Plane]) -> Vec<Vec<Attachment>> {
    let mut all = Vec::with_capacity(cluster.edge.routes.len());
    for (index, (_, route)) in cluster.edge.routes.iter().enumerate() {
        all.push(route.parents.iter().map(|parent| one(cluster, planes, index, route, parent)).collect());
    }
    all
}

fn one(cluster: &Cluster, planes: &mut [Plane], index: usize, route: &Route, parent: &ParentRef) -> Attachment {
    let target = &parent.target;
    let namespace = target.namespace.as_deref().unwrap_or(&route.meta.namespace);
    let (found, set) = match (target.group.as_str(), target.kind.as_str()) {
        (GROUP, "Gateway") => {
            let named = |plane: &Plane| plane.gateway.meta.name == target.name && plane.gateway.meta.namespace == namespace;
            (planes.iter().position(named), None)
        }
        (GROUP, "ListenerSet") => {
            let sets = &cluster.edge.listener_sets;
            let Some(set) = sets.iter().position(|(_, set)| set.meta.name == target.name && set.meta.namespace == namespace) else {
                return Attachment::NoParent;
            };
            let Some(plane) = planes.iter().position(|plane| plane.sets.contains(&(set, true))) else {
                return Attachment::SetNotAllowed;
            };
            (Some(plane), Some(set))
        }
        _ => return Attachment::Foreign,
    };
    let Some(plane) = found else { return Attachment::NoParent };
    // How far the best listener got; the last one that fails says why.
    let mut best = Attachment::NoListener { plane };
    let mut depth = 0;
    for listener in planes[plane].listeners.iter_mut().filter(|listener| listener.set == set) {
        if parent.section.as_ref().is_some_and(|section| *section != listener.spec.name)
            || parent.port.is_some_and(|port| port != listener.spec.port)
        {
            continue;
        }
        let (got, attachment) = if !listener.kinds.contains(&route.kind) {
            (1, Attachment::KindNotAllowed { plane })
        } else if !lets(cluster, &listener.spec.route_namespaces, &listener.namespace, &route.meta.namespace) {
            (2, Attachment::NamespaceNotAllowed { plane })
        } else if let Some(hostnames) = common(route, listener.hostname()) {
            // Two references may mean the same listener.
            if listener.attached.iter().all(|attached| attached.route != index) {
                listener.attached.push(Attached { route: index, hostnames });
            }
            (4, Attachment::Accepted { plane })
        } else {
            (3, Attachment::NoCommonHost { plane })
        };
        if got > depth {
            (depth, best) = (got, attachment);
        }
    }
    if planes[plane].class.is_none() { Attachment::NoController { plane } } else { best }
}

/// The hosts of a route on a listener of that hostname; absent where they have none in common.
fn common(route: &Route, listener: &str) -> Option<Vec<String>> {
    // Hosts mean nothing to what is not HTTP or TLS.
    if matches!(route.kind, RouteKind::Tcp | RouteKind::Udp) || route.hostnames.is_empty() {
        return Some(vec![listener.to_owned()]);
    }
    let hosts: Vec<String> = route.hostnames.iter().filter_map(|host| hostname::intersect(host, listener)).map(str::to_owned).collect();
    (!hosts.is_empty()).then_some(hosts)
}
