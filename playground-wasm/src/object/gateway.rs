//! GatewayClasses, Gateways, ListenerSets and ReferenceGrants, defaulted as their CustomResourceDefinitions say
//! (`kubernetes-sigs/gateway-api`, `config/crd/standard`, v1.6.1).

use super::api::gateway as api;
use super::selector::label_selector;
use crate::model::{
    Gateway, GatewayClass, GatewayListener, GrantFrom, GrantTo, GroupKind, ListenerProtocol, ListenerSet, ListenerTls, Meta,
    NamespacesFrom, ObjectReference, ReferenceGrant,
};

/// The API group.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// The class.
pub fn class(api: api::GatewayClass, meta: Meta) -> GatewayClass {
    GatewayClass { meta, controller: api.spec.controller_name }
}

/// The Gateway.
pub fn gateway(api: api::Gateway, meta: Meta) -> Gateway {
    let spec = api.spec;
    Gateway {
        meta,
        class_name: spec.gateway_class_name,
        listeners: listeners(spec.listeners),
        address: spec
            .addresses
            .iter()
            .find(|address| address.type_.as_deref().unwrap_or("IPAddress") == "IPAddress")
            .and_then(|address| address.value.parse().ok()),
        allowed_listeners: namespaces(&spec.allowed_listeners.namespaces, "None"),
        infrastructure_labels: spec.infrastructure.labels,
        infrastructure_annotations: spec.infrastructure.annotations,
    }
}

/// The ListenerSet.
pub fn listener_set(api: api::ListenerSet, meta: Meta) -> ListenerSet {
    let parent = api.spec.parent_ref;
    ListenerSet {
        gateway_namespace: parent.namespace.unwrap_or_else(|| meta.namespace.clone()),
        gateway_name: parent.name,
        listeners: listeners(api.spec.listeners),
        meta,
    }
}

/// The ReferenceGrant.
pub fn grant(api: api::ReferenceGrant, meta: Meta) -> ReferenceGrant {
    let from = api.spec.from.into_iter().map(|from| GrantFrom { group: from.group, kind: from.kind, namespace: from.namespace });
    let to = api.spec.to.into_iter().map(|to| GrantTo { group: to.group, kind: to.kind, name: to.name.filter(|name| !name.is_empty()) });
    ReferenceGrant { meta, from: from.collect(), to: to.collect() }
}

fn listeners(api: Vec<api::Listener>) -> Vec<GatewayListener> {
    let listener = |api: api::Listener| {
        let kinds = api.allowed_routes.kinds.into_iter();
        GatewayListener {
            name: api.name,
            hostname: api.hostname.filter(|hostname| !hostname.is_empty()),
            port: u16::try_from(api.port).unwrap_or_default(),
            protocol: ListenerProtocol::from_name(&api.protocol),
            tls: api.tls.map(|tls| ListenerTls {
                passthrough: tls.mode.as_deref() == Some("Passthrough"),
                certificates: tls.certificate_refs.into_iter().map(certificate).collect(),
            }),
            route_namespaces: namespaces(&api.allowed_routes.namespaces, "Same"),
            route_kinds: kinds.map(|kind| GroupKind { group: kind.group.unwrap_or_else(|| GROUP.into()), kind: kind.kind }).collect(),
        }
    };
    api.into_iter().map(listener).collect()
}

fn certificate(api: api::NamespacedReference) -> ObjectReference {
    ObjectReference {
        group: api.group.unwrap_or_default(),
        kind: api.kind.unwrap_or_else(|| "Secret".into()),
        namespace: api.namespace,
        name: api.name,
    }
}

/// A selector is needed where `from` says so; without one nothing is selected.
fn namespaces(api: &api::RouteNamespaces, default: &str) -> NamespacesFrom {
    match api.from.as_deref().unwrap_or(default) {
        "All" => NamespacesFrom::All,
        "Same" => NamespacesFrom::Same,
        "Selector" => api.selector.as_ref().map_or(NamespacesFrom::None, |selector| NamespacesFrom::Selector(label_selector(selector))),
        _ => NamespacesFrom::None,
    }
}
