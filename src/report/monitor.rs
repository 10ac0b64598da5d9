//! Joins what is held with how it grew: one monitor for the process, one entry a thread.
//!
//! A thread's entry goes when the thread goes. Rules and limits are explained in docs/how-it-works.md.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::finding::{Confidence, Kind, Place, SiteShare, Suspect, Verdict};
use super::limits::{FindingLimits, Limits, LookLimits, ProofLimits};
use super::wording::amount;
use crate::growth::counts::{self, CountLimits};
use crate::growth::memory::Floors;
use crate::growth::{Growth, History, Judgement, Reading};
use crate::ledger::{CacheUse, Claim, Frame, Holdings, Pool, Site, SiteTable, Slot, SlotId, Tally, TallyId};

/// Identity of a thread's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(pub u64);

/// Memory fields, in the order in which readings give them.
pub const MEMORY_FIELDS: [&str; 4] = ["heapUsed", "external", "arrayBuffers", "rss"];

/// A count that stands still is judged again after this long.
const JUDGEMENT_HOLDS_MS: f64 = 500.0;

/// How much the newest time between two looks changes what is usual.
const GAP_WEIGHT: f64 = 0.125;
/// Collections whose times are remembered.
const PROOFS_MAX: usize = 16;
/// Event under which dependents of a signal are counted.
const DEPENDENTS: &str = "(dependent signals)\n";

/// Classes of what a guard follows from its beginning to its end.
const FOLLOWED: [&str; 11] = [
    "IncomingMessage",
    "ServerResponse",
    "ClientRequest",
    "Socket",
    "TLSSocket",
    "Http2ServerRequest",
    "Http2ServerResponse",
    "ServerHttp2Stream",
    "ClientHttp2Stream",
    "ChildProcess",
    "Worker",
];

/// Prefix of the groups that count open file descriptors.
pub const DESCRIPTOR_GROUP: &str = "fd:";
/// Prefix of the groups that count live handles by type.
pub const HANDLE_GROUP: &str = "handle:";

/// One look at a thread.
#[derive(Debug, Clone, Default)]
pub struct Observation<'a> {
    /// Milliseconds of a clock that never goes back.
    pub at_ms: f64,
    /// CPU time of the thread so far, in milliseconds.
    pub cpu_ms: f64,
    /// Counted events so far.
    pub events: f64,
    /// What the weak references told, by slot.
    pub page: &'a [f64],
    /// Counts made outside: label and number; empty when they were not taken this time.
    pub groups: &'a [(String, f64)],
    /// [`MEMORY_FIELDS`] in bytes, and the number of major collections so far; none when not taken.
    pub memory: Option<([f64; 4], f64)>,
}

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

/// Something that grows and cannot be told yet.
#[derive(Debug, Clone)]
struct Doubt {
    is_group: bool,
    text: String,
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

/// What a check found.
#[derive(Debug, Clone)]
pub struct Check {
    /// The answer.
    pub verdict: Verdict,
    /// What grows, surest first; of equals the one that grew most.
    pub suspects: Vec<Suspect>,
    /// What grows but cannot be told yet, one sentence each.
    pub undecided: Vec<String>,
    /// What was looked at, one sentence each.
    pub looked: Vec<String>,
    doubts: Vec<Doubt>,
}

#[derive(Default)]
struct Record {
    serial: u64,
    history: History,
    found: bool,
    judged: Option<Judged>,
}

/// A judgement that holds while the count stands still, for a while.
struct Judged {
    at_ms: f64,
    value: f64,
    judgement: Judgement,
}

impl Record {
    fn judge(
        &mut self,
        value: f64,
        at_ms: f64,
        judge: impl FnOnce(&History, bool) -> Judgement,
    ) -> Judgement {
        let holds = |j: &&Judged| j.value == value && at_ms - j.at_ms < JUDGEMENT_HOLDS_MS;
        if let Some(judged) = self.judged.as_ref().filter(holds) {
            return judged.judgement;
        }
        let judgement = judge(&self.history, self.found);
        self.found = matches!(judgement, Judgement::Growing(_));
        self.judged = Some(Judged {
            at_ms,
            value,
            judgement,
        });
        judgement
    }
}

#[derive(Default)]
struct Thread {
    name: String,
    key: u32,
    holdings: Holdings,
    records: HashMap<TallyId, Record>,
    floors: [Floors; 4],
    memory_found: [bool; 4],
    memory: [f64; 4],
    first: Option<Reading>,
    last: Option<Reading>,
    /// Time that counts for nothing, since nobody looked.
    unwatched_ms: f64,
    /// How far apart looks are lately.
    usual_gap_ms: Option<f64>,
    observations: u64,
    /// Those of them that were not taken at once with others, and the time of the last of these.
    looks: u64,
    counted_ms: f64,
    /// Slots taken since the last look.
    newborn: Vec<SlotId>,
    /// When each slot was taken: the first look after it.
    births: Vec<Option<Reading>>,
    /// Looks at which the number of collections had changed, and that number.
    proofs: VecDeque<(f64, Reading)>,
}

/// Everything that is known of the process.
#[derive(Default)]
pub struct Monitor {
    sites: SiteTable,
    threads: BTreeMap<ThreadId, Thread>,
    next_thread: u64,
    limits: Limits,
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
        self.threads.insert(
            id,
            Thread {
                name: name.to_owned(),
                key,
                ..Thread::default()
            },
        );
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

