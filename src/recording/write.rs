//! A monitor that keeps a log of all it is told. Must not change what the monitor answers, but for one thing: times are
//! rounded to microseconds before they are judged, so that the log holds exactly what was judged.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Deref;

use super::{FIRST_LINE, answer, cache_numbers};
use crate::ledger::{CacheUse, Claim, Pool, SlotId};
use crate::monitor::{Check, Monitor, Observation, ThreadId};

/// Stands in for a [`Monitor`] where programs are recorded. What only reads goes to the monitor itself.
#[derive(Default)]
pub struct Recorder {
    monitor: Monitor,
    log: Log,
}

impl Deref for Recorder {
    type Target = Monitor;

    fn deref(&self) -> &Monitor {
        &self.monitor
    }
}

impl Recorder {
    /// The log so far as a text, without its header. `root` is taken off the paths in it.
    pub fn text(&self, root: &str) -> String {
        self.log.text(root)
    }

    /// See [`Monitor::add_thread`].
    pub fn add_thread(&mut self, name: &str, key: u32) -> ThreadId {
        let id = self.monitor.add_thread(name, key);
        self.log.threads.insert(id, Spoken::default());
        let name = self.log.string(name);
        self.log.line(id, &format!("+ {name} {key}"));
        id
    }

    /// See [`Monitor::remove_thread`].
    pub fn remove_thread(&mut self, id: ThreadId) {
        self.monitor.remove_thread(id);
        if self.log.threads.remove(&id).is_some() {
            self.log.line(id, "-");
        }
    }

    /// See [`Monitor::set_history_min`].
    pub fn set_history_min(&mut self, span_min_ms: f64) {
        self.monitor.set_history_min(span_min_ms);
        if self.log.history_min_ms != Some(span_min_ms) {
            self.log.history_min_ms = Some(span_min_ms);
            let speaker = self.log.speaker;
            self.log.line(speaker, &format!("h {span_min_ms}"));
        }
    }

    /// See [`Monitor::claim`].
    pub fn claim(&mut self, id: ThreadId, claim: &Claim<'_>) -> Option<SlotId> {
        let slot = self.monitor.claim(id, claim)?;
        self.log.claim(id, claim, slot);
        Some(slot)
    }

    /// See [`Monitor::adopt`].
    pub fn adopt(&mut self, id: ThreadId, slot: SlotId, owner: SlotId) {
        self.monitor.adopt(id, slot, owner);
        if let (Some(slot), Some(owner)) = (self.log.number(id, slot), self.log.number(id, owner)) {
            self.log.line(id, &format!("a {slot} {owner}"));
        }
    }

    /// See [`Monitor::warn`].
    pub fn warn(&mut self, id: ThreadId, slot: SlotId) {
        self.monitor.warn(id, slot);
        if let Some(slot) = self.log.number(id, slot) {
            self.log.line(id, &format!("w {slot}"));
        }
    }

    /// See [`Monitor::thin`].
    pub fn thin(&mut self, id: ThreadId, pool: Pool) -> Vec<SlotId> {
        let dropped = self.monitor.thin(id, pool);
        self.log.drop(id, &dropped);
        dropped
    }

    /// See [`Monitor::use_cache`].
    pub fn use_cache(&mut self, id: ThreadId, slot: SlotId, cache: CacheUse) {
        self.monitor.use_cache(id, slot, cache);
        self.log.use_cache(id, slot, &cache);
    }

    /// See [`Monitor::observe`].
    pub fn observe(&mut self, id: ThreadId, seen: &Observation<'_>) {
        let (at_us, cpu_us) = ((seen.at_ms * 1000.0).round(), (seen.cpu_ms * 1000.0).round());
        let seen = Observation {
            at_ms: at_us / 1000.0,
            cpu_ms: cpu_us / 1000.0,
            ..seen.clone()
        };
        self.log.look(id, at_us, cpu_us, &seen);
        self.monitor.observe(id, &seen);
    }

    /// See [`Monitor::check`].
    pub fn check(&mut self, own: ThreadId) -> Check {
        let check = self.monitor.check(own);
        let answer = self.log.string(&answer(&check));
        self.log.line(own, &format!("q {answer}"));
        check
    }
}

struct Log {
    strings: Vec<String>,
    by_text: HashMap<String, usize>,
    lines: String,
    /// The newest line and how often it was said in a row; only claims are.
    pending: (String, usize),
    speaker: ThreadId,
    threads: HashMap<ThreadId, Spoken>,
    history_min_ms: Option<f64>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            strings: Vec::new(),
            by_text: HashMap::new(),
            lines: String::new(),
            pending: (String::new(), 0),
            speaker: ThreadId(u64::MAX),
            threads: HashMap::new(),
            history_min_ms: None,
        }
    }
}

/// What a thread has said so far.
#[derive(Default)]
struct Spoken {
    claims: u32,
    /// The thing in each slot: its number, and what was read last.
    slots: Vec<Option<(u32, f64)>>,
    clocks: [f64; 3],
    memory: [f64; 5],
    caches: HashMap<u32, [f64; 8]>,
}

impl Log {
    fn string(&mut self, text: &str) -> usize {
        if let Some(&number) = self.by_text.get(text) {
            return number;
        }
        self.strings.push(text.to_owned());
        self.by_text.insert(text.to_owned(), self.strings.len() - 1);
        self.strings.len() - 1
    }

