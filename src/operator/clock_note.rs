//! What the running program found out about the machine's clock, in a file beside the viewers' data, so that `doctor` can
//! say it. It is there only while the clock is off.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

const FILE: &str = "clock.json";

/// The clock is off, and another time is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockNote {
    /// By how many seconds `by` is ahead of the system's clock.
    pub off_s: i64,
    /// Whose time is shown.
    pub by: String,
}

impl ClockNote {
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        let beside = folder.join("clock.new");
        fs::write(&beside, serde_json::to_vec(self)?)?;
        fs::rename(beside, folder.join(FILE))
    }

    /// None where there is none, or none that can be read.
    pub fn load(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// The clock is right again.
    pub fn clear(folder: &Path) {
        // Mostly there is none.
        let _ = fs::remove_file(folder.join(FILE));
    }

    /// For a person: "3 h 2 min behind".
    pub fn in_words(&self) -> String {
        let (minutes, side) = (self.off_s.unsigned_abs() / 60, if self.off_s > 0 { "behind" } else { "ahead of" });
        let length = match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
            (0, 0, minutes) => format!("{minutes} min"),
            (0, hours, minutes) => format!("{hours} h {minutes} min"),
            (days, hours, _) => format!("{days} days {hours} h"),
        };
        format!("{length} {side} {}", self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_while_the_clock_is_off() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ClockNote::load(folder.path()), None);
        let note = ClockNote { off_s: 10_925, by: "http://a/".into() };
        note.save(folder.path()).unwrap();
        assert_eq!(ClockNote::load(folder.path()).as_ref(), Some(&note));
        assert_eq!(note.in_words(), "3 h 2 min behind http://a/");
        assert_eq!(ClockNote { off_s: -200, ..note.clone() }.in_words(), "3 min ahead of http://a/");
        assert_eq!(ClockNote { off_s: 90_000_000, ..note }.in_words(), "1041 days 16 h behind http://a/");
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(ClockNote::load(folder.path()), None);
        ClockNote::clear(folder.path());
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
