//! XMLTV as a stream of channels and programmes. The reader is flat (it knows which element it is in, not how deep),
//! so nothing recurses; no entity is expanded beyond the predefined five and character references.

use std::io::BufRead;

use quick_xml::{Reader, events::Event};

use super::{Warnings, guard::Guarded, guide::broken, quote, xmltv_state::State};
use crate::{time::UtcMs, xml};

/// XMLTV needs five levels; tags that never close look like depth.
const MAX_DEPTH: u64 = 10_000;
pub(super) const MAX_NAMES: usize = 16;
pub(super) const MAX_CATEGORIES: usize = 8;
pub const MAX_TITLE_CHARS: usize = 300;
pub const MAX_DESCRIPTION_CHARS: usize = 2_000;
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
    text: impl BufRead,
    zone_offset_minutes: i32,
    warnings: &mut Warnings,
    sink: &mut dyn FnMut(Item) -> Result<(), E>,
) -> Result<Ending, E> {
    let mut xml = tokens(Guarded::new(text));
    let mut state = State::new(zone_offset_minutes);
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
                if !xml::refer(&reference, |text| state.text(text)) {
                    let line = xml.get_mut().line();
                    warnings.add(line, || format!("unknown entity \"&{};\"; left as it is", quote(&reference)));
                    state.text("&");
                    state.text(&reference);
                    state.text(";");
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
            Err(_) if xml.get_ref().is_spent() => {
                // The reader of tokens is in the middle of one; the document goes on behind it with a fresh one.
                let mut guarded = xml.into_inner();
                let line = guarded.line();
                let passed = guarded.pass_over();
                warnings.add(line, || format!("{} longer than 1 MB; ignored", guarded.event()));
                xml = tokens(guarded);
                passed.err().map(|e| e.to_string())
            }
            Err(quick_xml::Error::Io(e)) => Some(e.to_string()),
            Err(e) => Some(e.to_string()),
        };
        if let Some(why) = ended {
            return Ok(broken(xml.get_mut().line(), why, warnings));
        }
    }
}

/// Cuts a document into tags and texts, from wherever it stands.
fn tokens<R: BufRead>(guarded: Guarded<R>) -> Reader<Guarded<R>> {
    let mut xml = Reader::from_reader(guarded);
    let config = xml.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.check_comments = false;
    xml
}

#[cfg(test)]
#[path = "xmltv_tests.rs"]
mod tests;
