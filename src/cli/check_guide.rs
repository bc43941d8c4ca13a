//! `check guide`: what a guide (XMLTV or DIYP) holds and what in it cannot be used. Imports into a temporary database by the
//! same code that the program runs, so that what is said here is what the box would show.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Exit, Failure, Format, print, print_json};
use crate::{
    guide::{
        db::{GuideDb, ImportOptions, ImportReport, Outcome},
        error::GuideError,
        formats::xmltv_time::zone_minutes,
        import::{GUIDE_LIMITS, open},
        lineup::Warning,
        programme::Programme,
    },
    net::{self, Location},
    time::UtcMs,
};

/// Warnings shown to a person; a program gets all that were kept.
pub(super) const SHOWN_WARNINGS: usize = 20;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The guide: a file, an http(s) address, or - for standard input; plain, gzip or xz
    #[arg(value_name = "FILE|URL|-")]
    pub location: String,
    /// The zone of times that name none, such as +08:00 (without it UTC for XMLTV, Beijing for DIYP)
    #[arg(long, value_name = "±HH:MM", allow_hyphen_values = true)]
    pub offset: Option<String>,
    /// The guide must be DIYP's JSON; without this JSON is recognised
    #[arg(long)]
    pub diyp: bool,
    /// Also lists the programmes of one channel, found by its id or its name
    #[arg(long, value_name = "CHANNEL")]
    pub list: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The keys of the contract.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub channels: u64,
    pub programmes: u64,
    pub first_start: Option<String>,
    pub last_stop: Option<String>,
    pub first_title: Option<String>,
    pub last_title: Option<String>,
    pub warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Vec<Value>>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let options = ImportOptions {
        zone_offset_minutes: args.offset.as_deref().map(offset).transpose()?,
        diyp_required: args.diyp,
        ..ImportOptions::default()
    };
    let runtime = runtime()?;
    let mut db = GuideDb::temporary().map_err(|e| Failure::MachineLacks(e.to_string()))?;
    let mut summary = read(&runtime, &mut db, &args.location, 0, &options)?;
    if let Some(name) = &args.list {
        summary.list = Some(list(&db, name, &mut summary.warnings, &args.location)?);
    }
    match args.format {
        Format::Json => print_json(&summary)?,
        Format::Text => print_text(&args.location, &summary)?,
    }
    Ok(if summary.programmes > 0 { Exit::Fine } else { Exit::InputErrors })
}

/// `--offset`, in minutes east of UTC.
pub(super) fn offset(text: &str) -> Result<i32, Failure> {
    zone_minutes(text.trim(), 0)
        .filter(|_| !text.trim().is_empty())
        .ok_or_else(|| Failure::Usage(format!("--offset {text}: a zone is written like +08:00 or -0430")))
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| Failure::MachineLacks(format!("the network runtime cannot start: {e}")))
}

/// For a document that a person named.
pub(super) fn client(location: &str) -> Result<reqwest::Client, Failure> {
    net::client(Location::parse(location).url()).map_err(|e| Failure::MachineLacks(e.to_string()))
}

/// Imports one guide into `db`. What cannot be had at all is a summary of nothing with the reason as its warning.
pub(super) fn read(
    runtime: &tokio::runtime::Runtime,
    db: &mut GuideDb,
    location: &str,
    rank: usize,
    options: &ImportOptions,
) -> Result<Summary, Failure> {
    let imported = open(runtime.handle(), &client(location)?, location, GUIDE_LIMITS)
        .and_then(|document| db.import(location, rank, document.reader, options));
    Ok(match imported {
        Ok(report) => summary(report),
        Err(GuideError::Database(e)) => return Err(Failure::MachineLacks(format!("the temporary database: {e}"))),
        Err(e) => Summary {
            channels: 0,
            programmes: 0,
            first_start: None,
            last_stop: None,
            first_title: None,
            last_title: None,
            warnings: vec![unreadable(location, &e)],
            list: None,
        },
    })
}

/// The reason for having nothing; its address is named once.
pub(super) fn unreadable(location: &str, e: &GuideError) -> Warning {
    if let GuideError::Format { source_name, line, what } = e {
        return Warning { source: source_name.clone(), line: *line, what: what.clone() };
    }
    let (told, location) = (net::told(e), net::name(location));
    let what = told.strip_prefix(&location).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&told).to_owned();
    Warning { source: location, line: None, what }
}

fn summary(report: ImportReport) -> Summary {
    let ImportReport { source, channels, programmes, first, last, outcome, mut warnings } = report;
    if let Outcome::KeptOld(what) = outcome
        && !warnings.iter().any(|w| what.ends_with(&w.what))
    {
        warnings.push(Warning { source, line: None, what });
    }
    Summary {
        channels,
        programmes,
        first_start: first.as_ref().map(|p| rfc3339(p.start)),
        last_stop: last.as_ref().map(|p| rfc3339(p.end)),
        first_title: first.map(|p| p.title),
        last_title: last.map(|p| p.title),
        warnings,
        list: None,
    }
}

