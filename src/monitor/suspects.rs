//! What makes a suspect of a count: how sure it is, and the two signs that need no growth. Must not judge growth.

use super::limits::{FindingLimits, Limits};
use super::thread::Thread;
use crate::finding::{Confidence, Evidence, Kind, Suspect};
use crate::growth::{Growth, History, Judgement};
use crate::ledger::{Pool, Tally};

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

impl Thread {
    /// What grew, with how sure that is and where it was made.
    pub(super) fn suspect(&self, tally: &Tally, growth: Growth, limits: &FindingLimits) -> Suspect {
        let exact = !tally.estimated;
        let long =
            f64::from(growth.steps) >= limits.certain_steps && growth.watched_ms >= limits.certain_span_ms;
        Suspect {
            kind: kind_of(tally.pool),
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
            sign: None,
            series: Vec::new(),
        }
    }

    /// A cache that is keyed by something that does not repeat. It is bounded, so it is a sign and no leak.
    pub(super) fn unused_cache(&self, tally: &Tally, history: &History, limits: &Limits) -> Option<Suspect> {
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
        let seen = whole(history, usage.keys)?;
        let mut suspect = self.suspect(tally, seen, &limits.finding);
        suspect.confidence = Confidence::Possible;
        suspect.sign = Some(Evidence::NewKeys {
            lookups,
            hits: usage.hits,
            misses: usage.misses,
            additions: usage.additions,
            keys: usage.keys,
            places,
            evictions: usage.evictions,
            stale: usage.stale,
            entries: tally.value,
        });
        Some(suspect)
    }

    /// Node warned of this list: worth a word while it has not stood still through a good deal of work since.
    pub(super) fn warned(
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
        let measured = whole(history, tally.value)?;
        let mut suspect = self.suspect(tally, judgement.growth().unwrap_or(measured), limits);
        suspect.confidence = Confidence::Possible;
        suspect.sign = Some(Evidence::Warned);
        Some(suspect)
    }
}

/// What kind of thing a pool holds; handles and descriptors are counted from outside, too.
pub(super) const fn kind_of(pool: Option<Pool>) -> Kind {
    match pool {
        Some(Pool::Target | Pool::Listener) => Kind::Listener,
        Some(Pool::Timer) => Kind::Timer,
        Some(Pool::Collection) => Kind::Collection,
        Some(Pool::Cache) => Kind::Cache,
        Some(Pool::Resource | Pool::Descriptor) | None => Kind::Handle,
    }
}

/// All of a history as one step to this value.
fn whole(history: &History, to: f64) -> Option<Growth> {
    let (first, last) = (history.points().first()?, history.points().last()?);
    Some(Growth {
        watched_ms: history.watched_ms(),
        from: 0.0,
        to,
        since_ms: first.last.at_ms,
        until_ms: last.last.at_ms,
        steps: 1,
        intervals: 1,
        late_share: 0.0,
    })
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

#[cfg(test)]
mod tests {
    use super::super::testing::{claim, look};
    use super::super::{Monitor, Observation};
    use super::*;
    use crate::ledger::{CacheUse, Claim};

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
        assert!(
            matches!(check.suspects[0].sign, Some(Evidence::NewKeys { lookups, .. }) if lookups == 5_003.0),
            "{:?}",
            check.suspects[0].sign
        );
        assert_eq!(monitor.caches().len(), 2);
    }

    #[test]
    fn a_list_that_node_warned_of_is_a_sign_while_it_grows() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        let list = monitor.claim(id, &claim(Pool::Target, "change\nBus")).unwrap();
        for i in 0..8 {
            look(&mut monitor, id, i, &[4.0 + i as f64], &[]);
        }
        assert!(monitor.check(id).suspects.is_empty());
        monitor.warn(id, list);
        look(&mut monitor, id, 8, &[12.0], &[]);
        let suspects = monitor.check(id).suspects;
        assert_eq!(suspects[0].sign, Some(Evidence::Warned));
        assert_eq!(suspects[0].confidence, Confidence::Possible);
    }
}
