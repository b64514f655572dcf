//! The Podhop simulator.
pub mod behavior;
pub mod cluster;
pub mod control;
pub mod dns;
pub mod dto;
pub mod goals;
pub mod index;
pub mod load;
pub mod model;
pub mod net;
pub mod object;
pub mod playground;
pub mod policy;
pub mod query;
pub mod request;
pub mod simulate;
pub mod text;
pub mod trace;
pub mod view;
#[cfg(target_arch = "wasm32")]
mod wasm;
