//! The Podhop simulator.
pub mod dto;