    /// Takes one look at a thread in. O(slots + tallies).
    pub fn observe(&mut self, id: ThreadId, seen: &Observation<'_>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.observe(seen, &self.limits.looks);
        }
    }

    /// Judges all threads, `own` for the thread that asks; of each other one entry. O(tallies that grew x points).
    pub fn check(&mut self, own: ThreadId) -> Check {
        let limits = self.limits;
        let mut check = Check {
            verdict: Verdict::Clean,
            suspects: Vec::new(),
            undecided: Vec::new(),
            looked: Vec::new(),
            doubts: Vec::new(),
        };
        let mut open = OpenDescriptors::default();
        for thread in self.threads.values() {
            thread.descriptors(&limits, &mut open);
        }
        let mut seen: Vec<u32> = self.threads.get(&own).map(|t| t.key).into_iter().collect();
        for (id, thread) in &mut self.threads {
            if *id != own {
                if seen.contains(&thread.key) {
                    continue;
                }
                seen.push(thread.key);
            }
            thread.check(&limits, &open, &mut check);
        }
        drop_repetitions(&mut check.suspects, &limits.finding);
        check.settle_doubts();
        check.suspects.sort_by(|a, b| {
            let key = |s: &Suspect| (s.confidence, is_memory(s.kind));
            key(a)
                .cmp(&key(b))
                .then(b.growth.total().total_cmp(&a.growth.total()))
        });
        if check
            .suspects
            .iter()
            .any(|s| s.confidence != Confidence::Possible)
        {
            check.verdict = Verdict::Leaking;
        } else if !check.undecided.is_empty() || !check.suspects.is_empty() {
            check.verdict = Verdict::Undecided;
            if check.undecided.is_empty() {
                let text =
                    "what is only possible is a sign, not a proof: more of the same work would settle it";
                check.undecided.push(text.to_owned());
            }
        }
        check
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

impl Check {
    /// A count without a line of its own needs no word beside a finding that may explain it.
    fn settle_doubts(&mut self) {
        let explained = self
            .suspects
            .iter()
            .any(|s| s.kind == Kind::Handle && !s.sites.is_empty());
        let kept = self
            .doubts
            .drain(..)
            .filter(|doubt| !(doubt.is_group && explained));
        self.undecided.extend(kept.map(|doubt| doubt.text));
        self.undecided.dedup();
    }
}

const fn is_memory(kind: Kind) -> bool {
    matches!(kind, Kind::Buffer | Kind::Heap | Kind::Native)
}

impl Thread {
    fn forget_dropped(&mut self) {
        for id in self.holdings.take_dropped() {
            self.records.remove(&id);
        }
    }

    fn born(&mut self, slot: SlotId) {
        let i = slot.0 as usize;
        if self.births.len() <= i {
            self.births.resize(i + 1, None);
        }
        self.births[i] = None;
        self.newborn.push(slot);
    }

    /// The time that was watched until now. Of a time without a look that is much longer than usual the rest does not
    /// count: the machine stood still, or the program let nobody look.
    fn watch(&mut self, at_ms: f64, limits: &LookLimits) -> f64 {
        if let Some(last) = self.last {
            let gap_ms = at_ms - last.at_ms;
            let usual_ms = self.usual_gap_ms.unwrap_or(gap_ms);
            let counted_ms = gap_ms.min(limits.gap_min_ms.max(usual_ms * limits.gap_times));
            self.usual_gap_ms = Some(usual_ms + (counted_ms - usual_ms) * GAP_WEIGHT);
            self.unwatched_ms += gap_ms - counted_ms;
        }
        at_ms - self.unwatched_ms
    }

    fn observe(&mut self, seen: &Observation<'_>, limits: &LookLimits) {
        let watched_ms = self.watch(seen.at_ms, limits);
        let now = Reading {
            at_ms: seen.at_ms,
            watched_ms,
            cpu_ms: seen.cpu_ms,
            events: seen.events,
            value: 0.0,
        };
        self.first.get_or_insert(now);
        self.last = Some(now);
        for slot in self.newborn.drain(..) {
            self.births[slot.0 as usize] = Some(now);
        }
        if self.observations == 0 || watched_ms - self.counted_ms >= limits.apart_min_ms {
            self.counted_ms = watched_ms;
            self.looks += 1;
        }
        self.observations += 1;
        self.holdings.observe(seen.page);
        for (label, value) in seen.groups {
            self.holdings.observe_group(label, *value);
        }
        self.forget_dropped();
        for (id, tally) in self.holdings.tallies() {
            // A group that was not counted this time has no new reading.
            if tally.pool.is_none() && !seen.groups.iter().any(|(label, _)| **label == *tally.label) {
                continue;
            }
            let record = self.records.entry(id).or_default();
            if record.serial != tally.serial {
                *record = Record {
                    serial: tally.serial,
                    ..Record::default()
                };
                // What was there at the first look may have been there for ever.
                if let Some(value) = tally.began.filter(|_| self.observations > 1) {
                    record.history.push(Reading {
                        at_ms: now.at_ms - 1.0,
                        watched_ms: watched_ms - 1.0,
                        value,
                        ..now
                    });
                }
            }
            record.history.push(Reading {
                value: tally.value,
                ..now
            });
        }
        if let Some((fields, majors)) = seen.memory {
            // What could not be read is NaN, and what it was holds on.
            for (known, field) in self.memory.iter_mut().zip(fields) {
                *known = if field.is_finite() { field } else { *known };
            }
            if self.proofs.back().is_none_or(|(known, _)| *known != majors) {
                if self.proofs.len() == PROOFS_MAX {
                    self.proofs.pop_front();
                }
                self.proofs.push_back((majors, now));
            }
            for (floors, value) in self.floors.iter_mut().zip(fields) {
                floors.push(seen.at_ms, watched_ms, value, majors);
            }
        }
    }

    /// When what collections have proven to live was made, for each tally that only they can prove. O(slots).
    fn proven_births(&self) -> HashMap<TallyId, Vec<(Reading, f64)>> {
        let mut births: HashMap<TallyId, Vec<(Reading, f64)>> = HashMap::new();
        let mut strong: HashMap<TallyId, f64> = HashMap::new();
        for (id, slot, sample) in self.holdings.members() {
            let Some(tally) = self.holdings.tally(id) else {
                continue;
            };
            if !is_proven_by_collections(tally, sample) {
                *strong.entry(id).or_default() += 1.0;
                continue;
            }
            let births = births.entry(id).or_default();
            match self.birth_of(slot) {
                Some(birth) => births.push((birth, sample.value)),
                None => births.push((
                    Reading {
                        at_ms: f64::INFINITY,
                        watched_ms: f64::INFINITY,
                        cpu_ms: 0.0,
                        events: 0.0,
                        value: 0.0,
                    },
                    0.0,
                )),
            }
        }
        // A list is doubted when most of it may be garbage.
        births.retain(|id, weak| strong.get(id).is_none_or(|strong| *strong < weak.len() as f64));
        births
    }

    /// Whether collections have shown that something grows: the births of what survived them are the growth, seen
    /// from its end.
    fn judge_proven(
        &self,
        births: &[(Reading, f64)],
        is_weak: bool,
        proof: &ProofLimits,
        limits: &CountLimits,
    ) -> Judgement {
        let Some(first) = self.first else {
            return Judgement::TooEarly;
        };
        // All that was made before this look has lived through enough collections, or is gone.
        let majors = self.proofs.back().map_or(0.0, |(majors, _)| *majors)
            - if is_weak { proof.weak_majors } else { proof.majors };
        let Some((_, until)) = self.proofs.iter().find(|(known, _)| *known > majors) else {
            return Judgement::TooEarly;
        };
        let watched_ms = until.watched_ms - first.watched_ms;
        let mut births: Vec<(Reading, f64)> = births
            .iter()
            .filter(|b| b.1 > 0.0 && b.0.at_ms <= until.at_ms)
            .copied()
            .collect();
        if (births.len() as f64) < proof.samples_min {
            return Judgement::Steady;
        }
        births.sort_by(|a, b| a.0.at_ms.total_cmp(&b.0.at_ms));
        let mut history = History::default();
        history.push(Reading {
            at_ms: first.at_ms - 1.0,
            watched_ms: first.watched_ms - 1.0,
            value: 0.0,
            ..first
        });
        let mut live = 0.0;
        for (i, (birth, value)) in births.iter().enumerate() {
            live += value;
            if births.get(i + 1).is_none_or(|(next, _)| next.at_ms > birth.at_ms) {
                history.push(Reading {
                    value: live,
                    ..*birth
                });
            }
        }
        history.push(Reading {
            value: live,
            ..*until
        });
        let judgement = counts::judge(&history, None, false, limits);
        // What is under way just now was born lately, and goes: it must have begun long before.
        match judgement {
            Judgement::Growing(growth)
                if growth.watched_ms < watched_ms * proof.span_share_min
                    || growth.late_share > proof.late_share_max =>
            {
                Judgement::Steady
            }
            // Too few have survived so far to be worth a word.
            Judgement::Filling(_) => Judgement::Steady,
            other => other,
        }
    }

    fn check(&mut self, limits: &Limits, open: &OpenDescriptors, check: &mut Check) {
        let span_ms = match (self.first, self.last) {
            (Some(first), Some(last)) => last.watched_ms - first.watched_ms,
            _ => 0.0,
        };
        let CountLimits {
            span_min_ms,
            steps_min,
            ..
        } = limits.counts;
        let looks = self.looks as f64;
        let LookLimits {
            coarse_min,
            coarse_gap_ms,
            ..
        } = limits.looks;
        let whole_ms = span_ms + self.unwatched_ms;
        if span_ms < span_min_ms || looks < steps_min {
            check.undecided.push(format!(
                "{}only {:.1} s and {looks} readings of history: let the program work for at least {:.0} s",
                in_thread(&self.name),
                span_ms / 1000.0,
                (span_min_ms / 1000.0).ceil()
            ));
        } else if looks < coarse_min && whole_ms > looks * coarse_gap_ms {
            check.undecided.push(format!(
                "{}only {looks} readings in {:.1} s, as the machine or the program left no time for more: more of the same work would settle it",
                in_thread(&self.name),
                whole_ms / 1000.0
            ));
        }
        let mut found = self.check_tallies(limits, open, check);
        let doubt = self.check_memory(limits, &mut found);
        if found.is_empty() {
            check.undecided.extend(doubt);
        }
        let counts = self.holdings.tallies().filter(|(_, t)| t.value > 0.0).count();
        check.looked.push(format!(
            "{}{counts} live counts (listeners, timers, handles, collections, caches) and {} memory fields over {:.1} s, {} readings",
            in_thread(&self.name),
            MEMORY_FIELDS.len(),
            span_ms / 1000.0,
            self.observations
        ));
        check.suspects.append(&mut found);
    }

    fn check_tallies(&mut self, limits: &Limits, open: &OpenDescriptors, check: &mut Check) -> Vec<Suspect> {
        let mut found = Vec::new();
        let births = self.proven_births();
        let now_ms = self.last.map_or(0.0, |last| last.at_ms);
        let mut records = std::mem::take(&mut self.records);
        for (id, tally) in self.holdings.tallies() {
            let Some(record) = records.get_mut(&id) else {
                continue;
            };
            let own = limits.of(tally);
            if let Some(suspect) = self.unused_cache(tally, &record.history, limits) {
                found.push(suspect);
                continue;
            }
            if tally.value < own.total_min && !tally.warned || open.contradict(tally) || is_of_nobody(tally) {
                record.found = false;
                record.judged = None;
                continue;
            }
            let judgement = record.judge(tally.value, now_ms, |history, found| match births.get(&id) {
                Some(births) => {
                    self.judge_proven(births, tally.pool == Some(Pool::Target), &limits.proof, &own)
                }
                None => counts::judge(history, tally.bound, found, &own),
            });
            match judgement {
                Judgement::Growing(growth) if is_lasting(tally, &growth, &limits.finding) => {
                    check.doubts.push(Doubt {
                        is_group: false,
                        text: lasting(tally, &growth, &limits.finding, &self.name),
                    });
                }
                Judgement::Growing(growth) => {
                    let series = points(&record.history);
                    found.push(Suspect {
                        series,
                        ..self.suspect(tally, growth, &limits.finding)
                    });
                }
                Judgement::Filling(growth) if is_worth_a_doubt(tally, &growth, &limits.finding) => {
                    check.doubts.push(Doubt {
                        is_group: tally.pool.is_none(),
                        text: undecided(tally, &growth, &own, &self.name),
                    });
                }
                _ if tally.warned => {
                    found.extend(self.warned(tally, &judgement, &record.history, &limits.finding));
                }
                _ => {}
            }
        }
        self.records = records;
        found
    }

    /// The kinds of descriptors that are counted, and those of them that grow.
    fn descriptors(&self, limits: &Limits, open: &mut OpenDescriptors) {
        for (id, tally) in self.holdings.tallies().filter(|(_, t)| is_descriptors(t)) {
            open.counted.insert(tally.label.to_string());
            let Some(record) = self.records.get(&id) else {
                continue;
            };
            let own = limits.of(tally);
            let judgement = counts::judge(&record.history, None, record.found, &own);
            if matches!(judgement, Judgement::Growing(_)) {
                open.growing.insert(tally.label.to_string());
            }
        }
    }

    /// Adds what has grown to `found`. Gives what rises and cannot be judged yet, in words: without anything found, that
    /// is no clean program.
    fn check_memory(&mut self, limits: &Limits, found: &mut Vec<Suspect>) -> Option<String> {
        let is_main = self.name.is_empty();
        let mut explained = false;
        let mut doubt = None;
        for (i, floors) in self.floors.iter().enumerate() {
            // rss is the process's: the main thread answers for it, and only for what the other fields do not show.
            let is_rss = i == 3;
            if is_rss && (explained || !is_main) || i == 2 && explained {
                continue;
            }
            let judgement = floors.judge(if is_rss { &limits.rss } else { &limits.floors });
            self.memory_found[i] = matches!(judgement, Judgement::Growing(_));
            let Judgement::Growing(growth) = judgement else {
                if !is_rss && doubt.is_none() {
                    let rise = floors.rising(&limits.floors, &limits.rise);
                    doubt = rise.map(|rise| rising(MEMORY_FIELDS[i], &rise, &self.name));
                }
                continue;
            };
            explained = true;
            let FindingLimits {
                memory_steps,
                memory_large_steps,
                memory_large_bytes,
                ..
            } = limits.finding;
            let steps = f64::from(growth.steps);
            let is_proof =
                steps >= memory_steps || steps >= memory_large_steps && growth.total() >= memory_large_bytes;
            found.push(Suspect {
                kind: [Kind::Heap, Kind::Buffer, Kind::Buffer, Kind::Native][i],
                confidence: if is_proof {
                    Confidence::Likely
                } else {
                    Confidence::Possible
                },
                label: MEMORY_FIELDS[i].to_owned(),
                thread: self.name.clone(),
                growth,
                live: self.memory[i],
                high_water: growth.to,
                exact: true,
                is_one_place: false,
                sites: Vec::new(),
                notes: Vec::new(),
                series: floors.points(),
            });
        }
        doubt
    }
}

/// One thing that grows is one finding: the most exact one that knows the line.
fn drop_repetitions(found: &mut Vec<Suspect>, limits: &FindingLimits) {
    let mut drop = vec![false; found.len()];
    for (i, a) in found.iter().enumerate() {
        drop[i] = found
            .iter()
            .enumerate()
            .any(|(j, b)| i != j && (says_more(b, a, limits) || j < i && is_same(a, b)));
    }
    let mut drop = drop.into_iter();
    found.retain(|_| !drop.next().unwrap_or(false));
}

/// A history as time (ms) and value.
fn points(history: &History) -> Vec<(f64, f64)> {
    let points = history.points().iter();
    points.map(|point| (point.last.at_ms, point.last.value)).collect()
}

fn is_worth_a_doubt(tally: &Tally, growth: &Growth, limits: &FindingLimits) -> bool {
    let is_small_group = tally.pool.is_none() && growth.total() < limits.group_doubt_min;
    tally.bound.is_none() && !tally.warned && !is_small_group
}

/// Whether all of it ends by itself, and has not grown for so long that a steady load does not explain it.
fn is_lasting(tally: &Tally, growth: &Growth, limits: &FindingLimits) -> bool {
    tally
        .lasts_ms
        .is_some_and(|lasts_ms| growth.span_ms() < lasts_ms * limits.lasting_times)
}

/// Listeners that no line of the program has added are Node's own business.
fn is_of_nobody(tally: &Tally) -> bool {
    tally.pool == Some(Pool::Listener) && tally.site.as_deref().is_none_or(|site| site.frames.is_empty())
}

/// Whether it counts what is on objects whose own lives are followed, and judged by how many later ones they outlive.
fn is_followed(tally: &Tally) -> bool {
    let class = tally.label.split_once('\n').map_or("", |(_, class)| class);
    FOLLOWED.contains(&class)
}

/// Whether a count has ever fallen by a good part.
fn comes_and_goes(history: &History, limits: &FindingLimits) -> bool {
    let mut highest = 0.0_f64;
    history.points().iter().any(|point| {
        let fell = point.low < highest * limits.warning_fell;
        highest = highest.max(point.high);
        fell
    })
}

fn is_descriptors(tally: &Tally) -> bool {
    tally.pool.is_none() && tally.label.starts_with(DESCRIPTOR_GROUP)
}

/// What only collections can tell from garbage: listeners of targets that nobody follows, what fetch() listens to,
/// dependent signals, promises.
fn is_proven_by_collections(tally: &Tally, sample: &Slot) -> bool {
    match tally.pool {
        Some(Pool::Listener) => true,
        Some(Pool::Target) => sample.site.is_weak || tally.label.starts_with(DEPENDENTS),
        Some(Pool::Timer) => !matches!(&*tally.label, "setTimeout" | "setInterval"),
        _ => false,
    }
}

/// What the system says of open descriptors. Samples tell by which call they were opened, but a number that is
/// closed and opened again for the same file looks to them as if it had stayed open: the system's count decides.
#[derive(Default)]
struct OpenDescriptors {
    counted: HashSet<String>,
    growing: HashSet<String>,
}

impl OpenDescriptors {
    fn contradict(&self, tally: &Tally) -> bool {
        tally.pool.is_some() && self.counted.contains(&*tally.label) && !self.growing.contains(&*tally.label)
    }
}

impl Thread {
    fn suspect(&self, tally: &Tally, growth: Growth, limits: &FindingLimits) -> Suspect {
        let exact = !tally.estimated;
        let long =
            f64::from(growth.steps) >= limits.certain_steps && growth.watched_ms >= limits.certain_span_ms;
        Suspect {
            kind: match tally.pool {
                Some(Pool::Target | Pool::Listener) => Kind::Listener,
                Some(Pool::Timer) => Kind::Timer,
                Some(Pool::Collection) => Kind::Collection,
                Some(Pool::Cache) => Kind::Cache,
                Some(Pool::Resource | Pool::Descriptor) | None => Kind::Handle,
            },
            confidence: match tally.pool {
                // They say no more than that many of these stay, as those of a ring that fills do.
                Some(Pool::Listener) if is_followed(tally) => Confidence::Possible,
                _ if exact && long => Confidence::Certain,
                _ => Confidence::Likely,
            },
            label: tally.label.to_string(),
            thread: self.name.clone(),
            growth,
            live: tally.value,
            high_water: tally.high_water,
            exact,
            is_one_place: tally.place.is_some(),
            sites: self.sites_of(tally, &growth, limits.lately_share),
            notes: Vec::new(),
            series: Vec::new(),
        }
    }

    /// A cache that is keyed by something that does not repeat. It is bounded, so it is a sign and no leak.
    fn unused_cache(&self, tally: &Tally, history: &History, limits: &Limits) -> Option<Suspect> {
        let usage = tally.cache?;
        let cache = &limits.cache;
        let lookups = usage.hits + usage.misses;
        let places = tally.value.max(usage.max);
        let is_unused = lookups >= cache.lookups_min
            && usage.hits < lookups * cache.hits_max
            && usage.keys >= places * cache.turns_min
            && usage.keys >= usage.additions * cache.new_keys_min;
        if !is_unused || history.watched_ms() < limits.counts.span_min_ms {
            return None;
        }
        let (first, last) = (history.points().first()?, history.points().last()?);
        let seen = Growth {
            watched_ms: history.watched_ms(),
            from: 0.0,
            to: usage.keys,
            since_ms: first.last.at_ms,
            until_ms: last.last.at_ms,
            steps: 1,
            intervals: 1,
            late_share: 0.0,
        };
        let number = |value: f64| super::wording::amount(value, false);
        let mut suspect = self.suspect(tally, seen, &limits.finding);
        suspect.confidence = Confidence::Possible;
        suspect.notes = vec![
            format!(
                "is keyed by something that does not repeat: {} of {} lookups found something",
                number(usage.hits),
                number(lookups)
            ),
            format!(
                "about {} different keys in {} additions, for {} places",
                number(usage.keys),
                number(usage.additions),
                number(places)
            ),
            format!(
                "{} hits, {} misses, {} evictions, {} stale; {} entries now",
                number(usage.hits),
                number(usage.misses),
                number(usage.evictions),
                number(usage.stale),
                number(tally.value)
            ),
        ];
        Some(suspect)
    }

    /// Node warned of this list: worth a word while it has not stood still through a good deal of work since.
    fn warned(
        &self,
        tally: &Tally,
        judgement: &Judgement,
        history: &History,
        limits: &FindingLimits,
    ) -> Option<Suspect> {
        let stood_still = *judgement == Judgement::Steady && history.watched_ms() > limits.warning_holds_ms;
        if stood_still || comes_and_goes(history, limits) {
            return None;
        }
        let (first, last) = (history.points().first()?, history.points().last()?);
        let measured = Growth {
            watched_ms: history.watched_ms(),
            from: 0.0,
            to: tally.value,
            since_ms: first.last.at_ms,
            until_ms: last.last.at_ms,
            steps: 1,
            intervals: 1,
            late_share: 0.0,
        };
        let mut suspect = self.suspect(tally, judgement.growth().unwrap_or(measured), limits);
        suspect.confidence = Confidence::Possible;
        suspect
            .notes
            .push("Node.js warned of it (MaxListenersExceededWarning)".to_owned());
        Some(suspect)
    }

    /// Where the members of a tally were made, most first. What was made lately may be gone soon: of a list, those
    /// count that have been there for a while, where there are any.
    fn sites_of(&self, tally: &Tally, growth: &Growth, lately_share: f64) -> Vec<SiteShare> {
        let mut made: Vec<(&Site, f64)> = match tally.place {
            Some(list) => {
                let old_ms = growth.until_ms - growth.span_ms() * lately_share;
                let is_old = |slot: &SlotId| self.birth_of(*slot).is_some_and(|birth| birth.at_ms < old_ms);
                let live = || {
                    self.holdings
                        .samples_of(list)
                        .filter(|(_, sample)| sample.value > 0.0)
                };
                let old: Vec<_> = live()
                    .filter(|(slot, _)| is_old(slot))
                    .map(|(_, s)| (&*s.site, s.value))
                    .collect();
                if old.is_empty() {
                    live().map(|(_, s)| (&*s.site, s.value)).collect()
                } else {
                    old
                }
            }
            None if tally.pool.is_none() => sampled_members(&self.holdings, &tally.label),
            None => Vec::new(),
        };
        made.retain(|(site, _)| !site.frames.is_empty());
        if made.is_empty() {
            made.extend(
                tally
                    .site
                    .as_deref()
                    .filter(|s| !s.frames.is_empty())
                    .map(|site| (site, tally.value)),
            );
        }
        let mut shares: BTreeMap<u64, SiteShare> = BTreeMap::new();
        for (site, count) in made {
            let new = || SiteShare {
                frames: site.frames.iter().map(place).collect(),
                count: 0.0,
            };
            shares.entry(site.id).or_insert_with(new).count += count;
        }
        let mut sorted: Vec<SiteShare> = shares.into_values().collect();
        sorted.sort_by(|a, b| b.count.total_cmp(&a.count));
        sorted.truncate(8);
        sorted
    }

    fn birth_of(&self, slot: SlotId) -> Option<Reading> {
        self.births.get(slot.0 as usize).copied().flatten()
    }
}

/// The samples of what a group counts, by site.
fn sampled_members<'a>(holdings: &'a Holdings, group: &str) -> Vec<(&'a Site, f64)> {
    let bare = group.strip_prefix(HANDLE_GROUP).unwrap_or(group);
    let of_group = |t: &&Tally| t.pool.is_some() && *t.label == *bare;
    let tallies = holdings.tallies().map(|(_, t)| t).filter(of_group);
    tallies
        .filter_map(|t| t.site.as_deref().map(|site| (site, t.value)))
        .collect()
}

fn place(frame: &Frame) -> Place {
    Place {
        function: frame.function.clone(),
        file: frame.file.clone(),
        portable: String::new(),
        line: frame.line,
        column: frame.column,
    }
}

fn first_frame(suspect: &Suspect) -> Option<&Place> {
    suspect.sites.first().and_then(|s| s.frames.first())
}

/// Whether two say the same: a count, and the samples of what it counts.
fn is_same(a: &Suspect, b: &Suspect) -> bool {
    let place = first_frame(a);
    (a.kind, &a.label, &a.thread) == (b.kind, &b.label, &b.thread)
        && place.is_some()
        && place == first_frame(b)
}

/// Whether `a` makes `b` superfluous.
fn says_more(a: &Suspect, b: &Suspect, limits: &FindingLimits) -> bool {
    let same_place = first_frame(a).is_some() && first_frame(a) == first_frame(b);
    let is_group = |s: &Suspect| s.label.starts_with(HANDLE_GROUP) || s.label.starts_with(DESCRIPTOR_GROUP);
    let has_place = |s: &Suspect| first_frame(s).is_some();
    match (a.kind, b.kind) {
        (Kind::Listener, Kind::Listener) => {
            a.thread == b.thread && a.is_one_place && !b.is_one_place && same_place
        }
        // Listeners on what is leaked are leaked with it.
        (Kind::Handle, Kind::Listener) => !b.is_one_place && classes_of(bare_label(a)).contains(&class_of(b)),
        // A child is its pipes, a worker its ports, a socket its descriptor: the one with a line is the cause.
        (Kind::Handle, Kind::Handle) if is_group(b) && !is_group(a) => {
            let same_thing = a.thread == b.thread && bare_label(a) == bare_label(b);
            same_thing
                || has_place(a)
                    && !has_place(b)
                    && a.growth.total() >= b.growth.total() * limits.explains_share
        }
        (Kind::Handle, Kind::Handle) if is_group(b) => {
            let is_socket = matches!(b.label.strip_prefix(DESCRIPTOR_GROUP), Some("socket" | "pipe"));
            is_socket && a.label.starts_with(HANDLE_GROUP) || has_place(a) && !has_place(b)
        }
        _ => false,
    }
}

fn bare_label(suspect: &Suspect) -> &str {
    suspect.label.strip_prefix(HANDLE_GROUP).unwrap_or(&suspect.label)
}

fn class_of(suspect: &Suspect) -> &str {
    suspect.label.split_once('\n').map_or("", |(_, class)| class)
}

/// Classes of the objects that come with a handle of this type.
fn classes_of(handle: &str) -> &'static [&'static str] {
    match handle {
        "TCPSocketWrap" | "TCPWrap" | "PipeWrap" => &[
            "Socket",
            "TLSSocket",
            "Server",
            "IncomingMessage",
            "ServerResponse",
            "ClientRequest",
        ],
        "UDPWrap" => &["Socket"],
        "ProcessWrap" => &["ChildProcess", "Socket"],
        "Worker" => &[
            "Worker",
            "MessagePort",
            "ReadableWorkerStdio",
            "WritableWorkerStdio",
        ],
        "FSEventWrap" | "StatWatcher" => &["FSWatcher", "StatWatcher"],
        "fd:file" => &["ReadStream", "WriteStream", "FileHandle"],
        _ => &[],
    }
}

