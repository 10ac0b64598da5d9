//! What the monitor judges by, as a value. Every rule has its number here or in the limits of a series that it holds;
//! docs/how-it-works.md gives the reasons. Tests change a limit by its name, and see which recordings notice.

use crate::growth::counts::CountLimits;
use crate::growth::each;
use crate::growth::memory::{FloorLimits, RiseLimits};
use crate::ledger::{Pool, Tally};

/// Limits of the monitor. All numbers are `f64`: see [`Limits::each`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Of every count, and as they stand of listener lists.
    pub counts: CountLimits,
    /// Of the heap, external memory and ArrayBuffers.
    pub floors: FloorLimits,
    /// Of rss.
    pub rss: FloorLimits,
    /// Of what rises, rss aside, and cannot be judged yet.
    pub rise: RiseLimits,
    /// Of what the kinds of counts need otherwise.
    pub kinds: KindLimits,
    /// Of what only a collection tells from garbage.
    pub proof: ProofLimits,
    /// Of caches whose keys do not repeat.
    pub cache: CacheLimits,
    /// Of how sure a finding is, and what it leaves out.
    pub finding: FindingLimits,
    /// Of the looks themselves.
    pub looks: LookLimits,
}

/// Of the looks: time in which nobody looked is no time in which nothing grew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookLimits {
    /// A time without a look that is so many times longer than usual counts as no more than that.
    pub gap_times: f64,
    /// A shorter time always counts, in milliseconds.
    pub gap_min_ms: f64,
    /// Looks closer together than this, in milliseconds, are one.
    pub apart_min_ms: f64,
    /// Fewer looks than this do not tell that nothing grows, when they are as far apart as `coarse_gap_ms`.
    pub coarse_min: f64,
    /// See `coarse_min`; in milliseconds, the mean.
    pub coarse_gap_ms: f64,
}

/// What the kinds of counts need otherwise than [`Limits::counts`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KindLimits {
    /// Smallest growth of timers, descriptors and resources.
    pub handle_total_min: f64,
    /// How many times longer a small growth of handles, timers and the like must have been seen.
    pub pool_spans: f64,
    /// Smallest growth of a collection or cache.
    pub collection_total_min: f64,
    /// The same as a share of where it began.
    pub collection_share_min: f64,
    /// Growth below which a collection or `setTimeout` may be filling: any.
    pub filling_large: f64,
    /// Smallest growth of handles and descriptors counted as a whole.
    pub group_total_min: f64,
    /// The same as a share of where it began.
    pub group_share_min: f64,
    /// How many times longer a small growth of what no line is known of must have been seen.
    pub group_spans: f64,
}

/// Of what only a collection tells from garbage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProofLimits {
    /// Collections after which what still lives is proven: the first may have begun before it was made.
    pub majors: f64,
    /// The same for what waits for a finalizer before it can be collected.
    pub weak_majors: f64,
    /// Fewer survivors than this prove nothing, whatever they stand for.
    pub samples_min: f64,
    /// It must have grown for this share of the time that was watched.
    pub span_share_min: f64,
    /// A larger share of survivors in the second half than this is what is under way just now.
    pub late_share_max: f64,
}

/// A cache of so many lookups, of which a smaller share than this found something, that has added more keys than its
/// places this many times, and mostly different ones, holds what nobody asks for again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CacheLimits {
    /// Fewest lookups.
    pub lookups_min: f64,
    /// Largest share of lookups that found something.
    pub hits_max: f64,
    /// Fewest times that the keys exceed the places.
    pub turns_min: f64,
    /// Smallest share of different keys among those added.
    pub new_keys_min: f64,
}

/// How sure a finding is, and what it leaves out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FindingLimits {
    /// Steps from which an exact count is certain.
    pub certain_steps: f64,
    /// Time over which it must have grown for that, in milliseconds.
    pub certain_span_ms: f64,
    /// Steps from which growth of memory is likely.
    pub memory_steps: f64,
    /// Time over which they must have come, in milliseconds: what rises for less is starting, or waits for something.
    pub memory_span_ms: f64,
    /// The same of growth that is large.
    pub memory_large_steps: f64,
    /// Growth of memory that is large, in bytes.
    pub memory_large_bytes: f64,
    /// A list that Node warned of and that then stood still for this long, while the program worked, is no suspect.
    pub warning_holds_ms: f64,
    /// Nor is one that has fallen below this share of its height.
    pub warning_fell: f64,
    /// Fewer descriptors or handles of no known line than this may be what is under way.
    pub group_doubt_min: f64,
    /// The last part of a growth, as a share, whose additions do not tell which line adds for good.
    pub lately_share: f64,
    /// What ends by itself is filling for so many times as long as the longest of it lasts.
    pub lasting_times: f64,
    /// A count without a line is left out beside a finding with a line that grew by this share of it, or more.
    pub explains_share: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            counts: CountLimits::default(),
            floors: FloorLimits::default(),
            rss: FloorLimits::of_rss(),
            rise: RiseLimits::default(),
            kinds: KindLimits {
                handle_total_min: 8.0,
                pool_spans: 2.3,
                collection_total_min: 24.0,
                collection_share_min: 0.05,
                filling_large: f64::INFINITY,
                group_total_min: 10.0,
                group_share_min: 0.1,
                group_spans: 4.0,
            },
            proof: ProofLimits {
                majors: 2.0,
                weak_majors: 4.0,
                samples_min: 10.0,
                span_share_min: 0.6,
                late_share_max: 0.75,
            },
            cache: CacheLimits {
                lookups_min: 1_000.0,
                hits_max: 0.01,
                turns_min: 3.0,
                new_keys_min: 0.8,
            },
            finding: FindingLimits {
                certain_steps: 12.0,
                certain_span_ms: 4_000.0,
                memory_steps: 12.0,
                memory_span_ms: 30_000.0,
                memory_large_steps: 2.0,
                memory_large_bytes: 32e6,
                warning_holds_ms: 3_000.0,
                warning_fell: 0.75,
                group_doubt_min: 32.0,
                lately_share: 0.25,
                lasting_times: 2.0,
                explains_share: 0.2,
            },
            looks: LookLimits {
                gap_times: 3.0,
                gap_min_ms: 250.0,
                apart_min_ms: 20.0,
                coarse_min: 16.0,
                coarse_gap_ms: 200.0,
            },
        }
    }
}

