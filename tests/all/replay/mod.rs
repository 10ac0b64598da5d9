//! Judging, told again: recordings of the workloads (tests/recordings, made by scripts/record.js) give the answers they
//! gave, on a bad machine too, and no limit can be left out unnoticed. Needs no Node.

use std::path::{Path, PathBuf};

use leakguard::monitor::Limits;

mod expected;
mod properties;
mod recorded;
mod rules;
mod synthetic;
mod trends;
mod trials;
mod vary;

/// What is judged by: the limits as they are, but for those that `LEAKGUARD_LIMITS` changes (`gap_max_ms=500,…`). So a
/// change can be tried on all recordings without compiling anything.
fn limits() -> Limits {
    let mut limits = Limits::default();
    for change in std::env::var("LEAKGUARD_LIMITS")
        .unwrap_or_default()
        .split_terminator(',')
    {
        let (name, value) = change.split_once('=').unwrap();
        let mut is_known = false;
        limits.each(&mut |known, limit| {
            if known == name {
                *limit = value.parse().unwrap();
                is_known = true;
            }
        });
        assert!(is_known, "LEAKGUARD_LIMITS: there is no limit '{name}'");
    }
    limits
}

/// All files below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files_in(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    files.sort();
    files
}

/// Does the work for each item, on as many threads as there are cores; results in the order of the items.
fn on_all_cores<'a, T: Sync, R: Send>(items: &'a [T], work: impl Fn(&'a T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let lane = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = items.get(i) else { return done };
            done.push((i, work(item)));
        }
    };
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, result)| result).collect()
}
