//! From samples to rows that can be fitted: floors after collections, the load and its averages, a bounded number of
//! moments. Knows the fields of a sample, not what a leak is.

use super::fit::Rows;
use super::median::median;

/// Rows at the most; samples of one share of the time become one.
pub const ROWS_MAX: usize = 64;
/// Averages of the load, in seconds: what is held by requests, by sessions, by caches that forget.
const AVERAGES_S: [f64; 3] = [300.0, 3600.0, 14_400.0];
/// The same as shares of a short series.
const AVERAGES_SHARE: [f64; 3] = [1.0 / 96.0, 1.0 / 24.0, 1.0 / 6.0];
/// Time in which the allocator gives back what a rush of garbage took, in seconds and as a share.
const KEPT_S: f64 = 7200.0;
const KEPT_SHARE: f64 = 1.0 / 12.0;
/// An interval counts as no longer than so many usual ones: no one knows what happened in a gap.
const GAP: f64 = 3.0;
/// Samples that make one row where there are no floors: of fewer none is low.
const STRETCH_MIN: usize = 4;

/// One reading of a process; what was not read is NaN. Bytes, seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When.
    pub t: f64,
    /// `process.memoryUsage()`.
    pub heap_used: f64,
    /// The same.
    pub external: f64,
    /// The same, part of `external`.
    pub array_buffers: f64,
    /// The same.
    pub rss: f64,
    /// What the C allocator has handed out.
    pub malloc_used: f64,
    /// What it keeps.
    pub malloc_free: f64,
    /// What the process may take.
    pub limit: f64,
    /// Major collections since the sample before.
    pub major: f64,
    /// The same, of the young generation.
    pub minor: f64,
    /// `heap_used` right after the last major collection of the interval.
    pub floor: f64,
    /// The same for `external`.
    pub floor_external: f64,
}

impl Sample {
    /// Nothing read but the time.
    pub const EMPTY: Sample = Sample {
        t: f64::NAN,
        heap_used: f64::NAN,
        external: f64::NAN,
        array_buffers: f64::NAN,
        rss: f64::NAN,
        malloc_used: f64::NAN,
        malloc_free: f64::NAN,
        limit: f64::NAN,
        major: f64::NAN,
        minor: f64::NAN,
        floor: f64::NAN,
        floor_external: f64::NAN,
    };
}

/// What moved memory at each sample besides a leak.
pub struct Load {
    /// The load averaged over [`AVERAGES_S`].
    averages: [Vec<f64>; 3],
    /// All work up to each sample.
    work: Vec<f64>,
    /// Heap and external memory, garbage included.
    filled: Vec<f64>,
    /// The height of that, sinking slowly.
    kept: Vec<f64>,
    /// Work since the last major collection: garbage stands on the heap in this measure. NaN before the first one.
    since: Vec<f64>,
}

impl Load {
    /// Of samples in the order of time. Load is the rate of minor collections, which is that of allocation; where they
    /// are not counted, what the heap rose by. O(n log n).
    pub fn of(samples: &[Sample]) -> Self {
        let span = span_of(samples);
        let usual = usual_interval(samples);
        let is_counted = samples.iter().filter(|s| s.minor > 0.0).count() * 4 > samples.len();
        let taus: Vec<f64> = AVERAGES_S
            .iter()
            .zip(AVERAGES_SHARE)
            .map(|(&s, share)| s.min(span * share))
            .collect();
        let kept_s = KEPT_S.min(span * KEPT_SHARE);
        let mut load = Self {
            averages: Default::default(),
            work: Vec::with_capacity(samples.len()),
            filled: Vec::with_capacity(samples.len()),
            kept: Vec::with_capacity(samples.len()),
            since: Vec::with_capacity(samples.len()),
        };
        let mut averages: [Option<f64>; 3] = [None; 3];
        let (mut work, mut filled, mut kept, mut collected) = (0.0, f64::NAN, 0.0f64, f64::NAN);
        for (i, sample) in samples.iter().enumerate() {
            let passed = if i == 0 {
                usual
            } else {
                sample.t - samples[i - 1].t
            };
            let elapsed = if passed > 0.0 {
                passed.min(usual * GAP)
            } else {
                usual
            };
            let now: f64 = [sample.heap_used, sample.external]
                .iter()
                .filter(|v| v.is_finite())
                .sum();
            let rose = (now - filled).max(0.0);
            let rate = if is_counted { sample.minor } else { rose } / elapsed;
            // Without a rate the averages stay.
            if rate.is_finite() {
                work += rate * elapsed;
                for (average, tau) in averages.iter_mut().zip(&taus) {
                    *average = Some(nearer(average.unwrap_or(rate), rate, elapsed / tau));
                }
            }
            if now > 0.0 {
                filled = now;
                kept = now.max(nearer(kept, now, elapsed / kept_s));
            }
            for (column, average) in load.averages.iter_mut().zip(averages) {
                column.push(average.unwrap_or(0.0));
            }
            if sample.major > 0.0 || sample.floor.is_finite() {
                collected = work;
            }
            load.since.push(work - collected);
            load.work.push(work);
            load.filled.push(if filled.is_finite() { filled } else { 0.0 });
            load.kept.push(kept);
        }
        load
    }
}

/// `old` after some time constants on its way to `new`.
fn nearer(old: f64, new: f64, constants: f64) -> f64 {
    if constants.is_finite() {
        old + (new - old) * (1.0 - (-constants).exp())
    } else {
        new
    }
}

