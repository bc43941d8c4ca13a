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
    Guide, NAME_MAX_CHARS, VideoWay,
    fault::{ConfigFault, FaultKind},
    section::{Reader, Section},
    values::{directory, location, offset, one_of, phone, time_server, video, web},
};
use crate::{
    catalogue::{
        format::fields::{BANDS, FORMS, TIERS},
        types::{Band, Form, Tier},
    },
    net::Location,
};

/// Every key there is, by section.
pub(super) const KEYS: [(&str, &[&str]); 5] = [
    (
        "operator",
        &[
            "root",
            "lineup",
            "lineups",
            "guides",
            "catalogue",
            "catalogues",
            "feed_band",
            "feed_tier",
            "feed_form",
            "local_addresses",
            "guide_offset",
            "ntp",
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
/// Guides, further lineups, or catalogues of other providers.
pub(super) const MAX_SOURCES: usize = 16;
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
    pub lineups: Option<Vec<Location>>,
    pub guides: Option<Vec<Guide>>,
    pub catalogue: Option<Url>,
    pub catalogues: Option<Vec<Url>>,
    pub feed_band: Option<Band>,
    pub feed_tier: Option<Tier>,
    pub feed_form: Option<Form>,
    pub local_addresses: Option<bool>,
    pub guide_offset_minutes: Option<i32>,
    pub ntp: Option<String>,
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
        lineups: section.texts("lineups", location),
        guides: section.list("guides", guide),
        catalogue: section.with("catalogue", web),
        catalogues: section.texts("catalogues", web),
        feed_band: section.with("feed_band", |text| one_of(&BANDS, text)),
        feed_tier: section.with("feed_tier", |text| one_of(&TIERS, text)),
        feed_form: section.with("feed_form", |text| one_of(&FORMS, text)),
        local_addresses: section.boolean("local_addresses"),
        guide_offset_minutes: section.with("guide_offset", offset),
        ntp: section.with("ntp", time_server),
    };
    let shown = ["root", "lineup", "lineups", "catalogue", "catalogues"];
    if !shown.iter().any(|key| section.table.contains_key(*key)) {
        let what = "names neither root nor lineup nor catalogue: there would be nothing to watch";
        section.reader.fault(span, FaultKind::BadValue, "operator", what);
    }
    operator
}

/// An address, or a table with one and the zone of its times: `{ url = "…", offset = "+08:00" }`.
fn guide(section: &mut Section<'_, '_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Guide> {
    let DeValue::Table(table) = value.get_ref() else {
        return Some(Guide { location: section.checked(key, value, location)?, offset_minutes: None });
    };
    let (mut url, mut offset_minutes) = (None, None);
    for (name, value) in table {
        let key = format!("{key}.{}", name.get_ref());
        match name.get_ref().as_ref() {
            "url" => url = Some(section.checked(&key, value, location)),
            "offset" => offset_minutes = section.checked(&key, value, offset),
            _ => section.fault(name.span(), FaultKind::UnknownKey, &key, "is not a known key; a guide has url, offset"),
        }
    }
    if url.is_none() {
        section.fault(value.span(), FaultKind::BadValue, key, "names no url");
    }
    Some(Guide { location: url??, offset_minutes })
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
