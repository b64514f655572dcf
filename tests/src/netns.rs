//! Linux namespaces for tests that hold the simulator against a real kernel or a real C library.
//!
//! A test runs itself once more below `unshare`, in network and mount namespaces that nothing outside can see and that vanish with
//! the process: addresses, routes, rules and files mounted over others need no cleaning up. Root needs nothing else; other users
//! get a user namespace around them where the kernel grants one.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set for the process inside.
const INSIDE: &str = "PODHOP_TEST_NAMESPACE";

/// Whether this process is the one in namespaces of its own; outside, the test of that name has passed inside when this returns.
///
/// Where namespaces may not be made it says so and the test is skipped, except for root in continuous integration.
///
/// # Panics
///
/// When the test fails inside.
pub fn isolated(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut arguments = vec!["--net", "--mount", "--propagation", "private"];
    if !root {
        arguments.extend(["--user", "--map-root-user"]);
    }
    let granted = Command::new("unshare").args(&arguments).args(["ip", "link", "set", "lo", "up"]).stderr(Stdio::null()).status();
    if !granted.is_ok_and(|status| status.success()) {
        assert!(!(root && env::var_os("CI").is_some()), "{test}: `unshare {}` and `ip` have to work here", arguments.join(" "));
        eprintln!("{test} is skipped: it needs `unshare`, `ip`, and the right to make network namespaces");
        return false;
    }
    let own = env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    let inside = Command::new("unshare").args(&arguments).arg(own).args(["--exact", test, "--nocapture"]).env(INSIDE, "1").status();
    assert!(inside.is_ok_and(|status| status.success()), "{test} failed in its namespaces");
    false
}

/// Runs a command to its end, and returns what it printed.
///
/// # Panics
///
/// When it fails.
pub fn run(line: &str) -> String {
    let mut words = line.split_whitespace();
    let output = Command::new(words.next().unwrap_or_default()).args(words).output().unwrap_or_else(|error| panic!("{line}: {error}"));
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Mounts one file over another, for this mount namespace alone.
///
/// # Panics
///
/// When it cannot be mounted.
pub fn mount_over(file: &Path, target: &str) {
    run(&format!("mount --bind {} {target}", file.display()));
}
