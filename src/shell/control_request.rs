//! One line on the control socket as a request, or as a sentence that says what is wrong and what is possible.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::remote::key::{RemoteKey, UnknownKey};

/// A test bench that holds a key for longer has made a mistake.
pub const HOLD_MAX_MS: u64 = 60_000;
/// A week: enough to pass every timer of the program.
pub const ADVANCE_MAX_MS: u64 = 7 * 24 * 3600 * 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlRequest {
    Key(RemoteKey),
    Hold {
        key: RemoteKey,
        ms: u64,
    },
    GetState,
    /// Answered by the socket itself; the first answer is the present state.
    Subscribe(bool),
    Screenshot(PathBuf),
    AdvanceClock {
        ms: u64,
    },
}

/// Each request with the other fields that it may carry.
const REQUESTS: [(&str, &[&str]); 6] = [
    ("key", &["value"]),
    ("hold", &["value", "ms"]),
    ("get", &[]),
    ("subscribe", &[]),
    ("screenshot", &[]),
    ("clock", &[]),
];
const EXAMPLES: &str = r#"{"key":"ok"}, {"key":"digit","value":3}, {"hold":"right","ms":800}, {"get":"state"}, {"subscribe":true}, {"screenshot":"/tmp/a.png"} or {"clock":{"advance_ms":20000}}"#;

