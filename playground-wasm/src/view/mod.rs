//! The one view model: what the page draws of a cluster, made from the same cluster that answers queries.

mod calls;
mod moment;
mod picture;
mod suggest;

use crate::cluster::{Cluster, Selection, text_range};
use crate::control::{Edited, Simulation};
use crate::diagnose;
use crate::dto::{Diagnostic, EventView, Extent, Moment, Picture, PodStatus, PodView, ServiceView, Severity, View};
use crate::load::Loaded;
pub use moment::{events, pods};

/// The Kubernetes version whose API and behavior are modelled.
pub const KUBERNETES: &str = "1.37";

/// The address that requests from outside come from (TEST-NET-2).
pub const OUTSIDE: &str = "198.51.100.7";

/// The view of a simulation at its present time.
pub fn view(simulation: &Simulation, loaded: &Loaded) -> View {
    let calls = calls::calls(simulation.network());
    let members = members(simulation, &calls);
    made(simulation, loaded, calls, members, (pods(simulation, None), events(simulation, None)))
}

/// The view after an edit: what it says of pods, and of whom Services select, is taken from the view before.
pub fn view_after(before: View, edited: &Edited, simulation: &Simulation, loaded: &Loaded) -> View {
    let members = picture::members_after(before.picture, edited, simulation.cluster());
    made(simulation, loaded, calls::calls(simulation.network()), members, (before.pods, before.events))
}

/// Services and pods as they are to be drawn.
type Members = (Vec<ServiceView>, Vec<PodView>);

fn members(simulation: &Simulation, calls: &[calls::Call]) -> Members {
    let cluster = simulation.cluster();
    let selection = Selection::new(cluster);
    let ranks = calls::Ranks::new(cluster, calls, &selection);
    picture::members(cluster, &ranks, &selection)
}

fn made(
    simulation: &Simulation,
    loaded: &Loaded,
    calls: Vec<calls::Call>,
    members: Members,
    (pods, events): (Vec<PodStatus>, Vec<EventView>),
) -> View {
    let cluster = simulation.cluster();
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(annotation_diagnostics(simulation));
    diagnostics.extend(diagnose::diagnose(simulation.network(), loaded).into_iter().map(|finding| finding.diagnostic(cluster)));
    diagnose::sort(&mut diagnostics);
    let extents = extents(loaded);
    let peers = suggest::peers(cluster);
    View {
        kubernetes: KUBERNETES.into(),
        objects: u32::try_from(extents.len()).unwrap_or(u32::MAX),
        extents,
        diagnostics,
        picture: picture::picture(simulation.network(), calls, members),
        suggestions: suggest::suggestions(simulation.network(), &peers),
        peers,
        now_ms: simulation.now(),
        next_ms: simulation.next_event_at(),
        pods,
        events,
    }
}

/// What changes as time passes.
pub fn moment(simulation: &Simulation, warnings: Vec<String>) -> Moment {
    let calls = calls::calls(simulation.network());
    let members = members(simulation, &calls);
    Moment {
        now_ms: simulation.now(),
        next_ms: simulation.next_event_at(),
        picture: picture::picture(simulation.network(), calls, members),
        pods: pods(simulation, None),
        events: events(simulation, None),
        warnings,
    }
}

/// The view of manifests that are not run: what is wrong with them.
pub fn unrun(loaded: &Loaded) -> View {
    let mut diagnostics = loaded.diagnostics.clone();
    diagnose::sort(&mut diagnostics);
    let extents = extents(loaded);
    View {
        kubernetes: KUBERNETES.into(),
        objects: u32::try_from(extents.len()).unwrap_or(u32::MAX),
        extents,
        diagnostics,
        picture: Picture { nodes: Vec::new(), services: Vec::new(), pods: Vec::new(), calls: Vec::new(), policies: Vec::new() },
        suggestions: Vec::new(),
        peers: Vec::new(),
        now_ms: 0,
        next_ms: None,
        pods: Vec::new(),
        events: Vec::new(),
    }
}

/// Where the objects stand that a manifest holds.
fn extents(loaded: &Loaded) -> Vec<Extent> {
    let placed = loaded.objects.iter().filter_map(|placed| {
        let range = text_range(placed.file?, placed.first_line, placed.manifest.root.span);
        Some(Extent { object: placed.manifest.id.to_string(), range })
    });
    let mut extents: Vec<Extent> = placed.collect();
    extents.sort_by_key(|extent| extent.range);
    extents
}

/// What is wrong with behavior annotations, at the annotation's key.
fn annotation_diagnostics(simulation: &Simulation) -> Vec<Diagnostic> {
    let cluster: &Cluster = simulation.cluster();
    simulation
        .annotation_problems()
        .iter()
        .map(|(pod, problem)| {
            let object = cluster.pod(*pod).object;
            Diagnostic {
                severity: Severity::Error,
                code: "behavior-annotation".into(),
                message: problem.message.clone(),
                help: problem.help.clone(),
                object: Some(cluster.sources.id(object).to_string()),
                field: Some(crate::text::path_string(&problem.path)),
                range: cluster.sources.line(object, &problem.path).map(|line| line.range),
                fix: None,
            }
        })
        .collect()
}
