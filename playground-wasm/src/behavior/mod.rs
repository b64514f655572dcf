//! What containers do, by declaration: which ports they listen on, what they answer, and whom they call.
//!
//! In this order: the annotation `podhop.dev/behavior`, an image the simulator knows (`images.yaml`), the declared ports.

use std::net::IpAddr;

use crate::model::Protocol;
use crate::text::Step;

/// What one container does while it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContainerBehavior {
    pub listeners: Vec<Listener>,
    /// Downstream calls in the order they are written.
    pub calls: Vec<Reference>,
    /// What the annotation says of readiness; absent where it says nothing.
    pub ready: Option<bool>,
}

/// An open port.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    pub port: u16,
    pub protocol: Protocol,
    /// Absent means every address of the network namespace.
    pub address: Option<IpAddr>,
    pub app: App,
    /// The line that says so, in the object that holds the pod spec; the container's image where the image says it.
    pub origin: Vec<Step>,
}

/// What a listener does with a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum App {
    /// Answers HTTP (and gRPC, which is HTTP/2) with this.
    Http(Respond),
    /// Speaks a protocol of its own: a connection is all that can be said.
    Raw,
    /// The cluster's DNS server.
    Dns,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respond {
    pub status: u16,
    pub body: String,
}

/// A place where a workload names another: a URL or `host:port` in env, args or command, or an entry of `calls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As it is written: `http://api/cart`, `redis-cart:6379`.
    pub text: String,
    /// Lower case; absent for `host:port`.
    pub scheme: Option<String>,
    pub host: String,
    /// The written port, or the scheme's own.
    pub port: u16,
    /// `/` where none is written.
    pub path: String,
    /// The line it stands in, in the object that holds the pod spec.
    pub origin: Vec<Step>,
    /// Given as `calls` in the annotation rather than inferred.
    pub explicit: bool,
}
