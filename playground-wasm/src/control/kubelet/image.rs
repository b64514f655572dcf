//! Images that cannot be pulled (`pkg/kubelet/images/image_manager.go`): an attempt fails with `ErrImagePull`, then the container
//! waits in `ImagePullBackOff`, each time twice as long as before.

use super::super::Simulation;
use super::super::clock::Millis;
use super::{Due, SECOND};
use crate::cluster::{PodId, RunState};

/// How long a failed attempt is shown as such: until the kubelet looks at the pod again.
const SHOWN: Millis = 10 * SECOND;
const FIRST: Millis = 20 * SECOND;
const LIMIT: Millis = 300 * SECOND;
/// After this pause nobody need wait for another attempt.
const HOPELESS: Millis = 80 * SECOND;

impl Simulation {
    pub(super) fn fail_pull(&mut self, id: PodId, container: usize) {
        let image = self.cluster.pod(id).spec().containers[container].image.clone();
        let message = format!("failed to pull and unpack image \"{image}\": not found");
        self.tell(id, false, "Pulling", format!("Pulling image \"{image}\""));
        self.tell(id, true, "Failed", format!("Failed to pull image \"{image}\": {message}"));
        self.tell(id, true, "Failed", "Error: ErrImagePull".into());
        let now = self.queue.now();
        let state = self.state_mut(id, container);
        state.run = RunState::Waiting { reason: "ErrImagePull".into(), message };
        state.since = now;
        let run = self.run_id(id, container);
        let back_off = &mut self.run_mut(id, container).pull_back_off;
        *back_off = (*back_off * 2).clamp(FIRST, LIMIT);
        self.queue.after(SHOWN, Due::PullBackOff(run).into());
    }

    /// Containers have got other images: what runs is stopped and started anew (`containerChanged`), what waits for an image tries the
    /// new one at once.
    pub(in crate::control) fn replace_images(&mut self, id: PodId, containers: Vec<usize>) {
        let grace = self.cluster.pod(id).spec().termination_grace;
        for container in containers {
            if self.is_alive(id, container) {
                let name = self.cluster.pod(id).spec().containers[container].name.clone();
                let message = format!("Container {name} definition changed, will be restarted");
                self.tell(id, false, "Killing", message.clone());
                self.forget_probes(id, container);
                self.run_mut(id, container).by_probe = Some(message);
                self.stop(id, container, grace);
            } else if self.run(id, container).pull_back_off > 0 {
                let run = self.run_mut(id, container);
                run.pull_back_off = 0;
                self.queue.after(SECOND, Due::Start(id, container).into());
            }
        }
    }

    pub(super) fn back_off_pull(&mut self, id: PodId, container: usize) {
        let pod = self.cluster.pod(id);
        if pod.deletion.is_some() {
            return;
        }
        let image = pod.spec().containers[container].image.clone();
        let message = format!("Back-off pulling image \"{image}\"");
        self.tell(id, false, "BackOff", message.clone());
        self.tell(id, true, "Failed", "Error: ImagePullBackOff".into());
        let now = self.queue.now();
        let state = self.state_mut(id, container);
        state.run = RunState::Waiting { reason: "ImagePullBackOff".into(), message };
        state.since = now;
        let pause = self.run(id, container).pull_back_off;
        let again = Due::Start(id, container).into();
        if pause >= HOPELESS {
            self.queue.quietly_after(pause - SHOWN, again);
        } else {
            self.queue.after(pause - SHOWN, again);
        }
        self.update(id);
    }
}
