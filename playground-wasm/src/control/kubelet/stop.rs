//! The end of a pod (`killPod`, `killContainer`): preStop hooks, SIGTERM, and SIGKILL once the grace period is over; native sidecars
//! get SIGTERM after all that started after them have ended. A container is left two seconds after SIGTERM in any case.

use super::super::Simulation;
use super::super::clock::Millis;
use super::super::log::What;
use super::{Due, ProbeKind, SECOND, Stop, is_over};
use crate::cluster::{Deletion, PodId, RunState};
use crate::model::Role;

/// What a process exits with that got SIGKILL: 128 and the signal's number.
pub const KILLED: i32 = 137;
/// `minimumGracePeriodInSeconds`.
const LEAST_GRACE: Millis = 2 * SECOND;

impl Simulation {
    /// Deletes a pod through the API: it is marked, and goes once its kubelet has stopped it. With a grace period of 0, or without a
    /// kubelet, the API forgets it at once.
    pub(in crate::control) fn delete_pod(&mut self, id: PodId, asked: Option<u32>) {
        let now = self.queue.now();
        let pod = self.pod_mut(id);
        let grace = asked.unwrap_or(pod.spec().termination_grace);
        if pod.gone {
            return;
        }
        if pod.deletion.is_none() {
            pod.deletion = Some(Deletion { at: now, grace });
            pod.terminating = true;
            self.network_version += 1;
            self.publisher.touch(id, &mut self.queue);
            self.awaken(self.cluster.pod(id).workload);
        } else if let Some(deletion) = &mut pod.deletion {
            // Another deletion may shorten the grace period, and does not lengthen it (`BeforeDelete` of the API server).
            if asked.is_none_or(|asked| asked >= deletion.grace) {
                return;
            }
            deletion.grace = grace;
            if grace > 0 {
                self.hurry(id, grace);
                return;
            }
        }
        let pod = self.cluster.pod(id);
        if grace == 0 || pod.node.is_none() || is_over(pod) || !pod.has_sandbox {
            self.remove(id);
            return;
        }
        if pod.node.is_some_and(|node| self.cluster.node(node).up) {
            for container in 0..self.cluster.pod(id).containers.len() {
                self.forget_probe(id, container, ProbeKind::Startup);
                self.forget_probe(id, container, ProbeKind::Liveness);
                self.stop(id, container, grace);
            }
            self.pass_turn(id);
        }
        self.update(id);
    }

    /// Begins to stop a container.
    pub(super) fn stop(&mut self, id: PodId, container: usize, grace: u32) {
        let now = self.queue.now();
        if !self.is_alive(id, container) || self.run(id, container).stop != Stop::No {
            return;
        }
        let grace = Millis::from(grace) * SECOND;
        let (time, error) = if grace > 0 { self.run_hook(id, container, true) } else { (0, None) };
        let run = self.run_mut(id, container);
        run.stop = Stop::Hook;
        run.deadline = now + grace;
        run.fails_hook = error.is_some() && time < grace;
        if run.no_start.is_some() {
            self.tell(id, false, "Killing", "FailedPostStartHook".into());
        } else if run.by_probe.is_none() {
            self.say(id, What::Killing(container));
        }
        let run = self.run_id(id, container);
        self.queue.after(time.min(grace), Due::Stop(run).into());
    }

    /// Gives the containers of a pod that is being stopped no longer than so many seconds from now.
    fn hurry(&mut self, id: PodId, grace: u32) {
        let now = self.queue.now();
        for container in 0..self.cluster.pod(id).containers.len() {
            let run = self.run_mut(id, container);
            let deadline = now + Millis::from(grace) * SECOND;
            if run.stop == Stop::No || run.deadline <= deadline {
                continue;
            }
            run.deadline = deadline;
            let stop = run.stop;
            let run = self.run_id(id, container);
            if stop == Stop::Signalled {
                self.queue.after((deadline - now).max(LEAST_GRACE), Due::Kill(run).into());
            } else {
                self.queue.after(deadline - now, Due::Stop(run).into());
            }
        }
    }

