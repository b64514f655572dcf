//! A pod's phase, conditions and readiness, made anew of its containers whenever something about them changed (`getPhase` of
//! `pkg/kubelet/kubelet_pods.go`, `pkg/kubelet/status/generate.go`).

use super::super::Simulation;
use super::is_over;
use crate::cluster::{ContainerState, Phase, Pod, PodId, RunState};
use crate::model::{RestartPolicy, Role};

impl Simulation {
    /// Brings a pod's status up to date, and tells those who wait for a change of it.
    pub(in crate::control) fn update(&mut self, id: PodId) {
        let now = self.queue.now();
        let before = self.cluster.pod(id);
        if before.gone {
            return;
        }
        let was_over = is_over(before);
        let phase = self.phase(id);
        self.pod_mut(id).phase = phase;
        let why = self.why_not_ready(id);
        let pod = self.cluster.pod(id);
        let gated = !pod.spec().readiness_gates.is_empty() && pod.claimed.ready.is_none();
        // Of a node that has gone silent the controller takes the Ready condition alone (`MarkPodsNotReady`).
        let silent = pod.node.is_some_and(|node| !self.cluster.node(node).up);
        let ready = why.is_none();
        let initialized = pod.node.is_some() && initialized(pod);
        let pod = self.pod_mut(id);
        pod.conditions.ready_to_start.set(pod.has_sandbox && !is_over(pod), now);
        pod.conditions.initialized.set(initialized, now);
        pod.conditions.containers_ready.set(ready || (gated || silent) && containers_ready(pod), now);
        pod.conditions.ready.set(ready, now);
        let changed = pod.ready != ready;
        pod.ready = ready;
        pod.why = why.unwrap_or_default();
        let over = is_over(pod);
        let (workload, node) = (pod.workload, pod.node);
        if over && !was_over && now > 0 {
            if let Some(node) = node {
                self.scheduler.release(&self.cluster.pods[id.0 as usize], node);
            }
            self.reschedule();
        }
        if changed || over != was_over {
            self.publisher.touch(id, &mut self.queue);
            self.wake(workload);
            if ready {
                self.wake_when_available(id);
            }
        }
    }

    fn phase(&self, id: PodId) -> Phase {
        let pod = self.cluster.pod(id);
        if is_over(pod) || pod.node.is_none() {
            return pod.phase;
        }
        let states = || pod.spec().containers.iter().zip(&pod.containers);
        let (mut running, mut waiting, mut failed, mut mains) = (false, false, false, false);
        for (index, (container, state)) in states().enumerate() {
            let lost = matches!(state.run, RunState::Terminated { exit_code, .. } if exit_code != 0);
            match container.role {
                Role::Main => {
                    mains = true;
                    waiting |= matches!(state.run, RunState::Waiting { .. }) && state.last.is_none();
                    running |= state.is_running() || matches!(state.run, RunState::Waiting { .. }) || self.run(id, index).restarting;
                    failed |= lost;
                }
                Role::Sidecar => running |= self.is_alive(id, index),
                Role::Init if lost && pod.spec().restart_policy == RestartPolicy::Never => return Phase::Failed,
                Role::Init => {}
            }
        }
        if !mains || waiting {
            return Phase::Pending;
        }
        match pod.spec().restart_policy {
            _ if running => Phase::Running,
            RestartPolicy::Always => Phase::Running,
            RestartPolicy::OnFailure if failed => Phase::Running,
            _ if failed => Phase::Failed,
            _ => Phase::Succeeded,
        }
    }

    fn why_not_ready(&self, id: PodId) -> Option<String> {
        let pod = self.cluster.pod(id);
        let Some(node) = pod.node else { return Some(pod.why.clone()) };
        match pod.phase {
            Phase::Succeeded => return Some("it has run to completion".into()),
            Phase::Failed if !pod.reason.is_empty() => return Some(pod.why.clone()),
            Phase::Failed => return Some("it has failed".into()),
            Phase::Pending | Phase::Running => {}
        }
        let node = self.cluster.node(node);
        if !node.up && !node.ready {
            return Some(format!("{} has not been heard of and is not ready", node.name));
        }
        if let Some(ready) = pod.claimed.ready.filter(|_| pod.deletion.is_none() && pod.containers.iter().all(|state| state.last.is_none()))
        {
            return (!ready).then(|| "its status says that it is not ready".into());
        }
        for (index, (container, state)) in pod.spec().containers.iter().zip(&pod.containers).enumerate() {
            let name = &container.name;
            if container.role == Role::Init {
                if !state.has_succeeded() {
                    return Some(format!("init container {name} has not completed"));
                }
                continue;
            }
            match &state.run {
                RunState::Waiting { reason, message } => {
                    let cause = state.last.as_ref().map(|last| last.cause.as_str()).filter(|cause| !cause.is_empty());
                    let message = cause.unwrap_or(if reason == super::CREATED { "" } else { message });
                    let colon = if message.is_empty() { "" } else { ": " };
                    return Some(format!("container {name}: {reason}{colon}{message}"));
                }
                RunState::Terminated { reason, .. } => return Some(format!("container {name} has terminated: {reason}")),
                RunState::Running => {}
            }
            let failing = if pod.behavior.get(index).is_some_and(|behavior| behavior.ready == Some(false)) {
                "its behavior annotation says so"
            } else if state.ready {
                continue;
            } else {
                self.probe_failure(id, index).unwrap_or("its probe has not succeeded yet")
            };
            return Some(format!("container {name} is not ready: {failing}"));
        }
        let gates = &pod.spec().readiness_gates;
        if gates.is_empty() { None } else { Some(unset_gates(gates)) }
    }
}

/// Gates are set by somebody outside the model; in a status they would show in the Ready condition.
#[inline(never)]
fn unset_gates(gates: &[String]) -> String {
    let unset = gates.iter().map(|gate| format!("corresponding condition of pod readiness gate \"{gate}\" does not exist."));
    unset.collect::<Vec<_>>().join(", ")
}

/// Init containers have completed and sidecars have started, or a main container has ever run (`GeneratePodInitializedCondition`).
fn initialized(pod: &Pod) -> bool {
    let states = || pod.spec().containers.iter().zip(&pod.containers);
    let ran = |state: &ContainerState| state.last.is_some() || !matches!(state.run, RunState::Waiting { .. });
    states().any(|(container, state)| container.role == Role::Main && ran(state))
        || states().all(|(container, state)| match container.role {
            Role::Init => state.has_succeeded(),
            Role::Sidecar => state.started,
            Role::Main => true,
        })
}

fn containers_ready(pod: &Pod) -> bool {
    pod.spec()
        .containers
        .iter()
        .zip(&pod.containers)
        .all(|(container, state)| container.role == Role::Init || state.is_running() && state.ready)
}
