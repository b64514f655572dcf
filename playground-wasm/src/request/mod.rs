//! A request from one peer to a URL: the name is looked up, a connection is made, HTTP is spoken, and the container that
//! answers makes its own calls.
//!
//! All of it is made of [`crate::net::connect`]; this module only strings connections together. What containers do with a
//! failed call is not known: they answer as declared, and the failed call stands in the trace.

mod exchange;
mod forward;
mod kept;
mod lookup;
mod pass;
mod proxy;
mod sender;
mod target;

use crate::edge::{Headers, HttpRequest};

pub use exchange::{CLIENT_TIMEOUT_US, Exchange, Stop, run, run_on};
pub use kept::{Broken, Kept, Support};
pub use lookup::{Resolution, look_up};
pub use pass::{How, Passed, Secured};
pub use proxy::Relayed;
pub use sender::{Sender, SenderError, resolve as resolve_sender};
pub use target::{Inside, Target, Transport, parse as parse_target};

/// What is asked: the target, and the HTTP details.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub target: Target,
    pub method: String,
    /// All but Host.
    pub headers: Headers,
    /// The Host header, where it is not the target's.
    pub host: Option<String>,
    /// The mesh whose mutual TLS the sender, a sidecar, offers.
    pub mesh: Option<&'static str>,
}

impl Request {
    /// A GET without headers of its own.
    pub fn get(target: Target) -> Self {
        Self { target, method: "GET".into(), headers: Headers::default(), host: None, mesh: None }
    }

    /// The request as HTTP has it.
    pub fn http(&self) -> HttpRequest {
        HttpRequest {
            method: self.method.clone(),
            host: self.host.clone().unwrap_or_else(|| self.target.host_header()),
            path: self.target.path.clone(),
            headers: self.headers.clone(),
        }
    }
}
