//! The renditions of a master playlist, and which of them to play: pure decisions from what the line gives and what
//! is in hand. Fetching them is `lane`.

use crate::player::{
    captions::Caption,
    gate::hls::Playlist,
    sounds::{Sound, wished},
};

/// Before anything was measured: what an ordinary line in a home bears.
const FIRST_BPS: u64 = 4_000_000;
/// Share of the line that a rendition may take: the rest is for its peaks.
const SHARE: f64 = 0.75;
/// With less than this in hand a slower rendition is taken at once, with more the line is given time to recover.
const THIN_S: f64 = 6.0;
/// A better rendition is taken only with this much in hand, so that a wrong guess costs no stall.
const THICK_S: f64 = 4.0;
/// Nobody goes through more subtitles than these with one key.
const MOST_CAPTIONS: usize = 24;
/// A better rendition has to fit this many times over, or playback would swing between two.
const CLIMB: f64 = 1.15;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    pub uri: String,
    pub bandwidth: u64,
    pub height: Option<u32>,
    pub audio: Option<String>,
    pub subtitles: Option<String>,
}

/// One of the sounds or subtitles that go with a rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub group: String,
    /// Its own playlist; none where it comes with the picture.
    pub uri: Option<String>,
    pub name: String,
    pub language: Option<String>,
    pub default: bool,
}

impl Rendered {
    pub fn sound(&self) -> Sound {
        Sound { name: self.name.clone(), language: self.language.clone() }
    }

