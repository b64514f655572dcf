//! When EndpointSlices were written on the way to rest, and because of which pods: by this an edit of a Service's selector is taken over
//! without going that way again.
//!
//! Which pods one Service selects decides about nothing but its own slices, as long as controller and kube-proxies act at the same
//! times. They do if every write still begins when it began, no other begins, and each one that this Service takes part in has news for
//! the nodes without it.

use std::rc::Rc;

use super::clock::Millis;
use crate::cluster::{PodId, Renumbering, ServiceId};

/// A change of a pod that its endpoints may show.
#[derive(Debug, Clone, Copy)]
struct Touch {
    pod: PodId,
    at: Millis,
    /// The write that is due then, or that it brings about; absent where there is none, since no Service selects the pod.
    write: Option<usize>,
}

/// What was written until the cluster came to rest for the first time.
#[derive(Debug, Clone, Default)]
pub struct History {
    touches: Vec<Touch>,
    writes: Vec<Millis>,
    /// Each write with the Services whose slices it changed.
    changes: Vec<(usize, ServiceId)>,
    /// The cluster has been at rest.
    closed: bool,
}

/// A Service that is to select other pods, each list in order.
pub struct Reselection<'a> {
    pub service: ServiceId,
    pub before: &'a [PodId],
    pub after: &'a [PodId],
}

impl History {
    pub fn touch(self: &mut Rc<Self>, pod: PodId, at: Millis, is_due: bool) {
        if !self.closed {
            let write = is_due.then_some(self.writes.len());
            Rc::make_mut(self).touches.push(Touch { pod, at, write });
        }
    }

    pub fn write(self: &mut Rc<Self>, at: Millis, changed: impl Iterator<Item = ServiceId>) {
        if !self.closed {
            let history = Rc::make_mut(self);
            let write = history.writes.len();
            history.changes.extend(changed.map(|service| (write, service)));
            history.writes.push(at);
        }
    }

    /// Knows pods by other indices; those that come beside one that is like them changed when it did.
    pub fn renumber(self: &mut Rc<Self>, renumbering: Renumbering) {
        let history = Rc::make_mut(self);
        let turns = std::mem::take(&mut history.touches);
        // What the pods of one workload bring about is the same, whichever of them comes first.
        history.touches = renumbering.retell(turns, |touch| Some((touch.pod, touch.at)), |touch, pod| Touch { pod, ..touch });
    }

    pub fn close(self: &mut Rc<Self>) {
        if !self.closed {
            Rc::make_mut(self).closed = true;
        }
    }

    /// Whether a Service that selects other pods leaves the times as they are; `selecting` are the Services that select a pod now, and a
    /// write comes so long after what brings it about.
    pub fn is_kept<'s>(&self, reselection: &Reselection<'_>, selecting: impl Fn(PodId) -> &'s [ServiceId], delay: Millis) -> bool {
        let Reselection { service, before, after } = reselection;
        // By write the first that brings it about, now and then.
        let mut first = vec![[None; 2]; self.writes.len()];
        let mut takes_part = vec![false; self.writes.len()];
        for (number, touch) in self.touches.iter().enumerate() {
            let was_own = before.binary_search(&touch.pod).is_ok();
            let is_own = after.binary_search(&touch.pod).is_ok();
            let Some(write) = touch.write.filter(|&write| write < self.writes.len()) else {
                if is_own {
                    return false;
                }
                continue;
            };
            takes_part[write] |= was_own || is_own;
            if touch.at + delay == self.writes[write] {
                let others = selecting(touch.pod).iter().any(|other| other != service);
                for (first, selected) in first[write].iter_mut().zip([others || was_own, others || is_own]) {
                    *first = first.or(selected.then_some(number));
                }
            }
        }
        let mut has_news = vec![false; self.writes.len()];
        for &(write, _) in self.changes.iter().filter(|(_, changed)| changed != service) {
            has_news[write] = true;
        }
        // What else happens in the instant of a write happens before or behind it by which of them was due first.
        let is_alone = |write: usize| self.touches.iter().all(|touch| touch.at != self.writes[write]);
        // The first write is of all Services, whether they select pods or not.
        (1..self.writes.len()).all(|write| {
            let [now, then] = first[write];
            then.is_some() && (now == then || is_alone(write)) && (has_news[write] || !takes_part[write])
        })
    }

    /// Forgets when the slices of a Service changed, which selects other pods now: of others that is enough.
    pub fn forget(self: &mut Rc<Self>, service: ServiceId) {
        Rc::make_mut(self).changes.retain(|(_, changed)| *changed != service);
    }
}
