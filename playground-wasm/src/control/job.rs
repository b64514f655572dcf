//! Jobs (`pkg/controller/job/job_controller.go`): as many pods side by side as asked for until enough have succeeded or too many have
//! failed; after a failure the next pod waits for ten seconds, each time twice as long.
//!
//! Left out: pod failure and success policies, deadlines, and a limit for each index.

use std::rc::Rc;

use super::kubelet::{SECOND, is_over};
use super::{Event, Millis, Simulation};
use crate::cluster::{Phase, PodId, WorkloadId};
use crate::model::RestartPolicy;

const BACK_OFF: Millis = 10 * SECOND;
const BACK_OFF_LIMIT: Millis = 600 * SECOND;

impl Simulation {
    pub(super) fn reconcile_job(&mut self, id: WorkloadId) {
        let now = self.queue.now();
        let workload = Rc::clone(&self.cluster.workloads[id.0 as usize].1);
        let control = &workload.control;
        if self.managed[id.0 as usize].finished {
            return;
        }
        let pods = self.managed[id.0 as usize].pods.clone();
        let count = |wanted: &dyn Fn(PodId) -> bool| u32::try_from(pods.iter().filter(|&&pod| wanted(pod)).count()).unwrap_or(0);
        let phase = |pod: PodId| self.cluster.pod(pod).phase;
        let succeeded = count(&|pod| phase(pod) == Phase::Succeeded);
        let failed = count(&|pod| phase(pod) == Phase::Failed);
        let active: Vec<PodId> = pods.iter().copied().filter(|&pod| self.is_active(pod)).collect();
        let restarts: u32 = pods.iter().flat_map(|&pod| &self.cluster.pod(pod).containers).map(|state| state.restarts).sum();
        let managed = &mut self.managed[id.0 as usize];
        if failed > managed.failed {
            managed.failed_at = now;
        }
        (managed.succeeded, managed.failed) = (succeeded, failed);
        let restarting = workload.template.spec.restart_policy == RestartPolicy::OnFailure;
        let limit = control.backoff_limit;
        if failed > limit || restarting && if limit == 0 { restarts > 0 } else { restarts >= limit } {
            managed.finished = true;
            for pod in active {
                self.unmake_pod(pod);
            }
            self.tell_of(id, "BackoffLimitExceeded", "Job has reached the specified backoff limit".into());
            return;
        }
        let running = u32::try_from(active.len()).unwrap_or(u32::MAX);
        let complete = match control.completions {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && running == 0,
        };
        if complete {
            managed.finished = true;
            for pod in active {
                self.unmake_pod(pod);
            }
            self.tell_of(id, "Completed", "Job completed".into());
            return;
        }
        if workload.suspended {
            for pod in active {
                self.unmake_pod(pod);
            }
            return;
        }
        let wanted = match control.completions {
            Some(completions) => workload.replicas.min(completions - succeeded),
            None if succeeded > 0 => running,
            None => workload.replicas,
        };
        let missing = wanted.saturating_sub(running);
        for pod in active.iter().rev().take(running.saturating_sub(wanted) as usize) {
            self.unmake_pod(*pod);
        }
        if missing == 0 {
            return;
        }
        let pause = if failed == 0 { 0 } else { (BACK_OFF << (failed - 1).min(6)).min(BACK_OFF_LIMIT) };
        let earliest = self.managed[id.0 as usize].failed_at + pause;
        if failed > 0 && now < earliest {
            self.queue.after(earliest - now, Event::Reconcile(id));
            return;
        }
        for _ in 0..missing {
            let number = self.next_number(id, control.indexed.then_some(control.completions).flatten());
            self.make_pod(id, &workload.template, number, None);
        }
    }

    /// The number of a Job's next pod; with indexes one whose remainder is an index that no pod has or had with success.
    fn next_number(&mut self, id: WorkloadId, indexes: Option<u32>) -> u32 {
        let managed = &self.managed[id.0 as usize];
        let used = |index: u32| {
            managed.pods.iter().any(|&pod| {
                let pod = self.cluster.pod(pod);
                let own = pod.meta.labels.get("batch.kubernetes.io/job-completion-index").and_then(|text| text.parse::<u32>().ok());
                own == Some(index) && (pod.phase == Phase::Succeeded || !is_over(pod) && !pod.terminating)
            })
        };
        let number = match indexes {
            Some(count) if count > 0 => {
                let index = (0..count).find(|&index| !used(index)).unwrap_or(0);
                managed.made.div_ceil(count) * count + index
            }
            _ => managed.made,
        };
        self.managed[id.0 as usize].made += 1;
        number
    }
}
