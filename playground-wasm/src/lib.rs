//! The Podhop simulator.
pub mod behavior;
pub mod cluster;
pub mod dto;
pub mod model;
pub mod policy;
pub mod text;
