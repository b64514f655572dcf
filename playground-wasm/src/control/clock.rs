//! The virtual clock: an ordered queue of what is due, without any wall clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Virtual milliseconds since the cluster was built.
pub type Millis = u64;

/// Events by time; those of one instant in the order they were scheduled.
#[derive(Debug, Clone)]
pub struct Queue<E> {
    now: Millis,
    sequence: u64,
    /// How many events are due that will change something.
    busy: usize,
    heap: BinaryHeap<Reverse<Entry<E>>>,
}

#[derive(Debug, Clone)]
struct Entry<E> {
    at: Millis,
    sequence: u64,
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
        Self { now: 0, sequence: 0, busy: 0, heap: BinaryHeap::new() }
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
        self.heap.push(Reverse(Entry { at: self.now.saturating_add(delay), sequence: self.sequence, quiet, event }));
        self.sequence += 1;
        self.busy += usize::from(!quiet);
    }

    /// Takes the next event due by then and moves the clock to it.
    pub fn pop_until(&mut self, limit: Millis) -> Option<E> {
        if self.heap.peek().is_none_or(|Reverse(entry)| entry.at > limit) {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        self.now = entry.at;
        self.busy -= usize::from(!entry.quiet);
        Some(entry.event)
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
