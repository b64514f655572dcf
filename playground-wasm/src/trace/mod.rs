//! An exchange told as hops: who decided, by which rule, and on which manifest line.
//!
//! The simulator records what happened as values; words are made here, once, for every consumer.

mod asked;
mod edge;
mod hops;
mod proxy;
mod reason;
mod step;
mod verdict;
mod words;

pub use hops::hops;
pub use reason::{reached, reason};
pub use verdict::{sentence, verdict};
pub use words::{address_port, pod_id, port_protocol, sender_id, service_id};
