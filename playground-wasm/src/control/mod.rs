//! Controllers, scheduler and kubelets as steps on a virtual clock: they turn objects into a running cluster.
//!
//! [`Simulation`] owns the cluster and everything derived from it. Time is an argument: nothing here asks for the hour, so
//! the same objects, actions and seed give the same history, in whatever portions time passes.

mod action;
mod assemble;
mod behave;
mod clock;
mod daemonset;
mod deployment;
mod edit;
mod endpoints;
mod hints;
mod history;
mod ipam;
mod job;
mod kubelet;
mod log;
mod names;
mod nodelife;
mod nodes;
mod owners;
mod placement;
mod pods;
mod probe;
mod publish;
mod ranges;
mod ranking;
mod reload;
mod scheduler;
mod services;
mod statefulset;
mod system;
mod workloads;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use action::{Action, Change, millis};
pub use assemble::Placed;
pub use clock::Millis;
pub use edit::{Edited, Replaced, Reselected, Scaled};
pub use log::{About, Log, Logged, Told, What};
pub use names::suffix;
pub use scheduler::NO_FREE_PORTS;
pub use system::system_objects;

use crate::behavior::annotation;
use crate::cluster::{Cluster, Config, NodeId, PodId, Selection, ServiceId, WorkloadId};
use crate::edge::{Edge, infrastructure};
use crate::model::Labels;
use crate::net::{Network, Tables};
use crate::policy::PolicyIndex;
use assemble::Slot;
use clock::Queue;
use kubelet::{Due, Run};
use publish::Publisher;
use workloads::Managed;

/// A cluster on its clock.
#[derive(Clone)]
pub struct Simulation {
    cluster: Cluster,
    tables: Tables,
    policies: PolicyIndex,
    /// Pods came, and the index does not know them yet.
    policies_stale: bool,
    edge: Edge,
    queue: Queue<Event>,
    /// What users gave, in the order of their ids, and with what controllers add, each in its place.
    given: Vec<Placed>,
    slots: Vec<Slot>,
    /// What kubelets remember of the containers of each pod.
    runs: Vec<Vec<Run>>,
    /// Pods with probes that look at more than the pod itself.
    far_probes: Vec<PodId>,
    /// What controllers remember of each workload.
    managed: Vec<Managed>,
    publisher: Publisher,
    scheduler: scheduler::Scheduler,
    /// Pods that no node would take.
    unscheduled: Vec<PodId>,
    rescheduling: bool,
    addresses: ipam::Addresses,
    /// By node, one for each family.
    ranges: Vec<Vec<ipam::Range>>,
    service_env: BTreeMap<String, Labels>,
    log: Log,
    network_version: u64,
    /// By node, how often it failed or came back: what is due for an earlier time comes too late.
    outages: Vec<u32>,
    /// What is wrong with behavior annotations, by pod: the first of each workload only.
    notes: Vec<behave::Note>,
    noted: std::collections::BTreeSet<crate::cluster::ObjectRef>,
}

/// Something due at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Kubelet(Due),
    Sync(Sync),
    /// A controller looks at its workload.
    Reconcile(WorkloadId),
    Schedule,
    /// A node has been silent for too long.
    NodeSilent(NodeId, u32),
    /// A Job finished long enough ago.
    Expire(WorkloadId),
    /// A pod has tolerated its unreachable node for long enough.
    Evict(PodId, u32),
}

/// Who catches up with the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    Slices,
    Proxies,
}

impl From<Due> for Event {
    fn from(due: Due) -> Self {
        Self::Kubelet(due)
    }
}

/// No cluster takes longer to come to rest, except one that never does.
const SETTLE_LIMIT: Millis = 3_600_000;

impl Simulation {
    /// Builds the cluster at time zero: pods are made and scheduled, nothing has started yet.
    pub fn new(objects: &[Placed], config: Config) -> Self {
        let mut slots = Vec::new();
        assemble::place(&mut slots, &infrastructure::complete(objects, &config));
        let mut cluster = Cluster { config, ..Cluster::default() };
        let new = assemble::assemble(&mut cluster, &slots);
        pods::make_pods(&mut cluster, &new);
        let count = u32::try_from(cluster.pods.len()).unwrap_or(u32::MAX);
        let runs = cluster.pods.iter().map(|pod| vec![Run::default(); pod.containers.len()]).collect();
        let far_probes = (0..count).map(PodId).filter(|&id| kubelet::looks_far(cluster.pod(id))).collect();
        let outages = vec![0; cluster.nodes.len()];
        let mut simulation = Self {
            tables: Tables::default(),
            policies: PolicyIndex::default(),
            policies_stale: false,
            edge: Edge::default(),
            queue: Queue::default(),
            given: objects.to_vec(),
            slots,
            runs,
            far_probes,
            managed: Vec::new(),
            publisher: Publisher::default(),
            scheduler: scheduler::Scheduler::default(),
            unscheduled: (0..count).map(PodId).collect(),
            rescheduling: false,
            addresses: ipam::Addresses::default(),
            ranges: Vec::new(),
            service_env: behave::service_environments(&cluster),
            log: Log::default(),
            network_version: 0,
            outages,
            notes: Vec::new(),
            noted: std::collections::BTreeSet::default(),
            cluster,
        };
        simulation.begin_workloads();
        simulation.assign_daemons();
        simulation.schedule();
        simulation.reserve_addresses();
        simulation.know_ranges();
        simulation.claim_blocks();
        for id in (0..count).map(PodId) {
            simulation.give_address(id);
        }
        for id in (0..count).map(PodId) {
            match behave::of_the_one_before(&simulation.cluster, id) {
                Some(behavior) => simulation.cluster.pods[id.0 as usize].behavior = behavior,
                None => simulation.behave(id),
            }
        }
        simulation.hold_back();
        simulation.derive();
        let existing: Vec<PodId> = simulation.cluster.pods().map(|(id, _)| id).collect();
        for id in existing {
            simulation.admit(id);
        }
        simulation
    }

