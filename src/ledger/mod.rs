//! Live counts of what one thread of the program holds: listeners, timers, handles, collections.
//!
//! The JavaScript side keeps a weak reference per *slot* and writes what it reads there into a page of
//! numbers; [`Holdings::observe`] takes the page in. Slots are summed into *tallies*: a listener list or a
//! collection has one of its own, sampled timers, resources and listeners share one per call site.
//! Knows neither time nor verdicts.
//!
//! Memory is bounded: [`Pool::capacity`] slots each, [`site::SITES_MAX`] call sites, as many tallies as there
//! are slots and [`IDLE_TALLIES_MAX`] that hold nothing just now.

pub mod site;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
pub use site::{Frame, Site, SiteTable};

/// Tallies without a live slot that are kept, so that a place which empties and fills keeps its history.
pub const IDLE_TALLIES_MAX: usize = 1024;

/// What the page holds for a slot whose object is gone.
pub const GONE: f64 = -1.0;

/// What a slot counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pool {
    /// The listener list of one event of one target. Value: its length.
    Target,
    /// One sampled listener. Value: how many it stands for.
    Listener,
    /// One sampled timer. Value: how many it stands for.
    Timer,
    /// One sampled socket, child process, worker or watcher. Value: how many it stands for.
    Resource,
    /// One sampled open file descriptor. Value: how many it stands for.
    Descriptor,
    /// A tracked collection. Value: its size.
    Collection,
    /// A cache. Value: its size.
    Cache,
}

impl Pool {
    /// All pools, in the order of their codes.
    pub const ALL: [Pool; 7] = [
        Pool::Target,
        Pool::Listener,
        Pool::Timer,
        Pool::Resource,
        Pool::Descriptor,
        Pool::Collection,
        Pool::Cache,
    ];

    /// The pool with this code (its place in [`Pool::ALL`]).
    pub fn from_code(code: u32) -> Option<Pool> {
        Pool::ALL.get(code as usize).copied()
    }

    /// Slots of this pool at the most.
    pub const fn capacity(self) -> usize {
        match self {
            Pool::Target | Pool::Listener | Pool::Timer => 2048,
            Pool::Resource | Pool::Descriptor => 768,
            Pool::Collection => 512,
            Pool::Cache => 256,
        }
    }

    /// Whether each slot is a place of its own, not a sample of a site.
    pub const fn is_exact(self) -> bool {
        matches!(self, Pool::Target | Pool::Collection | Pool::Cache)
    }
}

/// Slots of all pools together.
pub const SLOTS_MAX: usize = 8448;

/// Index of a slot, and of its number in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub u32);

/// Index of a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TallyId(pub u32);

/// One thing that is watched.
#[derive(Debug)]
pub struct Slot {
    /// What it counts.
    pub pool: Pool,
    /// Where it was made.
    pub site: Arc<Site>,
    /// The listener list that a sampled listener stands in, once that list has a slot.
    pub owner: Option<SlotId>,
    /// The last number read from the page.
    pub value: f64,
    tally: Option<TallyId>,
}

/// What a cache tells of itself, since it was made or first heard of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CacheUse {
    /// Entries it may hold; 0 where there is no such bound.
    pub max: f64,
    /// Sum of the sizes of its entries, in the unit of the program; 0 where they have none.
    pub bytes: f64,
    /// Lookups that found something.
    pub hits: f64,
    /// Lookups that did not.
    pub misses: f64,
    /// Entries pushed out, or collected.
    pub evictions: f64,
    /// Times that an entry too old was met.
    pub stale: f64,
    /// Entries added.
    pub additions: f64,
    /// Different keys among these, estimated.
    pub keys: f64,
}

/// Identity of a tally.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum TallyKey {
    Place(SlotId, u64),
    Site(Pool, Arc<str>, u64),
    Group(Arc<str>),
}

/// A sum that has a history.
#[derive(Debug)]
pub struct Tally {
    /// What it sums; `None` for a group that is counted from outside (handles by type, descriptors by kind).
    pub pool: Option<Pool>,
    /// What the program calls it: `event \n class` for listeners, a function for timers, a type or a name.
    pub label: Arc<str>,
    /// The site of the slots of a sampled pool; of a place, the site where it was first seen.
    pub site: Option<Arc<Site>>,
    /// The slot of a place.
    pub place: Option<SlotId>,
    /// Largest number the owner allows (a cache's `max`); growth below it is filling.
    pub bound: Option<f64>,
    /// What it held before it was heard of; `None`: not known, it begins with the first reading.
    pub began: Option<f64>,
    /// The longest time in milliseconds that one of these lasts before it ends by itself; `None` where none does. A
    /// steady load fills it for as long.
    pub lasts_ms: Option<f64>,
    /// The sum at the last observation.
    pub value: f64,
    /// The largest sum seen.
    pub high_water: f64,
    /// Whether one slot stood for more than one: the sum is an estimate.
    pub estimated: bool,
    /// Node itself has warned of this list.
    pub warned: bool,
    /// Of a cache: how it is used.
    pub cache: Option<CacheUse>,
    /// Identity that is never used again.
    pub serial: u64,
    key: TallyKey,
    slots: u32,
}

