//! How the process asks the system for memory. What it holds is each room's own affair.

/// Blocks from this size on are given back as soon as they are free: segments, pictures, playlists.
#[cfg(target_env = "gnu")]
const GIVE_BACK_BYTES: libc::c_int = 256 * 1024;
/// One for the streaming threads, one for everything else.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;

/// Call first of all. glibc would open an arena for each of two dozen threads and learn to keep large blocks: media
/// that is allocated in one thread and freed in another then leaves holes everywhere. 200 changes of channel came to
/// rest at 280 MB with its ways, at 162 MB with these.
#[allow(unsafe_code)]
pub fn settle() {
    #[cfg(target_env = "gnu")]
    // SAFETY: only sets parameters of the allocator, before other threads exist.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, GIVE_BACK_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, GIVE_BACK_BYTES);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_can_be_had_afterwards() {
        super::settle();
        assert_eq!(vec![7_u8; 1 << 20].iter().map(|b| u64::from(*b)).sum::<u64>(), 7 << 20);
    }
}
