//! Memory that this process and the X server share. Only mapping; what lies in it is the plane's business.

use std::{
    io,
    os::fd::{FromRawFd, OwnedFd},
    ptr::NonNull,
    sync::Arc,
};

pub struct SharedMemory {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to this value alone and is not bound to a thread.
#[allow(unsafe_code)]
unsafe impl Send for SharedMemory {}

impl SharedMemory {
    /// Fresh zeroed memory and the descriptor by which another process maps it.
    #[allow(unsafe_code)]
    pub fn new(len: usize) -> io::Result<(Self, OwnedFd)> {
        let size = libc::off_t::try_from(len).ok().filter(|n| *n > 0).ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: the name is a C string; the result is checked before it is owned.
        let fd = unsafe {
            let fd = libc::memfd_create(c"jinse-plane".as_ptr(), libc::MFD_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        use std::os::fd::AsRawFd;
        // SAFETY: the descriptor is open and ours.
        if unsafe { libc::ftruncate(fd.as_raw_fd(), size) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: maps `len` bytes that the file has; no address is asked for, so nothing is replaced.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok((Self { start, len }, fd))
    }

    /// The memory to write into. The server only reads it, and at worst shows a torn picture.
    #[allow(unsafe_code)]
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: mapped readable and writable for `len` bytes until drop; `&mut self` keeps others of this process out.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

/// A buffer of a plane in the hands of whoever writes it.
pub struct Lent {
    pub(super) memory: SharedMemory,
    pub(super) slot: usize,
    /// Which set of buffers it belongs to.
    pub(super) set: u64,
    /// Goes with the buffer, so that the plane sees when one will not come back.
    pub(super) _token: Arc<()>,
}

impl Lent {
    pub fn bytes(&mut self) -> &mut [u8] {
        self.memory.bytes()
    }
}

impl Drop for SharedMemory {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: exactly what was mapped, and nobody borrows it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
