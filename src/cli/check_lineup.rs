//! `check lineup`: the channels that the program would show, their guides and what runs now, and every line that
//! could not be used.

use std::io::{self, BufWriter, Write};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Format,
    check_catchup::moment,
    check_guide::{Summary, client, offset, programme_json, read, rfc3339, runtime, unreadable, warnings_text},
    printed,
};
use crate::{
    guide::{
        catchup::{Asked, CatchupError, Offer},
        db::{EpgKey, GuideDb, ImportOptions, Match},
        error::GuideError,
        formats::LineupRead,
        import::{LINEUP_LIMITS, open, read_document},
        lineup::{Catchup, Channel, Warning},
        matching::MatchedBy,
        programme::{NowNext, Programme},
        service::shifted,
    },
    time::{UTC, UtcMs},
};

/// A moment of an hour ago is one that every offer of catch-up has.
const HOUR_MS: i64 = 3_600_000;
/// Names of channels without a guide that a person is shown; a program sees each channel's own `epg`.
const SHOWN_UNMATCHED: usize = 50;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The lineup: a file, an http(s) address, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    pub location: String,
    /// A guide to match against it; may be given several times, the most trusted first
    #[arg(long, value_name = "FILE|URL")]
    pub epg: Vec<String>,
    /// The zone of the guides' times that name none, such as +08:00 (without it UTC for XMLTV, Beijing for DIYP)
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true)]
    pub offset: Option<String>,
    /// Accepts files and this machine's own addresses in a lineup from the network, as `operator.local_addresses` does
    #[arg(long)]
    pub local_addresses: bool,
    /// The moment for "now" and "next", such as 2026-05-01T20:00:00+08:00 (the present without it)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Serialize)]
struct Checked {
    number: u32,
    id: String,
    name: String,
    groups: Vec<String>,
    logo: Option<String>,
    sources: Vec<Value>,
    catchup: Option<Catchup>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    radio: bool,
    epg: Option<Epg>,
    now: Option<Value>,
    next: Option<Value>,
}

#[derive(Serialize)]
struct Epg {
    id: String,
    matched_by: MatchedBy,
}

/// How many channels found their guide how.
#[derive(Default, Serialize)]
struct Matched {
    id: u32,
    name: u32,
    normalised: u32,
    none: u32,
    #[serde(skip)]
    without: Vec<String>,
}

impl Matched {
    fn count(&mut self, channel: &Checked) {
        *match channel.epg.as_ref().map(|epg| epg.matched_by) {
            Some(MatchedBy::Id) => &mut self.id,
            Some(MatchedBy::Name) => &mut self.name,
            Some(MatchedBy::Normalised) => &mut self.normalised,
            None => {
                if self.without.len() < SHOWN_UNMATCHED {
                    self.without.push(channel.name.clone());
                }
                &mut self.none
            }
        } += 1;
    }
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let at = match &args.at {
        Some(text) => moment("--at", text, &TimeZone::try_system().unwrap_or(TimeZone::UTC))?,
        None => UtcMs(Timestamp::now().as_millisecond()),
    };
    let options = ImportOptions {
        zone_offset_minutes: args.offset.as_deref().map(offset).transpose()?,
        ..ImportOptions::default()
    };
    let runtime = runtime()?;
    let opened = open(runtime.handle(), &client(&args.location)?, &args.location, LINEUP_LIMITS);
    let read_lineup = opened.and_then(|mut document| {
        if args.local_addresses {
            document.origin = document.origin.trusted();
        }
        read_document(document)
    });
    let lineup = match read_lineup {
        Ok(read) => read,
        Err(GuideError::NothingUsable { source_name, mut warnings }) => {
            warnings.push(Warning { source: source_name, line: None, what: "no usable channel".to_owned() });
            LineupRead { warnings, ..LineupRead::default() }
        }
        Err(e) => LineupRead { warnings: vec![unreadable(&args.location, &e)], ..LineupRead::default() },
    };
    let lacks = |e: GuideError| Failure::MachineLacks(e.to_string());
    let mut db = GuideDb::temporary().map_err(lacks)?;
    let mut guides = Vec::new();
    for (rank, guide) in args.epg.iter().enumerate() {
        guides.push(read(&runtime, &mut db, guide, rank, &options)?);
    }
    let usable = !lineup.lineup.channels.is_empty();
    let out = BufWriter::new(io::stdout().lock());
    let written = match args.format {
        Format::Json => write_json(out, &args.location, &db, lineup, &guides, at),
        Format::Text => write_text(out, &args.location, &db, lineup, &guides, at),
    };
    match written {
        Err(GuideError::Io(_, e)) => printed(Err(e))?,
        other => other.map_err(lacks)?,
    }
    Ok(if usable { Exit::Fine } else { Exit::InputErrors })
}