impl ControlRequest {
    pub fn parse(line: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_str(line).map_err(|e| format!("not JSON ({e}); a request is one line like {EXAMPLES}"))?;
        let Value::Object(fields) = value else {
            return Err(format!("a request is an object, one of {EXAMPLES}"));
        };
        let mut named = REQUESTS.iter().filter(|(name, _)| fields.contains_key(*name));
        let (Some((verb, others)), extra) = (named.next(), named.next()) else {
            return Err(unknown(&fields));
        };
        if let Some((second, _)) = extra {
            return Err(format!("\"{verb}\" and \"{second}\" are two requests; send them on two lines"));
        }
        if let Some(stray) = fields.keys().find(|f| f != verb && !others.contains(&f.as_str())) {
            return Err(match others {
                [] => format!("\"{verb}\" stands alone; it knows no \"{stray}\""),
                _ => format!("\"{verb}\" knows no \"{stray}\", only {}", others.join(", ")),
            });
        }
        let argument = fields.get(*verb).unwrap_or(&Value::Null);
        match *verb {
            "key" => Ok(Self::Key(key(verb, argument, &fields)?)),
            "hold" => {
                let key = key(verb, argument, &fields)?;
                let ms = fields.get("ms").ok_or(r#""hold" needs "ms", as in {"hold":"right","ms":800}"#)?;
                Ok(Self::Hold { key, ms: milliseconds("ms", ms, HOLD_MAX_MS)? })
            }
            "get" => match argument.as_str() {
                Some("state") => Ok(Self::GetState),
                _ => Err(format!(r#""get" knows "state" alone, not {argument}"#)),
            },
            "subscribe" => argument
                .as_bool()
                .map(Self::Subscribe)
                .ok_or_else(|| format!(r#""subscribe" is true or false, not {argument}"#)),
            "screenshot" => match argument.as_str() {
                Some(path) if !path.is_empty() && !path.contains('\0') => Ok(Self::Screenshot(path.into())),
                _ => Err(format!(r#""screenshot" needs the path of a PNG file in quotes, not {argument}"#)),
            },
            _ => {
                let only = argument.as_object().filter(|o| o.len() == 1).and_then(|o| o.get("advance_ms"));
                let ms = only.ok_or_else(|| format!(r#""clock" is {{"advance_ms":20000}}, not {argument}"#))?;
                Ok(Self::AdvanceClock { ms: milliseconds("advance_ms", ms, ADVANCE_MAX_MS)? })
            }
        }
    }
}

fn key(verb: &str, name: &Value, fields: &Map<String, Value>) -> Result<RemoteKey, String> {
    let Some(name) = name.as_str() else {
        return Err(format!(r#""{verb}" needs the name of a key in quotes, such as "ok", not {name}"#));
    };
    match (name, fields.get("value")) {
        ("digit", Some(value)) => value
            .as_u64()
            .and_then(|v| RemoteKey::digit(u8::try_from(v).ok()?))
            .ok_or_else(|| format!("a digit is 0 to 9, not {value}")),
        ("digit", None) => Err(format!(r#""digit" needs "value", as in {{"{verb}":"digit","value":3}}"#)),
        (_, Some(_)) => Err(format!(r#""value" belongs to "digit", not to "{name}""#)),
        (_, None) => name.parse().map_err(|e: UnknownKey| e.to_string()),
    }
}

fn milliseconds(field: &str, value: &Value, max: u64) -> Result<u64, String> {
    value
        .as_u64()
        .filter(|ms| *ms <= max)
        .ok_or_else(|| format!("\"{field}\" is a whole number of milliseconds from 0 to {max}, not {value}"))
}

fn unknown(fields: &Map<String, Value>) -> String {
    let Some(found) = fields.keys().next() else {
        return format!("an empty request; possible are {EXAMPLES}");
    };
    let near = REQUESTS.iter().map(|(n, _)| (strsim::damerau_levenshtein(n, found), *n)).min();
    match near.filter(|(distance, _)| *distance <= 2) {
        Some((_, near)) => format!("there is no request \"{found}\"; did you mean \"{near}\"?"),
        None => format!("there is no request \"{found}\"; possible are {EXAMPLES}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_request_of_the_contract_is_understood() {
        use ControlRequest::*;
        let expected = [
            (r#"{"key":"ok"}"#, Key(RemoteKey::Ok)),
            (r#"{"key":"channel-up"}"#, Key(RemoteKey::ChannelUp)),
            (r#" {"key":"digit","value":3} "#, Key(RemoteKey::digit(3).unwrap())),
            (r#"{"key":"digit-3"}"#, Key(RemoteKey::digit(3).unwrap())),
            (r#"{"ms":800,"hold":"right"}"#, Hold { key: RemoteKey::Right, ms: 800 }),
            (r#"{"hold":"digit","value":0,"ms":0}"#, Hold { key: RemoteKey::digit(0).unwrap(), ms: 0 }),
            (r#"{"get":"state"}"#, GetState),
            (r#"{"subscribe":true}"#, Subscribe(true)),
            (r#"{"subscribe":false}"#, Subscribe(false)),
            (r#"{"screenshot":"图/a.png"}"#, Screenshot("图/a.png".into())),
            (r#"{"clock":{"advance_ms":20000}}"#, AdvanceClock { ms: 20_000 }),
        ];
        for (line, request) in expected {
            assert_eq!(ControlRequest::parse(line), Ok(request), "{line}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_what_is_possible() {
        let expected = [
            ("", "not JSON"),
            ("ok", "not JSON"),
            ("[]", "a request is an object"),
            ("{}", "an empty request"),
            (r#"{"kez":"ok"}"#, r#"did you mean "key"?"#),
            (r#"{"dance":1}"#, r#"{"get":"state"}"#),
            (r#"{"key":"ok","get":"state"}"#, "two lines"),
            (r#"{"key":"ok","speed":2}"#, r#""key" knows no "speed", only value"#),
            (r#"{"get":"state","value":2}"#, "stands alone"),
            (r#"{"key":"okay"}"#, r#"did you mean "ok"?"#),
            (r#"{"key":7}"#, "name of a key in quotes"),
            (r#"{"key":"digit"}"#, r#"needs "value""#),
            (r#"{"key":"digit","value":10}"#, "0 to 9, not 10"),
            (r#"{"key":"digit","value":-1}"#, "0 to 9, not -1"),
            (r#"{"key":"ok","value":1}"#, r#"belongs to "digit""#),
            (r#"{"hold":"right"}"#, r#"needs "ms""#),
            (r#"{"hold":"right","ms":1e99}"#, "from 0 to 60000"),
            (r#"{"get":"weather"}"#, r#"knows "state" alone"#),
            (r#"{"subscribe":"yes"}"#, "true or false"),
            (r#"{"screenshot":""}"#, "path of a PNG"),
            (r#"{"clock":{"advance_ms":-5}}"#, "from 0 to"),
            (r#"{"clock":20}"#, "advance_ms"),
        ];
        for (line, part) in expected {
            let said = ControlRequest::parse(line).unwrap_err();
            assert!(said.contains(part), "{line}: {said}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_a_request_or_an_error(line in ".{0,80}", json in r#"\{"(key|hold|get|clock|ms|value)":["\{a-z0-9\}:,]{0,12}\}"#) {
            let _ = ControlRequest::parse(&line);
            let _ = ControlRequest::parse(&json);
        }
    }
}
