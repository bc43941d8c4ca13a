//! Which part of a series a programme is, in the viewer's words, from what guides write about it. Pure.

/// Longer than this is no name of an episode.
const SHOWN_CHARS: usize = 40;
/// The longest-running series have some fifteen thousand.
const MAX_EPISODE: u32 = 99_999;

/// The description as it is kept: where the guide names an episode, that line comes first, before a line break. No
/// text of a feed has a line break of its own, so one can part the two.
pub fn described(episode: Option<&str>, subtitle: Option<&str>, description: Option<&str>) -> Option<String> {
    let counted = |text: &str| text.contains('.') && text.chars().all(|c| c.is_ascii_digit() || "./ ".contains(c));
    let episode = episode.and_then(|text| if counted(text) { numbered(text) } else { shown(text) });
    let parts: Vec<&str> = [episode.as_deref(), subtitle].into_iter().flatten().filter(|p| !p.is_empty()).collect();
    let about = description.unwrap_or_default();
    match (parts.is_empty(), about.is_empty()) {
        (true, true) => None,
        (true, false) => Some(about.to_owned()),
        (false, _) => Some(format!("{}\n{about}", parts.join(" "))),
    }
}

/// `season.episode.part`, each from zero, each perhaps missing or `number/total` (XMLTV's `xmltv_ns`).
fn numbered(text: &str) -> Option<String> {
    let number = |part: &str| part.split('/').next()?.trim().parse::<u32>().ok()?.checked_add(1);
    let mut parts = text.split('.');
    let (season, episode) = (parts.next().and_then(number), parts.next().and_then(number));
    match (season, episode) {
        (Some(season), Some(episode)) if season > 1 => Some(format!("第{season}季第{episode}集")),
        (_, Some(episode)) => Some(format!("第{episode}集")),
        _ => None,
    }
}

/// `第3集` as it is; of `S1E3`, `E3`, `3`, `3/40`, `Ep. 3 of 40` the number.
fn shown(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return Some(text.chars().take(SHOWN_CHARS).collect());
    }
    let text = text.to_ascii_lowercase();
    let mut episode: Option<&str> = None;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())).map(|at| from + at) {
        let rest = text.get(at..).unwrap_or_default();
        let digits = rest.get(..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())).unwrap_or_default();
        let between = text.get(from..at).unwrap_or_default();
        from = at + digits.len();
        let word = between.trim_end_matches([' ', '.', '#', ':']);
        if ["e", "ep", "eps", "episode"].iter().any(|e| words_end(word, e)) {
            // Said outright: whatever follows is something else.
            episode = Some(digits);
            break;
        }
        // How many there are in all.
        let total = episode.is_some() && (between.trim() == "/" || between.trim() == "of");
        if !total {
            episode = Some(digits);
        }
    }
    let episode = episode?.parse::<u32>().ok().filter(|episode| *episode <= MAX_EPISODE)?;
    Some(format!("第{episode}集"))
}

/// Whether `word` is the last word of the text.
fn words_end(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_stands_before_the_description() {
        let of = |episode: &str| described(Some(episode), None, None);
        assert_eq!(described(Some("0.2."), Some("选医院"), Some("讲挂号")).as_deref(), Some("第3集 选医院\n讲挂号"));
        assert_eq!(of("1.8.0/1").as_deref(), Some("第2季第9集\n"));
        assert_eq!(of("S01E03").as_deref(), Some("第3集\n"));
        for third in [
            "3",
            "E3",
            "3/40",
            "3 / 40",
            "3 of 40",
            "Episode 3 of 40",
            "Ep. 3",
            "Ep.3/40",
            "S2E3",
            "S02 EP03",
            "1x03",
            "Season 2, Episode 3",
            "S2E3/12",
            "Episode #3 (2024)",
            "#3",
            "Part 3 of 6",
        ] {
            assert_eq!(of(third).as_deref(), Some("第3集\n"), "{third}");
        }
        assert_eq!(of("大结局").as_deref(), Some("大结局\n"));
        for nothing in ["..", "x.4294967295", "finale", "", "99999999999"] {
            assert_eq!(of(nothing), None, "{nothing}");
        }
        assert_eq!(described(None, None, Some("讲挂号")).as_deref(), Some("讲挂号"));
    }
}
