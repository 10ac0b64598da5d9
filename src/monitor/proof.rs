//! What only collections can tell from garbage: it is judged by what has lived through enough of them. Knows when
//! things were made and when collections ended; must not know what a collection is.

use std::collections::HashMap;

use super::limits::ProofLimits;
use super::thread::Thread;
use crate::finding::DEPENDENTS_EVENT;
use crate::growth::counts::{self, CountLimits};
use crate::growth::{History, Judgement, Reading};
use crate::ledger::{Pool, Slot, Tally, TallyId};

impl Thread {
    /// When what collections have proven to live was made, for each tally that only they can prove. O(slots).
    pub(super) fn proven_births(&self) -> HashMap<TallyId, Vec<(Reading, f64)>> {
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
    pub(super) fn judge_proven(
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
}

/// What only collections can tell from garbage: listeners of targets that nobody follows, what fetch() listens to,
/// dependent signals, promises.
fn is_proven_by_collections(tally: &Tally, sample: &Slot) -> bool {
    match tally.pool {
        Some(Pool::Listener) => true,
        Some(Pool::Target) => sample.site.is_weak || counts_dependents(tally),
        Some(Pool::Timer) => !matches!(&*tally.label, "setTimeout" | "setInterval"),
        _ => false,
    }
}

/// Whether it counts the signals that depend on one.
fn counts_dependents(tally: &Tally) -> bool {
    tally
        .label
        .split_once('\n')
        .is_some_and(|(event, _)| event == DEPENDENTS_EVENT)
}

#[cfg(test)]
mod tests {
    use super::super::testing::one_more_each_look;
    use crate::finding::Kind;
    use crate::ledger::Pool;

    #[test]
    fn what_may_be_garbage_is_found_once_collections_have_left_it() {
        let before = one_more_each_look(Pool::Timer, "Promise", &[], |_| 0.0);
        assert!(before.suspects.is_empty(), "{:?}", before.suspects);
        let after = one_more_each_look(Pool::Timer, "Promise", &[], |at| (at / 10.0).floor());
        let kinds: Vec<Kind> = after.suspects.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [Kind::Timer]);
    }

    #[test]
    fn a_timer_of_the_program_needs_no_collection() {
        let check = one_more_each_look(Pool::Timer, "setInterval", &[], |_| 0.0);
        assert_eq!(check.suspects.len(), 1);
    }
}
