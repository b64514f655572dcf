//! The one view model: what the page draws of a cluster, made from the same cluster that answers queries.

mod after;
mod calls;
mod moment;
mod picture;
mod shift;
mod suggest;

use crate::cluster::{Cluster, text_range};
use crate::control::{Edited, Placed, Simulation};
use crate::diagnose::{self, Sound};
use crate::dto::{Diagnostic, Extent, Moment, Picture, Severity, View};
use crate::load::Loaded;
pub use after::view_after;
pub use moment::{described, events, pods};

/// The Kubernetes version whose API and behavior are modelled.
pub const KUBERNETES: &str = "1.37";

/// The address that requests from outside come from (TEST-NET-2).
pub const OUTSIDE: &str = "198.51.100.7";

/// The view of a simulation at its present time.
pub fn view(simulation: &Simulation, loaded: &Loaded, sound: &mut Sound) -> View {
    let extents = extents(loaded);
    let peers = suggest::peers(simulation.cluster());
    View {
        kubernetes: KUBERNETES.into(),
        objects: u32::try_from(extents.len()).unwrap_or(u32::MAX),
        extents,
        diagnostics: diagnostics(simulation, loaded, sound, &Edited::default()),
        picture: picture::picture(simulation.network()),
        suggestions: suggest::suggestions(simulation.network(), &peers),
        peers,
        now_ms: simulation.now(),
        next_ms: simulation.next_event_at(),
        pods: pods(simulation, None),
        events: events(simulation, None),
    }
}

fn diagnostics(simulation: &Simulation, loaded: &Loaded, sound: &mut Sound, edited: &Edited) -> Vec<Diagnostic> {
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(annotation_diagnostics(simulation));
    let findings = diagnose::diagnose(simulation.network(), loaded, sound, edited);
    diagnostics.extend(findings.into_iter().map(|finding| finding.diagnostic(simulation.cluster())));
    diagnose::sort(&mut diagnostics);
    diagnostics
}

/// What changes as time passes.
pub fn moment(simulation: &Simulation, warnings: Vec<String>) -> Moment {
    Moment {
        now_ms: simulation.now(),
        next_ms: simulation.next_event_at(),
        picture: picture::picture(simulation.network()),
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
    let mut extents: Vec<Extent> = loaded.objects.iter().filter_map(extent).collect();
    extents.sort_by_key(|extent| extent.range);
    extents
}

fn extent(placed: &Placed) -> Option<Extent> {
    let range = text_range(placed.file?, placed.first_line, placed.manifest.root.span);
    Some(Extent { object: placed.manifest.id.to_string(), range })
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
