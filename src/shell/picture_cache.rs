//! Posters and logos on disk, as they came from the server, so that pages have their pictures before any network
//! answers. A cache: whatever is damaged, too old a layout or in the way is let go, and nothing waits for it.
//! Blocks; never called on the interface's thread.

use std::{
    fs::{self, File, FileTimes},
    io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{
    files::{Durable, UNFINISHED, checksum, read_bounded, replace},
    player::gate::Validators,
    time::UtcMs,
};

/// The figures of the cache, each with its reason.
#[derive(Clone, Copy, Debug)]
pub struct CachePolicy {
    /// Some thousand posters of 50 KB: a large catalogue, and little on the smallest box's flash.
    pub limit_bytes: u64,
    /// How long a picture is shown without asking whether it has changed. Posters change with a course, not by the hour.
    pub fresh_ms: i64,
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self { limit_bytes: 200 << 20, fresh_ms: 24 * 3600 * 1000 }
    }
}

/// How much is left when the limit was passed: the next pictures do not each look through the folder again.
const LEFT_PERCENT: u64 = 90;
/// When a picture was shown last is written down no more often than this, to spare the flash.
const USED_STEP: Duration = Duration::from_hours(12);
/// An address of 16 KiB and two validators fit.
const HEAD_MAX_BYTES: usize = 24 << 10;
/// A validator longer than this is not worth keeping.
const VALIDATOR_MAX_BYTES: usize = 512;
const LAYOUT: u32 = 1;
const ENDING: &str = "picture";

/// The first line of a file; the picture follows.
#[derive(Serialize, Deserialize)]
struct Head {
    layout: u32,
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
    /// When the server last said that it is so.
    checked_utc_ms: i64,
    bytes: u64,
    crc: u32,
}

/// A picture as it lies on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub bytes: Vec<u8>,
    pub validators: Validators,
    pub checked: UtcMs,
}

pub struct PictureCache {
    dir: PathBuf,
    policy: CachePolicy,
    /// Of a file.
    max_bytes: u64,
    /// What all files take; none until the folder was looked through.
    total: Mutex<Option<u64>>,
}

impl PictureCache {
    /// `max_bytes`: no picture is larger.
    pub fn new(dir: PathBuf, policy: CachePolicy, max_bytes: usize) -> Self {
        Self { dir, policy, max_bytes: (max_bytes + HEAD_MAX_BYTES) as u64, total: Mutex::new(None) }
    }

