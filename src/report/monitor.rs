//! Joins what is held with how it grew: one monitor for the process, one entry a thread.
//!
//! A thread's entry goes when the thread goes. Rules and limits are explained in docs/how-it-works.md.

use std::collections::{BTreeMap, HashMap};

use super::finding::{Confidence, Kind, Place, SiteShare, Suspect, Verdict};
use crate::growth::counts::{self, Limits};
use crate::growth::memory::{self, Floors};
use crate::growth::{Growth, History, Judgement, Reading};
use crate::ledger::{Claim, Frame, Holdings, Pool, Site, SiteTable, SlotId, Tally, TallyId};

/// Identity of a thread's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadId(pub u64);

/// Memory fields, in the order in which readings give them.
pub const MEMORY_FIELDS: [&str; 4] = ["heapUsed", "external", "arrayBuffers", "rss"];

/// A list that Node warned of and that then stood still for this long, while the program worked, is no suspect.
const WARNING_HOLDS_MS: f64 = 3_000.0;

/// A count that stands still is judged again after this long.
const JUDGEMENT_HOLDS_MS: f64 = 500.0;

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
    fn judge(&mut self, tally: &Tally, limits: &Limits, at_ms: f64) -> Judgement {
        let holds = |j: &&Judged| j.value == tally.value && at_ms - j.at_ms < JUDGEMENT_HOLDS_MS;
        if let Some(judged) = self.judged.as_ref().filter(holds) {
            return judged.judgement;
        }
        let judgement = counts::judge(&self.history, tally.bound, self.found, limits);
        self.found = matches!(judgement, Judgement::Growing(_));
        self.judged = Some(Judged {
            at_ms,
            value: tally.value,
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
    first_ms: Option<f64>,
    last_ms: f64,
    observations: u64,
}

/// Everything that is known of the process.
#[derive(Default)]
pub struct Monitor {
    sites: SiteTable,
    threads: BTreeMap<ThreadId, Thread>,
    next_thread: u64,
    span_min_ms: Option<f64>,
}

impl Monitor {
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
        self.span_min_ms = Some(span_min_ms);
    }

    /// See [`Holdings::claim`]. `None` too for a thread that is gone.
    pub fn claim(&mut self, id: ThreadId, claim: &Claim<'_>) -> Option<SlotId> {
        let thread = self.threads.get_mut(&id)?;
        let slot = thread.holdings.claim(&mut self.sites, claim);
        thread.forget_dropped();
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

    /// Takes one look at a thread in. O(slots + tallies).
    pub fn observe(&mut self, id: ThreadId, seen: &Observation<'_>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.observe(seen);
        }
    }

    /// Judges all threads, `own` for the thread that asks; of each other one entry. O(tallies that grew x points).
    pub fn check(&mut self, own: ThreadId) -> Check {
        let mut limits = Limits::default();
        if let Some(span_min_ms) = self.span_min_ms {
            limits.span_min_ms = span_min_ms;
        }
        let mut check = Check {
            verdict: Verdict::Clean,
            suspects: Vec::new(),
            undecided: Vec::new(),
            looked: Vec::new(),
        };
        let mut seen: Vec<u32> = self.threads.get(&own).map(|t| t.key).into_iter().collect();
        for (id, thread) in &mut self.threads {
            if *id != own {
                if seen.contains(&thread.key) {
                    continue;
                }
                seen.push(thread.key);
            }
            thread.check(&limits, &mut check);
        }
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
        }
        check
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

const fn is_memory(kind: Kind) -> bool {
    matches!(kind, Kind::Buffer | Kind::Heap | Kind::Native)
}

impl Thread {
    fn forget_dropped(&mut self) {
        for id in self.holdings.take_dropped() {
            self.records.remove(&id);
        }
    }

    fn observe(&mut self, seen: &Observation<'_>) {
        self.first_ms.get_or_insert(seen.at_ms);
        self.last_ms = seen.at_ms;
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
                    let at_ms = seen.at_ms - 1.0;
                    record.history.push(Reading {
                        at_ms,
                        cpu_ms: seen.cpu_ms,
                        events: seen.events,
                        value,
                    });
                }
            }
            let reading = Reading {
                at_ms: seen.at_ms,
                cpu_ms: seen.cpu_ms,
                events: seen.events,
                value: tally.value,
            };
            record.history.push(reading);
        }
        if let Some((fields, majors)) = seen.memory {
            self.memory = fields;
            for (floors, value) in self.floors.iter_mut().zip(fields) {
                floors.push(seen.at_ms, value, majors);
            }
        }
    }

    fn check(&mut self, limits: &Limits, check: &mut Check) {
        let span_ms = self.last_ms - self.first_ms.unwrap_or(self.last_ms);
        if span_ms < limits.span_min_ms || self.observations < u64::from(limits.steps_min) {
            check.undecided.push(format!(
                "{}only {:.1} s and {} readings of history: let the program work for at least {:.0} s",
                in_thread(&self.name),
                span_ms / 1000.0,
                self.observations,
                (limits.span_min_ms / 1000.0).ceil()
            ));
        }
        let mut found = self.check_tallies(limits, check);
        self.drop_repetitions(&mut found);
        self.check_memory(&mut found);
        let counts = self.holdings.tallies().filter(|(_, t)| t.value > 0.0).count();
        check.looked.push(format!(
            "{}{counts} live counts (listeners, timers, handles, collections) and {} memory fields over {:.1} s, {} readings",
            in_thread(&self.name),
            MEMORY_FIELDS.len(),
            span_ms / 1000.0,
            self.observations
        ));
        check.undecided.dedup();
        check.suspects.append(&mut found);
    }

    fn check_tallies(&mut self, limits: &Limits, check: &mut Check) -> Vec<Suspect> {
        let mut found = Vec::new();
        let holdings = &self.holdings;
        for (id, tally) in holdings.tallies() {
            let Some(record) = self.records.get_mut(&id) else {
                continue;
            };
            let own = limits_for(tally, limits);
            if tally.value < own.total_min && !tally.warned {
                record.found = false;
                record.judged = None;
                continue;
            }
            let judgement = record.judge(tally, &own, self.last_ms);
            match judgement {
                Judgement::Growing(growth) => found.push(suspect(holdings, tally, growth, &self.name)),
                Judgement::Filling(growth) if tally.bound.is_none() && !tally.warned => {
                    check.undecided.push(undecided(tally, &growth, &own, &self.name));
                }
                _ if tally.warned => {
                    found.extend(warned(holdings, tally, &judgement, &record.history, &self.name))
                }
                _ => {}
            }
        }
        found
    }

    /// One thing that grows is one finding: the most exact one that knows the line.
    fn drop_repetitions(&self, found: &mut Vec<Suspect>) {
        let mut drop = vec![false; found.len()];
        for (i, a) in found.iter().enumerate() {
            drop[i] = found.iter().enumerate().any(|(j, b)| {
                let is_surer = (b.confidence, j) < (a.confidence, i);
                i != j && a.thread == b.thread && (says_more(b, a) || is_surer && says_the_same(b, a))
            });
        }
        let mut drop = drop.into_iter();
        found.retain(|_| !drop.next().unwrap_or(false));
    }

    fn check_memory(&mut self, found: &mut Vec<Suspect>) {
        let is_main = self.name.is_empty();
        let mut explained = false;
        for (i, floors) in self.floors.iter().enumerate() {
            // rss is the process's: the main thread answers for it, and only for what the other fields do not show.
            let is_rss = i == 3;
            if is_rss && (explained || !is_main) || i == 2 && explained {
                continue;
            }
            let judgement = floors.judge(&memory_limits(is_rss));
            self.memory_found[i] = matches!(judgement, Judgement::Growing(_));
            let Judgement::Growing(growth) = judgement else {
                continue;
            };
            explained = true;
            found.push(Suspect {
                kind: [Kind::Heap, Kind::Buffer, Kind::Buffer, Kind::Native][i],
                confidence: if growth.steps >= 12 {
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
            });
        }
    }
}

