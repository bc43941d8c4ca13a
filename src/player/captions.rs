//! Subtitles that a medium itself brings along (renditions of HLS): how they are told apart and which of them is shown.
//! Pure. A lesson's own files of subtitles are the catalogue's, their words `subtitles`.

use serde::{Deserialize, Serialize};

use super::sounds::main_language;

/// Subtitles that a medium offers, as its publisher names them. What a channel calls them today it is expected to call
/// them tomorrow, so a viewer's choice is kept as this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caption {
    /// Empty where there is none.
    pub name: String,
    /// Of ISO 639, with two or three letters, sometimes with a region behind.
    pub language: Option<String>,
}

impl Caption {
    /// What a lesson shows whose medium brings its words along.
    pub fn own_language() -> Self {
        Self { name: String::new(), language: Some("zh".into()) }
    }
}

/// The subtitles that the viewer wishes for: the very ones, else those of their language, else those of their name. None
/// where there is nothing like them: nobody is shown words that they did not ask for.
pub fn wished(all: &[Caption], wish: Option<&Caption>) -> Option<usize> {
    let wish = wish?;
    let language = wish.language.as_deref().map(main_language);
    let same_language = |c: &Caption| language.is_some() && c.language.as_deref().map(main_language) == language;
    all.iter()
        .position(|c| c == wish)
        .or_else(|| all.iter().position(same_language))
        .or_else(|| all.iter().position(|c| !c.name.is_empty() && c.name == wish.name && c.language.is_none()))
}

/// What a viewer calls them; `at` counts from 0.
pub fn label(caption: &Caption, at: usize) -> String {
    if !caption.name.is_empty() {
        return caption.name.clone();
    }
    caption.language.as_deref().and_then(language_name).map_or_else(|| format!("第{}种", at + 1), Into::into)
}

/// What people call a language of ISO 639.
pub fn language_name(code: &str) -> Option<&'static str> {
    match main_language(code) {
        "zh" => Some("中文"),
        "wuu" => Some("沪语"),
        "yue" => Some("粤语"),
        "en" => Some("英文"),
        "ja" => Some("日文"),
        "ko" => Some("韩文"),
        "fr" => Some("法文"),
        "ru" => Some("俄文"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caption(name: &str, language: &str) -> Caption {
        Caption { name: name.into(), language: Some(language.to_owned()).filter(|l| !l.is_empty()) }
    }

    #[test]
    fn only_what_was_asked_for_is_shown() {
        let all =
            [caption("English", "en"), caption("简体", "zh-Hans"), caption("繁體", "zh-Hant"), caption("听障", "")];
        let of = |wish: &Caption| wished(&all, Some(wish));
        assert_eq!(of(&caption("繁體", "zh-Hant")), Some(2), "the very ones");
        assert_eq!(of(&caption("中文", "chi")), Some(1), "their language in other letters");
        assert_eq!(of(&caption("听障", "wuu")), Some(3), "their name");
        assert_eq!((of(&caption("日本語", "ja")), wished(&all, None)), (None, None));
    }

    #[test]
    fn each_has_a_name_that_people_use() {
        let all =
            [caption("简体", "zh"), caption("", "zho"), caption("", "en-GB"), caption("", "xyz"), caption("", "")];
        let labels: Vec<_> = all.iter().enumerate().map(|(at, c)| label(c, at)).collect();
        assert_eq!(labels, ["简体", "中文", "英文", "第4种", "第5种"]);
    }
}
