//! How a container starts and ends, as its behavior annotation says it.

/// A container's life; the default can be pulled, listens at once, ends a moment after SIGTERM and never crashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Life {
    /// Its image cannot be pulled.
    pub missing_image: bool,
    /// Milliseconds from its start until it listens.
    pub startup_ms: u64,
    /// Milliseconds from SIGTERM until it exits, in which it finishes what it has accepted.
    pub shutdown_ms: u64,
    /// SIGTERM does nothing to it, and it runs until SIGKILL.
    pub ignores_sigterm: bool,
    /// Milliseconds from its start until it exits by itself.
    pub crash_after_ms: Option<u64>,
    /// What it exits with where it exits by itself.
    pub exit_code: i32,
}
