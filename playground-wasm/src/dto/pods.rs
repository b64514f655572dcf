//! The status of pods and the events of a cluster, as `kubectl get pods`, `describe` and `get events` tell them.

use serde::Serialize;

/// All pods, and what happened in the cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PodsAnswer {
    /// In the order of namespace and name.
    pub pods: Vec<PodStatus>,
    /// The oldest first, as far back as they are kept.
    pub events: Vec<EventView>,
}

/// A pod at an instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PodStatus {
    pub namespace: String,
    pub name: String,
    /// Absent while no node has taken it.
    pub node: Option<String>,
    /// Absent until it has its sandbox.
    pub ip: Option<String>,
    /// `Pending`, `Running`, `Succeeded`, `Failed`.
    pub phase: String,
    /// The STATUS column of `kubectl get pods`.
    pub status: String,
    /// The READY column: `1/2`.
    pub ready: String,
    pub restarts: u32,
    /// Whole seconds since it was made.
    pub age_seconds: u64,
    /// Why it is not ready, as a sentence; empty where it is.
    pub why: String,
    /// Init containers first, in their order.
    pub containers: Vec<ContainerStatus>,
    /// Absent in a view.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub conditions: Option<Vec<ConditionView>>,
    /// Those of the pod itself, the oldest first. Absent in a view, where they stand among the events of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub events: Option<Vec<EventView>>,
}

/// A condition of a pod's status.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConditionView {
    /// `PodScheduled`, `PodReadyToStartContainers`, `Initialized`, `ContainersReady`, `Ready`.
    #[serde(rename = "type")]
    pub condition: String,
    /// `True` or `False`.
    pub status: String,
    /// `Unschedulable`, `ContainersNotReady`, ...; empty where it holds.
    pub reason: String,
    pub message: String,
    /// Virtual seconds at which it came to be so.
    pub since: f64,
}

/// A container at an instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ContainerStatus {
    pub name: String,
    /// `container`, `init` or `sidecar`.
    pub role: String,
    /// `waiting`, `running` or `terminated`.
    pub state: String,
    /// `CrashLoopBackOff`, `Completed`, ...; empty while it runs.
    pub reason: String,
    pub message: String,
    /// Of a container that has terminated, or of its last run where it waits or runs again.
    pub exit_code: Option<i32>,
    pub ready: bool,
    pub started: bool,
    pub restarts: u32,
    /// Virtual seconds at which its state began.
    pub since: f64,
    /// How the run before ended: `Error`, `Completed`; empty where there was none.
    pub last_reason: String,
}

/// Something that happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EventView {
    /// Virtual seconds.
    pub at: f64,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    pub reason: String,
    /// Object id of what it is about.
    pub object: String,
    pub message: String,
}

/// A cluster on its clock: what changes as time passes, without the problems of the manifests.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Moment {
    /// Virtual milliseconds.
    pub now_ms: u64,
    /// When something happens next; absent where nothing ever will by itself.
    pub next_ms: Option<u64>,
    pub picture: super::Picture,
    pub pods: Vec<PodStatus>,
    pub events: Vec<EventView>,
    /// What the API server refused of the action that led here.
    pub warnings: Vec<String>,
}
