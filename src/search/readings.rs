//! How characters are read: all readings of a character from the `pinyin` crate's table, and which of them holds in a
//! word from a table of our own (`polyphones.txt`). A character in its place in a title becomes a code; what a code
//! stands for lives here, too. Titles and queries are taken apart in `units`.

use std::{collections::HashMap, sync::LazyLock};

use pinyin::ToPinyinMulti as _;

/// Characters of the blocks in which nearly all Chinese text lies, for a table without hashing.
const DENSE: std::ops::Range<u32> = 0x3400..0xA000;
/// Everything else that may have a reading: compatibility characters and the supplementary planes.
const SPARSE: [std::ops::Range<u32>; 3] = [0x3005..0x3008, 0xF900..0xFB00, 0x20000..0x32400];

/// A character in its place: its reading there, and the others that it has elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u16);

/// No reading is known and it is neither letter nor digit: it is found by itself alone.
pub const OTHER: Code = Code(0);
const LETTERS: u16 = 1;
const DIGITS: u16 = LETTERS + 26;
const HAN: u16 = DIGITS + 10;
/// An index keeps a flag in the highest bit.
const MOST_CODES: u16 = 0x8000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Other,
    /// 0 is a.
    Letter(u8),
    Digit(u8),
    /// The reading in this place first.
    Han(Vec<Syllable>),
}

/// A syllable without its tone, `v` for ü.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Syllable {
    letters: [u8; 6],
    length: u8,
}

impl Syllable {
    /// Tones and everything else that is no letter are left out; none if nothing is left or too much.
    fn new(text: &str) -> Option<Self> {
        let mut syllable = Self { letters: [0; 6], length: 0 };
        for c in text.chars() {
            let c = if c == 'ü' { 'v' } else { super::units::fold(c) };
            if c.is_ascii_lowercase() {
                *syllable.letters.get_mut(usize::from(syllable.length))? = c as u8 - b'a';
                syllable.length += 1;
            }
        }
        (syllable.length > 0).then_some(syllable)
    }

    /// Its letters; 0 is a.
    pub fn letters(&self) -> &[u8] {
        self.letters.get(..usize::from(self.length)).unwrap_or_default()
    }

    pub fn initial(&self) -> u8 {
        self.letters[0]
    }

    /// Whether its initial is written with two letters: zh, ch, sh.
    pub fn has_long_initial(&self) -> bool {
        matches!(self.letters(), [b, h, ..] if *h == b'h' - b'a' && [b'z', b'c', b's'].contains(&(b + b'a')))
    }
}

/// A word in which some characters are read in a rarer way.
#[derive(Debug)]
struct Word {
    text: Vec<char>,
    /// Place in the word and code.
    codes: Vec<(usize, Code)>,
}

pub struct Readings {
    dense: Vec<Code>,
    sparse: HashMap<char, Code>,
    meanings: Vec<Meaning>,
    /// By their first character.
    words: HashMap<char, Vec<Word>>,
}

/// The table of this program. Made once, some milliseconds after it is first asked for.
pub fn readings() -> &'static Readings {
    static READINGS: LazyLock<Readings> = LazyLock::new(Readings::new);
    &READINGS
}

impl Readings {
    fn new() -> Self {
        let mut maker = Maker::new();
        let lines: Vec<Line> = include_str!("polyphones.txt").lines().filter_map(Line::parse).collect();
        let usual: HashMap<char, Syllable> =
            lines.iter().filter(|l| l.words.is_empty()).map(|l| (l.character, l.reading)).collect();
        let mut all = |c: char| {
            let mut found: Vec<Syllable> = usual.get(&c).copied().into_iter().collect();
            for reading in c.to_pinyin_multi().into_iter().flatten() {
                found.extend(Syllable::new(reading.plain()).filter(|s| !found.contains(s)));
            }
            maker.code(found)
        };
        let dense = DENSE.map(|c| char::from_u32(c).map_or(OTHER, &mut all)).collect();
        let sparse = SPARSE.into_iter().flatten().filter_map(char::from_u32);
        let sparse = sparse.map(|c| (c, all(c))).filter(|(_, code)| *code != OTHER).collect();
        let mut table = Self { dense, sparse, meanings: Vec::new(), words: HashMap::new() };

        let mut words: HashMap<&str, HashMap<usize, Code>> = HashMap::new();
        for line in &lines {
            let here = table.code(line.character);
            let mut readings = vec![line.reading];
            readings.extend(maker.readings(here).iter().filter(|r| **r != line.reading));
            let code = maker.code(readings);
            for word in &line.words {
                let places = word.chars().enumerate().filter(|(_, c)| *c == line.character).map(|(i, _)| (i, code));
                words.entry(word).or_default().extend(places);
            }
        }
        for (text, codes) in words {
            let text: Vec<char> = text.chars().collect();
            if let Some(first) = text.first() {
                table.words.entry(*first).or_default().push(Word { codes: codes.into_iter().collect(), text });
            }
        }
        table.meanings = maker.meanings;
        table
    }

