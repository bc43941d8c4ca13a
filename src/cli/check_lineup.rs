//! `check lineup`: the channels that the program would show, their guides and what runs now, and every line that
//! could not be used.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Format,
    check_guide::{Summary, client, print_warnings, programme_json, read, rfc3339, runtime, unreadable},
    print_json,
};
use crate::{
    guide::{
        db::{EpgKey, GuideDb, Match},
        error::GuideError,
        formats::LineupRead,
        import::{LINEUP_LIMITS, open, read_document},
        lineup::{Catchup, Channel, Warning},
        programme::{NowNext, Programme},
        service::shifted,
    },
    time::UtcMs,
};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The lineup: a file, an http(s) address, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    pub location: String,
    /// A guide to match against it; may be given several times, the most trusted first
    #[arg(long, value_name = "FILE|URL")]
    pub epg: Vec<String>,
    /// The moment for "now" and "next", such as 2026-05-01T20:00:00+08:00 (the present without it)
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Serialize)]
struct Report {
    channels: Vec<Checked>,
    guides: Vec<Summary>,
    warnings: Vec<Warning>,
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
    epg: Option<Value>,
    now: Option<Value>,
    next: Option<Value>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let at = match &args.at {
        Some(text) => text.parse::<Timestamp>().map_err(|e| {
            Failure::Usage(format!("--at {text}: a time is written like 2026-05-01T20:00:00+08:00 ({e})"))
        })?,
        None => Timestamp::now(),
    };
    let at = UtcMs(at.as_millisecond());
    let runtime = runtime()?;
    let read_lineup =
        open(runtime.handle(), &client(&args.location)?, &args.location, LINEUP_LIMITS).and_then(read_document);
    let lineup = match read_lineup {
        Ok(read) => read,
        Err(GuideError::NothingUsable { source_name, mut warnings }) => {
            warnings.push(Warning { source: source_name, line: None, what: "no usable channel".to_owned() });
            LineupRead { warnings, ..LineupRead::default() }
        }
        Err(e) => LineupRead { warnings: vec![unreadable(&args.location, &e)], ..LineupRead::default() },
    };
    let mut db = GuideDb::temporary().map_err(|e| Failure::MachineLacks(e.to_string()))?;
    let mut guides = Vec::new();
    for (rank, guide) in args.epg.iter().enumerate() {
        guides.push(read(&runtime, &mut db, guide, rank, 0)?);
    }
    let report = check(&db, lineup, guides, at).map_err(|e| Failure::MachineLacks(e.to_string()))?;
    match args.format {
        Format::Json => print_json(&report)?,
        Format::Text => print_text(&args.location, &report, at),
    }
    Ok(if report.channels.is_empty() { Exit::InputErrors } else { Exit::Fine })
}

fn check(db: &GuideDb, read: LineupRead, guides: Vec<Summary>, at: UtcMs) -> Result<Report, GuideError> {
    let mut matches = db.match_lineup(&read.lineup)?;
    let mut channels = Vec::with_capacity(read.lineup.channels.len());
    for channel in read.lineup.channels {
        let found = matches.remove(&channel.id).unwrap_or_default();
        let shift = read.shifts.get(&channel.id).copied().unwrap_or_default();
        channels.push(checked(db, channel, &found, shift, at)?);
    }
    Ok(Report { channels, guides, warnings: read.warnings })
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
        epg: matched.map(|m| json!({ "id": m.guide_id, "matched_by": m.matched_by })),
        now: moved(now),
        next: moved(next),
    })
}

