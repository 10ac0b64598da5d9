//! A series of memory readings over hours or days: does a level rise by itself, whatever the load does?
//!
//! | module | knows |
//! |---|---|
//! | [`series`] | samples, and how they become rows: floors, load, bounded in number |
//! | [`lives`] | where the process was restarted |
//! | [`long`] | a long history in few bytes |
//! | [`hint`] | whether a closer look is worth it |
//! | [`fit`] | how likely it is that rows rise |
//! | [`shapes`] | what is no leak |
//! | [`linear`] | least squares for very many models |
//! | `median` | the median |
//! | [`standing`] | how often it was said |

pub mod fit;
pub mod hint;
pub mod linear;
pub mod lives;
pub mod long;
mod median;
pub mod series;
pub mod shapes;
pub mod standing;

pub use series::Sample;
pub use shapes::Shape;

use fit::{Rise, Rows, onset, rise};
use median::median;
use series::{Load, Reading, rows, span_of};

/// Fewest rows: floors after major collections, or stretches where these are not known.
pub const ROWS_MIN: usize = 8;
/// Shortest time, in seconds.
pub const SPAN_MIN_S: f64 = 60.0;
/// Doubt below which growth is a leak.
const DOUBT_MAX: f64 = 0.02;
/// Smallest growth that matters, as a share of the level.
const SHARE_MIN: f64 = 0.02;
/// The newest rows left out one by one; each time it must be said again.
const AGAIN: usize = 1;
/// Doubt below which growth of the heap is a leak where it is read twice, after collections and between them: the
/// geometric mean of the two.
const JOINT_DOUBT_MAX: f64 = 0.01;
/// Neither is believed more than this: one alone must not outweigh the other, whatever its models say.
const JOINT_DOUBT_MIN: f64 = 0.0003;
/// With fewer floors than [`ROWS_MIN`], but at least so many over this share of the time, the heap between collections
/// speaks alone, and is believed less by the factor. Before the first floors, and long after the last one, a heap rises by
/// garbage alone.
const FLOORS_MIN: usize = 3;
const FLOORS_SHARE: f64 = 0.5;
const ALONE: f64 = 3.0;
/// Rows between collections that are needed: of fewer not all of the load can be told apart.
const BETWEEN_ROWS_MIN: usize = 14;
/// The same for what no collector cleans: rss, and the allocator's figures.
const OUTSIDE_DOUBT_MAX: f64 = 0.015;
const OUTSIDE_SHARE_MIN: f64 = 0.03;
const OUTSIDE_AGAIN: usize = 2;
/// External memory counts as no less than this share of the heap, malloc's as no less than this share of rss: a level
/// near nothing doubles easily.
const SMALL: f64 = 0.5;
/// Doubt up to which growth is open, not absent.
const OPEN_DOUBT_MAX: f64 = 0.15;
/// Doubt and rows for which growth is certain.
const CERTAIN_DOUBT_MAX: f64 = 0.001;
const CERTAIN_ROWS_MIN: usize = 30;
/// Share of the growth of rss that must be free in the allocator to be its doing.
const FREE_SHARE: f64 = 0.5;
/// Share of the growth of external memory that ArrayBuffers must explain.
const BUFFERS_SHARE: f64 = 0.5;

/// A field that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// The JavaScript heap.
    HeapUsed,
    /// Memory of C++ objects that JavaScript objects hold: Buffers and the like.
    External,
    /// Buffers alone, where no more is known.
    ArrayBuffers,
    /// What the C allocator has handed out, external memory left out.
    Malloc,
    /// The process as a whole.
    Rss,
}

impl Metric {
    /// All of them.
    const ALL: [Metric; 5] = [
        Metric::HeapUsed,
        Metric::External,
        Metric::ArrayBuffers,
        Metric::Malloc,
        Metric::Rss,
    ];

