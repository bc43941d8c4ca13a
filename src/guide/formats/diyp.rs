//! Guides as DIYP-like players take them: one JSON object for a channel's day, `{"channel_name","date","epg_data":
//! [{"start","end","title"}]}`, alone, in arrays, or one after another. Read as a stream; one day is in memory at a time.

use std::{cell::Cell, fmt, io::Read, rc::Rc};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{
    Warnings,
    diyp_day::{RawDay, RawItem, programmes},
    guide::broken,
    xmltv::{Ending, Item},
};

/// One programme, or one text outside of them. A real one stays below 10 KB.
const MAX_VALUE_BYTES: usize = 256 * 1024;
/// Three programmes a minute; what exceeds it is no day of television.
const MAX_ITEMS: usize = 5_000;
/// Read from the source at once.
const BLOCK_BYTES: usize = 16 * 1024;

/// Reads a guide whose text is UTF-8. `zone_offset_minutes` is the zone of its clock.
pub(super) fn read<E>(
    text: impl Read,
    zone_offset_minutes: i32,
    warnings: &mut Warnings,
    sink: &mut dyn FnMut(Item) -> Result<(), E>,
) -> Result<Ending, E> {
    let place = Rc::new(Place { left: Cell::new(MAX_VALUE_BYTES), line: Cell::new(1) });
    let source = Metered { inner: text, place: Rc::clone(&place), block: vec![0; BLOCK_BYTES], filled: 0, taken: 0 };
    let mut json = serde_json::Deserializer::from_reader(source);
    let mut reading = Reading { place, zone_offset_minutes, warnings, sink, refused: None, days: 0, inside: false };
    loop {
        reading.inside = false;
        let read = Document(&mut reading).deserialize(&mut json);
        if let Some(e) = reading.refused.take() {
            return Err(e);
        }
        match read {
            Ok(()) => {}
            // Nothing more comes: that is the end of a whole document, if there was one.
            Err(e) if e.is_eof() && !reading.inside && reading.days > 0 => return Ok(Ending::Whole),
            Err(e) if e.is_eof() && !reading.inside => {
                let line = reading.place.line.get();
                return Ok(broken(line, "no day of programmes: this is not a DIYP guide".to_owned(), reading.warnings));
            }
            Err(e) => return Ok(broken(reading.place.line.get(), e.to_string(), reading.warnings)),
        }
    }
}

/// Where the reader is, and how much the value that it reads may still take.
struct Place {
    left: Cell<usize>,
    line: Cell<u64>,
}

/// Hands out single bytes quickly, which is how a JSON reader asks for them; counts lines; ends a value that is too long.
struct Metered<R> {
    inner: R,
    place: Rc<Place>,
    block: Vec<u8>,
    filled: usize,
    taken: usize,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.filled {
            self.filled = self.inner.read(&mut self.block)?;
            self.taken = 0;
        }
        let left = self.place.left.get();
        let part = self.block.get(self.taken..self.filled).unwrap_or_default();
        if left == 0 && !part.is_empty() {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a value longer than 256 KB"));
        }
        let part = part.get(..left).unwrap_or(part);
        let n = (&mut &*part).read(buf)?;
        let lines: u64 = part.get(..n).unwrap_or_default().iter().map(|b| u64::from(*b == b'\n')).sum();
        self.place.line.set(self.place.line.get() + lines);
        self.place.left.set(left - n);
        self.taken += n;
        Ok(n)
    }
}

struct Reading<'a, E> {
    place: Rc<Place>,
    zone_offset_minutes: i32,
    warnings: &'a mut Warnings,
    sink: &'a mut dyn FnMut(Item) -> Result<(), E>,
    /// What the sink said: reading stops.
    refused: Option<E>,
    days: u64,
    /// Some value has begun since the last whole one.
    inside: bool,
}

