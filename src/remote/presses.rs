//! What each press is, for whoever fits a remote to the program (`doctor keys`): how the system calls it, what it
//! means, whether it counts, and the line that gives it a meaning. Pure; the window that sees the presses is `shell`'s.

use std::fmt;

use serde::Serialize;

use super::{hands::Hands, key::RemoteKey, keymap::Keymap};
use crate::time::MonoMs;

/// A key that is down this long is being held, by the same measure as in the program.
const HELD_MS: u64 = 500;
/// 返回 held this long ends the watching: no one rests on it so long by mistake.
pub const LEAVE_MS: u64 = 2_000;
/// Stands in a line to add for the name that a person chooses.
const PLACEHOLDER: &str = "NAME";

/// A key as the system tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The key's name in `[keyboard]` of a keymap; none where Slint does not hand it on.
    pub keyboard: Option<String>,
    /// What the desktop calls it.
    pub desktop: Option<String>,
    /// The kernel's code, and its name in `[evdev]` of a keymap.
    pub scancode: Option<u16>,
    pub evdev: Option<String>,
}

impl Seen {
    /// Whether the two are the same key on the remote.
    fn is_same(&self, other: &Self) -> bool {
        match (self.scancode, other.scancode) {
            (Some(a), Some(b)) => a == b,
            _ => self.keyboard == other.keyboard && self.desktop == other.desktop,
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.keyboard.as_ref().or(self.desktop.as_ref()).or(self.evdev.as_ref());
        f.write_str(name.map_or("?", String::as_str))?;
        match (self.scancode, &self.evdev) {
            (Some(code), Some(name)) if name.starts_with("KEY_") => write!(f, " ({name}, {code})"),
            (Some(code), _) => write!(f, " ({code})"),
            (None, _) => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    Press,
    /// Down for so long that it is being held.
    Held,
    /// Held, and of those that run on: it counts again.
    RunsOn,
    Release,
}

/// A line to add to a keymap, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Addition {
    pub section: &'static str,
    pub line: String,
}

/// One thing that happened to one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Since the watching began.
    pub at_ms: u64,
    pub event: Event,
    pub pressed: Seen,
    pub key: Option<String>,
    pub chinese: Option<String>,
    /// Whether the program would act on it now.
    pub counts: bool,
    /// How long it has been down.
    pub held_ms: u64,
    pub add: Option<Addition>,
}

impl Report {
    /// The meaning as people read it.
    pub fn meaning(&self) -> Option<String> {
        Some(format!("{} {}", self.key.as_ref()?, self.chinese.as_ref()?))
    }
}

/// One line for a terminal.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.event {
            Event::Press => "press",
            Event::Held => "held",
            Event::RunsOn => "runs on",
            Event::Release => "release",
        };
        let seconds = self.at_ms as f64 / 1000.0;
        write!(f, "{seconds:8.3}  {word:7}  {:31}  ", self.pressed.to_string())?;
        match (self.event, self.meaning(), &self.add) {
            (Event::Release, _, _) => write!(f, "after {} ms", self.held_ms),
            (Event::Press, Some(meaning), _) if !self.counts => {
                write!(f, "→ {meaning}: too soon after the last, not counted")
            }
            (Event::Held, Some(meaning), _) => write!(f, "→ {meaning}: counts once however long it is held"),
            (_, Some(meaning), _) => write!(f, "→ {meaning}"),
            (Event::Press, None, Some(add)) => {
                write!(f, "not in the keymap: add this line under [{}]:  {}", add.section, add.line)
            }
            (_, None, _) => write!(
                f,
                "not in the keymap{}",
                if self.event == Event::Press { ", and without a name that one could use" } else { "" }
            ),
        }
    }
}

struct Down {
    seen: Seen,
    meant: Option<RemoteKey>,
    since: MonoMs,
    told: bool,
}

/// Watches presses by the same rules as the program (`Hands`).
pub struct Watcher {
    began: MonoMs,
    hands: Hands,
    down: Vec<Down>,
}

impl Watcher {
    pub fn new(at: MonoMs) -> Self {
        Self { began: at, hands: Hands::default(), down: Vec::new() }
    }

