//! Files of the system that are read while the program runs. A descriptor of ours is never 0, 1 or 2, is closed in
//! programs that are started, and one that is kept is looked at before each use: its number may be somebody else's by now.
//! Knows descriptors, not what the files say.

use std::fs::File;
use std::io::{Error, Read, Result};
use std::path::Path;

/// The first descriptor that is not one of stdin, stdout, stderr.
pub const ABOVE_STDIO: i32 = 3;

/// Opens a file for reading.
///
/// # Errors
/// Those of the system.
pub fn open(path: &Path) -> Result<File> {
    above_stdio(File::open(path)?)
}

/// The same open file under a number above those of stdio: where the program has closed one of them, the system hands
/// out its number next.
///
/// # Errors
/// Those of the system: there are too many descriptors.
#[cfg(unix)]
pub fn above_stdio(file: File) -> Result<File> {
    use std::os::fd::AsRawFd;
    match file.as_raw_fd() {
        fd if fd < ABOVE_STDIO => duplicate(fd),
        _ => Ok(file),
    }
}

/// Elsewhere descriptors are no numbers that somebody else could take for stdio.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn above_stdio(file: File) -> Result<File> {
    Ok(file)
}

/// A second descriptor for the same open file. The first may be closed meanwhile.
///
/// # Errors
/// Those of the system: it is not open, or there are too many.
#[cfg(unix)]
pub fn duplicate(fd: i32) -> Result<File> {
    use std::os::fd::FromRawFd;
    // SAFETY: numbers only.
    let second = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, ABOVE_STDIO) };
    if second < 0 {
        return Err(Error::last_os_error());
    }
    // SAFETY: the call gave this descriptor, and nobody else knows it.
    Ok(unsafe { File::from_raw_fd(second) })
}

/// A second descriptor for the same open file.
///
/// # Errors
/// Always: only forked captures ask, and there are none here.
#[cfg(not(unix))]
pub fn duplicate(_fd: i32) -> Result<File> {
    Err(Error::from(std::io::ErrorKind::Unsupported))
}

/// What a file says.
///
/// # Errors
/// Those of the system; text that is not UTF-8.
pub fn read_to_string(path: &Path) -> Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Whether stdin, stdout and stderr are all open. Where one is not, what is opened next gets its number. 0.3 µs.
#[cfg(unix)]
pub fn is_stdio_open() -> bool {
    // SAFETY: numbers only.
    (0..ABOVE_STDIO).all(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } >= 0)
}

/// Whether stdin, stdout and stderr are all open: this system does not give their numbers to others.
#[cfg(not(unix))]
pub fn is_stdio_open() -> bool {
    true
}

#[cfg(target_os = "linux")]
pub use kept::Kept;

#[cfg(target_os = "linux")]
mod kept {
    use std::mem::MaybeUninit;
    use std::os::fd::IntoRawFd;
    use std::path::Path;

    use parking_lot::Mutex;

    use super::open;

    /// A descriptor and what it led to when it was opened.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Known {
        fd: i32,
        device: u64,
        inode: u64,
    }

    /// A file that is opened once and read again and again, also when no descriptor is left. A program that closes all
    /// descriptors closes this one too, and may get its number for something of its own: then it is left to the
    /// program, unread and unclosed, and the file is opened anew.
    #[derive(Debug)]
    pub struct Kept {
        path: &'static str,
        known: Mutex<Option<Known>>,
    }

    impl Kept {
        /// Opened by the first reading.
        pub const fn new(path: &'static str) -> Self {
            Self {
                path,
                known: Mutex::new(None),
            }
        }

        /// What the file says now, as much as there is room for; `None` where it cannot be read.
        pub fn read<'a>(&self, room: &'a mut [u8]) -> Option<&'a [u8]> {
            let mut known = self.known.lock();
            let is_ours = known.is_some_and(|known| look(known.fd) == Some(known));
            if !is_ours {
                *known = open(Path::new(self.path))
                    .ok()
                    .and_then(|file| look(file.into_raw_fd()));
            }
            let fd = (*known)?.fd;
            // SAFETY: `room` has that many bytes, and the call keeps no pointer.
            let count = unsafe { libc::pread(fd, room.as_mut_ptr().cast(), room.len(), 0) };
            room.get(..usize::try_from(count).ok()?)
        }

        /// Whether this number is that of the descriptor that is kept.
        pub fn is(&self, fd: i32) -> bool {
            self.known.lock().is_some_and(|known| known.fd == fd)
        }
    }

    /// What a descriptor leads to; `None` where it is not open.
    fn look(fd: i32) -> Option<Known> {
        let mut stat = MaybeUninit::<libc::stat>::zeroed();
        // SAFETY: `stat` is large enough for the call to fill, and no pointer is kept.
        let failed = unsafe { libc::fstat(fd, stat.as_mut_ptr()) };
        // SAFETY: all-zero bytes are a valid stat, whatever fstat filled of it.
        let stat = unsafe { stat.assume_init() };
        (failed == 0).then_some(Known {
            fd,
            device: stat.st_dev,
            inode: stat.st_ino,
        })
    }

    #[cfg(test)]
    mod tests {
        use std::fs::File;
        use std::os::fd::AsRawFd;

        use super::*;

        static SELF: Kept = Kept::new("/proc/self/statm");

        #[test]
        fn what_is_kept_is_left_alone_once_its_number_is_somebody_elses() {
            let mut room = [0; 64];
            assert!(SELF.read(&mut room).is_some_and(|text| !text.is_empty()));
            let first = (*SELF.known.lock()).unwrap();
            assert!(first.fd >= super::super::ABOVE_STDIO);
            let path = std::env::temp_dir().join(format!("leakguard-kept-{}", std::process::id()));
            std::fs::write(&path, "not ours").unwrap();
            let other = File::open(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            // As a program that closes all descriptors and opens its own.
            // SAFETY: numbers only; the first becomes a descriptor of this test's file.
            assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), first.fd) }, first.fd);
            assert!(SELF.read(&mut room).is_some_and(|text| text != b"not ours"));
            assert_ne!((*SELF.known.lock()).unwrap().fd, first.fd);
            assert!(look(first.fd).is_some(), "it has not been closed");
            // SAFETY: numbers only; nobody else uses it.
            unsafe { libc::close(first.fd) };
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn what_is_opened_stands_above_stdio() {
        let file = open(Path::new("/dev/null")).unwrap();
        assert!(file.as_raw_fd() >= ABOVE_STDIO);
        assert!(duplicate(file.as_raw_fd()).unwrap().as_raw_fd() >= ABOVE_STDIO);
        assert!(is_stdio_open());
    }
}
