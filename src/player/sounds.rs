//! Several sounds of one medium (普通话, 沪语): how they are told apart and which of them is played. Pure.

use serde::{Deserialize, Serialize};

/// A sound that a medium offers, as its publisher names it. What a channel calls it today it is expected to call it
/// tomorrow, so a viewer's choice is kept as this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sound {
    /// Empty where there is none. A bare number counts sounds that nothing else tells apart.
    pub name: String,
    /// Of ISO 639, with two or three letters, sometimes with a region behind.
    pub language: Option<String>,
}

impl Sound {
    /// Sounds inside a stream have a language at best.
    pub fn of_languages(languages: &[Option<String>]) -> Vec<Self> {
        let alone = |language: &Option<String>| languages.iter().filter(|l| *l == language).count() == 1;
        let all = languages.iter().enumerate();
        all.map(|(i, language)| Self {
            name: if language.is_some() && alone(language) { String::new() } else { (i + 1).to_string() },
            language: language.clone(),
        })
        .collect()
    }
}

/// The sound that the viewer wishes for: the very one, else one of its language, else one of its name. None where there
/// is nothing like it, and the publisher's choice stands.
pub fn wished(all: &[Sound], wish: Option<&Sound>) -> Option<usize> {
    let wish = wish?;
    let language = wish.language.as_deref().map(main_language);
    let same_language = |s: &Sound| language.is_some() && s.language.as_deref().map(main_language) == language;
    all.iter()
        .position(|s| s == wish)
        .or_else(|| all.iter().position(same_language))
        .or_else(|| all.iter().position(|s| !s.name.is_empty() && s.name == wish.name && s.language.is_none()))
}

/// The three letters of ISO 639-2 that a transport stream's descriptors begin with; none where they say nothing or "und".
pub(super) fn descriptor_language(body: &[u8]) -> Option<String> {
    let code = std::str::from_utf8(body.get(..3)?).ok()?.to_ascii_lowercase();
    (code.bytes().all(|byte| byte.is_ascii_lowercase()) && code != "und").then_some(code)
}

/// Two and three letters for one language are the same.
pub(super) fn main_language(code: &str) -> &str {
    let main = code.split('-').next().unwrap_or(code);
    match main {
        "zho" | "chi" | "cmn" => "zh",
        "eng" => "en",
        "jpn" => "ja",
        "kor" => "ko",
        "fre" | "fra" => "fr",
        "rus" => "ru",
        other => other,
    }
}

/// What a viewer calls the sound; `at` counts from 0.
pub fn label(sound: &Sound, at: usize) -> String {
    let counted = sound.name.parse::<usize>().is_ok();
    if !sound.name.is_empty() && !counted {
        return sound.name.clone();
    }
    let language = sound.language.as_deref().map(main_language).and_then(|code| match code {
        "zh" => Some("普通话"),
        "wuu" => Some("沪语"),
        "yue" => Some("粤语"),
        "en" => Some("英语"),
        "ja" => Some("日语"),
        "ko" => Some("韩语"),
        "fr" => Some("法语"),
        "ru" => Some("俄语"),
        "qaa" | "mul" => Some("原声"),
        _ => None,
    });
    match language {
        Some(language) if counted => format!("{language}{}", sound.name),
        Some(language) => language.into(),
        None => format!("第{}种", at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(name: &str, language: &str) -> Sound {
        Sound { name: name.into(), language: Some(language.to_owned()).filter(|l| !l.is_empty()) }
    }

    #[test]
    fn the_wish_is_met_by_itself_by_language_or_by_name() {
        let all = [sound("普通话", "zh"), sound("沪语", "wuu"), sound("解说", "zh")];
        let of = |wish: &Sound| wished(&all, Some(wish));
        assert_eq!(of(&sound("解说", "zh")), Some(2), "the very one");
        assert_eq!(of(&sound("", "zho")), Some(0), "its language in other letters");
        assert_eq!(of(&sound("上海话", "wuu")), Some(1));
        assert_eq!((of(&sound("English", "en")), wished(&all, None)), (None, None));
        let nameless = Sound::of_languages(&[None, None, Some("eng".into())]);
        assert_eq!(wished(&nameless, Some(&sound("2", ""))), Some(1));
    }

    #[test]
    fn each_has_a_name_of_its_own() {
        let languages = ["chi", "wuu", "chi", "xyz", "eng"].map(|l| Some(l.to_owned()));
        let all = Sound::of_languages(&languages);
        let labels: Vec<_> = all.iter().enumerate().map(|(at, s)| label(s, at)).collect();
        assert_eq!(labels, ["普通话1", "沪语", "普通话3", "第4种", "英语"]);
        assert_eq!(label(&Sound::of_languages(&[None, None])[1], 1), "第2种");
    }
}
