//! What `#EXTINF` and the header line say about a channel, before its address comes.

use super::{
    Warnings,
    address::Origin,
    assemble::Entry,
    attributes::{ext_inf, value},
    clean,
    headers::Headers,
    quote,
};
use crate::guide::{
    catchup::knows_mode,
    lineup::{Catchup, MediaSource},
};

/// Longer names are cut: no screen shows them.
pub const MAX_NAME_CHARS: usize = 200;
pub const MAX_GROUPS: usize = 16;
const MAX_ID_CHARS: usize = 256;
/// Instead of a mode: whether there is any.
const SWITCHES: [&str; 8] = ["none", "disabled", "false", "0", "no", "1", "true", "yes"];
/// What Kodi's television add-on assumes where a playlist offers catch-up without saying how far back.
const DEFAULT_CATCHUP_DAYS: u32 = 5;

/// What the header line gives to every channel that says nothing itself.
#[derive(Default)]
pub struct Defaults {
    pub catchup_mode: Option<String>,
    pub catchup_days: Option<String>,
    pub catchup_source: Option<String>,
    pub catchup_correction: Option<String>,
    pub catchup_replace: Option<String>,
    pub shift: Option<String>,
    pub group: Vec<String>,
    pub headers: Headers,
}

/// The channel whose address is still to come.
#[derive(Default)]
pub struct Pending {
    pub entry: Entry,
    pub headers: Headers,
}

