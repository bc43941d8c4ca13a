//! DASH manifests: every address that could lead past the gate is turned into a local one, relative ones below a
//! local directory that stands for the manifest's own. What would make the demuxer talk to somebody else (NTP clocks,
//! document types) is left out.

use std::borrow::Cow;

use quick_xml::{
    Reader, Writer, XmlVersion,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event, attributes::Attribute},
    name::QName,
};
use url::Url;

use super::{
    policy::{GatePolicy, LINE_BYTES, REWRITTEN_BYTES},
    rules::Place,
};
use crate::player::types::Trouble;

/// Deeper nesting than this has no honest use.
const DEPTH: usize = 64;
/// Hosts that one manifest may name.
const ORIGINS: usize = 32;
/// Elements whose text is an address.
const ADDRESSES: [&str; 3] = ["BaseURL", "Location", "PatchLocation"];
/// Attributes that are addresses, wherever they stand.
const ATTRIBUTES: [&str; 6] = ["media", "initialization", "index", "sourceURL", "href", "bitstreamSwitching"];

/// GStreamer 1.22 knows a manifest only if a `>` comes within the first 512 bytes, which the names and times of a live
/// one leave no room for. An attribute that nobody asks for may hold one.
const RECOGNISED: Attribute = Attribute { key: QName("gate"), value: Cow::Borrowed(">") };

/// A manifest for the demuxer.
pub struct Manifest {
    pub body: String,
    pub live: bool,
    pub origins: Vec<Place>,
}

/// `below` gives the local directory of an origin by its number, without a slash at its end.
pub fn rewrite(
    text: &str,
    place: &Place,
    policy: &GatePolicy,
    below: &dyn Fn(usize) -> String,
) -> Result<Manifest, Trouble> {
    let mut turn = Turn {
        place,
        policy,
        below,
        origins: Vec::new(),
        writer: Writer::new(Vec::with_capacity(text.len() * 2)),
        stack: Vec::new(),
        address: None,
        leaving_out: 0,
        live: false,
        has_base: has_base(text)?,
    };
    turn.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().map_err(|_| Trouble::BrokenMedia)? {
            Event::Eof => break,
            event => turn.take(event)?,
        }
        let held = turn.address.as_ref().map_or(0, String::len);
        if held > LINE_BYTES || turn.writer.get_ref().len() > REWRITTEN_BYTES {
            return Err(Trouble::TooBig);
        }
    }
    let body = String::from_utf8(turn.writer.into_inner()).map_err(|_| Trouble::BrokenMedia)?;
    if !turn.stack.is_empty() || turn.origins.is_empty() {
        return Err(Trouble::BrokenMedia);
    }
    Ok(Manifest { body, live: turn.live, origins: turn.origins })
}

