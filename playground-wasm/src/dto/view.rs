//! What the page shows of a cluster as soon as a text is loaded.

use serde::Serialize;

use super::{Diagnostic, Peer, Picture};

/// Everything the page draws after a text was loaded: problems, picture, and what can be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct View {
    /// The Kubernetes version that is modelled, `1.37`.
    pub kubernetes: String,
    /// How many objects were accepted.
    pub objects: u32,
    /// Sorted by file, then position; those without a range last.
    pub diagnostics: Vec<Diagnostic>,
    pub picture: Picture,
    /// Who can send a request: outside first, then workloads and bare pods by name.
    pub peers: Vec<PeerOption>,
    /// Requests that make sense in this cluster, the most telling first; the first is the default of the request bar.
    pub suggestions: Vec<Suggestion>,
    /// Virtual time in milliseconds at which this was seen.
    pub now_ms: u64,
}

/// Somebody who can send a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PeerOption {
    /// Object id: `Outside/198.51.100.7`, `Deployment/shop/web`, `Pod/shop/curl`, `Node/node-1`.
    pub id: String,
    /// What a menu shows: `outside`, `web`, `web in shop`.
    pub label: String,
    /// The peer as a query takes it.
    pub peer: Peer,
}

/// A request worth sending.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Suggestion {
    /// What a menu shows: `LoadBalancer frontend-external`.
    pub label: String,
    /// Id of the peer to send from.
    pub from: String,
    pub url: String,
}
