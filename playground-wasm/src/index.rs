//! A map for looking things up by key, where nobody asks for an order.
//!
//! A `HashMap` with a fixed hasher: the same on every run, and each key type costs the WASM a tenth of what a `BTreeMap` does.
//! What is walked through in order stays a `BTreeMap`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// A map without an order.
pub type Index<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