    /// A folded character by itself.
    pub fn code(&self, c: char) -> Code {
        match c {
            'a'..='z' => Code(LETTERS + (c as u16 - 'a' as u16)),
            '0'..='9' => Code(DIGITS + (c as u16 - '0' as u16)),
            _ if DENSE.contains(&(c as u32)) => {
                self.dense.get((c as u32 - DENSE.start) as usize).copied().unwrap_or(OTHER)
            }
            _ if c.is_ascii() => OTHER,
            _ => self.sparse.get(&c).copied().unwrap_or(OTHER),
        }
    }

    /// Folded characters in their places.
    pub fn codes(&self, text: &[char]) -> Vec<Code> {
        let mut codes: Vec<Code> = text.iter().map(|c| self.code(*c)).collect();
        let mut lengths: Vec<usize> = Vec::new();
        for from in 0..text.len() {
            let rest = text.get(from..).unwrap_or_default();
            let Some(words) = rest.first().and_then(|c| self.words.get(c)) else { continue };
            for word in words.iter().filter(|w| rest.starts_with(&w.text)) {
                lengths.resize(text.len(), 0);
                for (place, code) in &word.codes {
                    if let (Some(length), Some(slot)) = (lengths.get_mut(from + place), codes.get_mut(from + place))
                        && word.text.len() > *length
                    {
                        *length = word.text.len();
                        *slot = *code;
                    }
                }
            }
        }
        codes
    }

    pub fn meaning(&self, code: Code) -> &Meaning {
        self.meanings.get(usize::from(code.0)).unwrap_or(&Meaning::Other)
    }

    /// What every code stands for, in the order of the codes.
    pub fn meanings(&self) -> &[Meaning] {
        &self.meanings
    }
}

struct Maker {
    meanings: Vec<Meaning>,
    known: HashMap<Vec<Syllable>, Code>,
}

impl Maker {
    fn new() -> Self {
        let mut meanings = vec![Meaning::Other];
        meanings.extend((0..26).map(Meaning::Letter));
        meanings.extend((0..10).map(Meaning::Digit));
        debug_assert_eq!(meanings.len(), usize::from(HAN));
        Self { meanings, known: HashMap::new() }
    }

    fn code(&mut self, readings: Vec<Syllable>) -> Code {
        if readings.is_empty() {
            return OTHER;
        }
        if let Some(code) = self.known.get(&readings) {
            return *code;
        }
        // There are some thousands of them, far from the most that a code can tell apart.
        let Some(code) = u16::try_from(self.meanings.len()).ok().filter(|c| *c < MOST_CODES).map(Code) else {
            return OTHER;
        };
        self.meanings.push(Meaning::Han(readings.clone()));
        self.known.insert(readings, code);
        code
    }

    fn readings(&self, code: Code) -> &[Syllable] {
        match self.meanings.get(usize::from(code.0)) {
            Some(Meaning::Han(readings)) => readings,
            _ => &[],
        }
    }
}

struct Line {
    character: char,
    reading: Syllable,
    words: Vec<&'static str>,
}

impl Line {
    /// None for remarks and for what makes no sense; a test looks that there is nothing of the latter.
    fn parse(line: &'static str) -> Option<Self> {
        let (head, words) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
        let (character, reading) = head.split_once(' ')?;
        let mut characters = character.chars();
        let character = characters.next().filter(|_| characters.next().is_none())?;
        let words = words.split_whitespace().collect();
        Some(Self { character, reading: Syllable::new(reading)?, words })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn initials(text: &str) -> String {
        let folded: Vec<char> = text.chars().map(crate::search::units::fold).collect();
        let letter = |code: &Code| match readings().meaning(*code) {
            Meaning::Han(all) => char::from(b'a' + all[0].initial()),
            Meaning::Letter(l) => char::from(b'a' + l),
            Meaning::Digit(d) => char::from(b'0' + d),
            Meaning::Other => '?',
        };
        readings().codes(&folded).iter().map(letter).collect()
    }

    #[test]
    fn every_line_of_the_table_is_used() {
        let mut wrong = Vec::new();
        for line in include_str!("polyphones.txt").lines().filter(|l| !l.starts_with('#')) {
            let parsed = Line::parse(line).unwrap_or_else(|| panic!("{line}"));
            for word in &parsed.words {
                assert!(word.contains(parsed.character), "{word} in the line of {}", parsed.character);
                assert!(word.chars().count() > 1, "{word}");
            }
            let own: Vec<Syllable> = parsed
                .character
                .to_pinyin_multi()
                .into_iter()
                .flatten()
                .filter_map(|r| Syllable::new(r.plain()))
                .collect();
            if !own.contains(&parsed.reading) {
                wrong.push(format!("the table of characters knows nothing of {line}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn polyphones_of_everyday_topics() {
        let (mut count, mut wrong) = (0, Vec::new());
        for line in include_str!("golden_initials.txt").lines().filter(|l| !l.starts_with('#')) {
            for pair in line.split_whitespace() {
                let (text, expected) = pair.split_once('=').unwrap();
                if initials(text) != expected {
                    wrong.push(format!("{text} is {expected}, not {}", initials(text)));
                }
                count += 1;
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(count >= 120, "{count}");
    }

    #[test]
    fn codes_leave_room_for_a_flag() {
        assert!(readings().meanings().len() < 0x8000, "{}", readings().meanings().len());
    }
}
