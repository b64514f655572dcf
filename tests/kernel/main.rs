//! The rules that Podhop shows, proved in the Linux kernel: what it does with them is what the simulator says.
//!
//! Generated Services are loaded into the simulator; the rules that it shows for each of three nodes are loaded into three
//! network namespaces, with `iptables-restore` and in another run with `nft`. Then every pod, every node and clients outside
//! connect to every address and port of every Service, and what happened (who answered, which source address it saw, refused,
//! timed out) must be among the answers that the simulator may give. Needs Linux, the right to make network namespaces,
//! iproute2, iptables and nftables; without them the test says why it is skipped, or fails where `CI` is set.

#[cfg(target_os = "linux")]
mod compare;
#[cfg(target_os = "linux")]
mod generate;
#[cfg(target_os = "linux")]
mod netns;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod topology;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match run::run() {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(failures) => {
            eprintln!("{failures}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("kernel: skipped, because the rules are Linux's and this is another system");
    ExitCode::SUCCESS
}
