//! A machine that comes back has lost all processes: a kubelet finds its pods without sandboxes and makes them anew, with other
//! addresses (`computePodActions`, "Pod sandbox changed, it will be killed and re-created").

use super::super::Simulation;
use super::{Due, Run, SECOND, Stop};
use crate::cluster::{ContainerState, Ended, PodId, RunState};

/// What a container exited with whose machine went away under it.
const LOST: i32 = 255;

impl Simulation {
    pub(in crate::control) fn reboot(&mut self, id: PodId) {
        let now = self.queue.now();
        for container in 0..self.cluster.pod(id).containers.len() {
            self.forget_probes(id, container);
            let run = self.run_mut(id, container);
            let ran = run.number > 0;
            *run = Run { number: run.number + 1, stop: Stop::No, ..Run::default() };
            let state = self.state_mut(id, container);
            let restarts = state.restarts + u32::from(ran);
            let last = Ended { reason: "Unknown", exit_code: LOST, cause: String::new(), at: now };
            let waits = matches!(state.run, RunState::Waiting { .. }).then(|| state.run.clone());
            *state = ContainerState { restarts, since: now, last: Some(last).filter(|_| ran), ..ContainerState::waiting(super::CREATED) };
            if let Some(waits) = waits.filter(|_| !ran) {
                state.run = waits;
            }
        }
        if self.cluster.pod(id).has_sandbox {
            self.tell(id, false, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.".into());
        }
        self.pod_mut(id).has_sandbox = false;
        if self.cluster.pod(id).claimed.ips.is_empty() {
            self.take_addresses(id);
            self.give_address(id);
        }
        self.queue.after(SECOND, Due::Sandbox(id).into());
        self.update(id);
        self.network_version += 1;
    }

    /// A ConfigMap or Secret has come that a container waited for.
    pub(in crate::control) fn retry_config(&mut self, id: PodId) {
        let waits: Vec<usize> = (0..self.cluster.pod(id).containers.len())
            .filter(|&container| super::super::behave::lacks_config(&self.cluster.pod(id).containers[container]))
            .collect();
        if waits.is_empty() {
            return;
        }
        for &container in &waits {
            self.state_mut(id, container).run = ContainerState::waiting(super::CREATED).run;
        }
        self.behave_again(id);
        for container in waits {
            if self.run(id, container).attempted {
                self.queue.after(SECOND, Due::Start(id, container).into());
            }
        }
        self.update(id);
    }
}