/// Hands out one channel at a time: a list of half a million is never in memory twice.
fn each(
    db: &GuideDb,
    location: &str,
    read: LineupRead,
    at: UtcMs,
    mut take: impl FnMut(&Checked) -> io::Result<()>,
) -> Result<(Matched, Vec<Warning>), GuideError> {
    let mut matches = db.match_lineup(&read.lineup)?;
    let mut matched = Matched::default();
    let mut broken = BrokenOffers::default();
    for channel in read.lineup.channels {
        broken.look(&channel, at);
        let found = matches.remove(&channel.id).unwrap_or_default();
        let shift = read.shifts.get(&channel.id).copied().unwrap_or_default();
        let channel = checked(db, channel, &found, shift, at)?;
        matched.count(&channel);
        take(&channel).map_err(output)?;
    }
    let mut warnings = read.warnings;
    warnings.extend(broken.warning(location));
    Ok((matched, warnings))
}

/// Channels that promise catch-up which cannot be asked for.
#[derive(Default)]
struct BrokenOffers {
    count: u32,
    first: Option<(String, CatchupError)>,
}

impl BrokenOffers {
    fn look(&mut self, channel: &Channel, at: UtcMs) {
        let Some((catchup, source)) = channel.catchup.as_ref().zip(channel.sources.first()) else { return };
        let (start, end) = (at.plus(-HOUR_MS), at);
        let asked = Asked { start, end, now: at, catchup_id: Some("http://id.example/1"), zone: &UTC };
        if let Err(why) = Offer::of(&source.url, catchup).source(&asked) {
            self.count += 1;
            self.first.get_or_insert_with(|| (channel.name.clone(), why));
        }
    }

    fn warning(self, location: &str) -> Option<Warning> {
        let (name, why) = self.first?;
        let what = format!("catch-up of {} channels cannot be asked for, as of \"{name}\": {why}", self.count);
        Some(Warning { source: location.to_owned(), line: None, what })
    }
}

fn output(e: io::Error) -> GuideError {
    GuideError::Io("standard output".to_owned(), e)
}

pub(super) fn write_json(
    mut out: impl Write,
    location: &str,
    db: &GuideDb,
    read: LineupRead,
    guides: &[Summary],
    at: UtcMs,
) -> Result<(), GuideError> {
    let mut first = true;
    let named = read.lineup.guides.clone();
    out.write_all(b"{\"channels\":[").map_err(output)?;
    let (matched, warnings) = each(db, location, read, at, |channel| {
        if !std::mem::take(&mut first) {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut out, channel).map_err(io::Error::from)
    })?;
    put(&mut out, "],\"guide_urls\":", &named)?;
    put(&mut out, ",\"guides\":", &guides)?;
    if !guides.is_empty() {
        put(&mut out, ",\"matched\":", &matched)?;
    }
    put(&mut out, ",\"warnings\":", &warnings)?;
    out.write_all(b"}\n").and_then(|()| out.flush()).map_err(output)
}

fn put(out: &mut impl Write, before: &str, value: &impl Serialize) -> Result<(), GuideError> {
    out.write_all(before.as_bytes()).map_err(output)?;
    serde_json::to_writer(out, value).map_err(|e| output(e.into()))
}

