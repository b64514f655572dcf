//! The events of a cluster, in Kubernetes' reasons and words, as far back as the list reaches.
//!
//! What happens to every pod is kept as a few bytes and put into words when somebody asks, since a large cluster starts ten
//! thousand containers at once. Repeated events stand there again instead of being counted.

use std::collections::VecDeque;

use super::clock::Millis;
use crate::cluster::{Cluster, Pod, PodId, Renumbering};
use crate::model::WorkloadKind;

/// How many events are told.
const LIMIT: usize = 4_000;

/// How many more are kept, to tell when others turn out not to have happened.
const SPARE: usize = 1_000;

/// Something that was told.
#[derive(Debug, Clone)]
pub struct Logged {
    pub at: Millis,
    /// Which event of the clock it happened in.
    turn: u64,
    pub about: About,
    pub what: What,
}

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Pod(PodId),
    /// Object id: `Deployment/shop/web`, `Node/node-1`.
    Object(String),
}

/// What is told; a container is an index in the pod's spec.
#[derive(Debug, Clone)]
pub enum What {
    Scheduled,
    Pulled(usize),
    Created(usize),
    Started(usize),
    Killing(usize),
    /// Its controller made it, or deleted it: an event of the controller's own object.
    Made,
    Unmade,
    Told {
        warning: bool,
        reason: &'static str,
        message: String,
    },
}

/// The list, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct Log {
    list: VecDeque<Logged>,
    /// Earlier ones are forgotten.
    cut: bool,
    pub turn: u64,
}

impl Log {
    pub fn push(&mut self, at: Millis, about: About, what: What) {
        self.list.push_back(Logged { at, turn: self.turn, about, what });
        self.trim();
    }

    fn trim(&mut self) {
        while self.list.len() > LIMIT + SPARE {
            self.list.pop_front();
            self.cut = true;
        }
    }

    /// Whether pods that come or go beside one that is like them leave enough to tell, and nothing was told in words of any of `alike`.
    pub fn may_renumber(&self, renumbering: Renumbering, alike: impl Fn(PodId) -> bool) -> bool {
        let told = |logged: &&Logged| matches!(logged.about, About::Pod(pod) if alike(pod));
        let worded = |logged: &Logged| matches!(logged.what, What::Told { .. });
        let first = self.list.front().map(|logged| logged.turn);
        let stays =
            |logged: &&Logged| !matches!(logged.about, About::Pod(pod) if renumbering.of(pod).is_none()) && Some(logged.turn) != first;
        (!self.cut || self.list.iter().filter(stays).count() >= LIMIT) && !self.list.iter().filter(told).any(worded)
    }

    /// Tells of pods by other indices, and of those that come what is told of the one before them. The result is the place that each event
    /// had which is told now; absent for those that were not told before.
    pub fn renumber(&mut self, renumbering: Renumbering) -> Vec<Option<usize>> {
        let untold = self.list.len().saturating_sub(LIMIT);
        // Of the first turn that is left some may be forgotten.
        let first = self.list.front().filter(|_| self.cut).map(|logged| logged.turn);
        let subject = |(_, logged): &(usize, Logged)| match logged.about {
            About::Pod(pod) => Some((pod, logged.turn)),
            About::Object(_) => None,
        };
        let list = std::mem::take(&mut self.list).into_iter().enumerate().filter(|(_, logged)| Some(logged.turn) != first);
        let list = renumbering.retell(list, subject, |(place, logged), pod| (place, Logged { about: About::Pod(pod), ..logged }));
        let comes = |logged: &Logged| matches!(logged.about, About::Pod(pod) if renumbering.comes(pod));
        let told = list.len().saturating_sub(LIMIT);
        let before = list[told..].iter().map(|(place, logged)| place.checked_sub(untold).filter(|_| !comes(logged))).collect();
        self.list = list.into_iter().map(|(_, logged)| logged).collect();
        self.trim();
        before
    }

    /// Forgets what was told about some pods.
    pub fn forget(&mut self, pods: impl Fn(PodId) -> bool) {
        self.list.retain(|logged| !matches!(logged.about, About::Pod(pod) if pods(pod)));
    }

    /// Puts what was told about an object for a reason into other words.
    pub fn reword(&mut self, object: &str, why: &str, words: &str) {
        for Logged { about, what, .. } in &mut self.list {
            if let (About::Object(id), What::Told { reason, message, .. }) = (about, what)
                && (id.as_str(), *reason) == (object, why)
            {
                words.clone_into(message);
            }
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Logged> {
        self.list.range(self.list.len().saturating_sub(LIMIT)..)
    }
}

/// An event in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub warning: bool,
    pub reason: &'static str,
    pub message: String,
}

impl Logged {
    /// The object that the event is about, as an object id.
    pub fn object(&self, cluster: &Cluster) -> String {
        match &self.about {
            About::Pod(pod) if self.is_owners() => owner(cluster, *pod),
            About::Pod(pod) => crate::trace::pod_id(cluster, *pod),
            About::Object(id) => id.clone(),
        }
    }

    /// Whether it is about a pod's controller.
    pub fn is_owners(&self) -> bool {
        matches!(self.what, What::Made | What::Unmade)
    }

    /// Puts it into words.
    pub fn told(&self, cluster: &Cluster) -> Told {
        if let What::Told { warning, reason, message } = &self.what {
            return Told { warning: *warning, reason, message: message.clone() };
        }
        let About::Pod(id) = self.about else { return Told { warning: false, reason: "", message: String::new() } };
        let pod = cluster.pod(id);
        let container = |index: usize| &pod.spec().containers[index];
        let (reason, message) = match self.what {
            What::Scheduled => {
                let node = pod.node.map_or("", |node| cluster.node(node).name.as_str());
                ("Scheduled", format!("Successfully assigned {}/{} to {node}", pod.meta.namespace, pod.meta.name))
            }
            What::Pulled(index) => (
                "Pulled",
                format!("Container image \"{}\" already present on machine and can be accessed by the pod", container(index).image),
            ),
            What::Created(_) => ("Created", "Container created".into()),
            What::Started(_) => ("Started", "Container started".into()),
            What::Killing(index) => ("Killing", format!("Stopping container {}", container(index).name)),
            What::Made | What::Unmade => {
                let (Pod { meta, .. }, made) = (pod, matches!(self.what, What::Made));
                let workload = cluster.workload(pod.workload);
                let message = match workload.kind {
                    WorkloadKind::StatefulSet => {
                        let verb = if made { "create" } else { "delete" };
                        format!("{verb} Pod {} in StatefulSet {} successful", meta.name, workload.meta.name)
                    }
                    _ => format!("{} pod: {}", if made { "Created" } else { "Deleted" }, meta.name),
                };
                (if made { "SuccessfulCreate" } else { "SuccessfulDelete" }, message)
            }
            What::Told { .. } => ("", String::new()),
        };
        Told { warning: false, reason, message }
    }
}

/// The object that made a pod: of a Deployment its ReplicaSet.
fn owner(cluster: &Cluster, id: PodId) -> String {
    let pod = cluster.pod(id);
    let (object, workload) = &cluster.workloads[pod.workload.0 as usize];
    match (workload.kind, pod.meta.name.rsplit_once('-')) {
        (WorkloadKind::Deployment, Some((set, _))) => format!("ReplicaSet/{}/{set}", pod.meta.namespace),
        _ => cluster.sources.id(*object).to_string(),
    }
}
