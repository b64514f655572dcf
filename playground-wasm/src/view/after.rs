//! The view after an edit that the cluster took over: what the edit left as it was is taken from the view before, moved to where it
//! stands now.

use super::calls::{Ranks, calls, calls_addresses, calls_of, links, owners};
use super::picture::{nodes, pod_view, policy, service_view, views};
use super::shift::Shift;
use super::{diagnostics, extent, moment, suggest};
use crate::cluster::{Cluster, ObjectRef, Pod, PodId, Service, WorkloadId};
use crate::control::{Edited, Replaced, Reselected, Scaled, Simulation};
use crate::diagnose::Sound;
use crate::dto::{CallView, Extent, Picture, PodView, TextRange, View};
use crate::load::Loaded;
use crate::model::contains_all;
use crate::net::Network;
use crate::policy::Direction;

/// The view after an edit, of the one before.
pub fn view_after(before: View, edited: &Edited, simulation: &Simulation, loaded: &Loaded, sound: &mut Sound) -> View {
    let net = simulation.network();
    let shift = Shift::new(edited, net.cluster);
    let (mut pods, mut events) = (before.pods, before.events);
    if let Some(Replaced { workload, pods: replaced, names }) = &edited.replaced {
        pods = moment::pods_again(simulation, names, replaced, pods);
        moment::events_again(simulation, *workload, replaced, &mut events);
    }
    if let Some(Scaled { workload, renumbering, left, readdressed, told_before, .. }) = &edited.scaled {
        let cluster = simulation.cluster();
        let moved = readdressed.iter().map(|&pod| cluster.pod(pod).names());
        let came: Vec<PodId> = renumbering.added().chain(readdressed.iter().copied()).collect();
        pods = moment::pods_again(simulation, &left.iter().cloned().chain(moved).collect::<Vec<_>>(), &came, pods);
        events = moment::events_among(simulation, *workload, told_before, events);
    }
    View {
        extents: extents_after(before.extents, edited, &shift, loaded),
        diagnostics: diagnostics(simulation, loaded, sound, edited),
        picture: picture_after(before.picture, edited, &shift, simulation),
        suggestions: if edited.services { suggest::suggestions(net, &before.peers) } else { before.suggestions },
        pods,
        events,
        ..before
    }
}

fn extents_after(mut extents: Vec<Extent>, edited: &Edited, shift: &Shift, loaded: &Loaded) -> Vec<Extent> {
    for extent in &mut extents {
        shift.apply(&mut extent.range);
    }
    for new in edited.exchanged.iter().filter_map(|object| extent(&loaded.objects[object.0 as usize])) {
        if let Some(known) = extents.iter_mut().find(|known| known.object == new.object) {
            *known = new;
        }
    }
    extents.sort_by_key(|extent| extent.range);
    extents
}

fn picture_after(mut picture: Picture, edited: &Edited, shift: &Shift, simulation: &Simulation) -> Picture {
    let net = simulation.network();
    let cluster = net.cluster;
    picture.nodes = nodes(cluster);
    if let Some(scaled) = &edited.scaled {
        scale(&mut picture, scaled, simulation);
    }
    picture.calls.iter_mut().filter_map(|call| call.range.as_mut()).for_each(|range| shift.apply(range));
    picture.policies.iter_mut().filter_map(|policy| policy.range.as_mut()).for_each(|range| shift.apply(range));
    if !edited.moved.is_empty() {
        move_members(&mut picture, edited, cluster);
    }
    if let Some(replaced) = &edited.replaced {
        rename(&mut picture, replaced, net);
    }
    let mut callers: Vec<WorkloadId> = edited.pods.iter().map(|&pod| cluster.pod(pod).workload).collect();
    callers.dedup();
    let mut others_are_called = false;
    for caller in callers {
        others_are_called |= call_again(&mut picture.calls, caller, net);
    }
    if let Some(Reselected { service, after, .. }) = &edited.reselected {
        picture.services[service.0 as usize].pods = after.iter().map(|&pod| crate::trace::pod_id(cluster, pod)).collect();
    }
    if edited.scaled.is_some() && calls_addresses(cluster) {
        // An address may be another pod's.
        picture.calls = views(calls(net));
        others_are_called = true;
    }
    if others_are_called || edited.reselected.is_some() {
        rank_again(&mut picture, simulation);
    }
    for &object in &edited.exchanged {
        if let Some((id, service)) = cluster.services().find(|(_, service)| service.object == object) {
            let view = &mut picture.services[id.0 as usize];
            let (pods, mark) = (std::mem::take(&mut view.pods), std::mem::take(&mut view.mark));
            *view = service_view(cluster, id, service, pods, view.rank, mark);
        } else if let Some(index) = cluster.policies.iter().position(|(known, _)| *known == object)
            && let Some(view) = picture.policies.get_mut(index)
        {
            *view = policy(net, index);
        }
    }
    for (view, id) in places(&mut picture.pods, &edited.pods, cluster) {
        *view = pod_view(cluster, id, cluster.pod(id), view.rank);
    }
    picture
}

/// The views of some pods.
fn places<'v>(views: &'v mut [PodView], pods: &[PodId], cluster: &Cluster) -> Vec<(&'v mut PodView, PodId)> {
    let mut existing = cluster.pods().map(|(id, _)| id);
    let mut views = views.iter_mut();
    // Each is there, so what is passed over on the way to it ends with itself.
    let place = |&id: &PodId| {
        let between = existing.by_ref().take_while(|&known| known < id).count();
        views.nth(between).map(|view| (view, id))
    };
    pods.iter().filter_map(place).collect()
}

