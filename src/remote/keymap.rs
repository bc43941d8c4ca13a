//! Which physical key is which key of the remote. Data, not code: three maps are compiled in, an operator's own files
//! are laid over them. A file with a fault is refused whole, every fault named, and the maps stay as they were.

use std::{collections::HashMap, fmt, fs, path::Path};

use toml::de::{DeTable, DeValue};

use super::{
    key::{RemoteKey, UnknownKey},
    source_names::{CEC, EVDEV, SLINT},
};

/// The maps that come with the program: file name and text.
pub const SHIPPED: [(&str, &str); 3] = [
    ("keyboard.toml", include_str!("../../assets/keymaps/keyboard.toml")),
    ("infrared.toml", include_str!("../../assets/keymaps/infrared.toml")),
    ("cec.toml", include_str!("../../assets/keymaps/cec.toml")),
];

/// A map of every key that exists is a tenth of this.
const FILE_MAX_BYTES: u64 = 256 * 1024;
/// What takes a key away.
const NONE: &str = "none";
const SECTIONS: [&str; 3] = ["keyboard", "evdev", "cec"];
/// A name further off than this is no slip of the pen.
const SUGGEST_DISTANCE: usize = 3;

/// One thing wrong with a keymap file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// One-based; 0 where the whole file is meant.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// Every fault of a file that was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))]
pub struct KeymapError(pub Vec<Fault>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    keyboard: HashMap<char, RemoteKey>,
    evdev: HashMap<u16, RemoteKey>,
    cec: HashMap<u16, RemoteKey>,
}

impl Keymap {
    /// What the program knows without an operator. The tests hold the three files to having no fault.
    pub fn shipped() -> Self {
        let mut map = Self::default();
        for (file, text) in SHIPPED {
            if let Err(error) = map.lay_over(file, text) {
                tracing::error!(%error, "a keymap of the program itself is broken");
            }
        }
        map
    }

    /// Lays an operator's file over what is there.
    pub fn load_over(&mut self, path: &Path) -> Result<(), KeymapError> {
        let name = path.display().to_string();
        let whole = |what: String| KeymapError(vec![Fault { file: name.clone(), line: 0, what }]);
        let length = fs::metadata(path).map_err(|e| whole(format!("cannot be read: {e}")))?.len();
        if length > FILE_MAX_BYTES {
            return Err(whole(format!("{length} bytes are too many for a keymap; {FILE_MAX_BYTES} are the limit")));
        }
        let text = fs::read_to_string(path).map_err(|e| whole(format!("cannot be read: {e}")))?;
        self.lay_over(&name, &text)
    }

    /// Lays the map in `text` over what is there; `file` is for the messages.
    pub fn lay_over(&mut self, file: &str, text: &str) -> Result<(), KeymapError> {
        let mut next = self.clone();
        let mut faults = Faults { file, text, found: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            faults.add(error.span().map_or(0, |s| s.start), error.message().to_owned());
        }
        for (section, keys) in table.get_ref() {
            let at = section.span().start;
            let DeValue::Table(keys) = keys.get_ref() else {
                faults.add(at, format!("\"{}\" stands outside a section; {}", section.get_ref(), sections()));
                continue;
            };
            for (key, value) in keys {
                let at = key.span().start;
                let name = key.get_ref().as_ref();
                let meant = match value.get_ref() {
                    DeValue::String(meant) => meaning(meant),
                    other => {
                        Err(format!("\"{name}\" is of type {}, not the name of a key in quotes", other.type_str()))
                    }
                };
                let placed = match section.get_ref().as_ref() {
                    "keyboard" => character(name).map(Place::Keyboard),
                    "evdev" => code(name, EVDEV, u16::MAX, "KEY_OK or 0x160").map(Place::Evdev),
                    "cec" => code(name, CEC, 0xff, "select or 0x00").map(Place::Cec),
                    // Said once for the section, below.
                    _ => continue,
                };
                match (placed, meant) {
                    (Ok(place), Ok(meant)) => next.put(place, meant),
                    (placed, meant) => {
                        placed.err().into_iter().chain(meant.err()).for_each(|what| faults.add(at, what));
                    }
                }
            }
            if !SECTIONS.contains(&section.get_ref().as_ref()) {
                let hint = nearest(section.get_ref(), SECTIONS).unwrap_or_else(sections);
                faults.add(at, format!("there is no section [{}]; {hint}", section.get_ref()));
            }
        }
        if faults.found.is_empty() {
            *self = next;
            return Ok(());
        }
        faults.found.sort_by_key(|f| f.line);
        Err(KeymapError(faults.found))
    }

