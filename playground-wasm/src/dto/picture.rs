//! The cluster as the page draws it.

use serde::Serialize;

use super::TextRange;

/// The cluster as it is to be drawn; the order in each list is stable while a person types.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Picture {
    pub nodes: Vec<NodeView>,
    pub services: Vec<ServiceView>,
    pub pods: Vec<PodView>,
    pub calls: Vec<CallView>,
    pub policies: Vec<PolicyView>,
}

/// A node, drawn as a district.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NodeView {
    /// Object id `Node/node-1`.
    pub id: String,
    pub name: String,
    pub address: String,
    pub pod_cidr: String,
    pub zone: Option<String>,
    pub range: Option<TextRange>,
}

/// A Service, drawn as a line with a roundel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ServiceView {
    /// Object id `Service/shop/web`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`, or `Headless` for a ClusterIP Service without address.
    pub service_type: String,
    /// One or two letters for the roundel, unique in this picture.
    pub mark: String,
    pub cluster_ips: Vec<String>,
    /// Addresses that answer from outside: of a load balancer, externalIPs.
    pub external_ips: Vec<String>,
    /// `80 → 8080/TCP` (`http 80 → http/TCP`), with `:30080` behind where there is a node port.
    pub ports: Vec<String>,
    /// Object ids of the pods behind it, ready or not, without duplicates.
    pub pods: Vec<String>,
    /// Distance from where requests enter: 0 for an entry, then one more for each call; what nobody calls and nothing enters is 0.
    pub rank: u32,
    /// Part of the cluster itself (kube-dns), not of the manifests.
    pub system: bool,
    pub range: Option<TextRange>,
}

/// A pod, drawn as a station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PodView {
    /// Object id `Pod/shop/web-7c9f-9qlmd`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    /// The workload's own name, `web`; for a bare pod the pod's name.
    pub app: String,
    /// What tells this pod from its siblings, `7c9f-9qlmd`; empty for a bare pod.
    pub suffix: String,
    /// Object id of the workload a person would edit: `Deployment/shop/web`; a bare pod's own id.
    pub workload: String,
    /// Object id of its node; absent while Pending.
    pub node: Option<String>,
    pub ip: Option<String>,
    /// What `kubectl get pods` says: `Running`, `Pending`, `CrashLoopBackOff`, `Completed`.
    pub status: String,
    pub ready: bool,
    /// Why it is not ready, in a sentence; empty where it is.
    pub why: String,
    pub containers: Vec<ContainerView>,
    /// Part of the cluster itself (CoreDNS), not of the manifests.
    pub system: bool,
    /// Distance from where requests enter, as for a Service.
    pub rank: u32,
    pub range: Option<TextRange>,
}

/// A container of a pod, drawn as a platform of its station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ContainerView {
    pub name: String,
    pub image: String,
    /// `container`, `init`, or `sidecar` (an init container with restartPolicy Always).
    pub role: String,
    pub ready: bool,
    /// `8080/TCP`, `127.0.0.1:9000/TCP`.
    pub listens: Vec<String>,
    pub range: Option<TextRange>,
}

/// A call that a workload's env, args, command or annotation names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CallView {
    /// Object id of the calling workload.
    pub from: String,
    /// Object id of the Service or workload it reaches; absent where the name means nothing in this cluster.
    pub to: Option<String>,
    /// What is written there: `redis-cart:6379`, `http://api/cart`.
    pub text: String,
    pub range: Option<TextRange>,
}

/// A NetworkPolicy, drawn as the barrier in front of the pods it isolates.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PolicyView {
    /// Object id `NetworkPolicy/shop/db-allow`.
    pub id: String,
    pub namespace: String,
    pub name: String,
    pub ingress: bool,
    pub egress: bool,
    /// Object ids of the pods it isolates.
    pub pods: Vec<String>,
    pub range: Option<TextRange>,
}
