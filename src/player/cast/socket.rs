//! One socket for each group: joined while it stands, left when it is dropped.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
};

use socket2::{Domain, Protocol, Socket, Type};

/// Kernel buffer of a socket: two seconds at 8 Mbit/s, enough for a busy moment of a small box. The kernel may give less.
const BUFFER_BYTES: usize = 2 << 20;

/// Opens and joins. Bound to the group itself, so that another group on the same port stays out.
pub fn open(at: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(at), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    // As much as there is: no reason not to play.
    let _ = socket.set_recv_buffer_size(BUFFER_BYTES);
    socket.bind(&at.into())?;
    match at.ip() {
        IpAddr::V4(group) if group.is_multicast() => socket.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?,
        IpAddr::V6(group) if group.is_multicast() => socket.join_multicast_v6(&group, 0)?,
        _ => {}
    }
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
