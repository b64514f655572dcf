//! Pods that come or go in the middle of the list: those behind them have other indices then.

use super::{AddressOwner, Cluster, Pod, PodId};

/// Pods that take the places of others, from one on.
#[derive(Debug, Clone, Copy)]
pub struct Renumbering {
    pub first: u32,
    pub removed: u32,
    pub added: u32,
}

impl Renumbering {
    /// What a pod's index is then; absent for one that goes.
    pub fn of(self, PodId(id): PodId) -> Option<PodId> {
        match id.checked_sub(self.first) {
            None => Some(PodId(id)),
            Some(behind) if behind < self.removed => None,
            Some(_) => Some(PodId(id - self.removed + self.added)),
        }
    }

    /// The pods that come.
    pub fn added(self) -> impl Iterator<Item = PodId> {
        (self.first..self.first + self.added).map(PodId)
    }

    /// Whether a pod, by its index then, is one of them.
    pub fn comes(self, id: PodId) -> bool {
        id.0 >= self.first && id.0 < self.first + self.added
    }

    /// Gives the pods of a list their indices, less those that go.
    pub fn apply(self, ids: &mut Vec<PodId>) {
        ids.retain_mut(|id| self.of(*id).map(|now| *id = now).is_some());
    }

    /// Puts what belongs to the pods that come in place of what belongs to those that go, in a list with an entry for each pod.
    pub fn splice<T>(self, list: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
        list.splice(self.first as usize..(self.first + self.removed) as usize, new);
    }

    /// Gives the pods their indices that a list tells of, each with the turn in which it did, less those that go. Those that come stand
    /// behind one that is like them: whatever is told of it in a turn is told of each of them, behind it.
    pub fn retell<T: Clone>(
        self,
        list: impl IntoIterator<Item = T>,
        about: impl Fn(&T) -> Option<(PodId, u64)>,
        with: impl Fn(T, PodId) -> T,
    ) -> Vec<T> {
        let list = list.into_iter();
        let mut told = Vec::with_capacity(list.size_hint().0);
        let mut turn: Vec<T> = Vec::new();
        let spread = |turn: &mut Vec<T>, told: &mut Vec<T>| {
            for id in self.added().filter(|_| !turn.is_empty()) {
                told.extend(turn.iter().map(|one| with(one.clone(), id)));
            }
            turn.clear();
        };
        for one in list {
            let subject = about(&one);
            if turn.first().is_some_and(|first| about(first) != subject) {
                spread(&mut turn, &mut told);
            }
            if subject.is_some_and(|(id, _)| id.0 + 1 == self.first) {
                turn.push(one.clone());
            }
            match subject {
                Some((id, _)) => told.extend(self.of(id).map(|now| with(one, now))),
                None => told.push(one),
            }
        }
        spread(&mut turn, &mut told);
        told
    }
}

impl Cluster {
    /// Has pods come, or go that own no address any more.
    pub fn renumber(&mut self, renumbering: Renumbering, pods: Vec<Pod>) {
        for owner in self.addresses.values_mut() {
            if let AddressOwner::Pod(id) = owner
                && let Some(now) = renumbering.of(*id)
            {
                *id = now;
            }
        }
        renumbering.splice(&mut self.pods, pods);
        renumbering.apply(&mut self.pods_by_name);
        self.sort_names_of(&renumbering.added().collect::<Vec<_>>());
        for first in &mut self.first_pods {
            *first = first.and_then(|first| renumbering.of(first));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PodId, Renumbering};

    #[test]
    fn moves_what_stands_behind() {
        let ids = |renumbering: Renumbering| {
            let mut ids: Vec<PodId> = (0..5).map(PodId).collect();
            renumbering.apply(&mut ids);
            ids.into_iter().map(|PodId(id)| id).collect::<Vec<_>>()
        };
        assert_eq!(ids(Renumbering { first: 2, removed: 0, added: 3 }), [0, 1, 5, 6, 7]);
        assert_eq!(ids(Renumbering { first: 2, removed: 2, added: 0 }), [0, 1, 2]);
        let mut list = vec!['a', 'b', 'c'];
        Renumbering { first: 1, removed: 1, added: 2 }.splice(&mut list, ['x', 'y']);
        assert_eq!(list, ['a', 'x', 'y', 'c']);
        let told = [(0, 1, 'a'), (1, 2, 'b'), (1, 2, 'c'), (1, 3, 'd'), (2, 3, 'e')];
        let retold = Renumbering { first: 2, removed: 0, added: 1 }.retell(
            told,
            |&(id, turn, _)| Some((PodId(id), turn)),
            |(_, turn, what), PodId(id)| (id, turn, what),
        );
        assert_eq!(retold, [(0, 1, 'a'), (1, 2, 'b'), (1, 2, 'c'), (2, 2, 'b'), (2, 2, 'c'), (1, 3, 'd'), (2, 3, 'd'), (3, 3, 'e')]);
    }
}
