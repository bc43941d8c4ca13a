//! Transport streams of live channels, to whole coded pictures. One thread receives every group that is watched or kept
//! ready; what comes over a connection is fetched elsewhere and put into a `Flow`. Of each, everything since the last place
//! where a decoder can begin is held, so that a change to it shows a picture at once. Reading is pure (`channel` and what
//! it is made of); no decoder is known here, and no HTTP.

mod audience;
mod channel;
mod codec;
mod cutter;
mod flow;
mod groups;
mod packet;
mod pes;
mod play;
mod psi;
mod socket;
mod timeline;
#[cfg(test)]
mod writer;

pub use channel::{Track, Unit};
pub use codec::{AudioCodec, VideoCodec};
pub use flow::{Flow, Taken};
pub use groups::{Cast, Limits, Signal, Sink, Watch};
pub use psi::Programme;
