//! A map for looking things up by key, where nobody asks for an order.
//!
//! A `HashMap` with a fixed hasher of its own: the same on every run, quick for the addresses, ids and short names that keys are
//! here, and each key type costs the WASM a tenth of what a `BTreeMap` does. It is no defence against keys that are made to
//! collide, which a person could only do to the own tab. What is walked through in order stays a `BTreeMap`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map without an order.
pub type Index<K, V> = HashMap<K, V, BuildHasherDefault<Mixer>>;

/// Multiplies each word into the state, as Firefox's hasher does, and folds the high bits, which are mixed best, into the low
/// ones, which choose the bucket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        // An IPv4 address.
        if let &[a, b, c, d] = bytes {
            return self.write_u64(u32::from_le_bytes([a, b, c, d]).into());
        }
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
