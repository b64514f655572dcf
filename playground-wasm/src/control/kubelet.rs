//! Containers start, are probed, crash and are started again, as a kubelet runs them (`pkg/kubelet/prober`,
//! `pkg/kubelet/kuberuntime`).
//!
//! What is assumed where only a real machine could tell: a pod's sandbox takes a second, an init container runs for one, an
//! image is there already.

use super::clock::Millis;
use super::{Simulation, probe};
use crate::cluster::{ContainerState, Phase, Pod, PodId, RunState};
use crate::model::{Probe, RestartPolicy, Role, WorkloadKind};

const SECOND: Millis = 1_000;
/// The first pause before a crashed container starts again; it doubles up to five minutes.
const BACK_OFF: Millis = 10 * SECOND;
const BACK_OFF_LIMIT: Millis = 300 * SECOND;
/// A container that crashed so often without anything changing will crash again; it is left in its back-off.
const HOPELESS: u32 = 3;

/// Something due at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Start {
        pod: PodId,
        container: usize,
    },
    /// An init container, or one of a Job, has done its work.
    Complete {
        pod: PodId,
        container: usize,
    },
    Probe {
        pod: PodId,
        container: usize,
        kind: ProbeKind,
    },
}

/// Which probe of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeKind {
    Startup,
    Readiness,
    Liveness,
}

/// Results of one kind in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeState {
    pub succeeded: u32,
    pub failed: u32,
    /// Why the last one failed.
    pub message: String,
}

impl ProbeKind {
    fn of(self, pod: &Pod, container: usize) -> Option<&Probe> {
        let probes = &pod.spec().containers.get(container)?.probes;
        match self {
            Self::Startup => probes.startup.as_ref(),
            Self::Readiness => probes.readiness.as_ref(),
            Self::Liveness => probes.liveness.as_ref(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
        }
    }
}

impl Simulation {
    /// Schedules the first container of every pod that has a node.
    pub(super) fn start_pods(&mut self) {
        for index in 0..self.cluster.pods.len() {
            let id = PodId(u32::try_from(index).unwrap_or(u32::MAX));
            let pod = &mut self.cluster.pods[index];
            if let Some(phase) = &pod.claimed.finished {
                pod.phase = if phase == "Succeeded" { Phase::Succeeded } else { Phase::Failed };
                finish(pod);
            } else if pod.node.is_some() {
                self.start_next(id, SECOND);
            }
            self.update_readiness(id);
        }
    }

    /// Starts the first container that waits for its turn; the main ones all at once.
    fn start_next(&mut self, id: PodId, delay: Millis) {
        let pod = self.cluster.pod(id);
        let containers = &pod.spec().containers;
        let next = containers.iter().zip(&pod.containers).position(|(container, state)| match container.role {
            Role::Init => !matches!(state.run, RunState::Terminated { exit_code: 0, .. }),
            Role::Sidecar => !state.started,
            Role::Main => true,
        });
        let Some(next) = next else { return };
        if containers[next].role == Role::Main {
            for container in next..containers.len() {
                self.queue.after(delay, Event::Start { pod: id, container });
            }
        } else {
            self.queue.after(delay, Event::Start { pod: id, container: next });
        }
    }

    pub(super) fn handle(&mut self, event: &Event) {
        match *event {
            Event::Start { pod, container } => self.start(pod, container),
            Event::Complete { pod, container } => self.complete(pod, container),
            Event::Probe { pod, container, kind } => self.probe(pod, container, kind),
        }
    }

    fn pod_mut(&mut self, id: PodId) -> &mut Pod {
        &mut self.cluster.pods[id.0 as usize]
    }

    fn state_mut(&mut self, id: PodId, container: usize) -> &mut ContainerState {
        &mut self.pod_mut(id).containers[container]
    }

    fn start(&mut self, id: PodId, container: usize) {
        let state = &self.cluster.pod(id).containers[container];
        let config_error = matches!(&state.run, RunState::Waiting { reason, .. } if reason == "CreateContainerConfigError");
        if config_error {
            self.update_readiness(id);
            return;
        }
        if let Some(port) = self.taken_port(id, container) {
            let message = format!("bind: address already in use (port {port})");
            self.crash(id, container, &message);
            return;
        }
        let role = self.cluster.pod(id).spec().containers[container].role;
        let state = self.state_mut(id, container);
        state.run = RunState::Running;
        let pod = self.cluster.pod(id);
        let has_startup = ProbeKind::Startup.of(pod, container).is_some();
        let job = matches!(self.cluster.workload(pod.workload).kind, WorkloadKind::Job | WorkloadKind::CronJob);
        let serves = !pod.behavior[container].listeners.is_empty();
        if role == Role::Init || (job && role == Role::Main && !serves) {
            self.queue.after(SECOND, Event::Complete { pod: id, container });
        }
        if has_startup {
            self.schedule_probe(id, container, ProbeKind::Startup, true);
        } else {
            self.started(id, container);
        }
        self.update_readiness(id);
    }

