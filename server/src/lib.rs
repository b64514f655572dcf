//! The Podhop server.
