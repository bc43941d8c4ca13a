//! Playback. `types` is what the others see; `gate` is the only way media comes in from the network; `supervisor`
//! is the pure state machine that decides what happens on trouble; `engine` obeys it with GStreamer; `frames`
//! hands the newest picture to whoever draws; `subtitles` reads the words, `inband` what is sent beside the picture; `demux` takes segments apart; `output` are ways to show a picture
//! beside the interface; `elements` names what GStreamer has to bring.

pub mod captions;
pub mod cast;
pub mod clock;
pub mod demux;
pub mod elements;
pub mod engine;
pub mod feed;
pub mod frames;
pub mod gate;
pub mod inband;
pub mod output;
pub mod sounds;
pub mod stream;
pub mod subtitles;
pub mod supervisor;
pub mod types;

mod access;

pub use access::Access;
