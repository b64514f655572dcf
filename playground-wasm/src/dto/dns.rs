//! The answer to a lookup.

use serde::Serialize;

/// The answer to a `dns` query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DnsAnswer {
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, or `TIMEOUT` where no server answered.
    pub rcode: String,
    pub answers: Vec<Record>,
    pub additional: Vec<Record>,
    /// What the pod's resolver sent, in order.
    pub queries: Vec<SentQuery>,
    /// Why it failed, where it did, as a sentence.
    pub detail: String,
}

/// A resource record in presentation form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(rename = "DnsRecord"))]
pub struct Record {
    /// Absolute, with its root dot.
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
    /// Seconds.
    pub ttl: u32,
    pub data: String,
}

/// One question that a resolver sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SentQuery {
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
    pub rcode: String,
}
