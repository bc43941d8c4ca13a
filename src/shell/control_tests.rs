//! The control socket through a real socket.

#[path = "../../tests/support/line.rs"]
mod line;

use std::{
    io::{BufRead as _, Read as _},
    os::unix::net::UnixStream as Std,
    time::Instant,
};

use super::*;
use crate::remote::key::RemoteKey;
use line::Line;

/// Long enough for a machine under load; nothing waits for it when all goes well.
const LONG: Duration = Duration::from_secs(20);

struct Bench {
    // Dropped before the runtime it lives on.
    server: ControlServer,
    asked: Arc<Mutex<Vec<ControlRequest>>>,
    later: Arc<Mutex<Vec<ReplyTo>>>,
    _runtime: tokio::runtime::Runtime,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let (asked, later) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (seen, kept) = (Arc::clone(&asked), Arc::clone(&later));
        let handler: Handler = Arc::new(move |request, reply| {
            seen.lock().unwrap().push(request.clone());
            match request {
                ControlRequest::GetState => reply.send(json!({"screen": "home"})),
                ControlRequest::Screenshot(path) => reply.error(&format!("{} cannot be written", path.display())),
                ControlRequest::Key(RemoteKey::Power) => drop(reply),
                ControlRequest::Hold { .. } => kept.lock().unwrap().push(reply),
                _ => reply.ok(),
            }
        });
        let server = ControlServer::start(&dir.path().join("c.sock"), runtime.handle(), handler).unwrap();
        Self { server, asked, later, _runtime: runtime, dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("c.sock")
    }

    fn connect(&self) -> Line {
        Line::new(Std::connect(self.path()).unwrap(), LONG)
    }

