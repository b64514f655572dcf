//! How fast the simulator is, natively; each benchmark's name says the bound that it is to stay under.

mod edit;
mod load;
mod manifests;
mod policy;
mod request;
mod traffic;

use criterion::{criterion_group, criterion_main};

criterion_group!(all, load::benchmarks, edit::benchmarks, request::benchmarks, policy::benchmarks, traffic::benchmarks);
criterion_main!(all);
