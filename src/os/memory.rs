//! How much memory this process may still take: what the machine has, and what its control groups allow. And how it
//! gives some back.

#[cfg(target_os = "linux")]
use std::path::{Path, PathBuf};

/// Bytes that can still be taken before the kernel or a control group objects; `None` where the system does not tell.
/// The smallest of the machine's available memory and what each control group above this process has left.
#[cfg(target_os = "linux")]
pub fn available_bytes() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| machine_available(&text));
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    group_folders(&groups)
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
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// The folders of the memory groups that this process is in, up to the root: version 2 (`0::/path`) and version 1
/// (`N:memory:/path`). In a container the path may be the host's: then the mount's root is the group's own.
#[cfg(target_os = "linux")]
fn group_folders(groups: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let mount = match controllers {
            "" => Path::new("/sys/fs/cgroup"),
            list if list.split(',').any(|c| c == "memory") => Path::new("/sys/fs/cgroup/memory"),
            _ => continue,
        };
        let own = mount.join(path.trim_start_matches('/'));
        folders.extend(
            own.ancestors()
                .take_while(|folder| folder.starts_with(mount))
                .map(Path::to_path_buf),
        );
    }
    folders
}

#[cfg(target_os = "linux")]
fn group_left(folder: &Path) -> Option<u64> {
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(name))
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
    let stat = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let inactive = stat.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let droppable = inactive.and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
    Some(limit.saturating_sub(current.saturating_sub(droppable)))
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

/// Bytes that the C allocator has handed out, to this process's native code and to V8's buffers alike. 20-40 µs, much
/// longer with very many free pieces. `None` where the allocator does not tell.
pub fn malloc_in_use() -> Option<u64> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: mallinfo2 takes nothing and gives a plain struct of numbers.
        let info = unsafe { libc::mallinfo2() };
        Some((info.uordblks + info.hblkhd) as u64)
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_what_is_available() {
        assert_eq!(
            machine_available("MemTotal: 10 kB\nMemAvailable:   2048 kB\n"),
            Some(2048 * 1024)
        );
        assert!(available_bytes().unwrap() > 0);
    }

    #[test]
    fn groups_of_both_versions_are_found_up_to_their_root() {
        let folders = group_folders("0::/a/b\n4:memory,x:/c\n5:cpu:/d\n");
        let text: Vec<_> = folders.iter().map(|f| f.to_string_lossy().into_owned()).collect();
        let v2 = ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"];
        assert_eq!(
            text,
            [&v2[..], &["/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/memory"]].concat()
        );
    }

    #[test]
    fn a_group_without_a_limit_is_no_limit() {
        assert_eq!(group_left(Path::new("/nonexistent")), None);
    }
}
