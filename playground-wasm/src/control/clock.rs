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
    heap: BinaryHeap<Reverse<Entry<E>>>,
}

#[derive(Debug, Clone)]
struct Entry<E> {
    at: Millis,
    sequence: u64,
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
        Self { now: 0, sequence: 0, heap: BinaryHeap::new() }
    }
}

impl<E> Queue<E> {
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Schedules an event so many milliseconds from now.
    pub fn after(&mut self, delay: Millis, event: E) {
        self.heap.push(Reverse(Entry { at: self.now + delay, sequence: self.sequence, event }));
        self.sequence += 1;
    }

    /// Takes the next event due by then and moves the clock to it.
    pub fn pop_until(&mut self, limit: Millis) -> Option<E> {
        if self.heap.peek().is_none_or(|Reverse(entry)| entry.at > limit) {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        self.now = entry.at;
        Some(entry.event)
    }

    /// Moves the clock on when nothing is due before.
    pub fn advance_to(&mut self, time: Millis) {
        self.now = self.now.max(time);
    }

    pub fn pending(&self) -> impl Iterator<Item = &E> {
        self.heap.iter().map(|Reverse(entry)| &entry.event)
    }
}
