//! The pods of workloads: their names and labels, and those that a cluster begins with.
//!
//! At the start every workload has the pods that its controller would have made; what changes later is the controllers' work.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::assemble::NewWorkload;
use super::names::{generate, suffix, template_hash};
use crate::cluster::{Cluster, Conditions, ContainerState, ObjectRef, Phase, Pod, WorkloadId};
use crate::model::{ClaimedStatus, Labels, Meta, Template, Workload, WorkloadKind};

/// Makes the pods of all workloads, in the order of their names.
pub fn make_pods(cluster: &mut Cluster, workloads: &[NewWorkload]) {
    let mut pods: Vec<Pod> = Vec::new();
    let adopted = adopted(cluster);
    for (id, claimed) in workloads {
        let (object, workload) = cluster.workloads[id.0 as usize].clone();
        if workload.kind == WorkloadKind::Pod {
            pods.push(bare_pod(cluster, *id, claimed));
        } else if !adopted.contains(&key(&workload)) && !workload.suspended {
            for (name, labels) in pod_names(cluster, &workload) {
                let meta =
                    Meta { namespace: workload.meta.namespace.clone(), name, labels, annotations: workload.template.annotations.clone() };
                pods.push(new_pod(meta, *id, object, &workload, &workload.template, claimed));
            }
        }
    }
    pods.sort_unstable_by(|a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
    cluster.sorted_pods = pods.len();
    cluster.pods = pods;
    cluster.find_first_pods();
}

type Key = (&'static str, String, String);

fn key(workload: &Workload) -> Key {
    (workload.kind.as_str(), workload.meta.namespace.clone(), workload.meta.name.clone())
}

/// The workloads whose pods, or ReplicaSets, manifests give: pods that name their controller stand in for those it would make.
pub fn adopted(cluster: &Cluster) -> BTreeSet<Key> {
    let owner = |workload: &Workload| {
        let (kind, name) = workload.owner.as_ref()?;
        let kind = WorkloadKind::ALL.into_iter().map(WorkloadKind::as_str).find(|known| known == kind)?;
        Some((kind, workload.meta.namespace.clone(), name.clone()))
    };
    cluster.workloads.iter().filter_map(|(_, workload)| owner(workload)).collect()
}

/// Whether manifests give the pods or ReplicaSets of a workload.
pub fn is_adopted(adopted: &BTreeSet<Key>, workload: &Workload) -> bool {
    adopted.contains(&key(workload))
}

/// The pod of a manifest, which belongs to the controller it names where there is one.
pub fn bare_pod(cluster: &Cluster, id: WorkloadId, claimed: &ClaimedStatus) -> Pod {
    let (object, workload) = &cluster.workloads[id.0 as usize];
    let mut labels = workload.template.labels.clone();
    labels.extend(workload.meta.labels.clone());
    let meta = Meta { labels, ..workload.meta.clone() };
    let owner = top_owner(cluster, workload);
    let mut pod = new_pod(meta, owner.unwrap_or(id), *object, workload, &workload.template, claimed);
    if let Some(owner) = owner {
        pod.revision = cluster.workload(owner).template.hash;
    }
    pod
}

/// The workload at the head of an owner chain: Pod, ReplicaSet, Deployment.
fn top_owner(cluster: &Cluster, workload: &Workload) -> Option<WorkloadId> {
    let mut current = workload;
    let mut found = None;
    // A chain is never longer than this; a cycle in pasted manifests must not hang.
    for _ in 0..4 {
        let Some((kind, name)) = &current.owner else { break };
        let position = cluster.workloads.iter().position(|(_, candidate)| {
            candidate.kind.as_str() == kind && candidate.meta.name == *name && candidate.meta.namespace == workload.meta.namespace
        });
        let Some(index) = position else { break };
        found = u32::try_from(index).ok().map(WorkloadId);
        current = &cluster.workloads[index].1;
    }
    found
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
    let given_hostname = if stateful { Some(meta.name.clone()) } else { spec.hostname.clone() };
    let subdomain = if stateful { Some(workload.service_name.clone()).filter(|name| !name.is_empty()) } else { spec.subdomain.clone() };
    let hostname =
        given_hostname.clone().unwrap_or_else(|| meta.name.chars().take(63).collect::<String>().trim_end_matches(['-', '.']).to_owned());
    let init = spec.containers.iter().any(|container| container.role != crate::model::Role::Main);
    let waiting = ContainerState::waiting(if init { "PodInitializing" } else { "ContainerCreating" });
    Pod {
        meta,
        workload: id,
        object,
        template: Rc::clone(template),
        node: None,
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
        why: String::new(),
        containers: vec![waiting; spec.containers.len()],
        behavior: Rc::from([]),
        hostname,
        given_hostname,
        subdomain,
        claimed: claimed.clone(),
    }
}

/// Names and labels of the pods that a workload begins with, as its controller would name them.
fn pod_names(cluster: &Cluster, workload: &Workload) -> Vec<(String, Labels)> {
    let count = match workload.kind {
        // One for each node that its pods tolerate; where each goes is the scheduler's to say.
        WorkloadKind::DaemonSet => {
            let count = cluster.nodes.iter().filter(|node| super::daemonset::fits(&workload.template.spec, node)).count();
            u32::try_from(count).unwrap_or(0)
        }
        WorkloadKind::Pod | WorkloadKind::CronJob => 0,
        _ => workload.replicas,
    };
    (0..count).map(|number| name_pod(workload, &workload.template, number)).collect()
}

/// Name and labels of a workload's pod of that number: of a StatefulSet and an indexed Job its ordinal and index, of others how
/// many pods were made before.
pub fn name_pod(workload: &Workload, template: &Template, number: u32) -> (String, Labels) {
    let Meta { namespace, name, .. } = &workload.meta;
    let mut labels = template.labels.clone();
    let random = |prefix: &str| generate(prefix, &suffix(&[namespace, prefix, &number.to_string()]));
    let name = match workload.kind {
        WorkloadKind::Deployment => {
            let hash = template_hash(template.hash);
            let prefix = format!("{name}-{hash}-");
            labels.insert("pod-template-hash".into(), hash);
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
                labels.insert("batch.kubernetes.io/job-completion-index".into(), index.to_string());
                random(&format!("{name}-{index}-"))
            } else {
                random(&format!("{name}-"))
            }
        }
        _ => random(&format!("{name}-")),
    };
    (name, labels)
}