    /// The name of its field in samples.
    pub const fn field(self) -> &'static str {
        match self {
            Metric::HeapUsed => "heapUsed",
            Metric::External => "external",
            Metric::ArrayBuffers => "arrayBuffers",
            Metric::Malloc => "malloc",
            Metric::Rss => "rss",
        }
    }

    /// The one whose field has this name.
    pub fn from_field(field: &str) -> Option<Metric> {
        Metric::ALL.into_iter().find(|metric| metric.field() == field)
    }
}

impl Metric {
    /// Whether garbage stands on it that a collection takes away.
    pub fn is_cleaned(self) -> bool {
        match self {
            Metric::HeapUsed | Metric::External | Metric::ArrayBuffers => true,
            Metric::Malloc | Metric::Rss => false,
        }
    }
}

/// Growth of one field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Of what.
    pub metric: Metric,
    /// Chance that it is none, over all explanations.
    pub doubt: f64,
    /// What most of the doubt rests on.
    pub doubtful: Shape,
    /// Bytes an hour since the onset.
    pub per_hour: f64,
    /// Bytes in all since the onset.
    pub total: f64,
    /// The sample at which it began.
    pub onset: usize,
    /// Rows it rests on.
    pub rows: usize,
    /// Whether these are floors after collections.
    pub on_floors: bool,
    /// Whether enough was seen to be sure.
    pub is_certain: bool,
    /// When the process reaches its limit at this rate, in the clock of the samples; NaN without a limit.
    pub limit_at: f64,
    /// Whether ArrayBuffers explain it.
    pub in_buffers: bool,
}

/// What a series says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Nothing rises by itself.
    Clean,
    /// rss rises, and it is what the allocator keeps of freed memory, in bytes now.
    Fragmented(Growth, f64),
    /// Something does.
    Leaking(Growth),
    /// It rises, and an explanation that ends fits as well.
    Open(Growth),
    /// Too little was seen.
    TooEarly,
}

/// A verdict, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// What was found.
    pub verdict: Verdict,
    /// The life that was judged: how many samples it has, over how many seconds.
    pub samples: usize,
    /// See `samples`.
    pub span_s: f64,
    /// Most rows that a field had, of those that a collector cleans if there are any.
    pub rows: usize,
    /// Whether rows are floors after collections.
    pub has_floors: bool,
    /// Restarts seen in the series.
    pub restarts: usize,
    /// Whether it is not the newest life that was judged, since that is too short.
    pub is_before_restart: bool,
}

/// Judges samples in the order of time. O(n log n), and a millisecond or two for each field. `starts` are the samples
/// that are the first of a process, where that is known; else restarts are guessed.
pub fn analyze(samples: &[Sample], starts: Option<&[usize]>) -> Trend {
    let lives = starts.map_or_else(
        || lives::lives(samples),
        |starts| lives::known_lives(samples.len(), starts),
    );
    let restarts = lives.len().saturating_sub(1);
    let mut newest = None;
    for life in lives.into_iter().rev() {
        let mut trend = judge_life(&samples[life.clone()], life.start);
        trend.restarts = restarts;
        trend.is_before_restart = newest.is_some();
        if trend.verdict != Verdict::TooEarly {
            return trend;
        }
        newest = newest.or(Some(trend));
    }
    newest.unwrap_or(Trend {
        verdict: Verdict::TooEarly,
        samples: 0,
        span_s: 0.0,
        rows: 0,
        has_floors: false,
        restarts: 0,
        is_before_restart: false,
    })
}

/// Judges samples of which it is known that they are of one life: what falls is a job that ended, not a restart. Price as
/// with [`analyze`].
pub fn analyze_life(samples: &[Sample]) -> Trend {
    judge_life(samples, 0)
}

