//! The process-wide ledger as JavaScript sees it: a section a thread, and the check over all of them.

use napi_derive::napi;
use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::convert::{NativeCheck, NativePlace, flat};
use super::failure::{Result, to_napi};
use crate::error::Error;
use crate::ledger::{CacheUse, Claim, Pool, SLOTS_MAX, SlotId};
use crate::monitor::{Observation, ThreadId};

#[cfg(not(feature = "record"))]
use crate::monitor::Monitor;
#[cfg(feature = "record")]
use crate::recording::Recorder as Monitor;

/// One for the process: all threads report to it. Held for microseconds, never across a call into JavaScript.
static MONITOR: Lazy<Mutex<Monitor>> = Lazy::new(|| Mutex::new(Monitor::default()));

/// Pools by name, as lib/guard/slots.js uses their codes.
#[napi(catch_unwind)]
pub fn pool_names() -> Vec<String> {
    Pool::ALL
        .iter()
        .map(|pool| format!("{pool:?}").to_lowercase())
        .collect()
}

/// Size of the page that `observe` reads.
#[napi(catch_unwind)]
pub fn slots_max() -> u32 {
    SLOTS_MAX as u32
}

/// What this thread holds. Its counts go when the object goes, at the latest with the thread.
#[napi]
pub struct ThreadLedger {
    id: ThreadId,
}

#[napi]
impl ThreadLedger {
    /// `name` is empty for the main thread, `key` the thread's number.
    #[napi(constructor, catch_unwind)]
    pub fn new(name: String, key: u32) -> Self {
        Self {
            id: MONITOR.lock().add_thread(&name, key),
        }
    }

    /// Notes that Node warned of the listener list in this slot.
    #[napi(catch_unwind)]
    pub fn warn(&self, slot: u32) {
        MONITOR.lock().warn(self.id, SlotId(slot));
    }

    /// Takes a slot: its index, or -1 when the pool is full of samples and wants `thin`.
    /// `owner` is the slot of the listener list it stands in, or -1; `bound` the largest size allowed, or 0; `began`
    /// what it held before it was heard of, or -1 when that is not known; `lasts_ms`
    /// the time after which it ends by itself, or 0.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would be made for each")]
    pub fn claim(
        &self,
        pool: u32,
        label: String,
        site_key: String,
        owner: i32,
        bound: f64,
        began: f64,
        lasts_ms: f64,
    ) -> Result<i32> {
        let unknown = || {
            to_napi(Error::invalid(format!(
                "pool: {pool} is not one of 0 to {}",
                Pool::ALL.len() - 1
            )))
        };
        let pool = Pool::from_code(pool).ok_or_else(unknown)?;
        let claim = Claim {
            pool,
            label: &label,
            site_key: &site_key,
            owner: u32::try_from(owner).ok().map(SlotId),
            bound: (bound > 0.0 && bound.is_finite()).then_some(bound),
            began: (began >= 0.0).then_some(began),
            lasts_ms: (lasts_ms > 0.0 && lasts_ms.is_finite()).then_some(lasts_ms),
        };
        Ok(MONITOR
            .lock()
            .claim(self.id, &claim)
            .map_or(-1, |slot| slot.0 as i32))
    }

    /// Counts a sampled listener with the list it stands in from now on.
    #[napi(catch_unwind)]
    pub fn adopt(&self, slot: u32, owner: u32) {
        MONITOR.lock().adopt(self.id, SlotId(slot), SlotId(owner));
    }

    /// Drops every second sample of a full pool and tells which.
    #[napi(catch_unwind)]
    pub fn thin(&self, pool: u32) -> Vec<u32> {
        let Some(pool) = Pool::from_code(pool) else {
            return Vec::new();
        };
        MONITOR
            .lock()
            .thin(self.id, pool)
            .into_iter()
            .map(|slot| slot.0)
            .collect()
    }

    /// Takes a look in at `now_ms`, when this thread has used `cpu_ms` of CPU time. `page[slot]` is what was read there, -1 when it is gone; `events` what the hooks counted
    /// so far; `groups` and `group_values` counts made outside (empty when not taken);
    /// `memory` heapUsed, external, arrayBuffers, rss in bytes and the number of major collections, or empty.
    #[napi(catch_unwind)]
    #[allow(clippy::too_many_arguments, reason = "an object would be made at each tick")]
    pub fn observe(
        &self,
        now_ms: f64,
        cpu_ms: f64,
        page: &[f64],
        events: f64,
        groups: Vec<String>,
        group_values: Vec<f64>,
        memory: Vec<f64>,
    ) {
        let groups: Vec<(String, f64)> = groups.into_iter().zip(group_values).collect();
        let memory = match memory[..] {
            [heap_used, external, array_buffers, rss, majors] => {
                Some(([heap_used, external, array_buffers, rss], majors))
            }
            _ => None,
        };
        let seen = Observation {
            at_ms: now_ms,
            cpu_ms,
            events,
            page,
            groups: &groups,
            memory,
        };
        MONITOR.lock().observe(self.id, &seen);
    }

