//! Kubelets: sandboxes, containers and probes on the virtual clock (`pkg/kubelet/kuberuntime`, `pkg/kubelet/prober`).
//!
//! What is assumed where only a real machine could tell: a pod's sandbox takes a second and is taken down a second after its last
//! container, a container that ended is seen within a second, an init container that is no known server runs for one, an image is there
//! already.

mod exit;
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
use crate::model::Hook;

pub use probes::{ProbeKind, ProbeState, looks_far};

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
    /// The postStart hook is over.
    Run(RunId),
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

impl Due {
    fn pod(self) -> PodId {
        match self {
            Self::Sandbox(pod) | Self::Start(pod, _) | Self::Remove(pod) => pod,
            Self::Run(run)
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
#[derive(Debug, Clone, Default)]
pub struct Run {
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

/// How long a hook takes: what a command sleeps; a request is answered at once.
fn hook_time(hook: Option<&Hook>) -> Millis {
    match hook {
        None | Some(Hook::HttpGet(_)) => 0,
        Some(Hook::Sleep(seconds)) => Millis::from(*seconds) * SECOND,
        Some(Hook::Exec(command)) => {
            let line = command.join(" ");
            let words: Vec<&str> =
                line.split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c)).filter(|word| !word.is_empty()).collect();
            words.windows(2).filter(|pair| pair[0] == "sleep" || pair[0].ends_with("/sleep")).map(|pair| sleep_time(pair[1])).sum()
        }
    }
}

/// `5`, `0.5`, `5s` or `1m` as milliseconds; what is no number does not sleep.
fn sleep_time(word: &str) -> Millis {
    let unit = |suffix: char, millis: u32| word.strip_suffix(suffix).map(|number| (number, millis));
    let (number, unit) = unit('s', 1_000).or(unit('m', 60_000)).or(unit('h', 3_600_000)).unwrap_or((word, 1_000));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    let whole = if whole.is_empty() { Some(0) } else { whole.parse::<u32>().ok() };
    match (whole, thousandths.parse::<u32>()) {
        (Some(whole), Ok(part)) => (Millis::from(whole) * 1_000 + Millis::from(part)) * Millis::from(unit) / 1_000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_takes_as_long_as_it_sleeps() {
        let exec = |command: &[&str]| hook_time(Some(&Hook::Exec(command.iter().map(|&word| word.to_owned()).collect())));
        assert_eq!(exec(&["sleep", "5"]), 5_000);
        assert_eq!(exec(&["/bin/sh", "-c", "sleep 10 && nginx -s quit"]), 10_000);
        assert_eq!(exec(&["sh", "-c", "sleep 0.5; sleep 1m"]), 60_500);
        assert_eq!(exec(&["nginx", "-s", "quit"]), 0);
        assert_eq!(exec(&["sleep", "forever"]), 0);
        assert_eq!(hook_time(Some(&Hook::Sleep(7))), 7_000);
    }
}
