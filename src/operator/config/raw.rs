//! A configuration as it was written: known keys with the right types. What is left out stays open here; defaults are
//! for the parent. To add a key: a field here, its line in `read`, its name in `KEYS`, and the example file.

use std::{
    ops::{Range, RangeInclusive},
    path::PathBuf,
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use url::Url;

use super::{
    NAME_MAX_CHARS, PHONE_MAX_CHARS, VideoWay,
    fault::{ConfigFault, FaultKind},
};
use crate::{
    catalogue::{
        format::fields::{BANDS, FORMS, TIERS},
        types::{Band, Form, Tier},
    },
    guide::formats::xmltv_time,
    net::Location,
};

/// Every key there is, by section.
const KEYS: [(&str, &[&str]); 5] = [
    (
        "operator",
        &[
            "root",
            "lineup",
            "guides",
            "catalogue",
            "catalogues",
            "feed_band",
            "feed_tier",
            "feed_form",
            "local_addresses",
            "guide_offset",
        ],
    ),
    ("branding", &["name", "service_phone"]),
    ("storage", &["dir", "cache_dir"]),
    (
        "playback",
        &["video", "neighbours", "metered", "neighbour_kbps", "neighbour_mb", "multicast_groups", "multicast_mb"],
    ),
    ("records", &["lrs", "user", "password_file", "activities", "gather_s"]),
];
/// Guides, or catalogues of other providers.
const MAX_SOURCES: usize = 16;
/// Less than the slowest channel is nothing; more than a line of a gigabit is no limit.
const NEIGHBOUR_KBPS: RangeInclusive<usize> = 100..=1_000_000;
/// One segment of a slow channel; and what a box can spare at all.
const NEIGHBOUR_MB: RangeInclusive<usize> = 1..=256;
/// Each group takes the rate of its channel from the line. One is what plays, and nothing beside it.
const MULTICAST_GROUPS: RangeInclusive<usize> = 1..=16;
/// Of each group. More than the largest holds no good that a viewer would see, and is memory taken from the picture.
const MULTICAST_MB: RangeInclusive<usize> = 1..=32;
/// Of a record store.
const USER_MAX_CHARS: usize = 200;
const GATHER_S: RangeInclusive<usize> = 1..=3600;
/// Below this likeness a suggestion would only puzzle.
const ALIKE: f64 = 0.75;

#[derive(Debug, Default)]
pub(super) struct Raw {
    pub operator: Option<Operator>,
    pub branding: Branding,
    pub storage: Storage,
    pub playback: Playback,
    pub records: Option<Records>,
}

#[derive(Debug, Default)]
pub(super) struct Operator {
    pub root: Option<Url>,
    pub lineup: Option<Location>,
    pub guides: Option<Vec<Location>>,
    pub catalogue: Option<Url>,
    pub catalogues: Option<Vec<Url>>,
    pub feed_band: Option<Band>,
    pub feed_tier: Option<Tier>,
    pub feed_form: Option<Form>,
    pub local_addresses: Option<bool>,
    pub guide_offset_minutes: Option<i32>,
}

#[derive(Debug, Default)]
pub(super) struct Branding {
    pub name: Option<String>,
    pub service_phone: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Storage {
    pub dir: Option<PathBuf>,
    pub cache_dir: Option<PathBuf>,
}

#[derive(Debug, Default)]
pub(super) struct Playback {
    pub video: Option<VideoWay>,
    pub neighbours: Option<bool>,
    pub metered: Option<bool>,
    pub neighbour_kbps: Option<usize>,
    pub neighbour_mb: Option<usize>,
    pub multicast_groups: Option<usize>,
    pub multicast_mb: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Records {
    pub lrs: Option<Url>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
    pub activities: Option<Url>,
    pub gather_s: Option<usize>,
}

/// Reads what is right and reports what is not.
pub(super) fn read(text: &str) -> (Raw, Vec<ConfigFault>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, faults: Vec::new() };
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        reader.faults.push(ConfigFault::at(text, span, FaultKind::Syntax, "", error.message()));
    }
    // After a fault of syntax the rest is guesswork: unknown keys in it would be false alarms.
    if !reader.faults.is_empty() {
        return (Raw::default(), reader.faults);
    }
    let mut raw = Raw::default();
    for (name, value) in document.get_ref() {
        let Some((section, keys)) = KEYS.iter().find(|(section, _)| section == name.get_ref()) else {
            reader.unknown_section(name);
            continue;
        };
        let DeValue::Table(table) = value.get_ref() else {
            let what = format!("must be a section, written [{section}]");
            reader.fault(value.span(), FaultKind::WrongType, section, what);
            continue;
        };
        reader.unknown_keys(section, keys, table);
        let mut section = Section { name: section, table, reader: &mut reader };
        match section.name {
            "operator" => raw.operator = Some(operator(&mut section, value.span())),
            "branding" => {
                raw.branding.name = section.text("name", NAME_MAX_CHARS);
                raw.branding.service_phone = section.with("service_phone", phone);
            }
            "storage" => {
                raw.storage.dir = section.with("dir", directory);
                raw.storage.cache_dir = section.with("cache_dir", directory);
            }
            "records" => raw.records = Some(records(&mut section, value.span())),
            _ => {
                raw.playback.video = section.with("video", video);
                raw.playback.neighbours = section.boolean("neighbours");
                raw.playback.metered = section.boolean("metered");
                raw.playback.neighbour_kbps = section.number("neighbour_kbps", NEIGHBOUR_KBPS);
                raw.playback.neighbour_mb = section.number("neighbour_mb", NEIGHBOUR_MB);
                raw.playback.multicast_groups = section.number("multicast_groups", MULTICAST_GROUPS);
                raw.playback.multicast_mb = section.number("multicast_mb", MULTICAST_MB);
            }
        }
    }
    (raw, reader.faults)
}

fn operator(section: &mut Section<'_, '_>, span: Range<usize>) -> Operator {
    let operator = Operator {
        root: section.with("root", web),
        lineup: section.with("lineup", location),
        guides: section.texts("guides", location),
        catalogue: section.with("catalogue", web),
        catalogues: section.texts("catalogues", web),
        feed_band: section.with("feed_band", |text| one_of(&BANDS, text)),
        feed_tier: section.with("feed_tier", |text| one_of(&TIERS, text)),
        feed_form: section.with("feed_form", |text| one_of(&FORMS, text)),
        local_addresses: section.boolean("local_addresses"),
        guide_offset_minutes: section.with("guide_offset", offset),
    };
    if !["root", "lineup", "catalogue", "catalogues"].iter().any(|key| section.table.contains_key(*key)) {
        let what = "names neither root nor lineup nor catalogue: there would be nothing to watch";
        section.reader.fault(span, FaultKind::BadValue, "operator", what);
    }
    operator
}

fn records(section: &mut Section<'_, '_>, span: Range<usize>) -> Records {
    let records = Records {
        lrs: section.with("lrs", web),
        user: section.text("user", USER_MAX_CHARS),
        password_file: section.with("password_file", directory),
        activities: section.with("activities", web),
        gather_s: section.number("gather_s", GATHER_S),
    };
    let has = |key: &str| section.table.contains_key(key);
    let what = match (has("lrs"), has("user"), has("password_file")) {
        (false, ..) => "names no lrs: there would be nowhere to send records to",
        (_, true, false) => "names a user but no password_file",
        (_, false, true) => "names a password_file but no user",
        _ => return records,
    };
    section.reader.fault(span, FaultKind::BadValue, "records", what);
    records
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<ConfigFault>,
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, kind: FaultKind, key: &str, what: impl Into<String>) {
        self.faults.push(ConfigFault::at(self.text, span, kind, key, what));
    }

    fn unknown_section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>) {
        let hint = home_of(name.get_ref())
            .map(|section| format!("it belongs under [{section}]"))
            .or_else(|| closest(name.get_ref(), KEYS.iter().map(|(s, _)| *s)).map(|s| format!("did you mean [{s}]?")));
        let fault =
            ConfigFault::at(self.text, name.span(), FaultKind::UnknownKey, name.get_ref(), "is not a known section");
        self.faults.push(fault.with_hint(hint));
    }

    fn unknown_keys(&mut self, section: &str, keys: &[&str], table: &DeTable<'_>) {
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

fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase().replace('-', "_");
    let scored = known.map(|k| (strsim::jaro_winkler(&word, k), k)).filter(|(score, _)| *score >= ALIKE);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, k)| k)
}