impl Tally {
    fn new(key: TallyKey, label: Arc<str>, serial: u64) -> Self {
        Self {
            pool: None,
            label,
            site: None,
            place: None,
            bound: None,
            began: None,
            lasts_ms: None,
            value: 0.0,
            high_water: 0.0,
            estimated: false,
            warned: false,
            cache: None,
            serial,
            key,
            slots: 0,
        }
    }
}

/// What to claim a slot for.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// What it counts.
    pub pool: Pool,
    /// See [`Tally::label`].
    pub label: &'a str,
    /// Key of the call site, see [`SiteTable::intern`].
    pub site_key: &'a str,
    /// The listener list it stands in.
    pub owner: Option<SlotId>,
    /// See [`Tally::bound`].
    pub bound: Option<f64>,
    /// See [`Tally::began`].
    pub began: Option<f64>,
    /// See [`Tally::lasts_ms`].
    pub lasts_ms: Option<f64>,
}

/// What one thread holds.
#[derive(Default)]
pub struct Holdings {
    slots: Vec<Option<Slot>>,
    free: Vec<SlotId>,
    pool_len: [usize; Pool::ALL.len()],
    tallies: Vec<Option<Tally>>,
    free_tallies: Vec<TallyId>,
    by_key: HashMap<TallyKey, TallyId>,
    idle: Option<LruCache<TallyId, ()>>,
    /// Exact places, least recently grown first out.
    places: Option<LruCache<SlotId, ()>>,
    dropped: Vec<TallyId>,
    next_serial: u64,
}

