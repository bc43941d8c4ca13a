//! XMLTV as a stream of channels and programmes. The reader is flat (it knows which element it is in, not how deep),
//! so nothing recurses; no entity is expanded beyond the predefined five and character references.

use std::{io::Read, mem};

use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::{
    Warnings, clip,
    guard::Guarded,
    guide::{broken, fit, tidy},
    quote,
    text::Utf8Source,
    xmltv_time,
};
use crate::time::UtcMs;

/// XMLTV needs five levels; tags that never close look like depth.
const MAX_DEPTH: u64 = 10_000;
const MAX_NAMES: usize = 16;
const MAX_CATEGORIES: usize = 8;
pub const MAX_TITLE_CHARS: usize = 300;
pub const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// Bytes gathered for one text before it is cut to its characters.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// A programme longer than this is a mistake that would stand as "now" for days.
pub const MAX_PROGRAMME_MS: i64 = 7 * 86_400_000;
/// Faults of syntax after which reading goes on.
const MAX_SYNTAX_FAULTS: u32 = 1_000;

/// A channel of the guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuideChannel {
    pub id: String,
    pub names: Vec<String>,
    pub icon: Option<String>,
}

/// A programme as the feed gives it. `stop`, where given, lies after `start`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuideProgramme {
    pub channel: String,
    pub start: UtcMs,
    pub stop: Option<UtcMs>,
    pub title: String,
    pub description: Option<String>,
    pub subtitle: Option<String>,
    pub categories: Vec<String>,
    /// The number as it is written for people, else as the feed counts.
    pub episode: Option<String>,
    pub icon: Option<String>,
    /// What a catch-up address may ask for.
    pub catchup_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Channel(GuideChannel),
    Programme(GuideProgramme),
}

/// How the document ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With `</tv>`.
    Whole,
    /// In the middle: what came before was handed out.
    Broken(String),
}

/// Reads a guide whose text is UTF-8, handing each item to `sink` as soon as it is whole.
pub(super) fn read<E>(
    text: Utf8Source<impl Read>,
    zone_offset_minutes: i32,
    warnings: &mut Warnings,
    sink: &mut dyn FnMut(Item) -> Result<(), E>,
) -> Result<Ending, E> {
    let mut xml = Reader::from_reader(Guarded::new(text));
    let config = xml.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.check_comments = false;
    let mut state = State { zone_offset_minutes, ..State::default() };
    let (mut depth, mut faults) = (0_u64, 0_u32);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        xml.get_mut().next_event();
        let event = xml.read_event_into(&mut buffer);
        let ended = match event {
            Ok(Event::Eof) => match (state.root, state.closed) {
                (_, true) => return Ok(Ending::Whole),
                (true, false) => Some("the document ends before </tv>".to_owned()),
                (false, _) => Some("no <tv> element: this is not an XMLTV guide".to_owned()),
            },
            Ok(Event::Start(tag)) => {
                depth += 1;
                let name = tag.name();
                if !state.root && name.as_ref() != "tv" {
                    Some(format!("<{}> where <tv> was expected: this is not an XMLTV guide", quote(name.as_ref())))
                } else if depth > MAX_DEPTH {
                    Some(format!("more than {MAX_DEPTH} elements inside one another"))
                } else {
                    let line = xml.get_mut().line();
                    if let Some(item) = state.start(&tag, line, warnings) {
                        sink(item)?;
                    }
                    None
                }
            }
            Ok(Event::Empty(tag)) => {
                let line = xml.get_mut().line();
                let name = tag.name();
                if let Some(item) = state.start(&tag, line, warnings) {
                    sink(item)?;
                }
                if let Some(item) = state.end(name.as_ref(), warnings) {
                    sink(item)?;
                }
                None
            }
            Ok(Event::End(tag)) => {
                depth = depth.saturating_sub(1);
                if let Some(item) = state.end(tag.name().as_ref(), warnings) {
                    sink(item)?;
                }
                None
            }
            Ok(Event::Text(text)) => {
                state.text(&text);
                None
            }
            Ok(Event::CData(text)) => {
                state.text(&text);
                None
            }
            Ok(Event::GeneralRef(reference)) => {
                match (reference.resolve_char_ref(), resolve_predefined_entity(&reference)) {
                    (Ok(Some(c)), _) => state.text(c.encode_utf8(&mut [0; 4])),
                    (_, Some(text)) => state.text(text),
                    _ => {
                        let line = xml.get_mut().line();
                        warnings.add(line, || format!("unknown entity \"&{};\"; left as it is", quote(&reference)));
                        state.text("&");
                        state.text(&reference);
                        state.text(";");
                    }
                }
                None
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => None,
            Err(quick_xml::Error::IllFormed(e)) if faults < MAX_SYNTAX_FAULTS => {
                faults += 1;
                let line = xml.get_mut().line();
                warnings.add(line, || e.to_string());
                None
            }
            Err(quick_xml::Error::Io(e)) => Some(e.to_string()),
            Err(e) => Some(e.to_string()),
        };
        if let Some(why) = ended {
            return Ok(broken(xml.get_mut().line(), why, warnings));
        }
    }
}