    /// The startup probe has succeeded, or there is none: the other probes begin, and a sidecar lets the next one start.
    fn started(&mut self, id: PodId, container: usize) {
        self.state_mut(id, container).started = true;
        let pod = self.cluster.pod(id);
        let (role, has_readiness) = (pod.spec().containers[container].role, ProbeKind::Readiness.of(pod, container).is_some());
        if !has_readiness {
            self.state_mut(id, container).ready = true;
        }
        self.schedule_probe(id, container, ProbeKind::Readiness, true);
        self.schedule_probe(id, container, ProbeKind::Liveness, true);
        if role == Role::Sidecar {
            self.start_next(id, 0);
        }
        self.update_readiness(id);
    }

    fn complete(&mut self, id: PodId, container: usize) {
        let role = self.cluster.pod(id).spec().containers[container].role;
        let state = self.state_mut(id, container);
        state.run = RunState::Terminated { reason: "Completed".into(), exit_code: 0 };
        state.ready = role == Role::Init;
        if role == Role::Init {
            self.start_next(id, 0);
        } else {
            let pod = self.pod_mut(id);
            let all_done =
                pod.spec().containers.iter().zip(&pod.containers).all(|(container, state)| {
                    container.role != Role::Main || matches!(state.run, RunState::Terminated { exit_code: 0, .. })
                });
            if all_done {
                pod.phase = Phase::Succeeded;
                finish(pod);
            }
        }
        self.update_readiness(id);
    }

    fn crash(&mut self, id: PodId, container: usize, message: &str) {
        let policy = self.cluster.pod(id).spec().restart_policy;
        let role = self.cluster.pod(id).spec().containers[container].role;
        self.probes.retain(|(pod, index, _), _| (*pod, *index) != (id, container));
        let state = self.state_mut(id, container);
        (state.ready, state.started) = (false, false);
        if policy == RestartPolicy::Never && role == Role::Main {
            state.run = RunState::Terminated { reason: "Error".into(), exit_code: 1 };
            self.pod_mut(id).phase = Phase::Failed;
        } else {
            let pause = (BACK_OFF << state.restarts.min(5)).min(BACK_OFF_LIMIT);
            let hopeless = state.restarts >= HOPELESS;
            state.run = RunState::Waiting { reason: "CrashLoopBackOff".into(), message: message.to_owned() };
            if !hopeless {
                state.restarts += 1;
                self.queue.after(pause, Event::Start { pod: id, container });
            }
        }
        self.update_readiness(id);
    }

    /// A port of this container that a running one of the same network namespace has bound already.
    fn taken_port(&self, id: PodId, container: usize) -> Option<u16> {
        let pod = self.cluster.pod(id);
        let wanted = &pod.behavior[container].listeners;
        let clashes = |other: &Pod, skip: Option<usize>| {
            wanted.iter().find(|listener| {
                other.behavior.iter().zip(&other.containers).enumerate().any(|(index, (behavior, state))| {
                    Some(index) != skip && state.is_running() && behavior.listeners.iter().any(|taken| taken.clashes(listener))
                })
            })
        };
        let own = clashes(pod, Some(container));
        let taken = own.or_else(|| {
            if !pod.spec().host_network {
                return None;
            }
            let mut neighbors =
                self.cluster.pods().filter(|(other, neighbor)| *other != id && neighbor.node == pod.node && neighbor.spec().host_network);
            neighbors.find_map(|(_, neighbor)| clashes(neighbor, None))
        });
        taken.map(|listener| listener.port)
    }

    fn schedule_probe(&mut self, id: PodId, container: usize, kind: ProbeKind, first: bool) {
        let Some(probe) = kind.of(self.cluster.pod(id), container) else { return };
        let delay = if first { probe.initial_delay } else { probe.period };
        self.queue.after(Millis::from(delay) * SECOND, Event::Probe { pod: id, container, kind });
    }

