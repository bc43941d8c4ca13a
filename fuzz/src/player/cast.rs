//! Of the room of multicast what reads, without its sockets.

#[path = "../../../src/player/cast/channel.rs"]
pub mod channel;
#[path = "../../../src/player/cast/codec.rs"]
mod codec;
#[path = "../../../src/player/cast/packet.rs"]
mod packet;
#[path = "../../../src/player/cast/pes.rs"]
mod pes;
#[path = "../../../src/player/cast/psi.rs"]
mod psi;
#[path = "../../../src/player/cast/timeline.rs"]
mod timeline;