fn memory_limits(is_rss: bool) -> memory::Limits {
    if is_rss {
        memory::Limits {
            floors_min: 10,
            span_min_ms: 10_000.0,
            total_min: 64e6,
            share_min: 0.4,
        }
    } else {
        memory::Limits {
            floors_min: 6,
            span_min_ms: 2_000.0,
            total_min: 10e6,
            share_min: 0.3,
        }
    }
}

fn limits_for(tally: &Tally, limits: &Limits) -> Limits {
    match tally.pool {
        // Collections are meant to hold things: more must be there before a word is said.
        Some(Pool::Collection) => Limits {
            total_min: 24.0,
            share_min: 0.05,
            ..*limits
        },
        Some(Pool::Timer) | Some(Pool::Descriptor) | Some(Pool::Resource) => Limits {
            total_min: 8.0,
            ..*limits
        },
        None => Limits {
            total_min: 10.0,
            share_min: 0.1,
            ..*limits
        },
        _ => *limits,
    }
}

fn suspect(holdings: &Holdings, tally: &Tally, growth: Growth, thread: &str) -> Suspect {
    let exact = !tally.estimated;
    let long = growth.steps >= 12 && growth.span_ms() >= 4_000.0;
    Suspect {
        kind: match tally.pool {
            Some(Pool::Target | Pool::Listener) => Kind::Listener,
            Some(Pool::Timer) => Kind::Timer,
            Some(Pool::Collection) => Kind::Collection,
            Some(Pool::Resource | Pool::Descriptor) | None => Kind::Handle,
        },
        confidence: if exact && long {
            Confidence::Certain
        } else {
            Confidence::Likely
        },
        label: tally.label.to_string(),
        thread: thread.to_owned(),
        growth,
        live: tally.value,
        high_water: tally.high_water,
        exact,
        is_one_place: tally.place.is_some(),
        sites: sites_of(holdings, tally),
        notes: Vec::new(),
    }
}

