//! Where a series begins anew: the process was restarted. Knows only that everything fell at once.

use std::ops::Range;

use super::series::Sample;

/// Samples before that must agree.
const AROUND: usize = 6;
/// After a restart rss and heap are below this share of the lowest before.
const FALLEN: f64 = 0.7;

/// The lives of the process, oldest first, none empty. A collection lets the heap fall too, but not below the floor
/// before. O(n).
pub fn lives(samples: &[Sample]) -> Vec<Range<usize>> {
    let mut lives = Vec::new();
    let (mut from, mut floor) = (0, f64::NAN);
    for (i, sample) in samples.iter().enumerate() {
        let before = &samples[from.max(i.saturating_sub(AROUND))..i];
        let low = |get: fn(&Sample) -> f64| before.iter().map(get).fold(f64::NAN, f64::min);
        let heap = low(|s| s.heap_used).min(floor);
        // A comparison with what was not read is false.
        if sample.rss < low(|s| s.rss) * FALLEN && sample.heap_used < heap * FALLEN {
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

    #[test]
    fn the_first_collection_of_a_life_is_no_restart_once_a_floor_is_known() {
        let mut samples: Vec<Sample> = (0..20).map(|i| sample(i, 100.0, 300.0)).collect();
        samples[3].floor = 20.0;
        samples.extend((20..30).map(|i| sample(i, 25.0, 150.0)));
        assert_eq!(starts(&samples), [0]);
    }
}
