//! `podhop serve`: load everything, say what is wrong with it, listen, and stop in good order.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use crate::App;
use crate::assets::{Assets, AssetsError};
use crate::cli::ServeArgs;
use crate::lessons::Course;
use crate::routes;

/// How long open requests may take to finish once the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server could not start, or had to end.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: {source}. Is Podhop running already? Choose another port with --listen.")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot read the lessons in {}: {source}. --lessons takes a folder with one folder a lesson.", path.display())]
    Lessons { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Assets(#[from] AssetsError),
    #[error("the server ended: {0}")]
    Io(#[from] io::Error),
}

/// Serves until SIGINT or SIGTERM.
pub fn run(args: ServeArgs) -> Result<(), ServeError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(args))
}

async fn serve(args: ServeArgs) -> Result<(), ServeError> {
    let app = load(args.lessons)?;
    let listener = TcpListener::bind(args.listen).await.map_err(|source| ServeError::Listen { address: args.listen, source })?;
    // Whoever reads the address may stop the server at once, so the signals are awaited before.
    let stop = stop_signal()?;
    // Tests and scripts wait for this line, so it goes to standard output, alone.
    let mut stdout = io::stdout();
    writeln!(stdout, "Podhop is at http://{}/", listener.local_addr()?)?;
    stdout.flush()?;

    let (stopping, mut stopped) = watch::channel(());
    let graceful = axum::serve(listener, routes::router(app)).with_graceful_shutdown(async move {
        stop.await;
        info!("stopping: open requests may finish");
        drop(stopping);
    });
    tokio::select! {
        ended = graceful => ended?,
        () = async {
            // An error here means that the sender is gone: the signal came.
            let _ = stopped.changed().await;
            tokio::time::sleep(GRACE).await;
        } => warn!("stopped with requests still open after {} s", GRACE.as_secs()),
    }
    Ok(())
}

fn load(lessons: Option<PathBuf>) -> Result<App, ServeError> {
    let assets = Assets::embedded()?;
    if !assets.is_built() {
        warn!("the front end is not built into this binary: `cargo xtask serve` builds it");
    }
    let course = match lessons {
        None => Course::embedded(),
        Some(path) => Course::embedded_with(&path).map_err(|source| ServeError::Lessons { path, source })?,
    };
    for problem in course.problems() {
        warn!("lesson left out or incomplete: {problem}");
    }
    info!("{} lessons", course.lessons().len());
    Ok(App::new(assets, course))
}

/// Takes over SIGINT and SIGTERM, and resolves on either.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves on Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    // Without a handler, Ctrl-C ends the process, which is what was asked for.
    Ok(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
}
