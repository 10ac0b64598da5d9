//! Which call sites made what a count is of. Knows samples and their births; must not judge.

use std::collections::BTreeMap;

use super::thread::Thread;
use crate::finding::{HANDLE_GROUP, Place, SiteShare};
use crate::growth::Growth;
use crate::ledger::{Frame, Holdings, Site, SlotId, Tally};

impl Thread {
    /// Where the members of a tally were made, most first. What was made lately may be gone soon: of a list, those
    /// count that have been there for a while, where there are any.
    pub(super) fn sites_of(&self, tally: &Tally, growth: &Growth, lately_share: f64) -> Vec<SiteShare> {
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

/// A frame as V8 gave it.
pub(super) fn place(frame: &Frame) -> Place {
    Place {
        function: frame.function.clone(),
        file: frame.file.clone(),
        portable: String::new(),
        line: frame.line,
        column: frame.column,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Monitor;
    use super::super::testing::{claim, look};
    use crate::finding::{Kind, Verdict};
    use crate::ledger::{Claim, Pool};

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
}
