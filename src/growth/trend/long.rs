//! A long history in few bytes: readings of the same stretch of time are merged, and stretches become longer as the
//! history does. Knows what the fields of a sample are, not what they say.

use super::series::Sample;

/// Stretches kept at the most.
pub const STRETCHES_MAX: usize = 256;
/// Stretches of this many seconds become no longer; from then on the oldest ones go: 64 hours or more are seen.
const STRETCH_MAX_S: f64 = 900.0;
/// Readings that belong to a sample and are not judged: bytes of heap spaces.
pub const SPACES: usize = 4;

/// What was read in one stretch of time.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    began_s: f64,
    sample: Sample,
    spaces: [f64; SPACES],
    readings: f64,
    floors: f64,
}

/// Readings of one process or thread, oldest first: at most [`STRETCHES_MAX`] stretches, whatever is pushed.
#[derive(Debug, Clone, Default)]
pub struct LongSeries {
    stretches: Vec<Stretch>,
    /// Length of a stretch, in seconds.
    width_s: f64,
    readings: u64,
}

impl LongSeries {
    /// Takes a reading; one that is older than the newest, or has no time, is left out. O(1) amortised.
    pub fn push(&mut self, sample: Sample, spaces: [f64; SPACES]) {
        let is_old = self.stretches.last().is_some_and(|last| sample.t < last.sample.t);
        if !sample.t.is_finite() || is_old {
            return;
        }
        self.readings += 1;
        if self.stretches.capacity() == 0 {
            self.stretches.reserve_exact(STRETCHES_MAX + 1);
        }
        let next = Stretch {
            began_s: sample.t,
            sample,
            spaces,
            readings: 1.0,
            floors: f64::from(u8::from(sample.floor.is_finite())),
        };
        match self.stretches.last_mut() {
            Some(last) if sample.t - last.began_s < self.width_s => *last = merge(last, &next),
            _ => self.stretches.push(next),
        }
        if self.stretches.len() > STRETCHES_MAX {
            self.make_room();
        }
    }

    /// Makes stretches twice as long, or forgets the oldest.
    fn make_room(&mut self) {
        let span = self.stretches[self.stretches.len() - 1].sample.t - self.stretches[0].began_s;
        let wanted = (span / STRETCHES_MAX as f64 * 2.0).max(self.width_s * 2.0);
        if self.width_s >= STRETCH_MAX_S {
            self.stretches.remove(0);
            return;
        }
        self.width_s = wanted;
        let mut kept = 0;
        for at in 1..self.stretches.len() {
            let next = self.stretches[at];
            if next.sample.t - self.stretches[kept].began_s < self.width_s {
                self.stretches[kept] = merge(&self.stretches[kept], &next);
            } else {
                kept += 1;
                self.stretches[kept] = next;
            }
        }
        self.stretches.truncate(kept + 1);
        // Readings far apart do not merge.
        while self.stretches.len() > STRETCHES_MAX {
            self.stretches.remove(0);
        }
    }

    /// One sample for each stretch, as [`analyze`](super::analyze) takes them.
    pub fn samples(&self) -> Vec<Sample> {
        self.stretches.iter().map(|stretch| stretch.sample).collect()
    }

    /// Growth of each heap space from the first quarter to the last, in bytes; 0 where it was not read.
    pub fn spaces_grown(&self) -> [f64; SPACES] {
        let quarter = (self.stretches.len() / 4).max(1);
        let mean = |of: &[Stretch], space: usize| {
            let read: Vec<f64> = of
                .iter()
                .map(|s| s.spaces[space])
                .filter(|v| v.is_finite())
                .collect();
            read.iter().sum::<f64>() / read.len() as f64
        };
        let mut grown = [0.0; SPACES];
        if self.stretches.is_empty() {
            return grown;
        }
        let (early, late) = (
            &self.stretches[..quarter],
            &self.stretches[self.stretches.len() - quarter..],
        );
        for (space, to) in grown.iter_mut().enumerate() {
            let by = mean(late, space) - mean(early, space);
            *to = if by.is_finite() { by } else { 0.0 };
        }
        grown
    }

    /// Readings taken so far.
    pub fn readings(&self) -> u64 {
        self.readings
    }

    /// Seconds seen.
    pub fn span_s(&self) -> f64 {
        match (self.stretches.first(), self.stretches.last()) {
            (Some(first), Some(last)) => last.sample.t - first.began_s,
            _ => 0.0,
        }
    }

    /// Bytes that this holds.
    pub fn bytes(&self) -> usize {
        self.stretches.capacity() * size_of::<Stretch>()
    }
}

