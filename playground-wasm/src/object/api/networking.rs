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
}
