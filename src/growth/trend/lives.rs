//! Where a series begins anew: the process was restarted. Knows that everything fell at once, to where it had not been
//! before, or what it is told.

use std::ops::Range;

use super::series::Sample;

/// Samples before that must agree.
const AROUND: usize = 6;
/// After a restart rss and heap are below this share of the lowest before.
const FALLEN: f64 = 0.7;
/// No further back than this many samples is looked for where it had been.
const BACK_MAX: usize = 4096;
/// A level at which the heap was so often before is one that it comes back to.
const OFTEN: usize = 3;
/// What it comes back from began suddenly: this share of the way up from one level to the next.
const SUDDEN: f64 = 0.5;

/// The lives of the process, oldest first, none empty. A collection lets the heap fall too, but not below the floor
/// before; a job that ends does, but to a level from which it rose suddenly. O(n), and as much as [`BACK_MAX`] for each fall.
pub fn lives(samples: &[Sample]) -> Vec<Range<usize>> {
    let mut lives = Vec::new();
    let (mut from, mut floor) = (0, f64::NAN);
    for (i, sample) in samples.iter().enumerate() {
        let before = &samples[from.max(i.saturating_sub(AROUND))..i];
        let low = |get: fn(&Sample) -> f64| before.iter().map(get).fold(f64::NAN, f64::min);
        let heap = low(|s| s.heap_used).min(floor);
        // A comparison with what was not read is false.
        let has_fallen = sample.rss < low(|s| s.rss) * FALLEN && sample.heap_used < heap * FALLEN;
        if has_fallen && !comes_back(sample, &samples[from.max(i.saturating_sub(BACK_MAX))..i]) {
            lives.push(from..i);
            (from, floor) = (i, f64::NAN);
        }
        if sample.floor.is_finite() {
            floor = sample.floor;
        }
    }
    if from < samples.len() {
        lives.push(from..samples.len());
    }
    lives
}

/// The same where it is known which samples are the first of a process. O(starts).
pub fn known_lives(count: usize, starts: &[usize]) -> Vec<Range<usize>> {
    let mut begins: Vec<usize> = starts.iter().copied().filter(|&start| start < count).collect();
    begins.push(0);
    begins.sort_unstable();
    begins.dedup();
    let ends = begins[1..].iter().copied().chain([count]);
    let lives = begins.iter().copied().zip(ends);
    lives
        .map(|(from, to)| from..to)
        .filter(|life| !life.is_empty())
        .collect()
}

/// Whether what is left is where the heap had been several times in this life before it rose suddenly: a job has ended.
fn comes_back(now: &Sample, life: &[Sample]) -> bool {
    let floors: Vec<f64> = life.iter().map(|s| s.floor).filter(|v| v.is_finite()).collect();
    let levels = if floors.len() > OFTEN {
        floors
    } else {
        let heaps: Vec<f64> = life.iter().map(|s| s.heap_used).collect();
        let lowest = |part: &[f64]| part.iter().copied().fold(f64::NAN, f64::min);
        heaps.chunks(AROUND).map(lowest).collect()
    };
    let is_here = |level: f64| level * FALLEN <= now.heap_used;
    let Some(before) = levels.iter().rposition(|&level| is_here(level)) else {
        return false;
    };
    let rose = |to: f64| to - levels[before];
    let (Some(&next), Some(&last)) = (levels.get(before + 1), levels.last()) else {
        return false;
    };
    let least_rss = life.iter().map(|s| s.rss).fold(f64::NAN, f64::min);
    levels[..=before].iter().filter(|&&level| is_here(level)).count() >= OFTEN
        && rose(next) >= rose(last) * SUDDEN
        && now.rss >= least_rss * FALLEN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(t: usize, heap_used: f64, rss: f64) -> Sample {
        Sample {
            t: t as f64,
            heap_used,
            rss,
            ..Sample::EMPTY
        }
    }

    fn starts(samples: &[Sample]) -> Vec<usize> {
        lives(samples).iter().map(|life| life.start).collect()
    }

    #[test]
    fn a_fall_of_everything_is_a_restart_and_a_collection_is_none() {
        let mut samples: Vec<Sample> = (0..40)
            .map(|i| sample(i, 100.0 + (i % 20) as f64 * 5.0, 300.0 + i as f64))
            .collect();
        assert_eq!(starts(&samples), [0]);
        samples.extend((40..60).map(|i| sample(i, 30.0, 90.0)));
        assert_eq!(lives(&samples), [0..40, 40..60]);
        assert_eq!(starts(&samples), [0, 40]);
        assert!(lives(&[]).is_empty());
    }

    /// 60 samples at 100, or what `heap` says; rss follows, and the floor is what is there.
    fn level(from: usize, count: usize, heap: impl Fn(usize) -> f64) -> Vec<Sample> {
        let at = |i: usize| Sample {
            floor: heap(i),
            ..sample(from + i, heap(i) * 1.05, heap(i) * 2.0)
        };
        (0..count).map(at).collect()
    }

    #[test]
    fn the_end_of_a_job_is_no_restart_and_that_of_a_leak_is_one() {
        for has_floors in [true, false] {
            let mut job = level(0, 60, |_| 100.0);
            job.extend(level(60, 30, |_| 320.0));
            job.extend(level(90, 30, |_| 101.0));
            let mut leak = level(0, 90, |i| 100.0 + 4.0 * i as f64);
            leak.extend(level(90, 30, |i| 100.0 + 4.0 * i as f64));
            let mut fresh = level(0, 3, |_| 100.0);
            fresh.extend(level(3, 90, |_| 320.0));
            fresh.extend(level(93, 30, |_| 60.0));
            for series in [&mut job, &mut leak, &mut fresh] {
                for sample in series.iter_mut().filter(|_| !has_floors) {
                    sample.floor = f64::NAN;
                }
            }
            assert_eq!(starts(&job), [0], "{has_floors}");
            assert_eq!(starts(&leak), [0, 90], "{has_floors}");
            assert_eq!(starts(&fresh), [0, 93], "{has_floors}");
        }
    }

    #[test]
    fn what_is_known_is_not_guessed() {
        assert_eq!(known_lives(10, &[4]), [0..4, 4..10]);
        assert_eq!(known_lives(10, &[0, 12, 4, 4]), [0..4, 4..10]);
        assert_eq!(known_lives(3, &[]), vec![0..3]);
        assert!(known_lives(0, &[]).is_empty());
    }

    #[test]
    fn the_first_collection_of_a_life_is_no_restart_once_a_floor_is_known() {
        let mut samples: Vec<Sample> = (0..20).map(|i| sample(i, 100.0, 300.0)).collect();
        samples[3].floor = 20.0;
        samples.extend((20..30).map(|i| sample(i, 25.0, 150.0)));
        assert_eq!(starts(&samples), [0]);
    }
}