fn print_text(location: &str, report: &Report, at: UtcMs) {
    println!("{location}: {} channels at {}", report.channels.len(), rfc3339(at));
    for channel in &report.channels {
        let groups =
            if channel.groups.is_empty() { String::new() } else { format!("  [{}]", channel.groups.join("; ")) };
        println!("{:>5}  {}{groups}  {} source(s)", channel.number, channel.name, channel.sources.len());
        let text = |value: &Option<Value>, key: &str| {
            value.as_ref().and_then(|v| v.get(key)).and_then(Value::as_str).unwrap_or("–").to_owned()
        };
        match &channel.epg {
            Some(_) => println!(
                "       guide {} (by {})  now: {}  next: {}",
                text(&channel.epg, "id"),
                text(&channel.epg, "matched_by"),
                text(&channel.now, "title"),
                text(&channel.next, "title")
            ),
            None if !report.guides.is_empty() => println!("       no guide matches"),
            None => {}
        }
    }
    for guide in &report.guides {
        println!("guide: {} channels, {} programmes", guide.channels, guide.programmes);
        print_warnings(&guide.warnings);
    }
    print_warnings(&report.warnings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::formats::{address::Origin, read_lineup};

    #[test]
    fn the_keys_are_those_of_the_contract() {
        let runtime = runtime().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let guide = folder.path().join("guide.xml");
        let text = "<tv><channel id=\"cctv1\"><display-name>CCTV-1 综合</display-name></channel>\
            <programme start=\"20260501200000 +0800\" stop=\"20260501203000 +0800\" channel=\"cctv1\"><title>新闻</title></programme>\
            <programme start=\"20260501203000 +0800\" channel=\"cctv1\"><title>天气</title></programme></tv>";
        std::fs::write(&guide, text).unwrap();
        let mut db = GuideDb::temporary().unwrap();
        let guides = vec![read(&runtime, &mut db, &guide.display().to_string(), 0, 0).unwrap()];
        let lineup = "#EXTM3U\n#EXTINF:-1 group-title=\"央视\" tvg-shift=\"1\" catchup=\"append\" catchup-days=\"7\" \
            catchup-source=\"?u={utc}\",央视一套\nhttp://a/1|Referer=r\n#EXTINF:-1,无\nhttp://a/2\nfile\tx\n";
        let lineup = read_lineup(lineup.as_bytes(), &Origin::Stdin, "l").unwrap();
        let at = UtcMs("2026-05-01T13:10:00Z".parse::<Timestamp>().unwrap().as_millisecond());
        let report = serde_json::to_value(check(&db, lineup, guides, at).unwrap()).unwrap();
        let expected = json!({
            "channels": [
                {
                    "number": 1, "id": "央视一套", "name": "央视一套", "groups": ["央视"], "logo": null,
                    "sources": [{ "url": "http://a/1", "headers": { "Referer": "r" } }],
                    "catchup": { "mode": "append", "days": 7, "source": "?u={utc}" },
                    "epg": { "id": "cctv1", "matched_by": "normalised" },
                    "now": { "title": "新闻", "start": "2026-05-01T13:00:00Z", "end": "2026-05-01T13:30:00Z" },
                    "next": { "title": "天气", "start": "2026-05-01T13:30:00Z", "end": "2026-05-01T14:30:00Z" },
                },
                {
                    "number": 2, "id": "无", "name": "无", "groups": [], "logo": null,
                    "sources": [{ "url": "http://a/2", "headers": {} }],
                    "catchup": null, "epg": null, "now": null, "next": null,
                },
            ],
            "guides": [{
                "channels": 1, "programmes": 2, "first_start": "2026-05-01T12:00:00Z",
                "last_stop": "2026-05-01T13:30:00Z", "first_title": "新闻", "last_title": "天气", "warnings": [],
            }],
            "warnings": [{ "source": "l", "line": 6, "what": "\"file x\" is neither a tag nor an address" }],
        });
        assert_eq!(report, expected);
    }

    #[test]
    fn outcomes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.m3u");
        let args = |at: Option<&str>| Args {
            location: file.display().to_string(),
            epg: vec![folder.path().join("none.xml").display().to_string()],
            at: at.map(Into::into),
            format: Format::Json,
        };
        assert_eq!(run(&args(None)).unwrap(), Exit::InputErrors);
        std::fs::write(&file, "#EXTM3U\n").unwrap();
        assert_eq!(run(&args(None)).unwrap(), Exit::InputErrors);
        std::fs::write(&file, "#EXTM3U\n#EXTINF:-1,a\nhttp://a/\n").unwrap();
        assert_eq!(run(&args(None)).unwrap(), Exit::Fine);
        assert!(matches!(run(&args(Some("noon"))), Err(Failure::Usage(_))));
    }
}