fn undecided(tally: &Tally, growth: &Growth, limits: &CountLimits, thread: &str) -> String {
    let what = super::wording::noun(tally.pool, &tally.label);
    let why = if growth.watched_ms < limits.span_min_ms || f64::from(growth.steps) < limits.steps_min {
        "that is too short to tell a leak from a pool that fills: more of the same work would settle it"
    } else {
        "the growth slows or has paused: more of the same work would settle it"
    };
    format!(
        "{}{what} grew from {:.0} to {:.0} in {:.1} s; {why}",
        in_thread(thread),
        (growth.to - growth.total()).max(0.0),
        growth.to,
        growth.span_ms() / 1000.0
    )
}

fn lasting(tally: &Tally, growth: &Growth, limits: &FindingLimits, thread: &str) -> String {
    let lasts_ms = tally.lasts_ms.unwrap_or(0.0);
    format!(
        "{}{} grew from {:.0} to {:.0} in {:.1} s; each ends by itself within {}, so a steady load fills them for as long: \
         {} of the same work would settle it",
        in_thread(thread),
        super::wording::noun(tally.pool, &tally.label),
        (growth.to - growth.total()).max(0.0),
        growth.to,
        growth.span_ms() / 1000.0,
        super::wording::duration(lasts_ms),
        super::wording::duration(lasts_ms * limits.lasting_times)
    )
}

