//! The order in which containers start (`computePodActions`, `computeInitContainerActions`, `startContainer`): init containers one
//! after the other, a sidecar lets the next one start once it has started, then the main ones in their order, each behind the
//! postStart hook of the one before.

use super::super::Simulation;
use super::super::behave::lacks_config;
use super::super::clock::Millis;
use super::super::log::What;
use super::{CREATED, Due, HOOK_RUNS, ProbeKind, SECOND, is_over};
use crate::cluster::{Phase, Pod, PodId, RunState};
use crate::dns::hosts::full_hostname;
use crate::model::{Role, WorkloadKind};

/// How long a kubelet waits before it tries again to make a sandbox.
const SANDBOX_RETRY: Millis = 15 * SECOND;
/// `fqdnMaxLen` of `pkg/kubelet/util`: what Linux has room for.
const MAX_HOSTNAME: usize = 64;

impl Simulation {
    /// A kubelet hears of a pod that was bound to its node.
    pub(in crate::control) fn admit(&mut self, id: PodId) {
        let pod = self.pod_mut(id);
        if let Some(phase) = &pod.claimed.finished {
            pod.phase = if phase == "Succeeded" { Phase::Succeeded } else { Phase::Failed };
            for state in &mut pod.containers {
                state.run = RunState::Terminated { reason: "Completed".into(), exit_code: 0 };
            }
        } else if pod.node.is_some() {
            let due = Due::Sandbox(id).into();
            if self.is_hopeless(id) {
                self.queue.quietly_after(SECOND, due);
            } else {
                self.queue.after(SECOND, due);
            }
            self.heed_taints(id);
        }
        self.update(id);
    }

    pub(super) fn make_sandbox(&mut self, id: PodId) {
        let pod = self.pod_mut(id);
        if pod.deletion.is_some() || is_over(pod) || self.refuse(id) || self.has_long_hostname(id) || self.lacks_address(id) {
            return;
        }
        self.pod_mut(id).has_sandbox = true;
        self.publisher.touch(id, &mut self.queue);
        self.start_next(id, 0);
        self.update(id);
    }

    /// Without an address there is no sandbox: the kubelet tries again until the network plugin has one left.
    #[inline(never)]
    fn lacks_address(&mut self, id: PodId) -> bool {
        if self.cluster.pod(id).ips.is_empty() {
            self.give_address(id);
        }
        let pod = self.cluster.pod(id);
        if !pod.ips.is_empty() {
            return false;
        }
        let node = pod.node.map(|node| self.cluster.node(node));
        let ranges: Vec<String> = node.into_iter().flat_map(|node| &node.pod_cidrs).map(ToString::to_string).collect();
        let message = format!(
            "Failed to create pod sandbox: failed to setup network for sandbox: no IP addresses available in range set: {}",
            ranges.join(", ")
        );
        self.tell(id, true, "FailedCreatePodSandBox", message);
        self.queue.quietly_after(SANDBOX_RETRY, Due::Sandbox(id).into());
        true
    }

    /// The kernel takes a hostname of 64 characters; with more there is no sandbox either (`GetNodenameForKernel`).
    #[inline(never)]
    fn has_long_hostname(&mut self, id: PodId) -> bool {
        let pod = self.cluster.pod(id);
        let full = full_hostname(&self.cluster, pod).filter(|name| pod.spec().hostname_as_fqdn && name.len() > MAX_HOSTNAME);
        let Some(name) = full else { return false };
        let message = format!(
            "Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN {name} is too long \
             ({MAX_HOSTNAME} characters is the max, {} characters requested)",
            name.len()
        );
        self.tell(id, true, "FailedCreatePodSandBox", message);
        self.queue.quietly_after(SANDBOX_RETRY, Due::Sandbox(id).into());
        true
    }

    /// Starts the first container that waits for its turn.
    pub(super) fn start_next(&mut self, id: PodId, delay: Millis) {
        let pod = self.cluster.pod(id);
        for (index, (container, state)) in pod.spec().containers.iter().zip(&pod.containers).enumerate() {
            if !self.run(id, index).attempted {
                self.run_mut(id, index).attempted = true;
                self.queue.after(delay, Due::Start(id, index).into());
                return;
            }
            let passed = match container.role {
                Role::Init => state.has_succeeded(),
                Role::Sidecar => state.started,
                Role::Main => true,
            };
            if !passed {
                return;
            }
        }
    }

