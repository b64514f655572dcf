//! The Podhop simulator.
pub mod behavior;
pub mod cluster;
pub mod control;
pub mod dto;
pub mod model;
pub mod net;
pub mod object;
pub mod policy;
pub mod request;
pub mod text;