/// Whether the manifest itself, not a part of it, says what its addresses are relative to.
fn has_base(text: &str) -> Result<bool, Trouble> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| Trouble::BrokenMedia)? {
            Event::Start(start) => {
                depth += 1;
                if depth == 2 && local_name(&start) == "BaseURL" {
                    return Ok(true);
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

/// The work of writing one manifest again.
struct Turn<'a> {
    place: &'a Place,
    policy: &'a GatePolicy,
    below: &'a dyn Fn(usize) -> String,
    origins: Vec<Place>,
    writer: Writer<Vec<u8>>,
    stack: Vec<String>,
    /// Text of an address element, gathered across entities.
    address: Option<String>,
    /// Depth inside an element that is left out.
    leaving_out: usize,
    live: bool,
    has_base: bool,
}

impl Turn<'_> {
    fn put(&mut self, event: Event) -> Result<(), Trouble> {
        self.writer.write_event(event).map_err(|_| Trouble::BrokenMedia)
    }

    fn take(&mut self, event: Event) -> Result<(), Trouble> {
        match event {
            Event::Start(start) if self.leaving_out > 0 || is_left_out(&start) => self.leaving_out += 1,
            Event::Start(start) => self.open(&start)?,
            Event::Empty(start) if self.leaving_out == 0 && !is_left_out(&start) => {
                if self.stack.is_empty() {
                    return Err(Trouble::BrokenMedia);
                }
                let start = self.element(&start)?;
                self.put(Event::Empty(start))?;
            }
            Event::End(_) if self.leaving_out > 0 => self.leaving_out -= 1,
            Event::End(end) => self.close(end)?,
            _ if self.leaving_out > 0 => {}
            Event::Text(text) => self.text(&text, Event::Text(text.borrow()))?,
            Event::CData(text) => self.text(&text, Event::CData(text.borrow()))?,
            Event::GeneralRef(entity) => {
                // Only the entities that every reader knows; there is no document type to define others.
                let escaped = format!("&{};", &*entity);
                let plain = quick_xml::escape::unescape(&escaped).map_err(|_| Trouble::BrokenMedia)?.into_owned();
                self.text(&plain, Event::GeneralRef(entity.borrow()))?;
            }
            // Declaration (written anew), comments, instructions, document types.
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, start: &BytesStart) -> Result<(), Trouble> {
        let name = local_name(start);
        if self.stack.len() >= DEPTH {
            return Err(Trouble::BrokenMedia);
        }
        let is_root = self.stack.is_empty();
        if is_root {
            if name != "MPD" {
                return Err(Trouble::BrokenMedia);
            }
            self.live = start.attributes().flatten().any(|a| a.key.as_ref() == "type" && &*a.value == "dynamic");
        }
        let turned = self.element(start)?;
        self.put(Event::Start(turned))?;
        if is_root && !self.has_base {
            let base = self.local(".")?;
            let element = BytesStart::new("BaseURL");
            self.put(Event::Start(element.borrow()))?;
            self.put(Event::Text(BytesText::new(&base)))?;
            self.put(Event::End(element.to_end()))?;
        }
        if ADDRESSES.contains(&name.as_str()) {
            self.address = Some(String::new());
        }
        self.stack.push(name);
        Ok(())
    }

    fn close(&mut self, end: BytesEnd) -> Result<(), Trouble> {
        if let Some(text) = self.address.take() {
            let at_top = self.stack.len() == 2;
            let text = text.trim();
            let local = if at_top || leads_away(text) { self.local(text)? } else { text.to_owned() };
            self.put(Event::Text(BytesText::new(&local)))?;
        }
        self.stack.pop();
        self.put(Event::End(end))
    }

    fn text(&mut self, plain: &str, event: Event) -> Result<(), Trouble> {
        match &mut self.address {
            Some(gathered) => {
                gathered.push_str(plain);
                Ok(())
            }
            None if self.stack.is_empty() => Ok(()),
            None => self.put(event),
        }
    }

    /// The element with its addresses turned.
    fn element(&mut self, start: &BytesStart) -> Result<BytesStart<'static>, Trouble> {
        let name = start.name().as_ref().to_owned();
        let is_clock = local_name(start) == "UTCTiming";
        let mut turned = BytesStart::new(name);
        if self.stack.is_empty() {
            turned.push_attribute(RECOGNISED);
        }
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Trouble::BrokenMedia)?;
            let key: &str = attribute.key.as_ref();
            let local_key = attribute.key.local_name();
            let local_key: &str = local_key.as_ref();
            let is_address = ATTRIBUTES.contains(&local_key) || (is_clock && local_key == "value");
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|_| Trouble::BrokenMedia)?;
            if is_address && leads_away(&value) && !value.starts_with("urn:") {
                let local = self.local(&value)?;
                turned.push_attribute((key, local.as_str()));
            } else {
                turned.push_attribute((key, &*value));
            }
        }
        Ok(turned)
    }

    /// The local address for what a reference means to this manifest.
    fn local(&mut self, reference: &str) -> Result<String, Trouble> {
        let child = self.place.child(reference, self.policy).map_err(|refusal| {
            tracing::warn!(%refusal, "manifest names a forbidden address");
            Trouble::Blocked
        })?;
        let same = |o: &Place| o.reach == child.reach && o.url.origin() == child.url.origin();
        let number = match self.origins.iter().position(same) {
            Some(number) => number,
            None if self.origins.len() >= ORIGINS => return Err(Trouble::TooBig),
            None => {
                let mut root = child.clone();
                root.url.set_path("/");
                root.url.set_query(None);
                root.url.set_fragment(None);
                self.origins.push(root);
                self.origins.len() - 1
            }
        };
        let query = child.url.query().map(|q| format!("?{q}")).unwrap_or_default();
        Ok(format!("{}{}{query}", (self.below)(number), child.url.path()))
    }
}

