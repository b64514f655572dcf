//! The Podhop simulator.
pub mod behavior;
pub mod cluster;
pub mod dns;
pub mod dto;
pub mod model;
pub mod text;