/// One section, read key by key.
struct Section<'a, 't> {
    name: &'static str,
    table: &'a DeTable<'a>,
    reader: &'a mut Reader<'t>,
}

impl<'a> Section<'a, '_> {
    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn fault(&mut self, span: Range<usize>, kind: FaultKind, key: &str, what: impl Into<String>) {
        let key = format!("{}.{key}", self.name);
        self.reader.fault(span, kind, &key, what);
    }

    /// A text that `check` turns into a value, or refuses with a reason.
    fn with<T>(&mut self, key: &str, check: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(key)?;
        self.checked(key, value, check)
    }

    fn checked<T>(
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

    fn text(&mut self, key: &str, max: usize) -> Option<String> {
        self.with(key, |text| short(text, max))
    }

    fn texts<T>(&mut self, key: &str, check: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
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
        Some(items.filter_map(|(i, item)| self.checked(&format!("{key}[{i}]"), item, &check)).collect())
    }

    fn number(&mut self, key: &str, within: RangeInclusive<usize>) -> Option<usize> {
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

    fn boolean(&mut self, key: &str) -> Option<bool> {
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

fn plain(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be empty; leave the key out instead".into());
    }
    if text.chars().any(char::is_control) { Err("must not hold control characters".into()) } else { Ok(()) }
}

fn short(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if length > max { Err(format!("must be at most {max} characters, has {length}")) } else { Ok(text.into()) }
}

/// One of the catalogue's own words.
fn one_of<T: Copy>(table: &[(&str, T)], text: &str) -> Result<T, String> {
    table.iter().find(|(name, _)| *name == text.trim()).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(" "))
    })
}

