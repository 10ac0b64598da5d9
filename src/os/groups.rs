//! Control groups of this process: where they are, and what they allow besides memory.

use std::path::{Path, PathBuf};

use super::files;

/// What the control groups of this process allow and have refused.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quotas {
    /// Fewest CPUs that a group may use; `None` without a limit.
    pub cpus: Option<f64>,
    /// How often groups had to wait because they had used them up, in all.
    pub throttled: u64,
    /// Fewest processes and threads that a group may still start; `None` without a limit.
    pub tasks_left: Option<u64>,
}

/// The quotas of all groups above this process, versions 1 and 2 alike. Some ten small files.
pub fn quotas() -> Quotas {
    quotas_below(Path::new("/"))
}

fn quotas_below(root: &Path) -> Quotas {
    let groups = files::read_to_string(&root.join("proc/self/cgroup")).unwrap_or_default();
    let mounts = root.join("sys/fs/cgroup");
    let of = |controller| folders(&mounts, &groups, controller);
    Quotas {
        cpus: of("cpu")
            .iter()
            .filter_map(|folder| cpus(folder))
            .reduce(f64::min),
        throttled: of("cpu").iter().map(|folder| throttled(folder)).sum(),
        tasks_left: of("pids").iter().filter_map(|folder| tasks_left(folder)).min(),
    }
}

/// `max 100000` or `50000 100000` in version 2, two files in version 1, where -1 is no limit.
fn cpus(folder: &Path) -> Option<f64> {
    let text = files::read_to_string(&folder.join("cpu.max")).or_else(|_| {
        let quota = files::read_to_string(&folder.join("cpu.cfs_quota_us"))?;
        let period = files::read_to_string(&folder.join("cpu.cfs_period_us"))?;
        Ok::<_, std::io::Error>(format!("{} {}", quota.trim(), period.trim()))
    });
    let text = text.ok()?;
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let (quota, period) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

fn throttled(folder: &Path) -> u64 {
    let stat = files::read_to_string(&folder.join("cpu.stat")).unwrap_or_default();
    let line = stat.lines().find_map(|line| line.strip_prefix("nr_throttled "));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

fn tasks_left(folder: &Path) -> Option<u64> {
    let read = |name: &str| {
        files::read_to_string(&folder.join(name))
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    Some(read("pids.max")?.saturating_sub(read("pids.current")?))
}

/// The folders of the groups that this process is in, up to the root: version 2 (`0::/path`) and version 1
/// (`N:controller:/path`). In a container the path may be the host's: then the mount's root is the group's own.
pub(super) fn folders(mounts: &Path, groups: &str, controller: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let mount = match controllers {
            "" => mounts.to_path_buf(),
            list if list.split(',').any(|c| c == controller) => mounts.join(controller),
            _ => continue,
        };
        let own = mount.join(path.trim_start_matches('/'));
        folders.extend(
            own.ancestors()
                .take_while(|folder| folder.starts_with(&mount))
                .map(Path::to_path_buf),
        );
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::super::testing::below;
    use super::*;

    #[test]
    fn groups_of_both_versions_are_found_up_to_their_root() {
        let found = folders(
            Path::new("/sys/fs/cgroup"),
            "0::/a/b\n4:memory,x:/c\n5:cpu:/d\n",
            "memory",
        );
        let text: Vec<_> = found.iter().map(|f| f.to_string_lossy().into_owned()).collect();
        let v2 = ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"];
        assert_eq!(
            text,
            [&v2[..], &["/sys/fs/cgroup/memory/c", "/sys/fs/cgroup/memory"]].concat()
        );
    }

    fn quotas_of(name: &str, files: &[(&str, &str)]) -> Quotas {
        below(&format!("groups-{name}"), files, quotas_below)
    }

    #[test]
    fn the_tightest_of_all_groups_of_version_2_counts() {
        let files = [
            ("proc/self/cgroup", "0::/pod/app\n"),
            ("sys/fs/cgroup/pod/app/cpu.max", "max 100000\n"),
            ("sys/fs/cgroup/pod/cpu.max", "50000 100000\n"),
            ("sys/fs/cgroup/pod/app/cpu.stat", "nr_periods 9\nnr_throttled 7\n"),
            ("sys/fs/cgroup/pod/app/pids.max", "20\n"),
            ("sys/fs/cgroup/pod/app/pids.current", "12\n"),
            ("sys/fs/cgroup/pod/pids.max", "max\n"),
        ];
        let expected = Quotas {
            cpus: Some(0.5),
            throttled: 7,
            tasks_left: Some(8),
        };
        assert_eq!(quotas_of("v2", &files), expected);
    }

    #[test]
    fn version_1_has_files_of_its_own_and_minus_one_for_no_limit() {
        let group = ("proc/self/cgroup", "4:cpu,cpuacct:/x\n3:pids:/x\n");
        let period = ("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
        let quota = |text| ("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", text);
        assert_eq!(
            quotas_of("v1", &[group, period, quota("150000\n")]).cpus,
            Some(1.5)
        );
        assert_eq!(quotas_of("v1-none", &[group, period, quota("-1\n")]).cpus, None);
        assert_eq!(quotas_of("nothing", &[]), Quotas::default());
    }
}
