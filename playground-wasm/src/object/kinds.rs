//! The kinds and versions that a current API server serves, and what the simulator makes of each.

use super::names::NameForm;

/// A kind in one of its API groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindInfo {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    pub handling: Handling,
    pub name_form: NameForm,
}

/// What becomes of an object of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Decoded and simulated.
    Modelled,
    /// Accepted; it does not change how packets travel.
    Quiet,
    /// Accepted, and it would change how packets travel: a note says that it is left out.
    NotModelled,
}

/// A version that was removed, and what serves the kind now; nothing does where it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub replacement: &'static str,
}

use Handling::{Modelled, NotModelled, Quiet};
use NameForm::{Label, PathSegment, Subdomain};

const fn row(api_version: &'static str, kind: &'static str, namespaced: bool, handling: Handling, name_form: NameForm) -> KindInfo {
    KindInfo { api_version, kind, namespaced, handling, name_form }
}

/// By group; name forms from each kind's `ValidateName` function in `pkg/apis`.
const KINDS: &[KindInfo] = &[
    row("v1", "Namespace", false, Modelled, Label),
    row("v1", "Node", false, Modelled, Subdomain),
    row("v1", "Pod", true, Modelled, Subdomain),
    row("v1", "ReplicationController", true, Modelled, Subdomain),
    row("v1", "Service", true, Modelled, Label),
    row("v1", "Endpoints", true, Modelled, Subdomain),
    row("v1", "ConfigMap", true, Modelled, Subdomain),
    row("v1", "Secret", true, Modelled, Subdomain),
    row("apps/v1", "Deployment", true, Modelled, Subdomain),
    row("apps/v1", "ReplicaSet", true, Modelled, Subdomain),
    row("apps/v1", "StatefulSet", true, Modelled, Label),
    row("apps/v1", "DaemonSet", true, Modelled, Subdomain),
    row("batch/v1", "Job", true, Modelled, Subdomain),
    row("batch/v1", "CronJob", true, Modelled, Subdomain),
    row("discovery.k8s.io/v1", "EndpointSlice", true, Modelled, Subdomain),
    row("networking.k8s.io/v1", "NetworkPolicy", true, Modelled, Subdomain),
    row("networking.k8s.io/v1", "Ingress", true, Modelled, Subdomain),
    row("networking.k8s.io/v1", "IngressClass", false, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "GatewayClass", false, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "Gateway", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "HTTPRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "GRPCRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "TLSRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "TCPRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "UDPRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "ListenerSet", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "ReferenceGrant", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1beta1", "GatewayClass", false, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1beta1", "Gateway", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1beta1", "HTTPRoute", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", true, Modelled, Subdomain),
    row("gateway.networking.k8s.io/v1", "BackendTLSPolicy", true, NotModelled, Subdomain),
    row("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", false, NotModelled, Subdomain),
    row("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", false, NotModelled, Subdomain),
    row("v1", "ServiceAccount", true, Quiet, Subdomain),
    row("v1", "PersistentVolume", false, Quiet, Subdomain),
    row("v1", "PersistentVolumeClaim", true, Quiet, Subdomain),
    row("v1", "LimitRange", true, Quiet, Subdomain),
    row("v1", "ResourceQuota", true, Quiet, Subdomain),
    row("v1", "Event", true, Quiet, Subdomain),
    row("v1", "PodTemplate", true, Quiet, Subdomain),
    row("events.k8s.io/v1", "Event", true, Quiet, Subdomain),
    row("apps/v1", "ControllerRevision", true, Quiet, Subdomain),
    row("autoscaling/v1", "HorizontalPodAutoscaler", true, Quiet, Subdomain),
    row("autoscaling/v2", "HorizontalPodAutoscaler", true, Quiet, Subdomain),
    row("policy/v1", "PodDisruptionBudget", true, Quiet, Subdomain),
    row("rbac.authorization.k8s.io/v1", "Role", true, Quiet, PathSegment),
    row("rbac.authorization.k8s.io/v1", "RoleBinding", true, Quiet, PathSegment),
    row("rbac.authorization.k8s.io/v1", "ClusterRole", false, Quiet, PathSegment),
    row("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", false, Quiet, PathSegment),
    row("storage.k8s.io/v1", "StorageClass", false, Quiet, Subdomain),
    row("storage.k8s.io/v1", "CSIDriver", false, Quiet, Subdomain),
    row("storage.k8s.io/v1", "VolumeAttachment", false, Quiet, Subdomain),
    row("scheduling.k8s.io/v1", "PriorityClass", false, Quiet, Subdomain),
    row("node.k8s.io/v1", "RuntimeClass", false, Quiet, Label),
    row("coordination.k8s.io/v1", "Lease", true, Quiet, Subdomain),
    row("certificates.k8s.io/v1", "CertificateSigningRequest", false, Quiet, Subdomain),
    row("apiextensions.k8s.io/v1", "CustomResourceDefinition", false, Quiet, Subdomain),
    row("apiregistration.k8s.io/v1", "APIService", false, Quiet, PathSegment),
    row("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", false, Quiet, Subdomain),
    row("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", false, Quiet, Subdomain),
    row("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", false, Quiet, Subdomain),
    row("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", false, Quiet, Subdomain),
    row("networking.k8s.io/v1", "IPAddress", false, Quiet, Subdomain),
    row("networking.k8s.io/v1", "ServiceCIDR", false, Quiet, Subdomain),
];

const fn gone(api_version: &'static str, kind: &'static str, replacement: &'static str) -> Removed {
    Removed { api_version, kind, replacement }
}

/// From the deprecation guide: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
const REMOVED: &[Removed] = &[
    gone("extensions/v1beta1", "Deployment", "apps/v1"),
    gone("extensions/v1beta1", "DaemonSet", "apps/v1"),
    gone("extensions/v1beta1", "ReplicaSet", "apps/v1"),
    gone("extensions/v1beta1", "Ingress", "networking.k8s.io/v1"),
    gone("extensions/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"),
    gone("apps/v1beta1", "Deployment", "apps/v1"),
    gone("apps/v1beta1", "StatefulSet", "apps/v1"),
    gone("apps/v1beta2", "Deployment", "apps/v1"),
    gone("apps/v1beta2", "DaemonSet", "apps/v1"),
    gone("apps/v1beta2", "ReplicaSet", "apps/v1"),
    gone("apps/v1beta2", "StatefulSet", "apps/v1"),
    gone("networking.k8s.io/v1beta1", "Ingress", "networking.k8s.io/v1"),
    gone("networking.k8s.io/v1beta1", "IngressClass", "networking.k8s.io/v1"),
    gone("batch/v1beta1", "CronJob", "batch/v1"),
    gone("discovery.k8s.io/v1beta1", "EndpointSlice", "discovery.k8s.io/v1"),
    gone("policy/v1beta1", "PodDisruptionBudget", "policy/v1"),
    gone("autoscaling/v2beta1", "HorizontalPodAutoscaler", "autoscaling/v2"),
    gone("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v2"),
    gone("rbac.authorization.k8s.io/v1beta1", "Role", "rbac.authorization.k8s.io/v1"),
    gone("rbac.authorization.k8s.io/v1beta1", "RoleBinding", "rbac.authorization.k8s.io/v1"),
    gone("rbac.authorization.k8s.io/v1beta1", "ClusterRole", "rbac.authorization.k8s.io/v1"),
    gone("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", "rbac.authorization.k8s.io/v1"),
    gone("policy/v1beta1", "PodSecurityPolicy", ""),
    gone("batch/v2alpha1", "CronJob", "batch/v1"),
    gone("storage.k8s.io/v1beta1", "StorageClass", "storage.k8s.io/v1"),
    gone("scheduling.k8s.io/v1beta1", "PriorityClass", "scheduling.k8s.io/v1"),
    gone("node.k8s.io/v1beta1", "RuntimeClass", "node.k8s.io/v1"),
    gone("coordination.k8s.io/v1beta1", "Lease", "coordination.k8s.io/v1"),
    gone("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "apiextensions.k8s.io/v1"),
    gone("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    gone("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "Gateway", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "GatewayClass", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "HTTPRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha3", "BackendTLSPolicy", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "GRPCRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "TCPRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "TLSRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha3", "TLSRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "UDPRoute", "gateway.networking.k8s.io/v1"),
    gone("gateway.networking.k8s.io/v1alpha2", "ReferenceGrant", "gateway.networking.k8s.io/v1"),
];

/// Every kind that the simulator knows.
pub fn all() -> &'static [KindInfo] {
    KINDS
}

/// The kind of that version, if it is served.
pub fn find(api_version: &str, kind: &str) -> Option<&'static KindInfo> {
    KINDS.iter().find(|row| row.api_version == api_version && row.kind == kind)
}

/// What replaces a version that is no longer served.
pub fn removed(api_version: &str, kind: &str) -> Option<&'static Removed> {
    REMOVED.iter().find(|row| row.api_version == api_version && row.kind == kind)
}

/// A version that does serve this kind, for a hint.
pub fn served_as(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|row| row.kind == kind).map(|row| row.api_version)
}

/// Whether objects of a kind, in the version that is served, have a namespace.
pub fn is_namespaced(kind: &str) -> bool {
    KINDS.iter().any(|row| row.kind == kind && row.namespaced)
}

/// Whether a version is of one of Kubernetes' own groups, or meant to be: those have no domain, or one of its own.
pub fn is_own_group(api_version: &str) -> bool {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    !group.contains('.') || group.contains("k8s")
}

/// All kind names, for near misses.
pub fn kind_names() -> Vec<&'static str> {
    KINDS.iter().map(|row| row.kind).collect()
}
