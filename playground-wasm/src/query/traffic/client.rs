//! The client of a load: when its requests are due, and the connections that it keeps (HTTP/1.1: a connection carries one request
//! at a time, and a request waits for the first that is free).

use super::flight::Flight;
use crate::cluster::Cluster;
use crate::request::{Broken, Kept};

pub struct Client {
    count: u64,
    /// Thousandths of a request a second.
    rate: u64,
    /// How many requests were taken.
    taken: u64,
    /// Since when one of its connections is free, where all were in use.
    free_us: u64,
    /// Connections to keep; none where each request opens its own.
    slots: Vec<Slot>,
    turn: usize,
}

#[derive(Clone, Default)]
struct Slot {
    kept: Option<Kept>,
    busy: bool,
    /// The machine at its other end has failed, so that the client does not learn of its end.
    silent: bool,
}

impl Client {
    pub fn new(count: u64, rate: u64, slots: u32) -> Self {
        Self { count, rate, taken: 0, free_us: 0, slots: vec![Slot::default(); slots as usize], turn: 0 }
    }

    /// When the next request can be sent; absent where there is none, or no connection is free.
    pub fn next_us(&self) -> Option<u64> {
        let free = self.slots.is_empty() || self.slots.iter().any(|slot| !slot.busy);
        (free && self.taken < self.count).then(|| self.due_us().max(self.free_us))
    }

    fn due_us(&self) -> u64 {
        (self.taken * 1_000_000_000).checked_div(self.rate).unwrap_or_default()
    }

    /// Takes the next request, and says when it was due.
    pub fn take(&mut self) -> u64 {
        let due_us = self.due_us();
        self.taken += 1;
        due_us
    }

    /// Takes the next connection that is free into use, all in turn; one that does not stand is to be opened.
    pub fn seize(&mut self) -> (Option<usize>, Option<Kept>) {
        let count = self.slots.len();
        let turns = || (0..count).map(|step| (self.turn + step) % count);
        let Some(index) = turns().find(|&index| !self.slots[index].busy) else { return (None, None) };
        self.turn = index + 1;
        self.slots[index].busy = true;
        (Some(index), self.slots[index].kept.clone())
    }

    /// A request is over: its connection is kept or closed.
    pub fn release(&mut self, cluster: &Cluster, us: u64, flight: &Flight) {
        let Some(index) = flight.slot else { return };
        self.free_us = us;
        let slot = &mut self.slots[index];
        slot.busy = false;
        let stands = flight.stands().then(|| slot.kept.take().or_else(|| flight.kept.clone())).flatten();
        slot.kept = stands;
        slot.look(cluster);
    }

    /// Looks after the connections once something has changed.
    pub fn look(&mut self, cluster: &Cluster) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.busy) {
            slot.look(cluster);
        }
    }

    /// Closes all connections: the one who sent is no more.
    pub fn hang_up(&mut self) {
        for slot in &mut self.slots {
            slot.kept = None;
        }
    }
}

impl Slot {
    fn look(&mut self, cluster: &Cluster) {
        let Some(kept) = &self.kept else {
            self.silent = false;
            return;
        };
        match kept.way.broken(cluster) {
            Some(Broken::Silent(_)) => self.silent = true,
            Some(Broken::Ended) | None if self.silent => {}
            Some(Broken::Ended) => self.kept = None,
            None if kept.way.closes(cluster) || kept.is_flushed(cluster) => self.kept = None,
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_equal_distances() {
        let mut client = Client::new(4, 3_000, 0);
        let mut due = Vec::new();
        while let Some(next) = client.next_us() {
            assert_eq!(client.take(), next);
            due.push(next);
        }
        assert_eq!(due, [0, 333_333, 666_666, 1_000_000]);
    }

    #[test]
    fn a_request_waits_while_no_connection_is_free() {
        let mut client = Client::new(3, 1_000, 2);
        client.take();
        assert_eq!(client.seize().0, Some(0));
        assert_eq!(client.next_us(), Some(1_000_000));
        client.take();
        assert_eq!(client.seize().0, Some(1));
        assert_eq!(client.next_us(), None);
        assert_eq!(client.seize().0, None);
    }
}