/// Which text is being gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Title,
    Subtitle,
    Description,
    Category,
    /// True for `system="onscreen"`.
    Episode(bool),
}

#[derive(Default)]
struct State {
    zone_offset_minutes: i32,
    root: bool,
    closed: bool,
    channel: Option<GuideChannel>,
    programme: Option<Draft>,
    field: Option<Field>,
    /// The field's language is Chinese: it is preferred to what came before.
    chinese: bool,
    text: String,
}

/// A programme whose element is still open.
#[derive(Default)]
struct Draft {
    line: u64,
    channel: String,
    start: UtcMs,
    stop: Option<UtcMs>,
    title: Chosen,
    subtitle: Chosen,
    description: Chosen,
    episode: Chosen,
    categories: Vec<String>,
    icon: Option<String>,
    catchup_id: Option<String>,
}

/// The first text, or the first Chinese one.
#[derive(Default)]
struct Chosen {
    text: String,
    chinese: bool,
}

impl Chosen {
    fn offer(&mut self, text: String, chinese: bool) {
        if !text.is_empty() && (self.text.is_empty() || (chinese && !self.chinese)) {
            *self = Self { text, chinese };
        }
    }
}

impl State {
    fn start(&mut self, tag: &BytesStart<'_>, line: u64, warnings: &mut Warnings) -> Option<Item> {
        let name = tag.name();
        match name.as_ref() {
            "tv" => {
                self.root = true;
                None
            }
            // An element that was never closed ends where the next of its kind begins.
            "channel" if self.programme.is_none() => {
                let unfinished = self.finish(warnings);
                let id = attribute(tag, "id").unwrap_or_default();
                if fit(&id) {
                    self.channel = Some(GuideChannel { id, ..GuideChannel::default() });
                } else {
                    warnings.add(line, || "a channel without a usable id; ignored".to_owned());
                }
                unfinished
            }
            "programme" => {
                let unfinished = self.finish(warnings);
                self.programme = self.programme(tag, line, warnings);
                unfinished
            }
            "display-name" if self.channel.is_some() => self.open(Field::Name, tag),
            "title" if self.programme.is_some() => self.open(Field::Title, tag),
            "sub-title" if self.programme.is_some() => self.open(Field::Subtitle, tag),
            "desc" if self.programme.is_some() => self.open(Field::Description, tag),
            "category" if self.programme.is_some() => self.open(Field::Category, tag),
            "episode-num" if self.programme.is_some() => {
                let onscreen = attribute(tag, "system").is_some_and(|system| system == "onscreen");
                self.open(Field::Episode(onscreen), tag)
            }
            "icon" => {
                let icon = self.channel.as_mut().map(|channel| &mut channel.icon);
                let icon = icon.or_else(|| self.programme.as_mut().map(|programme| &mut programme.icon));
                if let Some(icon @ None) = icon {
                    *icon = attribute(tag, "src").filter(|src| src.len() <= super::address::MAX_URL_BYTES);
                }
                None
            }
            _ => None,
        }
    }

    fn open(&mut self, field: Field, tag: &BytesStart<'_>) -> Option<Item> {
        self.close();
        self.field = Some(field);
        self.chinese = attribute(tag, "lang").is_some_and(|lang| clip(&lang, 2).eq_ignore_ascii_case("zh"));
        None
    }

