//! What the monitor is told: threads that come and go, what they hold, and looks at them. Must not judge.

use std::collections::BTreeMap;

use super::limits::Limits;
use super::thread::{Observation, Thread};
use crate::ledger::{CacheUse, Claim, Pool, SiteTable, SlotId};

/// Identity of a thread's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub u64);

/// Everything that is known of the process.
#[derive(Default)]
pub struct Monitor {
    pub(super) sites: SiteTable,
    pub(super) threads: BTreeMap<ThreadId, Thread>,
    next_thread: u64,
    pub(super) limits: Limits,
}

impl Monitor {
    /// A monitor that judges by other limits than the usual.
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Adds a thread's entry; `name` is empty for the main thread, `key` is the same for entries of one thread
    /// (several copies of the package, or realms, may each have one).
    pub fn add_thread(&mut self, name: &str, key: u32) -> ThreadId {
        let id = ThreadId(self.next_thread);
        self.next_thread += 1;
        self.threads.insert(id, Thread::new(name, key));
        id
    }

    /// Forgets a thread and all it held.
    pub fn remove_thread(&mut self, id: ThreadId) {
        self.threads.remove(&id);
    }

    /// Sets the shortest time over which growth must have been seen, in milliseconds.
    pub fn set_history_min(&mut self, span_min_ms: f64) {
        self.limits.counts.span_min_ms = span_min_ms;
    }

    /// See [`Holdings::claim`]. `None` too for a thread that is gone.
    pub fn claim(&mut self, id: ThreadId, claim: &Claim<'_>) -> Option<SlotId> {
        let thread = self.threads.get_mut(&id)?;
        let slot = thread.holdings.claim(&mut self.sites, claim);
        thread.forget_dropped();
        if let Some(slot) = slot {
            thread.born(slot);
        }
        slot
    }

    /// See [`Holdings::adopt`].
    pub fn adopt(&mut self, id: ThreadId, slot: SlotId, owner: SlotId) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.holdings.adopt(slot, owner);
            thread.forget_dropped();
        }
    }

    /// See [`Holdings::warn`].
    pub fn warn(&mut self, id: ThreadId, slot: SlotId) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.holdings.warn(slot);
        }
    }

    /// See [`Holdings::thin`].
    pub fn thin(&mut self, id: ThreadId, pool: Pool) -> Vec<SlotId> {
        let Some(thread) = self.threads.get_mut(&id) else {
            return Vec::new();
        };
        let dropped = thread.holdings.thin(pool);
        thread.forget_dropped();
        dropped
    }

    /// Gives slots back, as [`Monitor::thin`] does with those it chooses.
    pub fn release(&mut self, id: ThreadId, slots: &[SlotId]) {
        if let Some(thread) = self.threads.get_mut(&id) {
            for slot in slots {
                thread.holdings.release(*slot);
            }
            thread.forget_dropped();
        }
    }

    /// See [`Holdings::use_cache`].
    pub fn use_cache(&mut self, id: ThreadId, slot: SlotId, cache: CacheUse) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.holdings.use_cache(slot, cache);
        }
    }

    /// Takes one look at a thread in. O(slots + tallies).
    pub fn observe(&mut self, id: ThreadId, seen: &Observation<'_>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.observe(seen, &self.limits.looks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{claim, look};
    use super::*;

    #[test]
    fn a_thread_that_dies_takes_its_counts_with_it() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("worker 1", 1);
        monitor.claim(id, &claim(Pool::Timer, "setInterval")).unwrap();
        look(&mut monitor, id, 0, &[50.0], &[]);
        assert_eq!(monitor.tallies().len(), 1);
        monitor.remove_thread(id);
        assert!(monitor.tallies().is_empty());
        assert!(monitor.claim(id, &claim(Pool::Timer, "setInterval")).is_none());
    }
}
