//! The words of a TTML document as IMSC1 and EBU-TT-D narrow it down (text profiles). Places, colours and styles are left
//! out: the viewer's own text size holds. The reader is flat, so nothing recurses, and no entity is expanded beyond the
//! predefined ones.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Cue, MAX_CUES, MAX_TEXT_BYTES, add_line};
use crate::xml::refer;

/// Documents need six levels; what is deeper is not looked at.
const MAX_DEPTH: usize = 64;
/// A time without an end.
const NEVER_MS: u64 = u64::MAX;
/// Times beyond this are nonsense: a thousand years.
const LATEST_MS: f64 = 3.2e13;

/// Reads a document. What is no paragraph with words is left out; of a broken one, what comes before the fault is used.
/// A text without an end of its own ends at `u64::MAX`. Sorted by start; texts of the same span are one.
pub fn parse(document: &[u8]) -> Vec<Cue> {
    let text = String::from_utf8_lossy(document);
    let mut xml = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let config = xml.config_mut();
    config.allow_dangling_amp = true;
    config.check_comments = false;
    let mut state = State::default();
    loop {
        match xml.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(Event::Start(tag)) => state.start(&tag),
            Ok(Event::Empty(tag)) => {
                state.start(&tag);
                state.end();
            }
            Ok(Event::End(_)) => state.end(),
            Ok(Event::Text(text)) => state.text(&text),
            Ok(Event::CData(text)) => state.text(&text),
            Ok(Event::GeneralRef(reference)) => {
                // One that nobody knows says nothing.
                refer(&reference, |text| state.text(text));
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
        }
        if state.cues.len() >= MAX_CUES {
            break;
        }
    }
    let mut cues = state.cues;
    cues.sort_by_key(|cue| (cue.start_ms, cue.end_ms));
    merged(cues)
}

/// Lines that stand together are written as paragraphs of their own.
fn merged(cues: Vec<Cue>) -> Vec<Cue> {
    let mut all: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        match all.last_mut() {
            Some(before) if (before.start_ms, before.end_ms) == (cue.start_ms, cue.end_ms) => {
                for line in cue.text.lines() {
                    add_line(&mut before.text, line);
                }
            }
            _ => all.push(cue),
        }
    }
    all
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start_ms: u64,
    end_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Holds a time for what is inside.
    Frame,
    Paragraph,
    /// Its text is not for the viewer.
    Aside,
}

struct Element {
    role: Role,
    span: Span,
}

/// What the numbers of times mean.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rates {
    frames: f64,
    ticks: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { frames: 30.0, ticks: 1.0 }
    }
}

#[derive(Default)]
struct State {
    rates: Rates,
    open: Vec<Element>,
    /// Elements that lie too deep.
    deeper: usize,
    /// The running paragraph's texts, each with its time.
    said: Vec<(Span, String)>,
    cues: Vec<Cue>,
}

impl State {
    fn start(&mut self, tag: &BytesStart<'_>) {
        if self.open.len() >= MAX_DEPTH {
            self.deeper += 1;
            return;
        }
        let name = tag.name();
        let name = local(name.as_ref());
        let around = self.open.last().map_or(Span { start_ms: 0, end_ms: NEVER_MS }, |e| e.span);
        let aside = self.open.last().is_some_and(|e| e.role == Role::Aside);
        let in_paragraph = self.open.iter().any(|e| e.role == Role::Paragraph);
        let role = match name {
            _ if aside => Role::Aside,
            "tt" => {
                self.rates = rates(tag);
                Role::Frame
            }
            "body" | "div" | "span" => Role::Frame,
            "p" if !in_paragraph => {
                self.said.clear();
                Role::Paragraph
            }
            "br" => {
                self.push(around, "\n");
                Role::Aside
            }
            _ => Role::Aside,
        };
        self.open.push(Element { role, span: self.span(tag, around) });
    }

