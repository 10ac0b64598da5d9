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

/// What makes a rise that cannot be judged yet worth a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiseLimits {
    /// Smallest rise, in bytes.
    pub total_min: f64,
    /// Smallest rise, as a share of where it began.
    pub share_min: f64,
    /// Shortest time over which it rose, in milliseconds.
    pub span_min_ms: f64,
    /// Longest time since the last collection, as a multiple of the time over which it rose.
    pub since_max: f64,
}

impl Default for RiseLimits {
    fn default() -> Self {
        Self {
            total_min: 5e6,
            share_min: 0.25,
            span_min_ms: 5_000.0,
            since_max: 1.0,
        }
    }
}

impl RiseLimits {
    /// Hands out each limit with its name.
    pub fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(self, visit: total_min, share_min, span_min_ms, since_max);
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
        let Some(course) = self.course(1) else {
            return Judgement::TooEarly;
        };
        if (course.floors.len() as f64) < limits.floors_min || course.span_ms < limits.span_min_ms {
            return Judgement::TooEarly;
        }
        let growth = course.growth();
        let goes_on = f64::from(growth.steps) >= f64::from(growth.intervals) * limits.steps_share_min
            && course.goes_on(course.now, course.span_ms, limits);
        if growth.total() >= limits.total_min.max(growth.from * limits.share_min) && goes_on {
            Judgement::Growing(growth)
        } else {
            Judgement::Steady
        }
    }

    /// The rise that is there, where it is large and has not come to rest: what is not `Growing` may still become it.
    /// O(floors).
    pub fn rising(&self, limits: &FloorLimits, rise: &RiseLimits) -> Option<Growth> {
        // What was read before the first collection counts too: there may have been but one.
        let course = self.course(0)?;
        let growth = course.growth();
        let is_large = growth.total() >= rise.total_min.max(growth.from * rise.share_min);
        let rose_ms = growth.watched_ms;
        let is_fresh = rose_ms >= rise.span_min_ms && course.span_ms - rose_ms <= rose_ms * rise.since_max;
        // What was added since the newest floor may be garbage: it can end the rise, but not be it.
        let goes_on =
            course.goes_on(course.now, course.span_ms, limits) && course.goes_on(growth.to, rose_ms, limits);
        (is_large && is_fresh && goes_on).then_some(growth)
    }

    /// Without the first `skip` floors: what was read before the first collection is start-up.
    fn course(&self, skip: usize) -> Option<Course> {
        if self.floors.is_empty() {
            return None;
        }
        let mut floors = self.floors.get(skip..)?.to_vec();
        floors.extend(self.open);
        let newest = *floors.last()?;
        let mut level: Vec<f64> = floors.iter().map(|f| f.value).collect();
        for i in (0..level.len() - 1).rev() {
            level[i] = level[i].min(level[i + 1]);
        }
        Some(Course {
            span_ms: self.last_ms - floors[0].watched_ms,
            now: self.recent.1.min(self.recent.2).max(newest.value),
            floors,
            level,
        })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.floors.capacity() * size_of::<Floor>()
    }
}

/// How floors went, oldest first; never empty.
struct Course {
    floors: Vec<Floor>,
    /// The smallest floor from each one on: what was kept.
    level: Vec<f64>,
    /// From the first floor until now, in milliseconds.
    span_ms: f64,
    /// No more than this can be kept now.
    now: f64,
}

impl Course {
    fn growth(&self) -> Growth {
        let Self { floors, level, .. } = self;
        let last = level.len() - 1;
        Growth {
            from: level[0],
            to: level[last],
            since_ms: floors[0].at_ms,
            until_ms: floors[last].at_ms,
            watched_ms: floors[last].watched_ms - floors[0].watched_ms,
            steps: level.windows(2).filter(|w| w[1] > w[0]).count() as u32,
            intervals: last as u32,
            late_share: self.share_since(0.5, self.now, self.span_ms),
        }
    }

    /// Whether enough of the growth up to `now` fell into the later half of `span_ms`, and into its last third.
    fn goes_on(&self, now: f64, span_ms: f64, limits: &FloorLimits) -> bool {
        self.share_since(0.5, now, span_ms) >= limits.late_share_min
            && self.share_since(2.0 / 3.0, now, span_ms) >= limits.last_third_min
    }

    /// The share of the growth up to `now` that came after a part of `span_ms`.
    fn share_since(&self, part: f64, now: f64, span_ms: f64) -> f64 {
        let from = self.level_at(self.floors[0].watched_ms + span_ms * part);
        (now - from) / (now - self.level[0]).max(f64::MIN_POSITIVE)
    }

    /// The level at a watched time, between two floors in proportion.
    fn level_at(&self, at_ms: f64) -> f64 {
        let Self { floors, level, .. } = self;
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
    fn what_rises_and_cannot_be_judged_yet_is_known() {
        let few = floors(4, |k| 30.0 + 30.0 * k as f64);
        assert_eq!(few.judge(&LIMITS), Judgement::TooEarly);
        let limits = RiseLimits {
            span_min_ms: 1_500.0,
            ..RiseLimits::default()
        };
        assert_eq!(few.rising(&LIMITS, &limits).unwrap().total(), 90e6);
        assert_eq!(few.rising(&LIMITS, &RiseLimits::default()), None);
        assert_eq!(floors(4, |_| 30.0).rising(&LIMITS, &limits), None);
        let warm = floors(30, |k| 30.0 + 6.0 * k.min(8) as f64);
        assert_eq!(warm.rising(&LIMITS, &limits), None);
    }

    #[test]
    fn a_long_life_fits() {
        let long = floors(10_000, |k| 30.0 + 0.01 * k as f64);
        assert!(long.bytes() <= FLOORS_MAX * size_of::<Floor>());
        assert!(matches!(long.judge(&LIMITS), Judgement::Growing(_)));
    }
}
