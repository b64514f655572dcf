//! The virtual clock: an ordered queue of what is due, without any wall clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::cluster::{PodId, Renumbering};

/// Virtual milliseconds since the cluster was built.
pub type Millis = u64;

/// Events by time; those of one instant in the order they were scheduled.
#[derive(Debug, Clone)]
pub struct Queue<E> {
    now: Millis,
    sequence: u64,
    /// How many events were taken.
    turn: u64,
    /// How many events are due that will change something.
    busy: usize,
    heap: BinaryHeap<Reverse<Entry<E>>>,
}

#[derive(Debug, Clone)]
struct Entry<E> {
    at: Millis,
    sequence: u64,
    /// The turn in which it was scheduled.
    turn: u64,
    /// It repeats what is so already, and nobody need wait for it.
    quiet: bool,
    event: E,
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.sequence) == (other.at, other.sequence)
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { now: 0, sequence: 0, turn: 0, busy: 0, heap: BinaryHeap::new() }
    }
}

impl<E> Queue<E> {
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Schedules an event so many milliseconds from now.
    pub fn after(&mut self, delay: Millis, event: E) {
        self.push(delay, event, false);
    }

    /// Schedules an event that nobody need wait for who waits until all is at rest.
    pub fn quietly_after(&mut self, delay: Millis, event: E) {
        self.push(delay, event, true);
    }

    fn push(&mut self, delay: Millis, event: E, quiet: bool) {
        let at = self.now.saturating_add(delay);
        self.heap.push(Reverse(Entry { at, sequence: self.sequence, turn: self.turn, quiet, event }));
        self.sequence += 1;
        self.busy += usize::from(!quiet);
    }

    /// Which event is being handled, counted from 1; 0 before the first.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Takes the next event due by then and moves the clock to it.
    pub fn pop_until(&mut self, limit: Millis) -> Option<E> {
        if self.heap.peek().is_none_or(|Reverse(entry)| entry.at > limit) {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        self.now = entry.at;
        self.turn += 1;
        self.busy -= usize::from(!entry.quiet);
        Some(entry.event)
    }

    /// Has events be about pods of other indices: each names the one that it is about, if any.
    pub fn renumber(&mut self, renumbering: Renumbering, about: impl Fn(&E) -> Option<PodId>, with: impl Fn(&E, PodId) -> E)
    where
        E: Clone,
    {
        let mut entries: Vec<Entry<E>> = std::mem::take(&mut self.heap).into_iter().map(|Reverse(entry)| entry).collect();
        entries.sort_unstable();
        let subject = |entry: &Entry<E>| Some((about(&entry.event)?, entry.turn));
        let entries = renumbering.retell(entries, subject, |entry, id| Entry { event: with(&entry.event, id), ..entry });
        self.busy = entries.iter().filter(|entry| !entry.quiet).count();
        let numbered = (0..).zip(entries).map(|(sequence, entry)| Reverse(Entry { sequence, ..entry }));
        self.heap = numbered.collect();
        self.sequence = self.heap.len() as u64;
    }

    /// Moves the clock on when nothing is due before.
    pub fn advance_to(&mut self, time: Millis) {
        self.now = self.now.max(time);
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Millis> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Whether something is due that one would wait for.
    pub fn is_busy(&self) -> bool {
        self.busy > 0
    }
}