/// The best guide is the first that has something to say at `at`, else the first of all.
fn checked(db: &GuideDb, channel: Channel, found: &[Match], shift: i64, at: UtcMs) -> Result<Checked, GuideError> {
    let keys: Vec<EpgKey> = found.iter().map(|m| m.key).collect();
    let answers = db.now_next(&keys, at.plus(-shift))?;
    let pairs = || found.iter().zip(&answers);
    let best = pairs().find(|(_, a)| a.now.is_some()).or_else(|| pairs().find(|(_, a)| a.next.is_some()));
    let (matched, NowNext { now, next }) = match best.or_else(|| pairs().next()) {
        Some((matched, answer)) => (Some(matched), answer.clone()),
        None => (None, NowNext::default()),
    };
    let moved = |programme: Option<Programme>| programme.map(|p| programme_json(&shifted(p, shift)));
    let source = |s: crate::guide::lineup::MediaSource| {
        let headers: serde_json::Map<_, _> = s.headers.into_iter().map(|(k, v)| (k, Value::String(v))).collect();
        json!({ "url": s.url, "headers": headers })
    };
    Ok(Checked {
        number: channel.number.0,
        id: channel.id.0,
        name: channel.name,
        groups: channel.groups,
        logo: channel.logo,
        sources: channel.sources.into_iter().map(source).collect(),
        catchup: channel.catchup,
        radio: channel.radio,
        epg: matched.map(|m| Epg { id: m.guide_id.clone(), matched_by: m.matched_by }),
        now: moved(now),
        next: moved(next),
    })
}

fn write_text(
    mut out: impl Write,
    location: &str,
    db: &GuideDb,
    read: LineupRead,
    guides: &[Summary],
    at: UtcMs,
) -> Result<(), GuideError> {
    let count = read.lineup.channels.len();
    writeln!(out, "{location}: {count} channels at {}", rfc3339(at)).map_err(output)?;
    let named = read.lineup.guides.clone();
    let (matched, warnings) = each(db, location, read, at, |channel| {
        let text = channel_text(channel, !guides.is_empty());
        out.write_all(text.as_bytes())
    })?;
    let mut end: String = named.iter().map(|url| format!("names the guide {url}\n")).collect();
    if !guides.is_empty() {
        let Matched { id, name, normalised, none, without } = &matched;
        end += &format!("matched: {id} by id, {name} by name, {normalised} normalised; {none} without a guide\n");
        if !without.is_empty() {
            let more = if without.len() < *none as usize { " …" } else { "" };
            end += &format!("without a guide: {}{more}\n", without.join(" · "));
        }
    }
    for guide in guides {
        end += &format!("guide: {} channels, {} programmes\n", guide.channels, guide.programmes);
        end += &warnings_text(&guide.warnings);
    }
    end += &warnings_text(&warnings);
    out.write_all(end.as_bytes()).and_then(|()| out.flush()).map_err(output)
}

fn channel_text(channel: &Checked, with_guides: bool) -> String {
    let groups = if channel.groups.is_empty() { String::new() } else { format!("  [{}]", channel.groups.join("; ")) };
    let mut text = format!("{:>5}  {}{groups}  {} source(s)\n", channel.number, channel.name, channel.sources.len());
    let title = |value: &Option<Value>| {
        value.as_ref().and_then(|v| v.get("title")).and_then(Value::as_str).unwrap_or("–").to_owned()
    };
    match &channel.epg {
        Some(Epg { id, matched_by }) => {
            let by = match matched_by {
                MatchedBy::Id => "id",
                MatchedBy::Name => "name",
                MatchedBy::Normalised => "normalised",
            };
            let (now, next) = (title(&channel.now), title(&channel.next));
            text.push_str(&format!("       guide {id} (by {by})  now: {now}  next: {next}\n"));
        }
        None if with_guides => text.push_str("       no guide matches\n"),
        None => {}
    }
    text
}

#[cfg(test)]
#[path = "check_lineup_tests.rs"]
mod tests;
