//! A long history in few bytes: when the room is full, flat stretches are folded and the resolution halves.

/// Readings kept at the most.
pub const POINTS_MAX: usize = 48;

/// One reading, with how busy the program had been until then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// When, in milliseconds of a clock that never goes back.
    pub at_ms: f64,
    /// The time that was watched until then, in milliseconds: of a long time in which nobody looked, little counts.
    pub watched_ms: f64,
    /// CPU time of the thread so far, in milliseconds.
    pub cpu_ms: f64,
    /// Things the program did so far that were counted (timers made, listeners added, files opened).
    pub events: f64,
    /// What was read.
    pub value: f64,
}

/// Readings that were taken together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The newest of them.
    pub last: Reading,
    /// The smallest value among them.
    pub low: f64,
    /// The largest value among them.
    pub high: f64,
}

impl Point {
    fn of(reading: Reading) -> Self {
        Self {
            last: reading,
            low: reading.value,
            high: reading.value,
        }
    }

    fn merged(&self, later: &Point) -> Self {
        Self {
            last: later.last,
            low: self.low.min(later.low),
            high: self.high.max(later.high),
        }
    }

    fn is_flat_with(&self, later: &Point) -> bool {
        self.low == self.high && later.low == later.high && self.low == later.low
    }
}

/// A series, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    points: Vec<Point>,
    resolution_ms: f64,
    /// How many readings went in.
    readings: u64,
    /// The smallest value ever read.
    lowest: Option<f64>,
}

impl History {
    /// Adds a reading. O(1), and O([`POINTS_MAX`]) once per halving. A reading older than the last is left out.
    pub fn push(&mut self, reading: Reading) {
        if !reading.value.is_finite() || self.points.last().is_some_and(|p| reading.at_ms < p.last.at_ms) {
            return;
        }
        self.readings += 1;
        self.lowest = Some(self.lowest.map_or(reading.value, |low| low.min(reading.value)));
        let count = self.points.len();
        // The newest point collects readings until it is as wide as the resolution.
        if count >= 2 && reading.at_ms - self.points[count - 2].last.at_ms < self.resolution_ms {
            self.points[count - 1] = self.points[count - 1].merged(&Point::of(reading));
            return;
        }
        if count == POINTS_MAX {
            self.make_room();
        }
        self.points.push(Point::of(reading));
    }

    /// The points, oldest first.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Time from the first reading to the last that was watched, in milliseconds.
    pub fn watched_ms(&self) -> f64 {
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) => last.last.watched_ms - first.last.watched_ms,
            _ => 0.0,
        }
    }

    /// How far the newest value is above the smallest ever read. O(1).
    pub fn rise(&self) -> f64 {
        match (self.lowest, self.points.last()) {
            (Some(low), Some(newest)) => newest.last.value - low,
            _ => 0.0,
        }
    }

    /// Number of readings taken in.
    pub fn readings(&self) -> u64 {
        self.readings
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.points.capacity() * size_of::<Point>()
    }

    /// Stretches in which nothing changed become one interval; where that is not enough, pairs are merged.
    /// The first point stays as it is: it is where everything began.
    fn make_room(&mut self) {
        let mut kept: Vec<Point> = Vec::with_capacity(POINTS_MAX);
        for (i, point) in self.points.iter().enumerate() {
            let count = kept.len();
            if count >= 2
                && kept[count - 2].is_flat_with(&kept[count - 1])
                && kept[count - 1].is_flat_with(point)
            {
                kept[count - 1] = kept[count - 1].merged(point);
            } else {
                kept.push(self.points[i]);
            }
        }
        if kept.len() > POINTS_MAX * 3 / 4 {
            let first = kept[0];
            let pairs = kept[1..]
                .chunks(2)
                .map(|pair| pair[0].merged(&pair[pair.len() - 1]));
            kept = std::iter::once(first).chain(pairs).collect();
            self.resolution_ms = median_interval_ms(&kept);
        }
        kept.reserve_exact(POINTS_MAX - kept.len());
        self.points = kept;
    }
}

fn median_interval_ms(points: &[Point]) -> f64 {
    let mut intervals: Vec<f64> = points
        .windows(2)
        .map(|w| w[1].last.at_ms - w[0].last.at_ms)
        .collect();
    intervals.sort_by(f64::total_cmp);
    intervals.get(intervals.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at_ms: f64, value: f64) -> Reading {
        Reading {
            at_ms,
            watched_ms: at_ms,
            cpu_ms: at_ms / 2.0,
            events: at_ms,
            value,
        }
    }

    #[test]
    fn days_of_readings_fit_and_keep_their_lows() {
        let mut history = History::default();
        for i in 0..1_000_000 {
            history.push(reading(
                i as f64 * 250.0,
                if i == 777_777 { 1.0 } else { 5.0 + (i % 3) as f64 },
            ));
        }
        assert!(history.points().len() <= POINTS_MAX);
        assert_eq!(history.points().iter().filter(|p| p.low == 1.0).count(), 1);
        assert_eq!(history.watched_ms(), 999_999.0 * 250.0);
        assert!(history.bytes() <= POINTS_MAX * size_of::<Point>());
    }

    #[test]
    fn a_long_rest_does_not_blur_what_went_before() {
        let mut history = History::default();
        for i in 0..100_000 {
            history.push(reading(i as f64 * 100.0, i.min(30) as f64));
        }
        assert!(history.points().iter().filter(|p| p.low < 30.0).count() >= 28);
    }

    #[test]
    fn a_reading_out_of_order_or_not_a_number_is_left_out() {
        let mut history = History::default();
        history.push(reading(10.0, 1.0));
        history.push(reading(5.0, 2.0));
        history.push(reading(20.0, f64::NAN));
        assert_eq!(history.points().len(), 1);
    }
}