    /// The time of an element counts from the beginning of the one around it, and ends with it.
    fn span(&self, tag: &BytesStart<'_>, around: Span) -> Span {
        let (mut begin, mut end, mut length) = (None, None, None);
        for (name, value) in attributes(tag) {
            match name {
                "begin" => begin = time(value, self.rates),
                "end" => end = time(value, self.rates),
                "dur" => length = time(value, self.rates),
                _ => {}
            }
        }
        let start_ms = around.start_ms.saturating_add(begin.unwrap_or(0));
        let by_end = end.map_or(NEVER_MS, |end| around.start_ms.saturating_add(end));
        let by_length = length.map_or(NEVER_MS, |length| start_ms.saturating_add(length));
        Span { start_ms, end_ms: by_end.min(by_length).min(around.end_ms) }
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last().filter(|e| e.role != Role::Aside && self.deeper == 0) {
            // Lines are broken by an element; those of the file are spaces.
            let plain = text.replace(['\n', '\r', '\t'], " ");
            self.push(element.span, &plain);
        }
    }

    fn push(&mut self, span: Span, text: &str) {
        if !self.open.iter().any(|e| e.role == Role::Paragraph) {
            return;
        }
        let held: usize = self.said.iter().map(|(_, said)| said.len()).sum();
        if held + text.len() > MAX_TEXT_BYTES {
            return;
        }
        match self.said.last_mut() {
            Some((before, said)) if *before == span => said.push_str(text),
            _ => self.said.push((span, text.to_owned())),
        }
    }

    fn end(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        if self.open.pop().is_none_or(|closed| closed.role != Role::Paragraph) {
            return;
        }
        for (Span { start_ms, end_ms }, said) in std::mem::take(&mut self.said) {
            let mut text = String::new();
            for line in said.lines() {
                add_line(&mut text, &line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
            }
            if !text.is_empty() && end_ms > start_ms {
                self.cues.push(Cue { start_ms, end_ms, text });
            }
        }
    }
}

/// A name without its prefix: documents call the vocabulary as they like.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Local names and values, as they are written; a broken one ends the list.
fn attributes<'t>(tag: &'t BytesStart<'_>) -> impl Iterator<Item = (&'t str, &'t str)> {
    let mut all = tag.attributes();
    all.with_checks(false);
    all.map_while(Result::ok).filter_map(|attribute| match attribute.value {
        // Numbers need no references, and nothing else is asked for.
        std::borrow::Cow::Borrowed(value) => Some((local(attribute.key.into_inner()), value.trim())),
        std::borrow::Cow::Owned(_) => None,
    })
}

fn rates(tag: &BytesStart<'_>) -> Rates {
    let (mut frames, mut multiplier, mut ticks) = (None, 1.0, None);
    for (name, value) in attributes(tag) {
        let number = || value.parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0);
        match name {
            "frameRate" => frames = number(),
            "tickRate" => ticks = number(),
            "frameRateMultiplier" => {
                let parts: Vec<f64> = value.split([' ', ':']).filter_map(|part| part.parse().ok()).collect();
                if let [above, below] = parts.as_slice()
                    && *above > 0.0
                    && *below > 0.0
                {
                    multiplier = above / below;
                }
            }
            _ => {}
        }
    }
    let usual = Rates::default();
    let ticks = ticks.or(frames).unwrap_or(usual.ticks);
    Rates { frames: frames.unwrap_or(usual.frames) * multiplier, ticks }
}

/// `01:02:03.5`, `01:02:03:12` with frames, `12.5s`, `500ms`, `3m`, `1h`, `75f`, `900t`. In milliseconds.
fn time(text: &str, rates: Rates) -> Option<u64> {
    let seconds = if text.contains(':') { clock(text, rates)? } else { offset(text, rates)? };
    let ms = (seconds * 1000.0).round();
    (ms.is_finite() && (0.0..=LATEST_MS).contains(&ms)).then_some(ms as u64)
}

fn clock(text: &str, rates: Rates) -> Option<f64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let frames = parts.next().map_or(Some(0.0), number)?;
    let whole = number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(seconds)?;
    parts.next().is_none().then_some(whole + frames / rates.frames)
}

fn offset(text: &str, rates: Rates) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (count, unit) = text.split_at_checked(unit)?;
    let count = number(count)?;
    Some(match unit {
        "h" => count * 3600.0,
        "m" => count * 60.0,
        "s" => count,
        "ms" => count / 1000.0,
        "f" => count / rates.frames,
        "t" => count / rates.ticks,
        _ => return None,
    })
}

