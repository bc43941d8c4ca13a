//! `check catchup`: the address that would be played for a programme that is over.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{Exit, Failure, Format, print_json};
use crate::{
    guide::{
        catchup::{Asked, CatchupError, Offer},
        lineup::MediaSource,
    },
    shell::clock,
    time::UtcMs,
};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The channel's own address
    #[arg(long, value_name = "URL")]
    pub channel_url: String,
    /// As in `catchup`: default, append, shift, flussonic, flussonic-ts, fs, xc, vod
    #[arg(long)]
    pub mode: String,
    /// As in `catchup-source`
    #[arg(long, allow_hyphen_values = true)]
    pub source: Option<String>,
    /// As in `catchup-days`; without it no programme is too old
    #[arg(long, value_name = "N")]
    pub days: Option<u32>,
    /// As in `catchup-correction`, in hours
    #[arg(long, value_name = "HOURS", allow_hyphen_values = true, default_value_t = 0.0)]
    pub correction: f64,
    /// As in `catchup-replace`: what the channel's address has, a comma, and what it has for the past
    #[arg(long, value_name = "OLD,NEW")]
    pub replace: Option<String>,
    /// The programme's `catchup-id` in the guide
    #[arg(long, value_name = "ID")]
    pub catchup_id: Option<String>,
    /// When the programme began, such as 2026-05-01T20:00:00+08:00
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub start: String,
    /// When it ended
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub end: String,
    /// The moment of asking (the present without it)
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub now: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let zone = zone()?;
    print_source(args, &source(args, &zone)?)?;
    Ok(Exit::Fine)
}

fn print_source(args: &Args, source: &MediaSource) -> Result<(), Failure> {
    match args.format {
        Format::Json => {
            let headers: serde_json::Map<_, _> =
                source.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
            print_json(&serde_json::json!({ "url": source.url, "headers": headers }))
        }
        Format::Text => say!("{}", source.url),
    }
}

fn source(args: &Args, zone: &TimeZone) -> Result<MediaSource, Failure> {
    let now = match &args.now {
        Some(text) => moment("--now", text, zone)?,
        None => UtcMs(Timestamp::now().as_millisecond()),
    };
    let correction_ms = (args.correction * 3_600_000.0).round();
    // Two days in either direction is more than any zone; in range, so the cast is exact.
    if correction_ms.is_nan() || correction_ms.abs() > 48.0 * 3_600_000.0 {
        return Err(Failure::Usage(format!("--correction {}: hours between -48 and 48", args.correction)));
    }
    let replace = match args.replace.as_deref().map(|pair| (pair, pair.split_once(','))) {
        Some((_, Some((old, new)))) if !old.is_empty() => Some((old, new)),
        Some((pair, _)) => return Err(Failure::Usage(format!("--replace {pair}: two texts with a comma between"))),
        None => None,
    };
    let offer = Offer {
        channel_url: &args.channel_url,
        mode: &args.mode,
        source: args.source.as_deref(),
        days: args.days,
        correction_ms: correction_ms as i64,
        replace,
    };
    let (start, end) = (moment("--start", &args.start, zone)?, moment("--end", &args.end, zone)?);
    let corrected = start.plus(offer.correction_ms.saturating_neg());
    let zone = clock::zone_between(zone, start.min(corrected), end.max(now));
    let asked = Asked { start, end, now, catchup_id: args.catchup_id.as_deref(), zone: &zone };
    offer.source(&asked).map_err(|e| match e {
        CatchupError::EndBeforeStart | CatchupError::UnknownMode(_) => Failure::Usage(e.to_string()),
        CatchupError::NoSource(_) => Failure::Usage(format!("{e}; give it with --source")),
        CatchupError::NoCatchupId => Failure::Usage(format!("{e}; give it with --catchup-id")),
        _ => Failure::Input(e.to_string()),
    })
}

