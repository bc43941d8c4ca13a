//! `espeak-ng` as a child process: the words go to its standard input, never into its arguments and through no shell.
//! There is at most one child, and none outlives this.

use std::{
    ffi::OsString,
    io::{self, Write},
    process::{Child, Command, Stdio},
};

use super::{Speaker, SpeechError, Words};
use crate::player::types::Speed;

/// The program, and Debian's package of that name.
pub const PROGRAM: &str = "espeak-ng";

/// Standard Chinese.
const LANGUAGE: &str = "cmn";

pub struct EspeakNg {
    program: OsString,
    child: Option<Child>,
}

impl Default for EspeakNg {
    fn default() -> Self {
        Self::at(PROGRAM)
    }
}

impl EspeakNg {
    /// Another file in place of the one on PATH.
    pub fn at(program: impl Into<OsString>) -> Self {
        Self { program: program.into(), child: None }
    }
}

/// In espeak-ng's words a minute; its own 175 is too quick for ears that must get used to the voice.
fn words_a_minute(speed: Speed) -> &'static str {
    match speed {
        Speed::Slow => "110",
        Speed::Normal => "140",
        Speed::Fast => "175",
    }
}

impl Speaker for EspeakNg {
    fn say(&mut self, words: &Words, speed: Speed) -> Result<(), SpeechError> {
        self.hush();
        let mut child = Command::new(&self.program)
            .args(["-v", LANGUAGE, "-s", words_a_minute(speed), "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| match e.kind() {
                io::ErrorKind::NotFound => SpeechError::Missing(PROGRAM),
                _ => SpeechError::DoesNotRun(PROGRAM, e),
            })?;
        let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(words.as_str().as_bytes()));
        self.child = Some(child);
        written.map_err(|e| SpeechError::DoesNotRun(PROGRAM, e))
    }

    fn hush(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself; either way it is waited for, so that none is left as a zombie.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn is_speaking(&mut self) -> bool {
        match self.child.as_mut().map(Child::try_wait) {
            None => false,
            Some(Ok(None)) => true,
            Some(Ok(Some(status))) => {
                if !status.success() {
                    tracing::warn!("{PROGRAM} ended with {status}");
                }
                self.child = None;
                false
            }
            Some(Err(e)) => {
                tracing::warn!("{PROGRAM}: {e}");
                self.hush();
                false
            }
        }
    }
}

impl Drop for EspeakNg {
    fn drop(&mut self) {
        self.hush();
    }
}
