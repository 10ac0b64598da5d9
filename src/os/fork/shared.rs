//! Memory that a child shares with its parent: mappings of files and of other processes' memory (the index of an SQLite
//! database, LMDB, shared rings). A fork leaves them shared, and what a destructor stores there in the copy, believing
//! that it holds the locks, the program would read.
//!
//! Before anything else runs in the child each such mapping that can be written to, or made so, becomes
//! - a private one with the same content at the same place, as long as there is room for that ([`COPY_BYTES_MAX`]);
//! - else one that can only be read. A store ends the child, which says why;
//! - nothing at all where it belongs to a device or to the kernel (rings of io_uring): there reading may do something too.
//!
//! All of it runs after a fork in a process of many threads: nothing is allocated, no lock is taken.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Copied at the most, in all: a copy takes memory that no estimate knows of.
const COPY_BYTES_MAX: usize = 32 << 20;
/// More than a line of `/proc/self/maps` has: a path has at most 4,096 bytes, before its line ends are escaped.
const TEXT_BYTES: usize = 20 << 10;
/// Linux 6.10 and later; the same number everywhere.
const MSEAL: libc::c_long = 462;
/// So many closed mappings are told from others when a store ends the child.
const CLOSED_MAX: usize = 64;

/// A line of `/proc/self/maps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mapping<'a> {
    start: usize,
    bytes: usize,
    /// `PROT_*`.
    access: libc::c_int,
    is_shared: bool,
    /// The path of a file, or what the kernel calls it; empty where it has no name.
    name: &'a [u8],
}

impl<'a> Mapping<'a> {
    /// `7f00-7f10 rw-s 00000000 00:05 17   /dev/zero (deleted)`.
    fn of(line: &'a [u8]) -> Option<Self> {
        let (start, rest) = hex(line, b'-')?;
        let (end, rest) = hex(rest, b' ')?;
        let flag = |at: usize, letter: u8, value| if rest[at] == letter { value } else { 0 };
        if rest.len() < 5 {
            return None;
        }
        let access =
            flag(0, b'r', libc::PROT_READ) | flag(1, b'w', libc::PROT_WRITE) | flag(2, b'x', libc::PROT_EXEC);
        // Offset, device, inode; then the name, which may have spaces.
        let mut name = &rest[5..];
        for _ in 0..3 {
            let end = name.iter().position(|b| *b == b' ').unwrap_or(name.len());
            name = name.get(end + 1..).unwrap_or_default();
        }
        Some(Self {
            start,
            bytes: end.checked_sub(start)?,
            access,
            is_shared: rest[3] == b's',
            name: name.trim_ascii_start(),
        })
    }

    /// Whether it is no plain memory or file: then even to read it may do something.
    fn is_device(&self) -> bool {
        const MEMORY: [&[u8]; 3] = [b"/dev/shm/", b"/dev/zero", b"/dev/hugepages/"];
        const OTHER: [&[u8]; 8] = [
            b"anon_inode:",
            b"socket:",
            b"/dev/",
            b"/dmabuf",
            b"/drm",
            b"/i915",
            b"/sys/",
            b"/proc/",
        ];
        let is = |prefix: &&[u8]| self.name.starts_with(prefix);
        OTHER.iter().any(is) && !MEMORY.iter().any(is)
    }
}

/// A hexadecimal number that ends with `end`, and what follows.
fn hex(text: &[u8], end: u8) -> Option<(usize, &[u8])> {
    let length = text.iter().position(|b| *b == end)?;
    let digits = std::str::from_utf8(&text[..length]).ok()?;
    Some((usize::from_str_radix(digits, 16).ok()?, &text[length + 1..]))
}

