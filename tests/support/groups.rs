//! Multicast groups: a film sent to one, and which this machine has joined.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

/// Ends the sender with it.
pub struct Sender(pub Child);

impl Sender {
    /// Sends a film over and over, at its own pace. The sender ends with the thread that starts it, too.
    pub fn start(film: &Path, url: &str) -> Self {
        let kind = if url.starts_with("rtp") { "rtp_mpegts" } else { "mpegts" };
        let sender = Command::new("setpriv")
            .args("--pdeathsig TERM -- ffmpeg -v error -nostdin -re -stream_loop -1 -i".split(' '))
            .arg(film)
            .args(["-map", "0", "-c", "copy", "-f", kind, &format!("{url}?ttl=0&pkt_size=1316")])
            .stdout(Stdio::null())
            .spawn();
        Self(sender.unwrap_or_else(|e| panic!("ffmpeg does not start ({e}); apt-get install ffmpeg")))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Groups of ours that the kernel has joined.
pub fn joined() -> usize {
    // Addresses are in hexadecimal, the last byte first: 239 ends them.
    let table = std::fs::read_to_string("/proc/net/igmp").unwrap();
    table.lines().filter(|l| l.trim_start().get(..8).is_some_and(|a| a.ends_with("EF"))).count()
}
