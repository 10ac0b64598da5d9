//! Tells another monitor what one was told, in the same order. Slots may be others this time: things are found by their
//! numbers.

use std::collections::HashMap;

use super::{Call, Look, Recording, answer};
use crate::ledger::{Claim, GONE, SlotId};
use crate::monitor::{Check, Limits, Monitor, Observation, ThreadId};

/// A check, then and now.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was answered when it was recorded, see [`super::answer`].
    pub then: String,
    /// What is answered now.
    pub now: String,
    /// When, in microseconds of the recording: its newest look.
    pub at_us: f64,
    /// All of what is answered now.
    pub check: Check,
}

impl Recording {
    /// Judges it by these limits. Costs what judging costs: milliseconds for the looks of some seconds.
    pub fn replay(&self, limits: Limits) -> Vec<Answer> {
        let mut player = Player {
            recording: self,
            monitor: Monitor::with_limits(limits),
            threads: HashMap::new(),
            at_us: 0.0,
        };
        let calls = self.calls.iter();
        calls
            .filter_map(|(thread, call)| player.tell(*thread, call))
            .collect()
    }
}

struct Player<'a> {
    recording: &'a Recording,
    monitor: Monitor,
    threads: HashMap<u64, Told>,
    at_us: f64,
}

/// A thread, and where its things stand this time.
struct Told {
    id: ThreadId,
    slots: Vec<Option<SlotId>>,
    /// What stands in each slot.
    things: Vec<Option<usize>>,
    page: Vec<f64>,
}

impl Told {
    fn slot(&self, number: u32) -> Option<SlotId> {
        self.slots.get(number as usize).copied().flatten()
    }
}

impl Player<'_> {
    fn text(&self, number: u32) -> &str {
        self.recording
            .strings
            .get(number as usize)
            .map_or("", String::as_str)
    }

    fn tell(&mut self, thread: u64, call: &Call) -> Option<Answer> {
        match call {
            Call::Begin { name, key } => {
                let id = self
                    .monitor
                    .add_thread(self.recording.strings.get(*name as usize)?, *key);
                let told = Told {
                    id,
                    slots: Vec::new(),
                    things: Vec::new(),
                    page: Vec::new(),
                };
                self.threads.insert(thread, told);
            }
            Call::HistoryMin { span_min_ms } => self.monitor.set_history_min(*span_min_ms),
            Call::Look(look) => self.look(thread, look),
            Call::Claim(_) => self.claim(thread, call)?,
            Call::End => {
                let told = self.threads.remove(&thread)?;
                self.monitor.remove_thread(told.id);
            }
            Call::Adopt { id, owner } => {
                let told = self.threads.get(&thread)?;
                self.monitor.adopt(told.id, told.slot(*id)?, told.slot(*owner)?);
            }
            Call::Warn { id } => {
                let told = self.threads.get(&thread)?;
                self.monitor.warn(told.id, told.slot(*id)?);
            }
            Call::Drop { ids } => {
                let told = self.threads.get_mut(&thread)?;
                let slots: Vec<SlotId> = ids
                    .iter()
                    .filter_map(|id| told.slots.get_mut(*id as usize)?.take())
                    .collect();
                for slot in &slots {
                    told.page[slot.0 as usize] = GONE;
                }
                self.monitor.release(told.id, &slots);
            }
            Call::UseCache { id, cache } => {
                let told = self.threads.get(&thread)?;
                self.monitor.use_cache(told.id, told.slot(*id)?, *cache);
            }
            Call::Check { answer: then } => {
                let check = self.monitor.check(self.threads.get(&thread)?.id);
                return Some(Answer {
                    then: self.text(*then).to_owned(),
                    now: answer(&check),
                    at_us: self.at_us,
                    check,
                });
            }
        }
        None
    }

    fn claim(&mut self, thread: u64, call: &Call) -> Option<()> {
        let Call::Claim(claimed) = call else { return None };
        let strings = &self.recording.strings;
        let told = self.threads.get_mut(&thread)?;
        let claim = Claim {
            pool: claimed.pool,
            label: strings.get(claimed.label as usize)?,
            site_key: strings.get(claimed.site as usize)?,
            owner: claimed.owner.and_then(|owner| told.slot(owner)),
            bound: claimed.bound,
            began: claimed.began,
            lasts_ms: claimed.lasts_ms,
        };
        let slot = self.monitor.claim(told.id, &claim);
        if let Some(slot) = slot {
            let i = slot.0 as usize;
            if told.page.len() <= i {
                told.page.resize(i + 1, GONE);
                told.things.resize(i + 1, None);
            }
            told.page[i] = 0.0;
            // A full pool may have given up another thing for it.
            if let Some(old) = told.things[i].replace(told.slots.len()) {
                told.slots[old] = None;
            }
        }
        told.slots.push(slot);
        Some(())
    }

    fn look(&mut self, thread: u64, look: &Look) {
        let Some(told) = self.threads.get_mut(&thread) else {
            return;
        };
        for (number, value) in &look.changes {
            if let Some(slot) = told.slot(*number) {
                told.page[slot.0 as usize] = *value;
            }
        }
        let text = |number: u32| {
            self.recording
                .strings
                .get(number as usize)
                .cloned()
                .unwrap_or_default()
        };
        let groups: Vec<(String, f64)> = look
            .groups
            .iter()
            .map(|(label, value)| (text(*label), *value))
            .collect();
        let seen = Observation {
            at_ms: look.at_us / 1000.0,
            cpu_ms: look.cpu_us / 1000.0,
            events: look.events,
            page: &told.page,
            groups: &groups,
            memory: look.memory.map(|[a, b, c, d, majors]| ([a, b, c, d], majors)),
        };
        self.monitor.observe(told.id, &seen);
        self.at_us = look.at_us;
        for (number, _) in look.changes.iter().filter(|(_, value)| *value < 0.0) {
            if let Some(gone) = told.slots.get_mut(*number as usize) {
                *gone = None;
            }
        }
    }
}
