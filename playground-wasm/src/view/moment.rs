//! Pods and events as kubectl prints them (`pkg/printers/internalversion/printers.go`, `printPod`).

use crate::cluster::{Cluster, Condition, ContainerState, Phase, Pod, PodId, RunState, WorkloadId};
use crate::control::{About, Logged, Millis, Simulation};
use crate::dto::{ConditionView, ContainerStatus, EventView, PodStatus};
use crate::index::Index;
use crate::model::{IpFamily, Role};

/// The pods of a namespace, or all, by namespace and name, as a list tells them.
pub fn pods(simulation: &Simulation, namespace: Option<&str>) -> Vec<PodStatus> {
    sorted(simulation, namespace).into_iter().map(|(_, pod)| pod).collect()
}

/// The same, each with its conditions and events, as `kubectl describe` tells it.
#[inline(never)]
pub fn described(simulation: &Simulation, namespace: Option<&str>) -> Vec<PodStatus> {
    let cluster = simulation.cluster();
    let mut events: Index<PodId, Vec<EventView>> = Index::default();
    for logged in simulation.log().iter().filter(|logged| !logged.is_owners()) {
        if let About::Pod(id) = logged.about {
            events.entry(id).or_default().push(event(cluster, logged));
        }
    }
    let own = |(id, pod)| PodStatus {
        conditions: Some(conditions(cluster.pod(id))),
        events: Some(events.remove(&id).unwrap_or_default()),
        ..pod
    };
    sorted(simulation, namespace).into_iter().map(own).collect()
}

fn sorted(simulation: &Simulation, namespace: Option<&str>) -> Vec<(PodId, PodStatus)> {
    let cluster = simulation.cluster();
    let wanted = cluster.pods().filter(|(_, pod)| in_namespace(&pod.meta.namespace, namespace));
    let mut pods: Vec<_> = wanted.map(|(id, pod)| (id, pod_status(cluster, pod, simulation.now()))).collect();
    pods.sort_by(|(_, a), (_, b)| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    pods
}

/// The list after pods went and others came, by their namespaces and names, or are otherwise than before.
#[inline(never)]
pub fn pods_again(simulation: &Simulation, left: &[(String, String)], came: &[PodId], before: Vec<PodStatus>) -> Vec<PodStatus> {
    let cluster = simulation.cluster();
    let key = |pod: &PodStatus| (pod.namespace.clone(), pod.name.clone());
    let place =
        |(namespace, name): (&str, &str)| before.partition_point(|pod| (pod.namespace.as_str(), pod.name.as_str()) < (namespace, name));
    let mut gone: Vec<usize> = left.iter().map(|(namespace, name)| place((namespace, name))).collect();
    gone.sort_unstable();
    let mut new: Vec<(usize, PodStatus)> = Vec::with_capacity(came.len());
    new.extend(came.iter().map(|&id| cluster.pod(id)).map(|pod| (place(pod.key()), pod_status(cluster, pod, simulation.now()))));
    new.sort_by_cached_key(|(_, pod)| key(pod));
    let (mut list, mut rest) = (Vec::with_capacity(before.len() + new.len()), before.into_iter());
    let (mut next, mut gone) = (0, gone.into_iter().peekable());
    let mut go_on = |list: &mut Vec<PodStatus>, to: usize| {
        while let Some(at) = gone.next_if(|&at| at < to) {
            list.extend(rest.by_ref().take(at - next));
            rest.next();
            next = at + 1;
        }
        list.extend(rest.by_ref().take(to - next));
        next = to;
    };
    for (at, pod) in new {
        go_on(&mut list, at);
        list.push(pod);
    }
    go_on(&mut list, usize::MAX);
    list
}

/// Words the events of some pods and of their workload anew, among all.
#[inline(never)]
pub fn events_again(simulation: &Simulation, workload: WorkloadId, pods: &[PodId], events: &mut [EventView]) {
    let cluster = simulation.cluster();
    let object = cluster.sources.id(cluster.workloads[workload.0 as usize].0).to_string();
    let is_theirs = |about: &About| match about {
        About::Pod(id) => pods.binary_search(id).is_ok(),
        About::Object(id) => *id == object,
    };
    for (logged, view) in simulation.log().iter().zip(events).filter(|(logged, _)| is_theirs(&logged.about)) {
        *view = event(cluster, logged);
    }
}

/// All events, of which most were told before, each in its place; a workload's own are worded anew.
#[inline(never)]
pub fn events_among(simulation: &Simulation, workload: WorkloadId, places: &[Option<usize>], mut before: Vec<EventView>) -> Vec<EventView> {
    let cluster = simulation.cluster();
    let object = cluster.sources.id(cluster.workloads[workload.0 as usize].0).to_string();
    let told = simulation.log().iter().zip(places).map(|(logged, place)| match place {
        Some(place) if !matches!(&logged.about, About::Object(id) if *id == object) => std::mem::take(&mut before[*place]),
        _ => event(cluster, logged),
    });
    told.collect()
}

/// The events of a namespace, or all, the oldest first.
pub fn events(simulation: &Simulation, namespace: Option<&str>) -> Vec<EventView> {
    let cluster = simulation.cluster();
    let events = simulation.log().iter().filter(|logged| match &logged.about {
        About::Pod(id) => in_namespace(&cluster.pod(*id).meta.namespace, namespace),
        About::Object(id) => match id.split('/').collect::<Vec<_>>().as_slice() {
            [_, own, _] => in_namespace(own, namespace),
            _ => namespace.is_none(),
        },
    });
    events.map(|logged| event(cluster, logged)).collect()
}

fn in_namespace(own: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| wanted == own)
}