impl Holdings {
    /// Takes a slot. An exact pool that is full gives up the place that has not grown for longest;
    /// a sampled pool that is full answers `None`: see [`Holdings::thin`]. Amortised O(1).
    pub fn claim(&mut self, sites: &mut SiteTable, claim: &Claim<'_>) -> Option<SlotId> {
        if self.pool_len[claim.pool as usize] >= claim.pool.capacity() {
            if !claim.pool.is_exact() {
                return None;
            }
            let victim = self.oldest_place(claim.pool)?;
            self.release(victim);
        }
        let site = sites.intern(claim.site_key);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            SlotId((self.slots.len() - 1) as u32)
        });
        let tally = if claim.owner.is_some() {
            None
        } else {
            Some(self.tally_for(slot, claim, &site))
        };
        self.slots[slot.0 as usize] = Some(Slot {
            pool: claim.pool,
            site,
            owner: claim.owner,
            value: 0.0,
            tally,
        });
        self.pool_len[claim.pool as usize] += 1;
        if claim.pool.is_exact() {
            self.places_mut().put(slot, ());
        }
        Some(slot)
    }

    /// Gives a slot back; sampled listeners of a released list are released with it by their own weak references.
    pub fn release(&mut self, id: SlotId) {
        let Some(slot) = self.slots.get_mut(id.0 as usize).and_then(Option::take) else {
            return;
        };
        self.pool_len[slot.pool as usize] -= 1;
        self.free.push(id);
        self.places_mut().pop(&id);
        let Some(tally_id) = slot.tally else { return };
        let Some(tally) = self.tallies[tally_id.0 as usize].as_mut() else {
            return;
        };
        tally.slots -= 1;
        if tally.place.is_some() {
            self.drop_tally(tally_id);
        } else if tally.slots == 0 {
            tally.value = 0.0;
            self.rest(tally_id);
        }
    }

    /// Gives a sampled listener to the list it stands in, so that it is counted there and not by its site.
    pub fn adopt(&mut self, id: SlotId, owner: SlotId) {
        let Some(slot) = self.slots.get_mut(id.0 as usize).and_then(Option::as_mut) else {
            return;
        };
        slot.owner = Some(owner);
        let Some(tally_id) = slot.tally.take() else { return };
        let Some(tally) = self.tallies[tally_id.0 as usize].as_mut() else {
            return;
        };
        tally.slots -= 1;
        if tally.slots == 0 {
            tally.value = 0.0;
            self.rest(tally_id);
        }
    }

    /// Notes that Node warned of a listener list.
    pub fn warn(&mut self, id: SlotId) {
        let tally = self
            .slots
            .get(id.0 as usize)
            .and_then(Option::as_ref)
            .and_then(|slot| slot.tally);
        if let Some(tally) = tally.and_then(|t| self.tallies[t.0 as usize].as_mut()) {
            tally.warned = true;
        }
    }

    /// Notes how a cache is used.
    pub fn use_cache(&mut self, id: SlotId, cache: CacheUse) {
        let slot = self.slots.get(id.0 as usize).and_then(Option::as_ref);
        let tally = slot
            .filter(|slot| slot.pool == Pool::Cache)
            .and_then(|slot| slot.tally);
        if let Some(tally) = tally.and_then(|t| self.tallies[t.0 as usize].as_mut()) {
            tally.cache = Some(cache);
        }
    }

    /// Drops every second slot of a full sampled pool; the caller doubles the weight of the others.
    pub fn thin(&mut self, pool: Pool) -> Vec<SlotId> {
        let of_pool =
            |(i, s): (usize, &Option<Slot>)| s.as_ref().filter(|s| s.pool == pool).map(|_| SlotId(i as u32));
        let dropped: Vec<SlotId> = self
            .slots
            .iter()
            .enumerate()
            .filter_map(of_pool)
            .step_by(2)
            .collect();
        for &id in &dropped {
            self.release(id);
        }
        dropped
    }

    /// Takes a page in: `page[slot]` is the number read for that slot, [`GONE`] when its object is gone (the slot
    /// is then free again). O(slots + tallies).
    pub fn observe(&mut self, page: &[f64]) {
        for tally in self.tallies.iter_mut().flatten().filter(|t| t.pool.is_some()) {
            tally.value = 0.0;
        }
        let mut gone = Vec::new();
        let mut grown = Vec::new();
        for (i, entry) in self.slots.iter_mut().enumerate() {
            let Some(slot) = entry else { continue };
            let value = page.get(i).copied().unwrap_or(GONE);
            if value.is_nan() || value < 0.0 {
                gone.push(SlotId(i as u32));
                continue;
            }
            if value > slot.value && slot.pool.is_exact() {
                grown.push(SlotId(i as u32));
            }
            slot.value = value;
            if let Some(tally) = slot.tally.and_then(|t| self.tallies[t.0 as usize].as_mut()) {
                tally.value += value;
                tally.estimated |= value > 1.0 && !slot.pool.is_exact();
            }
        }
        for id in grown {
            self.places_mut().promote(&id);
        }
        for id in gone {
            self.release(id);
        }
        for tally in self.tallies.iter_mut().flatten() {
            tally.high_water = tally.high_water.max(tally.value);
        }
    }

    /// Sets a count that is made outside: live handles of a type, descriptors of a kind.
    pub fn observe_group(&mut self, label: &str, value: f64) {
        let label: Arc<str> = label.into();
        let key = TallyKey::Group(Arc::clone(&label));
        let id = match self.by_key.get(&key) {
            Some(&id) => id,
            None if value <= 0.0 => return,
            None => self.add_tally(key, &label, |tally| tally.began = Some(0.0)),
        };
        let Some(tally) = self.tallies[id.0 as usize].as_mut() else {
            return;
        };
        tally.value = value;
        tally.high_water = tally.high_water.max(value);
        if value > 0.0 {
            self.wake(id);
        } else {
            self.rest(id);
        }
    }

    /// The tallies and their identities.
    pub fn tallies(&self) -> impl Iterator<Item = (TallyId, &Tally)> {
        self.tallies
            .iter()
            .enumerate()
            .filter_map(|(i, t)| t.as_ref().map(|t| (TallyId(i as u32), t)))
    }

    /// One tally.
    pub fn tally(&self, id: TallyId) -> Option<&Tally> {
        self.tallies.get(id.0 as usize).and_then(Option::as_ref)
    }

    /// Sampled slots and their tally: that of their site, or of the listener list that they stand in.
    pub fn members(&self) -> impl Iterator<Item = (TallyId, SlotId, &Slot)> {
        let slots = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(i, slot)| Some((SlotId(i as u32), slot.as_ref()?)));
        slots
            .filter(|(_, slot)| !slot.pool.is_exact())
            .filter_map(|(id, slot)| {
                let owner = || self.slots.get(slot.owner?.0 as usize)?.as_ref()?.tally;
                Some((slot.tally.or_else(owner)?, id, slot))
            })
    }

    /// The sampled listeners that stand in a listener list.
    pub fn samples_of(&self, owner: SlotId) -> impl Iterator<Item = (SlotId, &Slot)> {
        let slots = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(i, slot)| Some((SlotId(i as u32), slot.as_ref()?)));
        slots.filter(move |(_, slot)| slot.owner == Some(owner))
    }

    /// Live slots of a pool.
    pub fn pool_len(&self, pool: Pool) -> usize {
        self.pool_len[pool as usize]
    }

    /// Tallies dropped since the last call: their histories can go.
    pub fn take_dropped(&mut self) -> Vec<TallyId> {
        std::mem::take(&mut self.dropped)
    }

    /// Bytes held (approximate: allocator overhead is not counted; sites are counted by their table).
    pub fn bytes(&self) -> usize {
        let labels: usize = self.tallies.iter().flatten().map(|t| t.label.len()).sum();
        self.slots.capacity() * size_of::<Option<Slot>>()
            + self.tallies.capacity() * size_of::<Option<Tally>>()
            + self.by_key.capacity() * size_of::<(TallyKey, TallyId)>()
            + labels
    }

    fn oldest_place(&mut self, pool: Pool) -> Option<SlotId> {
        let slots = &self.slots;
        let of_pool = |id: &SlotId| slots[id.0 as usize].as_ref().is_some_and(|s| s.pool == pool);
        self.places
            .as_ref()?
            .iter()
            .rev()
            .map(|(id, ())| *id)
            .find(|id| of_pool(id))
    }

    fn tally_for(&mut self, slot: SlotId, claim: &Claim<'_>, site: &Arc<Site>) -> TallyId {
        let label: Arc<str> = claim.label.into();
        let exact = claim.pool.is_exact();
        let key = if exact {
            TallyKey::Place(slot, self.next_serial)
        } else {
            TallyKey::Site(claim.pool, Arc::clone(&label), site.id)
        };
        let id = match self.by_key.get(&key) {
            Some(&id) => id,
            None => self.add_tally(key, &label, |tally| {
                tally.pool = Some(claim.pool);
                tally.site = Some(Arc::clone(site));
                tally.place = exact.then_some(slot);
                tally.bound = claim.bound;
                tally.began = claim.began;
            }),
        };
        self.wake(id);
        if let Some(tally) = self.tallies[id.0 as usize].as_mut() {
            tally.slots += 1;
            // One that does not end by itself stays, whatever the others do.
            let is_first = tally.slots == 1 && tally.value == 0.0;
            tally.lasts_ms = match (tally.lasts_ms, claim.lasts_ms) {
                (None, lasts) if is_first => lasts,
                (Some(before), Some(lasts)) => Some(before.max(lasts)),
                _ => None,
            };
        }
        id
    }

    fn add_tally(&mut self, key: TallyKey, label: &Arc<str>, set: impl FnOnce(&mut Tally)) -> TallyId {
        let id = self.free_tallies.pop().unwrap_or_else(|| {
            self.tallies.push(None);
            TallyId((self.tallies.len() - 1) as u32)
        });
        self.by_key.insert(key.clone(), id);
        let mut tally = Tally::new(key, Arc::clone(label), self.next_serial);
        self.next_serial += 1;
        set(&mut tally);
        self.tallies[id.0 as usize] = Some(tally);
        id
    }

    fn rest(&mut self, id: TallyId) {
        let capacity = NonZeroUsize::new(IDLE_TALLIES_MAX).unwrap_or(NonZeroUsize::MIN);
        let idle = self.idle.get_or_insert_with(|| LruCache::new(capacity));
        if idle.contains(&id) {
            return;
        }
        if let Some((old, ())) = idle.push(id, ()) {
            self.drop_tally(old);
        }
    }

    fn wake(&mut self, id: TallyId) {
        if let Some(idle) = self.idle.as_mut() {
            idle.pop(&id);
        }
    }

    fn drop_tally(&mut self, id: TallyId) {
        let Some(tally) = self.tallies.get_mut(id.0 as usize).and_then(Option::take) else {
            return;
        };
        self.by_key.remove(&tally.key);
        self.free_tallies.push(id);
        self.dropped.push(id);
    }

    fn places_mut(&mut self) -> &mut LruCache<SlotId, ()> {
        self.places.get_or_insert_with(LruCache::unbounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(pool: Pool, site_key: &str) -> Claim<'_> {
        Claim {
            pool,
            label: "x",
            site_key,
            owner: None,
            bound: None,
            began: Some(0.0),
            lasts_ms: None,
        }
    }

    #[test]
    fn samples_of_one_site_are_summed() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        let a = held
            .claim(&mut sites, &claim(Pool::Timer, "f\ta.js\t1\t1"))
            .unwrap();
        let b = held
            .claim(&mut sites, &claim(Pool::Timer, "f\ta.js\t1\t1"))
            .unwrap();
        held.observe(&[4.0, 2.0]);
        assert_eq!(held.tallies().map(|(_, t)| t.value).collect::<Vec<_>>(), [6.0]);
        held.observe(&[4.0, GONE]);
        assert_eq!(held.tallies().map(|(_, t)| t.value).collect::<Vec<_>>(), [4.0]);
        assert_eq!((a, b), (SlotId(0), SlotId(1)));
        assert_eq!(held.pool_len(Pool::Timer), 1);
        assert_eq!(held.tallies().next().unwrap().1.high_water, 6.0);
    }

    #[test]
    fn what_lasts_is_the_longest_and_nothing_where_one_does_not_end() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        let mut lasts = |claims: &[Option<f64>]| {
            for &lasts_ms in claims {
                let timer = Claim {
                    lasts_ms,
                    ..claim(Pool::Timer, "f\ta.js\t1\t1")
                };
                held.claim(&mut sites, &timer).unwrap();
            }
            held.tallies().next().unwrap().1.lasts_ms
        };
        assert_eq!(lasts(&[Some(10.0), Some(30.0), Some(20.0)]), Some(30.0));
        assert_eq!(lasts(&[None]), None);
        assert_eq!(lasts(&[Some(40.0)]), None);
    }

    #[test]
    fn a_place_that_is_gone_takes_its_tally_along() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        held.claim(&mut sites, &claim(Pool::Target, "")).unwrap();
        held.observe(&[12.0]);
        assert_eq!(held.tallies().count(), 1);
        held.observe(&[GONE]);
        assert_eq!(held.tallies().count(), 0);
        assert_eq!(held.take_dropped(), [TallyId(0)]);
    }

    #[test]
    fn a_full_exact_pool_gives_up_the_place_that_did_not_grow() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        for _ in 0..Pool::Target.capacity() {
            held.claim(&mut sites, &claim(Pool::Target, "")).unwrap();
        }
        let mut page = vec![10.0; Pool::Target.capacity()];
        held.observe(&page);
        page[0] = 11.0;
        held.observe(&page);
        let taken = held.claim(&mut sites, &claim(Pool::Target, "")).unwrap();
        assert_ne!(taken, SlotId(0), "slot 0 grew and stays");
        assert_eq!(held.pool_len(Pool::Target), Pool::Target.capacity());
    }

    #[test]
    fn a_full_sampled_pool_is_thinned_to_half() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        let full = claim(Pool::Timer, "f\ta.js\t1\t1");
        for _ in 0..Pool::Timer.capacity() {
            held.claim(&mut sites, &full).unwrap();
        }
        assert_eq!(held.claim(&mut sites, &full), None);
        assert_eq!(held.thin(Pool::Timer).len(), Pool::Timer.capacity() / 2);
        assert!(held.claim(&mut sites, &full).is_some());
    }

    #[test]
    fn an_adopted_listener_counts_in_its_list_only() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        let sample = held
            .claim(&mut sites, &claim(Pool::Listener, "f\ta.js\t1\t1"))
            .unwrap();
        let list = held.claim(&mut sites, &claim(Pool::Target, "")).unwrap();
        held.adopt(sample, list);
        held.observe(&[1.0, 9.0]);
        let values: Vec<f64> = held
            .tallies()
            .filter(|(_, t)| t.value > 0.0)
            .map(|(_, t)| t.value)
            .collect();
        assert_eq!(values, [9.0]);
        assert_eq!(held.samples_of(list).count(), 1);
    }

    #[test]
    fn memory_is_flat_over_a_million_short_lives() {
        let (mut held, mut sites) = (Holdings::default(), SiteTable::default());
        // A hash table counts places of removed keys out of its capacity until it is rehashed, so one
        // reading swings by what the hash seed makes of it: the peaks of two stretches are compared.
        let (mut early, mut late) = (0, 0);
        for round in 0..1000 {
            for i in 0..1000 {
                let key = format!("f\t{}.js\t1\t1", (round * 1000 + i) % 100_000);
                held.claim(&mut sites, &claim(Pool::Timer, &key));
            }
            held.observe(&[]);
            held.take_dropped();
            let bytes = held.bytes() + sites.bytes();
            match round {
                100..200 => early = early.max(bytes),
                900.. => late = late.max(bytes),
                _ => {}
            }
        }
        assert!(late <= early * 11 / 10, "{early} B became {late} B");
    }
}