    /// The data plane as it is now.
    pub fn network(&self) -> Network<'_> {
        Network { cluster: &self.cluster, tables: &self.tables, policies: &self.policies, edge: &self.edge }
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The pods that a Service selects, in order, in a cluster at rest.
    pub fn selected(&self, id: ServiceId) -> Cow<'_, [PodId]> {
        let service = self.cluster.service(id);
        if endpoints::is_managed(service) || service.spec.selector.is_none() {
            return Cow::Borrowed(self.publisher.members(id));
        }
        Cow::Owned(Selection::new(&self.cluster).of(service).collect())
    }

    /// The accepted objects as they are now, in the order of their ids.
    pub fn objects(&self) -> &[Placed] {
        &self.given
    }

    pub fn now(&self) -> Millis {
        self.queue.now()
    }

    /// When something happens next; absent where nothing ever will by itself.
    pub fn next_event_at(&self) -> Option<Millis> {
        self.queue.next_at()
    }

    /// Another number than before means that packets may travel otherwise than before.
    pub fn network_version(&self) -> u64 {
        self.network_version
    }

    /// What happened, the oldest first, as far back as it is kept.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What is wrong with behavior annotations.
    pub fn annotation_problems(&self) -> &[(PodId, annotation::Problem)] {
        &self.notes
    }

    /// Lets everything happen that is due by then.
    pub fn run_until(&mut self, time: Millis) {
        self.publisher.history.close();
        while let Some(event) = self.queue.pop_until(time) {
            self.handle(event);
        }
        self.queue.advance_to(time);
        self.sync_policies();
    }

    /// Lets time pass until nothing changes any more but what repeats itself: pods are ready or will never be.
    pub fn settle(&mut self) {
        self.settle_until(self.queue.now() + SETTLE_LIMIT);
    }

    /// The same, for no longer than until a time.
    pub fn settle_until(&mut self, limit: Millis) {
        while self.queue.is_busy() {
            let Some(event) = self.queue.pop_until(limit) else { break };
            self.handle(event);
        }
        if self.queue.is_busy() {
            self.queue.advance_to(limit);
        }
        self.publisher.history.close();
        self.sync_policies();
    }

    fn handle(&mut self, event: Event) {
        self.log.turn = self.queue.turn();
        match event {
            Event::Kubelet(due) => self.handle_kubelet(due),
            Event::Sync(sync) => self.synchronize(sync),
            Event::Reconcile(workload) => self.reconcile(workload),
            Event::Schedule => self.schedule_again(),
            Event::NodeSilent(node, outage) => self.node_silent(node, outage),
            Event::Expire(job) => self.expire(job),
            Event::Evict(pod, outage) => self.evict(pod, outage),
        }
    }

    /// Derives the tables of the data plane from the objects.
    fn derive(&mut self) {
        self.tables = Tables::new(&self.cluster);
        self.tables.set_host_ports(&self.cluster);
        self.policies = PolicyIndex::new(&self.cluster);
        self.policies_stale = false;
        self.edge = Edge::new(&self.cluster);
        self.edge.close_ports(&mut self.cluster);
        self.publisher.rebuild(&self.cluster, &mut self.queue);
        self.network_version += 1;
    }

    /// Lets the index of policies know the pods that came.
    fn sync_policies(&mut self) {
        if std::mem::take(&mut self.policies_stale) {
            self.policies = PolicyIndex::new(&self.cluster);
        }
    }

    fn behave_again(&mut self, id: PodId) {
        behave::give_behavior(&mut self.cluster, id, &self.service_env);
    }

    fn behave(&mut self, id: PodId) {
        let problems = behave::give_behavior(&mut self.cluster, id, &self.service_env);
        if !problems.is_empty() && self.noted.insert(self.cluster.pod(id).object) {
            self.notes.extend(problems.into_iter().map(|problem| (id, problem)));
        }
    }
}