impl<E> Reading<'_, E> {
    /// The next value has its allowance.
    fn next_value(&self) {
        self.place.left.set(MAX_VALUE_BYTES);
    }

    fn day(&mut self, day: RawDay) -> Result<(), ()> {
        self.days += 1;
        for item in programmes(day, self.zone_offset_minutes, self.warnings) {
            if let Err(e) = (self.sink)(item) {
                self.refused = Some(e);
                return Err(());
            }
        }
        Ok(())
    }
}

/// What stands where something else was expected is passed over.
macro_rules! ignore_scalars {
    ($nothing:expr) => {
        fn visit_str<X>(self, _: &str) -> Result<Self::Value, X> {
            Ok($nothing)
        }

        fn visit_i64<X>(self, _: i64) -> Result<Self::Value, X> {
            Ok($nothing)
        }

        fn visit_u64<X>(self, _: u64) -> Result<Self::Value, X> {
            Ok($nothing)
        }

        fn visit_f64<X>(self, _: f64) -> Result<Self::Value, X> {
            Ok($nothing)
        }

        fn visit_bool<X>(self, _: bool) -> Result<Self::Value, X> {
            Ok($nothing)
        }

        fn visit_unit<X>(self) -> Result<Self::Value, X> {
            Ok($nothing)
        }
    };
}

/// A day, a list of days, or an object that holds either. Depth is bounded by the JSON reader.
struct Document<'r, 'a, E>(&'r mut Reading<'a, E>);

impl<'de, E> DeserializeSeed<'de> for Document<'_, '_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E> Visitor<'de> for Document<'_, '_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("days of programmes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.inside = true;
        self.0.next_value();
        while list.next_element_seed(Document(self.0))?.is_some() {
            self.0.next_value();
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.0;
        reading.inside = true;
        reading.next_value();
        let mut day = RawDay { line: reading.place.line.get(), ..RawDay::default() };
        let mut is_day = false;
        while let Some(key) = map.next_key::<String>()? {
            reading.next_value();
            match key.as_str() {
                "channel_name" | "channel" | "name" => day.channel = text(&map.next_value()?),
                "date" => day.date = text(&map.next_value()?),
                "epg_data" | "epg" => {
                    is_day = true;
                    day.items = map.next_value_seed(Items(reading))?;
                }
                "data" | "channels" | "list" => map.next_value_seed(Document(reading))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            reading.next_value();
        }
        if is_day {
            reading.day(day).map_err(|()| A::Error::custom("stopped"))?;
        }
        Ok(())
    }

    ignore_scalars!(());
}

/// The programmes of one day.
struct Items<'r, 'a, E>(&'r mut Reading<'a, E>);

impl<'de, E> DeserializeSeed<'de> for Items<'_, '_, E> {
    type Value = Vec<RawItem>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<RawItem>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E> Visitor<'de> for Items<'_, '_, E> {
    type Value = Vec<RawItem>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of programmes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<RawItem>, A::Error> {
        let mut items = Vec::new();
        let mut over = 0_u64;
        while let Some(item) = list.next_element::<Value>()? {
            self.0.next_value();
            if items.len() < MAX_ITEMS {
                items.push(one(&item, self.0.place.line.get()));
            } else {
                over += 1;
            }
        }
        if over > 0 {
            let line = self.0.place.line.get();
            self.0.warnings.add(line, || format!("{over} programmes over the limit of {MAX_ITEMS} a day; ignored"));
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<RawItem>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            self.0.next_value();
        }
        Ok(Vec::new())
    }

    ignore_scalars!(Vec::new());
}

/// What is no object has neither times nor a title, and is said to.
fn one(item: &Value, line: u64) -> RawItem {
    let get = |keys: &[&str]| keys.iter().find_map(|key| text(item.get(*key)?));
    RawItem {
        line,
        start: get(&["start", "start_time"]),
        end: get(&["end", "end_time", "stop"]),
        title: get(&["title", "name"]),
        description: get(&["desc", "description"]),
    }
}

/// Numbers count as texts.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "diyp_tests.rs"]
mod tests;
