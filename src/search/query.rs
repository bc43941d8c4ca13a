//! What somebody typed, as symbols: each is a set of letters, a digit, a character. How symbols meet titles is for
//! `matching` (exactly, with places) and `scan` (quickly, over everything).

use super::{
    readings::{Meaning, OTHER, Syllable, readings},
    units::{fold, is_unit},
};

/// Longer input is cut: no title is that long, spelled out.
pub const MOST_SYMBOLS: usize = 160;

/// The letters on the keys 0 to 9.
pub const KEY_LETTERS: [&str; 10] = ["", "", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Bit 0 is a.
    pub letters: u32,
    pub digit: Option<u8>,
    /// Stands for itself.
    pub character: Option<char>,
    /// May be part of a spelled syllable.
    pub spells: bool,
}

impl Symbol {
    fn of(folded: char) -> Self {
        let bit = |c: char| 1_u32 << (c as u32 - 'a' as u32);
        let none = Self { letters: 0, digit: None, character: None, spells: false };
        match folded {
            'a'..='z' => Self { letters: bit(folded), spells: true, ..none },
            '0'..='9' => {
                let digit = folded as u8 - b'0';
                let letters = KEY_LETTERS.get(usize::from(digit)).map_or(0, |on| on.chars().map(bit).sum());
                Self { letters, digit: Some(digit), ..none }
            }
            _ => Self { character: Some(folded), ..none },
        }
    }

    pub fn has_letter(&self, letter: u8) -> bool {
        self.letters >> letter & 1 == 1
    }

    /// A letter of a spelled syllable. Whoever has no ü types u or v.
    pub fn spells_letter(&self, letter: u8) -> bool {
        const U: u8 = b'u' - b'a';
        const V: u8 = b'v' - b'a';
        self.spells && (self.has_letter(letter) || letter == V && self.has_letter(U))
    }
}

/// Symbols in a row, to be found in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub symbols: Vec<Symbol>,
    /// Characters stand for all that sound alike.
    pub by_sound: bool,
    /// Readings that a character has elsewhere count, too.
    pub any_reading: bool,
}

impl Pattern {
    pub fn of(text: &str) -> Self {
        let folded = text.chars().map(fold).filter(|c| is_unit(*c));
        Self { symbols: folded.take(MOST_SYMBOLS).map(Symbol::of).collect(), by_sound: false, any_reading: false }
    }

    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    pub fn with_any_reading(&self) -> Self {
        Self { any_reading: true, ..self.clone() }
    }

    pub fn has_characters(&self) -> bool {
        self.symbols.iter().any(|s| s.character.is_some())
    }

    /// Whether nothing but codes decides: no character stands for itself alone.
    pub fn codes_say_all(&self) -> bool {
        let mut characters = self.symbols.iter().filter_map(|s| s.character);
        characters.all(|c| self.by_sound && readings().code(c) != OTHER)
    }

    pub fn heard(&self) -> Self {
        Self { by_sound: true, any_reading: true, ..self.clone() }
    }

    /// Digits as the keys with which whole syllables are spelled: 82454 for taiji.
    pub fn spelled_on_keys(&self) -> Self {
        let symbols = self.symbols.iter().map(|s| Symbol { spells: s.letters != 0, digit: None, ..*s }).collect();
        Self { symbols, by_sound: false, any_reading: true }
    }

    pub fn all_digits(&self) -> bool {
        self.symbols.iter().all(|s| s.digit.is_some())
    }

    /// Without the numbers that say the tones in `tai4ji2quan2`; none where no letters stand before a number.
    pub fn without_tones(&self) -> Option<Self> {
        let tone = |i: usize| {
            let before = i.checked_sub(1).and_then(|b| self.symbols.get(b));
            let here = self.symbols.get(i).and_then(|s| s.digit);
            before.is_some_and(|b| b.spells) && here.is_some_and(|d| (1..=5).contains(&d))
        };
        let symbols: Vec<Symbol> =
            self.symbols.iter().enumerate().filter(|(i, _)| !tone(*i)).map(|(_, s)| *s).collect();
        (symbols.len() < self.len()).then_some(Self { symbols, ..self.clone() })
    }

