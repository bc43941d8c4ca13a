//! Servers whose catch-up addresses follow from the live address. The shapes are those that Kodi's IPTV Simple makes.

/// `…?utc=…&lutc=…`, understood by many servers.
pub(super) fn shift(url: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}utc={{utc}}&lutc={{lutc}}")
}

/// `http(s)://host`, the path below it without its first slash, the query with its question mark.
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let scheme = ["http://", "https://"].into_iter().find(|scheme| lower.starts_with(scheme))?;
    let (whole, query) = match url.find('?') {
        Some(at) => url.split_at(at),
        None => (url, ""),
    };
    let slash = scheme.len() + whole.get(scheme.len()..)?.find('/')?;
    let (host, path) = whole.split_at_checked(slash)?;
    (host.len() > scheme.len()).then_some((host, path.get(1..)?, query))
}

/// Flussonic: a playlist becomes one that is shifted by so many seconds, a transport stream one from an absolute time.
/// `ts` decides only where the address itself does not show which of them it is.
pub(super) fn flussonic(url: &str, ts: bool) -> Option<String> {
    let (host, path, query) = parts(url)?;
    let (channel, last) = path.rsplit_once('/')?;
    if let Some(list) = last.strip_suffix(".m3u8") {
        let list = if list == "index" { String::new() } else { format!("{list}-") };
        return Some(format!("{host}/{channel}/{list}timeshift_rel-{{offset:1}}.m3u8{query}"));
    }
    Some(if ts || last.ends_with("mpegts") {
        format!("{host}/{channel}/timeshift_abs-${{start}}.ts{query}")
    } else {
        format!("{host}/{channel}/timeshift_rel-{{offset:1}}.m3u8{query}")
    })
}

/// Xtream Codes: `/[live/]user/password/id[.m3u8|.ts]` becomes `/timeshift/user/password/minutes/time/id.ts`.
pub(super) fn xtream(url: &str) -> Option<String> {
    let (host, path, query) = parts(url)?;
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.len() == 4 && segments.first() == Some(&"live") {
        segments.remove(0);
    }
    let [user, password, last] = segments[..] else { return None };
    let (id, end) = match last.split_once('.') {
        Some((id, "ts")) => (id, ".ts"),
        Some((id, "m3u8")) => (id, ".m3u8"),
        Some((id, "m3u")) => (id, ".m3u"),
        Some(_) => return None,
        None => (last, ".ts"),
    };
    if [user, password, id].iter().any(|part| part.is_empty()) {
        return None;
    }
    Some(format!("{host}/timeshift/{user}/{password}/{{duration:60}}/{{Y}}-{{m}}-{{d}}:{{H}}-{{M}}/{id}{end}{query}"))
}