/// The box's zone is `TZ`, else the system's. A name that the system does not know is an error rather than UTC.
fn zone() -> Result<TimeZone, Failure> {
    TimeZone::try_system().map_err(|e| Failure::MachineLacks(format!("the time zone of TZ: {e}")))
}

/// An instant, or a civil time of the box's zone, or seconds since 1970.
pub(super) fn moment(flag: &str, text: &str, zone: &TimeZone) -> Result<UtcMs, Failure> {
    let text = text.trim();
    let wrong =
        |e: String| Failure::Usage(format!("{flag} {text}: a time is written like 2026-05-01T20:00:00+08:00 ({e})"));
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 11 {
        let seconds: i64 = text.parse().map_err(|_| wrong("too large".to_owned()))?;
        return Ok(UtcMs(seconds * 1000));
    }
    let instant = text.parse::<Timestamp>().or_else(|e| match text.parse::<DateTime>() {
        Ok(civil) => zone.to_timestamp(civil),
        Err(_) => Err(e),
    });
    Ok(UtcMs(instant.map_err(|e| wrong(e.to_string()))?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Args {
        Args {
            channel_url: "http://a.example/live/1.m3u8".into(),
            mode: "append".into(),
            source: Some("?playseek=${(b)yyyyMMddHHmmss}-${(e)yyyyMMddHHmmss}".into()),
            days: Some(7),
            correction: 0.0,
            replace: None,
            catchup_id: None,
            start: "2026-05-01T20:00:00+08:00".into(),
            end: "2026-05-01T13:00:00Z".into(),
            now: Some("2026-05-03T00:00:00Z".into()),
            format: Format::Text,
        }
    }

    fn shanghai() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    #[test]
    fn the_address_is_that_of_the_boxs_zone() {
        let expected = "http://a.example/live/1.m3u8?playseek=20260501200000-20260501210000";
        assert_eq!(source(&args(), &shanghai()).unwrap().url, expected);
        let civil = Args { start: "2026-05-01T20:00:00".into(), end: "2026-05-01 21:00".into(), ..args() };
        assert_eq!(source(&civil, &shanghai()).unwrap().url, expected);
        let seconds = Args { start: "1777636800".into(), ..args() };
        assert_eq!(source(&seconds, &shanghai()).unwrap().url, expected);
        let corrected = Args { correction: -1.5, ..args() };
        assert!(source(&corrected, &shanghai()).unwrap().url.ends_with("20260501213000-20260501223000"));
        let replaced = Args { replace: Some("/live/,/past/".into()), ..args() };
        assert!(source(&replaced, &shanghai()).unwrap().url.starts_with("http://a.example/past/1.m3u8?"));
    }

    #[test]
    fn faults_of_the_question_and_of_the_offer() {
        let fails = |args: Args| source(&args, &shanghai()).unwrap_err();
        assert!(matches!(fails(Args { start: "noon".into(), ..args() }), Failure::Usage(_)));
        assert!(matches!(fails(Args { end: "2026-05-01T00:00:00Z".into(), ..args() }), Failure::Usage(_)));
        assert!(matches!(fails(Args { mode: "magic".into(), ..args() }), Failure::Usage(_)));
        assert!(matches!(fails(Args { source: None, ..args() }), Failure::Usage(_)));
        assert!(matches!(fails(Args { replace: Some("x".into()), ..args() }), Failure::Usage(_)));
        assert!(matches!(fails(Args { correction: f64::NAN, ..args() }), Failure::Usage(_)));
        let old = fails(Args { days: Some(1), ..args() });
        assert!(matches!(&old, Failure::Input(what) if what.contains("more than 1 days")), "{old}");
        assert!(matches!(
            fails(Args { mode: "xc".into(), channel_url: "http://a/b".into(), ..args() }),
            Failure::Input(_)
        ));
        assert!(matches!(
            fails(Args { start: "2026-05-03T00:00:00Z".into(), end: "2026-05-04T00:00:00Z".into(), ..args() }),
            Failure::Input(_)
        ));
    }
}