/// Judges one life of a process, whose first sample is number `first` of the series.
fn judge_life(samples: &[Sample], first: usize) -> Trend {
    let fields = Fields::of(samples);
    let levels = fields.levels();
    let found: Vec<Growth> = levels
        .iter()
        .filter_map(|level| level.growth(&fields, first))
        .collect();
    let most_rows = |is_cleaned: bool| {
        let fitting = levels
            .iter()
            .filter(|level| level.metric.is_cleaned() == is_cleaned);
        fitting.map(|level| level.rows.count()).max().unwrap_or(0)
    };
    let judged = match most_rows(true) {
        0 => most_rows(false),
        rows => rows,
    };
    let is_short = span_of(samples) < SPAN_MIN_S;
    let is_early = judged < ROWS_MIN || is_short;
    let most = |candidates: &dyn Fn(&Growth) -> bool| {
        let fitting = found.iter().copied().filter(|growth| candidates(growth));
        fitting.max_by(|a, b| a.total.total_cmp(&b.total))
    };
    // rss is where everything shows in the end: it speaks where nothing else does.
    let inside = most(&|growth| growth.metric != Metric::Rss && growth.doubt < DOUBT_MAX);
    let whole = most(&|growth| growth.metric == Metric::Rss && growth.doubt < DOUBT_MAX);
    let open = most(&|growth| growth.metric != Metric::Rss);
    let verdict = match (inside, whole, open) {
        _ if is_short => Verdict::TooEarly,
        (Some(growth), _, _) => Verdict::Leaking(growth),
        _ if is_early => Verdict::TooEarly,
        (None, Some(growth), _) => match fields.kept_free(growth.total) {
            Some(free) => Verdict::Fragmented(growth, free),
            None => Verdict::Leaking(growth),
        },
        (None, None, Some(growth)) => Verdict::Open(growth),
        (None, None, None) => Verdict::Clean,
    };
    Trend {
        verdict,
        samples: samples.len(),
        span_s: span_of(samples),
        rows: judged,
        has_floors: fields.has_floors,
        restarts: 0,
        is_before_restart: false,
    }
}

/// The samples of one life, and what moved memory in it.
struct Fields<'a> {
    samples: &'a [Sample],
    load: Load,
    has_floors: bool,
}

/// Rows of one field, and what a usual level is.
struct Level {
    metric: Metric,
    rows: Rows,
    /// The same field between collections, with what came since the last one as load: a second witness, whose noise is
    /// another. Empty where that is not known.
    between: Rows,
    has_floors: bool,
    usual: f64,
}

impl<'a> Fields<'a> {
    fn of(samples: &'a [Sample]) -> Self {
        Self {
            samples,
            load: Load::of(samples),
            has_floors: samples.iter().any(|s| s.major.is_finite() || s.floor.is_finite()),
        }
    }

    fn has(&self, get: fn(&Sample) -> f64) -> bool {
        self.samples.iter().any(|s| get(s).is_finite())
    }

    /// A field with garbage on it, of which `floor` is what a collection left.
    fn cleaned(&self, floor: fn(&Sample) -> f64, now: fn(&Sample) -> f64) -> Rows {
        if !self.has_floors {
            return rows(self.samples, &self.load, Reading::Lowest, now);
        }
        rows(self.samples, &self.load, Reading::Floors, |s| match floor(s) {
            value if value.is_finite() => value,
            _ if s.major > 0.0 => now(s),
            _ => f64::NAN,
        })
    }

    /// The fields that can be judged.
    fn levels(&self) -> Vec<Level> {
        let heap = self.cleaned(|s| s.floor, |s| s.heap_used);
        let collected = heap.count();
        let usual = |rows: &Rows| median(&mut rows.levels.clone());
        let heap_usual = usual(&heap);
        let covered_s = heap
            .times
            .first()
            .map_or(0.0, |first| (1.0 - first) * heap.span_s);
        let are_enough = collected >= ROWS_MIN
            || (collected >= FLOORS_MIN && covered_s >= span_of(self.samples) * FLOORS_SHARE);
        let between = if self.has_floors && are_enough {
            rows(self.samples, &self.load, Reading::Between, |s| s.heap_used)
        } else {
            Rows::default()
        };
        let mut levels = vec![Level {
            metric: Metric::HeapUsed,
            usual: heap_usual,
            rows: heap,
            between,
            has_floors: self.has_floors,
        }];
        let mut add = |metric: Metric, rows: Rows, small: f64| {
            let usual = usual(&rows).max(small * SMALL);
            levels.push(Level {
                metric,
                rows,
                between: Rows::default(),
                has_floors: self.has_floors && metric.is_cleaned(),
                usual,
            });
        };
        if self.has(|s| s.external) || self.has(|s| s.floor_external) {
            add(
                Metric::External,
                self.cleaned(|s| s.floor_external, |s| s.external),
                heap_usual,
            );
        } else {
            add(
                Metric::ArrayBuffers,
                self.cleaned(|_| f64::NAN, |s| s.array_buffers),
                heap_usual,
            );
        }
        // Until there were some collections, what is outside of the heap grows by garbage.
        if self.has_floors && self.has(|s| s.heap_used) && collected < ROWS_MIN {
            return levels;
        }
        let rss = rows(self.samples, &self.load, Reading::Middle, |s| s.rss);
        if self.has(|s| s.malloc_used) {
            let own = |s: &Sample| s.malloc_used - if s.external.is_finite() { s.external } else { 0.0 };
            add(
                Metric::Malloc,
                rows(self.samples, &self.load, Reading::Middle, own),
                usual(&rss),
            );
        }
        add(Metric::Rss, rss, 0.0);
        levels
    }

