//! What a page holds: the files as last loaded, the cluster they make on its clock, and the answers it gives.
//!
//! Time goes back by going forward again: from the beginning or from a copy that was made on the way, through the same actions, so
//! that the history is the same.

use crate::cluster::Config;
use crate::control::{Action, Change, Millis, Simulation};
use crate::diagnose::Sound;
use crate::dto::{GoalResult, Moment, SourceFile, View};
use crate::goals::{self, Goal};
use crate::load::{Changed, Loader};
use crate::query::{Answer, Query, TrafficQuery, answer};
use crate::view::{moment, unrun, view, view_after};

/// How many copies are kept, and how far they are apart at least.
const COPIES: usize = 32;
const APART: Millis = 5_000;

/// A playground; empty until something is loaded.
#[derive(Default)]
pub struct Playground {
    loader: Loader,
    simulation: Option<Simulation>,
    /// As the cluster was shown at rest; absent once time went on or somebody acted.
    view: Option<View>,
    /// What its diagnosis found in order.
    sound: Sound,
    /// What was done since the files were loaded, in the order of its time.
    actions: Vec<Action>,
    /// The cluster at earlier times, after the actions of that time; the earliest first.
    copies: Vec<Simulation>,
}

impl Playground {
    /// Reads the files, and has the cluster that they make at rest: built, or, after an edit that its pods cannot feel, the last one
    /// with the objects exchanged. One of more pods than are run is only read.
    pub fn load(&mut self, files: &[SourceFile]) -> &View {
        let loaded = self.loader.update(files);
        let before = self.view.take();
        if loaded.too_many_pods().is_some() {
            self.simulation = None;
            self.actions.clear();
            self.copies.clear();
            return self.view.insert(unrun(loaded));
        }
        let edited = match (&mut self.simulation, &before, &loaded.changed) {
            (Some(simulation), Some(_), Changed::Some(exchanged)) => simulation.edit(&loaded.objects, exchanged),
            _ => None,
        };
        let view = match (edited, &self.simulation, before) {
            (Some(edited), Some(simulation), Some(before)) => view_after(before, &edited, simulation, loaded, &mut self.sound),
            _ => {
                let mut simulation = Simulation::new(&loaded.objects, Config::default());
                simulation.settle();
                self.sound = Sound::default();
                let view = view(&simulation, loaded, &mut self.sound);
                self.simulation = Some(simulation);
                view
            }
        };
        self.actions.clear();
        self.copies.clear();
        self.view.insert(view)
    }

    /// Goes to a time, forward or back.
    pub fn seek(&mut self, time: Millis) -> Result<Moment, String> {
        let mut simulation = self.simulation.take().ok_or(NOTHING)?;
        self.view = None;
        if time < simulation.now() {
            let kept = self.copies.iter().rposition(|copy| copy.now() <= time);
            simulation = match kept {
                Some(index) => self.copies[index].clone(),
                None => Simulation::new(&self.loader.loaded().objects, Config::default()),
            };
            let from = kept.map(|_| simulation.now());
            for action in self.actions.iter().filter(|action| action.at <= time && from.is_none_or(|from| action.at > from)) {
                simulation.run_until(action.at);
                simulation.act(&action.change);
            }
        } else {
            for action in
                self.actions.iter().filter(|action| action.at > simulation.now() && action.at <= time).cloned().collect::<Vec<_>>()
            {
                self.keep(&simulation);
                simulation.run_until(action.at);
                simulation.act(&action.change);
            }
        }
        self.keep(&simulation);
        simulation.run_until(time);
        let moment = moment(&simulation, Vec::new());
        self.simulation = Some(simulation);
        Ok(moment)
    }

    /// Changes the cluster now; what was done later is forgotten, since it was done to another cluster.
    pub fn act(&mut self, change: Change) -> Result<Moment, String> {
        let simulation = self.simulation.as_mut().ok_or(NOTHING)?;
        self.view = None;
        let now = simulation.now();
        simulation.run_until(now);
        let warnings = simulation.act(&change);
        simulation.run_until(now);
        let moment = moment(simulation, warnings);
        self.actions.retain(|action| action.at <= now);
        self.copies.retain(|copy| copy.now() < now);
        self.actions.push(Action { at: now, change });
        Ok(moment)
    }

    /// Drops what was done from now on, so that going on shows how it would have been without.
    pub fn forget(&mut self) {
        let now = self.simulation.as_ref().map_or(0, Simulation::now);
        self.actions.retain(|action| action.at < now);
        self.copies.retain(|copy| copy.now() < now);
    }

    /// Keeps a copy to come back to, where the last is long enough ago.
    fn keep(&mut self, simulation: &Simulation) {
        let now = simulation.now();
        if self.copies.iter().any(|copy| copy.now() > now || now - copy.now() < APART) {
            return;
        }
        if self.copies.len() == COPIES {
            // Every other one goes, so that the copies reach as far as before.
            let mut index = 0;
            self.copies.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.copies.push(simulation.clone());
    }

    /// Answers a question about the cluster as it is now; the error is for the person who asked.
    pub fn query(&self, query: &Query) -> Result<Answer, String> {
        let simulation = self.simulation.as_ref().ok_or_else(|| self.nothing())?;
        if let Query::Traffic(load) = query {
            // What was done later happens while it flows.
            let later = self.actions.iter().filter(|action| action.at > simulation.now()).cloned().collect();
            let load = TrafficQuery { scheduled: later, ..(**load).clone() };
            return answer(simulation, self.loader.loaded(), &Query::Traffic(Box::new(load)));
        }
        answer(simulation, self.loader.loaded(), query)
    }

    /// Why there is no cluster.
    fn nothing(&self) -> String {
        self.loader.loaded().too_many_pods().map_or(NOTHING, |diagnostic| &diagnostic.message).to_owned()
    }

    /// How the goals of a lesson stand.
    pub fn check(&self, goals: &[Goal]) -> Vec<GoalResult> {
        let Some(simulation) = &self.simulation else { return Vec::new() };
        goals::check(simulation, self.loader.loaded(), goals)
    }
}

const NOTHING: &str = "nothing is loaded yet";
