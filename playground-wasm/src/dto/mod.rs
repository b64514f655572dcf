//! What crosses the border to JavaScript, to the command line and to tests: plain data, nothing else.
//!
//! Every consumer (picture, trace list, problems, goals, `podhop simulate`) reads these types, so they cannot disagree.
//! Their TypeScript twins in `static/src/dto.ts` are generated from here (`cargo xtask types`); names are snake case on both sides,
//! as the scenario contract writes them.
//!
//! An *object id* is `Kind/namespace/name`, or `Kind/name` where the kind has no namespace: `Service/shop/web`,
//! `Node/node-1`. `Outside/198.51.100.7` stands for an address outside the cluster.

mod diagnostic;
mod dns;
mod files;
mod goal;
mod peer;
mod picture;
mod pods;
mod request;
mod service;
mod text;
mod traffic;
#[cfg(all(test, feature = "ts"))]
mod typescript;
mod validate;
mod view;

pub use diagnostic::{Diagnostic, Edit, Fix, Severity};
pub use dns::{DnsAnswer, Record, SentQuery};
pub use files::{FileSeen, FilesAnswer};
pub use goal::GoalResult;
pub use peer::Peer;
pub use picture::{CallView, ContainerView, NodeView, Picture, PodView, PolicyView, ServiceView};
pub use pods::{ConditionView, ContainerStatus, EventView, Moment, PodStatus, PodsAnswer};
pub use request::{Backend, BackendRequest, Hop, HopKind, Outcome, RequestAnswer, TlsShown};
pub use service::{EndpointAddress, EndpointsAnswer, PacketAnswer, RuleOrigin, RulesAnswer};
pub use text::{LineRef, SourceFile, TextRange};
pub use traffic::{FirstFailure, HopLatency, Latency, TrafficAnswer, TrafficSecond};
pub use validate::{ValidateAnswer, ValidatedObject, ValidationError};
pub use view::{Extent, PeerOption, Suggestion, View};
