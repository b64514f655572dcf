//! What a steady load met with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Hop, Outcome};

/// The figures of a steady load.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrafficAnswer {
    /// Seconds of the virtual clock at which the first request was sent.
    pub began_at: f64,
    pub sent: u32,
    pub succeeded: u32,
    /// By outcome, or by status where the answer has one of 400 or more.
    pub failed: BTreeMap<String, u32>,
    /// Who answered those that succeeded: `namespace/pod`, or an address outside.
    pub by_backend: BTreeMap<String, u32>,
    /// Of the requests that were answered, if any was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latency>,
    /// Where the answered requests spent their time, on average; the parts add up to their mean latency.
    pub latency_by_hop: Vec<HopLatency>,
    /// Requests by the second in which they were due.
    pub timeline: Vec<TrafficSecond>,
    /// Of the requests that failed, the one that was due first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<FirstFailure>,
    /// Connections that the client opened.
    pub connections: u32,
    /// Questions that its resolver sent to name servers.
    pub dns_queries: u32,
    /// Requests that were answered at another address than the first that was tried.
    pub other_address: u32,
    /// Downstream calls that failed, by outcome or status, whatever was answered in spite of it.
    pub failed_calls: BTreeMap<String, u32>,
    /// What the API server refused of the actions on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Milliseconds by rank: of a hundred requests, fifty took at most `p50`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Latency {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// What one hop takes of a request's time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct HopLatency {
    /// Object id: the name server's Service, the Service for the connection, the workload for its answer, the client while it waits for a
    /// connection.
    pub actor: String,
    pub ms: f64,
}

/// The requests of one second.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrafficSecond {
    /// From 0, since the load began.
    pub second: u32,
    pub sent: u32,
    pub succeeded: u32,
    pub failed: u32,
}

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FirstFailure {
    /// Seconds of the virtual clock at which it was due.
    pub at: f64,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// A finding code, where one names the fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub headline: String,
    pub detail: String,
    pub hops: Vec<Hop>,
}

impl TrafficAnswer {
    /// It in a line: `5998 of 6000 succeeded; 2 refused`.
    pub fn summary(&self) -> String {
        let failed = self.failed.iter().map(|(how, count)| format!("; {count} {how}"));
        format!("{} of {} succeeded{}", self.succeeded, self.sent, failed.collect::<String>())
    }
}
