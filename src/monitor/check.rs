//! The check: all threads are judged, what says the same is one suspect, and the answer is made of what is left.
//! Must not make sentences.

use super::intake::{Monitor, ThreadId};
use super::limits::{Limits, LookLimits};
use super::overlap::{drop_alike, drop_repetitions};
use super::tallies::{Doubt, OpenDescriptors};
use super::thread::{MEMORY_FIELDS, Thread};
use crate::finding::{Confidence, Examined, Kind, Suspect, Unsettled, Verdict};
use crate::growth::counts::CountLimits;

/// What a check found.
#[derive(Debug, Clone)]
pub struct Check {
    /// The answer.
    pub verdict: Verdict,
    /// What grows, surest first; of equals the one that grew most.
    pub suspects: Vec<Suspect>,
    /// What grows but cannot be told yet.
    pub undecided: Vec<Unsettled>,
    /// What was examined, in each thread.
    pub examined: Vec<Examined>,
}

impl Monitor {
    /// Judges all threads, `own` for the thread that asks; of each other one entry. O(tallies that grew x points).
    pub fn check(&mut self, own: ThreadId) -> Check {
        let limits = self.limits;
        let mut check = Check {
            verdict: Verdict::Clean,
            suspects: Vec::new(),
            undecided: Vec::new(),
            examined: Vec::new(),
        };
        let mut doubts = Vec::new();
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
            thread.check(&limits, &open, &mut check, &mut doubts);
        }
        drop_repetitions(&mut check.suspects, &limits.finding);
        check.settle(doubts);
        check.suspects.sort_by(|a, b| {
            let key = |s: &Suspect| (s.confidence, s.kind.is_bytes());
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
                check.undecided.push(Unsettled::OnlySigns);
            }
        }
        check
    }
}

impl Check {
    /// A count without a line of its own needs no word beside a finding that may explain it.
    fn settle(&mut self, doubts: Vec<Doubt>) {
        let explained = self
            .suspects
            .iter()
            .any(|s| s.kind == Kind::Handle && !s.sites.is_empty());
        let kept = doubts.into_iter().filter(|doubt| !(doubt.is_group && explained));
        self.undecided.extend(kept.map(|doubt| doubt.what));
        drop_alike(&mut self.undecided);
    }
}

impl Thread {
    fn check(&mut self, limits: &Limits, open: &OpenDescriptors, check: &mut Check, doubts: &mut Vec<Doubt>) {
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
            check.undecided.push(Unsettled::ShortHistory {
                thread: self.name.clone(),
                span_ms,
                looks: self.looks,
                span_min_ms,
            });
        } else if looks < coarse_min && whole_ms > looks * coarse_gap_ms {
            check.undecided.push(Unsettled::FewLooks {
                thread: self.name.clone(),
                looks: self.looks,
                whole_ms,
            });
        }
        let mut found = self.check_tallies(limits, open, doubts);
        let doubt = self.check_memory(limits, &mut found);
        if found.is_empty() {
            check.undecided.extend(doubt);
        }
        let counts = self.holdings.tallies().filter(|(_, t)| t.value > 0.0).count();
        check.examined.push(Examined {
            thread: self.name.clone(),
            counts,
            fields: MEMORY_FIELDS.len(),
            span_ms,
            readings: self.observations,
        });
        check.suspects.append(&mut found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::look;
    use super::*;

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
    fn of_a_thread_with_several_entries_one_is_judged() {
        let mut monitor = Monitor::default();
        let own = monitor.add_thread("", 0);
        for (name, key) in [("", 0), ("worker 1", 1), ("worker 1", 1)] {
            monitor.add_thread(name, key);
        }
        let examined = monitor.check(own).examined;
        let threads: Vec<&str> = examined.iter().map(|seen| seen.thread.as_str()).collect();
        assert_eq!(threads, ["", "worker 1"]);
    }
}
