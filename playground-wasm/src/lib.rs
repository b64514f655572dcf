//! The Podhop simulator: how containers talk in a Kubernetes cluster, computed from its manifests.
//!
//! One direction, no way back: `text` reads documents, `schema` holds them against the fields of their types, `object` judges and converts them to the `model`, `control` runs the
//! `cluster` on a virtual clock, `net` with `policy` and `dns` is its data plane, `request` strings connections together, `trace`
//! tells what happened, and `query`, `view` and `goals` are what consumers ask.

pub mod behavior;
pub mod cluster;
pub mod control;
pub mod diagnose;
pub mod dns;
pub mod dto;
pub mod edge;
pub mod goals;
pub mod history;
pub mod index;
pub mod load;
pub mod model;
pub mod net;
pub mod object;
pub mod playground;
pub mod policy;
pub mod query;
pub mod request;
pub mod schema;
pub mod simulate;
pub mod text;
pub mod trace;
pub mod view;
#[cfg(target_arch = "wasm32")]
mod wasm;
