//! The API's types as far as the simulator reads them, under the names that Kubernetes gives them.
//!
//! A field that is not here is still known to [`super::API`], which finds misspelt ones; a test of each file holds its
//! fields against that table. A new field is a line here and its use in the conversion.

pub mod apps;
pub mod batch;
pub mod core;
pub mod discovery;
pub mod gateway;
pub mod meta;
pub mod networking;
pub mod pod;
pub mod route;
