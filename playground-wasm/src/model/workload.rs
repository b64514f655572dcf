//! Workloads: what makes pods from a template.

use std::rc::Rc;

use super::{LabelSelector, Labels, Meta, PodSpec};

/// A workload of any kind, bare pods included, as one shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    pub meta: Meta,
    pub kind: WorkloadKind,
    /// How many pods; a DaemonSet counts nodes instead.
    pub replicas: u32,
    /// Its own selector; a Job's is generated and so empty here.
    pub selector: LabelSelector,
    pub template: Rc<Template>,
    /// A StatefulSet's governing Service; empty elsewhere.
    pub service_name: String,
    /// The owner named in `metadata.ownerReferences` of kind and name, whose pods these are.
    pub owner: Option<(String, String)>,
    /// A Job or CronJob that is suspended.
    pub suspended: bool,
    pub control: Control,
}

/// How the controller of a workload goes about it, with the API server's defaults; each kind has its own part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own kind")]
pub struct Control {
    /// Seconds that a pod has to be ready before it counts as available.
    pub min_ready: u32,
    pub strategy: Strategy,
    /// A Deployment whose rollout stands still.
    pub paused: bool,
    /// A StatefulSet that makes one pod after the other.
    pub ordered: bool,
    /// The number of a StatefulSet's first pod.
    pub first_ordinal: u32,
    /// How many pods of a Job have to succeed; absent where one that does ends the work of all.
    pub completions: Option<u32>,
    /// A Job whose pods have numbers.
    pub indexed: bool,
    /// How often the pods of a Job may fail.
    pub backoff_limit: u32,
    /// After so many seconds a Job is given up; absent is never.
    pub active_deadline: Option<u32>,
    /// So many seconds after its end a Job is deleted; absent is never.
    pub ttl: Option<u32>,
    /// A Job that makes no other pod before one has failed for good (`podReplacementPolicy: Failed`).
    pub patient: bool,
    /// A Job's `podFailurePolicy`; of rules that look at conditions only the place.
    pub failure_rules: Vec<FailureRule>,
}

/// What a failed pod means to its Job by a container's exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureRule {
    /// `FailJob`, `Ignore`, `Count`, `FailIndex`.
    pub action: String,
    /// Absent is any of them.
    pub container: Option<String>,
    /// Operator `NotIn`.
    pub others: bool,
    pub codes: Vec<i32>,
}

/// How pods of an old template make way for those of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    Recreate,
    OnDelete,
    RollingUpdate {
        surge: Amount,
        unavailable: Amount,
        /// Of a StatefulSet, the first number that gets the new template.
        partition: u32,
    },
}

/// A number of pods, or a percentage of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Count(u32),
    Percent(u32),
}

impl Amount {
    /// Of so many pods, a percentage rounded up or down (`intstr.GetScaledValueFromIntOrPercent`).
    pub fn of(self, total: u32, up: bool) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) if up => (total * percent).div_ceil(100),
            Self::Percent(percent) => total * percent / 100,
        }
    }
}

/// The template's metadata and spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub labels: Labels,
    pub annotations: Labels,
    pub spec: PodSpec,
    /// A hash over the template's text, for pod names.
    pub hash: u32,
}

/// The kinds of workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadKind {
    Pod,
    Deployment,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
}

impl WorkloadKind {
    pub const ALL: [Self; 8] = [
        Self::Pod,
        Self::Deployment,
        Self::ReplicaSet,
        Self::ReplicationController,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::CronJob,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::ReplicationController => "ReplicationController",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }

    /// Where the pod spec stands in an object of this kind.
    pub fn pod_spec_path(self) -> &'static [&'static str] {
        match self {
            Self::Pod => &["spec"],
            Self::CronJob => &["spec", "jobTemplate", "spec", "template", "spec"],
            _ => &["spec", "template", "spec"],
        }
    }
}
