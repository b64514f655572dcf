//! Sets of small numbers, one bit each.

/// A set of numbers below a bound that is given when it is made; sets that are combined have the same bound.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn of(bound: usize, numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut bits = Self(vec![0; bound.div_ceil(64)]);
        for number in numbers {
            bits.0[number / 64] |= 1 << (number % 64);
        }
        bits
    }

    pub(super) fn remove(&mut self, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            self.0[number / 64] &= !(1 << (number % 64));
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(super) fn unite(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, only) in self.0.iter_mut().zip(&other.0) {
            *word &= only;
        }
    }
}