fn event(cluster: &Cluster, logged: &Logged) -> EventView {
    let told = logged.told(cluster);
    EventView {
        at: seconds(logged.at),
        kind: if told.warning { "Warning" } else { "Normal" }.into(),
        reason: told.reason.into(),
        object: logged.object(cluster),
        message: told.message,
    }
}

fn seconds(time: Millis) -> f64 {
    f64::from(u32::try_from(time).unwrap_or(u32::MAX)) / 1_000.0
}

fn pod_status(cluster: &Cluster, pod: &Pod, now: Millis) -> PodStatus {
    let columns = columns(pod);
    let address = pod.ip(IpFamily::V4).or_else(|| pod.ips.first().copied());
    PodStatus {
        namespace: pod.meta.namespace.clone(),
        name: pod.meta.name.clone(),
        node: pod.node.map(|node| cluster.node(node).name.clone()),
        ip: address.filter(|_| pod.has_sandbox || !pod.claimed.ips.is_empty()).map(|ip| ip.to_string()),
        phase: phase(pod.phase).into(),
        status: columns.status,
        ready: format!("{}/{}", columns.ready, columns.all),
        restarts: columns.restarts,
        age_seconds: (now - pod.created_at) / 1_000,
        why: pod.why.clone(),
        conditions: None,
        containers: containers(pod),
        events: None,
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "Pending",
        Phase::Running => "Running",
        Phase::Succeeded => "Succeeded",
        Phase::Failed => "Failed",
    }
}

/// What a row of `kubectl get pods` says.
struct Columns {
    status: String,
    ready: u32,
    all: u32,
    restarts: u32,
}

/// The STATUS column of `kubectl get pods`.
pub fn status(pod: &Pod) -> String {
    columns(pod).status
}

/// Whether the status calls a container ready: what the behavior annotation says of readiness is a probe like any other.
fn is_ready(pod: &Pod, index: usize) -> bool {
    let state = &pod.containers[index];
    state.ready && pod.behavior.get(index).is_none_or(|behavior| behavior.ready != Some(false))
}

/// What a kubelet says of a container that it has not begun with: in a pod with init containers always the same.
fn waiting_reason<'a>(pod: &Pod, reason: &'a str) -> &'a str {
    let has_init = pod.spec().containers.iter().any(|container| container.role != Role::Main);
    if has_init && reason == "ContainerCreating" { "PodInitializing" } else { reason }
}

fn columns(pod: &Pod) -> Columns {
    let declared = &pod.spec().containers;
    let states = || declared.iter().zip(&pod.containers).enumerate();
    let inits = declared.iter().filter(|container| container.role != Role::Main).count();
    let mut columns = Columns { status: phase(pod.phase).into(), ready: 0, all: 0, restarts: 0 };
    if !pod.reason.is_empty() {
        let all = declared.iter().filter(|container| container.role != Role::Init).count();
        return Columns { status: pod.reason.into(), all: u32::try_from(all).unwrap_or(0), ..columns };
    }
    if pod.node.is_none() && pod.spec().gated {
        columns.status = "SchedulingGated".into();
    }
    let mut initializing = false;
    let (mut of_init, mut of_sidecars, mut of_mains) = (0, 0, 0);
    for (index, (container, state)) in states() {
        columns.all += u32::from(container.role != Role::Init);
        // Init containers are read as far as the first that is not through, sidecars among them.
        if container.role != Role::Main && initializing {
            continue;
        }
        columns.ready += u32::from(container.role != Role::Init && state.is_running() && is_ready(pod, index));
        match container.role {
            Role::Main => of_mains += state.restarts,
            Role::Sidecar => of_sidecars += state.restarts,
            Role::Init => {}
        }
        if container.role == Role::Main || pod.node.is_none() {
            continue;
        }
        of_init += state.restarts;
        columns.status = match &state.run {
            RunState::Terminated { exit_code: 0, .. } => continue,
            _ if container.role == Role::Sidecar && state.started => continue,
            RunState::Terminated { reason, .. } => format!("Init:{reason}"),
            RunState::Waiting { reason, .. } if reason != "PodInitializing" && reason != "ContainerCreating" => format!("Init:{reason}"),
            RunState::Waiting { .. } | RunState::Running => format!("Init:{index}/{inits}"),
        };
        initializing = true;
    }
    let initialized = pod.conditions.initialized.holds;
    columns.restarts = if initializing && !initialized { of_init } else { of_sidecars + of_mains };
    if (!initializing || initialized) && pod.node.is_some() {
        let mut running = false;
        for (index, (_, state)) in states().collect::<Vec<_>>().into_iter().rev().filter(|(_, (container, _))| container.role == Role::Main)
        {
            match &state.run {
                RunState::Waiting { reason, .. } => columns.status = waiting_reason(pod, reason).into(),
                RunState::Terminated { reason, .. } => columns.status.clone_from(reason),
                RunState::Running => running |= is_ready(pod, index),
            }
        }
        if columns.status == "Completed" && running {
            columns.status = if pod.ready { "Running" } else { "NotReady" }.into();
        }
    }
    if pod.terminating && !matches!(pod.phase, Phase::Succeeded | Phase::Failed) {
        columns.status = "Terminating".into();
    }
    columns
}

