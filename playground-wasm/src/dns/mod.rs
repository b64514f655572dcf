//! DNS as a pod meets it: its own files (`resolv.conf`, `hosts`), the stub resolver of its C library, and the cluster's name server.
//!
//! `resolver::lookup` decides which questions are sent, and hands each to a function of the caller, who carries it to the name
//! server as traffic; `server::answer` is CoreDNS, which asks the caller for what is not its own; `world::answer` is the name server
//! that knows the names outside the cluster.

pub mod cache;
pub mod corefile;
pub mod hosts;
pub mod message;
pub mod name;
pub mod resolv_conf;
pub mod resolver;
pub mod server;
pub mod world;
mod zone;

#[cfg(test)]
mod fixture;

pub use cache::Cache;
pub use hosts::Hosts;
pub use message::{Decision, Question, Rcode, Record, RecordData, RecordType, Response};
pub use name::{Name, NameError};
pub use resolv_conf::ResolvConf;
pub use resolver::order::sort;
pub use resolver::{Exchange, Lookup, SentQuery, Status, lookup};
pub use zone::reverse_address;
