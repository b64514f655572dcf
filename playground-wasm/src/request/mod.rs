//! A request from one peer to a URL: the name is looked up, a connection is made, HTTP is spoken, and the container that
//! answers makes its own calls.
//!
//! All of it is made of [`crate::net::connect`]; this module only strings connections together. What containers do with a
//! failed call is not known: they answer as declared, and the failed call stands in the trace.

mod exchange;
mod forward;
mod lookup;
mod sender;
mod target;

pub use exchange::{Exchange, Stop, run};
pub use lookup::{Resolution, look_up};
pub use sender::{Sender, SenderError, resolve as resolve_sender};
pub use target::{Target, Transport, parse as parse_target};

/// What is asked: the sender, the target, and the HTTP details.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub target: Target,
    pub method: String,
    pub headers: std::collections::BTreeMap<String, String>,
}
