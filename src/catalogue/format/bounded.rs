//! JSON taken one item (a course, a survey) at a time, with a limit on how many values an item may hold: a small file of
//! nested brackets must not become hundreds of megabytes of memory. What the values mean is not known here.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Values (numbers, strings, lists, objects) in one course or in an index: 2,000 lessons with 40 values each fit.
const MAX_VALUES: u32 = 100_000;

/// Reads a whole document of at most `MAX_VALUES` values.
pub(super) fn document(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut left = MAX_VALUES;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = Bounded(&mut left).deserialize(&mut json)?;
    json.end()?;
    Ok(value)
}

/// The lists that a shard may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Courses,
    Surveys,
}

impl List {
    pub(super) fn key(self) -> &'static str {
        match self {
            List::Courses => "courses",
            List::Surveys => "surveys",
        }
    }
}

/// Calls `each` with every element of the top-level lists. Answers whether there was one.
pub(super) fn each_item(bytes: &[u8], each: impl FnMut(List, usize, &Value)) -> Result<bool, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let found = json.deserialize_map(Shard(each))?;
    json.end()?;
    Ok(found)
}

struct Shard<F>(F);

impl<'de, F: FnMut(List, usize, &Value)> Visitor<'de> for Shard<F> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list \"courses\"")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match [List::Courses, List::Surveys].into_iter().find(|list| list.key() == key) {
                Some(list) => {
                    found = true;
                    map.next_value_seed(Items { list, each: &mut self.0 })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

struct Items<'a, F> {
    list: List,
    each: &'a mut F,
}

impl<'de, F: FnMut(List, usize, &Value)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(List, usize, &Value)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.list.key())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for count in 0.. {
            let mut left = MAX_VALUES;
            let Some(value) = seq.next_element_seed(Bounded(&mut left))? else { break };
            (self.each)(self.list, count, &value);
        }
        Ok(())
    }
}

struct Bounded<'a>(&'a mut u32);

impl Bounded<'_> {
    fn spend<E: Error>(&mut self) -> Result<(), E> {
        *self.0 = self
            .0
            .checked_sub(1)
            .ok_or_else(|| E::custom(format_args!("more than {MAX_VALUES} values in one item")))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, json: D) -> Result<Value, D::Error> {
        self.spend()?;
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(Bounded(self.0))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Bounded(self.0))?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}
