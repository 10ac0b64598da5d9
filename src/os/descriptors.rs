//! Open file descriptors of this process: how many, of what kind, and what one of them points at.

use std::collections::BTreeMap;
#[cfg(unix)]
use std::os::fd::IntoRawFd;
#[cfg(unix)]
use std::path::PathBuf;

/// Open descriptors by kind (`file`, `socket`, `pipe`, `device`, `anon_inode:…`), and how many there are in all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Descriptors {
    /// Number by kind.
    pub by_kind: BTreeMap<String, u32>,
    /// Number of all.
    pub total: u32,
    /// What the descriptors asked for point at, as [`identity`] tells; 0 where one is not open.
    pub identities: Vec<f64>,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const DIRECTORY: &str = "/proc/self/fd";
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const DIRECTORY: &str = "/dev/fd";

/// Counts open descriptors and tells what those `asked` for point at. `None` where the system does not tell
/// (Windows, or no /proc). One system call a descriptor: 1-2 µs each on Linux.
#[cfg(unix)]
pub fn scan(asked: &[i32]) -> Option<Descriptors> {
    let mut seen = Descriptors {
        identities: vec![0.0; asked.len()],
        ..Descriptors::default()
    };
    let listing = Listing::open()?;
    while let Some(fd) = listing.next() {
        // What is kept for reading memory is not the program's.
        if super::memory::is_ours(fd) {
            continue;
        }
        let Some(target) = target_of(fd) else { continue };
        // Nor is a listing, of this thread or another.
        if target.starts_with("/proc/") && target.ends_with("/fd") {
            continue;
        }
        match seen.by_kind.get_mut(kind_of(&target)) {
            Some(count) => *count += 1,
            None => _ = seen.by_kind.insert(kind_of(&target).to_owned(), 1),
        }
        seen.total += 1;
        for (place, _) in asked.iter().enumerate().filter(|(_, other)| **other == fd) {
            seen.identities[place] = identity(&target);
        }
    }
    Some(seen)
}

/// The folder of descriptors, open above those of stdio.
#[cfg(unix)]
struct Listing(*mut libc::DIR);

#[cfg(unix)]
impl Listing {
    fn open() -> Option<Self> {
        let fd = super::files::open(std::path::Path::new(DIRECTORY))
            .ok()?
            .into_raw_fd();
        // SAFETY: the descriptor is open and ours; from here on it is the listing's.
        let folder = unsafe { libc::fdopendir(fd) };
        if folder.is_null() {
            // SAFETY: the listing did not take it, and nobody else knows it.
            unsafe { libc::close(fd) };
            return None;
        }
        Some(Self(folder))
    }

    /// The next number; names that are none are passed over.
    fn next(&self) -> Option<i32> {
        loop {
            // SAFETY: the folder is open until this is dropped, and is read by one thread.
            let entry = unsafe { libc::readdir(self.0) };
            // SAFETY: null or an entry, which is good until the next call.
            let entry = unsafe { entry.as_ref() }?;
            // SAFETY: the system ends names with a zero byte.
            let name = unsafe { std::ffi::CStr::from_ptr(entry.d_name.as_ptr()) };
            if let Some(fd) = name.to_str().ok().and_then(|name| name.parse().ok()) {
                return Some(fd);
            }
        }
    }
}

#[cfg(unix)]
impl Drop for Listing {
    fn drop(&mut self) {
        // SAFETY: opened by `open`, closed here once.
        unsafe { libc::closedir(self.0) };
    }
}

/// Counts open descriptors. `None`: this system does not tell.
#[cfg(not(unix))]
pub fn scan(_asked: &[i32]) -> Option<Descriptors> {
    None
}

/// A number that stands for what a descriptor points at: 52 bits of its hash, never 0.
pub fn identity(target: &str) -> f64 {
    let hash = crate::fnv::extend(crate::fnv::START, target.bytes());
    ((hash >> 12) | 1) as f64
}

/// What a descriptor points at: a path, or `socket:[inode]` and the like. `None` when it is not open.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn target_of(fd: i32) -> Option<String> {
    let path: PathBuf = std::fs::read_link(format!("{DIRECTORY}/{fd}")).ok()?;
    let target = path.to_string_lossy();
    // An open file that was unlinked is still the same open file.
    Some(target.strip_suffix(" (deleted)").unwrap_or(&target).to_owned())
}

/// What a descriptor points at: here the kind and the inode. `None` when it is not open.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub fn target_of(fd: i32) -> Option<String> {
    let stat = status(fd)?;
    let kind = match stat.st_mode & libc::S_IFMT {
        libc::S_IFSOCK => "socket",
        libc::S_IFIFO => "pipe",
        libc::S_IFCHR => "/dev/",
        _ => "/",
    };
    Some(format!("{kind}:[{}:{}]", stat.st_dev, stat.st_ino))
}

/// What a descriptor points at. `None`: this system does not tell.
#[cfg(not(unix))]
pub fn target_of(_fd: i32) -> Option<String> {
    None
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn status(fd: i32) -> Option<libc::stat> {
    let mut stat = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: `stat` is large enough for the call to fill, and no pointer is kept.
    let failed = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
    // SAFETY: fstat filled it; all-zero bytes are a valid stat even if it did not fill all of it.
    (failed == 0).then(|| unsafe { stat.assume_init() })
}

/// The kind of what a descriptor points at.
pub fn kind_of(target: &str) -> &str {
    if target.starts_with("/dev/") && !target.starts_with("/dev/shm/") {
        "device"
    } else if target.starts_with('/') {
        "file"
    } else if target.starts_with("anon_inode:") {
        target
    } else {
        target.split_once(":[").map_or(target, |(kind, _)| kind)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn an_open_file_is_counted_and_named() {
        let path = std::env::temp_dir().join(format!("leakguard-fd-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        let fd = file.as_raw_fd();
        assert_eq!(target_of(fd).unwrap(), path.to_string_lossy());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            target_of(fd).unwrap(),
            path.to_string_lossy(),
            "it is open, though unlinked"
        );
        let seen = scan(&[fd, 1_000_000]).unwrap();
        assert!(seen.by_kind["file"] >= 1);
        assert_eq!(seen.identities, [identity(&path.to_string_lossy()), 0.0]);
        drop(file);
    }

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(kind_of("socket:[123]"), "socket");
        assert_eq!(kind_of("anon_inode:[eventpoll]"), "anon_inode:[eventpoll]");
        assert_eq!(kind_of("/tmp/x"), "file");
        assert_eq!(kind_of("/dev/null"), "device");
    }
}
