//! What a programme's map says of the subtitles in it (ETSI EN 300 468, 6.2.41).

use crate::player::{
    captions::{Caption, language_name},
    sounds::descriptor_language,
};

/// Tag of the descriptor that lists subtitles of DVB.
const SUBTITLING: u8 = 0x59;
const ENTRY_BYTES: usize = 8;

/// How subtitles are sent, and what tells them from others in the same stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Pictures (ETSI EN 300 743): its own page, and the one that it shares with others.
    Dvb { composition: u16, ancillary: u16 },
}

/// One of the subtitles that a stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Three letters of ISO 639-2.
    pub language: Option<String>,
    /// With what is heard beside the words.
    pub hard_of_hearing: bool,
    pub coding: Coding,
}

impl Service {
    pub fn caption(&self) -> Caption {
        let language = self.language.as_deref().and_then(language_name).unwrap_or_default();
        let name = if self.hard_of_hearing { format!("{language}听障") } else { String::new() };
        Caption { name, language: self.language.clone() }
    }
}

/// The subtitles that a descriptor of a stream tells of; none where it is about something else.
pub fn services(tag: u8, body: &[u8]) -> Vec<Service> {
    if tag != SUBTITLING {
        return Vec::new();
    }
    let entries = body.chunks_exact(ENTRY_BYTES).filter_map(|entry| {
        let &[_, _, _, kind, ch, cl, ah, al] = entry else { return None };
        let coding = Coding::Dvb { composition: u16::from_be_bytes([ch, cl]), ancillary: u16::from_be_bytes([ah, al]) };
        // Component types of EN 300 468, table 26: for the hard of hearing from 0x20 on.
        Some(Service { language: descriptor_language(entry), hard_of_hearing: (0x20..0x30).contains(&kind), coding })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_of_the_descriptor_is_a_choice() {
        let body = b"chi\x10\0\x01\0\x02WUU\x24\0\x03\0\x03\0\0\0\x10\0\x05\0\x05cut";
        let told: Vec<_> = services(SUBTITLING, body)
            .into_iter()
            .map(|s| {
                let Coding::Dvb { composition, ancillary } = s.coding;
                (s.caption().name, s.language.unwrap_or_default(), composition, ancillary)
            })
            .collect();
        let entry = |name: &str, language: &str, c, a| (name.to_owned(), language.to_owned(), c, a);
        assert_eq!(told, [entry("", "chi", 1, 2), entry("沪语听障", "wuu", 3, 3), entry("", "", 5, 5)]);
        assert_eq!(services(0x0A, body), []);
    }
}