/// Lets go of all memory that is shared. Whether that could be done.
pub fn let_go() -> bool {
    // SAFETY: a path that ends with a zero byte; nothing is created.
    let maps = unsafe { libc::open(c"/proc/self/maps".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if maps < 0 {
        return false;
    }
    let is_done = each_line(maps, &mut Room(COPY_BYTES_MAX));
    // SAFETY: a descriptor of ours.
    unsafe { libc::close(maps) };
    is_done
}

/// Bytes that may still be copied.
struct Room(usize);

/// Reads to the end and deals with each mapping as it is read: the kernel goes on behind the address it was at.
fn each_line(maps: libc::c_int, room: &mut Room) -> bool {
    let mut text = [0_u8; TEXT_BYTES];
    let mut held = 0;
    loop {
        let free = &mut text[held..];
        // SAFETY: room for that many bytes.
        let bytes = unsafe { libc::read(maps, free.as_mut_ptr().cast(), free.len()) };
        let Ok(bytes) = usize::try_from(bytes) else {
            return false;
        };
        if bytes == 0 {
            return held == 0;
        }
        held += bytes;
        let mut at = 0;
        while let Some(length) = text[at..held].iter().position(|b| *b == b'\n') {
            let is_safe = Mapping::of(&text[at..at + length]).is_some_and(|mapping| cut(&mapping, room));
            if !is_safe {
                return false;
            }
            at += length + 1;
        }
        text.copy_within(at..held, 0);
        held -= at;
    }
}

/// Makes a mapping one that no store reaches the parent through. Whether it is.
fn cut(mapping: &Mapping, room: &mut Room) -> bool {
    if !mapping.is_shared {
        return true;
    }
    if mapping.is_device() {
        return cover(mapping);
    }
    let is_writable = mapping.access & libc::PROT_WRITE != 0;
    // What the file was not opened for cannot be had later either.
    if !is_writable && !protect(mapping, mapping.access | libc::PROT_WRITE) {
        return true;
    }
    if mapping.bytes <= room.0 && copy(mapping) {
        room.0 -= mapping.bytes;
        return true;
    }
    close_to_stores(mapping) || cover(mapping)
}

/// Changes what may be done with a mapping.
fn protect(mapping: &Mapping, access: libc::c_int) -> bool {
    // SAFETY: whole pages that were mapped a moment ago; nobody else runs here.
    unsafe { libc::mprotect(mapping.start as *mut libc::c_void, mapping.bytes, access) == 0 }
}

/// Leaves it readable, for good where the kernel can promise that.
fn close_to_stores(mapping: &Mapping) -> bool {
    if !protect(mapping, mapping.access & !libc::PROT_WRITE) {
        return false;
    }
    // SAFETY: numbers only. Older kernels refuse.
    unsafe { libc::syscall(MSEAL, mapping.start, mapping.bytes, 0) };
    note(mapping);
    true
}

/// Puts memory in its place that nobody may touch.
fn cover(mapping: &Mapping) -> bool {
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
    let place = mapping.start as *mut libc::c_void;
    // SAFETY: takes the place of a mapping that is not to be used any more. Who does so all the same ends the process.
    let placed = unsafe { libc::mmap(place, mapping.bytes, libc::PROT_NONE, kind, -1, 0) };
    note(mapping);
    placed == place
}

/// Puts private memory with the same content in its place, at once.
fn copy(mapping: &Mapping) -> bool {
    let is_readable = mapping.access & libc::PROT_READ != 0;
    if !is_readable && !protect(mapping, libc::PROT_READ) {
        return false;
    }
    let both = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: new memory at a place of the system's choice.
    let new = unsafe { libc::mmap(std::ptr::null_mut(), mapping.bytes, both, kind, -1, 0) };
    if new == libc::MAP_FAILED {
        return false;
    }
    let own = Mapping {
        start: new as usize,
        ..*mapping
    };
    fill(&own, mapping.start);
    if protect(&own, mapping.access) {
        let how = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        let place = mapping.start as *mut libc::c_void;
        // SAFETY: memory of ours, which nobody else refers to, takes the place of a mapping of the same length.
        if unsafe { libc::mremap(new, mapping.bytes, mapping.bytes, how, place) } == place {
            return true;
        }
    }
    // SAFETY: memory of ours, as above.
    unsafe { libc::munmap(new, mapping.bytes) };
    false
}

/// Copies what can be read. The kernel copies: behind the end of a file that was cut short a load would end the process.
fn fill(own: &Mapping, from: usize) {
    // SAFETY: asks for a number.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(1) as usize;
    // SAFETY: asks for a number.
    let pid = unsafe { libc::getpid() };
    let mut at = 0;
    while at < own.bytes {
        let into = libc::iovec {
            iov_base: (own.start + at) as *mut libc::c_void,
            iov_len: own.bytes - at,
        };
        let source = libc::iovec {
            iov_base: (from + at) as *mut libc::c_void,
            ..into
        };
        // SAFETY: two ranges of this process's, of which the kernel checks each page.
        let copied = unsafe { libc::process_vm_readv(pid, &raw const into, 1, &raw const source, 1, 0) };
        match usize::try_from(copied) {
            Ok(bytes) if bytes > 0 => at += bytes,
            _ if std::io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT) => {
                // Nothing there that could be read: the rest of this page stays zero.
                at += page_bytes - at % page_bytes;
            }
            _ => {
                // Forbidden by a filter of system calls. A page that cannot be read ends the process here.
                // SAFETY: both are mapped for that length, and do not overlap.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        source.iov_base as *const u8,
                        into.iov_base.cast(),
                        into.iov_len,
                    );
                }
                return;
            }
        }
    }
}

