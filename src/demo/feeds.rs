//! The texts that an operator publishes and that depend on the hour: the lineup, the guide around the present, and the
//! catalogue with its live lessons placed in time. Pure: the clock is handed in.

use std::fmt::Write;

use jiff::{Timestamp, tz::Offset};
use serde_json::Value;

use super::root::{Channel, Station};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A live lesson is repeated this long after its last start, so that a demo that has run all day still has one ahead.
const SESSION_REPEATS_MS: i64 = 3 * HOUR_MS;
/// The demo's viewers live in this zone; the guide says so with every time.
const ZONE_HOURS: i8 = 8;

/// How long what was on the air can be seen again.
pub(super) const CATCHUP_DAYS: u16 = 3;

/// The M3U. `base` is `http://host:port`, or empty for addresses relative to the lineup itself.
pub(super) fn lineup(station: &Station, base: &str) -> String {
    let at = |path: &str| if base.is_empty() { path.to_owned() } else { format!("{base}/{path}") };
    let mut text = format!("#EXTM3U x-tvg-url=\"{}\"\n", at("guide.xml"));
    for channel in &station.channels {
        let Channel { id, number, name, group, logo, .. } = channel;
        let logo = logo.as_deref().map(|l| at(&from_live(l))).unwrap_or_default();
        let (name, group) = (attribute(name), attribute(group));
        // A plain file server keeps no archive.
        let catchup = match base {
            "" => String::new(),
            base => format!(
                " catchup=\"default\" catchup-days=\"{CATCHUP_DAYS}\" \
                 catchup-source=\"{base}/live/{id}/archive.m3u8?utc={{utc}}&utcend={{utcend}}\""
            ),
        };
        let _ = writeln!(
            text,
            "#EXTINF:-1 tvg-id=\"{id}\" tvg-chno=\"{number}\" tvg-name=\"{name}\" tvg-logo=\"{logo}\" group-title=\"{group}\"{catchup},{name}\n{}",
            at(&format!("live/{id}/index.m3u8")),
        );
    }
    text
}

/// A path relative to `live/` as one relative to the root.
fn from_live(path: &str) -> String {
    path.strip_prefix("../").map_or_else(|| format!("live/{path}"), str::to_owned)
}

/// M3U has no escapes: what would end the attribute or the line is left out.
fn attribute(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '"').collect()
}

/// XMLTV from `from_ms` to `to_ms`. Each channel's programmes follow one another without gaps, and at the same hours
/// whenever the guide is asked for.
pub(super) fn guide(station: &Station, from_ms: i64, to_ms: i64) -> String {
    let mut text =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tv generator-info-name=\"jinse-xuetang demo\">\n");
    for Channel { id, name, .. } in &station.channels {
        let name = escape(name);
        let _ = writeln!(text, "  <channel id=\"{id}\"><display-name lang=\"zh\">{name}</display-name></channel>");
    }
    for channel in &station.channels {
        let cycle_ms: i64 = channel.programmes.iter().map(|p| p.length_min * MINUTE_MS).sum();
        if cycle_ms <= 0 {
            continue;
        }
        let mut start = from_ms.div_euclid(cycle_ms) * cycle_ms;
        for programme in channel.programmes.iter().cycle() {
            if start >= to_ms {
                break;
            }
            let end = start + programme.length_min * MINUTE_MS;
            if end > from_ms {
                let (id, title) = (&channel.id, escape(&programme.title));
                let _ = write!(
                    text,
                    "  <programme start=\"{}\" stop=\"{}\" channel=\"{id}\"><title lang=\"zh\">{title}</title>",
                    xmltv_time(start),
                    xmltv_time(end)
                );
                if let Some(description) = &programme.description {
                    let _ = write!(text, "<desc lang=\"zh\">{}</desc>", escape(description));
                }
                text.push_str("</programme>\n");
            }
            start = end;
        }
    }
    text.push_str("</tv>\n");
    text
}

/// From yesterday's midnight to the end of the day after tomorrow, in the demo's zone.
pub(super) fn guide_days(now_ms: i64, days_ahead: i64) -> (i64, i64) {
    let day_ms = 24 * HOUR_MS;
    let shift = i64::from(ZONE_HOURS) * HOUR_MS;
    let today = (now_ms + shift).div_euclid(day_ms) * day_ms - shift;
    (today - day_ms, today + (days_ahead + 1) * day_ms)
}

