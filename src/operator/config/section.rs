//! Reading one section of a configuration key by key: each value is checked where it stands, and each fault bears its
//! place. Which keys there are is `raw`.

use std::ops::{Range, RangeInclusive};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    fault::{ConfigFault, FaultKind},
    raw::{KEYS, MAX_SOURCES},
    values::{plain, short},
};

/// Below this likeness a suggestion would only puzzle.
const ALIKE: f64 = 0.75;

pub(super) struct Reader<'t> {
    pub text: &'t str,
    pub faults: Vec<ConfigFault>,
}

impl Reader<'_> {
    pub fn fault(&mut self, span: Range<usize>, kind: FaultKind, key: &str, what: impl Into<String>) {
        self.faults.push(ConfigFault::at(self.text, span, kind, key, what));
    }

    pub fn unknown_section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>) {
        let hint = home_of(name.get_ref())
            .map(|section| format!("it belongs under [{section}]"))
            .or_else(|| closest(name.get_ref(), KEYS.iter().map(|(s, _)| *s)).map(|s| format!("did you mean [{s}]?")));
        let fault =
            ConfigFault::at(self.text, name.span(), FaultKind::UnknownKey, name.get_ref(), "is not a known section");
        self.faults.push(fault.with_hint(hint));
    }

    pub fn unknown_keys(&mut self, section: &str, keys: &[&str], table: &DeTable<'_>) {
        for (name, _) in table.iter().filter(|(name, _)| !keys.contains(&name.get_ref().as_ref())) {
            let hint = home_of(name.get_ref())
                .map(|home| format!("it belongs under [{home}]"))
                .or_else(|| closest(name.get_ref(), keys.iter().copied()).map(|k| format!("did you mean {k}?")))
                .unwrap_or_else(|| format!("[{section}] has {}", keys.join(", ")));
            let key = format!("{section}.{}", name.get_ref());
            let fault = ConfigFault::at(self.text, name.span(), FaultKind::UnknownKey, &key, "is not a known key");
            self.faults.push(fault.with_hint(Some(hint)));
        }
    }
}

/// The section that has this key.
fn home_of(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|(_, keys)| keys.contains(&key)).map(|(section, _)| *section)
}

pub(super) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase().replace('-', "_");
    let scored = known.map(|k| (strsim::jaro_winkler(&word, k), k)).filter(|(score, _)| *score >= ALIKE);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, k)| k)
}

/// One section, read key by key.
pub(super) struct Section<'a, 't> {
    pub name: &'static str,
    pub table: &'a DeTable<'a>,
    pub reader: &'a mut Reader<'t>,
}

impl<'a> Section<'a, '_> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn fault(&mut self, span: Range<usize>, kind: FaultKind, key: &str, what: impl Into<String>) {
        let key = format!("{}.{key}", self.name);
        self.reader.fault(span, kind, &key, what);
    }

    /// A text that `check` turns into a value, or refuses with a reason.
    pub fn with<T>(&mut self, key: &str, check: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(key)?;
        self.checked(key, value, check)
    }

    pub fn checked<T>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let DeValue::String(text) = value.get_ref() else {
            let what = format!("must be a text in quotes, is {}", kind(value.get_ref()));
            self.fault(value.span(), FaultKind::WrongType, key, what);
            return None;
        };
        let checked = plain(text).and_then(|()| check(text));
        checked.map_err(|what| self.fault(value.span(), FaultKind::BadValue, key, what)).ok()
    }

    pub fn text(&mut self, key: &str, max: usize) -> Option<String> {
        self.with(key, |text| short(text, max))
    }

    pub fn texts<T>(&mut self, key: &str, check: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        self.list(key, |section, key, item| section.checked(key, item, &check))
    }

    /// Reads each item of a list, of which it is told the key.
    pub fn list<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&mut Self, &str, &Spanned<DeValue<'_>>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            let what = format!("must be a list of texts, is {}", kind(value.get_ref()));
            self.fault(value.span(), FaultKind::WrongType, key, what);
            return None;
        };
        if items.len() > MAX_SOURCES {
            self.fault(value.span(), FaultKind::BadValue, key, format!("must have at most {MAX_SOURCES} entries"));
        }
        let items = items.iter().take(MAX_SOURCES).enumerate();
        Some(items.filter_map(|(i, item)| read(self, &format!("{key}[{i}]"), item)).collect())
    }

    pub fn number(&mut self, key: &str, within: RangeInclusive<usize>) -> Option<usize> {
        let value = self.get(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            let what = "must be a whole number, without point or quotes";
            self.fault(value.span(), FaultKind::WrongType, key, what);
            return None;
        };
        let found = usize::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| within.contains(n));
        if found.is_none() {
            let what = format!("must be a whole number from {} to {}", within.start(), within.end());
            self.fault(value.span(), FaultKind::BadValue, key, what);
        }
        found
    }

    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        if let DeValue::Boolean(on) = value.get_ref() {
            return Some(*on);
        }
        let what = format!("must be true or false, is {}", kind(value.get_ref()));
        self.fault(value.span(), FaultKind::WrongType, key, what);
        None
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