    fn subscribers(&self) -> usize {
        self.server.shared.clients().subscribers.len()
    }
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let until = Instant::now() + LONG;
    while !ready() {
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn requests_reach_the_handler_and_answers_come_back_in_order() {
    let bench = Bench::new();
    let mut line = bench.connect();
    line.say(
        b"{\"key\":\"ok\"}\n\n{\"key\":\"digit\",\"value\":3}\r\n{\"get\":\"state\"}\n{\"screenshot\":\"/x.png\"}\n",
    );
    assert_eq!(line.hear(), json!({"ok": true}));
    assert_eq!(line.hear(), json!({"ok": true}));
    assert_eq!(line.hear(), json!({"screen": "home"}));
    assert_eq!(line.hear(), json!({"error": "/x.png cannot be written"}));
    assert_eq!(line.ask(r#"{"key":"power"}"#), json!({"error": "the program gave no answer"}));
    let asked = bench.asked.lock().unwrap();
    assert_eq!(asked[1], ControlRequest::Key(RemoteKey::digit(3).unwrap()));
    assert_eq!(asked.len(), 5);
}

#[test]
fn an_answer_may_come_later_and_others_are_served_meanwhile() {
    let bench = Bench::new();
    let (mut slow, mut quick) = (bench.connect(), bench.connect());
    slow.say(b"{\"hold\":\"right\",\"ms\":800}\n");
    wait_for("the hold", || !bench.later.lock().unwrap().is_empty());
    assert_eq!(quick.ask(r#"{"key":"ok"}"#), json!({"ok": true}));
    bench.later.lock().unwrap().pop().unwrap().send(json!({"held": 800}));
    assert_eq!(slow.hear(), json!({"held": 800}));
}

#[test]
fn nonsense_is_answered_and_the_connection_kept() {
    let bench = Bench::new();
    let mut line = bench.connect();
    let error = |value: Value| value["error"].as_str().unwrap().to_owned();
    assert!(error(line.ask("{nonsense")).starts_with("not JSON"));
    line.say(b"{\"key\":\"\xff\"}\n");
    assert_eq!(error(line.hear()), "the line is not UTF-8");
    line.say(&vec![b'a'; 3 * LINE_MAX_BYTES]);
    line.say(b"\n");
    assert!(error(line.hear()).contains("65536 bytes"));
    assert!(error(line.ask(&"[".repeat(60_000))).starts_with("not JSON"));
    assert_eq!(line.ask(r#"{"get":"state"}"#), json!({"screen": "home"}));
}

#[test]
fn a_last_line_without_its_end_is_answered_before_the_connection_closes() {
    let bench = Bench::new();
    let mut line = bench.connect();
    line.say(b"{\"get\":\"state\"}");
    line.0.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(line.hear(), json!({"screen": "home"}));
    assert_eq!(line.0.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn subscribers_hear_the_state_and_each_change_of_it_once() {
    let bench = Bench::new();
    let (mut line, mut other) = (bench.connect(), bench.connect());
    assert_eq!(line.ask(r#"{"subscribe":true}"#), json!({"screen": "home"}));
    // As `echo … | nc -U` does: the sending side closes, the listening goes on.
    line.0.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
    for state in ["live", "live", "band", "live"] {
        bench.server.publish(&json!({"screen": state}));
    }
    for state in ["live", "band", "live"] {
        assert_eq!(line.hear(), json!({"screen": state}));
    }
    assert_eq!(other.ask(r#"{"subscribe":true}"#), json!({"screen": "home"}));
    assert_eq!(other.ask(r#"{"subscribe":false}"#), json!({"ok": true}));
    bench.server.publish(&json!({"screen": "history"}));
    assert_eq!(line.hear(), json!({"screen": "history"}));
    assert_eq!(other.ask(r#"{"key":"ok"}"#), json!({"ok": true}), "no state though unsubscribed");
}

#[test]
fn a_subscriber_that_does_not_read_is_dropped_and_never_waited_for() {
    let bench = Bench::new();
    let (mut deaf, mut keen) = (bench.connect(), bench.connect());
    deaf.ask(r#"{"subscribe":true}"#);
    keen.ask(r#"{"subscribe":true}"#);
    assert_eq!(bench.subscribers(), 2);
    let ballast = "x".repeat(32 * 1024);
    let mut n = 0;
    wait_for("the deaf one to be dropped", || {
        n += 1;
        bench.server.publish(&json!({"n": n, "ballast": ballast}));
        assert_eq!(keen.hear()["n"], n);
        bench.subscribers() == 1
    });
    let read = deaf.0.read_to_end(&mut Vec::new());
    assert!(read.is_ok() || read.is_err_and(|e| e.kind() == io::ErrorKind::ConnectionReset));
    assert_eq!(keen.ask(r#"{"key":"ok"}"#), json!({"ok": true}));
}

#[test]
fn the_seventeenth_connection_is_told_so() {
    let bench = Bench::new();
    let mut lines: Vec<_> = (0..CONNECTIONS_MAX).map(|_| bench.connect()).collect();
    for line in &mut lines {
        line.ask(r#"{"key":"ok"}"#);
    }
    let mut extra = bench.connect();
    assert_eq!(extra.hear(), json!({"error": "16 connections are open; close one first"}));
    drop(lines.pop());
    wait_for("a free seat", || {
        let mut line = bench.connect();
        let _ = line.send(b"{\"key\":\"ok\"}\n");
        let mut said = String::new();
        line.0.read_line(&mut said).is_ok() && said.contains("true")
    });
}

#[test]
fn the_socket_is_for_its_owner_alone_and_goes_with_the_server() {
    let bench = Bench::new();
    let path = bench.path();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> = fs::read_dir(bench.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["c.sock"], "nothing is left of the private folder");
    let mut line = bench.connect();
    line.ask(r#"{"key":"ok"}"#);
    let Bench { server, dir: _dir, _runtime, .. } = bench;
    drop(server);
    assert_eq!(line.0.read_to_end(&mut Vec::new()).unwrap(), 0, "the connection is closed");
    assert!(!path.exists());
}

#[test]
fn only_a_dead_socket_is_replaced() {
    let bench = Bench::new();
    let handler: Handler = Arc::new(|_, reply| reply.ok());
    let start = |path: &Path| ControlServer::start(path, bench._runtime.handle(), Arc::clone(&handler));

    assert!(matches!(start(&bench.path()), Err(ControlError::InUse { .. })));

    let file = bench.dir.path().join("letter");
    fs::write(&file, "dear").unwrap();
    let refused = start(&file).err().unwrap();
    assert!(matches!(refused, ControlError::NotASocket { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear");
    let link = bench.dir.path().join("link");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(matches!(start(&link), Err(ControlError::NotASocket { .. })));

    let stale = bench.dir.path().join("stale");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    let server = start(&stale).unwrap();
    assert!(Std::connect(&stale).is_ok());
    // A successor that took the place over keeps it.
    fs::remove_file(&stale).unwrap();
    let successor = start(&stale).unwrap();
    drop(server);
    assert!(Std::connect(&stale).is_ok());
    drop(successor);

    assert!(matches!(start(&bench.dir.path().join("no/such/place")), Err(ControlError::Io { .. })));
    assert!(matches!(start(&bench.dir.path().join("x".repeat(120))), Err(ControlError::Io { .. })));
}