/// Where the mappings are that were closed: start and end of each. Written before anything else runs, by the one thread.
static CLOSED: [AtomicUsize; 2 * CLOSED_MAX] = [const { AtomicUsize::new(0) }; 2 * CLOSED_MAX];

fn note(mapping: &Mapping) {
    for pair in CLOSED.chunks_exact(2) {
        if pair[1].load(Ordering::Relaxed) == 0 {
            pair[0].store(mapping.start, Ordering::Relaxed);
            pair[1].store(mapping.start + mapping.bytes, Ordering::Relaxed);
            return;
        }
    }
}

/// Whether an address is in a mapping that was closed. For the handler of a signal.
pub fn is_closed(address: usize) -> bool {
    CLOSED
        .chunks_exact(2)
        .any(|pair| (pair[0].load(Ordering::Relaxed)..pair[1].load(Ordering::Relaxed)).contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn lines_are_read_with_what_may_be_done_and_their_names() {
        let line = b"7f00-8f10 rw-s 00001000 00:05 17                         /a folder/b (deleted)";
        let mapping = Mapping::of(line).unwrap();
        assert_eq!((mapping.start, mapping.bytes), (0x7f00, 0x1010));
        assert_eq!(mapping.access, libc::PROT_READ | libc::PROT_WRITE);
        assert_eq!(
            (mapping.is_shared, mapping.name),
            (true, &b"/a folder/b (deleted)"[..])
        );
        let bare = Mapping::of(b"1000-2000 ---p 00000000 00:00 0 ").unwrap();
        assert_eq!((bare.access, bare.is_shared, bare.name), (0, false, &b""[..]));
        assert_eq!(Mapping::of(b"no mapping"), None);
        assert_eq!(Mapping::of(b"1000-2000 rw"), None);
    }

    #[test]
    fn rings_of_the_kernel_and_devices_are_told_from_memory_and_files() {
        let is_device = |name: &str| {
            let line = format!("1000-2000 rw-s 00000000 00:05 17      {name}");
            Mapping::of(line.as_bytes()).unwrap().is_device()
        };
        for name in [
            "anon_inode:[io_uring]",
            "/dev/nvidia0",
            "/dev/dri/card0",
            "/dmabuf:",
            "socket:[4]",
        ] {
            assert!(is_device(name), "{name}");
        }
        for name in [
            "",
            "/dev/zero (deleted)",
            "/dev/shm/x",
            "/memfd:x (deleted)",
            "/SYSV00000000 (deleted)",
            "/a.db-shm",
        ] {
            assert!(!is_device(name), "{name}");
        }
    }

    fn shared(bytes: usize, access: libc::c_int, fd: i32) -> *mut u8 {
        let kind = libc::MAP_SHARED | if fd < 0 { libc::MAP_ANONYMOUS } else { 0 };
        // SAFETY: new memory at a place of the system's choice.
        let place = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, kind, fd, 0) };
        assert_ne!(place, libc::MAP_FAILED);
        place.cast()
    }

    const BOTH: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;

    /// How a copy ends that lets go and then does `work`: its exit code, or a signal's number below zero.
    fn ends_with(work: impl Fn() -> i32) -> i32 {
        // SAFETY: the child makes system calls, touches memory of the test's and ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: a number. A child that hangs is ended by a signal that no test expects.
            unsafe { libc::alarm(60) };
            let code = if let_go() { work() } else { 99 };
            // SAFETY: ends the process.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: room for a status; a child of ours.
        while unsafe { libc::waitpid(pid, &raw mut status, 0) } != pid {}
        if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            -libc::WTERMSIG(status)
        }
    }

    fn read(place: *mut u8) -> u8 {
        // SAFETY: memory of the test's.
        unsafe { place.read_volatile() }
    }

    fn write(place: *mut u8, value: u8) {
        // SAFETY: memory of the test's.
        unsafe { place.write_volatile(value) };
    }

    fn at(place: *mut u8, bytes: usize) -> *mut u8 {
        // SAFETY: within the memory of the test's.
        unsafe { place.add(bytes) }
    }

    #[test]
    fn a_copy_reads_what_was_there_and_its_stores_stay_its_own() {
        let place = shared(3 * 4096, BOTH, -1);
        write(at(place, 4096), 7);
        let code = ends_with(|| {
            let found = read(at(place, 4096));
            write(at(place, 4096), 9);
            write(place, 9);
            i32::from(found == 7 && read(place) == 9) - 1
        });
        assert_eq!((code, read(place), read(at(place, 4096))), (0, 0, 7));
    }

    fn file(name: &str, bytes: u64) -> std::fs::File {
        let path = std::env::temp_dir().join(format!("leakguard-shared-{}-{name}", std::process::id()));
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .unwrap();
        std::fs::remove_file(path).unwrap();
        file.set_len(bytes).unwrap();
        file
    }

    #[test]
    fn a_file_that_is_shorter_than_its_mapping_is_copied_as_far_as_it_goes() {
        let file = file("short", 4096 + 100);
        let place = shared(8 * 4096, BOTH, file.as_raw_fd());
        write(at(place, 4096), 7);
        let code = ends_with(|| {
            write(at(place, 4096), 9);
            i32::from(read(at(place, 5 * 4096)))
        });
        assert_eq!((code, read(at(place, 4096))), (0, 7));
    }

    #[test]
    fn what_could_be_made_writable_is_private_too_and_what_could_not_stays() {
        let file = file("read", 4096);
        let place = shared(4096, libc::PROT_READ, file.as_raw_fd());
        let exe = std::fs::File::open("/proc/self/exe").unwrap();
        let other = shared(4096, libc::PROT_READ, exe.as_raw_fd());
        let code = ends_with(|| {
            let make = |place: *mut u8| {
                // SAFETY: a page of the test's.
                unsafe { libc::mprotect(place.cast(), 4096, BOTH) }
            };
            if make(place) != 0 || make(other) == 0 {
                return 1;
            }
            write(place, 9);
            i32::from(read(other)) - 0x7f
        });
        assert_eq!((code, read(place)), (0, 0));
    }

    #[test]
    fn beyond_the_room_a_mapping_can_be_read_and_a_store_ends_the_copy() {
        let place = shared(COPY_BYTES_MAX + 4096, BOTH, -1);
        write(place, 7);
        assert_eq!(ends_with(|| i32::from(read(place))), 7);
        let code = ends_with(|| {
            if !is_closed(place as usize) || is_closed(&raw const place as usize) {
                return 1;
            }
            write(place, 9);
            0
        });
        assert_eq!((code, read(place)), (-libc::SIGSEGV, 7));
    }
}