fn phone(text: &str) -> Result<String, String> {
    let dialled = text.chars().all(|c| c.is_ascii_digit() || " +-()*#".contains(c));
    if !dialled || !text.chars().any(|c| c.is_ascii_digit()) {
        return Err("must be a telephone number".into());
    }
    short(text, PHONE_MAX_CHARS)
}

fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err("must be an absolute path".into()) }
}

fn video(text: &str) -> Result<VideoWay, String> {
    match text {
        "auto" => Ok(VideoWay::Auto),
        "painted" => Ok(VideoWay::Painted),
        "x11" => Ok(VideoWay::X11),
        other => {
            let near = closest(other, ["auto", "painted", "x11"].into_iter());
            let near = near.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default();
            Err(format!("must be \"auto\", \"painted\" or \"x11\"{near}"))
        }
    }
}

fn web(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("is not an address: {e}"))?;
    match url.scheme() {
        "http" | "https" => {}
        scheme => return Err(format!("must begin with https:// or http://, not with {scheme}:")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password: it would stand in logs".into());
    }
    Ok(url)
}

/// A zone, in minutes east of UTC.
fn offset(text: &str) -> Result<i32, String> {
    let minutes = Some(text.trim()).filter(|t| !t.is_empty()).and_then(|t| xmltv_time::zone_minutes(t, 0));
    minutes.ok_or_else(|| "is no zone: it is written like \"+08:00\"".into())
}

/// An address, or a file on the box.
fn location(text: &str) -> Result<Location, String> {
    if text.starts_with('/') {
        return Ok(Location::File(text.into()));
    }
    web(text).map(Location::Http).map_err(|what| format!("{what} (a file is written as an absolute path)"))
}
