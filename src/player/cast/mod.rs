//! Transport streams in datagrams, from the socket to whole coded pictures. One thread receives every group that is
//! watched or kept ready; of each, everything since the last place where a decoder can begin is held, so that a change
//! to it shows a picture at once. Reading is pure (`channel` and what it is made of); no decoder is known here.

mod channel;
mod codec;
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
pub use groups::{Cast, Limits, Signal, Watch};
pub use psi::Programme;
