//! Where the demo operator's files lie and what its descriptions say. Serving and exporting them happens elsewhere.

use std::{
    env,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

use super::{
    DemoError,
    live::{Loop, Segment},
};

/// Names a directory to be used instead of the usual places.
const DIR_VARIABLE: &str = "JINSE_DEMO_DIR";

/// A directory with `catalogue/index.json`, `live/channels.json` and what they name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoRoot {
    pub(super) dir: PathBuf,
}

impl DemoRoot {
    /// The directory that `JINSE_DEMO_DIR` names, else what was installed with the program, else the source tree.
    pub fn find() -> Result<Self, DemoError> {
        let candidates = match env::var_os(DIR_VARIABLE) {
            Some(dir) => vec![PathBuf::from(dir)],
            None => {
                let beside = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("share")));
                let installed = beside.into_iter().chain([PathBuf::from("/usr/share")]);
                let installed = installed.map(|share| share.join("jinse-xuetang/demo"));
                installed.chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/www")]).collect()
            }
        };
        Self::first_of(&candidates).ok_or(DemoError::Missing { looked: candidates })
    }

    /// This directory, if it looks like one.
    pub fn at(dir: PathBuf) -> Result<Self, DemoError> {
        Self::first_of(std::slice::from_ref(&dir)).ok_or(DemoError::Missing { looked: vec![dir] })
    }

    fn first_of(candidates: &[PathBuf]) -> Option<Self> {
        let whole =
            |dir: &&PathBuf| dir.join("catalogue/index.json").is_file() && dir.join("live/channels.json").is_file();
        candidates.iter().find(whole).map(|dir| Self { dir: dir.clone() })
    }

    /// Reads what is needed to serve: a fault in it is said before the server starts.
    pub(super) fn load(&self) -> Result<Station, DemoError> {
        let channels: ChannelFile = self.read("live/channels.json")?;
        let programmes: ProgrammeFile = match self.dir.join("live/programmes.json").is_file() {
            true => self.read("live/programmes.json")?,
            false => ProgrammeFile { channels: Vec::new() },
        };
        let mut list: Vec<Channel> = Vec::new();
        for raw in channels.channels {
            let fault = |what: String| self.fault("live/channels.json", format!("channel {:?}: {what}", raw.id));
            if raw.id.is_empty() || !raw.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(fault("an id is made of letters, digits, - and _".into()));
            }
            if list.iter().any(|c| c.id == raw.id || c.number == raw.number) {
                return Err(fault("its id or number is used twice".into()));
            }
            let segment = |raw: &RawSegment, uri: &str| Segment {
                uri: uri.into(),
                duration_us: (raw.duration * 1e6).round() as i64,
                discontinuity: raw.discontinuity,
            };
            let looped = Loop::new(raw.looped.iter().map(|s| segment(s, &s.uri)).collect()).map_err(fault)?;
            let written = match raw.subtitles {
                None => None,
                Some(RawSubtitles { name, language }) => {
                    let words = raw.looped.iter().map(|s| Some(segment(s, s.subtitle.as_deref()?)));
                    let words: Option<Vec<Segment>> = words.collect();
                    let words = words.ok_or_else(|| fault("a segment has no subtitle".into()))?;
                    Some(Written { name, language, looped: Loop::new(words).map_err(fault)? })
                }
            };
            let programmes = programmes.channels.iter().find(|p| p.id == raw.id);
            let programmes: Vec<_> = programmes.map(|p| p.programmes.clone()).unwrap_or_default();
            if programmes.iter().any(|p| !(1..=1_440).contains(&p.length_min)) {
                let what = format!("channel {:?}: length_min is from 1 to 1440", raw.id);
                return Err(self.fault("live/programmes.json", what));
            }
            let (id, number, name, group, logo) = (raw.id, raw.number, raw.name, raw.group, raw.logo);
            list.push(Channel { id, number, name, group, logo, looped, written, programmes });
        }
        list.sort_by_key(|c| c.number);
        Ok(Station { channels: list })
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<T, DemoError> {
        let bytes = std::fs::read(self.dir.join(name)).map_err(|e| self.fault(name, e.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|e| self.fault(name, e.to_string()))
    }

    fn fault(&self, name: &str, what: String) -> DemoError {
        DemoError::Bad { file: self.dir.join(name), what }
    }
}

/// What the demo operator broadcasts.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub channels: Vec<Channel>,
}

impl Station {
    pub fn picture(&self, id: &str) -> Option<&Loop> {
        self.channels.iter().find(|c| c.id == id).map(|c| &c.looped)
    }

    pub fn words(&self, id: &str) -> Option<&Loop> {
        self.channels.iter().find(|c| c.id == id)?.written.as_ref().map(|w| &w.looped)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub id: String,
    pub number: u32,
    pub name: String,
    pub group: String,
    /// Relative to `live/`.
    pub logo: Option<String>,
    pub looped: Loop,
    /// Its subtitles, cut like its pictures.
    pub written: Option<Written>,
    /// Shown one after another, for ever.
    pub programmes: Vec<Programme>,
}

#[derive(Clone, Debug)]
pub(super) struct Written {
    pub name: String,
    pub language: String,
    pub looped: Loop,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Programme {
    pub title: String,
    pub length_min: i64,
    #[serde(default)]
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct ChannelFile {
    channels: Vec<RawChannel>,
}

#[derive(Deserialize)]
struct RawChannel {
    id: String,
    number: u32,
    name: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    logo: Option<String>,
    #[serde(rename = "loop")]
    looped: Vec<RawSegment>,
    #[serde(default)]
    subtitles: Option<RawSubtitles>,
}

#[derive(Deserialize)]
struct RawSubtitles {
    name: String,
    language: String,
}

#[derive(Deserialize)]
struct RawSegment {
    uri: String,
    duration: f64,
    #[serde(default)]
    discontinuity: bool,
    /// Relative to `live/`: WebVTT. Each segment of a channel with subtitles has one.
    #[serde(default)]
    subtitle: Option<String>,
}

#[derive(Deserialize)]
struct ProgrammeFile {
    channels: Vec<RawProgrammes>,
}

#[derive(Deserialize)]
struct RawProgrammes {
    id: String,
    programmes: Vec<Programme>,
}
