//! The objects as the simulator needs them: validated, defaulted, and without what it does not model.
//!
//! Each type is built once from its k8s-openapi counterpart (`crate::object`), where bad values become diagnostics; from here
//! on nothing can be malformed. `absent` and `empty` are told apart by `Option` or an enum, never by convention.

mod gateway;
mod ingress;
mod labels;
mod node;
mod pod;
mod policy;
mod port;
mod route;
mod service;
mod slice;
mod volume;
mod workload;

pub use gateway::{
    Gateway, GatewayClass, GatewayListener, GrantFrom, GrantTo, GroupKind, ListenerProtocol, ListenerSet, ListenerTls, NamespacesFrom,
    ObjectReference, ReferenceGrant,
};
pub use ingress::{Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, IngressTls, PathType};
pub use labels::{LabelSelector, Labels, Operator, Requirement, contains_all};
pub use node::{NodeSpec, Taint};
pub use pod::{
    Affinity, AffinityTerm, ClaimedStatus, Container, ContainerPort, DnsConfig, DnsPolicy, EnvFrom, EnvSource, EnvVar, Hook, HttpGet,
    NodeRequirement, NodeTerm, PodSpec, Probe, ProbeAction, Probes, RestartPolicy, Role, Toleration,
};
pub use policy::{NetworkPolicy, Peer, PolicyPort, PolicyRule, PortMatch};
pub use port::{PortRef, Protocol};
pub use route::{
    BackendRef, BackendTarget, Cors, Filter, Fraction, HeaderChange, ParentRef, PathChange, PathMatch, Redirect, Route, RouteKind,
    RouteMatch, RouteRule, Timeouts, ValueMatch,
};
pub use service::{ClusterIps, IpFamily, LoadBalancerIngress, Service, ServicePort, ServiceType, TrafficDistribution, TrafficPolicy};
pub use slice::{Endpoint, EndpointPort, EndpointSlice};
pub use volume::{Mount, Volume, VolumeSource};
pub use workload::{Amount, Control, FailureRule, Strategy, Template, Workload, WorkloadKind};

/// What every object has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Empty for a kind without namespace.
    pub namespace: String,
    pub name: String,
    pub labels: Labels,
    pub annotations: Labels,
}
