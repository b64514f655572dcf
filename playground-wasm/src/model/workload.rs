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
    /// A CronJob that is suspended, a paused Deployment's rollout.
    pub suspended: bool,
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
