//! Memory that a fork leaves out: V8 marks its heap so (`MADV_DONTFORK`), since who starts a program needs none of it.
//!
//! Which memory is marked only `/proc/self/smaps` tells, and there the kernel counts pages for it: some 50 ms for a GB.
//! So it is read beforehand, by a thread that nobody waits for. For the fork all marks are taken off, of memory that has
//! been mapped since then as well; only those that were read are put back.
//!
//! A mark is taken off for the fork and put back after it. Another thread may give such memory back meanwhile, and the
//! system may hand the same addresses to somebody else, who needs them in programs that he starts. So what is put back
//! is looked up anew first, and looked at once more afterwards; what has changed stays without its mark, which costs the
//! next fork a little time and nothing else.

use std::io::Read;

/// Private memory without a file, as `/proc/self/maps` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Region {
    start: usize,
    end: usize,
    /// `rw-p` and the like.
    access: [u8; 4],
}

/// What was marked when it was read, in order.
pub struct Regions {
    marked: Vec<Region>,
}

impl Regions {
    /// Reads which memory is marked.
    pub fn read() -> std::io::Result<Self> {
        Ok(Self::of(&read_whole("/proc/self/smaps")?))
    }

    /// The regions of an `smaps`: those whose flags have `dc`, "do not copy on fork", are marked.
    fn of(smaps: &[u8]) -> Self {
        let mut marked = Vec::new();
        let mut current = None;
        for line in smaps.split(|&b| b == b'\n') {
            match line.first() {
                Some(b'0'..=b'9' | b'a'..=b'f') => current = anonymous(line),
                Some(b'V') if line.starts_with(b"VmFlags:") => {
                    let is_marked = line[8..].split(|&b| b == b' ').any(|flag| flag == b"dc");
                    marked.extend(current.take().filter(|_| is_marked));
                }
                _ => {}
            }
        }
        Self { marked }
    }