    /// Notes how caches are used: for each slot eight numbers, max, bytes, hits, misses, evictions, stale, additions
    /// and keys.
    #[napi(catch_unwind)]
    pub fn use_caches(&self, slots: Vec<u32>, numbers: Vec<f64>) {
        let mut monitor = MONITOR.lock();
        for (slot, numbers) in slots.into_iter().zip(numbers.as_chunks::<8>().0) {
            let [max, bytes, hits, misses, evictions, stale, additions, keys] = *numbers;
            let cache = CacheUse {
                max,
                bytes,
                hits,
                misses,
                evictions,
                stale,
                additions,
                keys,
            };
            monitor.use_cache(self.id, SlotId(slot), cache);
        }
    }

    /// Takes this thread's counts out of the ledger at once.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        MONITOR.lock().remove_thread(self.id);
    }
}

impl Drop for ThreadLedger {
    fn drop(&mut self) {
        MONITOR.lock().remove_thread(self.id);
    }
}

/// Judges what all threads hold, `own` for the thread that asks. `history_min_ms` is the shortest time over which
/// growth must have been seen.
#[napi(catch_unwind)]
pub fn check(own: &ThreadLedger, history_min_ms: f64) -> Result<NativeCheck> {
    let mut monitor = MONITOR.lock();
    monitor.set_history_min(history_min_ms);
    monitor.check(own.id).try_into()
}

/// One live count.
#[napi(object)]
pub struct NativeCount {
    pub pool: String,
    pub label: String,
    pub live: f64,
    pub high_water: f64,
}

/// The live counts of all threads, those of nothing left out.
#[napi(catch_unwind)]
pub fn counts() -> Vec<NativeCount> {
    let all = MONITOR.lock().tallies();
    let named = all.into_iter().filter(|(_, _, value, _)| *value > 0.0);
    named
        .map(|(pool, label, live, high_water)| NativeCount {
            pool: pool_name(pool),
            label,
            live,
            high_water,
        })
        .collect()
}

/// See [`monitor::LiveSeen`].
#[napi(object)]
pub struct NativeLive {
    pub thread: String,
    pub pool: String,
    pub label: String,
    pub live: f64,
    pub high_water: f64,
    pub site: Option<NativePlace>,
}

/// The largest live counts of all threads, with where they were made.
#[napi(catch_unwind)]
pub fn live(limit: u32) -> Vec<NativeLive> {
    let all = MONITOR.lock().live(limit as usize);
    all.into_iter()
        .map(|seen| NativeLive {
            thread: seen.thread,
            pool: pool_name(seen.pool),
            label: seen.label,
            live: seen.live,
            high_water: seen.high_water,
            site: seen.site.map(Into::into),
        })
        .collect()
}

fn pool_name(pool: Option<Pool>) -> String {
    pool.map_or_else(|| "group".to_owned(), |p| format!("{p:?}").to_lowercase())
}

/// A memory field and its floors.
#[napi(object)]
pub struct NativeFloors {
    pub name: String,
    /// Time in milliseconds and bytes, by turns.
    pub points: Vec<f64>,
}

/// Floors of the memory fields of a thread.
#[napi(catch_unwind)]
pub fn memory_floors(own: &ThreadLedger) -> Vec<NativeFloors> {
    let all = MONITOR.lock().memory(own.id);
    all.into_iter()
        .map(|(name, points)| NativeFloors {
            name: name.to_owned(),
            points: flat(&points),
        })
        .collect()
}

/// One cache, see [`monitor::CacheSeen`].
#[napi(object)]
pub struct NativeCache {
    pub thread: String,
    pub name: String,
    pub frames: Vec<NativePlace>,
    pub size: f64,
    pub max: f64,
    pub bytes: f64,
    pub hits: f64,
    pub misses: f64,
    pub evictions: f64,
    pub stale: f64,
    pub keys: f64,
}

/// The caches of all threads.
#[napi(catch_unwind)]
pub fn caches() -> Vec<NativeCache> {
    let all = MONITOR.lock().caches();
    all.into_iter()
        .map(|cache| NativeCache {
            thread: cache.thread,
            name: cache.name,
            frames: cache.frames.into_iter().map(Into::into).collect(),
            size: cache.size,
            max: cache.usage.max,
            bytes: cache.usage.bytes,
            hits: cache.usage.hits,
            misses: cache.usage.misses,
            evictions: cache.usage.evictions,
            stale: cache.usage.stale,
            keys: cache.usage.keys,
        })
        .collect()
}

/// Memory that the native side holds, in bytes (approximate), and the number of threads that report.
#[napi(catch_unwind)]
pub fn usage() -> Vec<f64> {
    let monitor = MONITOR.lock();
    vec![monitor.bytes() as f64, monitor.threads_len() as f64]
}

/// All that the monitor was told so far, as a text; `root` is taken off the paths in it.
#[cfg(feature = "record")]
#[napi(catch_unwind)]
pub fn recording(root: String) -> String {
    MONITOR.lock().text(&root)
}