fn move_members(picture: &mut Picture, edited: &Edited, cluster: &Cluster) {
    for ((_, service), view) in cluster.services().zip(&mut picture.services) {
        move_lines(edited, service.object, [&mut view.range]);
    }
    for ((_, pod), view) in cluster.pods().zip(&mut picture.pods) {
        let containers = view.containers.iter_mut().map(|container| &mut container.range);
        move_lines(edited, pod.object, containers.chain([&mut view.range]));
    }
}

fn move_lines<'r>(edited: &Edited, object: ObjectRef, ranges: impl IntoIterator<Item = &'r mut Option<TextRange>>) {
    let lines = edited.moved.get(object.0 as usize).copied().unwrap_or(0);
    if lines != 0 {
        for range in ranges.into_iter().flatten() {
            range.line = range.line.saturating_add_signed(lines);
            range.end_line = range.end_line.saturating_add_signed(lines);
        }
    }
}

/// Has pods come or go, each where it stands among all.
#[inline(never)]
fn scale(picture: &mut Picture, Scaled { pods, renumbering, readdressed, .. }: &Scaled, simulation: &Simulation) {
    let net = simulation.network();
    let cluster = net.cluster;
    // All pods exist, so the views have their indices.
    let rank = picture.pods[pods[0].0 as usize].rank;
    renumbering.splice(&mut picture.pods, renumbering.added().map(|id| pod_view(cluster, id, cluster.pod(id), rank)));
    for &id in readdressed {
        let view = &mut picture.pods[id.0 as usize];
        *view = pod_view(cluster, id, cluster.pod(id), view.rank);
    }
    let like = cluster.pod(pods[0]);
    for ((id, service), view) in cluster.services().zip(&mut picture.services) {
        if selects(service, like) {
            view.pods = simulation.selected(id).iter().map(|&pod| crate::trace::pod_id(cluster, pod)).collect();
        }
    }
    for (index, view) in picture.policies.iter_mut().enumerate() {
        if Direction::BOTH.iter().any(|&direction| net.policies.isolating(direction, pods[0]).contains(&index)) {
            view.pods = policy(net, index).pods;
        }
    }
}

/// Whether a Service that has no slices of its own selects a pod.
fn selects(service: &Service, pod: &Pod) -> bool {
    let wanted = service.spec.selector.as_ref();
    !service.slices_given
        && pod.meta.namespace == service.meta().namespace
        && wanted.is_some_and(|wanted| contains_all(&pod.meta.labels, wanted))
}

/// What names pods names those that stand in their places.
#[inline(never)]
fn rename(picture: &mut Picture, Replaced { pods, names, .. }: &Replaced, net: Network<'_>) {
    let cluster = net.cluster;
    let names = names.iter().map(|(namespace, name)| format!("Pod/{namespace}/{name}"));
    let mut successors: Vec<(String, PodId)> = names.zip(pods.iter().copied()).collect();
    successors.sort_unstable();
    let again = |name: &mut String| {
        if let Ok(index) = successors.binary_search_by(|(known, _)| known.cmp(name)) {
            *name = crate::trace::pod_id(cluster, successors[index].1);
        }
    };
    // Most often all of them have the same labels.
    let mut samples: Vec<&Pod> = pods.iter().map(|&pod| cluster.pod(pod)).collect();
    samples.dedup_by(|one, other| one.meta.labels == other.meta.labels);
    for ((_, service), view) in cluster.services().zip(&mut picture.services) {
        if samples.iter().any(|pod| selects(service, pod)) {
            view.pods.iter_mut().for_each(again);
        }
    }
    let isolates = |index: usize| {
        let mut isolating =
            Direction::BOTH.iter().flat_map(|&direction| pods.iter().map(move |&pod| net.policies.isolating(direction, pod)));
        isolating.any(|isolating| isolating.contains(&index))
    };
    for (index, view) in picture.policies.iter_mut().enumerate() {
        if isolates(index) {
            view.pods.iter_mut().for_each(again);
        }
    }
    picture.calls.iter_mut().filter_map(|call| call.to.as_mut()).filter(|to| to.starts_with("Pod/")).for_each(again);
}

/// Puts a workload's calls in the places of those before; whether they lead elsewhere.
#[inline(never)]
fn call_again(before: &mut Vec<CallView>, caller: WorkloadId, net: Network<'_>) -> bool {
    let from = net.cluster.sources.id(net.cluster.workloads[caller.0 as usize].0).to_string();
    let now = views(calls_of(net.cluster, caller));
    let start = before.iter().position(|call| call.from == from);
    let start = start.unwrap_or(before.len());
    let end = start + before[start..].iter().take_while(|call| call.from == from).count();
    let same = before[start..end].iter().map(|call| &call.to).eq(now.iter().map(|call| &call.to));
    if same {
        before.splice(start..end, now);
    } else {
        *before = views(calls(net));
    }
    !same
}

/// Where Services and pods stand in the order of the calls.
#[inline(never)]
fn rank_again(picture: &mut Picture, simulation: &Simulation) {
    let cluster = simulation.cluster();
    let behind: Vec<_> = cluster.services().map(|(id, _)| owners(cluster, simulation.selected(id).iter().copied())).collect();
    let ranks = Ranks::new(cluster, &links(simulation.network()), &behind);
    for ((id, _), view) in cluster.services().zip(&mut picture.services) {
        view.rank = ranks.service(id);
    }
    for ((_, pod), view) in cluster.pods().zip(&mut picture.pods) {
        view.rank = ranks.workload(pod.workload);
    }
}
