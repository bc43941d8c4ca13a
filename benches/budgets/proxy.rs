//! A line with a long way: passes bytes on, each way half a round trip late. Bandwidth is not limited.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::Outcome;

/// Listens on a port of its own and passes on to `to`.
pub fn far(runtime: &tokio::runtime::Runtime, to: SocketAddr, round_trip: Duration) -> Outcome<SocketAddr> {
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).map_err(|e| e.to_string())?;
    let at = listener.local_addr().map_err(|e| e.to_string())?;
    runtime.spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(async move {
                // The kernel has shaken hands on loopback already; on a real line that costs one round trip.
                tokio::time::sleep(round_trip).await;
                let Ok(far) = TcpStream::connect(to).await else { return };
                let _ = (near.set_nodelay(true), far.set_nodelay(true));
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::join!(late(near_in, far_out, round_trip / 2), late(far_in, near_out, round_trip / 2));
            });
        }
    });
    Ok(at)
}

/// Every piece leaves `delay` after it came; reading goes on meanwhile, so that only time is lost and no bandwidth.
async fn late(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, delay: Duration) {
    let (send, mut on_the_way) = mpsc::channel::<(Instant, Vec<u8>)>(256);
    let read = async move {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) => break,
                Ok(n) => {
                    let piece = buffer.get(..n).unwrap_or_default().to_vec();
                    if send.send((Instant::now() + delay, piece)).await.is_err() {
                        break;
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    };
    let write = async move {
        while let Some((due, piece)) = on_the_way.recv().await {
            tokio::time::sleep_until(due.into()).await;
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(read, write);
}