    pub(super) fn start(&mut self, id: PodId, container: usize) {
        let pod = self.cluster.pod(id);
        if pod.deletion.is_some() || is_over(pod) || self.is_alive(id, container) {
            return;
        }
        let role = pod.spec().containers[container].role;
        let (config_error, missing) = (lacks_config(&pod.containers[container]), pod.behavior[container].life.missing_image);
        let run = self.run_mut(id, container);
        run.number += 1;
        let restarted = std::mem::take(&mut run.restarting);
        run.by_probe = None;
        self.state_mut(id, container).restarts += u32::from(restarted);
        if config_error || missing {
            self.fail_to_start(id, container, missing);
            return;
        }
        for what in [What::Pulled(container), What::Created(container), What::Started(container)] {
            self.say(id, what);
        }
        let now = self.queue.now();
        self.state_mut(id, container).since = now;
        if let Some(port) = self.taken_port(id, container) {
            self.exit(id, container, 1, format!("bind: address already in use (port {port})"));
            if role == Role::Main {
                self.start_next(id, 0);
            }
            return;
        }
        let run = self.run_id(id, container);
        let pod = self.cluster.pod(id);
        let behavior = &pod.behavior[container];
        let (startup, life) = (behavior.life.startup_ms, &behavior.life);
        let job = matches!(self.cluster.workload(pod.workload).kind, WorkloadKind::Job | WorkloadKind::CronJob);
        let exit = match life.crash_after_ms {
            Some(time) => Some((time, life.exit_code)),
            // A known server and a proxy serve on, also where they should not stand; declared ports alone make no server of an init
            // container.
            None if role == Role::Init && behavior.proxy.is_none() && (behavior.assumed || behavior.listeners.is_empty()) => {
                Some((SECOND, 0))
            }
            None if job && role == Role::Main && behavior.listeners.is_empty() => Some((SECOND, 0)),
            None => None,
        };
        self.state_mut(id, container).run = RunState::Waiting { reason: CREATED.into(), message: HOOK_RUNS.into() };
        if let Some((time, code)) = exit {
            self.queue.after(time, Due::Exit(run, code).into());
        }
        if startup == 0 {
            self.state_mut(id, container).listens = true;
        } else {
            self.queue.after(startup, Due::Listen(run).into());
        }
        if self.cluster.pod(id).spec().containers[container].post_start.is_some() && self.await_post_start(id, container) {
            self.network_changed(id);
            self.update(id);
        } else {
            self.running(id, container);
        }
    }

    /// A container whose image or configuration is missing waits, and the next one has its turn.
    #[inline(never)]
    fn fail_to_start(&mut self, id: PodId, container: usize, missing: bool) {
        if missing {
            self.fail_pull(id, container);
        } else if let RunState::Waiting { message, .. } = &self.cluster.pod(id).containers[container].run {
            let message = format!("Error: {message}");
            self.tell(id, true, "Failed", message);
        }
        if self.cluster.pod(id).spec().containers[container].role == Role::Main {
            self.start_next(id, 0);
        }
        self.update(id);
    }

    pub(super) fn listen(&mut self, id: PodId, container: usize) {
        self.state_mut(id, container).listens = true;
        self.network_changed(id);
    }

    /// The status says that the container runs, and its probes begin.
    pub(super) fn running(&mut self, id: PodId, container: usize) {
        let state = self.state_mut(id, container);
        state.run = RunState::Running;
        self.network_changed(id);
        let pod = self.cluster.pod(id);
        let role = pod.spec().containers[container].role;
        if ProbeKind::Startup.of(pod, container).is_some() {
            self.begin_probe(id, container, ProbeKind::Startup);
        } else {
            self.started(id, container);
        }
        if role == Role::Main {
            self.start_next(id, 0);
        }
        self.update(id);
    }

    /// The startup probe has succeeded, or there is none: the other probes begin, and a sidecar lets the next one start.
    pub(super) fn started(&mut self, id: PodId, container: usize) {
        let pod = self.cluster.pod(id);
        let role = pod.spec().containers[container].role;
        let has_readiness = ProbeKind::Readiness.of(pod, container).is_some();
        let state = self.state_mut(id, container);
        state.started = true;
        state.ready = !has_readiness;
        self.begin_probe(id, container, ProbeKind::Readiness);
        self.begin_probe(id, container, ProbeKind::Liveness);
        if role == Role::Sidecar {
            self.start_next(id, 0);
        }
    }

    /// A port of this container that a running one of the same network namespace has bound already.
    fn taken_port(&self, id: PodId, container: usize) -> Option<u16> {
        let pod = self.cluster.pod(id);
        let wanted = &pod.behavior[container].listeners;
        let clashes = |other: &Pod, skip: Option<usize>| {
            wanted.iter().find(|listener| {
                other.behavior.iter().zip(&other.containers).enumerate().any(|(index, (behavior, state))| {
                    Some(index) != skip && state.listens && behavior.listeners.iter().any(|taken| taken.clashes(listener))
                })
            })
        };
        let own = clashes(pod, Some(container));
        let taken = own.or_else(|| {
            if !pod.spec().host_network {
                return None;
            }
            let mut neighbors =
                self.cluster.pods().filter(|(other, neighbor)| *other != id && neighbor.node == pod.node && neighbor.spec().host_network);
            neighbors.find_map(|(_, neighbor)| clashes(neighbor, None))
        });
        taken.map(|listener| listener.port)
    }
}