    /// Once the main containers of a pod have run to completion its sidecars are stopped.
    pub(super) fn stop_sidecars(&mut self, id: PodId) {
        let grace = self.cluster.pod(id).spec().termination_grace;
        for container in 0..self.cluster.pod(id).containers.len() {
            self.stop(id, container, grace);
        }
    }

    /// A container's hook is over: SIGTERM, or for a sidecar the wait for its turn.
    pub(super) fn take_turn(&mut self, id: PodId, container: usize) {
        let now = self.queue.now();
        let sidecar = self.cluster.pod(id).spec().containers[container].role == Role::Sidecar;
        let waits = sidecar && self.run(id, container).by_probe.is_none() && self.is_followed(id, container);
        let run = self.run_mut(id, container);
        let deadline = run.deadline;
        if std::mem::take(&mut run.fails_hook) && now < deadline {
            self.tell(id, true, "FailedPreStopHook", "PreStopHook failed".into());
        }
        match self.run_mut(id, container).stop {
            Stop::Hook if waits && now < deadline => {
                self.run_mut(id, container).stop = Stop::Turn;
                let run = self.run_id(id, container);
                self.queue.quietly_after(deadline - now, Due::Stop(run).into());
            }
            Stop::Hook | Stop::Turn => self.signal(id, container),
            Stop::No | Stop::Signalled => {}
        }
    }

    /// Whether a container that started after this one still runs.
    fn is_followed(&self, id: PodId, container: usize) -> bool {
        (container + 1..self.cluster.pod(id).containers.len()).any(|later| self.is_alive(id, later))
    }

    fn signal(&mut self, id: PodId, container: usize) {
        let now = self.queue.now();
        let run = self.run_mut(id, container);
        run.stop = Stop::Signalled;
        // The kubelet counts whole seconds.
        let left = (run.deadline.saturating_sub(now) / SECOND * SECOND).max(LEAST_GRACE);
        let run = self.run_id(id, container);
        let life = &self.cluster.pod(id).behavior[container].life;
        let (ignores, takes) = (life.ignores_sigterm, life.shutdown_ms);
        if !ignores {
            self.state_mut(id, container).listens = false;
            self.network_changed(id);
        }
        if ignores || takes > left {
            self.queue.after(left, Due::Kill(run).into());
        } else {
            self.queue.after(takes, Due::Exit(run, 0).into());
        }
    }

    /// Lets those sidecars go whose turn has come; the last one takes the pod with it.
    pub(super) fn pass_turn(&mut self, id: PodId) {
        let count = self.cluster.pod(id).containers.len();
        for container in 0..count {
            if self.run(id, container).stop == Stop::Turn && !self.is_followed(id, container) {
                self.signal(id, container);
            }
        }
        let alive = (0..count).any(|container| self.is_alive(id, container));
        if !alive && self.cluster.pod(id).deletion.is_some() {
            self.queue.after(SECOND, Due::Remove(id).into());
        }
    }

    /// The API forgets a pod.
    pub(in crate::control) fn remove(&mut self, id: PodId) {
        if self.cluster.pod(id).gone {
            return;
        }
        let pod = self.pod_mut(id);
        pod.gone = true;
        for state in &mut pod.containers {
            state.listens = false;
            if state.run == RunState::Running {
                state.run = RunState::Terminated { reason: "Error".into(), exit_code: KILLED };
            }
        }
        pod.ready = false;
        let (workload, node, over) = (pod.workload, pod.node, is_over(pod));
        if let Some(node) = node.filter(|_| !over) {
            self.scheduler.release(&self.cluster.pods[id.0 as usize], node);
        }
        self.take_addresses(id);
        for container in 0..self.cluster.pod(id).containers.len() {
            self.forget_probes(id, container);
        }
        self.publisher.remove(id, &mut self.queue);
        self.forget(id, workload);
        self.network_version += 1;
        self.wake(workload);
        self.reschedule();
    }

    /// Kills the processes of a container, as a node does that runs out of memory.
    pub(in crate::control) fn kill(&mut self, id: PodId, container: usize) {
        if self.is_alive(id, container) {
            self.exit(id, container, KILLED, String::new());
        }
    }
}
