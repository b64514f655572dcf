//! The `files` question: what a container sees at a path, by the volumes that it shares with others.
//!
//! A container's own file system is its own (`pkg/kubelet/container`); only a volume that two mount is seen by both, each at its own
//! mount path. An emptyDir lives as long as its pod and outlasts containers; a claim and a folder of the node are shared by pods.

use super::FilesQuery;
use crate::behavior::FileUse;
use crate::behavior::files::{Files, matches_glob};
use crate::cluster::{Cluster, Pod, PodId, RunState};
use crate::dto::{FileSeen, FilesAnswer};
use crate::model::{Container, Mount, VolumeSource};
use crate::net::Network;
use crate::request::{Sender, resolve_sender};
use crate::text::Step;

/// Looks a path up, or every path that the container reads.
#[inline(never)]
pub fn answer(net: Network<'_>, query: &FilesQuery) -> Result<FilesAnswer, String> {
    let Sender::Pod { pod, container } = resolve_sender(net.cluster, &query.from).map_err(|error| error.0)? else {
        return Err("only a container of a pod has files here".into());
    };
    let seen = |path: &str| Reader { cluster: net.cluster, id: pod, container }.look(path);
    if let Some(path) = &query.path {
        return Ok(FilesAnswer { file: seen(path), files: Vec::new() });
    }
    let files: Vec<FileSeen> = net.cluster.pod(pod).behavior[container].reads.iter().map(|file| seen(&file.path)).collect();
    let first = files.iter().find(|file| !file.exists).or(files.first());
    let none = || FileSeen { reason: "nothing says that the container reads any file".into(), ..FileSeen::default() };
    Ok(FilesAnswer { file: first.cloned().unwrap_or_else(none), files })
}

struct Reader<'a> {
    cluster: &'a Cluster,
    id: PodId,
    container: usize,
}

/// A place of a file: a volume with the path in it, or a container's own file system.
#[derive(PartialEq, Eq)]
enum Place<'a> {
    Volume { mount: &'a Mount, within: String },
    Own,
}

impl<'a> Reader<'a> {
    fn pod(&self) -> &'a Pod {
        self.cluster.pod(self.id)
    }

    fn look(&self, path: &str) -> FileSeen {
        let pod = self.pod();
        let container = &pod.spec().containers[self.container];
        let mut seen = FileSeen { path: path.to_owned(), ..FileSeen::default() };
        match place(container, path) {
            Place::Own => self.own(container, path, &mut seen),
            Place::Volume { mount, within } => {
                seen.volume = Some(mount.name.clone());
                seen.lines.extend(self.line(pod, &mount_path(pod, self.cluster, container, mount)));
                match source(pod, mount) {
                    Some(VolumeSource::Data { secret, name, .. }) => self.projected(container, path, (*secret, name), &mut seen),
                    Some(VolumeSource::Other(field)) => seen.reason = format!("what a volume of type {field} holds is not known here"),
                    source => self.shared(container, mount, source, &within, &mut seen),
                }
            }
        }
        seen
    }

    /// A path that no volume holds: what others write there is in their own file systems, or in volumes mounted elsewhere.
    fn own(&self, container: &Container, path: &str, seen: &mut FileSeen) {
        let pod = self.pod();
        if pod.behavior[self.container].writes.iter().any(|file| matches_glob(path, &file.path)) {
            seen.exists = has_run(pod, self.container);
            seen.written_by = vec![container.name.clone()];
            seen.reason = "the container writes it into its own file system, which no other container sees".into();
            return;
        }
        seen.reason = format!("container {} has no volume mounted there, and sees only what its own image holds", container.name);
        let other =
            self.others().find_map(|index| Some((index, pod.behavior[index].writes.iter().find(|file| matches_glob(path, &file.path))?)));
        if let Some((index, file)) = other {
            let writer = &pod.spec().containers[index];
            let theirs = match place(writer, &file.path) {
                Place::Own => format!("; container {} writes one of that name into a file system of its own", writer.name),
                Place::Volume { mount, .. } => format!("; container {} writes it into volume {}", writer.name, mount.name),
            };
            seen.reason.push_str(&theirs);
            seen.lines.extend(self.line(pod, &file.origin));
        }
    }

    fn others(&self) -> impl Iterator<Item = usize> + 'a {
        let own = self.container;
        (0..self.pod().behavior.len()).filter(move |&index| index != own)
    }

    fn projected(&self, container: &Container, path: &str, (secret, name): (bool, &str), seen: &mut FileSeen) {
        let pod = self.pod();
        let files =
            Files { namespace: &pod.meta.namespace, volumes: &pod.spec().volumes, config_data: &self.cluster.config_data }.of(container);
        let kind = if secret { "Secret" } else { "ConfigMap" };
        let found = files.iter().find(|text| matches_glob(path, &text.path));
        seen.exists = found.is_some();
        seen.reason = match found {
            Some(text) => format!("{kind} {name} holds it as {}", text.key),
            None => format!("{kind} {name} brings no such file"),
        };
    }

    /// A volume that others may write to: an emptyDir, a claim, a folder of the node.
    fn shared(&self, container: &Container, mount: &Mount, source: Option<&VolumeSource>, within: &str, seen: &mut FileSeen) {
        let own = self.pod();
        let mut elsewhere = String::new();
        for (id, pod) in self.cluster.pods() {
            if id != self.id && !shares(own, pod, source) {
                continue;
            }
            for (index, (writer, behavior)) in pod.spec().containers.iter().zip(pod.behavior.iter()).enumerate() {
                for file in &behavior.writes {
                    let Place::Volume { mount: theirs, within: written } = place(writer, &file.path) else {
                        note(&mut elsewhere, id == self.id && matches_glob(&seen.path, &file.path), || {
                            format!("container {} writes it outside of any volume, into a file system of its own", writer.name)
                        });
                        continue;
                    };
                    let same = if id == self.id {
                        theirs.name == mount.name
                    } else {
                        same_source(source, crate::query::files::source(pod, theirs))
                    };
                    if !same {
                        note(&mut elsewhere, id == self.id && matches_glob(&seen.path, &file.path), || {
                            format!("container {} writes it into volume {}", writer.name, theirs.name)
                        });
                        continue;
                    }
                    if !matches_glob(within, &written) {
                        note(&mut elsewhere, true, || {
                            format!("container {} writes {}, which is {} here", writer.name, file.path, seen_at(mount, &written))
                        });
                        continue;
                    }
                    self.written(pod, index, file, theirs, (id == self.id, &mut elsewhere), seen);
                }
            }
        }
        seen.reason = match (seen.written_by.first(), seen.exists) {
            (Some(writer), true) if *writer == container.name => format!("the container itself writes it into volume {}", mount.name),
            (Some(writer), true) => format!("container {writer} writes it into volume {}, which this container mounts, too", mount.name),
            _ if elsewhere.is_empty() => format!("nothing says that anybody writes it into volume {}", mount.name),
            _ => elsewhere,
        };
    }

    fn written(&self, pod: &Pod, index: usize, file: &FileUse, mount: &Mount, (own, why): (bool, &mut String), seen: &mut FileSeen) {
        let name = &pod.spec().containers[index].name;
        let name = if own { name.clone() } else { format!("{}/{}/{name}", pod.meta.namespace, pod.meta.name) };
        seen.lines.extend(self.line(pod, &file.origin));
        if mount.read_only {
            note(why, true, || format!("container {name} mounts volume {} read-only, and cannot write to it", mount.name));
        } else if has_run(pod, index) {
            seen.exists = true;
            if !seen.written_by.contains(&name) {
                seen.written_by.push(name);
            }
        } else {
            note(why, true, || format!("container {name} writes it, and has not started"));
        }
    }

    fn line(&self, pod: &Pod, path: &[Step]) -> Option<crate::dto::LineRef> {
        self.cluster.sources.line(pod.object, path)
    }
}