    /// What a key event of Slint means. KMS hands over keys without a character as U+0000; they mean nothing.
    pub fn from_text(&self, text: &str) -> Option<RemoteKey> {
        let mut chars = text.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return None };
        self.keyboard.get(&lower(c)).copied()
    }

    /// What a key code of the kernel means.
    pub fn from_evdev(&self, code: u16) -> Option<RemoteKey> {
        self.evdev.get(&code).copied()
    }

    /// What a CEC user control code means.
    pub fn from_cec(&self, code: u8) -> Option<RemoteKey> {
        self.cec.get(&u16::from(code)).copied()
    }

    /// The name by which a file calls the key that Slint hands on as `text`; none where no file can name it.
    pub fn name_of_text(text: &str) -> Option<String> {
        let mut chars = text.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return None };
        if c == '\0' {
            return None;
        }
        let c = lower(c);
        Some(SLINT.iter().find(|(_, known)| *known == c).map_or_else(|| c.to_string(), |(name, _)| (*name).to_owned()))
    }

    /// The name by which a file calls a key code of the kernel.
    pub fn name_of_evdev(code: u16) -> String {
        let known = EVDEV.iter().find(|(_, known)| *known == code);
        known.map_or_else(|| format!("{code:#x}"), |(name, _)| (*name).to_owned())
    }

    fn put(&mut self, place: Place, meant: Option<RemoteKey>) {
        match place {
            Place::Keyboard(c) => set(&mut self.keyboard, c, meant),
            Place::Evdev(code) => set(&mut self.evdev, code, meant),
            Place::Cec(code) => set(&mut self.cec, code, meant),
        }
    }
}

enum Place {
    Keyboard(char),
    Evdev(u16),
    Cec(u16),
}

fn set<K: std::hash::Hash + Eq>(map: &mut HashMap<K, RemoteKey>, key: K, meant: Option<RemoteKey>) {
    match meant {
        Some(meant) => map.insert(key, meant),
        None => map.remove(&key),
    };
}

struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Fault>,
}

impl Faults<'_> {
    fn add(&mut self, at: usize, what: String) {
        let line = 1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count();
        self.found.push(Fault { file: self.file.into(), line, what });
    }
}

fn meaning(name: &str) -> Result<Option<RemoteKey>, String> {
    if name == NONE {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|e: UnknownKey| e.to_string())
}

fn lower(c: char) -> char {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => c,
    }
}

fn character(name: &str) -> Result<char, String> {
    let mut chars = name.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return if c == '\0' { Err("U+0000 is no key".into()) } else { Ok(lower(c)) };
    }
    SLINT.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, c)| *c).ok_or_else(|| {
        let hint = nearest(name, SLINT.iter().map(|(n, _)| *n));
        format!("the keyboard has no key \"{name}\"; {}", hint.unwrap_or_else(|| "a character, UpArrow, F1 …".into()))
    })
}

fn code(name: &str, known: &[(&str, u16)], max: u16, example: &str) -> Result<u16, String> {
    if let Some((_, code)) = known.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
        return Ok(*code);
    }
    let number = match name.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => name.parse().ok(),
    };
    match number.map(u16::try_from) {
        Some(Ok(code)) if code <= max => Ok(code),
        Some(_) => Err(format!("{name} is beyond the last code, {max}")),
        None => {
            let hint = nearest(name, known.iter().map(|(n, _)| *n));
            Err(format!("no code is called \"{name}\"; {}", hint.unwrap_or_else(|| format!("write {example}"))))
        }
    }
}

fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|n| (strsim::damerau_levenshtein(&n.to_lowercase(), &name), n))
        .min()
        .filter(|(distance, _)| *distance <= SUGGEST_DISTANCE)
        .map(|(_, n)| format!("did you mean \"{n}\"?"))
}