fn conditions(pod: &Pod) -> Vec<ConditionView> {
    let names = |wanted: &dyn Fn(usize) -> bool| {
        let names =
            pod.spec().containers.iter().enumerate().filter(|(index, _)| wanted(*index)).map(|(_, container)| container.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let unready =
        |index: usize| pod.spec().containers[index].role != Role::Init && !(pod.containers[index].is_running() && is_ready(pod, index));
    let initializing = |index: usize| match pod.spec().containers[index].role {
        Role::Init => !pod.containers[index].has_succeeded(),
        Role::Sidecar => !pod.containers[index].started,
        Role::Main => false,
    };
    let view = |name: &str, condition: Condition, reason: &str, message: String| {
        let (reason, message) = if condition.holds { ("", String::new()) } else { (reason, message) };
        ConditionView {
            condition: name.into(),
            status: if condition.holds { "True" } else { "False" }.into(),
            reason: reason.into(),
            message,
            since: seconds(condition.since),
        }
    };
    let all = &pod.conditions;
    let over = matches!(pod.phase, Phase::Succeeded | Phase::Failed);
    let done = if pod.phase == Phase::Succeeded { "PodCompleted" } else { "PodFailed" };
    let unready_message = || format!("containers with unready status: [{}]", names(&unready));
    let (reason, message) = if over { (done, String::new()) } else { ("ContainersNotReady", unready_message()) };
    let gated = !pod.spec().readiness_gates.is_empty();
    let ready = match all.containers_ready.holds && !all.ready.holds {
        true if gated => ("ReadinessGatesNotReady", pod.why.clone()),
        // Its node has gone silent, and the condition says no more.
        true => ("", String::new()),
        false => (reason, message.clone()),
    };
    let unscheduled = if pod.spec().gated { "SchedulingGated" } else { "Unschedulable" };
    let scheduled = if pod.node.is_none() { pod.why.clone() } else { String::new() };
    let incomplete = format!("containers with incomplete status: [{}]", names(&initializing));
    let mut views = vec![view("PodScheduled", all.scheduled, unscheduled, scheduled)];
    if pod.node.is_some() && pod.reason.is_empty() {
        views.push(view("PodReadyToStartContainers", all.ready_to_start, "", String::new()));
        views.push(view("Initialized", all.initialized, "ContainersNotInitialized", incomplete));
        views.push(view("ContainersReady", all.containers_ready, reason, message));
        views.push(view("Ready", all.ready, ready.0, ready.1));
    }
    views
}

fn containers(pod: &Pod) -> Vec<ContainerStatus> {
    let view = |(index, (container, state)): (usize, (&crate::model::Container, &ContainerState))| {
        let (name, reason, message, exit_code) = match &state.run {
            // A hook that still runs is nothing that the status says.
            RunState::Waiting { reason, .. } if reason == "ContainerCreating" => {
                ("waiting", waiting_reason(pod, reason).into(), String::new(), None)
            }
            RunState::Waiting { reason, message } => ("waiting", reason.clone(), message.clone(), None),
            RunState::Running => ("running", String::new(), String::new(), None),
            RunState::Terminated { reason, exit_code } => {
                let cause = state.last.as_ref().map_or_else(String::new, |last| last.cause.clone());
                ("terminated", reason.clone(), cause, Some(*exit_code))
            }
        };
        ContainerStatus {
            name: container.name.clone(),
            role: match container.role {
                Role::Main => "container",
                Role::Init => "init",
                Role::Sidecar => "sidecar",
            }
            .into(),
            state: name.into(),
            reason,
            message,
            exit_code: exit_code.or(state.last.as_ref().map(|last| last.exit_code)),
            ready: is_ready(pod, index),
            started: state.started,
            restarts: state.restarts,
            since: seconds(state.since),
            last_reason: state.last.as_ref().map_or_else(String::new, |last| last.reason.into()),
        }
    };
    pod.spec().containers.iter().zip(&pod.containers).enumerate().map(view).collect()
}
