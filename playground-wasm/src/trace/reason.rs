//! Which finding a failure is: the same that `diagnose` tells of the manifests.

use super::hops;
use crate::cluster::AddressOwner;
use crate::diagnose::{self, Scene};
use crate::net::{Network, What};
use crate::request::Exchange;

/// The finding code of a failed exchange; absent where it worked, or where no finding names the failure.
pub fn reason(net: Network<'_>, exchange: &Exchange) -> Option<&'static str> {
    use crate::dto::Outcome::{Connected, Response};
    // A proxy in a pod fails for what it met behind it.
    if let Some(last) = exchange.passed.as_ref().and_then(|passed| passed.attempts.last()) {
        return reason(net, last);
    }
    if exchange.relayed.is_none() && matches!(exchange.outcome, Response | Connected) {
        return None;
    }
    // A pod that ends has closed its port, whatever its manifest says.
    let ends = match exchange.steps.last().map(|step| &step.what) {
        Some(What::NotListening { at: AddressOwner::Pod(pod), .. }) => net.cluster.pod(*pod).terminating,
        _ => false,
    };
    if ends {
        return None;
    }
    diagnose::reason(&Scene::new(net), exchange).map(|code| code.name)
}

pub use hops::reached;
