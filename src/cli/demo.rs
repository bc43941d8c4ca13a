//! `demo --listen ADDR` runs the demo operator alone; `demo --export DIR` writes it as plain files.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, Failure};
use crate::demo::{DemoError, DemoRoot, DemoServer, export_static};

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = true)]
pub struct Args {
    /// Serve at this address until SIGTERM or SIGINT; port 0 lets the system choose
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Write the operator's files into this directory, for any web server
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let root = DemoRoot::find().map_err(failure)?;
    if let Some(dir) = &args.export {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        export_static(&root, dir, now_ms).map_err(failure)?;
        say!("{}", dir.display())?;
    }
    if let Some(listen) = args.listen {
        serve(listen, root)?;
    }
    Ok(Exit::Fine)
}

fn serve(listen: SocketAddr, root: DemoRoot) -> Result<(), Failure> {
    let lacks = |e: io::Error| Failure::MachineLacks(format!("the demo operator cannot start: {e}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(lacks)?;
    let mut signals = {
        let _inside = runtime.enter();
        [SignalKind::terminate(), SignalKind::interrupt()].map(signal)
    };
    let server = DemoServer::start(runtime.handle(), listen, root).map_err(failure)?;
    // Whoever started this reads the line through a pipe. A pipe that is closed is no reason to stop.
    let mut out = io::stdout();
    let _ = writeln!(out, "{}", server.url()).and_then(|()| out.flush());
    runtime.block_on(async {
        let [terminate, interrupt] = &mut signals;
        match (terminate, interrupt) {
            (Ok(terminate), Ok(interrupt)) => {
                tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            }
            // Without a handler the signals end the process by themselves.
            _ => std::future::pending().await,
        }
    });
    drop(server);
    Ok(())
}

fn failure(error: DemoError) -> Failure {
    let text = error.to_string();
    match error {
        DemoError::NotEmpty(_) => Failure::Usage(text),
        DemoError::Bad { .. } => Failure::Input(text),
        DemoError::Missing { .. } | DemoError::Listen { .. } | DemoError::Write { .. } => Failure::MachineLacks(text),
    }
}
