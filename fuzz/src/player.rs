//! The program's own modules, by their path.

#[path = "../../src/player/captions.rs"]
pub mod captions;
pub mod cast;
#[path = "../../src/player/demux/mod.rs"]
pub mod demux;
#[path = "../../src/player/inband/mod.rs"]
pub mod inband;
#[path = "../../src/player/sounds.rs"]
pub mod sounds;
/// Of the words only that there are some: events speak of them.
pub mod subtitles {
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub struct Cue;
}
#[path = "../../src/player/types.rs"]
pub mod types;
