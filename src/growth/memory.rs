//! Whether memory grows, in a first and simple form: floors of the sawtooth that garbage collection leaves.
//!
//! A floor is the smallest reading between two major collections, the newest one included. Kept floors (the smallest
//! from there on) must rise in most of them, as much late as early up to now, and by a good part of what there was.

use super::{Growth, Judgement};

/// Floors kept at the most; when full, neighbours are merged.
pub const FLOORS_MAX: usize = 64;

/// Collections closer together than this, in milliseconds, make one floor: one of them leaves garbage to the next.
const FLOOR_MIN_MS: f64 = 250.0;
/// How long the smallest reading stands for now, in milliseconds.
const RECENT_MS: f64 = 200.0;

/// Limits of the rule; the defaults are those of what V8 counts: the heap and what hangs on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FloorLimits {
    /// Fewest floors.
    pub floors_min: f64,
    /// Shortest time from the first floor to the last, in milliseconds.
    pub span_min_ms: f64,
    /// Smallest growth, in bytes.
    pub total_min: f64,
    /// Smallest growth, as a share of where it began.
    pub share_min: f64,
    /// Smallest share of the intervals in which it must have grown.
    pub steps_share_min: f64,
    /// Smallest share of the growth in the second half of the time.
    pub late_share_min: f64,
    /// Smallest share of the growth in the last third of the time.
    pub last_third_min: f64,
}

impl Default for FloorLimits {
    fn default() -> Self {
        Self {
            floors_min: 3.0,
            span_min_ms: 2_500.0,
            total_min: 20e6,
            share_min: 0.4,
            steps_share_min: 0.6,
            late_share_min: 0.35,
            last_third_min: 0.15,
        }
    }
}

impl FloorLimits {
    /// Limits of rss, which the allocator moves too.
    pub fn of_rss() -> Self {
        Self {
            floors_min: 10.0,
            span_min_ms: 10_000.0,
            total_min: 64e6,
            ..Self::default()
        }
    }

    /// Hands out each limit with its name.
    pub fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(
            self, visit: floors_min, span_min_ms, total_min, share_min, steps_share_min, late_share_min, last_third_min
        );
    }
}

/// The smallest reading between two major collections.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Floor {
    at_ms: f64,
    watched_ms: f64,
    value: f64,
}

/// Floors of one memory field, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Floors {
    floors: Vec<Floor>,
    open: Option<Floor>,
    /// Start of the newest floor, in milliseconds.
    open_since_ms: f64,
    /// The smallest readings of the last [`RECENT_MS`] and of those before, with the time at which the former began.
    recent: (f64, f64, f64),
    last_ms: f64,
    majors: f64,
    /// Collections that one floor spans.
    per_floor: f64,
}

impl Floors {
    /// Takes a reading, and how many major collections there have been so far; `watched_ms` is the part of the time that
    /// was watched until then. O(1) amortised.
    pub fn push(&mut self, at_ms: f64, watched_ms: f64, value: f64, majors: f64) {
        if !value.is_finite() {
            return;
        }
        self.last_ms = watched_ms;
        self.note_recent(watched_ms, value);
        let now = Floor {
            at_ms,
            watched_ms,
            value,
        };
        let Some(open) = self.open.as_mut() else {
            self.open = Some(now);
            self.open_since_ms = watched_ms;
            self.majors = majors;
            self.per_floor = 1.0;
            return;
        };
        let is_same = watched_ms - self.open_since_ms < FLOOR_MIN_MS;
        if is_same {
            self.majors = majors;
        }
        if is_same || majors - self.majors < self.per_floor {
            if value < open.value {
                *open = now;
            }
            return;
        }
        self.open_since_ms = watched_ms;
        self.majors = majors;
        let closed = std::mem::replace(open, now);
        if self.floors.len() == FLOORS_MAX {
            self.floors = self.floors.chunks(2).map(lowest).collect();
            self.per_floor *= 2.0;
        }
        self.floors.push(closed);
    }

    fn note_recent(&mut self, at_ms: f64, value: f64) {
        let (since_ms, now, before) = &mut self.recent;
        if *since_ms == 0.0 || at_ms - *since_ms >= RECENT_MS {
            *before = if *since_ms == 0.0 { value } else { *now };
            *since_ms = at_ms;
            *now = value;
        }
        *now = now.min(value);
    }

    /// The floors as time (ms) and value, oldest first, the open one included.
    pub fn points(&self) -> Vec<(f64, f64)> {
        let all = self.floors.iter().chain(&self.open);
        all.map(|floor| (floor.at_ms, floor.value)).collect()
    }