/// Two neighbours as one: levels are averaged, collections added up; the time is that of the later one.
fn merge(a: &Stretch, b: &Stretch) -> Stretch {
    let level = |get: fn(&Sample) -> f64| mean(get(&a.sample), a.readings, get(&b.sample), b.readings);
    let floor = |get: fn(&Sample) -> f64| mean(get(&a.sample), a.floors, get(&b.sample), b.floors);
    let sum = |get: fn(&Sample) -> f64| match (get(&a.sample), get(&b.sample)) {
        (a, b) if a.is_nan() => b,
        (a, b) if b.is_nan() => a,
        (a, b) => a + b,
    };
    let newest = |get: fn(&Sample) -> f64| match get(&b.sample) {
        value if value.is_finite() => value,
        _ => get(&a.sample),
    };
    let mut spaces = [f64::NAN; SPACES];
    for (i, space) in spaces.iter_mut().enumerate() {
        *space = mean(a.spaces[i], a.readings, b.spaces[i], b.readings);
    }
    Stretch {
        began_s: a.began_s,
        sample: Sample {
            t: b.sample.t,
            heap_used: level(|s| s.heap_used),
            external: level(|s| s.external),
            array_buffers: level(|s| s.array_buffers),
            rss: level(|s| s.rss),
            malloc_used: level(|s| s.malloc_used),
            malloc_free: level(|s| s.malloc_free),
            limit: newest(|s| s.limit),
            major: sum(|s| s.major),
            minor: sum(|s| s.minor),
            floor: floor(|s| s.floor),
            floor_external: floor(|s| s.floor_external),
        },
        spaces,
        readings: a.readings + b.readings,
        floors: a.floors + b.floors,
    }
}

/// The mean by weight of what was read.
fn mean(a: f64, weight_a: f64, b: f64, weight_b: f64) -> f64 {
    match (a, b) {
        (a, b) if a.is_nan() => b,
        (a, b) if b.is_nan() => a,
        (a, b) => (a * weight_a + b * weight_b) / (weight_a + weight_b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Metric, Verdict, analyze};
    use super::*;

    fn reading(t: f64, heap: f64) -> Sample {
        Sample {
            t,
            heap_used: heap,
            major: 0.0,
            minor: 2.0,
            ..Sample::EMPTY
        }
    }

    #[test]
    fn a_million_readings_stand_in_256_stretches_and_nothing_is_lost_before_64_hours() {
        let mut series = LongSeries::default();
        let mut bytes = 0;
        for i in 0..1_000_000_u32 {
            series.push(reading(f64::from(i) * 10.0, f64::from(i)), [f64::NAN; SPACES]);
            if i == 10_000 {
                bytes = series.bytes();
            }
            if i == 20_000 {
                assert!(series.span_s() > 199_000.0);
                let minors: f64 = series.samples().iter().map(|s| s.minor).sum();
                assert_eq!(minors, 40_002.0);
            }
        }
        assert!(series.stretches.len() <= STRETCHES_MAX && series.bytes() <= bytes);
        assert!(series.bytes() < 40_000, "{}", series.bytes());
        assert!(
            (230_000.0..500_000.0).contains(&series.span_s()),
            "{}",
            series.span_s()
        );
        assert_eq!(series.readings(), 1_000_000);
    }

    #[test]
    fn what_was_not_read_stays_unread_and_levels_are_means() {
        let mut series = LongSeries {
            width_s: 10.0,
            ..LongSeries::default()
        };
        let floor = |t, floor| Sample {
            floor,
            major: 1.0,
            ..reading(t, 8.0)
        };
        series.push(floor(0.0, 4.0), [1.0, f64::NAN, 3.0, 4.0]);
        series.push(reading(1.0, 2.0), [f64::NAN; SPACES]);
        series.push(floor(2.0, 8.0), [3.0, f64::NAN, 3.0, 4.0]);
        let [one] = series.samples()[..] else { panic!() };
        assert_eq!((one.t, one.heap_used, one.floor), (2.0, 6.0, 6.0));
        assert_eq!((one.major, one.minor), (2.0, 6.0));
        assert!(one.rss.is_nan() && one.malloc_used.is_nan());
    }

    #[test]
    fn times_that_go_back_and_gaps_of_weeks_do_no_harm() {
        let mut series = LongSeries::default();
        for i in 0..1000 {
            series.push(reading(f64::from(i) * 1e6, 1.0), [0.0; SPACES]);
            series.push(reading(f64::from(i), 1.0), [0.0; SPACES]);
            series.push(reading(f64::NAN, 1.0), [0.0; SPACES]);
        }
        assert!(series.samples().len() <= STRETCHES_MAX);
        assert!(series.samples().windows(2).all(|pair| pair[0].t <= pair[1].t));
    }

    #[test]
    fn a_leak_is_seen_in_what_was_merged() {
        let mut series = LongSeries::default();
        for i in 0..20_000_u32 {
            let wobble = f64::from((i * 7919) % 101) * 2e4;
            let level = 5e7 + f64::from(i) * 2e3;
            let sample = Sample {
                floor: if i % 9 == 0 { level + wobble } else { f64::NAN },
                floor_external: if i % 9 == 0 { 2e6 } else { f64::NAN },
                major: f64::from(u8::from(i % 9 == 0)),
                external: 2e6,
                rss: 1.5e8,
                ..reading(f64::from(i) * 10.0, level + wobble * 5.0)
            };
            series.push(sample, [level, 0.0, 0.0, 0.0]);
        }
        let Verdict::Leaking(growth) = analyze(&series.samples(), None).verdict else {
            panic!("{:?}", analyze(&series.samples(), None))
        };
        assert_eq!(growth.metric, Metric::HeapUsed);
        assert!((growth.per_hour / 720_000.0 - 1.0).abs() < 0.1, "{growth:?}");
        assert!(series.spaces_grown()[0] > 2e7);
    }
}
