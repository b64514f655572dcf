//! A small seeded generator: the same seed gives the same choices (SplitMix64, Steele, Lea and Flood 2014).

/// A source of choices without any randomness from outside.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An index below a count; 0 where the count is 0. The bias of the remainder is below one in 2^32 for any list here.
    pub fn below(&mut self, count: usize) -> usize {
        if count == 0 {
            return 0;
        }
        usize::try_from(self.draw() % count as u64).unwrap_or(0)
    }
}
