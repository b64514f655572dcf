//! Pods and their containers, as a pod's own spec or a workload's template declares them.

use std::net::IpAddr;

use super::{LabelSelector, Labels, Mount, PortRef, Protocol, Volume};

/// What a pod runs and what it wants of its node and its resolver.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the API's type")]
pub struct PodSpec {
    /// Init containers first, in order, then the others.
    pub containers: Vec<Container>,
    pub node_name: Option<String>,
    pub node_selector: Labels,
    /// `requiredDuringScheduling...` of nodeAffinity: terms of which one must hold; absent where there is no such affinity.
    pub node_terms: Option<Vec<NodeTerm>>,
    pub affinity: Affinity,
    pub tolerations: Vec<Toleration>,
    pub host_network: bool,
    pub host_aliases: Vec<(IpAddr, Vec<String>)>,
    pub hostname: Option<String>,
    /// The hostname in the pod and its line in `/etc/hosts`, whatever `hostname` and `subdomain` say; DNS does not look at it.
    pub hostname_override: Option<String>,
    pub subdomain: Option<String>,
    /// `setHostnameAsFQDN`: the kernel is told the hostname with its domain.
    pub hostname_as_fqdn: bool,
    pub dns_policy: DnsPolicy,
    pub dns_config: DnsConfig,
    pub restart_policy: RestartPolicy,
    pub readiness_gates: Vec<String>,
    /// It has scheduling gates, and the scheduler does not look at it.
    pub gated: bool,
    pub service_account: String,
    pub enable_service_links: bool,
    /// Seconds.
    pub termination_grace: u32,
    pub volumes: Vec<Volume>,
}

/// When a container runs in the life of its pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs to completion before the next one starts.
    Init,
    /// An init container with restartPolicy Always: keeps running beside the others.
    Sidecar,
    Main,
}

/// A container as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    pub name: String,
    pub image: String,
    pub role: Role,
    /// Its index in `spec.containers`, or in `spec.initContainers` for the other roles.
    pub index: usize,
    pub command: Vec<String>,
    pub args: Vec<String>,
    pub env: Vec<EnvVar>,
    pub env_from: Vec<EnvFrom>,
    pub ports: Vec<ContainerPort>,
    /// `volumeMounts`.
    pub mounts: Vec<Mount>,
    /// `securityContext.runAsUser`, the pod's where the container has none.
    pub run_as_user: Option<i64>,
    pub probes: Probes,
    pub post_start: Option<Hook>,
    pub pre_stop: Option<Hook>,
}

impl Container {
    /// The list of the pod spec that holds it.
    pub fn list(&self) -> &'static str {
        match self.role {
            Role::Main => "containers",
            Role::Init | Role::Sidecar => "initContainers",
        }
    }
}

/// What a kubelet does right after a container's start or before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    Exec(Vec<String>),
    HttpGet(HttpGet),
    /// Seconds.
    Sleep(u32),
    /// A `tcpSocket`, which the API takes and no kubelet can run.
    Invalid,
}

/// A declared port; documentation to Kubernetes, and the listener's address where nothing better is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerPort {
    pub name: Option<String>,
    pub port: u16,
    pub protocol: Protocol,
    pub host_port: Option<u16>,
    pub host_ip: Option<IpAddr>,
}

/// An environment variable before references are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvVar {
    pub name: String,
    pub source: EnvSource,
}

/// Where the value of an environment variable comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvSource {
    Value(String),
    ConfigMapKey {
        name: String,
        key: String,
        optional: bool,
    },
    SecretKey {
        name: String,
        key: String,
        optional: bool,
    },
    /// A field of the pod itself: `status.podIP`.
    Field(String),
    /// A container's resource, which the simulator does not count.
    Resource,
}

/// A whole ConfigMap or Secret as environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFrom {
    pub prefix: String,
    pub name: String,
    pub secret: bool,
    pub optional: bool,
}

/// The three probes of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probes {
    pub startup: Option<Probe>,
    pub readiness: Option<Probe>,
    pub liveness: Option<Probe>,
}

/// A probe with the API server's defaults applied; times in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub action: ProbeAction,
    pub initial_delay: u32,
    pub timeout: u32,
    pub period: u32,
    pub success_threshold: u32,
    pub failure_threshold: u32,
    /// The grace period of a container that this probe has killed, where it is another than the pod's.
    pub termination_grace: Option<u32>,
}

/// What a probe does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeAction {
    HttpGet(HttpGet),
    TcpSocket { host: Option<String>, port: PortRef },
    Grpc { port: u16, service: String },
    Exec { command: Vec<String> },
}

/// The request of an HTTP probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGet {
    pub host: Option<String>,
    pub port: PortRef,
    pub path: String,
    pub https: bool,
    pub headers: Vec<(String, String)>,
}

/// Which restarts a pod gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestartPolicy {
    Always,
    OnFailure,
    Never,
}

/// Where a pod's resolver gets its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsPolicy {
    ClusterFirst,
    ClusterFirstWithHostNet,
    Default,
    None,
}

/// `spec.dnsConfig`: added to what the policy gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DnsConfig {
    pub nameservers: Vec<IpAddr>,
    pub searches: Vec<String>,
    /// `("ndots", Some("2"))`.
    pub options: Vec<(String, Option<String>)>,
}

/// A taint that a pod does not mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toleration {
    /// Empty with `exists` tolerates every key.
    pub key: String,
    pub exists: bool,
    pub value: String,
    /// Empty tolerates every effect.
    pub effect: String,
    /// How long a `NoExecute` taint is tolerated; absent is for ever.
    pub seconds: Option<u32>,
}

/// One term of a node selector: all its requirements must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeTerm {
    pub expressions: Vec<NodeRequirement>,
    /// Requirements on `metadata.name`.
    pub fields: Vec<NodeRequirement>,
}

/// A requirement on a node's label; `operator` is the API's word, since nodes also compare numbers (`Gt`, `Lt`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRequirement {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

/// The required pod affinities and anti-affinities; preferred ones only rank nodes and are not modelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Affinity {
    pub near: Vec<AffinityTerm>,
    pub apart: Vec<AffinityTerm>,
}

/// Pods to be near to or apart from, and what counts as one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffinityTerm {
    /// Absent matches no pod.
    pub selector: Option<LabelSelector>,
    /// Empty means the pod's own namespace, unless `namespace_selector` is given.
    pub namespaces: Vec<String>,
    pub namespace_selector: Option<LabelSelector>,
    pub topology_key: String,
}

/// What a manifest taken from a running cluster says of its pod.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimedStatus {
    pub ips: Vec<IpAddr>,
    /// The Ready condition, where there is one.
    pub ready: Option<bool>,
    /// `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    /// `status.phase`, where it is `Succeeded` or `Failed`.
    pub finished: Option<String>,
}