/// Reads what follows `#EXTINF:` on `line`. `headers` are those that came before it.
pub fn described(
    rest: &str,
    mut headers: Headers,
    origin: &Origin,
    defaults: &Defaults,
    line: u64,
    warnings: &mut Warnings,
) -> Pending {
    let read = ext_inf(rest);
    let get = |keys: &[&str]| value(&read.attributes, keys);
    if read.unbalanced {
        warnings.add(line, || "a quotation mark is not closed".to_owned());
    }
    let tvg_id = get(&["tvg-id", "tvg_id"]).map(|id| clean(id, MAX_ID_CHARS)).filter(|id| !id.is_empty());
    let tvg_name = get(&["tvg-name"]).map(|name| clean(name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
    let name = Some(clean(read.name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
    // A sub-channel (5.1) goes by its channel.
    let number =
        get(&["tvg-chno", "channel-number", "tvg-num"]).and_then(|text| match text.split('.').next()?.parse() {
            Ok(number) if number > 0 => Some(number),
            _ => {
                warnings
                    .add(line, || format!("tvg-chno \"{}\" is no channel number; the position is used", quote(text)));
                None
            }
        });
    let logo = get(&["tvg-logo", "logo"]).and_then(|url| match origin.document(url) {
        Ok(url) => Some(url),
        Err(why) => {
            warnings.add(line, || format!("logo \"{}\": {why}", quote(url)));
            None
        }
    });
    let shift_ms = get(&["tvg-shift"]).or(defaults.shift.as_deref()).and_then(|text| {
        let shift = shift(text);
        if shift.is_none() {
            warnings.add(line, || format!("tvg-shift \"{}\" is no number of hours; ignored", quote(text)));
        }
        shift
    });
    headers.set_attributes(&get);
    let entry = Entry {
        line,
        name: name.or_else(|| tvg_name.clone()).or_else(|| tvg_id.clone()).unwrap_or_default(),
        groups: get(&["group-title"]).map(groups).unwrap_or_default(),
        logo,
        source: MediaSource::default(),
        catchup: catchup(&get, origin, defaults, line, warnings),
        tvg_id,
        tvg_name,
        number,
        shift_ms,
        radio: get(&["radio"]).map(|text| ["true", "1", "yes"].iter().any(|yes| text.eq_ignore_ascii_case(yes))),
    };
    Pending { entry, headers }
}

fn catchup<'t>(
    get: &dyn Fn(&[&str]) -> Option<&'t str>,
    origin: &Origin,
    defaults: &'t Defaults,
    line: u64,
    warnings: &mut Warnings,
) -> Option<Catchup> {
    let own_source = get(&["catchup-source"]);
    // Playlists of before `catchup`: so many days, by the address that `shift` makes.
    let older = [get(&["timeshift"]), get(&["tvg-rec"])].into_iter().flatten().filter_map(leading_number);
    let older = older.into_iter().find(|days| *days > 0);
    let own_mode = get(&["catchup", "catchup-type"]).or(defaults.catchup_mode.as_deref());
    let own_mode = own_mode.filter(|mode| {
        let known = SWITCHES.iter().any(|known| mode.eq_ignore_ascii_case(known)) || knows_mode(mode);
        if !known {
            warnings.add(line, || format!("catchup \"{}\" is no mode that is known; ignored", quote(mode)));
        }
        known
    });
    let mode = match own_mode {
        Some(mode) => mode.to_ascii_lowercase(),
        None if own_source.is_some() => "default".to_owned(),
        None if older.is_some() => "shift".to_owned(),
        None => return None,
    };
    let mode = match mode.as_str() {
        "none" | "disabled" | "false" | "0" | "no" => return None,
        "1" | "true" | "yes" => "default".to_owned(),
        _ => mode,
    };
    let own_days = get(&["catchup-days"]).and_then(leading_number).or(older);
    let days = own_days.or_else(|| leading_number(defaults.catchup_days.as_deref()?)).unwrap_or(DEFAULT_CATCHUP_DAYS);
    // Generators write 0 for the channels that keep nothing.
    if days == 0 {
        return None;
    }
    let correction = get(&["catchup-correction"]).or(defaults.catchup_correction.as_deref());
    let correction_ms = correction.map_or(0, |text| {
        shift(text).unwrap_or_else(|| {
            warnings.add(line, || format!("catchup-correction \"{}\" is no number of hours; ignored", quote(text)));
            0
        })
    });
    // In range: a day at most.
    let correction_minutes = i32::try_from(correction_ms / 60_000).unwrap_or_default();
    // A channel of another kind of server has no use for the source of all.
    let by_source = matches!(mode.as_str(), "default" | "append" | "vod");
    let source = own_source.or(defaults.catchup_source.as_deref().filter(|_| by_source));
    let source = match source.map(|text| (text, origin.template(text))) {
        Some((_, Ok(source))) => Some(source),
        Some((text, Err(why))) => {
            warnings.add(line, || format!("catchup-source \"{}\": {why}; no catch-up", quote(text)));
            return None;
        }
        None => None,
    };
    let replace = get(&["catchup-replace"]).or(defaults.catchup_replace.as_deref()).and_then(|text| {
        let pair = text.split_once(',').filter(|(old, _)| !old.trim().is_empty());
        if pair.is_none() {
            warnings.add(line, || {
                format!("catchup-replace \"{}\" is no pair of texts with a comma between; ignored", quote(text))
            });
        }
        pair.map(|(old, new)| Box::new((old.trim().to_owned(), new.trim().to_owned())))
    });
    Some(Catchup { mode, days, source, correction_minutes, replace })
}

/// The digits that a text begins with: `7`, `7 days`, `7.5`.
fn leading_number(text: &str) -> Option<u32> {
    let text = text.trim();
    text.get(..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))?.parse().ok()
}

/// The groups of a list, split at `;`.
pub fn groups(list: &str) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for group in list.split([';', '；']) {
        let group = clean(group, MAX_NAME_CHARS);
        if groups.len() < MAX_GROUPS && !group.is_empty() && !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// Hours, also in fractions, as milliseconds. A day in either direction is the most that makes sense.
fn shift(text: &str) -> Option<i64> {
    let hours: f64 = text.trim().parse().ok()?;
    let minutes = (hours * 60.0).round();
    // In range by the check, so the cast is exact.
    (minutes.abs() <= 24.0 * 60.0).then_some(minutes as i64 * 60_000)
}
