//! `gateway.networking.k8s.io/v1`.

use std::collections::BTreeMap;

use super::meta::LabelSelector;
use crate::schema::structs;

structs! {
    in crate::object::API;

    GatewayClass {
        spec "spec": GatewayClassSpec,
    }

    GatewayClassSpec {
        controller_name "controllerName": String,
    }

    Gateway {
        spec "spec": GatewaySpec,
    }

    GatewaySpec {
        addresses "addresses": Vec<TypedValue>,
        allowed_listeners "allowedListeners": AllowedListeners,
        gateway_class_name "gatewayClassName": String,
        infrastructure "infrastructure": GatewayInfrastructure,
        listeners "listeners": Vec<Listener>,
    }

    TypedValue {
        type_ "type": Option<String>,
        value "value": String,
    }

    AllowedListeners {
        namespaces "namespaces": RouteNamespaces,
    }

    GatewayInfrastructure {
        annotations "annotations": BTreeMap<String, String>,
        labels "labels": BTreeMap<String, String>,
    }

    Listener {
        allowed_routes "allowedRoutes": AllowedRoutes,
        hostname "hostname": Option<String>,
        name "name": String,
        port "port": i32,
        protocol "protocol": String,
        tls "tls": Option<ListenerTLSConfig>,
    }

    AllowedRoutes {
        kinds "kinds": Vec<RouteGroupKind>,
        namespaces "namespaces": RouteNamespaces,
    }

    RouteNamespaces {
        from "from": Option<String>,
        selector "selector": Option<LabelSelector>,
    }

    RouteGroupKind {
        group "group": Option<String>,
        kind "kind": String,
    }

    ListenerTLSConfig {
        certificate_refs "certificateRefs": Vec<NamespacedReference>,
        mode "mode": Option<String>,
    }

    NamespacedReference {
        group "group": Option<String>,
        kind "kind": Option<String>,
        name "name": String,
        namespace "namespace": Option<String>,
    }

    ListenerSet {
        spec "spec": ListenerSetSpec,
    }

    ListenerSetSpec {
        listeners "listeners": Vec<Listener>,
        parent_ref "parentRef": NamespacedReference,
    }

    ReferenceGrant {
        spec "spec": ReferenceGrantSpec,
    }

    ReferenceGrantSpec {
        from "from": Vec<ReferenceGrantFrom>,
        to "to": Vec<LocalReference>,
    }

    ReferenceGrantFrom {
        group "group": String,
        kind "kind": String,
        namespace "namespace": String,
    }

    LocalReference {
        group "group": String,
        kind "kind": String,
        name "name": Option<String>,
    }
}
