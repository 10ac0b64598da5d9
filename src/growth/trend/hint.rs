//! Whether memory may be rising, by the little that is known after a minute or two: a floor above all before it, or old
//! space that rises where no collection comes. Accuses nobody; says that a closer look is worth its price.

use super::series::Sample;

/// What a process has in its first seconds is start-up.
const START_S: f64 = 30.0;
/// Without a collection for so long, old space is looked at instead.
const WITHOUT_FLOOR_S: f64 = 45.0;
/// A floor says something for so long.
const FLOOR_HOLDS_S: f64 = 600.0;
/// Floors that are remembered: what fell before, when code that was used once went, is no noise of what comes.
const FLOORS_MAX: usize = 4;
/// Smallest rise of a floor, in bytes.
const RISE_MIN_BYTES: f64 = 64e3;
/// Smallest rise of old space: so many bytes, or this share of it.
const OLD_MIN_BYTES: f64 = 2e6;
const OLD_MIN_SHARE: f64 = 0.1;

/// Readings of one process or thread as they come. O(1) memory.
#[derive(Debug, Clone, Default)]
pub struct Hint {
    begun_s: Option<f64>,
    now_s: f64,
    /// What collections left: the heap, and what hangs on it.
    floors: Vec<f64>,
    /// When the newest of them was read, or the first reading after the start, and old space then.
    since: Option<(f64, f64)>,
    old: f64,
}

impl Hint {
    /// Takes a reading, and the bytes of old space. O(1).
    pub fn push(&mut self, sample: &Sample, old: f64) {
        if !sample.t.is_finite() {
            return;
        }
        self.now_s = sample.t;
        self.old = old;
        if sample.t - *self.begun_s.get_or_insert(sample.t) < START_S {
            return;
        }
        let floor = sample.floor
            + if sample.floor_external.is_finite() {
                sample.floor_external
            } else {
                0.0
            };
        if floor.is_finite() {
            if self.floors.len() == FLOORS_MAX {
                self.floors.remove(0);
            }
            self.floors.push(floor);
        }
        if floor.is_finite() || self.since.is_none() {
            self.since = Some((sample.t, old));
        }
    }

    /// Whether memory may be rising. O(1).
    pub fn may_rise(&self) -> bool {
        self.has_risen() || self.rises_unseen()
    }

    /// The newest floor is above those before it, by more than they fell.
    fn has_risen(&self) -> bool {
        let Some((last, before)) = self.floors.split_last() else {
            return false;
        };
        let highest = before.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = before.iter().copied().fold(f64::INFINITY, f64::min);
        let fell = before.windows(2).map(|w| w[0] - w[1]).fold(0.0, f64::max);
        let is_new = self
            .since
            .is_some_and(|(since_s, _)| self.now_s - since_s <= FLOOR_HOLDS_S);
        is_new && *last > highest && last - lowest >= RISE_MIN_BYTES.max(fell)
    }

    /// No collection came for long, and what a minor one takes for old has become more. O(1).
    pub fn rises_unseen(&self) -> bool {
        let Some((since_s, old)) = self.since else {
            return false;
        };
        let rise = self.old - old;
        self.now_s - since_s >= WITHOUT_FLOOR_S
            && rise >= OLD_MIN_BYTES.min(old * OLD_MIN_SHARE).max(RISE_MIN_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reading each second: old space by the second, and every so many seconds the floor that is the same.
    fn hinted(seconds: u32, floor_every: u32, old: impl Fn(f64) -> f64) -> bool {
        let mut hint = Hint::default();
        for second in 0..seconds {
            let at = f64::from(second);
            let has_floor = second > 0 && second % floor_every == 0;
            let sample = Sample {
                t: at,
                floor: if has_floor { old(at) } else { f64::NAN },
                ..Sample::EMPTY
            };
            hint.push(&sample, old(at));
        }
        hint.may_rise()
    }

    #[test]
    fn floors_that_rise_and_old_space_without_floors_are_a_hint() {
        assert!(hinted(130, 40, |at| 10e6 + at * 6e3));
        assert!(hinted(130, 1000, |at| 10e6 + at * 20e3));
        assert!(!hinted(130, 40, |_| 10e6));
        assert!(!hinted(130, 1000, |at| 10e6 + at * 6e3));
        // What start-up left goes in the first minute, and hides nothing for longer.
        assert!(hinted(230, 40, |at| 10e6
            + (60.0 - at).max(0.0) * 50e3
            + at * 6e3));
    }

    #[test]
    fn start_up_and_what_falls_again_are_none() {
        assert!(!hinted(130, 20, |at| 10e6 + at.min(25.0) * 1e6));
        let waves = |at: f64| 10e6 + (at / 40.0).floor() % 2.0 * 1e6 + at;
        assert!(!hinted(250, 40, waves));
        assert!(!Hint::default().may_rise());
    }
}