    /// A key goes down. `again`: the system repeats it.
    pub fn down(&mut self, seen: Seen, meant: Option<RemoteKey>, again: bool, at: MonoMs) -> Option<Report> {
        let counts = meant.is_some_and(|key| self.hands.down(key, at).is_some());
        if again && self.down.iter().any(|d| d.seen.is_same(&seen)) {
            return None;
        }
        // Its release was lost.
        self.down.retain(|d| !d.seen.is_same(&seen));
        let down = Down { seen, meant, since: at, told: false };
        let report = self.report(Event::Press, &down, counts, at);
        self.down.push(down);
        Some(report)
    }

    /// A key comes up.
    pub fn up(&mut self, seen: &Seen, at: MonoMs) -> Option<Report> {
        let place = self.down.iter().position(|d| d.seen.is_same(seen))?;
        let down = self.down.remove(place);
        if let Some(key) = down.meant {
            self.hands.up(key, at);
        }
        Some(self.report(Event::Release, &down, false, at))
    }

    /// The clock moves on.
    pub fn tick(&mut self, at: MonoMs) -> Vec<Report> {
        let mut reports = Vec::new();
        if let Some(press) = self.hands.tick(at)
            && let Some(down) = self.down.iter().find(|d| d.meant == Some(press.key))
        {
            reports.push(self.report(Event::RunsOn, down, true, at));
        }
        for place in 0..self.down.len() {
            let Some(down) = self.down.get_mut(place) else { break };
            if !down.told && at.since(down.since) >= HELD_MS {
                down.told = true;
                let runs_on = down.meant.is_some_and(RemoteKey::repeats);
                if let Some(down) = self.down.get(place).filter(|_| !runs_on) {
                    reports.push(self.report(Event::Held, down, false, at));
                }
            }
        }
        reports
    }

    /// 返回 has been held for so long that the watching ends.
    pub fn wants_to_leave(&self, at: MonoMs) -> bool {
        self.down.iter().any(|d| d.meant == Some(RemoteKey::Back) && at.since(d.since) >= LEAVE_MS)
    }

    /// When `tick` has something to do next.
    pub fn next_deadline(&self) -> Option<MonoMs> {
        let held = self.down.iter().filter(|d| !d.told).map(|d| d.since.plus(HELD_MS));
        let leaving = self.down.iter().filter(|d| d.meant == Some(RemoteKey::Back)).map(|d| d.since.plus(LEAVE_MS));
        held.chain(leaving).chain(self.hands.next_deadline()).min()
    }

    /// The window lost the keyboard: releases will not be seen.
    pub fn release_all(&mut self) {
        self.down.clear();
        self.hands.release_all();
    }

    fn report(&self, event: Event, down: &Down, counts: bool, at: MonoMs) -> Report {
        Report {
            at_ms: at.since(self.began),
            event,
            pressed: down.seen.clone(),
            key: down.meant.map(|key| key.to_string()),
            chinese: down.meant.map(|key| key.chinese().into_owned()),
            counts,
            held_ms: at.since(down.since),
            add: if down.meant.is_none() { addition(&down.seen) } else { None },
        }
    }
}

/// The line that would give a key a meaning.
fn addition(seen: &Seen) -> Option<Addition> {
    let (section, name) = match (&seen.keyboard, &seen.evdev) {
        (Some(name), _) => ("keyboard", name),
        (None, Some(name)) => ("evdev", name),
        (None, None) => return None,
    };
    Some(Addition { section, line: format!("{} = \"{PLACEHOLDER}\"", toml_key(name)) })
}

