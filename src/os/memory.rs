//! How much memory this process has, and may still take: what the machine has, and what its control groups allow. And
//! how it gives some back.

#[cfg(target_os = "linux")]
use std::path::Path;

#[cfg(target_os = "linux")]
use super::files::{self, Kept};
#[cfg(target_os = "linux")]
use super::groups::folders;

/// Pages of this process. Copies and other programs that it starts do not get the descriptor.
#[cfg(target_os = "linux")]
static PAGES: Kept = Kept::new("/proc/self/statm");

/// Bytes of this process that stand in memory, read over a descriptor that is kept: also where no other can be had.
/// 2 µs. `None` where it cannot be read.
#[cfg(target_os = "linux")]
pub fn rss() -> Option<u64> {
    let mut room = [0; 128];
    let text = std::str::from_utf8(PAGES.read(&mut room)?).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: a number in, a number out.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Some(pages * u64::try_from(page_bytes).ok()?)
}

/// Bytes of this process that stand in memory. `None`: this system is asked by Node.
#[cfg(not(target_os = "linux"))]
pub fn rss() -> Option<u64> {
    None
}

/// Whether a descriptor is one that is kept here.
#[cfg(target_os = "linux")]
pub fn is_ours(fd: i32) -> bool {
    PAGES.is(fd)
}

/// Whether a descriptor is one that is kept here: none is.
#[cfg(not(target_os = "linux"))]
pub fn is_ours(_fd: i32) -> bool {
    false
}

/// Bytes that can still be taken before the kernel or a control group objects; `None` where the system does not tell.
/// The smallest of the machine's available memory and what each control group above this process has left.
#[cfg(target_os = "linux")]
pub fn available_bytes() -> Option<u64> {
    available_below(Path::new("/"))
}

/// The same for the `/proc` and `/sys` that stand below `root`.
#[cfg(target_os = "linux")]
fn available_below(root: &Path) -> Option<u64> {
    let machine = files::read_to_string(&root.join("proc/meminfo"))
        .ok()
        .and_then(|text| machine_available(&text));
    let groups = files::read_to_string(&root.join("proc/self/cgroup")).unwrap_or_default();
    folders(&root.join("sys/fs/cgroup"), &groups, "memory")
        .iter()
        .filter_map(|folder| group_left(folder))
        .chain(machine)
        .min()
}

/// Bytes that can still be taken. `None`: this system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn available_bytes() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn machine_available(meminfo: &str) -> Option<u64> {
    kilobytes(meminfo, "MemAvailable:")
}