fn sections() -> String {
    "the sections are [keyboard], [evdev] and [cec]".into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shipped_maps_have_no_fault_and_no_code_twice() {
        for (file, text) in SHIPPED {
            Keymap::default().lay_over(file, text).unwrap();
        }
        for known in [EVDEV, CEC] {
            let mut codes: Vec<_> = known.iter().map(|(_, c)| c).collect();
            codes.sort();
            codes.dedup();
            assert_eq!(codes.len(), known.len());
        }
    }

    #[test]
    fn slint_calls_them_so() {
        use slint::platform::Key;
        let theirs = [
            ("UpArrow", Key::UpArrow),
            ("RightArrow", Key::RightArrow),
            ("Return", Key::Return),
            ("Escape", Key::Escape),
            ("Backspace", Key::Backspace),
            ("F1", Key::F1),
            ("F24", Key::F24),
            ("Home", Key::Home),
            ("PageUp", Key::PageUp),
            ("PageDown", Key::PageDown),
            ("Menu", Key::Menu),
            ("Stop", Key::Stop),
            ("Back", Key::Back),
            ("Space", Key::Space),
        ];
        for (name, key) in theirs {
            assert_eq!(character(name), Ok(char::from(key)), "{name}");
        }
    }

    #[test]
    fn a_keyboard_is_a_remote() {
        let map = Keymap::shipped();
        let expected = [
            ("\u{f700}", "up"),
            ("\u{f703}", "right"),
            ("\n", "ok"),
            ("\r", "ok"),
            ("\u{1b}", "back"),
            ("\u{8}", "back"),
            ("\u{f729}", "home"),
            ("\u{f704}", "menu"),
            ("M", "menu"),
            ("l", "live"),
            ("\u{f72c}", "page-up"),
            ("\u{f72d}", "page-down"),
            ("]", "channel-up"),
            ("[", "channel-down"),
            ("7", "digit-7"),
            (" ", "play-pause"),
            (",", "rewind"),
            (".", "forward"),
            ("n", "next"),
            ("Y", "yellow"),
            ("/", "search"),
            ("f", "favourite"),
            ("\u{f705}", "guide"),
            ("E", "guide"),
            ("p", "power"),
        ];
        for (text, key) in expected {
            assert_eq!(map.from_text(text).map(|k| k.to_string()).as_deref(), Some(key), "{text:?}");
        }
        for nothing in ["", "\0", "mm", "ü", "\u{10}"] {
            assert_eq!(map.from_text(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn kernel_and_cec_codes_mean_the_same() {
        let map = Keymap::shipped();
        assert_eq!(map.from_evdev(0x160), Some(RemoteKey::Ok));
        assert_eq!(map.from_evdev(0x202), RemoteKey::digit(2));
        assert_eq!(map.from_evdev(0x192), Some(RemoteKey::ChannelUp));
        assert_eq!(map.from_cec(0x0d), Some(RemoteKey::Back));
        assert_eq!(map.from_cec(0x72), Some(RemoteKey::Red));
        assert_eq!(map.from_cec(0xee), None);
    }

    #[test]
    fn an_operator_adds_changes_and_takes_away() {
        let mut map = Keymap::shipped();
        map.lay_over("own.toml", "[keyboard]\nQ = 'home'\np = 'none'\n[evdev]\n0x2a0 = 'live'\nkey_ok = 'menu'\n")
            .unwrap();
        assert_eq!(map.from_text("q"), Some(RemoteKey::Home));
        assert_eq!(map.from_text("P"), None);
        assert_eq!(map.from_evdev(0x2a0), Some(RemoteKey::Live));
        assert_eq!(map.from_evdev(0x160), Some(RemoteKey::Menu));
        assert_eq!(map.from_text("m"), Some(RemoteKey::Menu));
    }

    #[test]
    fn every_fault_is_named_with_its_line_and_nothing_is_taken_over() {
        let mut map = Keymap::shipped();
        let text = "x = 'ok'\n[keyboard]\nUpArow = 'up'\nq = 'chanel-up'\nz = 3\n[evdev]\nKEY_OKK = 'ok'\n99999 = 'ok'\n\
                    [cec]\n0x100 = 'ok'\n[keybord]\na = 'ok'\n";
        let said = map.lay_over("own.toml", text).unwrap_err().to_string();
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(
            lines,
            [
                "own.toml:1: \"x\" stands outside a section; the sections are [keyboard], [evdev] and [cec]",
                "own.toml:3: the keyboard has no key \"UpArow\"; did you mean \"UpArrow\"?",
                "own.toml:4: no key is called \"chanel-up\"; did you mean \"channel-up\"?",
                "own.toml:5: \"z\" is of type integer, not the name of a key in quotes",
                "own.toml:7: no code is called \"KEY_OKK\"; did you mean \"KEY_OK\"?",
                "own.toml:8: 99999 is beyond the last code, 65535",
                "own.toml:10: 0x100 is beyond the last code, 255",
                "own.toml:11: there is no section [keybord]; did you mean \"keyboard\"?",
            ]
        );
        assert_eq!(map, Keymap::shipped());
        let said = map.lay_over("own.toml", "[keyboard]\nq = \n").unwrap_err().to_string();
        assert!(said.starts_with("own.toml:2: "), "{said}");
        let said = map.load_over(Path::new("/nowhere/own.toml")).unwrap_err().to_string();
        assert!(said.starts_with("/nowhere/own.toml: cannot be read: "), "{said}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_map_or_an_error(text in "(?s).{0,200}", tail in r#"(\[(keyboard|evdev|cec|x)\]\n|[a-zA-Z0-9"']{1,9} ?= ?["'a-z-]{0,9}\n|\n){0,12}"#) {
            for text in [&text, &tail] {
                if let Err(KeymapError(faults)) = Keymap::default().lay_over("f", text) {
                    prop_assert!(!faults.is_empty());
                    prop_assert!(faults.iter().all(|f| f.line <= text.lines().count() + 1));
                }
            }
        }
    }
}
