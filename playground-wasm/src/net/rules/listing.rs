//! Lines of rules, each with the reason why it is there.

use crate::cluster::ServiceId;
use crate::net::Proxied;
use crate::text::Step;

/// A line of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Absent for what is there whatever Services there are.
    pub origin: Option<Origin>,
}

/// The field of a Service that a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub service: ServiceId,
    /// Index in `spec.ports`.
    pub port: usize,
    pub field: Field,
}

/// Which field it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Port,
    NodePort,
    ExternalIps,
    LoadBalancer,
    SourceRanges,
    Affinity,
    /// What selects the endpoints.
    Selector,
    ExternalPolicy,
    InternalPolicy,
    HealthCheck,
}

impl Origin {
    pub fn new(proxied: &Proxied<'_>, field: Field) -> Self {
        Self { service: proxied.id, port: proxied.index, field }
    }

    /// Where the field stands in the manifest.
    pub fn path(self) -> Vec<Step> {
        let mut path: Vec<Step> = vec!["spec".into()];
        let name = match self.field {
            Field::Port | Field::NodePort => "ports",
            Field::ExternalIps => "externalIPs",
            Field::LoadBalancer => "type",
            Field::SourceRanges => "loadBalancerSourceRanges",
            Field::Affinity => "sessionAffinity",
            Field::Selector => "selector",
            Field::ExternalPolicy => "externalTrafficPolicy",
            Field::InternalPolicy => "internalTrafficPolicy",
            Field::HealthCheck => "healthCheckNodePort",
        };
        path.push(name.into());
        if matches!(self.field, Field::Port | Field::NodePort) {
            path.push(self.port.into());
            path.push(if self.field == Field::Port { "port" } else { "nodePort" }.into());
        }
        path
    }
}

/// The parts, one behind the other.
pub fn glue(parts: &[&str]) -> String {
    parts.concat()
}

/// The order of some keys, as places in their list.
pub fn order(keys: impl Iterator<Item = String>) -> Vec<usize> {
    // One way to sort for all callers: each type that is sorted costs kilobytes.
    let mut keyed: Vec<(String, usize)> = keys.zip(0..).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, place)| place).collect()
}
