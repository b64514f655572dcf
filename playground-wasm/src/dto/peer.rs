//! Who sends and who receives.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who sends, in the contract's words: a pod or a workload of a namespace, a node, or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields))]
pub struct Peer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// `Deployment/web`: its first pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
}

/// Its name, as in a sentence: `web`, of a workload without its kind.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workload = self.workload.as_deref().map(|workload| workload.rsplit('/').next().unwrap_or(workload));
        let named = [self.pod.as_deref(), workload, self.node.as_deref(), self.ip.as_deref()];
        f.write_str(named.into_iter().flatten().next().unwrap_or("nobody"))
    }
}