    fn line(&mut self, speaker: ThreadId, line: &str) {
        if speaker == self.speaker && self.pending.0 == line && line.starts_with('c') {
            self.pending.1 += 1;
            return;
        }
        let (last, times) = std::mem::take(&mut self.pending);
        put(&mut self.lines, &last, times);
        if speaker != self.speaker {
            self.speaker = speaker;
            put(&mut self.lines, &format!("@ {}", speaker.0), 1);
        }
        self.pending = (line.to_owned(), 1);
    }

    fn number(&self, id: ThreadId, slot: SlotId) -> Option<u32> {
        let thing = self.threads.get(&id)?.slots.get(slot.0 as usize)?;
        thing.map(|(number, _)| number)
    }

    fn claim(&mut self, id: ThreadId, claim: &Claim<'_>, slot: SlotId) {
        let owner = claim.owner.and_then(|owner| self.number(id, owner));
        let (label, site) = (self.string(claim.label), self.string(claim.site_key));
        let mut line = format!("c {} {label} {site}", claim.pool as usize);
        for (mark, value) in [('o', owner.map(f64::from)), ('b', claim.bound)] {
            if let Some(value) = value {
                line += &format!(" {mark}{value}");
            }
        }
        match claim.began {
            Some(0.0) => {}
            Some(began) => line += &format!(" g{began}"),
            None => line += " g-",
        }
        if let Some(lasts_ms) = claim.lasts_ms {
            line += &format!(" l{lasts_ms}");
        }
        self.line(id, &line);
        let spoken = self.threads.entry(id).or_default();
        let i = slot.0 as usize;
        if spoken.slots.len() <= i {
            spoken.slots.resize(i + 1, None);
        }
        spoken.slots[i] = Some((spoken.claims, 0.0));
        spoken.claims += 1;
    }

    fn drop(&mut self, id: ThreadId, slots: &[SlotId]) {
        let Some(spoken) = self.threads.get_mut(&id) else {
            return;
        };
        let things = slots
            .iter()
            .filter_map(|slot| spoken.slots[slot.0 as usize].take());
        let line = things.map(|(number, _)| format!(" {number}")).collect::<String>();
        if !line.is_empty() {
            self.line(id, &format!("d{line}"));
        }
    }

    fn use_cache(&mut self, id: ThreadId, slot: SlotId, cache: &CacheUse) {
        let Some(number) = self.number(id, slot) else {
            return;
        };
        let spoken = self.threads.entry(id).or_default();
        let last = spoken.caches.entry(number).or_default();
        let numbers = cache_numbers(cache);
        let mut line = format!("u {number}");
        for (last, now) in last.iter_mut().zip(numbers) {
            difference(&mut line, last, now);
        }
        self.line(id, &line);
    }

    fn look(&mut self, id: ThreadId, at_us: f64, cpu_us: f64, seen: &Observation<'_>) {
        let labels: Vec<usize> = seen.groups.iter().map(|(label, _)| self.string(label)).collect();
        let spoken = self.threads.entry(id).or_default();
        let mut line = "l".to_owned();
        for (last, now) in spoken.clocks.iter_mut().zip([at_us, cpu_us, seen.events]) {
            difference(&mut line, last, now);
        }
        let mut changes: Vec<(u32, f64)> = Vec::new();
        for (i, thing) in spoken.slots.iter_mut().enumerate() {
            let Some((number, last)) = thing else { continue };
            let value = seen.page.get(i).copied().filter(|value| *value >= 0.0);
            if value != Some(*last) {
                changes.push((*number, value.unwrap_or(-1.0)));
            }
            match value {
                Some(value) => *last = value,
                None => *thing = None,
            }
        }
        changes.sort_by_key(|(number, _)| *number);
        let is_next = |a: &(u32, f64), b: &(u32, f64)| a.0 + 1 == b.0 && a.1 == b.1;
        for run in changes.chunk_by(is_next) {
            let ((first, value), (last, _)) = (run[0], run[run.len() - 1]);
            line += &format!(" {first}");
            if last > first {
                line += &format!("-{last}");
            }
            line += &if value < 0.0 {
                ":x".to_owned()
            } else {
                format!(":{value}")
            };
        }
        for (label, (_, value)) in labels.iter().zip(seen.groups) {
            line += &format!(" g{label}:{value}");
        }
        if let Some(([heap_used, external, array_buffers, rss], majors)) = seen.memory {
            line += " m";
            let now = [heap_used, external, array_buffers, rss, majors];
            for (last, now) in spoken.memory.iter_mut().zip(now) {
                difference(&mut line, last, now);
            }
        }
        self.line(id, &line);
    }

    fn text(&self, root: &str) -> String {
        let prefix = format!("{}/", root.trim_end_matches('/'));
        let mut text = format!("{FIRST_LINE}\n");
        for string in &self.strings {
            let relative = string.replace(&prefix, "");
            let escaped = relative
                .replace('\\', "\\\\")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
            put(&mut text, &format!("s {escaped}"), 1);
        }
        text += &self.lines;
        put(&mut text, &self.pending.0, self.pending.1);
        text
    }
}

fn put(text: &mut String, line: &str, times: usize) {
    *text += line;
    if times > 1 {
        *text += &format!(" *{times}");
    }
    if times > 0 {
        text.push('\n');
    }
}

/// Writes a number as its difference to the one before.
fn difference(line: &mut String, last: &mut f64, now: f64) {
    // Writing to a string cannot fail.
    let _ = if is_whole(*last) && is_whole(now) {
        write!(line, " {}", now - *last)
    } else {
        write!(line, " ={now}")
    };
    *last = now;
}

/// Whether differences of this number are exact.
fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < 4e15
}
