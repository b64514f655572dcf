//! The codes of findings, with how bad each is.

use crate::dto::Severity;

/// What kind of fault a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name, `selector-matches-nothing`.
    pub name: &'static str,
    pub severity: Severity,
}

macro_rules! codes {
    ($(#[doc = $about:literal] $code:ident: $severity:ident = $name:literal;)*) => {
        $(#[doc = $about] pub const $code: Code = Code { name: $name, severity: Severity::$severity };)*

        /// Every code with what it says, for those who list them.
        pub const ALL: &[(Code, &str)] = &[$(($code, $about)),*];
    };
}

codes! {
    /// A Service's selector matches no pod in its namespace, though pods exist there.
    SELECTOR_MATCHES_NOTHING: Error = "selector-matches-nothing";
    /// A Service's selector matches pods of workloads whose own selectors differ in an identifying label.
    SELECTOR_TOO_BROAD: Warning = "selector-too-broad";
    /// A numeric targetPort on which no selected pod listens.
    TARGET_PORT_UNSERVED: Error = "target-port-unserved";
    /// A named targetPort that no selected pod declares.
    TARGET_PORT_NAME_UNKNOWN: Error = "target-port-name-unknown";
    /// The selected container listens on the port at a loopback address only.
    LISTENS_ON_LOOPBACK: Error = "listens-on-loopback";
    /// Pods are selected, and none of them is ready.
    NO_READY_ENDPOINTS: Error = "no-ready-endpoints";
    /// A probe asks a port on which its container's pod does not listen.
    READINESS_PORT_UNSERVED: Error = "readiness-port-unserved";
    /// A Service without a selector has no EndpointSlices.
    ENDPOINTS_MISSING: Error = "endpoints-missing";
    /// A reference's in-cluster name resolves to nothing anywhere.
    REFERENCE_UNKNOWN_HOST: Error = "reference-unknown-host";
    /// A reference's short name has no Service here, but has one in another namespace.
    REFERENCE_OTHER_NAMESPACE: Error = "reference-other-namespace";
    /// The referenced Service exists and does not have that port.
    REFERENCE_PORT_NOT_EXPOSED: Error = "reference-port-not-exposed";
    /// A reference to localhost on a port that another workload serves, and no container of the same pod.
    REFERENCE_LOCALHOST_ELSEWHERE: Warning = "reference-localhost-elsewhere";
    /// A reference to a headless Service's port where the pods listen on a different targetPort.
    HEADLESS_PORT_MISMATCH: Error = "headless-port-mismatch";
    /// A StatefulSet's serviceName names no Service in its namespace.
    STATEFULSET_SERVICE_MISSING: Error = "statefulset-service-missing";
    /// A reference to an ExternalName Service over https, or with a Host that the target does not know.
    EXTERNAL_NAME_PORT: Warning = "external-name-port";
    /// A Service of type LoadBalancer where no controller gives addresses.
    LOAD_BALANCER_PENDING: Warning = "load-balancer-pending";
    /// A traffic policy of Local, and a node without a local endpoint.
    LOCAL_POLICY_NO_ENDPOINT: Warning = "local-policy-no-endpoint";
    /// Two containers of a pod listen on the same port and protocol.
    CONTAINER_PORT_CONFLICT: Error = "container-port-conflict";
    /// Replicas that need one port of their node outnumber the nodes that can hold them.
    HOST_PORT_CONFLICT: Error = "host-port-conflict";
    /// A proxy or log shipper runs as an ordinary container where it should be a native sidecar.
    SIDECAR_NOT_NATIVE: Warning = "sidecar-not-native";
    /// A pod on its node's network looks names up at the node's name server, and refers to a cluster name.
    HOST_NETWORK_DNS: Warning = "host-network-dns";
    /// Egress policies keep a pod that has references by name from the cluster DNS.
    POLICY_BLOCKS_DNS: Error = "policy-blocks-dns";
    /// A reference resolves, and a NetworkPolicy on either side denies it.
    POLICY_BLOCKS_REFERENCE: Error = "policy-blocks-reference";
    /// A policy rule allows a Service's port that is not the pods' port.
    POLICY_USES_SERVICE_PORT: Error = "policy-uses-service-port";
    /// A policy's podSelector matches no pod in its namespace.
    POLICY_SELECTS_NOTHING: Warning = "policy-selects-nothing";
    /// A peer of a policy matches no pod or no namespace.
    POLICY_PEER_MATCHES_NOTHING: Warning = "policy-peer-matches-nothing";
    /// Two peers that widen what one peer with both selectors would allow.
    POLICY_PEERS_OR_NOT_AND: Warning = "policy-peers-or-not-and";
    /// NetworkPolicies exist, and the network plugin does not enforce them.
    POLICY_NOT_ENFORCED: Warning = "policy-not-enforced";
    /// An Ingress names an IngressClass that does not exist, or none where none is the default.
    INGRESS_CLASS_UNKNOWN: Error = "ingress-class-unknown";
    /// A rule's Service does not exist in the Ingress's namespace.
    INGRESS_BACKEND_MISSING: Error = "ingress-backend-missing";
    /// A rule's Service exists and does not have that port.
    INGRESS_BACKEND_PORT_MISSING: Error = "ingress-backend-port-missing";
    /// An Ingress's TLS entry names no kubernetes.io/tls Secret in the namespace.
    INGRESS_TLS_SECRET_MISSING: Error = "ingress-tls-secret-missing";
    /// A path of an Ingress that another path of the same host makes unreachable.
    INGRESS_PATH_SHADOWED: Warning = "ingress-path-shadowed";
    /// A Gateway names a GatewayClass that does not exist.
    GATEWAY_CLASS_UNKNOWN: Error = "gateway-class-unknown";
    /// A route names a Gateway or listener that does not exist or does not allow it.
    ROUTE_NOT_ATTACHED: Error = "route-not-attached";
    /// A route's backend does not exist or lacks the port.
    ROUTE_BACKEND_MISSING: Error = "route-backend-missing";
    /// A route's backend is in another namespace that does not grant it.
    ROUTE_BACKEND_NOT_GRANTED: Error = "route-backend-not-granted";
    /// The API server rejects the object.
    OBJECT_REJECTED: Error = "object-rejected";
    /// A field or kind that is deprecated.
    DEPRECATED_FIELD: Warning = "deprecated-field";
}