impl Limits {
    /// Hands out each limit with its name, `part.limit`.
    pub fn each(&mut self, visit: &mut dyn FnMut(&str, &mut f64)) {
        let Self {
            counts,
            floors,
            rss,
            rise,
            kinds,
            proof,
            cache,
            finding,
            looks,
        } = self;
        counts.each(&mut |name, limit| visit(&format!("counts.{name}"), limit));
        floors.each(&mut |name, limit| visit(&format!("floors.{name}"), limit));
        rss.each(&mut |name, limit| visit(&format!("rss.{name}"), limit));
        rise.each(&mut |name, limit| visit(&format!("rise.{name}"), limit));
        kinds.each(&mut |name, limit| visit(&format!("kinds.{name}"), limit));
        proof.each(&mut |name, limit| visit(&format!("proof.{name}"), limit));
        cache.each(&mut |name, limit| visit(&format!("cache.{name}"), limit));
        finding.each(&mut |name, limit| visit(&format!("finding.{name}"), limit));
        looks.each(&mut |name, limit| visit(&format!("looks.{name}"), limit));
    }

    /// What a tally is judged by.
    pub(super) fn of(&self, tally: &Tally) -> CountLimits {
        let Self { counts, kinds, .. } = *self;
        // Connections and what belongs to each of them: pools are filled slowly. What no line is known of must have grown
        // for long: it is Node's own, or a pool of connections that fills for seconds.
        let has_line = tally.site.as_deref().is_some_and(|site| !site.frames.is_empty());
        let pooled = CountLimits {
            small_spans: if has_line {
                kinds.pool_spans
            } else {
                kinds.group_spans
            },
            ..counts
        };
        match tally.pool {
            // Collections are meant to hold things: more must be there before a word is said.
            Some(Pool::Collection | Pool::Cache) => CountLimits {
                total_min: kinds.collection_total_min,
                share_min: kinds.collection_share_min,
                large: kinds.filling_large,
                ..counts
            },
            // Timeouts end by themselves: as many wait as are started in their time.
            Some(Pool::Timer) if &*tally.label == "setTimeout" => CountLimits {
                total_min: kinds.handle_total_min,
                large: kinds.filling_large,
                ..pooled
            },
            Some(Pool::Timer | Pool::Descriptor | Pool::Resource) => CountLimits {
                total_min: kinds.handle_total_min,
                ..pooled
            },
            // Files are opened by lines that are known, and their number proves those.
            None => CountLimits {
                total_min: kinds.group_total_min,
                share_min: kinds.group_share_min,
                small_spans: if &*tally.label == "fd:file" {
                    kinds.pool_spans
                } else {
                    pooled.small_spans
                },
                ..pooled
            },
            Some(Pool::Target) => counts,
            Some(Pool::Listener) => pooled,
        }
    }
}

impl LookLimits {
    fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(self, visit: gap_times, gap_min_ms, apart_min_ms, coarse_min, coarse_gap_ms);
    }
}

impl KindLimits {
    fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(
            self, visit: handle_total_min, pool_spans, collection_total_min, collection_share_min, filling_large,
            group_total_min, group_share_min, group_spans
        );
    }
}

impl ProofLimits {
    fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(self, visit: majors, weak_majors, samples_min, span_share_min, late_share_max);
    }
}

impl CacheLimits {
    fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(self, visit: lookups_min, hits_max, turns_min, new_keys_min);
    }
}

impl FindingLimits {
    fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(
            self, visit: certain_steps, certain_span_ms, memory_steps, memory_span_ms, memory_large_steps, memory_large_bytes,
            warning_holds_ms, warning_fell, group_doubt_min, lately_share, lasting_times, explains_share
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_limit_has_a_name_of_its_own_and_can_be_changed_by_it() {
        let mut names = HashSet::new();
        let mut limits = Limits::default();
        limits.each(&mut |name, limit| {
            assert!(names.insert(name.to_owned()), "{name} comes twice");
            if name == "proof.majors" {
                *limit = 7.0;
            }
        });
        assert_eq!(limits.proof.majors, 7.0);
    }
}