    /// Has the next fork take along all private memory, whether it was marked when this was read or not: what was free
    /// then may be V8's by now, at the same place. A millisecond or two.
    pub fn include(&self) -> std::io::Result<()> {
        for region in &mapped()? {
            if let Err(error) = advise(region, libc::MADV_DOFORK) {
                // Gone meanwhile, or the kernel's own: then there is nothing to take along.
                if matches!(error.raw_os_error(), Some(libc::ENOMEM | libc::EINVAL)) {
                    continue;
                }
                self.exclude();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Marks again what was marked and is still what it was: of a region of which a part has changed, the rest. V8
    /// reserves half a gigabyte for code in one piece, and makes a page of it usable whenever it compiles something.
    pub fn exclude(&self) {
        let Ok(now) = mapped() else { return };
        let same: Vec<Region> = self
            .marked
            .iter()
            .flat_map(|region| unchanged(&now, *region))
            .collect();
        for region in &same {
            let _ = advise(region, libc::MADV_DONTFORK);
        }
        let Ok(after) = mapped() else {
            // Not to be told: then the mark is not to stand.
            same.iter()
                .for_each(|region| _ = advise(region, libc::MADV_DOFORK));
            return;
        };
        for region in same.iter().filter(|region| !covers(&after, region)) {
            let _ = advise(region, libc::MADV_DOFORK);
        }
    }
}

/// Sets a mark or takes it off; changes no content.
fn advise(region: &Region, advice: libc::c_int) -> std::io::Result<()> {
    let length = region.end - region.start;
    // SAFETY: these two pieces of advice change what a fork does and no byte; addresses that are not mapped are refused.
    match unsafe { libc::madvise(region.start as *mut libc::c_void, length, advice) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// The parts of a region that are mapped as they were. `now` is in order.
fn unchanged(now: &[Region], region: Region) -> impl Iterator<Item = Region> {
    let first = now.partition_point(|other| other.end <= region.start);
    now[first..]
        .iter()
        .take_while(move |other| other.start < region.end)
        .filter(move |other| other.access == region.access)
        .map(move |other| Region {
            start: other.start.max(region.start),
            end: other.end.min(region.end),
            access: region.access,
        })
}

/// Whether all of a region is mapped as it was. `now` is in order.
fn covers(now: &[Region], region: &Region) -> bool {
    let first = now.partition_point(|other| other.end <= region.start);
    let mut at = region.start;
    for other in &now[first..] {
        if at >= region.end {
            break;
        }
        if other.start > at || other.access != region.access {
            return false;
        }
        at = other.end;
    }
    at >= region.end
}

/// All private memory without a file.
fn mapped() -> std::io::Result<Vec<Region>> {
    let text = read_whole("/proc/self/maps")?;
    Ok(text.split(|&b| b == b'\n').filter_map(anonymous).collect())
}

fn read_whole(path: &str) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(1 << 20);
    std::fs::File::open(path)?.read_to_end(&mut text)?;
    Ok(text)
}

/// `7f00-7f10 rw-p 00000000 00:00 0 [name]`; `None` for what is shared or has a file.
fn anonymous(line: &[u8]) -> Option<Region> {
    let text = std::str::from_utf8(line).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let access: [u8; 4] = words.next()?.as_bytes().try_into().ok()?;
    let inode = words.nth(2)?;
    if access[3] != b'p' || inode != "0" {
        return None;
    }
    Some(Region {
        start: usize::from_str_radix(start, 16).ok()?,
        end: usize::from_str_radix(end, 16).ok()?,
        access,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
1000-3000 rw-p 00000000 00:00 0 
Size:                  8 kB
VmFlags: rd wr mr mw me dc ac 
3000-4000 rw-p 00000000 00:00 0 [heap]
VmFlags: rd wr mr mw me ac 
5000-6000 r-xp 00000000 08:01 7 /usr/lib/libdc.so
VmFlags: rd ex dc 
7000-8000 rw-s 00000000 00:00 0 
VmFlags: rd dc 
";

    fn region(start: usize, end: usize) -> Region {
        Region {
            start,
            end,
            access: *b"rw-p",
        }
    }

    #[test]
    fn marked_private_memory_is_found_and_nothing_else() {
        let regions = Regions::of(SMAPS.as_bytes());
        assert_eq!(regions.marked, [region(0x1000, 0x3000)]);
    }

    #[test]
    fn a_region_is_the_same_only_where_all_of_it_is_mapped_alike() {
        let now = [
            region(0x1000, 0x2000),
            region(0x2000, 0x4000),
            region(0x5000, 0x6000),
        ];
        assert!(covers(&now, &region(0x1000, 0x3000)));
        assert!(covers(&now, &region(0x2000, 0x4000)));
        assert!(!covers(&now, &region(0x3000, 0x5000)));
        assert!(!covers(&now, &region(0x5000, 0x7000)));
        assert!(!covers(&now, &region(0x8000, 0x9000)));
        let other = Region {
            access: *b"r--p",
            ..region(0x1000, 0x2000)
        };
        assert!(!covers(&now, &other));
    }

    #[test]
    fn of_a_region_that_has_changed_in_part_the_rest_is_unchanged() {
        let other = Region {
            access: *b"r--p",
            ..region(0x3000, 0x4000)
        };
        let now = [region(0x1000, 0x3000), other, region(0x5000, 0x9000)];
        let parts = |start, end| unchanged(&now, region(start, end)).collect::<Vec<_>>();
        assert_eq!(
            parts(0x2000, 0x8000),
            [region(0x2000, 0x3000), region(0x5000, 0x8000)]
        );
        assert_eq!(parts(0x5000, 0x9000), [region(0x5000, 0x9000)]);
        assert_eq!(parts(0x3000, 0x5000), []);
        assert_eq!(parts(0x9000, 0xa000), []);
    }

    /// The marks are those of the whole process, which tests share.
    static ONE_AT_A_TIME: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

    fn mapping(bytes: usize) -> Region {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: new memory at a place of the system's choice.
        let place = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, kind, -1, 0) };
        assert_ne!(place, libc::MAP_FAILED);
        region(place as usize, place as usize + bytes)
    }

    fn unmap(region: &Region) {
        // SAFETY: a test's own memory, which nobody refers to.
        unsafe { libc::munmap(region.start as *mut libc::c_void, region.end - region.start) };
    }

    #[test]
    fn marks_are_taken_off_and_put_back_and_not_where_memory_is_gone() {
        let _turn = ONE_AT_A_TIME.lock();
        let bytes = 64 * 4096;
        let own = mapping(bytes);
        advise(&own, libc::MADV_DONTFORK).unwrap();
        let marks = |regions: &Regions| {
            let has = |r: &&Region| r.start < own.end && own.start < r.end;
            regions
                .marked
                .iter()
                .filter(has)
                .map(|r| r.end - r.start)
                .sum::<usize>()
        };
        let regions = Regions::read().unwrap();
        assert_eq!(marks(&regions), bytes);
        regions.include().unwrap();
        assert_eq!(marks(&Regions::read().unwrap()), 0);
        regions.exclude();
        assert_eq!(marks(&Regions::read().unwrap()), bytes);
        regions.include().unwrap();
        unmap(&region(own.start, own.start + 4096));
        regions.exclude();
        assert_eq!(marks(&Regions::read().unwrap()), bytes - 4096);
        unmap(&own);
    }

    #[test]
    fn what_came_after_the_reading_is_taken_along() {
        let _turn = ONE_AT_A_TIME.lock();
        let regions = Regions::read().unwrap();
        let late = mapping(64 * 4096);
        advise(&late, libc::MADV_DONTFORK).unwrap();
        regions.include().unwrap();
        let now = Regions::read().unwrap();
        assert!(!covers(&now.marked, &late));
        regions.exclude();
        unmap(&late);
    }
}