pub(super) fn list(
    db: &GuideDb,
    name: &str,
    warnings: &mut Vec<Warning>,
    location: &str,
) -> Result<Vec<Value>, Failure> {
    let failed = |e: GuideError| Failure::MachineLacks(e.to_string());
    let Some(found) = db.find(name).map_err(failed)? else {
        let what = format!("no channel \"{name}\" in this guide");
        warnings.push(Warning { source: location.to_owned(), line: None, what });
        return Ok(Vec::new());
    };
    let all = db.day(&found.key, UtcMs(i64::MIN), UtcMs(i64::MAX)).map_err(failed)?;
    Ok(all.iter().map(programme_json).collect())
}

fn print_text(location: &str, summary: &Summary) -> Result<(), Failure> {
    say!("{location}: {} channels, {} programmes", summary.channels, summary.programmes)?;
    if let (Some(start), Some(title)) = (&summary.first_start, &summary.first_title) {
        say!("  first: {start}  {title}")?;
    }
    if let (Some(stop), Some(title)) = (&summary.last_stop, &summary.last_title) {
        say!("  last:  {stop}  {title}")?;
    }
    for item in summary.list.iter().flatten() {
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        say!("  {} – {}  {}", text("start"), text("end"), text("title"))?;
    }
    print(format_args!("{}", warnings_text(&summary.warnings)))
}

pub(super) fn warnings_text(warnings: &[Warning]) -> String {
    let mut text = String::new();
    for warning in warnings.iter().take(SHOWN_WARNINGS) {
        let line = warning.line.map(|line| format!(":{line}")).unwrap_or_default();
        text += &format!("  warning: {}{line}: {}\n", warning.source, warning.what);
    }
    if warnings.len() > SHOWN_WARNINGS {
        text += &format!("  … {} more warnings; --format json shows them\n", warnings.len() - SHOWN_WARNINGS);
    }
    text
}

pub(super) fn programme_json(programme: &Programme) -> Value {
    json!({ "title": programme.title, "start": rfc3339(programme.start), "end": rfc3339(programme.end) })
}

pub(super) fn rfc3339(at: UtcMs) -> String {
    // Every time that a parser lets through is in range.
    Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(location: &str, offset: Option<&str>) -> Args {
        Args {
            location: location.into(),
            offset: offset.map(Into::into),
            diyp: false,
            list: Some("甲".into()),
            format: Format::Json,
        }
    }

    #[test]
    fn zones_and_lists() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("g.xml").display().to_string();
        let text = "<tv><channel id=\"1\"><display-name>甲</display-name></channel>\
            <programme start=\"20260501080000\" stop=\"20260501090000\" channel=\"1\"><title>早</title></programme></tv>";
        std::fs::write(&file, text).unwrap();
        let runtime = runtime().unwrap();
        for (offset, start) in [(0, "2026-05-01T08:00:00Z"), (480, "2026-05-01T00:00:00Z")] {
            let mut db = GuideDb::temporary().unwrap();
            let options = ImportOptions { zone_offset_minutes: Some(offset), ..ImportOptions::default() };
            let mut summary = read(&runtime, &mut db, &file, 0, &options).unwrap();
            assert_eq!(summary.first_start.as_deref(), Some(start));
            let found = list(&db, "甲", &mut summary.warnings, &file).unwrap();
            assert_eq!(found[0]["start"], start);
            assert_eq!(list(&db, "乙", &mut summary.warnings, &file).unwrap(), [Value::Null; 0]);
            assert!(summary.warnings[0].what.contains("乙"));
        }
    }

    #[test]
    fn outcomes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("g.xml").display().to_string();
        assert_eq!(run(&args(&file, None)).unwrap(), Exit::InputErrors);
        std::fs::write(&file, "<html>").unwrap();
        assert_eq!(run(&args(&file, Some("+08:00"))).unwrap(), Exit::InputErrors);
        std::fs::write(
            &file,
            r#"{"channel_name":"甲","date":"2026-05-01","epg_data":[{"start":"08:00","end":"09:00","title":"早"}]}"#,
        )
        .unwrap();
        assert_eq!(run(&args(&file, None)).unwrap(), Exit::Fine);
        assert_eq!(run(&Args { diyp: true, ..args(&file, Some("+00:00")) }).unwrap(), Exit::Fine);
        std::fs::write(&file, "<tv></tv>").unwrap();
        assert_eq!(run(&Args { diyp: true, ..args(&file, None) }).unwrap(), Exit::InputErrors);
        for wrong in ["", "x", "+99"] {
            assert!(matches!(run(&args(&file, Some(wrong))), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
