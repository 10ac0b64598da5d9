//! What is read may be no file: a FIFO that nobody writes to yet, a terminal, a pipe, a socket. A read of these waits a
//! moment at most, so that who reads can change his mind.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// So long a read waits. After that it says [`std::io::ErrorKind::WouldBlock`], and may be tried again.
#[cfg(unix)]
const WAIT_MS: libc::c_int = 50;

/// An open source.
#[derive(Debug)]
pub struct Source {
    file: File,
    /// Of a regular file, which never lets its reader wait.
    pub size_bytes: Option<u64>,
}

/// Opens a path. Waits for nobody: not for a FIFO's writer either.
///
/// # Errors
/// Those of the system.
pub fn open(path: &Path) -> std::io::Result<Source> {
    let file = super::files::above_stdio(open_at_once(path)?)?;
    let metadata = file.metadata()?;
    let size_bytes = metadata.is_file().then_some(metadata.len());
    Ok(Source { file, size_bytes })
}

#[cfg(unix)]
fn open_at_once(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let opened = File::options().read(true).custom_flags(flags).open(path);
    match opened {
        // A socket has no second opening; where it is one of ours it has a second descriptor.
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => match own_descriptor(path) {
            Some(fd) => super::files::duplicate(fd),
            None => Err(error),
        },
        opened => opened,
    }
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn own_descriptor(path: &Path) -> Option<i32> {
    if path == Path::new("/dev/stdin") {
        return Some(0);
    }
    let folder = path.parent()?;
    let is_own = folder == Path::new("/dev/fd") || folder == Path::new("/proc/self/fd");
    path.file_name()?.to_str()?.parse().ok().filter(|_| is_own)
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.size_bytes.is_none() {
            self.wait()?;
        }
        self.file.read(into)
    }
}

impl Source {
    #[cfg(unix)]
    fn wait(&self) -> std::io::Result<()> {
        use std::os::fd::AsRawFd;
        let mut ask = libc::pollfd {
            fd: self.file.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one descriptor that is open, one struct.
        match unsafe { libc::poll(&raw mut ask, 1, WAIT_MS) } {
            0 => Err(std::io::ErrorKind::WouldBlock.into()),
            // What stands in the way the read tells.
            _ => Ok(()),
        }
    }

    #[cfg(not(unix))]
    fn wait(&self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{ErrorKind, Write};

    #[test]
    fn a_file_is_read_and_its_size_known() {
        let path = std::env::temp_dir().join(format!("leakguard-source-{}", std::process::id()));
        std::fs::write(&path, "seven b").unwrap();
        let mut source = open(&path).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!((text.as_str(), source.size_bytes), ("seven b", Some(7)));
    }

    #[test]
    fn a_fifo_without_a_writer_keeps_nobody_waiting_and_ends_with_its_writer() {
        let path = std::env::temp_dir().join(format!("leakguard-fifo-{}", std::process::id()));
        let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: a path that ends with a zero byte.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let mut source = open(&path).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(source.read(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
        let mut writer = File::options().write(true).open(&path).unwrap();
        assert_eq!(source.read(&mut bytes).unwrap_err().kind(), ErrorKind::WouldBlock);
        writer.write_all(b"four").unwrap();
        assert_eq!(source.read(&mut bytes).unwrap(), 4);
        drop(writer);
        assert_eq!(source.read(&mut bytes).unwrap(), 0);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn descriptors_of_this_process_are_known_by_their_paths() {
        let of = |path: &str| own_descriptor(Path::new(path));
        assert_eq!(
            [of("/dev/stdin"), of("/dev/fd/4"), of("/proc/self/fd/17")],
            [Some(0), Some(4), Some(17)]
        );
        assert_eq!([of("/dev/null"), of("/tmp/3"), of("/dev/fd/x")], [None; 3]);
    }
}