    pub fn caption(&self) -> Caption {
        Caption { name: self.name.clone(), language: self.language.clone() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Master {
    /// From the least to the most demanding.
    pub variants: Vec<Variant>,
    /// Index of the one that the publisher put first.
    pub first: usize,
    pub sounds: Vec<Rendered>,
    pub captions: Vec<Rendered>,
}

impl Master {
    /// Renditions without a picture are left out where others have one.
    pub fn new(playlist: &Playlist) -> Self {
        let (mut variants, mut sounds, mut captions) = (Vec::new(), Vec::new(), Vec::new());
        for (attributes, tag, uri) in &playlist.master {
            let value = |name: &str| attributes.iter().find(|a| a.name == name).map(|a| a.value);
            match (*tag, uri) {
                ("EXT-X-STREAM-INF", Some(uri)) => variants.push((
                    Variant {
                        uri: (*uri).to_owned(),
                        bandwidth: value("AVERAGE-BANDWIDTH")
                            .or(value("BANDWIDTH"))
                            .and_then(|v| v.parse().ok())
                            .unwrap_or(0),
                        height: value("RESOLUTION").and_then(|v| v.split_once('x')).and_then(|(_, h)| h.parse().ok()),
                        audio: value("AUDIO").map(str::to_owned),
                        subtitles: value("SUBTITLES").map(str::to_owned),
                    },
                    value("CODECS").is_some_and(only_sound),
                )),
                ("EXT-X-MEDIA", _) => {
                    let Some(group) = value("GROUP-ID") else { continue };
                    let rendered = Rendered {
                        group: group.to_owned(),
                        uri: value("URI").map(str::to_owned),
                        name: value("NAME").unwrap_or_default().to_owned(),
                        language: value("LANGUAGE").map(str::to_owned),
                        default: value("DEFAULT") == Some("YES"),
                    };
                    match value("TYPE") {
                        Some("AUDIO") => sounds.push(rendered),
                        // Forced ones translate what is foreign in the picture: nothing to choose.
                        Some("SUBTITLES") if value("FORCED") != Some("YES") => captions.push(rendered),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if variants.iter().any(|(_, only_sound)| !only_sound) {
            variants.retain(|(_, only_sound)| !only_sound);
        }
        let first = variants.first().map(|(v, _)| v.clone());
        let mut variants: Vec<Variant> = variants.into_iter().map(|(v, _)| v).collect();
        variants.sort_by_key(|v| v.bandwidth);
        variants.dedup();
        let first = first.and_then(|f| variants.iter().position(|v| *v == f)).unwrap_or(0);
        Self { variants, first, sounds, captions }
    }

    /// The sounds that go with a rendition, and which of them is played: the viewer's wish, else the publisher's default,
    /// else the first.
    pub fn sounds_for(&self, variant: usize, wish: Option<&Sound>) -> (Vec<&Rendered>, Option<usize>) {
        let group = self.variants.get(variant).and_then(|v| v.audio.as_deref());
        let of_group: Vec<&Rendered> = self.sounds.iter().filter(|s| Some(s.group.as_str()) == group).collect();
        let names: Vec<Sound> = of_group.iter().map(|s| s.sound()).collect();
        let chosen = wished(&names, wish).or_else(|| of_group.iter().position(|s| s.default));
        let chosen = chosen.or((!of_group.is_empty()).then_some(0));
        (of_group, chosen)
    }

    /// The subtitles that go with a rendition.
    pub fn captions_for(&self, variant: usize) -> impl Iterator<Item = &Rendered> {
        let group = self.variants.get(variant).and_then(|v| v.subtitles.as_deref());
        self.captions.iter().filter(move |c| Some(c.group.as_str()) == group).take(MOST_CAPTIONS)
    }

    /// Which rendition comes next. `ahead_s` is what is in hand, `now` the one that plays, none at the start.
    pub fn choose(&self, now: Option<usize>, line_bps: Option<u64>, ahead_s: f64) -> usize {
        let fits = |bps: f64| self.variants.iter().rposition(|v| (v.bandwidth as f64) <= bps).unwrap_or(0);
        let Some(now) = now.filter(|n| *n < self.variants.len()) else {
            return match line_bps {
                Some(bps) => fits(bps as f64 * SHARE),
                None => self.first.min(fits(FIRST_BPS as f64)),
            };
        };
        let Some(bps) = line_bps.map(|b| b as f64) else { return now };
        let best = fits(bps * SHARE);
        if best < now {
            // The one that plays may still come faster than it is shown.
            let bears = self.variants.get(now).is_some_and(|v| (v.bandwidth as f64) < bps);
            if ahead_s < THIN_S || !bears { best } else { now }
        } else if best > now && ahead_s >= THICK_S {
            fits(bps * SHARE / CLIMB).max(now)
        } else {
            now
        }
    }
}

fn only_sound(codecs: &str) -> bool {
    const SOUND: [&str; 6] = ["mp4a", "ac-3", "ec-3", "opus", "mp3", "fLaC"];
    codecs.split(',').all(|c| SOUND.iter().any(|s| c.trim().starts_with(s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master() -> Master {
        let text = "#EXTM3U\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"普通话\",LANGUAGE=\"zh\",URI=\"zh.m3u8\"\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"沪语\",LANGUAGE=\"wuu\",DEFAULT=YES,URI=\"wuu.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=1280x720,AUDIO=\"a\"\nmid.m3u8\n\
            #EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS=\"mp4a.40.2\"\nsound.m3u8\n\
            #EXT-X-STREAM-INF:BANDWIDTH=500000\nlow.m3u8\n\
            #EXT-X-STREAM-INF:BANDWIDTH=8000000,RESOLUTION=1920x1080,AUDIO=\"b\"\nhigh.m3u8\n";
        Master::new(&Playlist::parse(text).expect("master"))
    }

    #[test]
    fn renditions_are_in_order_and_sound_follows_its_group() {
        let master = master();
        let uris: Vec<_> = master.variants.iter().map(|v| v.uri.as_str()).collect();
        assert_eq!(uris, ["low.m3u8", "mid.m3u8", "high.m3u8"]);
        assert_eq!(master.first, 1);
        let heard = |variant, wish: Option<&Sound>| {
            let (all, at) = master.sounds_for(variant, wish);
            at.and_then(|at| all.get(at).map(|s| s.name.clone()))
        };
        assert_eq!(heard(1, None).as_deref(), Some("沪语"));
        let mandarin = Sound { name: String::new(), language: Some("zho".into()) };
        assert_eq!(heard(1, Some(&mandarin)).as_deref(), Some("普通话"));
        let english = Sound { name: "English".into(), language: Some("en".into()) };
        assert_eq!(heard(1, Some(&english)).as_deref(), Some("沪语"), "what is not there cannot be wished for");
        assert_eq!((heard(0, None), heard(2, None), heard(9, None)), (None, None, None));
    }

    #[test]
    fn the_line_decides_and_a_stall_is_never_risked_for_a_better_picture() {
        let master = master();
        assert_eq!(master.choose(None, None, 0.0), 1);
        assert_eq!(master.choose(None, Some(20_000_000), 0.0), 2);
        assert_eq!(master.choose(None, Some(400_000), 0.0), 0);
        // Up only with something in hand, and only with room to spare.
        assert_eq!(master.choose(Some(1), Some(20_000_000), 1.0), 1);
        assert_eq!(master.choose(Some(1), Some(20_000_000), 5.0), 2);
        assert_eq!(master.choose(Some(1), Some(11_000_000), 5.0), 1);
        // Down at once when little is in hand, later when the line still bears it, at once when it does not.
        assert_eq!(master.choose(Some(2), Some(9_000_000), 2.0), 1);
        assert_eq!(master.choose(Some(2), Some(9_000_000), 12.0), 2);
        assert_eq!(master.choose(Some(2), Some(400_000), 12.0), 0);
        assert_eq!(master.choose(Some(1), None, 12.0), 1);
    }
}
