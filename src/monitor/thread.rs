//! One thread: what it holds, how each count and its memory went, and what a look at it adds. Knows time and readings;
//! must not judge.

use std::collections::{HashMap, VecDeque};

use super::limits::LookLimits;
use crate::growth::memory::Floors;
use crate::growth::{History, Judgement, Reading};
use crate::ledger::{Holdings, SlotId, TallyId};

/// Memory fields, in the order in which readings give them.
pub const MEMORY_FIELDS: [&str; 4] = ["heapUsed", "external", "arrayBuffers", "rss"];

/// A count that stands still is judged again after this long.
const JUDGEMENT_HOLDS_MS: f64 = 500.0;
/// How much the newest time between two looks changes what is usual.
const GAP_WEIGHT: f64 = 0.125;
/// Collections whose times are remembered.
const PROOFS_MAX: usize = 16;

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

/// A count over time, and what it was judged to be.
#[derive(Default)]
pub(super) struct Record {
    pub(super) serial: u64,
    pub(super) history: History,
    pub(super) found: bool,
    judged: Option<Judged>,
}

/// A judgement that holds while the count stands still, for a while.
struct Judged {
    at_ms: f64,
    value: f64,
    judgement: Judgement,
}

impl Record {
    /// Judges it, or tells what it was judged to be a moment ago.
    pub(super) fn judge(
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

    /// As if it had never been judged.
    pub(super) fn forget_judgement(&mut self) {
        self.found = false;
        self.judged = None;
    }
}

/// What is known of a thread.
#[derive(Default)]
pub(super) struct Thread {
    pub(super) name: String,
    pub(super) key: u32,
    pub(super) holdings: Holdings,
    pub(super) records: HashMap<TallyId, Record>,
    pub(super) floors: [Floors; 4],
    pub(super) memory_found: [bool; 4],
    pub(super) memory: [f64; 4],
    pub(super) first: Option<Reading>,
    pub(super) last: Option<Reading>,
    /// Time that counts for nothing, since nobody looked.
    pub(super) unwatched_ms: f64,
    /// How far apart looks are lately.
    usual_gap_ms: Option<f64>,
    pub(super) observations: u64,
    /// Those of them that were not taken at once with others, and the time of the last of these.
    pub(super) looks: u64,
    counted_ms: f64,
    /// Slots taken since the last look.
    newborn: Vec<SlotId>,
    /// When each slot was taken: the first look after it.
    births: Vec<Option<Reading>>,
    /// Looks at which the number of collections had changed, and that number.
    pub(super) proofs: VecDeque<(f64, Reading)>,
}

impl Thread {
    /// A thread of which nothing is known yet.
    pub(super) fn new(name: &str, key: u32) -> Self {
        Self {
            name: name.to_owned(),
            key,
            ..Self::default()
        }
    }

    /// Forgets the histories of tallies that are gone.
    pub(super) fn forget_dropped(&mut self) {
        for id in self.holdings.take_dropped() {
            self.records.remove(&id);
        }
    }

    /// Notes that a slot was taken.
    pub(super) fn born(&mut self, slot: SlotId) {
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

    /// Takes one look in. O(slots + tallies).
    pub(super) fn observe(&mut self, seen: &Observation<'_>, limits: &LookLimits) {
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

    /// The first look after a slot was taken.
    pub(super) fn birth_of(&self, slot: SlotId) -> Option<Reading> {
        self.births.get(slot.0 as usize).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Limits;

    fn look(thread: &mut Thread, at_ms: f64, majors: f64) {
        let seen = Observation {
            at_ms,
            memory: Some(([1.0, 1.0, 1.0, f64::NAN], majors)),
            ..Observation::default()
        };
        thread.observe(&seen, &Limits::default().looks);
    }

    #[test]
    fn time_in_which_nobody_looked_counts_as_no_more_than_a_few_usual_looks() {
        let mut thread = Thread::new("", 0);
        for i in 0..20 {
            look(&mut thread, f64::from(i) * 100.0, 0.0);
        }
        look(&mut thread, 20_000.0, 0.0);
        let watched_ms = thread.last.unwrap().watched_ms;
        assert!((watched_ms - 2_200.0).abs() < 1e-6, "{watched_ms}");
    }

    #[test]
    fn a_collection_is_remembered_when_its_number_is_new_and_only_the_latest_are() {
        let mut thread = Thread::new("", 0);
        for i in 0..40 {
            look(&mut thread, f64::from(i) * 100.0, f64::from(i / 2));
        }
        assert_eq!(thread.proofs.len(), PROOFS_MAX);
        assert_eq!(thread.proofs.back().map(|(majors, _)| *majors), Some(19.0));
        assert_eq!(thread.memory[3], 0.0, "what could not be read changes nothing");
    }
}
