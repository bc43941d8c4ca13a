//! A Media RSS feed as it is written: its channel and items, streamed. The reader is flat (it knows which element it is
//! in, not how deep), so nothing recurses, and no entity is expanded beyond the predefined five and character
//! references. What becomes of items is decided in `courses`.

use std::mem;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::{
    guide::formats::{clip, guard::Guarded, text::Utf8Source},
    time::UtcMs,
    xml::refer,
};

/// MRSS needs six levels; tags that never close look like depth.
const MAX_DEPTH: u32 = 1_000;
/// Lessons of the largest institution, and some.
const MAX_ITEMS: usize = 20_000;
/// Renditions, languages and credits of one item; tags are written by the dozen.
const MAX_EACH: usize = 32;
/// Bytes gathered for one text. A summary has 2,000 characters at most.
const MAX_TEXT_BYTES: usize = 16 * 1024;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Feed {
    pub title: String,
    pub description: String,
    pub publisher: String,
    pub image: String,
    pub categories: Vec<Category>,
    pub items: Vec<Item>,
    /// There were more items than are read.
    pub cut: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Category {
    pub scheme: String,
    pub text: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub line: u64,
    pub guid: String,
    /// The first that is written: an item's own title comes before those of its media.
    pub title: String,
    pub description: String,
    pub thumbnail: String,
    pub contents: Vec<Content>,
    pub subtitles: Vec<Subtitle>,
    pub credits: Vec<Credit>,
    pub author: String,
    pub categories: Vec<Category>,
    pub duration: String,
    pub published: Option<UtcMs>,
    pub episode: Option<u32>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub url: String,
    pub kind: String,
    pub medium: String,
    pub duration: String,
    pub height: u32,
    pub bitrate: u32,
    pub is_default: bool,
    pub is_sample: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Subtitle {
    pub url: String,
    pub kind: String,
    pub lang: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Credit {
    pub role: String,
    pub name: String,
}

/// Whether a document looks like XML rather than JSON.
pub fn looks_like_xml(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Two-byte encodings begin with their mark; JSON never does.
    let wide = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    wide || bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// The vocabularies that are understood, whatever a feed calls them.
const VOCABULARIES: [(&str, Space); 6] = [
    ("http://search.yahoo.com/mrss", Space::Media),
    ("https://search.yahoo.com/mrss", Space::Media),
    ("http://tools.search.yahoo.com/mrss", Space::Media),
    ("http://www.rssboard.org/media-rss", Space::Media),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", Space::Itunes),
    ("http://purl.org/dc/elements/1.1", Space::DublinCore),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Space {
    Plain,
    Media,
    Itunes,
    DublinCore,
    Other,
}

/// Which text is being gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Description,
    Guid,
    PubDate,
    Author,
    Publisher,
    Category,
    Credit,
    Duration,
    Episode,
    ImageUrl,
}

#[derive(Default)]
struct State {
    root: bool,
    closed: bool,
    spaces: Vec<(String, Space)>,
    feed: Feed,
    item: Option<Item>,
    /// Inside an element of the channel whose title is not the channel's.
    aside: Option<String>,
    field: Option<(Field, String)>,
    attribute: String,
    text: String,
}

/// Reads a whole feed. `Err` when it is none, or is cut off: half a feed would look like a loss.
pub(super) fn feed(bytes: &[u8]) -> Result<Feed, String> {
    let mut xml = Reader::from_reader(Guarded::new(Utf8Source::new(bytes)));
    let config = xml.config_mut();
    config.allow_dangling_amp = true;
    config.check_comments = false;
    let mut state = State::default();
    let mut depth = 0_u32;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        xml.get_mut().next_event();
        let event = xml.read_event_into(&mut buffer);
        let line = xml.get_mut().line();
        match event {
            Ok(Event::Eof) if state.closed => return Ok(state.feed),
            Ok(Event::Eof) if state.root => return Err(format!("line {line}: the document ends before </rss>")),
            Ok(Event::Eof) => return Err("has no <rss> element: it is no feed".into()),
            Ok(Event::Start(tag)) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(format!("line {line}: more than {MAX_DEPTH} elements inside one another"));
                }
                state.root(&tag, line)?;
                state.start(&tag, line);
            }
            Ok(Event::Empty(tag)) => {
                state.root(&tag, line)?;
                state.start(&tag, line);
                state.end(tag.name().as_ref());
            }
            Ok(Event::End(tag)) => {
                depth = depth.saturating_sub(1);
                state.end(tag.name().as_ref());
            }
            Ok(Event::Text(text)) => state.text(&text),
            Ok(Event::CData(text)) => state.text(&text),
            Ok(Event::GeneralRef(reference)) => {
                if !refer(&reference, |text| state.text(text)) {
                    // HTML's own names stand in many descriptions.
                    state.text(if *reference == *"nbsp" { " " } else { "" });
                }
            }
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(e) => return Err(format!("line {line}: {e}")),
        }
    }
}

impl State {
    fn root(&mut self, tag: &BytesStart<'_>, line: u64) -> Result<(), String> {
        if self.root {
            return Ok(());
        }
        let name = tag.name();
        if name.as_ref() != "rss" {
            let what = clip(name.as_ref(), 40);
            return Err(format!("line {line}: <{what}> where <rss> was expected: only RSS 2.0 with Media RSS is read"));
        }
        self.root = true;
        for (key, value) in attributes(tag) {
            let Some(prefix) = key.strip_prefix("xmlns:") else { continue };
            let uri = value.trim().trim_end_matches('/');
            let space = VOCABULARIES.iter().find(|(known, _)| *known == uri).map_or(Space::Other, |(_, space)| *space);
            if self.spaces.len() < MAX_EACH {
                self.spaces.push((prefix.to_owned(), space));
            }
        }
        Ok(())
    }

    /// The vocabulary and the name in it. Prefixes that were not declared mean what they usually mean.
    fn resolve<'n>(&self, name: &'n str) -> (Space, &'n str) {
        let Some((prefix, local)) = name.split_once(':') else { return (Space::Plain, name) };
        let declared = self.spaces.iter().find(|(p, _)| p == prefix).map(|(_, space)| *space);
        let usual = match prefix {
            "media" => Space::Media,
            "itunes" => Space::Itunes,
            "dc" => Space::DublinCore,
            _ => Space::Other,
        };
        (declared.unwrap_or(usual), local)
    }

    fn start(&mut self, tag: &BytesStart<'_>, line: u64) {
        let name = tag.name();
        let name = name.as_ref();
        let resolved = self.resolve(name);
        if resolved == (Space::Plain, "item") {
            self.finish();
            self.item = Some(Item { line, ..Item::default() });
            return;
        }
        if self.item.is_none() && self.aside.is_none() && matches!(resolved, (Space::Plain, "image" | "textInput")) {
            self.aside = Some(name.to_owned());
            return;
        }
        if let Some(aside) = &self.aside {
            if aside == "image" && resolved == (Space::Plain, "url") {
                self.open(Field::ImageUrl, name, String::new());
            }
            return;
        }
        let attribute = |key: &str| attributes(tag).find(|(k, _)| *k == key).map(|(_, v)| v).unwrap_or_default();
        match resolved {
            (Space::Plain | Space::Media, "title") => self.open(Field::Title, name, String::new()),
            (Space::Plain | Space::Media, "description") | (Space::Itunes, "summary") => {
                self.open(Field::Description, name, String::new());
            }
            (Space::Plain, "guid") => self.open(Field::Guid, name, String::new()),
            (Space::Plain, "pubDate") => self.open(Field::PubDate, name, String::new()),
            (Space::Plain, "author" | "managingEditor")
            | (Space::Itunes, "author")
            | (Space::DublinCore, "creator") => {
                self.open(Field::Author, name, String::new());
            }
            (Space::DublinCore, "publisher") => self.open(Field::Publisher, name, String::new()),
            (Space::Plain, "category") => self.open(Field::Category, name, attribute("domain")),
            (Space::Media, "category") => self.open(Field::Category, name, attribute("scheme")),
            (Space::Media, "credit") => self.open(Field::Credit, name, attribute("role").to_lowercase()),
            (Space::Itunes, "duration") => self.open(Field::Duration, name, String::new()),
            (Space::Itunes, "episode") => self.open(Field::Episode, name, String::new()),
            (Space::Media, "thumbnail") => self.picture(attribute("url")),
            (Space::Itunes, "image") => self.picture(attribute("href")),
            (Space::Plain, "enclosure") | (Space::Media, "content") => self.content(tag),
            (Space::Media, "subTitle") => {
                let subtitle = Subtitle { url: attribute("href"), kind: attribute("type"), lang: attribute("lang") };
                if let Some(item) = self.item.as_mut().filter(|i| i.subtitles.len() < MAX_EACH) {
                    item.subtitles.push(subtitle);
                }
            }
            _ => {}
        }
    }

    fn content(&mut self, tag: &BytesStart<'_>) {
        let Some(item) = self.item.as_mut().filter(|i| i.contents.len() < MAX_EACH) else { return };
        let mut content = Content::default();
        for (key, value) in attributes(tag) {
            match key {
                "url" => content.url = value,
                "type" => content.kind = value.to_lowercase(),
                "medium" => content.medium = value.to_lowercase(),
                "duration" => content.duration = value,
                "height" => content.height = value.trim().parse().unwrap_or(0),
                "bitrate" => content.bitrate = value.trim().parse::<f64>().map_or(0, |rate| rate as u32),
                "isDefault" => content.is_default = value.trim() == "true",
                "expression" => content.is_sample = value.trim() == "sample",
                _ => {}
            }
        }
        item.contents.push(content);
    }

    /// The first picture counts: feeds put the largest there.
    fn picture(&mut self, url: String) {
        let place = self.item.as_mut().map_or(&mut self.feed.image, |item| &mut item.thumbnail);
        if place.is_empty() {
            *place = url;
        }
    }

    fn open(&mut self, field: Field, name: &str, attribute: String) {
        self.close();
        self.field = Some((field, name.to_owned()));
        self.attribute = attribute;
    }

    fn text(&mut self, text: &str) {
        if self.field.is_some() && self.text.len() < MAX_TEXT_BYTES {
            self.text.push_str(clip(text, MAX_TEXT_BYTES - self.text.len()));
        }
    }

    fn end(&mut self, name: &str) {
        if self.field.as_ref().is_some_and(|(_, open)| open == name) {
            self.close();
        }
        if self.aside.as_deref() == Some(name) {
            self.aside = None;
        }
        match name {
            "item" => self.finish(),
            "rss" => {
                self.finish();
                self.closed = true;
            }
            _ => {}
        }
    }

    /// Ends the open text.
    fn close(&mut self) {
        let (text, attribute) = (mem::take(&mut self.text), mem::take(&mut self.attribute));
        let Some((field, _)) = self.field.take() else { return };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let first = |place: &mut String| {
            if place.is_empty() {
                text.clone_into(place);
            }
        };
        let category = || Category { scheme: attribute.clone(), text: text.to_owned() };
        let Some(item) = &mut self.item else {
            match field {
                Field::Title => first(&mut self.feed.title),
                Field::Description => first(&mut self.feed.description),
                Field::Author | Field::Publisher => first(&mut self.feed.publisher),
                Field::ImageUrl => first(&mut self.feed.image),
                Field::Category if self.feed.categories.len() < MAX_EACH => self.feed.categories.push(category()),
                _ => {}
            }
            return;
        };
        match field {
            Field::Title => first(&mut item.title),
            Field::Description => first(&mut item.description),
            Field::Guid => first(&mut item.guid),
            Field::Author => first(&mut item.author),
            Field::Duration => first(&mut item.duration),
            Field::PubDate => item.published = date(text),
            Field::Episode => item.episode = text.parse().ok(),
            Field::Category if item.categories.len() < MAX_EACH => item.categories.push(category()),
            Field::Credit if item.credits.len() < MAX_EACH => {
                item.credits.push(Credit { role: attribute, name: text.to_owned() });
            }
            _ => {}
        }
    }

    /// Ends the open item. One that was never closed ends where the next begins.
    fn finish(&mut self) {
        self.close();
        let Some(item) = self.item.take() else { return };
        if self.feed.items.len() < MAX_ITEMS {
            self.feed.items.push(item);
        } else {
            self.feed.cut = true;
        }
    }
}

fn date(text: &str) -> Option<UtcMs> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    parsed.or_else(|| text.parse().ok()).map(|t: jiff::Timestamp| UtcMs(t.as_millisecond()))
}

/// Attributes that can be read; a broken one ends the list.
fn attributes<'t>(tag: &'t BytesStart<'_>) -> impl Iterator<Item = (&'t str, String)> {
    let mut all = tag.attributes();
    all.with_checks(false);
    all.map_while(Result::ok).map(|attribute| {
        let value = clip(&attribute.value, MAX_TEXT_BYTES);
        let plain = quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), |text| text.into_owned());
        (attribute.key.into_inner(), plain)
    })
}
