//! Kubelets: sandboxes, containers and probes on the virtual clock (`pkg/kubelet/kuberuntime`, `pkg/kubelet/prober`).
//!
//! What is assumed where only a real machine could tell: a pod's sandbox takes a second and is taken down a second after its last
//! container, a container that ended is seen within a second, an init container that is no known server runs for one, an image is there
//! already.

mod admission;
mod exit;
mod hook;
mod image;
mod probes;
mod reboot;
mod start;
mod status;
mod stop;

use super::Simulation;
use super::clock::Millis;
use super::log::{About, What};
use crate::cluster::{ContainerState, Phase, Pod, PodId, RunState};

use probes::ProbeState;
pub use probes::{ProbeKind, looks_far};

pub const SECOND: Millis = 1_000;

/// A container's run: what is due for another run of it comes too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId {
    pub pod: PodId,
    /// Index in the pod spec's containers.
    pub container: usize,
    number: u32,
}

/// What a kubelet has to do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The sandbox is ready.
    Sandbox(PodId),
    Start(PodId, usize),
    /// The postStart hook is over, or has failed.
    Run(RunId),
    FailedHook(RunId),
    /// The process opens its ports.
    Listen(RunId),
    /// The process exits by itself.
    Exit(RunId, i32),
    Probe(RunId, ProbeKind),
    /// The preStop hook is over, or a sidecar's turn has come.
    Stop(RunId),
    /// The grace period is over.
    Kill(RunId),
    /// A pull that failed is not tried again at once.
    PullBackOff(RunId),
    /// The sandbox is taken down, and the API may forget the pod.
    Remove(PodId),
}

impl Run {
    /// Whether some probe failed last.
    pub fn has_failure(&self) -> bool {
        self.probes.iter().flatten().any(ProbeState::has_failed)
    }
}

impl Due {
    /// The same for a pod of another index.
    pub fn with(self, pod: PodId) -> Self {
        match self {
            Self::Sandbox(_) => Self::Sandbox(pod),
            Self::Start(_, container) => Self::Start(pod, container),
            Self::Remove(_) => Self::Remove(pod),
            Self::Run(run) => Self::Run(RunId { pod, ..run }),
            Self::FailedHook(run) => Self::FailedHook(RunId { pod, ..run }),
            Self::Listen(run) => Self::Listen(RunId { pod, ..run }),
            Self::Exit(run, code) => Self::Exit(RunId { pod, ..run }, code),
            Self::Probe(run, kind) => Self::Probe(RunId { pod, ..run }, kind),
            Self::Stop(run) => Self::Stop(RunId { pod, ..run }),
            Self::Kill(run) => Self::Kill(RunId { pod, ..run }),
            Self::PullBackOff(run) => Self::PullBackOff(RunId { pod, ..run }),
        }
    }

    pub fn pod(self) -> PodId {
        match self {
            Self::Sandbox(pod) | Self::Start(pod, _) | Self::Remove(pod) => pod,
            Self::Run(run)
            | Self::FailedHook(run)
            | Self::Listen(run)
            | Self::Exit(run, _)
            | Self::Probe(run, _)
            | Self::Stop(run)
            | Self::Kill(run)
            | Self::PullBackOff(run) => run.pod,
        }
    }
}

/// What a kubelet remembers of a container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// How its probes stand, by kind.
    probes: [Option<ProbeState>; 3],
    /// How often it was started.
    number: u32,
    /// Its first start is due or was tried.
    attempted: bool,
    /// It has ended and is to be started again.
    restarting: bool,
    stop: Stop,
    /// When it is killed that is being stopped.
    deadline: Millis,
    /// A liveness or startup probe has it stopped, or another image.
    by_probe: Option<String>,
    /// Why its postStart hook, which runs, will fail; then why it did, for which the container is stopped.
    hook_error: Option<String>,
    no_start: Option<String>,
    /// Its preStop hook, which runs, will fail.
    fails_hook: bool,
    /// The pause before the next restart; 0 before the first.
    back_off: Millis,
    backed_off_at: Millis,
    pull_back_off: Millis,
}

