//! A container ends: by itself, by a signal or by a probe; whether it starts again is the restart policy's to say, and when the
//! back-off's (`doBackOff`): the first time at once, then after 10 seconds, each time twice as long up to five minutes, and from
//! the beginning once it has run for ten.

use super::super::Simulation;
use super::super::clock::Millis;
use super::{Due, SECOND, Stop, is_over};
use crate::cluster::{Ended, PodId, RunState};
use crate::model::{RestartPolicy, Role};

const BACK_OFF: Millis = 10 * SECOND;
const BACK_OFF_LIMIT: Millis = 300 * SECOND;
/// What ran so long starts with the shortest pause again.
const RECOVERED: Millis = 600 * SECOND;
/// How long it takes a kubelet to see that a container has ended (the period of its PLEG).
const SEEN_AFTER: Millis = SECOND;
/// A container that was started again so often will end again; nobody need wait for it.
const HOPELESS: u32 = 3;

impl Simulation {
    pub(in crate::control) fn exit(&mut self, id: PodId, container: usize, code: i32, cause: String) {
        let now = self.queue.now();
        self.forget_probes(id, container);
        let run = self.run_mut(id, container);
        run.stop = Stop::No;
        let (by_probe, no_start) = (run.by_probe.take(), run.no_start.take());
        let reason = if code == 0 { "Completed" } else { "Error" };
        let cause = by_probe.clone().or(no_start.clone()).unwrap_or(cause);
        let pod = self.pod_mut(id);
        let (role, policy) = (pod.spec().containers[container].role, pod.spec().restart_policy);
        let state = &mut pod.containers[container];
        let ended_before = state.last.as_ref().map(|last| last.at);
        state.run = RunState::Terminated { reason: reason.into(), exit_code: code };
        state.last = Some(Ended { reason, exit_code: code, cause, at: now });
        (state.since, state.listens, state.started) = (now, false, false);
        state.ready = role == Role::Init && code == 0;
        self.network_changed(id);

        let pod = self.cluster.pod(id);
        let again = pod.deletion.is_none()
            && match role {
                Role::Sidecar => !self.are_done(id),
                Role::Init => code != 0 && policy != RestartPolicy::Never,
                Role::Main => policy == RestartPolicy::Always || policy == RestartPolicy::OnFailure && (code != 0 || by_probe.is_some()),
            };
        if again {
            self.restart(id, container, if by_probe.is_some() { ended_before } else { Some(now) });
        } else if pod.deletion.is_some() {
            self.pass_turn(id);
        } else if role == Role::Init && code == 0 {
            self.start_next(id, 0);
        } else if self.are_done(id) {
            self.stop_sidecars(id);
            self.pass_turn(id);
        }
        if let Some(message) = no_start {
            self.after_failed_hook(id, container, message, again);
        }
        self.update(id);
    }

    /// Starts a container again: at once where it is not in back-off since that time, else when that is over. A probe kills and
    /// starts in one sync, which knows of earlier ends only: where there was none, no back-off begins.
    #[inline(never)]
    fn restart(&mut self, id: PodId, container: usize, since: Option<Millis>) {
        let now = self.queue.now();
        let run = self.run_mut(id, container);
        run.restarting = true;
        let Some(since) = since else {
            self.queue.after(SEEN_AFTER, Due::Start(id, container).into());
            return;
        };
        if run.back_off == 0 || since.saturating_sub(run.backed_off_at) > RECOVERED {
            run.back_off = 0;
        }
        let waits = now - since.min(now) < run.back_off;
        let pause = if waits { run.back_off } else { SEEN_AFTER };
        run.back_off = (run.back_off * 2).clamp(BACK_OFF, BACK_OFF_LIMIT);
        run.backed_off_at = now + pause;
        let hopeless = self.cluster.pod(id).containers[container].restarts >= HOPELESS;
        if waits {
            let pod = self.cluster.pod(id);
            let (name, container_name) = (pod.meta.name.clone(), pod.spec().containers[container].name.clone());
            let namespace = pod.meta.namespace.clone();
            self.tell(id, true, "BackOff", format!("Back-off restarting failed container {container_name} in pod {name}_{namespace}"));
            let message = format!("back-off {} restarting failed container={container_name} pod={name}_{namespace}", go_duration(pause));
            self.state_mut(id, container).run = RunState::Waiting { reason: "CrashLoopBackOff".into(), message };
        }
        let start = Due::Start(id, container).into();
        if waits && hopeless {
            self.queue.quietly_after(pause, start);
        } else {
            self.queue.after(pause, start);
        }
    }

    /// Whether the main containers have ended and none of them starts again.
    pub(super) fn are_done(&self, id: PodId) -> bool {
        let pod = self.cluster.pod(id);
        let failed = |index: usize| matches!(pod.containers[index].run, RunState::Terminated { exit_code, .. } if exit_code != 0);
        let ended = |index: usize| matches!(pod.containers[index].run, RunState::Terminated { .. }) && !self.run(id, index).restarting;
        let roles = || pod.spec().containers.iter().map(|container| container.role).enumerate();
        let init_failed = roles().any(|(index, role)| role == Role::Init && failed(index) && ended(index));
        is_over(pod) || init_failed || roles().all(|(index, role)| role != Role::Main || ended(index))
    }
}

/// A duration as Go writes it: `10s`, `1m20s`, `5m0s`.
fn go_duration(time: Millis) -> String {
    let seconds = time / SECOND;
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}