fn rising(field: &str, growth: &Growth, thread: &str) -> String {
    format!(
        "{}{field} rose from {} to {} in {:.1} s, measured after {} major collections, and has not come to rest: more of the same work would \
         settle it. To decide now, capture the heap before and after that work (captureHeap), and compare both (diffHeaps)",
        in_thread(thread),
        amount(growth.from, true),
        amount(growth.to, true),
        growth.span_ms() / 1000.0,
        growth.intervals + 1
    )
}

fn in_thread(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name}: ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "handler\t/app/a.js\t3\t7";

    fn claim(pool: Pool, label: &'static str) -> Claim<'static> {
        Claim {
            pool,
            label,
            site_key: SITE,
            owner: None,
            bound: None,
            began: Some(0.0),
            lasts_ms: None,
        }
    }

    fn look(monitor: &mut Monitor, id: ThreadId, i: usize, page: &[f64], groups: &[(String, f64)]) {
        let busy = i as f64 * 50.0;
        monitor.observe(
            id,
            &Observation {
                at_ms: i as f64 * 100.0,
                cpu_ms: busy,
                events: busy,
                page,
                groups,
                memory: None,
            },
        );
    }

    #[test]
    fn a_growing_list_is_found_with_the_site_that_adds_most() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        let list = monitor.claim(id, &claim(Pool::Target, "change\nBus")).unwrap();
        for line in [3, 3, 9] {
            let key = format!("on\t/app/a.js\t{line}\t7");
            let sample = Claim {
                site_key: &key,
                owner: Some(list),
                ..claim(Pool::Listener, "change\nBus")
            };
            monitor.claim(id, &sample).unwrap();
        }
        for i in 0..30 {
            look(&mut monitor, id, i, &[10.0 + 2.0 * i as f64, 1.0, 1.0, 1.0], &[]);
        }
        let check = monitor.check(id);
        assert_eq!(check.verdict, Verdict::Leaking);
        assert_eq!(check.suspects.len(), 1);
        assert_eq!(check.suspects[0].kind, Kind::Listener);
        assert_eq!(check.suspects[0].sites[0].frames[0].line, 3);
        assert_eq!(check.suspects[0].sites[0].count, 2.0);
    }

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

    #[test]
    fn a_group_without_a_site_of_its_own_borrows_that_of_its_samples() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        monitor
            .claim(id, &claim(Pool::Resource, "TCPSocketWrap"))
            .unwrap();
        for i in 0..60 {
            let groups = [
                ("handle:TCPSocketWrap".to_owned(), 3.0 * i as f64),
                ("fd:socket".to_owned(), 3.0 * i as f64),
            ];
            look(&mut monitor, id, i, &[1.0], &groups);
        }
        let check = monitor.check(id);
        assert_eq!(
            check.suspects.len(),
            1,
            "the descriptor is the handle's: {:?}",
            check.suspects
        );
        assert_eq!(check.suspects[0].sites[0].frames[0].file, "/app/a.js");
    }

    #[test]
    fn too_little_history_is_undecided() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        look(&mut monitor, id, 0, &[], &[]);
        let check = monitor.check(id);
        assert_eq!(check.verdict, Verdict::Undecided);
        assert_eq!(check.undecided.len(), 1);
    }

    #[test]
    fn a_cache_whose_keys_do_not_repeat_is_told_of_and_one_that_answers_is_not() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        let bounded = |label| Claim {
            bound: Some(10.0),
            ..claim(Pool::Cache, label)
        };
        let unused = monitor.claim(id, &bounded("unused")).unwrap();
        let used = monitor.claim(id, &bounded("used")).unwrap();
        let usage = CacheUse {
            max: 10.0,
            hits: 3.0,
            misses: 5_000.0,
            evictions: 4_990.0,
            additions: 5_000.0,
            keys: 4_800.0,
            ..CacheUse::default()
        };
        for tick in 0..40 {
            let seen = Observation {
                at_ms: f64::from(tick) * 100.0,
                cpu_ms: f64::from(tick) * 50.0,
                page: &[10.0, 10.0],
                ..Observation::default()
            };
            monitor.observe(id, &seen);
            monitor.use_cache(id, unused, usage);
            monitor.use_cache(
                id,
                used,
                CacheUse {
                    hits: 9_000.0,
                    ..usage
                },
            );
        }
        let check = monitor.check(id);
        let labels: Vec<&str> = check.suspects.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(labels, ["unused"]);
        let finding = super::super::explain(&check.suspects[0]);
        assert!(finding.message.starts_with(
            "Cache 'unused' is keyed by something that does not repeat: 3 of 5,003 lookups found something; made at"
        ));
        assert_eq!(
            finding.evidence[0],
            "about 4,800 different keys in 5,000 additions, for 10 places"
        );
        assert_eq!(monitor.caches().len(), 2);
    }
}
