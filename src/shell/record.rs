//! `--record` and `replay`: the messages of a session, one JSON line each. Since the core takes nothing but messages,
//! playing them again gives the same model.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::Path,
};

use crate::app::{Effect, Model, Msg, screens, update};

pub struct Recorder(BufWriter<File>);

#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("{path}, line {line}: not a recorded message ({what})")]
    Line { path: String, line: usize, what: String },
}

impl Recorder {
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        let file = File::create(path).map_err(|e| RecordError::File(path.display().to_string(), e))?;
        Ok(Self(BufWriter::new(file)))
    }

    /// A recording that cannot go on is said once and ends; the session does not.
    pub fn write(&mut self, msg: &Msg) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, msg)?;
        self.0.write_all(b"\n")?;
        self.0.flush()
    }
}

/// Plays a recording (`-`: from standard input); `each` sees every message with what it brought about.
pub fn replay(path: &Path, mut each: impl FnMut(&Msg, &Model, &[Effect])) -> Result<Model, RecordError> {
    let (name, lines): (String, Box<dyn BufRead>) = if path == Path::new("-") {
        ("standard input".into(), Box::new(io::stdin().lock()))
    } else {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|e| RecordError::File(name.clone(), e))?;
        (name, Box::new(BufReader::new(file)))
    };
    let mut model = Model::default();
    for (i, line) in lines.lines().enumerate() {
        let line = line.map_err(|e| RecordError::File(name.clone(), e))?;
        if line.is_empty() {
            continue;
        }
        let msg: Msg = serde_json::from_str(&line).map_err(|e| RecordError::Line {
            path: name.clone(),
            line: i + 1,
            what: e.to_string(),
        })?;
        let effects = update(&mut model, msg.clone());
        each(&msg, &model, &effects);
    }
    Ok(model)
}

/// One line on where a replayed session stands.
pub fn summary(model: &Model) -> String {
    format!("{} {}", screens::screen_name(model), screens::focus_id(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::What,
        remote::{hands::Press, key::RemoteKey},
        time::{MonoMs, Now, UtcMs},
    };

    #[test]
    fn a_replayed_session_ends_where_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("session.jsonl");
        let mut recorder = Recorder::create(&path).unwrap();
        let mut model = Model::default();
        let presses = [RemoteKey::Right, RemoteKey::Down, RemoteKey::Right, RemoteKey::Ok, RemoteKey::Menu];
        let whats =
            [What::Boot(Box::default())].into_iter().chain(presses.map(|key| What::Key(Press { key, repeat: false })));
        for (i, what) in whats.enumerate() {
            let at = Now { utc: UtcMs(1_795_515_120_000), mono: MonoMs(i as u64 * 100) };
            let msg = Msg { at, what };
            recorder.write(&msg).unwrap();
            update(&mut model, msg);
        }
        let again = replay(&path, |_, _, _| {}).unwrap();
        assert_eq!(again, model);
        assert_eq!(summary(&again), "category menu.0");
    }

    #[test]
    fn a_damaged_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("broken.jsonl");
        std::fs::write(&path, "\n{\"at\":3}\n").unwrap();
        let said = replay(&path, |_, _, _| {}).unwrap_err().to_string();
        assert!(said.contains("line 2"), "{said}");
    }
}