/// Digits with at most one point: neither signs nor exponents.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cue(start_ms: u64, end_ms: u64, text: &str) -> Cue {
        Cue { start_ms, end_ms, text: text.into() }
    }

    #[test]
    fn a_document_of_imsc1_is_read() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?>
            <tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xml:lang="zh"
                   ttp:frameRate="25" ttp:tickRate="90000">
              <tt:head><tt:metadata><tt:desc>not said</tt:desc></tt:metadata>
                <tt:styling><tt:style xml:id="s"/></tt:styling></tt:head>
              <tt:body begin="1s"><tt:div>
                <tt:p begin="00:00:01.500" end="00:00:03.000"><tt:span>请看   屏幕</tt:span><tt:br/>第二行 &lt;3 &amp; &#x4E00;</tt:p>
                <tt:p begin="00:00:04:10" dur="25f"><tt:metadata>no</tt:metadata>
                  十帧
                </tt:p>
                <tt:p begin="450000t" end="5.5s">嘀</tt:p>
                <tt:p begin="0.1h" end="1ms">倒着</tt:p><tt:p begin="9s" end="10s"> </tt:p>
              </tt:div></tt:body>
            </tt:tt>"#;
        assert_eq!(
            parse(text.as_bytes()),
            [cue(2_500, 4_000, "请看 屏幕\n第二行 <3 & 一"), cue(5_400, 6_400, "十帧"), cue(6_000, 6_500, "嘀"),]
        );
    }

    #[test]
    fn times_hold_for_what_is_inside_and_lines_of_one_span_are_one_text() {
        let text = r#"<tt xmlns="http://www.w3.org/ns/ttml"><body><div begin="10s" end="20s">
            <p end="30s">到头</p>
            <p begin="1s" end="2s" region="top">上</p><p begin="1s" end="2s">下</p>
            <p begin="4s" end="9s"><span end="1s">先</span><span begin="2s">后</span></p></div></body></tt>"#;
        assert_eq!(
            parse(text.as_bytes()),
            [
                cue(10_000, 20_000, "到头"),
                cue(11_000, 12_000, "上\n下"),
                cue(14_000, 15_000, "先"),
                cue(16_000, 19_000, "后"),
            ]
        );
        let open = "<tt><body><div><p>一直</p></div></body></tt>";
        assert_eq!(parse(open.as_bytes()), [cue(0, u64::MAX, "一直")]);
        let broken = "<tt><body><p begin='1s' end='2s'>好</p><p begin='3s' end='4s'>坏</div>";
        assert_eq!(parse(broken.as_bytes()), [cue(1_000, 2_000, "好")]);
    }

    #[test]
    fn every_way_to_write_a_time_is_read() {
        let rates = Rates { frames: 25.0, ticks: 1000.0 };
        for (text, ms) in [
            ("00:00:01.5", 1_500),
            ("100:00:00", 360_000_000),
            ("00:00:01:05", 1_200),
            ("1.25s", 1_250),
            ("40ms", 40),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("5f", 200),
            ("1500t", 1_500),
        ] {
            assert_eq!(time(text, rates), Some(ms), "{text}");
        }
        for bad in
            ["", "5", "s", "-1s", "1e3s", "00:01", "00:00:00:00:00", "1.2.3s", "1x", "nans", "infs", ":::", "9h9"]
        {
            assert_eq!(time(bad, rates), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_document_harms(text in "(<tt>|<body>|<p begin='[0-9]{1,3}(s|ms|f|t|:[0-9]:[0-9])' (end|dur)='[0-9]{1,30}s'>|<span>|</span>|</p>|<br/>|&[a-z#0-9]{0,5};?|<|\\PC){0,40}") {
            let cues = parse(text.as_bytes());
            prop_assert!(cues.is_sorted_by_key(|c| c.start_ms));
            prop_assert!(cues.iter().all(|c| c.end_ms > c.start_ms && !c.text.is_empty()));
        }

        #[test]
        fn no_bytes_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
        }

        #[test]
        fn depth_does_no_harm(depth in 0usize..20_000) {
            let text = format!("<tt><body>{}<p>好</p>", "<div>".repeat(depth));
            prop_assert_eq!(parse(text.as_bytes()).len(), usize::from(depth < MAX_DEPTH - 2));
        }
    }
}