/// How a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It has a value only where something was collected: each counts.
    Floors,
    /// Garbage stands on it that came since the last collection: that is load, and the mean of each stretch counts.
    Between,
    /// Garbage stands on it: the lowest of each stretch counts.
    Lowest,
    /// No garbage of its own: the middle of each stretch counts, and what the heap took is load too.
    Middle,
}

/// Rows of a field, at most [`ROWS_MAX`]; `get` gives NaN where it was not read. O(n log n).
pub fn rows(samples: &[Sample], load: &Load, reading: Reading, get: impl Fn(&Sample) -> f64) -> Rows {
    let read: Vec<usize> = (0..samples.len())
        .filter(|&i| get(&samples[i]).is_finite())
        .filter(|&i| reading != Reading::Between || load.since[i].is_finite())
        .collect();
    let Some(&newest) = read.last() else {
        return Rows::default();
    };
    let from = samples[0].t;
    let span = (samples[newest].t - from).max(f64::MIN_POSITIVE);
    let most = match reading {
        Reading::Floors => ROWS_MAX,
        Reading::Between | Reading::Lowest | Reading::Middle => (read.len() / STRETCH_MIN).clamp(1, ROWS_MAX),
    };
    let stretch = |i: usize| (((samples[i].t - from) / span * most as f64) as usize).min(most - 1);
    let all_work = load.work[newest].max(f64::MIN_POSITIVE);
    let columns: Vec<&[f64]> = match reading {
        Reading::Floors | Reading::Lowest => load.averages.iter().map(Vec::as_slice).collect(),
        Reading::Between => {
            let averages = load.averages.iter().map(Vec::as_slice);
            averages.chain([load.since.as_slice()]).collect()
        }
        Reading::Middle => vec![&load.averages[1], &load.averages[2], &load.filled, &load.kept],
    };
    let mut rows = Rows {
        loads: vec![Vec::new(); columns.len()],
        span_s: span,
        ..Rows::default()
    };
    for same in read.chunk_by(|&a, &b| stretch(a) == stretch(b)) {
        let value = |i: usize| get(&samples[i]);
        let lowest = same
            .iter()
            .copied()
            .min_by(|&a, &b| value(a).total_cmp(&value(b)));
        let taken = match (reading, lowest) {
            (Reading::Lowest, Some(lowest)) => vec![lowest],
            _ => same.to_vec(),
        };
        let mean = |of: &dyn Fn(usize) -> f64| taken.iter().map(|&i| of(i)).sum::<f64>() / taken.len() as f64;
        rows.levels.push(match reading {
            Reading::Between => mean(&value),
            _ => median(&mut taken.iter().map(|&i| value(i)).collect::<Vec<f64>>()),
        });
        rows.times.push((mean(&|i| samples[i].t) - from) / span);
        rows.work.push(mean(&|i| load.work[i]) / all_work);
        for (to, column) in rows.loads.iter_mut().zip(&columns) {
            to.push(mean(&|i| column[i]));
        }
    }
    rows
}

/// Seconds from the first sample to the last.
pub fn span_of(samples: &[Sample]) -> f64 {
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => last.t - first.t,
        _ => 0.0,
    }
}

/// The median interval, in seconds.
fn usual_interval(samples: &[Sample]) -> f64 {
    let mut intervals: Vec<f64> = samples.windows(2).map(|pair| pair[1].t - pair[0].t).collect();
    median(&mut intervals).max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(t: f64, heap_used: f64) -> Sample {
        Sample {
            t,
            heap_used,
            ..Sample::EMPTY
        }
    }

    #[test]
    fn months_of_samples_become_few_rows() {
        let samples: Vec<Sample> = (0..100_000)
            .map(|i| sample(f64::from(i) * 30.0, f64::from(i % 97)))
            .collect();
        let load = Load::of(&samples);
        let rows = rows(&samples, &load, Reading::Lowest, |s| s.heap_used);
        assert_eq!(rows.count(), ROWS_MAX);
        assert!(rows.levels.iter().all(|&level| level == 0.0));
        assert!(rows.times.windows(2).all(|pair| pair[0] < pair[1]) && rows.times[63] <= 1.0);
        assert!(rows.work.windows(2).all(|pair| pair[0] <= pair[1]) && rows.work[63] <= 1.0);
    }

    #[test]
    fn gaps_equal_times_and_missing_fields_are_no_trouble() {
        let mut samples: Vec<Sample> = (0..50).map(|i| sample(f64::from(i / 2), 5.0)).collect();
        samples.extend((0..50).map(|i| sample(9e6 + f64::from(i), f64::NAN)));
        let load = Load::of(&samples);
        assert!(
            load.work
                .iter()
                .chain(&load.kept)
                .chain(&load.averages[2])
                .all(|v| v.is_finite())
        );
        assert_eq!(rows(&samples, &load, Reading::Middle, |s| s.rss).count(), 0);
        assert_eq!(
            rows(&samples, &load, Reading::Floors, |s| s.heap_used)
                .levels
                .first(),
            Some(&5.0)
        );
        assert_eq!(Load::of(&[]).work.len(), 0);
    }

    #[test]
    fn the_load_is_that_of_minor_collections() {
        let samples: Vec<Sample> = (0..1000)
            .map(|i| Sample {
                minor: if i < 500 { 10.0 } else { 40.0 },
                ..sample(f64::from(i) * 60.0, 1e6)
            })
            .collect();
        let load = Load::of(&samples);
        assert!((load.averages[0][499] - 10.0 / 60.0).abs() < 1e-9);
        assert!((load.averages[0][999] - 40.0 / 60.0).abs() < 1e-9);
        assert!(load.averages[2][520] < load.averages[0][520]);
        assert!((load.work[999] - 25_000.0).abs() < 1e-6);
    }
}
