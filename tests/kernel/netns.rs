//! A network namespace: a thread that lives in one of its own and does there what it is asked to.
//!
//! The namespace ends with its thread, so nothing is left behind, however a run ends. Commands that the thread starts are in
//! the namespace, too, and sockets belong to the one in which they were made.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::gettid;
use tokio::sync::mpsc as channel;
use tokio::task::{JoinSet, LocalSet};

use crate::probe::{Answer, Probe, Server, probe, serve};

/// What the thread may be asked to do.
enum Job {
    /// Commands, one a line, of which the first that fails ends all; the text goes to the standard input of each.
    Run(String, String, mpsc::Sender<Result<String, String>>),
    Serve(Server, mpsc::Sender<Result<String, String>>),
    Probe(Vec<(usize, Probe)>, mpsc::Sender<Vec<(usize, Answer)>>),
}

/// A handle on a namespace.
pub struct Netns {
    pub name: String,
    /// By which other namespaces can pass it an interface.
    pub thread: i32,
    jobs: channel::UnboundedSender<Job>,
}

/// Answers that are still to come.
pub struct Pending(mpsc::Receiver<Vec<(usize, Answer)>>);

impl Pending {
    pub fn wait(self) -> Vec<(usize, Answer)> {
        self.0.recv().unwrap_or_default()
    }
}

impl Netns {
    /// A new namespace; the error says why there cannot be one.
    pub fn new(name: &str) -> Result<Self, String> {
        let (jobs, inbox) = channel::unbounded_channel();
        let (ready, started) = mpsc::channel();
        let body = move || {
            if let Err(error) = unshare(CloneFlags::CLONE_NEWNET) {
                let _ = ready.send(Err(format!("unshare(CLONE_NEWNET): {error}")));
                return;
            }
            let _ = ready.send(Ok(gettid().as_raw()));
            live(inbox);
        };
        thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|error| error.to_string())?;
        let thread = started.recv().map_err(|error| error.to_string())??;
        Ok(Self { name: name.to_owned(), thread, jobs })
    }

    /// Runs commands in the namespace, one a line, and gives what they print; `key=value` sets one of `/proc/sys/net`.
    pub fn run(&self, commands: &str) -> Result<String, String> {
        self.run_with(commands, "")
    }

    /// Likewise, with a text for their standard input.
    pub fn run_with(&self, commands: &str, input: &str) -> Result<String, String> {
        let (sender, done) = mpsc::channel();
        self.ask(Job::Run(commands.to_owned(), input.to_owned(), sender));
        let result = done.recv().map_err(|error| error.to_string())?;
        result.map_err(|error| format!("{}: {error}", self.name))
    }

    /// Opens a port there that tells everyone its name and whom it saw.
    pub fn serve(&self, server: Server) -> Result<(), String> {
        let (sender, done) = mpsc::channel();
        self.ask(Job::Serve(server, sender));
        done.recv().map_err(|error| error.to_string())?.map(|_| ()).map_err(|error| format!("{}: {error}", self.name))
    }

    /// Sends all probes at once.
    pub fn probe(&self, probes: Vec<(usize, Probe)>) -> Pending {
        let (sender, done) = mpsc::channel();
        self.ask(Job::Probe(probes, sender));
        Pending(done)
    }

    fn ask(&self, job: Job) {
        // A thread that is gone drops the sender of the answer, which says so.
        let _ = self.jobs.send(job);
    }
}

fn live(mut inbox: channel::UnboundedReceiver<Job>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    LocalSet::new().block_on(&runtime, async move {
        while let Some(job) = inbox.recv().await {
            match job {
                Job::Run(commands, input, done) => {
                    let _ = done.send(run(&commands, &input));
                }
                Job::Serve(server, done) => {
                    let _ = done.send(serve(server).await.map(|()| String::new()));
                }
                Job::Probe(probes, done) => {
                    tokio::task::spawn_local(async move {
                        let mut running = JoinSet::new();
                        for (index, sent) in probes {
                            running.spawn_local(async move { (index, probe(sent).await) });
                        }
                        let _ = done.send(running.join_all().await);
                    });
                }
            }
        }
    });
}

fn run(commands: &str, input: &str) -> Result<String, String> {
    let mut output = String::new();
    for line in commands.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let failed = |error: std::io::Error| format!("{line}: {error}");
        if let Some((key, value)) = line.split_once('=').filter(|_| !line.contains(' ')) {
            fs::write(format!("/proc/sys/net/{key}"), value).map_err(failed)?;
            continue;
        }
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Its usual place cannot be written to by everybody, and nobody else is in these namespaces.
        command.env("XTABLES_LOCKFILE", std::env::temp_dir().join("podhop-xtables.lock"));
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(failed)?;
        }
        let done = child.wait_with_output().map_err(failed)?;
        if !done.status.success() {
            return Err(format!("{line}: {}", String::from_utf8_lossy(&done.stderr)));
        }
        output.push_str(&String::from_utf8_lossy(&done.stdout));
    }
    Ok(output)
}