fn xmltv_time(ms: i64) -> String {
    let zone = Offset::constant(ZONE_HOURS);
    let time = Timestamp::from_millisecond(ms).unwrap_or_default();
    zone.to_datetime(time).strftime("%Y%m%d%H%M%S +0800").to_string()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// Gives every live session that says `start_in_min` and `length_min` its times, counted from `since_ms`. A session that
/// is over comes again, so that at `now_ms` each is under way or ahead.
pub(super) fn place_sessions(shard: &mut Value, since_ms: i64, now_ms: i64) {
    let courses = shard.get_mut("courses").and_then(Value::as_array_mut);
    for course in courses.into_iter().flatten() {
        let sessions = course.get_mut("live").and_then(Value::as_array_mut);
        for session in sessions.into_iter().flatten().filter_map(Value::as_object_mut) {
            let Some(start_in) = session.remove("start_in_min").and_then(|v| v.as_i64()) else { continue };
            let length =
                session.remove("length_min").and_then(|v| v.as_i64()).unwrap_or(30).clamp(1, 1_440) * MINUTE_MS;
            let mut start = since_ms.div_euclid(MINUTE_MS) * MINUTE_MS + start_in.clamp(-1_440, 1_440) * MINUTE_MS;
            if start + length <= now_ms {
                let period = SESSION_REPEATS_MS.max(length);
                start += (now_ms - start - length).div_euclid(period) * period + period;
            }
            session.insert("start".into(), rfc3339(start).into());
            session.insert("end".into(), rfc3339(start + length).into());
        }
    }
}

fn rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        demo::{
            live::{Loop, Segment},
            root::Programme,
        },
        guide::formats::{
            Warnings,
            guide::{Reading, read_guide},
            xmltv::{Ending, Item},
        },
    };

    fn station() -> Station {
        let segment = Segment { uri: "a/1.ts".into(), duration_us: 4_000_000, discontinuity: true };
        let programme = |title: &str, length_min| Programme { title: title.into(), length_min, description: None };
        Station {
            channels: vec![Channel {
                id: "jx1".into(),
                number: 1,
                name: "金色\"一套\" & <友>".into(),
                group: "学习".into(),
                logo: Some("../logos/jx1.png".into()),
                looped: Loop::new(vec![segment]).unwrap(),
                written: None,
                programmes: vec![programme("早安课堂", 30), programme("今天学什么", 25)],
            }],
        }
    }

    #[test]
    fn the_lineup_is_absolute_or_relative() {
        let text = lineup(&station(), "http://127.0.0.1:9");
        assert_eq!(
            text,
            "#EXTM3U x-tvg-url=\"http://127.0.0.1:9/guide.xml\"\n#EXTINF:-1 tvg-id=\"jx1\" tvg-chno=\"1\" tvg-name=\"金色一套 & <友>\" \
             tvg-logo=\"http://127.0.0.1:9/logos/jx1.png\" group-title=\"学习\" catchup=\"default\" catchup-days=\"3\" \
             catchup-source=\"http://127.0.0.1:9/live/jx1/archive.m3u8?utc={utc}&utcend={utcend}\",金色一套 & <友>\nhttp://127.0.0.1:9/live/jx1/index.m3u8\n"
        );
        let text = lineup(&station(), "");
        assert!(text.contains("\nlive/jx1/index.m3u8\n") && text.contains("tvg-logo=\"logos/jx1.png\""), "{text}");
    }

    fn words() -> impl Strategy<Value = String> {
        "[一-龥A-Za-z0-9&<>\"';#!]{1,8}( [一-龥A-Za-z0-9&<>\"';#!]{1,8}){0,3}"
    }

    proptest! {
        /// The reader gives back what the writer was given: names, titles, texts and times.
        #[test]
        fn the_guide_that_is_written_is_read(
            channels in proptest::collection::vec(
                (words(), proptest::collection::vec((words(), 1_i64..200, proptest::option::of(words())), 1..4)), 0..4),
            from_min in 0_i64..30_000_000,
            length_min in 1_i64..600,
        ) {
            let mut station = station();
            let template = station.channels.remove(0);
            for (place, (name, programmes)) in channels.into_iter().enumerate() {
                let programmes = programmes
                    .into_iter()
                    .map(|(title, length_min, description)| Programme { title, length_min, description });
                let programmes = programmes.collect();
                station.channels.push(Channel { id: format!("c{place}"), name, programmes, ..template.clone() });
            }
            let (from, to) = (from_min * MINUTE_MS, (from_min + length_min) * MINUTE_MS);
            let (mut warnings, mut items) = (Warnings::new("g"), Vec::new());
            let text = guide(&station, from, to);
            let Ok(ending) = read_guide::<Infallible>(text.as_bytes(), Reading::default(), &mut warnings, &mut |item| {
                items.push(item);
                Ok(())
            });
            prop_assert_eq!(ending, Ending::Whole);
            prop_assert_eq!(warnings.into_vec(), vec![]);
            for channel in &station.channels {
                let named = items.iter().any(|item| matches!(item, Item::Channel(c) if c.id == channel.id && c.names == [channel.name.clone()]));
                prop_assert!(named, "{}", text);
                let read: Vec<_> = items
                    .iter()
                    .filter_map(|item| match item {
                        Item::Programme(p) if p.channel == channel.id => Some(p),
                        _ => None,
                    })
                    .collect();
                // Without gaps over the whole time, in the order of the channel.
                prop_assert!(read[0].start.0 <= from && read.last().unwrap().stop.unwrap().0 >= to);
                let of = |p: &&crate::guide::formats::xmltv::GuideProgramme| {
                    (p.title.clone(), (p.stop.unwrap().0 - p.start.0) / MINUTE_MS, p.description.clone())
                };
                let own: Vec<_> = channel.programmes.iter().map(|p| (p.title.clone(), p.length_min, p.description.clone())).collect();
                let fits = (0..own.len()).any(|at| read.iter().map(of).eq(own.iter().cycle().skip(at).take(read.len()).cloned()));
                prop_assert!(fits, "{}", text);
                prop_assert!(read.windows(2).all(|pair| pair[0].stop == Some(pair[1].start)));
            }
        }
    }

    #[test]
    fn the_guide_covers_its_days_without_gaps() {
        let now: i64 = "2026-03-01T20:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        let (from, to) = guide_days(now, 2);
        let text = guide(&station(), from, to);
        assert!(
            text.contains("<display-name lang=\"zh\">金色&quot;一套&quot; &amp; &lt;友&gt;</display-name>"),
            "{text}"
        );
        let mut last_stop: Option<String> = None;
        let mut count = 0;
        for line in text.lines().filter(|l| l.contains("<programme")) {
            let field =
                |name: &str| line.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned();
            if let Some(stop) = last_stop {
                assert_eq!(field("start"), stop);
            } else {
                // 2 March in Shanghai has begun: yesterday is the first.
                assert!(field("start").as_str() <= "20260301000000 +0800", "{line}");
            }
            last_stop = Some(field("stop"));
            count += 1;
        }
        assert!(last_stop.unwrap().as_str() >= "20260305000000 +0800");
        assert!(count > 200);
        assert_eq!(guide(&station(), from, to), text);
    }

    #[test]
    fn live_lessons_begin_soon_and_come_again() {
        let since: i64 = "2026-03-01T06:00:40Z".parse::<Timestamp>().unwrap().as_millisecond();
        let at = |now: i64| {
            let mut shard = serde_json::json!({"courses": [{"id": "x"}, {"live": [{"id": "s", "start_in_min": 20, "length_min": 40}, {"start": "x"}]}]});
            place_sessions(&mut shard, since, now);
            let time = |key: &str| shard["courses"][1]["live"][0][key].as_str().unwrap().parse::<Timestamp>().unwrap();
            assert_eq!(shard["courses"][1]["live"][1]["start"], "x", "a session with its own times is left alone");
            (time("start").as_millisecond(), time("end").as_millisecond())
        };
        let (start, end) = at(since);
        assert_eq!(Timestamp::from_millisecond(start).unwrap().to_string(), "2026-03-01T06:20:00Z");
        assert_eq!(end - start, 40 * MINUTE_MS);
        assert_eq!(at(end - 1), (start, end), "while it is under way it stays");
        for hours in 0..100 {
            let now = end + hours * HOUR_MS;
            let (start, end) = at(now);
            assert!(end > now && start <= now + SESSION_REPEATS_MS, "{hours}");
        }
    }
}