    /// What the allocator keeps free, where that explains such a growth of rss; None without its figures.
    fn kept_free(&self, growth: f64) -> Option<f64> {
        let free: Vec<f64> = self
            .samples
            .iter()
            .map(|s| s.malloc_free)
            .filter(|v| v.is_finite())
            .collect();
        let (mut early, mut late) = (
            free[..free.len() / 4].to_vec(),
            free[free.len() - free.len() / 4..].to_vec(),
        );
        let (early, late) = (median(&mut early), median(&mut late));
        (late - early > growth * FREE_SHARE).then_some(late)
    }

    /// When the process reaches its limit.
    fn limit_at(&self, metric: Metric, per_hour: f64) -> f64 {
        let newest =
            |get: &dyn Fn(&Sample) -> f64| self.samples.iter().rev().map(get).find(|v| v.is_finite());
        let now = newest(&|s| s.rss).or_else(|| {
            newest(&|s| match metric {
                Metric::HeapUsed => s.heap_used,
                Metric::External => s.external,
                Metric::ArrayBuffers => s.array_buffers,
                Metric::Malloc => s.malloc_used,
                Metric::Rss => f64::NAN,
            })
        });
        let (Some(limit), Some(now), Some(last)) = (newest(&|s| s.limit), now, newest(&|s| s.t)) else {
            return f64::NAN;
        };
        last + ((limit - now) / per_hour).max(0.0) * 3600.0
    }

    /// Whether ArrayBuffers grew by most of what external memory did.
    fn in_buffers(&self) -> bool {
        let grown = |get: fn(&Sample) -> f64| {
            let rows = rows(self.samples, &self.load, Reading::Lowest, get);
            let part = rows.count() / 4;
            let (early, late) = (&rows.levels[..part], &rows.levels[rows.count() - part..]);
            median(&mut late.to_vec()) - median(&mut early.to_vec())
        };
        self.has(|s| s.array_buffers) && grown(|s| s.array_buffers) > grown(|s| s.external) * BUFFERS_SHARE
    }
}

/// What is asked of a field.
struct Limits {
    doubt_max: f64,
    share_min: f64,
    /// Newest rows left out one by one.
    again: usize,
}