    /// The picture of `url`, where a whole one is here. A damaged file is removed.
    pub fn get(&self, url: &str) -> Option<Kept> {
        let path = self.path(url);
        let bytes = match read_bounded(&path, self.max_bytes) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
            Err(e) => {
                tracing::warn!("{}: {e}; the picture is fetched again", path.display());
                self.forget(url);
                return None;
            }
        };
        let Some((head, picture)) = parse(&bytes) else {
            tracing::warn!("{}: damaged; the picture is fetched again", path.display());
            self.forget(url);
            return None;
        };
        if head.url != url {
            // Another address with the same name on disk: the newer one keeps the place.
            return None;
        }
        note_use(&path);
        let validators = Validators { etag: head.etag, last_modified: head.last_modified };
        Some(Kept { bytes: picture.to_vec(), validators, checked: UtcMs(head.checked_utc_ms) })
    }

    /// Whether a picture need not be asked for again yet. A clock that went back makes it old.
    pub fn is_fresh(&self, kept: &Kept, now: UtcMs) -> bool {
        (0..self.policy.fresh_ms).contains(&now.since(kept.checked))
    }

    /// Keeps a picture. Where the disk does not take it, it is fetched again the next time.
    pub fn put(&self, url: &str, bytes: &[u8], validators: &Validators, now: UtcMs) {
        if let Err(e) = self.write(url, bytes, validators, now) {
            tracing::warn!("{}: {e}; pictures are not kept for the next start", self.dir.display());
        }
    }

    /// Lets a picture go.
    pub fn forget(&self, url: &str) {
        let path = self.path(url);
        let size = fs::metadata(&path).map_or(0, |m| m.len());
        if fs::remove_file(&path).is_ok()
            && let Some(total) = self.lock().as_mut()
        {
            *total = total.saturating_sub(size);
        }
    }

    fn write(&self, url: &str, bytes: &[u8], validators: &Validators, now: UtcMs) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let short = |text: &Option<String>| text.clone().filter(|t| t.len() <= VALIDATOR_MAX_BYTES);
        let head = Head {
            layout: LAYOUT,
            url: url.into(),
            etag: short(&validators.etag),
            last_modified: short(&validators.last_modified),
            checked_utc_ms: now.0,
            bytes: bytes.len() as u64,
            crc: checksum(bytes),
        };
        let mut whole = serde_json::to_vec(&head)?;
        whole.push(b'\n');
        whole.extend_from_slice(bytes);
        // One at a time: two sizes of one picture may come at once.
        let mut total = self.lock();
        let path = self.path(url);
        let before = fs::metadata(&path).map_or(0, |m| m.len());
        replace(&path, &whole, Durable::No)?;
        let sum = match *total {
            Some(sum) => sum.saturating_sub(before).saturating_add(whole.len() as u64),
            None => self.files().map(|f| f.bytes).sum(),
        };
        *total = Some(if sum > self.policy.limit_bytes { self.make_room() } else { sum });
        Ok(())
    }

    /// Removes what was not shown for the longest time. Returns what all files take afterwards.
    fn make_room(&self) -> u64 {
        let mut files: Vec<_> = self.files().collect();
        files.sort_by_key(|f| f.used);
        let mut sum: u64 = files.iter().map(|f| f.bytes).sum();
        for file in files {
            if sum <= self.policy.limit_bytes / 100 * LEFT_PERCENT {
                break;
            }
            if fs::remove_file(&file.path).is_ok() {
                sum = sum.saturating_sub(file.bytes);
            }
        }
        sum
    }

    /// Everything of ours in the folder, pieces that were never finished too.
    fn files(&self) -> impl Iterator<Item = OnDisk> {
        fs::read_dir(&self.dir).into_iter().flatten().flatten().filter_map(|entry| {
            let path = entry.path();
            let ours = path.extension().is_some_and(|e| e == ENDING || e == UNFINISHED);
            let about = entry.metadata().ok().filter(|m| ours && m.is_file())?;
            Some(OnDisk { path, bytes: about.len(), used: about.modified().unwrap_or(SystemTime::UNIX_EPOCH) })
        })
    }

    fn path(&self, url: &str) -> PathBuf {
        self.dir.join(format!("{:016x}.{ENDING}", hash(url)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<u64>> {
        // A panic elsewhere leaves a number at worst a little off.
        self.total.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

struct OnDisk {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn note_use(path: &Path) {
    let now = SystemTime::now();
    let noted = fs::metadata(path).and_then(|m| m.modified());
    if noted.is_ok_and(|noted| now.duration_since(noted).is_ok_and(|age| age < USED_STEP)) {
        return;
    }
    let _ = File::options().write(true).open(path).and_then(|file| file.set_times(FileTimes::new().set_modified(now)));
}

fn parse(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let end = bytes.iter().take(HEAD_MAX_BYTES).position(|b| *b == b'\n')?;
    let (head, picture) = bytes.split_at_checked(end)?;
    let picture = picture.get(1..)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let whole = head.layout == LAYOUT && head.bytes == picture.len() as u64 && head.crc == checksum(picture);
    whole.then_some((head, picture))
}

/// FNV-1a. The same in every version of the program, which the standard library's own hash does not promise; the
/// address itself stands in the file.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://tv.example/poster.jpg";

    fn cache(limit_bytes: u64) -> (tempfile::TempDir, PictureCache) {
        let dir = tempfile::tempdir().unwrap();
        let policy = CachePolicy { limit_bytes, ..CachePolicy::default() };
        let cache = PictureCache::new(dir.path().join("pictures"), policy, 1 << 20);
        (dir, cache)
    }

    fn validators() -> Validators {
        Validators { etag: Some("\"a\"".into()), last_modified: None }
    }

    #[test]
    fn what_was_put_comes_back_and_grows_old() {
        let (_dir, cache) = cache(1 << 20);
        assert_eq!(cache.get(URL), None);
        cache.put(URL, b"picture", &validators(), UtcMs(1_000));
        let kept = cache.get(URL).unwrap();
        assert_eq!((kept.bytes.as_slice(), &kept.validators), (&b"picture"[..], &validators()));
        assert!(cache.is_fresh(&kept, UtcMs(1_000)) && cache.is_fresh(&kept, UtcMs(86_400_000)));
        assert!(!cache.is_fresh(&kept, UtcMs(86_401_000)), "a day later");
        assert!(!cache.is_fresh(&kept, UtcMs(0)), "the clock went back");
        cache.forget(URL);
        assert_eq!(cache.get(URL), None);
    }

    #[test]
    fn a_damaged_file_is_dropped() {
        let (_dir, cache) = cache(1 << 20);
        let path = cache.path(URL);
        cache.put(URL, b"picture", &validators(), UtcMs(0));
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        for damaged in [&whole[..whole.len() - 1], &whole[..10], &[], &flipped, &[b'x'; 2 << 20]] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(cache.get(URL), None);
            assert!(!path.exists(), "{} bytes stay", damaged.len());
        }
        cache.put(URL, b"again", &validators(), UtcMs(0));
        assert_eq!(cache.get(URL).unwrap().bytes, b"again");
    }

    #[test]
    fn a_file_of_another_address_is_no_answer() {
        let (_dir, cache) = cache(1 << 20);
        cache.put(URL, b"picture", &validators(), UtcMs(0));
        fs::rename(cache.path(URL), cache.path("http://tv.example/other.jpg")).unwrap();
        assert_eq!(cache.get("http://tv.example/other.jpg"), None);
    }

    #[test]
    fn the_limit_holds_and_what_was_shown_last_stays() {
        let (_dir, cache) = cache(20_000);
        let url = |n: u64| format!("{URL}?{n}");
        for n in 0..15 {
            cache.put(&url(n), &[0; 1_000], &validators(), UtcMs(0));
            let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(n);
            let file = File::options().write(true).open(cache.path(&url(n))).unwrap();
            file.set_times(FileTimes::new().set_modified(long_ago)).unwrap();
        }
        assert!(cache.get(&url(0)).is_some(), "shown again");
        for n in 15..60 {
            cache.put(&url(n), &[0; 1_000], &validators(), UtcMs(0));
            let sum: u64 = cache.files().map(|f| f.bytes).sum();
            assert!(sum <= 20_000, "{sum} bytes after {n}");
            assert_eq!(cache.lock().unwrap(), sum);
            if n == 20 {
                assert!(cache.get(&url(0)).is_some() && cache.get(&url(1)).is_none());
            }
        }
        assert!(cache.get(&url(59)).is_some());
    }

    #[test]
    fn a_disk_that_takes_nothing_is_no_trouble() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pictures"), b"a file where the folder should be").unwrap();
        let cache = PictureCache::new(dir.path().join("pictures"), CachePolicy::default(), 1 << 20);
        cache.put(URL, b"picture", &validators(), UtcMs(0));
        assert_eq!(cache.get(URL), None);
    }
}
