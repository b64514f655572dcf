//! Probes as a kubelet runs them (`pkg/kubelet/prober/worker.go`): a startup probe holds the others back, liveness and startup kill,
//! readiness only says so. Each has its own phase: it runs at its start and the initial delay, then every period.
//!
//! A probe whose verdict stands is not run again before something changes that it can see; then it goes on in its phase. So a
//! cluster at rest costs nothing, and its history is the one that running every probe would give.

use super::super::Simulation;
use super::super::clock::Millis;
use super::super::probe::{self, Failed};
use super::{Due, RunId, SECOND};
use crate::cluster::{Pod, PodId};
use crate::model::{Probe, ProbeAction};

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
    succeeded: u32,
    failed: u32,
    /// Why the last one failed; empty where it did not.
    message: String,
    /// When it ran last, or is to run first.
    at: Millis,
    /// It is not run until something changes.
    rests: bool,
}

impl ProbeState {
    pub fn has_failed(&self) -> bool {
        !self.message.is_empty()
    }
}

impl ProbeKind {
    const ALL: [Self; 3] = [Self::Startup, Self::Readiness, Self::Liveness];

    pub(super) fn of(self, pod: &Pod, container: usize) -> Option<&Probe> {
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
    /// Begins with a probe, where the container has it.
    pub(super) fn begin_probe(&mut self, id: PodId, container: usize, kind: ProbeKind) {
        let Some(probe) = kind.of(self.cluster.pod(id), container) else { return };
        let delay = Millis::from(probe.initial_delay) * SECOND;
        let state = ProbeState { at: self.queue.now() + delay, ..ProbeState::default() };
        self.run_mut(id, container).probes[kind as usize] = Some(state);
        let run = self.run_id(id, container);
        self.queue.after(delay, Due::Probe(run, kind).into());
    }

    pub(super) fn forget_probes(&mut self, id: PodId, container: usize) {
        for kind in ProbeKind::ALL {
            self.forget_probe(id, container, kind);
        }
    }

    pub(super) fn forget_probe(&mut self, id: PodId, container: usize, kind: ProbeKind) {
        self.run_mut(id, container).probes[kind as usize] = None;
    }

    /// Lets the probes of a pod that rest look again, each at its next time.
    pub(in crate::control) fn wake_probes(&mut self, id: PodId) {
        let now = self.queue.now();
        for container in 0..self.cluster.pod(id).containers.len() {
            for kind in ProbeKind::ALL {
                let Some(probe) = kind.of(&self.cluster.pods[id.0 as usize], container) else { continue };
                let state = self.runs[id.0 as usize][container].probes[kind as usize].as_mut();
                let Some(state) = state.filter(|state| state.rests) else { continue };
                state.rests = false;
                let period = Millis::from(probe.period) * SECOND;
                let passed = (now - state.at) / period + 1;
                let delay = state.at + passed * period - now;
                let run = self.run_id(id, container);
                self.queue.after(delay, Due::Probe(run, kind).into());
            }
        }
    }

    pub(super) fn probe(&mut self, run: RunId, kind: ProbeKind) {
        let RunId { pod: id, container, .. } = run;
        let pod = self.cluster.pod(id);
        let Some(settings) = kind.of(pod, container).cloned() else { return };
        if !pod.containers[container].is_running() || self.run(id, container).probes[kind as usize].is_none() {
            return;
        }
        self.sync_policies();
        let result = probe::run(self.network(), id, container, &settings);
        let now = self.queue.now();
        let Some(tally) = &mut self.runs[id.0 as usize][container].probes[kind as usize] else { return };
        tally.at = now;
        let failed_now = result.is_err();
        match result {
            Ok(()) => {
                (tally.succeeded, tally.failed) = (tally.succeeded + 1, 0);
                tally.message.clear();
            }
            Err(Failed::Answer(message)) => {
                (tally.succeeded, tally.failed) = (0, tally.failed + 1);
                tally.message = format!("{} probe failed: {message}", kind.name());
            }
            Err(Failed::Error(message)) => {
                tally.rests = true;
                tally.message = format!("{} probe errored and resulted in unknown state: {message}", kind.name());
                let words = capitalized(&tally.message);
                self.tell(id, true, "Unhealthy", words);
                self.update(id);
                return;
            }
        }
        let (succeeded, failed) = (tally.succeeded >= settings.success_threshold, tally.failed >= settings.failure_threshold);
        tally.rests = succeeded || failed;
        let message = tally.message.clone();
        if failed_now {
            self.tell(id, true, "Unhealthy", capitalized(&message));
        }
        if !succeeded && !failed {
            self.queue.after(Millis::from(settings.period) * SECOND, Due::Probe(run, kind).into());
            if failed_now {
                self.update(id);
            }
            return;
        }
        match kind {
            ProbeKind::Startup if succeeded => {
                self.forget_probe(id, container, kind);
                self.started(id, container);
            }
            ProbeKind::Readiness => self.pod_mut(id).containers[container].ready = succeeded,
            ProbeKind::Startup | ProbeKind::Liveness if failed => {
                let grace = settings.termination_grace.unwrap_or(self.cluster.pod(id).spec().termination_grace);
                self.stop_by_probe(id, container, kind.name(), message, grace);
            }
            ProbeKind::Startup | ProbeKind::Liveness => {}
        }
        self.update(id);
    }

    #[inline(never)]
    fn stop_by_probe(&mut self, id: PodId, container: usize, kind: &str, message: String, grace: u32) {
        let name = &self.cluster.pod(id).spec().containers[container].name;
        let words = format!("Container {name} failed {kind} probe, will be restarted");
        self.tell(id, false, "Killing", words);
        self.forget_probes(id, container);
        self.run_mut(id, container).by_probe = Some(message);
        self.stop(id, container, grace);
    }

    /// What the last failure of a probe says that keeps a container from being ready.
    pub(super) fn probe_failure(&self, id: PodId, container: usize) -> Option<&str> {
        [ProbeKind::Startup, ProbeKind::Readiness].iter().find_map(|&kind| {
            let tally = self.run(id, container).probes[kind as usize].as_ref()?;
            Some(tally.message.as_str()).filter(|message| !message.is_empty())
        })
    }
}

fn capitalized(message: &str) -> String {
    let mut words = message.to_owned();
    words[..1].make_ascii_uppercase();
    words
}

/// Whether a probe of the pod looks at something outside it: another host, or a network namespace shared with others.
pub fn looks_far(pod: &Pod) -> bool {
    let far = |probe: &Probe| match &probe.action {
        ProbeAction::HttpGet(get) => get.host.is_some(),
        ProbeAction::TcpSocket { host, .. } => host.is_some(),
        ProbeAction::Grpc { .. } | ProbeAction::Exec { .. } => false,
    };
    let all = |index: usize| ProbeKind::ALL.into_iter().filter_map(move |kind| kind.of(pod, index));
    (0..pod.containers.len()).any(|index| all(index).any(|probe| pod.spec().host_network || far(probe)))
}
