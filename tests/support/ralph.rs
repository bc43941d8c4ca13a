//! A real learning record store: Ralph (`ralph-malph` of PyPI) with its file backend, as a process of its own on a port of
//! this machine. `packaging/test` installs it once.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub const USER: &str = "box";
pub const PASSWORD: &str = "a secret of the tests";
/// Python starts slowly on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

pub struct Ralph {
    place: TempDir,
    port: u16,
    child: Option<Child>,
}

/// Ralph as a module of Uvicorn: its own `runserver` puts a process between, which outlives being ended. Its file backend
/// takes one batch and no second unless it is told to append.
const SERVE: &str = "
import sys, uvicorn
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
uvicorn.run('ralph.api:app', host='127.0.0.1', port=int(sys.argv[1]))
";

fn program(name: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let path = cache.expect("a home").join("jinse-xuetang/tools/ralph/bin").join(name);
    assert!(path.is_file(), "{} is missing; packaging/test installs it", path.display());
    path
}

impl Ralph {
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut ralph = Self { place: tempfile::tempdir().unwrap(), port, child: None };
        fs::create_dir_all(ralph.place.path().join("data")).unwrap();
        let made = ralph
            .command("ralph")
            .args(["auth", "-w", "-u", USER, "-p", PASSWORD, "-s", "all", "-N", "box"])
            .args(["-M", "mailto:box@school.example"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        ralph.start_again();
        ralph
    }

    fn command(&self, name: &str) -> Command {
        let mut command = super::command(program(name).to_str().unwrap());
        command
            .env("RALPH_RUNSERVER_BACKEND", "fs")
            .env("RALPH_APP_DIR", self.place.path().join("app"))
            .env("RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH", self.place.path().join("data"));
        command
    }

    /// What a configuration calls `lrs`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/xAPI", self.port)
    }

    /// Ends it as an administrator does: what it has taken is in its file, and connections break.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    /// Serves again at the same address, with what it has.
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the record store still runs");
        let log = fs::File::options().create(true).append(true).open(self.place.path().join("log")).unwrap();
        let mut command = self.command("python3");
        command.args(["-c", SERVE, &self.port.to_string()]);
        command.stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(
                ended.is_none() && since.elapsed() < READY_WITHIN,
                "the record store does not start\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("log")).unwrap_or_default()
    }

    fn file(&self) -> PathBuf {
        self.place.path().join("data/fs_lrs.jsonl")
    }

    /// Every statement that it has, in the order of arrival, without what the store itself adds.
    pub fn statements(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.file()).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).map(as_sent).collect()
    }

    /// One statement as the store answers it over its interface.
    pub async fn by_id(&self, id: &str) -> Value {
        let url = format!("{}/statements?statementId={id}", self.endpoint());
        let answer = reqwest::Client::new().get(url).basic_auth(USER, Some(PASSWORD));
        let answer = answer.header("X-Experience-API-Version", "1.0.3").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let found: Value = answer.json().await.unwrap();
        as_sent(found["statements"][0].clone())
    }

    /// Has the store's own validator look at each statement: it knows the forms of xAPI and of the video profile.
    pub fn validate(&self) -> Result<(), String> {
        let checked = self
            .command("ralph")
            .args(["validate", "-f", "xapi", "-F"])
            .stdin(fs::File::open(self.file()).unwrap())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        let all = fs::read_to_string(self.file()).unwrap().lines().count();
        let passed = String::from_utf8_lossy(&checked.stdout).lines().count();
        if checked.status.success() && all == passed { Ok(()) } else { Err(format!("{passed} of {all}: {said}")) }
    }

    pub fn data(&self) -> &Path {
        self.place.path()
    }
}

fn as_sent(mut statement: Value) -> Value {
    if let Some(fields) = statement.as_object_mut() {
        fields.remove("stored");
        fields.remove("authority");
    }
    statement
}

impl Drop for Ralph {
    fn drop(&mut self) {
        self.stop();
    }
}
