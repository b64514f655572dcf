//! Jobs (`pkg/controller/job/job_controller.go`): as many pods side by side as asked for until enough have succeeded or too many have
//! failed; after a failure the next pod waits for ten seconds, each time twice as long. What has finished is deleted when its time is
//! over (`pkg/controller/ttlafterfinished`); nobody need wait for that.
//!
//! Left out: success policies, failure policies by a pod's conditions, and a limit for each index.

use std::collections::btree_map::Entry;
use std::rc::Rc;

use super::kubelet::{SECOND, is_over};
use super::pods::INDEX_LABEL;
use super::workloads::{JobEnd, Managed};
use super::{Event, Millis, Simulation};
use crate::cluster::{Phase, Pod, PodId, RunState, WorkloadId};
use crate::model::RestartPolicy;

const COMPLETED: &str = "Completed";
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
        if self.managed[id.0 as usize].ending.is_some() {
            self.finish_job(id);
            return;
        }
        let pods = self.managed[id.0 as usize].pods.clone();
        if let Some(message) = self.count_ended(id, &pods) {
            self.end_job(id, "PodFailurePolicy", message);
            return;
        }
        let ends = self.managed[id.0 as usize].ended.values();
        let count = |wanted: &dyn Fn(JobEnd) -> bool| u32::try_from(ends.clone().filter(|&&end| wanted(end)).count()).unwrap_or(0);
        let succeeded = count(&|end| matches!(end, JobEnd::Succeeded(_)));
        let failed = count(&|end| end == JobEnd::Failed);
        let active: Vec<PodId> = pods.iter().copied().filter(|&pod| self.is_active(pod)).collect();
        let restarts: u32 = pods.iter().flat_map(|&pod| &self.cluster.pod(pod).containers).map(|state| state.restarts).sum();
        let restarting = workload.template.spec.restart_policy == RestartPolicy::OnFailure;
        let limit = control.backoff_limit;
        if failed > limit || restarting && if limit == 0 { restarts > 0 } else { restarts >= limit } {
            self.end_job(id, "BackoffLimitExceeded", "Job has reached the specified backoff limit".into());
            return;
        }
        if self.is_past_deadline(id) {
            self.end_job(id, "DeadlineExceeded", "Job was active longer than specified deadline".into());
            return;
        }
        let running = u32::try_from(active.len()).unwrap_or(u32::MAX);
        let complete = match control.completions {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && running == 0,
        };
        if complete {
            self.end_job(id, COMPLETED, "Job completed".into());
            return;
        }
        let was_suspended = std::mem::replace(&mut self.managed[id.0 as usize].suspended, workload.suspended);
        if workload.suspended != was_suspended {
            let (reason, message) = if was_suspended { ("Resumed", "Job resumed") } else { ("Suspended", "Job suspended") };
            self.tell_of(id, false, reason, message.into());
        }
        if workload.suspended {
            self.drop_pods(id, active);
            return;
        }
        let wanted = match control.completions {
            Some(completions) => workload.replicas.min(completions - succeeded),
            None if succeeded > 0 => running,
            None => workload.replicas,
        };
        let ending = pods.iter().filter(|&&pod| self.is_ending(pod)).count();
        let awaited = if control.patient { u32::try_from(ending).unwrap_or(u32::MAX) } else { 0 };
        let missing = wanted.saturating_sub(running).saturating_sub(awaited);
        self.drop_pods(id, active.into_iter().rev().take(running.saturating_sub(wanted) as usize).collect());
        if missing == 0 {
            return;
        }
        let Managed { failures, failed_at, .. } = self.managed[id.0 as usize];
        let pause = if failures == 0 { 0 } else { (BACK_OFF << (failures - 1).min(6)).min(BACK_OFF_LIMIT) };
        let earliest = failed_at + pause;
        if failures > 0 && now < earliest {
            self.queue.after(earliest - now, Event::Reconcile(id));
            return;
        }
        for _ in 0..missing {
            let number = self.next_number(id, control.indexed.then_some(control.completions).flatten());
            self.make_pod(id, &workload.template, number, None);
        }
    }

    /// Whether a pod is being deleted and has not come to its end.
    fn is_ending(&self, id: PodId) -> bool {
        let pod = self.cluster.pod(id);
        pod.terminating && !pod.gone && !is_over(pod)
    }

    /// A Job has completed or failed: its pods are deleted that still run, and it has finished once they have ended
    /// (`delayTerminalCondition`).
    fn end_job(&mut self, id: WorkloadId, reason: &'static str, message: String) {
        self.managed[id.0 as usize].ending = Some((reason, message));
        let active = self.managed[id.0 as usize].pods.iter().copied().filter(|&pod| self.is_active(pod)).collect();
        self.drop_pods(id, active);
        self.finish_job(id);
    }

    fn finish_job(&mut self, id: WorkloadId) {
        if self.managed[id.0 as usize].pods.iter().any(|&pod| self.is_ending(pod)) {
            return;
        }
        self.managed[id.0 as usize].finished = true;
        if let Some((reason, message)) = self.managed[id.0 as usize].ending.take() {
            self.tell_of(id, reason != COMPLETED, reason, message);
        }
        if let Some(ttl) = self.cluster.workload(id).control.ttl {
            self.queue.quietly_after(Millis::from(ttl) * SECOND, Event::Expire(id));
        }
    }

    /// The time of a finished Job is over.
    pub(super) fn expire(&mut self, id: WorkloadId) {
        if !self.cluster.is_deleted(id) {
            let object = self.cluster.workloads[id.0 as usize].0;
            self.delete_object(&self.cluster.sources.id(object).clone());
        }
    }

    /// What a failed pod means by the Job's policy, and why it fails the Job where it does (`matchPodFailurePolicy`).
    fn judge(&self, id: WorkloadId, pod: &Pod) -> (JobEnd, Option<String>) {
        let codes = || {
            pod.spec().containers.iter().zip(&pod.containers).filter_map(|(container, state)| match state.run {
                RunState::Terminated { exit_code, .. } if exit_code != 0 => Some((&container.name, exit_code)),
                _ => None,
            })
        };
        for (index, rule) in self.cluster.workload(id).control.failure_rules.iter().enumerate() {
            let named = |name: &String| rule.container.as_ref().is_none_or(|wanted| wanted == name);
            let found = codes().find(|(name, code)| named(name) && !rule.codes.is_empty() && rule.codes.contains(code) != rule.others);
            let Some((name, code)) = found else { continue };
            return match rule.action.as_str() {
                "Ignore" => (JobEnd::Dropped, None),
                "FailJob" => {
                    let whose = format!("Container {name} for pod {}/{}", pod.meta.namespace, pod.meta.name);
                    let message = format!("{whose} failed with exit code {code} matching FailJob rule at index {index}");
                    (JobEnd::Failed, Some(message))
                }
                _ => (JobEnd::Failed, None),
            };
        }
        (JobEnd::Failed, None)
    }

    /// Notes which pods have ended since the last look, and gives why one of them fails the Job. One that somebody else deletes has
    /// failed, too (`isPodFailed`), under a failure policy once it has ended; what has ended counts after it is gone, and a success ends
    /// the back-off.
    fn count_ended(&mut self, id: WorkloadId, pods: &[PodId]) -> Option<String> {
        let now = self.queue.now();
        let (mut succeeded, mut failed) = (false, 0);
        let mut fails = None;
        let patient = self.cluster.workload(id).control.patient;
        for &pod in pods {
            let of = self.cluster.pod(pod);
            let end = match of.phase {
                Phase::Succeeded => JobEnd::Succeeded(index_of(of)),
                Phase::Failed => {
                    let (end, why) = self.judge(id, of);
                    fails = fails.or(why);
                    end
                }
                Phase::Pending | Phase::Running if of.deletion.is_some() && !patient => JobEnd::Failed,
                Phase::Pending | Phase::Running => continue,
            };
            if let Entry::Vacant(entry) = self.managed[id.0 as usize].ended.entry(pod) {
                entry.insert(end);
                succeeded |= matches!(end, JobEnd::Succeeded(_));
                failed += u32::from(end == JobEnd::Failed);
            }
        }
        let managed = &mut self.managed[id.0 as usize];
        if succeeded {
            managed.failures = 0;
        } else if failed > 0 {
            managed.failures += failed;
            managed.failed_at = now;
        }
        fails
    }

    /// Whether a Job has been active for longer than it may (`pastActiveDeadline`); a suspended one is not active, and begins anew.
    fn is_past_deadline(&mut self, id: WorkloadId) -> bool {
        let now = self.queue.now();
        let workload = self.cluster.workload(id);
        let (suspended, deadline) = (workload.suspended, workload.control.active_deadline);
        let started = &mut self.managed[id.0 as usize].started_at;
        if suspended {
            *started = None;
            return false;
        }
        let is_new = started.is_none();
        let started = *started.get_or_insert(now);
        let Some(deadline) = deadline.map(|seconds| Millis::from(seconds) * SECOND) else { return false };
        if is_new {
            self.queue.after(deadline, Event::Reconcile(id));
        }
        now >= started + deadline
    }

    /// Deletes pods that the Job has no use for; they have not failed.
    fn drop_pods(&mut self, id: WorkloadId, pods: Vec<PodId>) {
        for pod in pods {
            self.managed[id.0 as usize].ended.insert(pod, JobEnd::Dropped);
            self.unmake_pod(pod);
        }
    }

    /// The number of a Job's next pod; with indexes one whose remainder is an index that no pod has or had with success.
    fn next_number(&mut self, id: WorkloadId, indexes: Option<u32>) -> u32 {
        let managed = &self.managed[id.0 as usize];
        let used = |index: u32| {
            managed.ended.values().any(|&end| end == JobEnd::Succeeded(Some(index)))
                || managed.pods.iter().any(|&pod| self.is_active(pod) && index_of(self.cluster.pod(pod)) == Some(index))
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

/// The completion index of a Job's pod.
fn index_of(pod: &Pod) -> Option<u32> {
    pod.meta.labels.get(INDEX_LABEL)?.parse().ok()
}
