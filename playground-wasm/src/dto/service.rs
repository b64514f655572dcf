//! What a Service leads to: its endpoints, what a node does with a packet for it, and the rules by which it does.

use serde::Serialize;

use super::LineRef;

/// The answer to an `endpoints` query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EndpointsAnswer {
    pub addresses: Vec<EndpointAddress>,
}

/// One address and port of a Service's EndpointSlices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EndpointAddress {
    pub ip: String,
    pub port: Option<u16>,
    pub port_name: String,
    pub protocol: String,
    pub ready: bool,
    pub serving: bool,
    pub terminating: bool,
    pub node: Option<String>,
    pub pod: Option<String>,
    /// The name of the slice that holds it.
    pub slice: String,
    pub zone: Option<String>,
    /// The name that DNS gives it within its Service.
    pub hostname: Option<String>,
    /// The zones and nodes it is meant for; absent without hints.
    pub zone_hints: Option<Vec<String>>,
    pub node_hints: Option<Vec<String>>,
}

/// The answer to a `packet` query: what kube-proxy on a node does with a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PacketAnswer {
    /// `forward`, `reject`, `drop`, or `none` where it is not its business.
    pub verdict: String,
    /// Every endpoint it may go to, `10.244.1.2:80`; empty unless forwarded.
    pub endpoints: Vec<String>,
    /// Whether its source is rewritten; of a packet that may come back to its own sender, whether it is in that case.
    pub masquerade: bool,
}

/// The answer to a `rules` query: kube-proxy's rules on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RulesAnswer {
    /// As the tool of the proxy mode prints them: `iptables-save`, `nft list table`, `ipvsadm -Ln`.
    pub text: String,
    /// Which lines come from which field, in the order of the lines; lines that no Service brings are in none.
    pub origins: Vec<RuleOrigin>,
}

/// Lines of rules that come from one field of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RuleOrigin {
    /// Number of the first line of the text, from 1.
    pub first: u32,
    /// Number of the last line.
    pub last: u32,
    /// Object id of the Service.
    pub object: String,
    /// The field, or the nearest one above it that is written.
    pub line: Option<LineRef>,
}
