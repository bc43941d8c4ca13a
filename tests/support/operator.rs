//! The demo operator as a process of its own, which can go away and come back at the same address.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_jinse-xuetang");
/// Far beyond what a loaded machine needs to read the demo's few files.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Serves a folder as an operator's root, as long as the runtime lives.
pub fn serve(dir: &Path) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback_service(tower_http::services::ServeDir::new(dir));
    runtime.spawn(async move { axum::serve(listener, app).await });
    (runtime, url)
}

pub struct Operator {
    address: &'static str,
    port: u16,
    child: Option<Child>,
}

impl Operator {
    /// Serves on a free port of this machine.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// At another address of this machine.
    pub fn start_at(address: &'static str) -> Self {
        let port = TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port();
        let mut operator = Self { address, port, child: None };
        operator.start_again();
        operator
    }

    pub fn url(&self) -> String {
        format!("http://{}:{}/", self.address, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nobody answers any more; connections that are open break.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Answers again at the same address.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the operator still runs");
        let since = Instant::now();
        loop {
            let address = format!("{}:{}", self.address, self.port);
            let mut child = super::command(PROGRAM)
                .args(["demo", "--listen", &address])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap_or_else(|e| panic!("{}", super::missing("setpriv", &e)));
            // The address is printed once it answers.
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            if line.starts_with("http://") {
                self.child = Some(child);
                return;
            }
            // The port may still be on its way back to the system.
            let _ = child.wait();
            assert!(since.elapsed() < READY_WITHIN, "the demo operator does not start on port {}", self.port);
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.stop();
    }
}
