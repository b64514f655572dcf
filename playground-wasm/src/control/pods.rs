//! The pods of workloads: their names and labels, and those that a cluster begins with.
//!
//! At the start every workload has the pods that its controller would have made; what changes later is the controllers' work.

use std::rc::Rc;

use super::assemble::NewWorkload;
use super::names::{generate, suffix, template_hash};
use super::owners::{HASH_LABEL, Owners};
use crate::cluster::{Cluster, Conditions, ContainerState, ObjectRef, Phase, Pod, WorkloadId};
use crate::model::{ClaimedStatus, Labels, Meta, Template, Workload, WorkloadKind};

/// The completion index of an indexed Job's pod.
pub const INDEX_LABEL: &str = "batch.kubernetes.io/job-completion-index";

/// Makes the pods of all workloads, one workload after the other, each as its controller makes them.
pub fn make_pods(cluster: &mut Cluster, workloads: &[NewWorkload]) {
    let mut pods: Vec<Pod> = Vec::new();
    let owners = Owners::of(cluster);
    let is_bare = |id: WorkloadId| cluster.workload(id).kind == WorkloadKind::Pod;
    for (id, claimed) in workloads.iter().filter(|(id, _)| is_bare(*id)) {
        pods.push(bare_pod(cluster, &owners, *id, claimed));
    }
    let adopted: Vec<(WorkloadId, u32, String)> = pods
        .iter()
        .filter(|pod| !is_bare(pod.workload) && !owners.has_given_pods(pod.workload))
        .map(|pod| (pod.workload, pod.revision, pod.meta.name.clone()))
        .collect();
    for (id, claimed) in workloads.iter().filter(|(id, _)| !is_bare(*id)) {
        let (object, workload) = cluster.workloads[id.0 as usize].clone();
        if owners.has_given_pods(*id) || owners.has_sets(*id) || workload.suspended {
            continue;
        }
        // The pods of a ReplicaSet that a Deployment controls are that one's.
        let (owner, template) = owners.controller_of_set(*id).unwrap_or_else(|| (*id, Rc::clone(&workload.template)));
        let named = cluster.workload(owner);
        let given: Vec<&str> =
            adopted.iter().filter(|(of, hash, _)| (*of, *hash) == (owner, template.hash)).map(|(.., name)| name.as_str()).collect();
        for (number, name, labels) in pod_names(cluster, named, workload.replicas, &template, &given) {
            let meta = Meta { namespace: workload.meta.namespace.clone(), name, labels, annotations: template.annotations.clone() };
            pods.push(Pod { number, ..new_pod(meta, owner, object, named, &template, claimed) });
        }
    }
    pods.sort_unstable_by_key(|pod| (pod.workload, pod.object, pod.number));
    cluster.pods = pods;
    cluster.sort_names();
    cluster.find_first_pods();
}

/// The pod of a manifest, which belongs to its controller where there is one.
pub fn bare_pod(cluster: &Cluster, owners: &Owners, id: WorkloadId, claimed: &ClaimedStatus) -> Pod {
    let (object, workload) = &cluster.workloads[id.0 as usize];
    let mut labels = workload.template.labels.clone();
    labels.extend(workload.meta.labels.clone());
    let meta = Meta { labels, ..workload.meta.clone() };
    let may_be_adopted = claimed.finished.is_none() && !claimed.terminating;
    let owner = owners.of_pod(cluster, workload, &meta.labels, may_be_adopted);
    let mut pod = new_pod(meta, owner.map_or(id, |(owner, _)| owner), *object, workload, &workload.template, claimed);
    if let Some((_, revision)) = owner {
        pod.revision = revision;
    }
    pod
}