    fn programme(&self, tag: &BytesStart<'_>, line: u64, warnings: &mut Warnings) -> Option<Draft> {
        let (mut channel, mut start, mut stop, mut catchup_id) = (None, None, None, None);
        for (key, value) in attributes(tag) {
            match key {
                "catchup-id" => catchup_id = Some(value).filter(|id| fit(id)),
                "channel" => channel = Some(value),
                "start" => start = Some(value),
                "stop" => stop = Some(value),
                _ => {}
            }
        }
        let channel = channel.unwrap_or_default();
        if !fit(&channel) {
            warnings.add(line, || "a programme without a usable channel; ignored".to_owned());
            return None;
        }
        let start_text = start.unwrap_or_default();
        let Some(start) = xmltv_time::parse(&start_text, self.zone_offset_minutes) else {
            warnings.add(line, || format!("start \"{}\" is not a time; programme ignored", quote(&start_text)));
            return None;
        };
        let stop = match stop.filter(|text| !text.trim().is_empty()) {
            None => None,
            Some(text) => match xmltv_time::parse(&text, self.zone_offset_minutes) {
                None => {
                    warnings.add(line, || format!("stop \"{}\" is not a time; taken as missing", quote(&text)));
                    None
                }
                Some(stop) if stop <= start => {
                    warnings.add(line, || {
                        format!("stop {} is not after start {}; ignored", quote(&text), quote(&start_text))
                    });
                    return None;
                }
                Some(stop) if stop.since(start) > MAX_PROGRAMME_MS => {
                    warnings.add(line, || format!("from {} for more than a week; ignored", quote(&start_text)));
                    return None;
                }
                Some(stop) => Some(stop),
            },
        };
        Some(Draft { line, channel, start, stop, catchup_id, ..Draft::default() })
    }

    fn text(&mut self, text: &str) {
        if self.field.is_some() && self.text.len() < MAX_TEXT_BYTES {
            self.text.push_str(clip(text, MAX_TEXT_BYTES));
        }
    }

    fn end(&mut self, name: &str, warnings: &mut Warnings) -> Option<Item> {
        match name {
            "title" | "sub-title" | "desc" | "category" | "episode-num" | "display-name" => {
                self.close();
                None
            }
            "channel" | "programme" => self.finish(warnings),
            "tv" => {
                self.closed = true;
                self.finish(warnings)
            }
            _ => None,
        }
    }

    /// Ends the open text.
    fn close(&mut self) {
        let (Some(field), text) = (self.field.take(), mem::take(&mut self.text)) else { return };
        let max = if field == Field::Description { MAX_DESCRIPTION_CHARS } else { MAX_TITLE_CHARS };
        let text = tidy(&text, max);
        match (field, &mut self.channel, &mut self.programme) {
            (Field::Name, Some(channel), _)
                if !text.is_empty() && channel.names.len() < MAX_NAMES && !channel.names.contains(&text) =>
            {
                channel.names.push(text);
            }
            (Field::Title, _, Some(programme)) => programme.title.offer(text, self.chinese),
            (Field::Subtitle, _, Some(programme)) => programme.subtitle.offer(text, self.chinese),
            (Field::Description, _, Some(programme)) => programme.description.offer(text, self.chinese),
            (Field::Episode(onscreen), _, Some(programme)) => programme.episode.offer(text, onscreen),
            (Field::Category, _, Some(programme))
                if !text.is_empty()
                    && programme.categories.len() < MAX_CATEGORIES
                    && !programme.categories.contains(&text) =>
            {
                programme.categories.push(text);
            }
            _ => {}
        }
    }

    /// Ends the open channel or programme.
    fn finish(&mut self, warnings: &mut Warnings) -> Option<Item> {
        self.close();
        if let Some(channel) = self.channel.take() {
            return Some(Item::Channel(channel));
        }
        let draft = self.programme.take()?;
        if draft.title.text.is_empty() {
            warnings
                .add(draft.line, || format!("a programme of \"{}\" without a title; ignored", quote(&draft.channel)));
            return None;
        }
        let some = |chosen: Chosen| Some(chosen.text).filter(|text| !text.is_empty());
        Some(Item::Programme(GuideProgramme {
            channel: draft.channel,
            start: draft.start,
            stop: draft.stop,
            title: draft.title.text,
            description: some(draft.description),
            subtitle: some(draft.subtitle),
            categories: draft.categories,
            episode: some(draft.episode),
            icon: draft.icon,
            catchup_id: draft.catchup_id,
        }))
    }
}

/// Attributes that can be read; a broken one ends the list.
fn attributes<'t>(tag: &'t BytesStart<'_>) -> impl Iterator<Item = (&'t str, String)> {
    let mut all = tag.attributes();
    all.with_checks(false);
    all.map_while(Result::ok).map(|attribute| {
        let value = unescaped(&attribute.value);
        (attribute.key.into_inner(), value)
    })
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    attributes(tag).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A value with a lone `&` stays as it is written.
fn unescaped(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), |text| text.into_owned())
}

#[cfg(test)]
#[path = "xmltv_tests.rs"]
mod tests;