/// Anything but a path below where it stands.
fn leads_away(reference: &str) -> bool {
    let reference = reference.trim_start();
    reference.starts_with(['/', '\\']) || reference.contains("://") || Url::parse(reference).is_ok()
}

fn local_name(start: &BytesStart) -> String {
    start.local_name().as_ref().to_owned()
}

/// Clocks over other protocols than HTTP: the demuxer would ask them itself.
fn is_left_out(start: &BytesStart) -> bool {
    local_name(start) == "UTCTiming"
        && !start.attributes().flatten().any(|a| {
            a.key.as_ref() == "schemeIdUri" && (a.value.contains(":utc:http-") || a.value.contains(":utc:direct"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::player::types::Trust;

    fn turned(text: &str) -> Result<Manifest, Trouble> {
        let policy = GatePolicy::default();
        let place = Place::named("http://10.0.0.1:8080/vod/a/m.mpd?x=1", Trust::Operator, &policy).unwrap();
        rewrite(text, &place, &policy, &|n| format!("http://127.0.0.1:1/s/d/{n}"))
    }

    #[test]
    fn a_manifest_without_base_gets_its_own_directory() {
        let m = turned(
            "<?xml version='1.0' encoding='GBK'?><MPD type=\"dynamic\"><Period><BaseURL>v/</BaseURL></Period></MPD>",
        )
        .unwrap();
        assert!(m.live);
        assert!(
            m.body.contains("<BaseURL>http://127.0.0.1:1/s/d/0/vod/a/</BaseURL><Period><BaseURL>v/</BaseURL>"),
            "{}",
            m.body
        );
        assert_eq!(m.origins[0].url.as_str(), "http://10.0.0.1:8080/");
    }

    /// As `ffmpeg` writes it. Played, it was "no medium".
    #[test]
    fn a_manifest_with_a_long_head_is_still_recognised_as_one() {
        let m =
            turned(&format!("<MPD xsi:schemaLocation='{}' type='dynamic'><Period/></MPD>", "x".repeat(600))).unwrap();
        let (before, after) = m.body.split_once("<MPD ").unwrap();
        assert!(before.len() + after.find('>').unwrap() < 500, "{}", m.body);
        assert!(m.live && after.contains(" type=\"dynamic\">"), "{}", m.body);
    }

    #[test]
    fn addresses_that_lead_away_become_local() {
        let m = turned(
            "<!DOCTYPE x [<!ENTITY a 'b'>]><MPD xmlns='urn:mpeg:dash'><BaseURL>http://cdn.example/a?b=1&amp;c=2</BaseURL>\
             <UTCTiming schemeIdUri='urn:mpeg:dash:utc:ntp:2014' value='ntp.example'/>\
             <UTCTiming schemeIdUri='urn:mpeg:dash:utc:http-iso:2014' value='http://t.example/now'/>\
             <Period><SegmentTemplate media='/x/$Number%05d$.m4s' initialization='i.mp4'/></Period></MPD>",
        )
        .unwrap();
        assert!(m.body.contains("<BaseURL>http://127.0.0.1:1/s/d/0/a?b=1&amp;c=2</BaseURL>"), "{}", m.body);
        assert!(!m.body.contains("ntp") && !m.body.contains("DOCTYPE"), "{}", m.body);
        assert!(m.body.contains("value=\"http://127.0.0.1:1/s/d/1/now\""), "{}", m.body);
        assert!(
            m.body.contains("media=\"http://127.0.0.1:1/s/d/2/x/$Number%05d$.m4s\" initialization=\"i.mp4\""),
            "{}",
            m.body
        );
    }

    #[test]
    fn hostile_manifests_are_refused() {
        for base in ["file:///etc/", "http://127.0.0.1/", "http://u@cdn.example/", "//169.254.169.254/"] {
            let text = format!("<MPD><BaseURL>{base}</BaseURL></MPD>");
            assert_eq!(turned(&text).err(), Some(Trouble::Blocked), "{base}");
        }
        for text in ["<MPD>", "<html></html>", "", "<MPD><BaseURL>&lol;</BaseURL></MPD>", &"<MPD>".repeat(100)] {
            assert_eq!(turned(text).err(), Some(Trouble::BrokenMedia), "{text}");
        }
    }
}
