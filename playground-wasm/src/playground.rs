//! What a page holds: the files as last loaded, the cluster they make, and the answers it gives.

use crate::cluster::Config;
use crate::control::Simulation;
use crate::dto::{GoalResult, SourceFile, View};
use crate::goals::{self, Goal};
use crate::load::Loader;
use crate::query::{Answer, Query, answer};
use crate::view::view;

/// A playground; empty until something is loaded.
#[derive(Default)]
pub struct Playground {
    loader: Loader,
    simulation: Option<Simulation>,
}

impl Playground {
    /// Reads the files, builds the cluster, and lets it come to rest.
    pub fn load(&mut self, files: &[SourceFile]) -> View {
        let loaded = self.loader.update(files);
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let view = view(&simulation, loaded);
        self.simulation = Some(simulation);
        view
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
