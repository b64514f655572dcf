//! The API server's judgement of an object that it could decode: `pkg/apis/*/validation`, on the defaults of `pkg/apis/*/v1`.
//!
//! A function a type, each with the rules of the Go function it names, in that order and in those words. Ratcheting (what an
//! update may keep because it was there before) and feature gates below beta are left out, and so are fields that no pod of
//! the simulator feels: cloud volumes, Windows options, security contexts, resize policies.

mod address;
mod at;
mod config;
mod container;
mod ingress;
mod meta;
mod placement;
mod pod;
mod policy;
mod probe;
mod resources;
mod service;
mod slice;
mod update;
mod volume;
mod workload;

pub use at::At;
pub use update::update;

use super::error::Errors;
use crate::text::Node;

/// Judges the spec of an object of a kind; its metadata is judged with [`metadata`].
pub fn validate(kind: &str, root: &Node, errors: &mut Errors) {
    let root = At::root(root);
    match kind {
        "Service" => service::service(root, errors),
        "Pod" => pod::pod(root, errors),
        "ReplicationController" | "ReplicaSet" | "Deployment" | "StatefulSet" | "DaemonSet" => workload::controller(kind, root, errors),
        "Job" => workload::job(root, errors),
        "CronJob" => workload::cron_job(root, errors),
        "EndpointSlice" => slice::endpoint_slice(root, errors),
        "Endpoints" => slice::endpoints(root, errors),
        "ConfigMap" => config::config_map(root, errors),
        "Secret" => config::secret(root, errors),
        "NetworkPolicy" => policy::network_policy(root, errors),
        "Ingress" => ingress::ingress(root, errors),
        "IngressClass" => ingress::ingress_class(root, errors),
        "Node" => config::node(root, errors),
        _ => {}
    }
}

pub use meta::metadata;