/// Node warned of this list: worth a word while it has not stood still through a good deal of work since.
fn warned(
    holdings: &Holdings,
    tally: &Tally,
    judgement: &Judgement,
    history: &History,
    thread: &str,
) -> Option<Suspect> {
    if *judgement == Judgement::Steady && history.span_ms() > WARNING_HOLDS_MS {
        return None;
    }
    let (first, last) = (history.points().first()?, history.points().last()?);
    let measured = Growth {
        from: 0.0,
        to: tally.value,
        since_ms: first.last.at_ms,
        until_ms: last.last.at_ms,
        steps: 1,
        intervals: 1,
        late_share: 0.0,
    };
    let growth = judgement.growth().unwrap_or(measured);
    let mut suspect = suspect(holdings, tally, growth, thread);
    suspect.confidence = Confidence::Possible;
    suspect
        .notes
        .push("Node.js warned of it (MaxListenersExceededWarning)".to_owned());
    Some(suspect)
}

/// Where the members of a tally were made, most first.
fn sites_of(holdings: &Holdings, tally: &Tally) -> Vec<SiteShare> {
    let mut made: Vec<(&Site, f64)> = match tally.place {
        Some(slot) => holdings
            .samples_of(slot)
            .filter(|s| s.value > 0.0)
            .map(|s| (&*s.site, s.value))
            .collect(),
        None if tally.pool.is_none() => sampled_members(holdings, &tally.label),
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

/// Whether `a` makes `b` superfluous.
fn says_more(a: &Suspect, b: &Suspect) -> bool {
    if a.kind != b.kind {
        return false;
    }
    let is_group = |s: &Suspect| s.label.starts_with(HANDLE_GROUP) || s.label.starts_with(DESCRIPTOR_GROUP);
    let same_place = first_frame(a).is_some() && first_frame(a) == first_frame(b);
    match a.kind {
        Kind::Listener => a.is_one_place && !b.is_one_place && same_place,
        Kind::Handle if is_group(b) && !is_group(a) => {
            let bare = b.label.strip_prefix(HANDLE_GROUP).unwrap_or(&b.label);
            a.label == bare || is_socket_descriptor(b)
        }
        // A socket is a handle first and a descriptor second.
        Kind::Handle => is_socket_descriptor(b) && a.label.starts_with(HANDLE_GROUP),
        _ => false,
    }
}

/// Descriptors are counted as a group and, those of known call sites, by site: one leak where both lead to one line.
fn says_the_same(a: &Suspect, b: &Suspect) -> bool {
    let same_place = first_frame(a).is_some() && first_frame(a) == first_frame(b);
    a.kind == Kind::Handle && b.kind == Kind::Handle && a.label == b.label && same_place
}

fn is_socket_descriptor(suspect: &Suspect) -> bool {
    matches!(
        suspect.label.strip_prefix(DESCRIPTOR_GROUP),
        Some("socket" | "pipe")
    )
}

fn undecided(tally: &Tally, growth: &Growth, limits: &Limits, thread: &str) -> String {
    let what = super::wording::noun(tally.pool, &tally.label);
    let why = if growth.span_ms() < limits.span_min_ms || growth.steps < limits.steps_min {
        "that is too short to tell a leak from a pool that fills: more of the same work would settle it"
    } else {
        "the growth slows or has paused: more of the same work would settle it"
    };
    format!(
        "{}{what} grew by {:.0} to {:.0} in {:.1} s; {why}",
        in_thread(thread),
        growth.total(),
        growth.to,
        growth.span_ms() / 1000.0
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
        for i in 0..30 {
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
    fn descriptors_that_are_counted_twice_are_one_finding() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        for i in 0..60 {
            monitor.claim(id, &claim(Pool::Descriptor, "fd:file")).unwrap();
            let page = vec![1.0; i + 1];
            look(&mut monitor, id, i, &page, &[("fd:file".to_owned(), page.len() as f64)]);
        }
        let check = monitor.check(id);
        assert_eq!(check.suspects.len(), 1, "{:?}", check.suspects);
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
}