/// A pod before it has a node.
pub fn new_pod(
    meta: Meta,
    id: WorkloadId,
    object: ObjectRef,
    workload: &Workload,
    template: &Rc<Template>,
    claimed: &ClaimedStatus,
) -> Pod {
    let spec = &template.spec;
    // A StatefulSet gives its pods both names (`pkg/controller/statefulset`, `initIdentity`).
    let stateful = workload.kind == WorkloadKind::StatefulSet;
    let given_hostname = match workload.kind {
        WorkloadKind::StatefulSet => Some(meta.name.clone()),
        // An indexed Job names its pods by their indexes (`pkg/controller/job`, `manageJob`).
        WorkloadKind::Job if workload.control.indexed => {
            meta.labels.get(INDEX_LABEL).map(|index| format!("{}-{index}", workload.meta.name))
        }
        _ => spec.hostname.clone(),
    };
    let subdomain = if stateful { Some(workload.service_name.clone()).filter(|name| !name.is_empty()) } else { spec.subdomain.clone() };
    let cut = || meta.name.chars().take(63).collect::<String>().trim_end_matches(['-', '.']).to_owned();
    let hostname = spec.hostname_override.clone().or_else(|| given_hostname.clone()).unwrap_or_else(cut);
    let init = spec.containers.iter().any(|container| container.role != crate::model::Role::Main);
    let waiting = ContainerState::waiting(if init { "PodInitializing" } else { "ContainerCreating" });
    Pod {
        meta,
        workload: id,
        object,
        number: 0,
        template: Rc::clone(template),
        node: None,
        meant_for: None,
        ips: Vec::new(),
        phase: Phase::Pending,
        ready: false,
        terminating: claimed.terminating,
        gone: false,
        has_sandbox: false,
        created_at: 0,
        deletion: None,
        revision: template.hash,
        conditions: Conditions::default(),
        reason: "",
        why: String::new(),
        containers: vec![waiting; spec.containers.len()],
        behavior: Rc::from([]),
        hostname,
        given_hostname,
        subdomain,
        claimed: claimed.clone(),
    }
}

/// Numbers, names and labels of the pods that a workload begins with, as its controller would name them, less those that manifests
/// give.
fn pod_names(cluster: &Cluster, workload: &Workload, replicas: u32, template: &Template, given: &[&str]) -> Vec<(u32, String, Labels)> {
    let count = match workload.kind {
        // One for each node that its pods tolerate; where each goes is the scheduler's to say.
        WorkloadKind::DaemonSet => {
            let count = cluster.nodes.iter().filter(|node| super::daemonset::fits(&template.spec, node)).count();
            u32::try_from(count).unwrap_or(0)
        }
        WorkloadKind::Pod | WorkloadKind::CronJob => 0,
        _ => replicas,
    };
    let named = (0..count).map(|number| (number, name_pod(workload, template, number)));
    let free = named.filter(|(_, (name, _))| !given.contains(&name.as_str()));
    let mut names: Vec<_> = free.map(|(number, (name, labels))| (number, name, labels)).collect();
    if workload.kind != WorkloadKind::StatefulSet {
        names.truncate((count as usize).saturating_sub(given.len()));
    }
    names
}

/// Name and labels of a workload's pod of that number: of a StatefulSet and an indexed Job its ordinal and index, of others how
/// many pods were made before.
pub fn name_pod(workload: &Workload, template: &Template, number: u32) -> (String, Labels) {
    let Meta { namespace, name, .. } = &workload.meta;
    let mut labels = template.labels.clone();
    let random = |prefix: &str| generate(prefix, &suffix(&[namespace, prefix, &number.to_string()]));
    let name = match workload.kind {
        WorkloadKind::Deployment => {
            let hash = template.labels.get(HASH_LABEL).cloned().unwrap_or_else(|| template_hash(template.hash));
            let prefix = format!("{name}-{hash}-");
            labels.insert(HASH_LABEL.into(), hash);
            random(&prefix)
        }
        WorkloadKind::StatefulSet => {
            let pod = format!("{name}-{}", workload.control.first_ordinal + number);
            labels.insert("controller-revision-hash".into(), format!("{name}-{}", template_hash(template.hash)));
            labels.insert("statefulset.kubernetes.io/pod-name".into(), pod.clone());
            labels.insert("apps.kubernetes.io/pod-index".into(), (workload.control.first_ordinal + number).to_string());
            pod
        }
        WorkloadKind::DaemonSet => {
            labels.insert("controller-revision-hash".into(), template_hash(template.hash));
            random(&format!("{name}-"))
        }
        WorkloadKind::Job => {
            for key in ["batch.kubernetes.io/job-name", "job-name"] {
                labels.insert(key.into(), name.clone());
            }
            let index = number % workload.control.completions.unwrap_or(1).max(1);
            if workload.control.indexed {
                labels.insert(INDEX_LABEL.into(), index.to_string());
                random(&format!("{name}-{index}-"))
            } else {
                random(&format!("{name}-"))
            }
        }
        _ => random(&format!("{name}-")),
    };
    (name, labels)
}