    /// Judges the floors. O(floors).
    pub fn judge(&self, limits: &FloorLimits) -> Judgement {
        // What was read before the first collection is start-up.
        let mut settled: Vec<Floor> = self.floors.get(1..).unwrap_or(&[]).to_vec();
        if !self.floors.is_empty() {
            settled.extend(self.open);
        }
        let Some(&newest) = settled.last() else {
            return Judgement::TooEarly;
        };
        let span_ms = self.last_ms - settled[0].watched_ms;
        if (settled.len() as f64) < limits.floors_min || span_ms < limits.span_min_ms {
            return Judgement::TooEarly;
        }
        let mut level: Vec<f64> = settled.iter().map(|f| f.value).collect();
        for i in (0..level.len() - 1).rev() {
            level[i] = level[i].min(level[i + 1]);
        }
        let last = level.len() - 1;
        let total = level[last] - level[0];
        let steps = level.windows(2).filter(|w| w[1] > w[0]).count();
        // No more than this can have been added since the newest floor.
        let now = self.recent.1.min(self.recent.2).max(newest.value);
        let since = |share: f64| {
            let from_ms = settled[0].watched_ms + span_ms * share;
            now - level_at(&settled, &level, from_ms)
        };
        let whole = (now - level[0]).max(f64::MIN_POSITIVE);
        let growth = Growth {
            from: level[0],
            to: level[last],
            since_ms: settled[0].at_ms,
            until_ms: newest.at_ms,
            watched_ms: newest.watched_ms - settled[0].watched_ms,
            steps: steps as u32,
            intervals: last as u32,
            late_share: since(0.5) / whole,
        };
        if total < limits.total_min || total < level[0] * limits.share_min {
            return Judgement::Steady;
        }
        let goes_on = steps as f64 >= last as f64 * limits.steps_share_min
            && growth.late_share >= limits.late_share_min
            && since(2.0 / 3.0) >= whole * limits.last_third_min;
        if goes_on {
            Judgement::Growing(growth)
        } else {
            Judgement::Steady
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.floors.capacity() * size_of::<Floor>()
    }
}

fn lowest(floors: &[Floor]) -> Floor {
    let mut low = floors[0];
    for floor in floors {
        if floor.value < low.value {
            low = *floor;
        }
    }
    low
}

/// The level at a watched time, between two floors in proportion.
fn level_at(floors: &[Floor], level: &[f64], at_ms: f64) -> f64 {
    let Some(i) = floors.iter().position(|f| f.watched_ms >= at_ms) else {
        return level[level.len() - 1];
    };
    if i == 0 {
        return level[0];
    }
    let (a, b) = (floors[i - 1].watched_ms, floors[i].watched_ms);
    let share = if b > a { (at_ms - a) / (b - a) } else { 1.0 };
    level[i - 1] + (level[i] - level[i - 1]) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FloorLimits = FloorLimits {
        floors_min: 6.0,
        span_min_ms: 2000.0,
        total_min: 8e6,
        share_min: 0.2,
        steps_share_min: 0.6,
        late_share_min: 0.35,
        last_third_min: 0.15,
    };

    /// Ten readings between two collections; `floor(k)` is what is left after collection `k`, in MB.
    fn floors(n: usize, floor: impl Fn(usize) -> f64) -> Floors {
        let mut floors = Floors::default();
        for k in 0..n {
            for i in 0..10 {
                floors.push(
                    (k * 10 + i) as f64 * 100.0,
                    (k * 10 + i) as f64 * 100.0,
                    (floor(k) + i as f64 * 4.0) * 1e6,
                    k as f64,
                );
            }
        }
        floors
    }

    #[test]
    fn floors_that_rise_are_growth_and_a_sawtooth_is_not() {
        assert!(matches!(
            floors(20, |k| 30.0 + 3.0 * k as f64).judge(&LIMITS),
            Judgement::Growing(_)
        ));
        assert_eq!(floors(20, |_| 30.0).judge(&LIMITS), Judgement::Steady);
    }

    #[test]
    fn a_cache_that_warmed_up_is_steady() {
        assert_eq!(
            floors(30, |k| 30.0 + 6.0 * k.min(8) as f64).judge(&LIMITS),
            Judgement::Steady
        );
    }

    #[test]
    fn what_was_read_in_at_the_start_and_kept_is_steady_without_another_collection() {
        let mut floors = Floors::default();
        for i in 0..60 {
            let majors = if i < 15 { f64::from(i / 3) } else { 4.0 };
            let at_ms = f64::from(i) * 100.0;
            floors.push(at_ms, at_ms, f64::from(i.min(15)) * 5e6 + 10e6, majors);
        }
        assert_eq!(
            floors.judge(&FloorLimits {
                floors_min: 3.0,
                ..LIMITS
            }),
            Judgement::Steady
        );
    }

    #[test]
    fn few_collections_tell_nothing() {
        assert_eq!(floors(4, |k| 30.0 * k as f64).judge(&LIMITS), Judgement::TooEarly);
    }

    #[test]
    fn a_long_life_fits() {
        let long = floors(10_000, |k| 30.0 + 0.01 * k as f64);
        assert!(long.bytes() <= FLOORS_MAX * size_of::<Floor>());
        assert!(matches!(long.judge(&LIMITS), Judgement::Growing(_)));
    }
}
