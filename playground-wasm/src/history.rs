//! A history: what is done to a cluster as time passes, and the moment at which somebody looks at it. Goals of lessons and scenarios
//! name theirs alike, with `at` and `actions`.

use serde_json::Value;

use crate::control::{Action, Millis, Simulation, millis};

/// What is done to a cluster as time passes.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// When it is looked at; absent once all has come to rest.
    pub at: Option<Millis>,
    /// The earliest first.
    pub actions: Vec<Action>,
}

impl History {
    /// Reads the two fields; the error says what is amiss with them.
    pub fn read(at: Option<&Value>, actions: &[Value]) -> Result<Self, String> {
        let at = at.map(|at| millis(at).ok_or_else(|| format!("`at` is {at}, not a number of seconds"))).transpose()?;
        let mut actions = actions.iter().map(Action::read).collect::<Result<Vec<_>, _>>()?;
        actions.sort_by_key(|action| action.at);
        Ok(Self { at, actions })
    }

    /// Whether nothing but rest is asked for.
    pub fn is_rest(&self) -> bool {
        self.at.is_none() && self.actions.is_empty()
    }

    /// Leads a cluster from time zero to the moment, and gives what the API server refused on the way. A load begins before what is
    /// done to the cluster while it flows.
    pub fn run(&self, simulation: &mut Simulation, is_load: bool) -> Vec<String> {
        let mut refused = Vec::new();
        for Action { at, change } in self.actions.iter().filter(|action| !self.comes_later(action, is_load)) {
            simulation.run_until(*at);
            refused.extend(simulation.act(change));
        }
        match (self.at, self.actions.first()) {
            (Some(at), _) => simulation.run_until(at),
            (None, Some(first)) if is_load => simulation.settle_until(first.at),
            (None, _) => simulation.settle(),
        }
        refused
    }

    /// What is done while a load flows.
    pub fn during_load(&self) -> Vec<Action> {
        self.actions.iter().filter(|action| self.comes_later(action, true)).cloned().collect()
    }

    fn comes_later(&self, action: &Action, is_load: bool) -> bool {
        self.at.map_or(is_load, |at| action.at > at)
    }
}
