//! What a page holds: the files as last loaded, the cluster they make, and the answers it gives.

use crate::cluster::Config;
use crate::control::Simulation;
use crate::dto::{GoalResult, SourceFile, View};
use crate::goals::{self, Goal};
use crate::load::Loader;
use crate::query::{Answer, Query, answer};
use crate::view::{unrun, view};

/// A playground; empty until something is loaded.
#[derive(Default)]
pub struct Playground {
    loader: Loader,
    simulation: Option<Simulation>,
}

impl Playground {
    /// Reads the files, builds the cluster, and lets it come to rest. One of more pods than are run is only read.
    pub fn load(&mut self, files: &[SourceFile]) -> View {
        let loaded = self.loader.update(files);
        if loaded.too_many_pods().is_some() {
            self.simulation = None;
            return unrun(loaded);
        }
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let view = view(&simulation, loaded);
        self.simulation = Some(simulation);
        view
    }

    /// Answers a question about what was loaded last; the error is for the person who asked.
    pub fn query(&self, query: &Query) -> Result<Answer, String> {
        let Some(simulation) = &self.simulation else {
            let refused = self.loader.loaded().too_many_pods();
            return Err(refused.map_or("nothing is loaded yet", |diagnostic| &diagnostic.message).to_owned());
        };
        answer(simulation.network(), self.loader.loaded(), query)
    }

    /// How the goals of a lesson stand.
    pub fn check(&self, goals: &[Goal]) -> Vec<GoalResult> {
        let Some(simulation) = &self.simulation else { return Vec::new() };
        goals::check(simulation.network(), self.loader.loaded(), goals)
    }
}