/// How far a container is with its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stop {
    #[default]
    No,
    /// Its preStop hook runs.
    Hook,
    /// A sidecar whose hook is over waits for those that started after it.
    Turn,
    /// It has got SIGTERM.
    Signalled,
}

impl Simulation {
    pub(super) fn handle_kubelet(&mut self, due: Due) {
        let pod = self.cluster.pod(due.pod());
        if pod.gone || pod.node.is_none_or(|node| !self.cluster.node(node).up) {
            return;
        }
        match due {
            Due::Sandbox(pod) => self.make_sandbox(pod),
            Due::Start(pod, container) => self.start(pod, container),
            Due::Run(run) if self.is_current(run) => self.running(run.pod, run.container),
            Due::FailedHook(run) if self.is_current(run) => self.post_start_failed(run.pod, run.container),
            Due::Listen(run) if self.is_current(run) => self.listen(run.pod, run.container),
            Due::Exit(run, code) if self.is_current(run) => self.exit(run.pod, run.container, code, String::new()),
            Due::Probe(run, kind) if self.is_current(run) => self.probe(run, kind),
            Due::Stop(run) if self.is_current(run) => self.take_turn(run.pod, run.container),
            Due::Kill(run) if self.is_current(run) => self.exit(run.pod, run.container, stop::KILLED, String::new()),
            Due::PullBackOff(run) if self.is_attempt(run) => self.back_off_pull(run.pod, run.container),
            Due::Remove(pod) => self.remove(pod),
            _ => {}
        }
    }

    pub(super) fn pod_mut(&mut self, id: PodId) -> &mut Pod {
        &mut self.cluster.pods[id.0 as usize]
    }

    fn state_mut(&mut self, id: PodId, container: usize) -> &mut ContainerState {
        &mut self.pod_mut(id).containers[container]
    }

    fn run(&self, id: PodId, container: usize) -> &Run {
        &self.runs[id.0 as usize][container]
    }

    fn run_mut(&mut self, id: PodId, container: usize) -> &mut Run {
        &mut self.runs[id.0 as usize][container]
    }

    fn run_id(&self, pod: PodId, container: usize) -> RunId {
        RunId { pod, container, number: self.run(pod, container).number }
    }

    /// Whether this is the container's last start, and whatever came of it.
    fn is_attempt(&self, run: RunId) -> bool {
        self.run(run.pod, run.container).number == run.number
    }

    fn is_current(&self, run: RunId) -> bool {
        self.is_attempt(run) && self.is_alive(run.pod, run.container)
    }

    /// Whether a container has processes, be it that its postStart hook still runs.
    pub(super) fn is_alive(&self, id: PodId, container: usize) -> bool {
        let state = &self.cluster.pod(id).containers[container];
        let run = self.run(id, container);
        state.is_running() || run.number > 0 && !run.restarting && is_created(state)
    }

    fn say(&mut self, id: PodId, what: What) {
        self.log.push(self.queue.now(), About::Pod(id), what);
    }

    fn tell(&mut self, id: PodId, warning: bool, reason: &'static str, message: String) {
        self.say(id, What::Told { warning, reason, message });
    }

    /// The machine's processes have changed what it answers: probes look again, and whoever looks at the network.
    fn network_changed(&mut self, id: PodId) {
        self.network_version += 1;
        self.wake_probes(id);
        for index in 0..self.far_probes.len() {
            self.wake_probes(self.far_probes[index]);
        }
    }
}

/// A process that runs behind a status which does not say so yet.
const CREATED: &str = "ContainerCreating";

fn is_created(state: &ContainerState) -> bool {
    matches!(&state.run, RunState::Waiting { reason, message } if reason == CREATED && message == HOOK_RUNS)
}

/// What tells a container whose postStart hook runs from one that was not started.
const HOOK_RUNS: &str = "the postStart hook runs";

/// Whether a pod has run to its end.
pub fn is_over(pod: &Pod) -> bool {
    matches!(pod.phase, Phase::Succeeded | Phase::Failed)
}
