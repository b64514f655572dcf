//! What a page holds: the files as last loaded, the cluster they make, and the answers it gives.

use crate::cluster::Config;
use crate::control::Simulation;
use crate::dto::{GoalResult, SourceFile, View};
use crate::goals::{self, Goal};
use crate::load::{Changed, Loader};
use crate::query::{Answer, Query, answer};
use crate::view::{view, view_after};

/// A playground; empty until something is loaded.
#[derive(Default)]
pub struct Playground {
    loader: Loader,
    simulation: Option<Simulation>,
    /// As it was shown last.
    view: Option<View>,
}

impl Playground {
    /// Reads the files, and has the cluster that they make at rest: built, or, after an edit that goes well with what runs, the last
    /// one with the objects exchanged.
    pub fn load(&mut self, files: &[SourceFile]) -> &View {
        let loaded = self.loader.update(files);
        let edited = match (&mut self.simulation, &loaded.changed) {
            (Some(simulation), Changed::Some(before)) => simulation.edit(&loaded.objects, before),
            _ => None,
        };
        let view = match (edited, &self.simulation, self.view.take()) {
            // How a fix is written may depend on more of the text than on the fields.
            (Some(_), _, Some(before)) if loaded.same && before.diagnostics.iter().all(|told| told.fix.is_none()) => before,
            (Some(edited), Some(simulation), Some(before)) => view_after(before, &edited, simulation, loaded),
            _ => {
                let mut simulation = Simulation::new(&loaded.objects, Config::default());
                simulation.settle();
                let view = view(&simulation, loaded);
                self.simulation = Some(simulation);
                view
            }
        };
        self.view.insert(view)
    }

    /// Answers a question about what was loaded last; the error is for the person who asked.
    pub fn query(&self, query: &Query) -> Result<Answer, String> {
        let simulation = self.simulation.as_ref().ok_or("nothing is loaded yet")?;
        answer(simulation.network(), self.loader.loaded(), query)
    }

    /// How the goals of a lesson stand.
    pub fn check(&self, goals: &[Goal]) -> Vec<GoalResult> {
        let Some(simulation) = &self.simulation else { return Vec::new() };
        goals::check(simulation.network(), self.loader.loaded(), goals)
    }
}