    /// Runs a probe once. A probe whose verdict stands is not run again: nothing it looks at changes by itself.
    fn probe(&mut self, id: PodId, container: usize, kind: ProbeKind) {
        let pod = self.cluster.pod(id);
        let state = &pod.containers[container];
        let Some(settings) = kind.of(pod, container).cloned() else { return };
        if !state.is_running() || (kind == ProbeKind::Startup) == state.started {
            return;
        }
        let result = probe::run(self.network(), id, container, &settings);
        let tally = self.probes.entry((id, container, kind)).or_default();
        match result {
            Ok(()) => (tally.succeeded, tally.failed) = (tally.succeeded + 1, 0),
            Err(message) => {
                (tally.succeeded, tally.failed) = (0, tally.failed + 1);
                tally.message = format!("{} probe failed: {message}", kind.name());
            }
        }
        let (succeeded, failed) = (tally.succeeded >= settings.success_threshold, tally.failed >= settings.failure_threshold);
        let message = tally.message.clone();
        match (kind, succeeded, failed) {
            (_, false, false) => self.schedule_probe(id, container, kind, false),
            (ProbeKind::Startup, true, _) => self.started(id, container),
            (ProbeKind::Readiness, ready, _) => {
                self.state_mut(id, container).ready = ready;
                self.update_readiness(id);
            }
            (ProbeKind::Startup | ProbeKind::Liveness, _, true) => self.crash(id, container, &message),
            (ProbeKind::Liveness, true, _) => {}
        }
    }

    /// The Ready condition: every main container and sidecar is ready, and no gate is closed.
    fn update_readiness(&mut self, id: PodId) {
        let why = self.why_not_ready(id);
        let pod = self.pod_mut(id);
        let ready = why.is_none();
        if pod.phase == Phase::Pending && pod.containers.iter().any(ContainerState::is_running) {
            let init_left =
                pod.spec().containers.iter().zip(&pod.containers).any(|(container, state)| {
                    container.role == Role::Init && !matches!(state.run, RunState::Terminated { exit_code: 0, .. })
                });
            if !init_left {
                pod.phase = Phase::Running;
            }
        }
        if pod.ready != ready {
            pod.ready = ready;
            self.endpoints_stale = true;
        }
        self.pod_mut(id).why = why.unwrap_or_default();
    }

    fn why_not_ready(&self, id: PodId) -> Option<String> {
        let pod = self.cluster.pod(id);
        if pod.node.is_none() {
            return Some(pod.why.clone());
        }
        match pod.phase {
            Phase::Succeeded => return Some("it has run to completion".into()),
            Phase::Failed => return Some("it has failed".into()),
            Phase::Pending | Phase::Running => {}
        }
        if let Some(ready) = pod.claimed.ready {
            return (!ready).then(|| "its status says that it is not ready".into());
        }
        for (index, (container, state)) in pod.spec().containers.iter().zip(&pod.containers).enumerate() {
            let name = &container.name;
            if container.role == Role::Init {
                if !matches!(state.run, RunState::Terminated { exit_code: 0, .. }) {
                    return Some(format!("init container {name} has not completed"));
                }
                continue;
            }
            match &state.run {
                RunState::Waiting { reason, message } if message.is_empty() => return Some(format!("container {name}: {reason}")),
                RunState::Waiting { reason, message } => return Some(format!("container {name}: {reason}: {message}")),
                RunState::Terminated { reason, .. } => return Some(format!("container {name} has terminated: {reason}")),
                RunState::Running => {}
            }
            if pod.behavior.get(index).is_some_and(|behavior| behavior.ready == Some(false)) {
                return Some(format!("container {name} is not ready: its behavior annotation says so"));
            }
            if !state.ready {
                let failing = [ProbeKind::Startup, ProbeKind::Readiness].iter().find_map(|&kind| {
                    let tally = self.probes.get(&(id, index, kind))?;
                    (tally.failed > 0).then(|| tally.message.clone())
                });
                return Some(format!(
                    "container {name} is not ready: {}",
                    failing.unwrap_or_else(|| "its probe has not succeeded yet".into())
                ));
            }
        }
        // Gates are set by somebody outside the model; in a status they would show in the Ready condition.
        (!pod.spec().readiness_gates.is_empty())
            .then(|| format!("readiness gate {} has not been set", pod.spec().readiness_gates.first().map_or("", String::as_str)))
    }
}

fn finish(pod: &mut Pod) {
    for state in &mut pod.containers {
        if !matches!(state.run, RunState::Terminated { .. }) {
            state.run = RunState::Terminated { reason: "Completed".into(), exit_code: 0 };
        }
        state.ready = false;
    }
}
