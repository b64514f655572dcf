//! The API server's judgement of an object that it could decode: `pkg/apis/*/validation`, on the defaults of `pkg/apis/*/v1`.
//!
//! A function a type, each with the rules of the Go function it names, in that order and in those words. Ratcheting (what an
//! update may keep because it was there before) and feature gates below beta are left out, and so are fields that no pod of
//! the simulator feels: volumes of single vendors, Windows options, profiles of seccomp and AppArmor, sysctls, resize policies,
//! resource claims, and what only ephemeral containers may not have. Objects of the Gateway API are judged by their schemas.
//!
//! What few objects have is judged in functions that are not inlined and only called where it is set: those stay out of the part
//! of the WebAssembly module that a page loads first.

mod address;
mod at;
mod config;
mod container;
mod crd;
mod gateway;
mod ingress;
mod job;
mod meta;
mod placement;
mod pod;
mod policy;
mod probe;
mod resources;
mod schedule;
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
        "Job" => job::job(root, errors),
        "CronJob" => job::cron_job(root, errors),
        "EndpointSlice" => slice::endpoint_slice(root, errors),
        "Endpoints" => slice::endpoints(root, errors),
        "ConfigMap" => config::config_map(root, errors),
        "Secret" => config::secret(root, errors),
        "NetworkPolicy" => policy::network_policy(root, errors),
        "Ingress" => ingress::ingress(root, errors),
        "IngressClass" => ingress::ingress_class(root, errors),
        "Node" => config::node(root, errors),
        _ => crd::custom(kind, root, errors),
    }
}

pub use meta::metadata;