    /// The readings with which a unit takes part.
    pub fn read<'a>(&self, meaning: &'a Meaning) -> &'a [Syllable] {
        match meaning {
            Meaning::Han(all) if self.any_reading => all,
            Meaning::Han(all) => all.get(..1).unwrap_or_default(),
            Meaning::Other | Meaning::Letter(_) | Meaning::Digit(_) => &[],
        }
    }

    /// Whether one symbol can stand for a unit, the unit's own character aside.
    pub fn may_take(&self, symbol: &Symbol, meaning: &Meaning) -> bool {
        if let Some(c) = symbol.character {
            return match (readings().meaning(readings().code(c)), meaning) {
                (Meaning::Han(mine), Meaning::Han(theirs)) => mine.iter().any(|m| theirs.contains(m)),
                (Meaning::Other, Meaning::Other) => true,
                _ => false,
            };
        }
        match meaning {
            Meaning::Other => false,
            Meaning::Letter(letter) => symbol.has_letter(*letter),
            Meaning::Digit(digit) => symbol.digit == Some(*digit),
            Meaning::Han(_) => self.read(meaning).iter().any(|s| symbol.has_letter(s.initial())),
        }
    }

    /// Whether one symbol stands for a unit.
    pub fn takes(&self, symbol: &Symbol, character: char, meaning: &Meaning) -> bool {
        match symbol.character {
            Some(c) if !self.by_sound || *meaning == Meaning::Other => c == character,
            _ => self.may_take(symbol, meaning),
        }
    }

    /// Whether the symbols from `at` on spell the syllable's first `count` letters.
    fn spells(&self, at: usize, syllable: &Syllable, count: usize) -> bool {
        let letters = syllable.letters().get(..count);
        let symbols = self.symbols.get(at..at + count);
        letters.zip(symbols).is_some_and(|(l, s)| l.iter().zip(s).all(|(l, s)| s.spells_letter(*l)))
    }

    /// How many symbols from `at` on (two or more) can stand for a unit: spelled in full, by a long initial, or, at the
    /// query's end, begun.
    pub fn spelled(&self, at: usize, meaning: &Meaning, mut found: impl FnMut(usize)) {
        for syllable in self.read(meaning) {
            let length = syllable.letters().len();
            for count in 2..=length {
                if !self.spells(at, syllable, count) {
                    break;
                }
                let initial = count == 2 && syllable.has_long_initial();
                if count == length || initial || at + count == self.len() {
                    found(count);
                }
            }
        }
    }

    /// How many symbols from `at` on spell a unit with one slip.
    pub fn misspelled(&self, at: usize, meaning: &Meaning, mut found: impl FnMut(usize)) {
        for syllable in self.read(meaning) {
            let letters = syllable.letters();
            for count in (letters.len().max(3) - 1)..=letters.len() + 1 {
                let symbols = self.symbols.get(at..at + count).unwrap_or_default();
                let plain = !symbols.is_empty() && symbols.iter().all(|s| s.spells);
                if letters.len() > 1 && plain && one_slip(letters, symbols) {
                    found(count);
                }
            }
        }
    }
}

/// Exactly one letter is wrong, missing, too much, or two neighbours are swapped.
fn one_slip(letters: &[u8], symbols: &[Symbol]) -> bool {
    let same = |l: &[u8], s: &[Symbol]| l.len() == s.len() && l.iter().zip(s).all(|(l, s)| s.spells_letter(*l));
    let at = letters.iter().zip(symbols).take_while(|(l, s)| s.spells_letter(**l)).count();
    let (Some(l), Some(s)) = (letters.get(at..), symbols.get(at..)) else { return false };
    match (l, s) {
        ([_, l @ ..], [_, s @ ..]) if same(l, s) => true,
        ([a, b, l @ ..], [x, y, s @ ..]) if x.spells_letter(*b) && y.spells_letter(*a) && same(l, s) => true,
        ([_, rest @ ..], s) if same(rest, s) => true,
        (l, [_, rest @ ..]) if same(l, rest) => true,
        _ => false,
    }
}
