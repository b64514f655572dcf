//! `cluster.nodes` of a scenario: how many nodes there are, or which ones, told more shortly than Node objects tell it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How many, or each by its name or more.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Nodes {
    Count(u32),
    Each(Vec<Entry>),
}

/// A node.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    Name(String),
    Told(Box<Told>),
    /// A Node as the API has it.
    Object(Value),
}

/// What may be said of a node besides its name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    name: String,
    #[serde(alias = "ip")]
    address: Option<String>,
    #[serde(default, alias = "ips")]
    addresses: Vec<String>,
    zone: Option<String>,
    pod_cidr: Option<String>,
    #[serde(default)]
    labels: Map<String, Value>,
}

impl Nodes {
    /// The number, where that is all there is.
    pub fn count(&self) -> Option<u32> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Each(_) => None,
        }
    }

    /// The nodes as one manifest, where they are told.
    pub fn manifest(&self) -> Option<String> {
        match self {
            Self::Count(_) => None,
            Self::Each(entries) => {
                let items: Vec<Value> = entries.iter().map(Entry::object).collect();
                Some(json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string())
            }
        }
    }
}

impl Entry {
    fn object(&self) -> Value {
        match self {
            Self::Name(name) => json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {HOSTNAME: name}}}),
            Self::Object(object) => object.clone(),
            Self::Told(told) => {
                let mut labels = told.labels.clone();
                labels.entry(HOSTNAME).or_insert_with(|| told.name.clone().into());
                if let Some(zone) = &told.zone {
                    labels.insert("topology.kubernetes.io/zone".into(), zone.clone().into());
                }
                let addresses: Vec<Value> =
                    told.address.iter().chain(&told.addresses).map(|address| json!({"type": "InternalIP", "address": address})).collect();
                let mut object = json!({
                    "apiVersion": "v1",
                    "kind": "Node",
                    "metadata": {"name": told.name, "labels": labels},
                    "spec": {},
                    "status": {"addresses": addresses},
                });
                if let Some(range) = &told.pod_cidr {
                    object["spec"] = json!({"podCIDR": range, "podCIDRs": [range]});
                }
                object
            }
        }
    }
}

const HOSTNAME: &str = "kubernetes.io/hostname";
