//! Catalogues spoiled at random: no neighbour is harmed, and nothing is silent.

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::{base, course, read};
use crate::catalogue::format::{Reading, fault::Faults, read_index};

/// Replaces, removes or doubles something at a random place.
pub(in crate::catalogue::format) fn mutate(value: &mut Value, path: &[u8], with: &Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = with.clone();
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = usize::from(*first) % items.len();
            mutate(&mut items[at], rest, with);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let at = usize::from(*first) % fields.len();
            if let Some(inner) = fields.values_mut().nth(at) {
                mutate(inner, rest, with);
            }
        }
        other => *other = with.clone(),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(file|http|https|udp|data):/{0,3}[a-z0-9.:@\\[\\]]{0,20}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[]]])),
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut reading = Reading::new(None, Faults::default());
        let _ = reading.shard("s", &bytes, &base());
        let _ = read_index("i", &bytes, &base(), &mut Faults::default());
    }

    #[test]
    fn one_mutation_never_harms_a_neighbour_and_is_never_silent(path in proptest::collection::vec(any::<u8>(), 1..7), with in any_value()) {
        let mut one = course("c1");
        let before = one.clone();
        mutate(&mut one, &path, &with);
        let (courses, faults) = read(&json!({"courses": [course("c0"), one.clone(), course("c2")]}));
        let ids: Vec<_> = courses.iter().map(|c| c.id.0.as_str()).collect();
        prop_assert!(ids.first() == Some(&"c0") && (ids.last() == Some(&"c2") || one["id"] == "c2"));
        if courses.len() < 3 {
            prop_assert!(faults.any_error(), "{before} {one}");
        }
        for course in &courses {
            let urls = course.lessons.iter().flat_map(|l| &l.sources).map(|s| &s.url).chain(&course.poster);
            for url in urls {
                let url = Url::parse(url).unwrap();
                prop_assert!(matches!(url.scheme(), "http" | "https" | "udp" | "rtp"), "{url}");
            }
        }
    }
}
