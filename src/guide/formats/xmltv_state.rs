//! Which element of an XMLTV guide is open, and what has been gathered of it. Knows tags and texts; how they are cut out
//! of the document is `xmltv`.

use std::mem;

use quick_xml::events::BytesStart;

use super::{
    Warnings, clip,
    guide::{fit, tidy},
    quote,
    xmltv::{
        GuideChannel, GuideProgramme, Item, MAX_CATEGORIES, MAX_DESCRIPTION_CHARS, MAX_NAMES, MAX_PROGRAMME_MS,
        MAX_TITLE_CHARS,
    },
    xmltv_time,
};
use crate::time::UtcMs;

/// Bytes gathered for one text before it is cut to its characters.
const MAX_TEXT_BYTES: usize = 16 * 1024;
/// A guide has one zone, or a few.
const MAX_UNKNOWN_ZONES: usize = 16;

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
pub struct State {
    zone_offset_minutes: i32,
    /// `<tv>` has been seen.
    pub root: bool,
    /// `</tv>` has been seen.
    pub closed: bool,
    channel: Option<GuideChannel>,
    programme: Option<Draft>,
    field: Option<Field>,
    /// The field's language is Chinese: it is preferred to what came before.
    chinese: bool,
    text: String,
    /// Zones that nobody knows, each said once.
    unknown_zones: Vec<String>,
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
    pub fn new(zone_offset_minutes: i32) -> Self {
        Self { zone_offset_minutes, ..Self::default() }
    }

    /// A tag opens. The item is one that was left open before it.
    pub fn start(&mut self, tag: &BytesStart<'_>, line: u64, warnings: &mut Warnings) -> Option<Item> {
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

    fn programme(&mut self, tag: &BytesStart<'_>, line: u64, warnings: &mut Warnings) -> Option<Draft> {
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
        let Some(start) = self.time(&start_text, line, warnings) else {
            warnings.add(line, || format!("start \"{}\" is not a time; programme ignored", quote(&start_text)));
            return None;
        };
        let stop = match stop.filter(|text| !text.trim().is_empty()) {
            None => None,
            Some(text) => match self.time(&text, line, warnings) {
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

    fn time(&mut self, text: &str, line: u64, warnings: &mut Warnings) -> Option<UtcMs> {
        let read = xmltv_time::read(text, self.zone_offset_minutes)?;
        if let Some(zone) = read.unknown_zone
            && self.unknown_zones.len() < MAX_UNKNOWN_ZONES
            && !self.unknown_zones.iter().any(|known| known == zone)
        {
            self.unknown_zones.push(zone.to_owned());
            warnings.add(line, || format!("\"{}\" is no zone that is known; read as UTC", quote(zone)));
        }
        Some(read.at)
    }

    /// Characters inside the element that is open.
    pub fn text(&mut self, text: &str) {
        if self.field.is_some() && self.text.len() < MAX_TEXT_BYTES {
            self.text.push_str(clip(text, MAX_TEXT_BYTES));
        }
    }

    /// A tag closes.
    pub fn end(&mut self, name: &str, warnings: &mut Warnings) -> Option<Item> {
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