/// A line of `/proc/meminfo`, in bytes.
#[cfg(target_os = "linux")]
fn kilobytes(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

#[cfg(target_os = "linux")]
fn group_left(folder: &Path) -> Option<u64> {
    let (current, limit) = group_figures(folder)?;
    Some(limit.saturating_sub(current))
}

/// Bytes that a control group has in use, and those that it may have; `None` without a limit.
#[cfg(target_os = "linux")]
fn group_figures(folder: &Path) -> Option<(u64, u64)> {
    let read = |name: &str| {
        files::read_to_string(&folder.join(name))
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    let (limit, current) = match read("memory.max") {
        Some(limit) => (limit, read("memory.current")?),
        None => (read("memory.limit_in_bytes")?, read("memory.usage_in_bytes")?),
    };
    // Pages of files that can be dropped count as used, and can be had.
    let stat = files::read_to_string(&folder.join("memory.stat")).unwrap_or_default();
    let inactive = stat.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let droppable = inactive.and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
    Some((current.saturating_sub(droppable), limit))
}

/// What a control group that has a limit uses of it, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMemory {
    /// In use, without pages of files that can be dropped.
    pub current_bytes: u64,
    /// May be in use.
    pub limit_bytes: u64,
}

/// Of the control groups above this process the one that has the least left; `None` where no limit is set. Groups of
/// version 1 say a huge number where they have none: more than the machine has is none.
pub fn group_memory() -> Option<GroupMemory> {
    #[cfg(target_os = "linux")]
    {
        group_memory_below(Path::new("/"))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(target_os = "linux")]
fn group_memory_below(root: &Path) -> Option<GroupMemory> {
    let machine = files::read_to_string(&root.join("proc/meminfo")).ok()?;
    let total = kilobytes(&machine, "MemTotal:")?;
    let groups = files::read_to_string(&root.join("proc/self/cgroup")).ok()?;
    folders(&root.join("sys/fs/cgroup"), &groups, "memory")
        .iter()
        .filter_map(|folder| group_figures(folder))
        .filter(|&(_, limit)| limit <= total)
        .min_by_key(|(current, limit)| limit.saturating_sub(*current))
        .map(|(current_bytes, limit_bytes)| GroupMemory {
            current_bytes,
            limit_bytes,
        })
}

/// Gives memory that was freed back to the system. The allocator of glibc keeps what lies between pieces that are in
/// use: after a heap snapshot some hundred MB. Tens of milliseconds for these. Elsewhere nothing is to be done.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim takes no pointer, and may be called at any time from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Mallinfo2 = unsafe extern "C" fn() -> libc::mallinfo2;

/// Looked up, not linked: glibc has it since 2.33, and the addon must load where Node does, from 2.28 on. The older
/// `mallinfo` counts in 32 bits and is of no use.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
static MALLINFO2: std::sync::LazyLock<Option<Mallinfo2>> = std::sync::LazyLock::new(|| {
    // SAFETY: the name ends with a zero byte, and a look-up has no other condition.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    // SAFETY: glibc's symbol of this name has this signature; null becomes `None`, which is what the niche is for.
    unsafe { std::mem::transmute::<*mut libc::c_void, Option<Mallinfo2>>(found) }
});

/// Bytes that the C allocator has handed out, to this process's native code and to V8's buffers alike. 20-40 µs, much
/// longer with very many free pieces. `None` where the allocator does not tell: with glibc before 2.33, and elsewhere.
pub fn malloc_in_use() -> Option<u64> {
    malloc_figures().map(|(in_use, _)| in_use)
}

/// The same, and the bytes that were freed and that the allocator keeps. Price and `None` as with [`malloc_in_use`].
pub fn malloc_figures() -> Option<(u64, u64)> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let mallinfo2 = (*MALLINFO2)?;
        // SAFETY: mallinfo2 takes nothing and gives a plain struct of numbers.
        let info = unsafe { mallinfo2() };
        Some(((info.uordblks + info.hblkhd) as u64, info.fordblks as u64))
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    #[cfg(target_env = "gnu")]
    fn the_allocator_tells_what_it_has_handed_out() {
        // Where glibc is older than 2.33 it does not: then there is nothing to compare.
        let Some(before) = malloc_in_use() else { return };
        // Never written to, and far more than the tests beside this one give back meanwhile.
        let held = std::hint::black_box(Vec::<u8>::with_capacity(1 << 30));
        let after = malloc_in_use().unwrap_or_default();
        assert!(after >= before + (1 << 29), "{before} -> {after}");
        drop(held);
    }

    #[test]
    fn memory_that_is_written_to_is_resident() {
        let before = rss().unwrap();
        // The tests beside this one give memory back meanwhile: at the most all that was resident.
        let held = std::hint::black_box(vec![1_u8; before as usize + (64 << 20)]);
        let after = rss().unwrap();
        assert!(after >= before + (32 << 20), "{before} -> {after}");
        drop(held);
    }

    #[test]
    fn the_machine_says_what_is_available() {
        assert_eq!(
            machine_available("MemTotal: 10 kB\nMemAvailable:   2048 kB\n"),
            Some(2048 * 1024)
        );
        assert!(available_bytes().unwrap() > 0);
    }

    #[test]
    fn a_group_without_a_limit_is_no_limit() {
        assert_eq!(group_left(Path::new("/nonexistent")), None);
    }

    /// What is read of a system of these files; 1 GB of the machine unless they say otherwise.
    fn below<T>(name: &str, files: &[(&str, &str)], read: impl Fn(&Path) -> T) -> T {
        let machine = ("proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 1000000 kB\n");
        let files: Vec<_> = [machine].iter().chain(files).copied().collect();
        testing::below(&format!("memory-{name}"), &files, read)
    }

    fn available(name: &str, files: &[(&str, &str)]) -> Option<u64> {
        below(name, files, available_below)
    }

    #[test]
    fn the_group_with_the_least_left_is_told_with_its_limit() {
        let files = [
            ("proc/self/cgroup", "0::/pod/app\n"),
            ("sys/fs/cgroup/pod/app/memory.max", "900\n"),
            ("sys/fs/cgroup/pod/app/memory.current", "300\n"),
            ("sys/fs/cgroup/pod/memory.max", "1000\n"),
            ("sys/fs/cgroup/pod/memory.current", "800\n"),
        ];
        let told = GroupMemory {
            current_bytes: 800,
            limit_bytes: 1000,
        };
        assert_eq!(below("least", &files, group_memory_below), Some(told));
    }

    #[test]
    fn no_group_no_limit_and_a_limit_above_the_machine_are_none() {
        assert_eq!(below("no-group", &[], group_memory_below), None);
        let unlimited = [
            ("proc/self/cgroup", "4:memory:/job\n"),
            (
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes",
                "9223372036854771712\n",
            ),
            ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "7000\n"),
        ];
        assert_eq!(below("huge", &unlimited, group_memory_below), None);
    }

    const MACHINE: u64 = 1_000_000 * 1024;

    #[test]
    fn what_a_group_of_version_2_has_left_counts_without_pages_that_can_be_dropped() {
        let files = [
            ("proc/self/cgroup", "0::/pod/app\n"),
            ("sys/fs/cgroup/pod/app/memory.max", "500\n"),
            ("sys/fs/cgroup/pod/app/memory.current", "300\n"),
            (
                "sys/fs/cgroup/pod/app/memory.stat",
                "anon 200\ninactive_file 40\n",
            ),
        ];
        assert_eq!(available("v2", &files), Some(240));
    }

    #[test]
    fn the_tightest_of_all_groups_above_counts() {
        let files = [
            ("proc/self/cgroup", "0::/pod/app\n"),
            ("sys/fs/cgroup/pod/app/memory.max", "max\n"),
            ("sys/fs/cgroup/pod/app/memory.current", "300\n"),
            ("sys/fs/cgroup/pod/memory.max", "1000\n"),
            ("sys/fs/cgroup/pod/memory.current", "900\n"),
        ];
        assert_eq!(available("above", &files), Some(100));
    }

    #[test]
    fn a_group_of_version_1_counts_and_its_huge_number_for_no_limit_does_not() {
        let usage = ("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "7000\n");
        let group = ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/job\n0::/\n");
        let limit = "sys/fs/cgroup/memory/job/memory.limit_in_bytes";
        assert_eq!(available("v1", &[usage, group, (limit, "8000\n")]), Some(1000));
        let unlimited = (limit, "9223372036854771712\n");
        assert_eq!(available("v1-none", &[usage, group, unlimited]), Some(MACHINE));
    }

    #[test]
    fn a_container_that_sees_the_path_of_its_host_is_held_to_the_root_of_the_mount() {
        let files = [
            ("proc/self/cgroup", "0::/kubepods/burstable/pod1/c2\n"),
            ("sys/fs/cgroup/memory.max", "600\n"),
            ("sys/fs/cgroup/memory.current", "100\n"),
        ];
        assert_eq!(available("container", &files), Some(500));
    }

    #[test]
    fn a_group_that_is_over_its_limit_has_nothing_left() {
        let files = [
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "600\n"),
            ("sys/fs/cgroup/memory.current", "700\n"),
        ];
        assert_eq!(available("over", &files), Some(0));
    }

    #[test]
    fn without_groups_the_machine_counts_and_a_system_that_does_not_tell_says_so() {
        assert_eq!(available("plain", &[]), Some(MACHINE));
        assert_eq!(
            available("silent", &[("proc/meminfo", "no numbers here\n")]),
            None
        );
    }
}
