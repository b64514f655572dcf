//! `networking.k8s.io/v1`.

use super::meta::LabelSelector;
use crate::schema::{IntOrString, structs};

structs! {
    in crate::object::API;

    NetworkPolicy {
        spec "spec": Option<NetworkPolicySpec>,
    }

    NetworkPolicySpec {
        egress "egress": Option<Vec<NetworkPolicyEgressRule>>,
        ingress "ingress": Option<Vec<NetworkPolicyIngressRule>>,
        pod_selector "podSelector": Option<LabelSelector>,
        policy_types "policyTypes": Option<Vec<String>>,
    }

    NetworkPolicyEgressRule {
        ports "ports": Option<Vec<NetworkPolicyPort>>,
        to "to": Option<Vec<NetworkPolicyPeer>>,
    }

    NetworkPolicyIngressRule {
        from "from": Option<Vec<NetworkPolicyPeer>>,
        ports "ports": Option<Vec<NetworkPolicyPort>>,
    }

    NetworkPolicyPort {
        end_port "endPort": Option<i32>,
        port "port": Option<IntOrString>,
        protocol "protocol": Option<String>,
    }

    NetworkPolicyPeer {
        ip_block "ipBlock": Option<IPBlock>,
        namespace_selector "namespaceSelector": Option<LabelSelector>,
        pod_selector "podSelector": Option<LabelSelector>,
    }

    IPBlock {
        cidr "cidr": String,
        except "except": Option<Vec<String>>,
    }

    Ingress {
        spec "spec": IngressSpec,
    }

    IngressSpec {
        default_backend "defaultBackend": Option<IngressBackend>,
        ingress_class_name "ingressClassName": Option<String>,
        rules "rules": Vec<IngressRule>,
        tls "tls": Vec<IngressTLS>,
    }

    IngressBackend {
        resource "resource": Option<TypedLocalObjectReference>,
        service "service": Option<IngressServiceBackend>,
    }

    TypedLocalObjectReference {
        kind "kind": String,
        name "name": String,
    }

    IngressServiceBackend {
        name "name": String,
        port "port": ServiceBackendPort,
    }

    ServiceBackendPort {
        name "name": Option<String>,
        number "number": i32,
    }

    IngressRule {
        host "host": String,
        http "http": Option<HTTPIngressRuleValue>,
    }

    HTTPIngressRuleValue {
        paths "paths": Vec<HTTPIngressPath>,
    }

    HTTPIngressPath {
        backend "backend": IngressBackend,
        path "path": String,
        path_type "pathType": Option<String>,
    }

    IngressTLS {
        hosts "hosts": Vec<String>,
        secret_name "secretName": Option<String>,
    }

    IngressClass {
        spec "spec": IngressClassSpec,
    }

    IngressClassSpec {
        controller "controller": String,
    }
}
