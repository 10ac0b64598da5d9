//! Judges the memory fields of a thread, by what collections left. Must not know counts.

use super::limits::{FindingLimits, Limits};
use super::thread::{MEMORY_FIELDS, Thread};
use crate::finding::{Confidence, Kind, Suspect, Unsettled};
use crate::growth::Judgement;

impl Thread {
    /// Adds what has grown to `found`. Gives what rises and cannot be judged yet: without anything found, that is no
    /// clean program.
    pub(super) fn check_memory(&mut self, limits: &Limits, found: &mut Vec<Suspect>) -> Option<Unsettled> {
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
                    doubt = rise.map(|growth| Unsettled::Memory {
                        thread: self.name.clone(),
                        field: MEMORY_FIELDS[i],
                        growth,
                    });
                }
                continue;
            };
            explained = true;
            let FindingLimits {
                memory_span_ms,
                memory_steps,
                memory_large_steps,
                memory_large_bytes,
                ..
            } = limits.finding;
            let steps = f64::from(growth.steps);
            let is_large = steps >= memory_large_steps && growth.total() >= memory_large_bytes;
            let is_lasting = steps >= memory_steps && growth.span_ms() >= memory_span_ms;
            let is_proof = is_large || is_lasting;
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
                sign: None,
                series: floors.points(),
            });
        }
        doubt
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Check, Monitor, Observation};
    use super::*;

    /// What is said of a thread whose heap and rss, in megabytes, go so by the number of the look.
    fn check(name: &str, heap: fn(f64) -> f64, rss: fn(f64) -> f64) -> Check {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread(name, 0);
        for i in 0..300 {
            let at = f64::from(i);
            let seen = Observation {
                at_ms: at * 100.0,
                cpu_ms: at * 50.0,
                memory: Some(([heap(at) * 1e6, 1e6, 1e6, rss(at) * 1e6], (at / 5.0).floor())),
                ..Observation::default()
            };
            monitor.observe(id, &seen);
        }
        monitor.check(id)
    }

    fn kinds(check: &Check) -> Vec<Kind> {
        check.suspects.iter().map(|suspect| suspect.kind).collect()
    }

    #[test]
    fn what_the_heap_explains_is_not_told_again_of_rss() {
        let grown = check("", |at| 50.0 + at, |at| 100.0 + at);
        assert_eq!(kinds(&grown), [Kind::Heap]);
        assert_eq!(grown.suspects[0].label, "heapUsed");
    }

    #[test]
    fn the_main_thread_alone_answers_for_rss() {
        assert_eq!(kinds(&check("", |_| 50.0, |at| 100.0 + at)), [Kind::Native]);
        assert_eq!(kinds(&check("worker 1", |_| 50.0, |at| 100.0 + at)), []);
    }
}
