//! What the monitor holds, as it is, without a judgement: for figures, tables of live counts and of caches.

use super::intake::{Monitor, ThreadId};
use super::sites::place;
use super::thread::{MEMORY_FIELDS, Record, Thread};
use crate::finding::Place;
use crate::growth::memory::Floors;
use crate::ledger::{CacheUse, Pool};

/// A cache of some thread.
#[derive(Debug, Clone)]
pub struct CacheSeen {
    /// Empty for the main thread.
    pub thread: String,
    /// What the program calls it.
    pub name: String,
    /// Entries.
    pub size: f64,
    /// How it is used.
    pub usage: CacheUse,
    /// Where it was made, not source-mapped.
    pub frames: Vec<Place>,
}

/// One live count.
#[derive(Debug, Clone)]
pub struct LiveSeen {
    /// Empty for the main thread.
    pub thread: String,
    /// None for a group that is counted from outside.
    pub pool: Option<Pool>,
    /// What the program calls it.
    pub label: String,
    /// How many there are.
    pub live: f64,
    /// The most there were.
    pub high_water: f64,
    /// Where it was made, if that is one place.
    pub site: Option<Place>,
}

impl Monitor {
    /// The caches of all threads: thread, name, entries, how they are used, and the frames of the call that made them.
    pub fn caches(&self) -> Vec<CacheSeen> {
        let of_thread = |thread: &Thread| {
            let caches = thread.holdings.tallies().filter_map(|(_, tally)| {
                Some(CacheSeen {
                    thread: thread.name.clone(),
                    name: tally.label.to_string(),
                    size: tally.value,
                    usage: tally.cache?,
                    frames: tally
                        .site
                        .iter()
                        .flat_map(|site| site.frames.iter().map(place))
                        .collect(),
                })
            });
            caches.collect::<Vec<_>>()
        };
        self.threads.values().flat_map(of_thread).collect()
    }

    /// The largest live counts of all threads, at most `limit`.
    pub fn live(&self, limit: usize) -> Vec<LiveSeen> {
        let of_thread = |thread: &Thread| {
            let held = thread.holdings.tallies().filter(|(_, tally)| tally.value > 0.0);
            let seen = held.map(|(_, tally)| LiveSeen {
                thread: thread.name.clone(),
                pool: tally.pool,
                label: tally.label.to_string(),
                live: tally.value,
                high_water: tally.high_water,
                site: tally
                    .site
                    .as_ref()
                    .and_then(|site| site.frames.first().map(place)),
            });
            seen.collect::<Vec<_>>()
        };
        let mut all: Vec<LiveSeen> = self.threads.values().flat_map(of_thread).collect();
        all.sort_by(|a, b| b.live.total_cmp(&a.live).then_with(|| a.label.cmp(&b.label)));
        all.truncate(limit);
        all
    }

    /// Floors of the memory fields of a thread: name, and time (ms) and value of each.
    pub fn memory(&self, id: ThreadId) -> Vec<(&'static str, Vec<(f64, f64)>)> {
        let Some(thread) = self.threads.get(&id) else {
            return Vec::new();
        };
        let fields = MEMORY_FIELDS.into_iter().zip(&thread.floors);
        fields.map(|(name, floors)| (name, floors.points())).collect()
    }

    /// Live sums by label, over all threads: pool code (or none for a group), label, value, high-water mark.
    pub fn tallies(&self) -> Vec<(Option<Pool>, String, f64, f64)> {
        let all = self.threads.values().flat_map(|t| t.holdings.tallies());
        all.map(|(_, t)| (t.pool, t.label.to_string(), t.value, t.high_water))
            .collect()
    }

    /// Bytes that the monitor itself holds (approximate).
    pub fn bytes(&self) -> usize {
        let of_thread = |t: &Thread| {
            let histories: usize = t
                .records
                .values()
                .map(|r| r.history.bytes() + size_of::<Record>())
                .sum();
            t.holdings.bytes() + histories + t.floors.iter().map(Floors::bytes).sum::<usize>()
        };
        self.sites.bytes() + self.threads.values().map(of_thread).sum::<usize>()
    }

    /// Threads that report.
    pub fn threads_len(&self) -> usize {
        self.threads.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{claim, look};
    use super::*;

    #[test]
    fn the_largest_counts_come_first_with_their_lines_and_what_is_empty_does_not() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        for label in ["few", "none", "many"] {
            monitor.claim(id, &claim(Pool::Collection, label)).unwrap();
        }
        look(&mut monitor, id, 0, &[3.0, 0.0, 70.0], &[]);
        let live = monitor.live(10);
        let labels: Vec<&str> = live.iter().map(|seen| seen.label.as_str()).collect();
        assert_eq!(labels, ["many", "few"]);
        assert_eq!(live[0].site.as_ref().map(|place| place.line), Some(3));
        assert_eq!(monitor.live(1).len(), 1);
    }
}