/// The first thing that is to be told.
fn note(into: &mut String, when: bool, words: impl FnOnce() -> String) {
    if when && into.is_empty() {
        *into = words();
    }
}

/// Where a path of a container is: in the volume with the longest mount path that holds it.
fn place<'c>(container: &'c Container, path: &str) -> Place<'c> {
    let holding = container.mounts.iter().filter_map(|mount| Some((mount, mount.within(path)?)));
    match holding.max_by_key(|(mount, _)| mount.path.trim_end_matches('/').len()) {
        Some((mount, within)) => Place::Volume { mount, within },
        None => Place::Own,
    }
}

/// What a mount's volume is; absent for a claim template's, of which every pod has one of its own.
fn source<'p>(pod: &'p Pod, mount: &Mount) -> Option<&'p VolumeSource> {
    pod.spec().volumes.iter().find(|volume| volume.name == mount.name).map(|volume| &volume.source)
}

/// Whether another pod can have the volume, too: by the same claim, or on the same node.
fn shares(own: &Pod, other: &Pod, source: Option<&VolumeSource>) -> bool {
    match source {
        Some(VolumeSource::Claim(_)) => own.meta.namespace == other.meta.namespace,
        Some(VolumeSource::HostPath(_)) => own.node.is_some() && own.node == other.node,
        _ => false,
    }
}

fn same_source(own: Option<&VolumeSource>, other: Option<&VolumeSource>) -> bool {
    own.is_some() && own == other
}

/// Where a file of a volume stands under a mount of it.
fn seen_at(mount: &Mount, within: &str) -> String {
    let sub_path = mount.sub_path.trim_matches('/');
    match within.strip_prefix(sub_path) {
        Some(rest) if rest.is_empty() || sub_path.is_empty() || rest.starts_with('/') => {
            format!("{}/{}", mount.path.trim_end_matches('/'), rest.trim_start_matches('/'))
        }
        _ => "not mounted".to_owned(),
    }
}

/// Whether a container has run: what it wrote stays in a volume after it.
fn has_run(pod: &Pod, container: usize) -> bool {
    let state = &pod.containers[container];
    state.restarts > 0 || matches!(state.run, RunState::Running | RunState::Terminated { .. })
}

fn mount_path(pod: &Pod, cluster: &Cluster, container: &Container, mount: &Mount) -> Vec<Step> {
    let workload = cluster.workload(pod.workload);
    let kind = if cluster.sources.id(pod.object).kind == "Pod" { crate::model::WorkloadKind::Pod } else { workload.kind };
    let mut path: Vec<Step> = kind.pod_spec_path().iter().map(|&field| Step::from(field)).collect();
    let index = container.mounts.iter().position(|other| std::ptr::eq(other, mount)).unwrap_or_default();
    path.extend([Step::from(container.list()), container.index.into(), "volumeMounts".into(), index.into(), "mountPath".into()]);
    path
}
