//! Judges the counts of a thread, one by one. Knows which rule a count is judged by; must not know how suspects of
//! several counts go together.

use std::collections::HashSet;

use super::limits::{FindingLimits, Limits};
use super::suspects::kind_of;
use super::thread::Thread;
use crate::finding::{DESCRIPTOR_GROUP, MayEnd, Suspect, Unsettled};
use crate::growth::counts::{self, CountLimits};
use crate::growth::{Growth, History, Judgement};
use crate::ledger::{Pool, Tally};

/// A count that grows and cannot be told yet.
pub(super) struct Doubt {
    /// It is counted from outside, and has no line of its own.
    pub(super) is_group: bool,
    pub(super) what: Unsettled,
}

/// What the system says of open descriptors. Samples tell by which call they were opened, but a number that is
/// closed and opened again for the same file looks to them as if it had stayed open: the system's count decides.
#[derive(Default)]
pub(super) struct OpenDescriptors {
    counted: HashSet<String>,
    growing: HashSet<String>,
}

impl OpenDescriptors {
    fn contradict(&self, tally: &Tally) -> bool {
        tally.pool.is_some() && self.counted.contains(&*tally.label) && !self.growing.contains(&*tally.label)
    }
}

impl Thread {
    /// Judges each count. What grows is found; what may still end is a doubt.
    pub(super) fn check_tallies(
        &mut self,
        limits: &Limits,
        open: &OpenDescriptors,
        doubts: &mut Vec<Doubt>,
    ) -> Vec<Suspect> {
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
                record.forget_judgement();
                continue;
            }
            let judgement = record.judge(tally.value, now_ms, |history, found| match births.get(&id) {
                Some(births) => {
                    self.judge_proven(births, tally.pool == Some(Pool::Target), &limits.proof, &own)
                }
                None => counts::judge(history, tally.bound, found, &own),
            });
            match judgement {
                Judgement::Growing(growth) => match filling(tally, &growth, &limits.finding) {
                    Some(why) => doubts.push(self.doubt(tally, growth, why)),
                    None => found.push(Suspect {
                        series: points(&record.history),
                        ..self.suspect(tally, growth, &limits.finding)
                    }),
                },
                Judgement::Filling(growth) if is_worth_a_doubt(tally, &growth, &limits.finding) => {
                    doubts.push(self.doubt(tally, growth, may_end(&growth, &own)));
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

    fn doubt(&self, tally: &Tally, growth: Growth, why: MayEnd) -> Doubt {
        Doubt {
            is_group: tally.pool.is_none(),
            what: Unsettled::Count {
                thread: self.name.clone(),
                kind: kind_of(tally.pool),
                is_one_place: tally.place.is_some(),
                label: tally.label.to_string(),
                growth,
                why,
            },
        }
    }

    /// The kinds of descriptors that are counted, and those of them that grow.
    pub(super) fn descriptors(&self, limits: &Limits, open: &mut OpenDescriptors) {
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
}

/// A history as time (ms) and value.
fn points(history: &History) -> Vec<(f64, f64)> {
    let points = history.points().iter();
    points.map(|point| (point.last.at_ms, point.last.value)).collect()
}

fn may_end(growth: &Growth, limits: &CountLimits) -> MayEnd {
    if growth.watched_ms < limits.span_min_ms || f64::from(growth.steps) < limits.steps_min {
        MayEnd::Short
    } else {
        MayEnd::Slows
    }
}

/// Where all of it ends by itself, and it has not grown for so long that a steady load does not explain it.
fn filling(tally: &Tally, growth: &Growth, limits: &FindingLimits) -> Option<MayEnd> {
    let lasts_ms = tally.lasts_ms?;
    let until_ms = lasts_ms * limits.lasting_times;
    (growth.span_ms() < until_ms).then_some(MayEnd::Lasts { lasts_ms, until_ms })
}

fn is_worth_a_doubt(tally: &Tally, growth: &Growth, limits: &FindingLimits) -> bool {
    let is_small_group = tally.pool.is_none() && growth.total() < limits.group_doubt_min;
    tally.bound.is_none() && !tally.warned && !is_small_group
}

/// Listeners that no line of the program has added are Node's own business.
fn is_of_nobody(tally: &Tally) -> bool {
    tally.pool == Some(Pool::Listener) && tally.site.as_deref().is_none_or(|site| site.frames.is_empty())
}

fn is_descriptors(tally: &Tally) -> bool {
    tally.pool.is_none() && tally.label.starts_with(DESCRIPTOR_GROUP)
}

#[cfg(test)]
mod tests {
    use super::super::testing::one_more_each_look;
    use super::*;

    #[test]
    fn the_systems_count_decides_whether_descriptors_stay_open() {
        let found = |groups: &[(String, f64)]| {
            let check = one_more_each_look(Pool::Descriptor, "fd:file", groups, |_| 0.0);
            check.suspects.len()
        };
        assert_eq!(found(&[]), 1);
        assert_eq!(found(&[("fd:file".to_owned(), 5.0)]), 0);
    }

    #[test]
    fn listeners_without_a_line_are_nobodys() {
        let mut sites = crate::ledger::SiteTable::default();
        let mut held = crate::ledger::Holdings::default();
        for site_key in ["", "f\ta.js\t1\t1"] {
            let claim = crate::ledger::Claim {
                pool: Pool::Listener,
                label: "change\nBus",
                site_key,
                owner: None,
                bound: None,
                began: None,
                lasts_ms: None,
            };
            held.claim(&mut sites, &claim).unwrap();
        }
        let nobodys: Vec<bool> = held.tallies().map(|(_, tally)| is_of_nobody(tally)).collect();
        assert_eq!(nobodys, [true, false]);
    }
}