impl Level {
    /// Its growth, if it may be a leak. The doubt is that of the verdict, or no less than [`OPEN_DOUBT_MAX`] when the
    /// growth is open.
    fn growth(&self, fields: &Fields<'_>, first: usize) -> Option<Growth> {
        if self.usual <= 0.0 {
            return None;
        }
        let has_rows = self.rows.count() >= ROWS_MIN;
        let has_between = self.between.count() >= BETWEEN_ROWS_MIN;
        let limits = self.limits();
        let doubt = |less: usize| match (has_rows, has_between) {
            (true, true) => {
                let both =
                    [&self.rows, &self.between].map(|rows| self.doubt(rows, less).max(JOINT_DOUBT_MIN));
                (both[0] * both[1]).sqrt()
            }
            (true, false) => self.doubt(&self.rows, less),
            (false, true) => self.doubt(&self.between, less) * ALONE,
            (false, false) => 1.0,
        };
        let doubt_max = if has_between {
            JOINT_DOUBT_MAX
        } else {
            limits.doubt_max
        };
        let newest = doubt(0);
        let is_sure = newest < doubt_max && (1..=limits.again).all(|less| doubt(less) < doubt_max);
        // Few floors leave nothing open: more of them will tell.
        if newest.is_nan() || newest >= OPEN_DOUBT_MAX || (!is_sure && !has_rows) {
            return None;
        }
        let rows = if has_rows { &self.rows } else { &self.between };
        let found = self.rise(rows).filter(|rise| rise.total.is_finite())?;
        let began = onset(rows);
        let share = 1.0 - rows.times[began];
        let total = if began == 0 {
            found.total
        } else {
            rise_since(rows, began)
        };
        let per_hour = total / (share * rows.span_s) * 3600.0;
        let began_s = fields.samples[0].t + rows.times[began] * rows.span_s;
        let onset = if began == 0 {
            0
        } else {
            fields.samples.partition_point(|s| s.t < began_s)
        };
        Some(Growth {
            metric: self.metric,
            doubt: if is_sure { newest } else { OPEN_DOUBT_MAX },
            doubtful: found.doubtful,
            per_hour,
            total,
            onset: first + onset,
            rows: rows.count(),
            on_floors: self.has_floors && has_rows,
            is_certain: self.metric != Metric::Rss
                && has_rows
                && newest < CERTAIN_DOUBT_MAX
                && rows.count() >= CERTAIN_ROWS_MIN,
            limit_at: fields.limit_at(self.metric, per_hour),
            in_buffers: self.metric == Metric::ArrayBuffers
                || (self.metric == Metric::External && fields.in_buffers()),
        })
    }

    fn limits(&self) -> Limits {
        if self.metric.is_cleaned() {
            Limits {
                doubt_max: DOUBT_MAX,
                share_min: SHARE_MIN,
                again: AGAIN,
            }
        } else {
            Limits {
                doubt_max: OUTSIDE_DOUBT_MAX,
                share_min: OUTSIDE_SHARE_MIN,
                again: OUTSIDE_AGAIN,
            }
        }
    }

    fn rise(&self, rows: &Rows) -> Option<Rise> {
        rise(rows, self.limits().share_min * self.usual, self.usual)
    }

    /// Doubt by all rows but some of the newest.
    fn doubt(&self, rows: &Rows, less: usize) -> f64 {
        self.rise(&rows.first(rows.count() - less))
            .map_or(1.0, |rise| rise.doubt)
    }
}

