//! Opening what somebody named to be read, without waiting for ever: a pipe may have nobody at its other end, and a
//! device no end at all. How much of it is read is for the reader to bound.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long a named pipe may be without anybody who writes to it.
const WRITER_WITHIN: Duration = Duration::from_secs(10);
/// How often, and how long each time, a thread that waits in a pipe is given to notice that it need not: it is at once
/// on a machine that is not overwhelmed.
const LETS_GO_TRIES: u32 = 100;
const LETS_GO_WITHIN: Duration = Duration::from_millis(50);

/// A file, a pipe or a device. A pipe that nobody opens to write to is given up after a while.
pub fn open(path: &Path) -> io::Result<File> {
    open_within(path, WRITER_WITHIN)
}

/// The same for what is read to its end, which a device does not have.
pub fn open_document(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if kind.is_char_device() || kind.is_block_device() {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "a device, not a file"));
    }
    open(path)
}

fn open_within(path: &Path, writer_within: Duration) -> io::Result<File> {
    if !fs::metadata(path)?.file_type().is_fifo() {
        return File::open(path);
    }
    let (sender, receiver) = mpsc::channel();
    let pipe = path.to_owned();
    thread::Builder::new().spawn(move || sender.send(File::open(pipe)))?;
    if let Ok(opened) = receiver.recv_timeout(writer_within) {
        return opened;
    }
    // Whoever opens the other end lets the thread go, once it has come that far.
    for _ in 0..LETS_GO_TRIES {
        let _ = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path);
        if !matches!(receiver.recv_timeout(LETS_GO_WITHIN), Err(mpsc::RecvTimeoutError::Timeout)) {
            break;
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "a pipe that nobody writes to"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    #[test]
    fn a_pipe_is_read_where_somebody_writes_to_it_and_given_up_where_nobody_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        pipe(&path);
        // With no time at all the thread has not even begun to wait.
        for within in [Duration::ZERO, Duration::from_millis(10)] {
            let e = open_within(&path, within).unwrap_err();
            assert_eq!((e.kind(), e.to_string().as_str()), (io::ErrorKind::TimedOut, "a pipe that nobody writes to"));
        }
        let end = path.clone();
        let writer = thread::spawn(move || fs::write(end, "text").unwrap());
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        writer.join().unwrap();
        assert_eq!(text, "text");
    }

    #[test]
    fn a_device_is_no_document() {
        for (path, why) in
            [("/dev/zero", "a device, not a file"), ("/dev/null", "a device, not a file"), ("/dev", "is a directory")]
        {
            assert_eq!(open_document(Path::new(path)).unwrap_err().to_string(), why, "{path}");
        }
        assert!(open(Path::new("/dev/null")).is_ok(), "an empty configuration");
    }
}