/// A name as TOML writes it to the left of `=`.
fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.chars().all(bare) && !name.is_empty() {
        return name.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A key by everything that is known of it.
pub fn seen(text: Option<&str>, desktop: Option<String>, scancode: Option<u16>) -> Seen {
    Seen {
        keyboard: text.and_then(Keymap::name_of_text),
        desktop,
        scancode,
        evdev: scancode.map(Keymap::name_of_evdev),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, code: u16) -> Seen {
        seen(Some(text), None, Some(code))
    }

    #[test]
    fn a_known_key_says_what_it_means_and_an_unknown_one_what_to_add() {
        let mut watcher = Watcher::new(MonoMs(1_000));
        let up = watcher.down(key("\u{f700}", 103), Some(RemoteKey::Up), false, MonoMs(2_234)).unwrap();
        assert_eq!(up.to_string(), "   1.234  press    UpArrow (KEY_UP, 103)            → up 上");
        let released = watcher.up(&key("\u{f700}", 103), MonoMs(2_300)).unwrap();
        assert_eq!(released.to_string(), "   1.300  release  UpArrow (KEY_UP, 103)            after 66 ms");
        let q = watcher.down(key("q", 16), None, false, MonoMs(2_400)).unwrap();
        assert!(
            q.to_string().ends_with(
                "q (16)                           not in the keymap: add this line under [keyboard]:  q = \"NAME\""
            ),
            "{q}"
        );
        let odd = watcher.down(seen(None, Some("LaunchMail".into()), Some(155)), None, false, MonoMs(2_500)).unwrap();
        assert_eq!(odd.add, Some(Addition { section: "evdev", line: "KEY_MAIL = \"NAME\"".into() }));
        let nothing = watcher.down(seen(Some("\0"), None, None), None, false, MonoMs(2_600)).unwrap();
        assert!(nothing.add.is_none() && nothing.to_string().contains("without a name"), "{nothing}");
    }

    #[test]
    fn every_line_to_add_is_one_that_the_keymap_takes() {
        let texts = ["q", "Q", "\u{f700}", "\\", "\"", "#", "=", "好", "\u{10}", "\u{7f}", "\u{7}", " "];
        let by_text = texts.iter().map(|text| seen(Some(text), None, Some(1)));
        for pressed in by_text.chain([1, 155, 240, 582, 0x2ff].map(|code| seen(None, None, Some(code)))) {
            let add = addition(&pressed).unwrap();
            let text = format!("[{}]\n{}", add.section, add.line.replace(PLACEHOLDER, "search"));
            let mut keymap = Keymap::default();
            keymap.lay_over("mine", &text).unwrap_or_else(|e| panic!("{text}: {e}"));
        }
    }

    #[test]
    fn a_held_arrow_runs_on_and_a_held_ok_does_not() {
        let mut watcher = Watcher::new(MonoMs(0));
        watcher.down(key("\u{f703}", 106), Some(RemoteKey::Right), false, MonoMs(0));
        assert!(watcher.down(key("\u{f703}", 106), Some(RemoteKey::Right), true, MonoMs(400)).is_none());
        let events = |reports: Vec<Report>| reports.iter().map(|r| (r.event, r.counts)).collect::<Vec<_>>();
        assert_eq!(watcher.next_deadline(), Some(MonoMs(500)));
        assert_eq!(events(watcher.tick(MonoMs(500))), [(Event::RunsOn, true)]);
        watcher.up(&key("\u{f703}", 106), MonoMs(600));
        watcher.down(key("\n", 28), Some(RemoteKey::Ok), false, MonoMs(1_000));
        assert_eq!(events(watcher.tick(MonoMs(1_500))), [(Event::Held, false)]);
        assert_eq!(events(watcher.tick(MonoMs(1_700))), []);
    }

    #[test]
    fn two_oks_of_a_trembling_thumb_are_told_apart() {
        let mut watcher = Watcher::new(MonoMs(0));
        assert!(watcher.down(key("\n", 28), Some(RemoteKey::Ok), false, MonoMs(0)).unwrap().counts);
        watcher.up(&key("\n", 28), MonoMs(80));
        let second = watcher.down(key("\n", 28), Some(RemoteKey::Ok), false, MonoMs(200)).unwrap();
        assert!(!second.counts && second.to_string().contains("not counted"), "{second}");
    }

    #[test]
    fn back_leaves_when_it_is_held_and_not_when_the_window_lost_it() {
        let mut watcher = Watcher::new(MonoMs(0));
        watcher.down(key("\u{1b}", 1), Some(RemoteKey::Back), false, MonoMs(0));
        assert!(!watcher.wants_to_leave(MonoMs(LEAVE_MS - 1)));
        watcher.tick(MonoMs(600));
        assert_eq!(watcher.next_deadline(), Some(MonoMs(LEAVE_MS)));
        assert!(watcher.wants_to_leave(MonoMs(LEAVE_MS)));
        watcher.release_all();
        assert!(!watcher.wants_to_leave(MonoMs(LEAVE_MS)));
        assert_eq!(watcher.next_deadline(), None);
    }
}
