//! A connection to the control socket as its clients have it: lines of JSON out and in.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::net::UnixStream,
    time::Duration,
};

use serde_json::Value;

pub struct Line(pub BufReader<UnixStream>);

impl Line {
    /// Each answer is waited for no longer than `patience`.
    pub fn new(stream: UnixStream, patience: Duration) -> Self {
        stream.set_read_timeout(Some(patience)).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(lines)
    }

    pub fn receive(&mut self) -> io::Result<Value> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        serde_json::from_str(&line).map_err(|e| io::Error::other(format!("{e}: {line:?}")))
    }

    pub fn say(&mut self, lines: &[u8]) {
        self.send(lines).unwrap();
    }

    pub fn hear(&mut self) -> Value {
        self.receive().unwrap()
    }

    pub fn ask(&mut self, line: &str) -> Value {
        self.say(format!("{line}\n").as_bytes());
        self.hear()
    }
}