/// The rise from a row to the end, the load left out.
fn rise_since(rows: &Rows, row: usize) -> f64 {
    let from = rows.times[row];
    let ones = vec![1.0; rows.count()];
    let hinge: Vec<f64> = rows.times.iter().map(|t| (t - from).max(0.0)).collect();
    let mut columns: Vec<&[f64]> = vec![&ones];
    columns.extend(rows.loads.iter().map(Vec::as_slice));
    columns.push(&hinge);
    let factors = linear::coefficients(&columns, &rows.levels, &ones);
    factors[columns.len() - 1] * (1.0 - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two days of a sample every two minutes, a floor every 24 minutes; `heap` and `external` of u from 0 to 1.
    fn days(heap: impl Fn(f64) -> f64, external: impl Fn(f64) -> f64) -> Vec<Sample> {
        let wobble = |i: usize| ((i * 7919) % 101) as f64 / 101.0 - 0.5;
        let sample = |i: usize| {
            let u = i as f64 / 1440.0;
            let garbage = (i % 12) as f64 * 4e6;
            let (heap, external) = (heap(u) + wobble(i) * 1e6, external(u) + wobble(i + 5) * 2e5);
            let is_floor = i.is_multiple_of(12);
            Sample {
                t: i as f64 * 120.0,
                heap_used: heap + garbage,
                external,
                rss: 60e6 + heap + garbage + external,
                major: f64::from(u8::from(is_floor)),
                minor: 20.0,
                floor: if is_floor { heap } else { f64::NAN },
                floor_external: if is_floor { external } else { f64::NAN },
                limit: 512e6,
                ..Sample::EMPTY
            }
        };
        (0..1440).map(sample).collect()
    }

    fn leak(trend: &Trend) -> Option<Growth> {
        match trend.verdict {
            Verdict::Leaking(growth) => Some(growth),
            _ => None,
        }
    }

    #[test]
    fn a_leak_is_found_with_its_metric_rate_onset_and_end() {
        let trend = analyze(&days(|u| 100e6 + 96e6 * (u - 0.25).max(0.0), |_| 10e6), None);
        let growth = leak(&trend).unwrap_or_else(|| unreachable!("{trend:?}"));
        assert_eq!(growth.metric, Metric::HeapUsed);
        assert!((growth.per_hour - 2e6).abs() < 0.4e6, "{}", growth.per_hour);
        assert!((300..440).contains(&growth.onset), "{}", growth.onset);
        assert!(
            (growth.limit_at / 3600.0 - 48.0 - 105.0).abs() < 40.0,
            "{}",
            growth.limit_at / 3600.0
        );
        let buffers = analyze(&days(|_| 100e6, |u| 10e6 + 40e6 * u), None);
        assert_eq!(leak(&buffers).map(|growth| growth.metric), Some(Metric::External));
    }

    #[test]
    fn few_floors_are_enough_where_what_lies_between_them_rises_too() {
        let found = analyze(&days(|u| 100e6 + 1500e6 * u, |_| 10e6)[..60], None);
        let growth = leak(&found).unwrap_or_else(|| unreachable!("{found:?}"));
        assert!(!growth.on_floors && !growth.is_certain, "{growth:?}");
        assert_eq!(
            analyze(&days(|_| 100e6, |_| 10e6)[..60], None).verdict,
            Verdict::TooEarly
        );
    }

    #[test]
    fn floors_that_rise_while_nothing_does_between_them_are_no_leak() {
        let mut samples = days(|_| 100e6, |_| 10e6);
        let end = samples.len() as f64;
        for (i, sample) in samples.iter_mut().enumerate() {
            sample.floor += 12e6 * i as f64 / end;
        }
        assert!(leak(&analyze(&samples, None)).is_none());
    }

    #[test]
    fn a_flat_series_is_clean_and_a_short_one_is_too_early() {
        let flat = days(|_| 100e6, |_| 10e6);
        assert_eq!(analyze(&flat, None).verdict, Verdict::Clean);
        assert_eq!(analyze(&flat[..60], None).verdict, Verdict::TooEarly);
        assert_eq!(analyze(&[], None).verdict, Verdict::TooEarly);
    }

    #[test]
    fn of_several_lives_the_newest_that_is_long_enough_counts() {
        let leaking = days(|u| 100e6 + 400e6 * u, |_| 10e6);
        let end = leaking[1439].t;
        let mut series = leaking.clone();
        let later = |s: &Sample| Sample {
            t: s.t + end + 120.0,
            ..*s
        };
        series.extend(leaking[..50].iter().map(later));
        let trend = analyze(&series, None);
        assert!(leak(&trend).is_some() && trend.is_before_restart && trend.restarts == 1);
        series.truncate(1440);
        series.extend(days(|_| 100e6, |_| 10e6).iter().map(later));
        assert_eq!(analyze(&series, None).verdict, Verdict::Clean);
    }

    #[test]
    fn in_one_life_a_fall_of_everything_is_no_restart() {
        let job = |u: f64| if u < 0.3 { 3e8 } else { 0.0 };
        let mut samples = days(|u| 8e7 + job(u), |_| 2e7);
        for sample in &mut samples {
            sample.rss = sample.heap_used + 5e7;
        }
        assert_eq!(analyze(&samples, None).restarts, 1);
        let whole = analyze_life(&samples);
        assert_eq!((whole.restarts, whole.samples), (0, samples.len()));
        assert_eq!(whole.verdict, Verdict::Clean);
    }
}
