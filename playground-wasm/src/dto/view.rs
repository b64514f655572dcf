//! What the page shows of a cluster as soon as a text is loaded.

use serde::Serialize;

use super::{Diagnostic, EventView, Peer, Picture, PodStatus, TextRange};

/// Everything the page draws after a text was loaded: problems, picture, and what can be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct View {
    /// The Kubernetes version that is modelled, `1.37`.
    pub kubernetes: String,
    /// How many objects were accepted.
    pub objects: u32,
    /// Where each of them stands, by file, then position.
    pub extents: Vec<Extent>,
    /// Sorted by file, then position; those without a range last.
    pub diagnostics: Vec<Diagnostic>,
    pub picture: Picture,
    /// Who can send a request: outside first, then workloads and bare pods by name.
    pub peers: Vec<PeerOption>,
    /// Requests that make sense in this cluster, the most telling first; the first is the default of the request bar.
    pub suggestions: Vec<Suggestion>,
    /// Virtual time in milliseconds at which this was seen.
    pub now_ms: u64,
    /// When something happens next; absent where nothing ever will by itself.
    pub next_ms: Option<u64>,
    pub pods: Vec<PodStatus>,
    /// The oldest first, as far back as they are kept.
    pub events: Vec<EventView>,
}

/// The whole text of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Extent {
    /// Object id.
    pub object: String,
    pub range: TextRange,
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
