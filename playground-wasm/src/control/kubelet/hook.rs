//! Lifecycle hooks (`pkg/kubelet/lifecycle/handlers.go`): how long one takes, and whether it fails.
//!
//! A request is a connection from the node, as a probe's; any answer will do. Of a command what it sleeps counts, and whether it ends
//! with `exit 1` or `false`; others succeed. A `tcpSocket` is no hook that a kubelet can run.

use super::super::Simulation;
use super::super::clock::Millis;
use super::super::probe;
use super::{Due, SECOND, Stop};
use crate::cluster::{PodId, RunState};
use crate::model::{Hook, Role};

/// How long a kubelet tries to connect: the dialer of Go's default transport.
const DIALS: Millis = 30 * SECOND;

impl Simulation {
    /// Runs a container's hook, where it has it: after how long it is over, and what went wrong.
    #[inline(never)]
    pub(super) fn run_hook(&mut self, id: PodId, container: usize, pre_stop: bool) -> (Millis, Option<String>) {
        self.sync_policies();
        let pod = self.cluster.pod(id);
        let of = &pod.spec().containers[container];
        let failed = |what: String, error: String| {
            let whose = format!("Container \"{}\" in Pod \"{}_{}\"", of.name, pod.meta.name, pod.meta.namespace);
            Some(format!("{what} for {whose} failed - error: {error}"))
        };
        match if pre_stop { &of.pre_stop } else { &of.post_start } {
            None => (0, None),
            Some(Hook::Sleep(seconds)) => (Millis::from(*seconds) * SECOND, None),
            Some(Hook::Exec(command)) => {
                let (time, code) = exec(command);
                let line = command.join(" ");
                let error = || failed(format!("Exec lifecycle hook ([{line}])"), format!("command '{line}' exited with {code}: "));
                (time, if code == 0 { None } else { error() })
            }
            Some(Hook::HttpGet(get)) => match probe::get(self.network(), id, container, get) {
                Ok((_, wait_us)) => (wait_us / 1_000, None),
                Err(error) => {
                    let time = if error.ends_with(probe::TIMED_OUT) { DIALS } else { 0 };
                    (time, failed(format!("HTTP lifecycle hook ({})", get.path), error))
                }
            },
            Some(Hook::Invalid) => (0, Some("Cannot run handler: invalid handler".into())),
        }
    }

    /// The container is killed; what comes of it is the restart policy's to say (`startContainer`).
    pub(super) fn post_start_failed(&mut self, id: PodId, container: usize) {
        let grace = self.cluster.pod(id).spec().termination_grace;
        let run = self.run_mut(id, container);
        if run.stop != Stop::No {
            return;
        }
        run.no_start = run.hook_error.take();
        self.tell(id, true, "FailedPostStartHook", "PostStartHook failed".into());
        self.stop(id, container, grace);
    }

    /// A container has ended whose hook failed. Until it is started again its status says so, and the next one has its turn.
    #[inline(never)]
    pub(super) fn after_failed_hook(&mut self, id: PodId, container: usize, message: String, again: bool) {
        let state = self.state_mut(id, container);
        if again && matches!(state.run, RunState::Terminated { .. }) {
            state.run = RunState::Waiting { reason: "PostStartHookError".into(), message };
        }
        if self.cluster.pod(id).spec().containers[container].role == Role::Main {
            self.start_next(id, 0);
        }
    }

    /// Lets a postStart hook's time pass; false where there is nothing to wait for.
    #[inline(never)]
    pub(super) fn await_post_start(&mut self, id: PodId, container: usize) -> bool {
        let (time, error) = self.run_hook(id, container, false);
        if time == 0 && error.is_none() {
            return false;
        }
        let run = self.run_id(id, container);
        let due = if error.is_some() { Due::FailedHook(run) } else { Due::Run(run) };
        self.run_mut(id, container).hook_error = error;
        self.queue.after(time, due.into());
        true
    }
}

/// How long a command sleeps, and what it exits with where that stands in it.
fn exec(command: &[String]) -> (Millis, u32) {
    let line = command.join(" ");
    let (mut time, mut code) = (0, 0);
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    for part in line.split([';', '&', '|', '(', ')', '"', '\'', '\n']) {
        let mut words = part.split_whitespace().peekable();
        while let Some(word) = words.next() {
            match (name(word).as_str(), words.peek()) {
                ("sleep", Some(amount)) => time += sleep_time(amount),
                ("exit", Some(number)) => return (time, number.parse().unwrap_or(0)),
                ("false", None) => code = 1,
                _ => code = 0,
            }
        }
    }
    (time, code)
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
    fn a_command_takes_as_long_as_it_sleeps() {
        let exec = |command: &[&str]| exec(&command.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!(exec(&["sleep", "5"]), (5_000, 0));
        assert_eq!(exec(&["/bin/sh", "-c", "sleep 10 && nginx -s quit"]), (10_000, 0));
        assert_eq!(exec(&["sh", "-c", "sleep 0.5; sleep 1m"]), (60_500, 0));
        assert_eq!(exec(&["nginx", "-s", "quit"]), (0, 0));
        assert_eq!(exec(&["sleep", "forever"]), (0, 0));
        assert_eq!(exec(&["/bin/false"]), (0, 1));
        assert_eq!(exec(&["sh", "-c", "sleep 2; exit 3"]), (2_000, 3));
        assert_eq!(exec(&["sh", "-c", "false || true"]), (0, 0));
        assert_eq!(exec(&["sh", "-c", "echo false; exit 0"]), (0, 0));
    }
}
