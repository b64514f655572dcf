//! What a page holds: the files as last loaded, the cluster they make, and the answers it gives.

use crate::cluster::Config;
use crate::control::Simulation;
use crate::dto::{GoalResult, SourceFile, View};
use crate::goals::{self, Goal};
use crate::load::{Loaded, Loader};
use crate::query::{Answer, Query, answer};
use crate::view::view;

/// A playground; empty until something is loaded.
#[derive(Default)]
pub struct Playground {
    loader: Loader,
    state: Option<(Loaded, Simulation)>,
}

impl Playground {
    /// Reads the files, builds the cluster, and lets it come to rest.
    pub fn load(&mut self, files: &[SourceFile]) -> View {
        let loaded = self.loader.load(files);
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let view = view(&simulation, &loaded);
        self.state = Some((loaded, simulation));
        view
    }

    /// Answers a question about what was loaded last; the error is for the person who asked.
    pub fn query(&self, query: &Query) -> Result<Answer, String> {
        let (loaded, simulation) = self.state.as_ref().ok_or("nothing is loaded yet")?;
        answer(simulation.network(), loaded, query)
    }

    /// How the goals of a lesson stand.
    pub fn check(&self, goals: &[Goal]) -> Vec<GoalResult> {
        self.state.as_ref().map(|(loaded, simulation)| goals::check(simulation.network(), loaded, goals)).unwrap_or_default()
    }
}
