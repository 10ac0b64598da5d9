//! Exact readings of one container, seconds to hours apart: does it grow as before, or is it coming to rest? What fills
//! slows down, or is over before the last reading; a leak goes on as it began.

/// Fewest readings.
const READINGS_MIN: usize = 3;
/// Shortest time from the first to the last, in seconds.
const SPAN_MIN_S: f64 = 240.0;
/// Smallest gain, in entries and in bytes.
const ADDED_MIN: f64 = 64.0;
const GAINED_MIN_BYTES: f64 = 50e3;
/// In the later part of the time entries must have come at this share of the rate before.
const RATE_KEPT: f64 = 0.9;
/// And since the last reading but one at this share.
const LAST_RATE_KEPT: f64 = 0.5;

/// A burst that came late is no course: before it entries must have come at this share of the rate since.
const EARLY_SHARE_MIN: f64 = 0.5;
/// How far from the middle of the time, as a share of it, a reading may be that parts it.
const OFF_MIDDLE_MAX: f64 = 0.3;

/// How a container grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Too little was seen.
    Early,
    /// More slowly than it did.
    Slows,
    /// As it did.
    Steady,
}

/// A container at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Seconds, on any clock.
    pub at_s: f64,
    /// Entries.
    pub count: f64,
    /// Bytes of what is reached through them.
    pub bytes: f64,
}

/// Judges readings in the order of time, each with more entries than the one before. O(readings).
pub fn pace(readings: &[Reading]) -> Pace {
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
        return Pace::Early;
    };
    let span_s = last.at_s - first.at_s;
    let gained = last.bytes - first.bytes;
    let is_much = last.count - first.count >= ADDED_MIN && gained >= GAINED_MIN_BYTES;
    if readings.len() < READINGS_MIN || span_s < SPAN_MIN_S || !is_much {
        return Pace::Early;
    }
    // The reading that parts the time: with one near an end there is nothing to compare.
    let middle_s = first.at_s + span_s / 2.0;
    let off = |reading: &&Reading| (reading.at_s - middle_s).abs();
    let inner = &readings[1..readings.len() - 1];
    let middle = inner.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
    let Some(middle) = middle.filter(|middle| off(middle) <= span_s * OFF_MIDDLE_MAX) else {
        return Pace::Early;
    };
    let (early, late) = (rate(first, middle), rate(middle, last));
    let newest = rate(&readings[readings.len() - 2], last);
    if late < early * RATE_KEPT || newest < early * LAST_RATE_KEPT {
        Pace::Slows
    } else if early < late * EARLY_SHARE_MIN {
        Pace::Early
    } else {
        Pace::Steady
    }
}

/// Entries a second.
fn rate(from: &Reading, to: &Reading) -> f64 {
    (to.count - from.count) / (to.at_s - from.at_s).max(f64::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of 1 KB that there are so many seconds after the first reading.
    fn read(at_s: &[f64], entries: impl Fn(f64) -> f64) -> Vec<Reading> {
        let reading = |&at_s: &f64| Reading {
            at_s,
            count: entries(at_s).floor(),
            bytes: entries(at_s).floor() * 1000.0,
        };
        at_s.iter().map(reading).collect()
    }

    const FOUR: [f64; 4] = [0.0, 30.0, 120.0, 240.0];

    #[test]
    fn what_goes_on_as_it_began_is_steady_once_it_was_seen_for_long_enough() {
        let leak = |at: f64| 100.0 + at * 12.0;
        assert_eq!(pace(&read(&FOUR[..2], leak)), Pace::Early);
        assert_eq!(pace(&read(&FOUR[..3], leak)), Pace::Early);
        assert_eq!(pace(&read(&FOUR, leak)), Pace::Steady);
        // A large one too: a warm-up is large.
        assert_eq!(pace(&read(&FOUR[..3], |at| at * 600.0)), Pace::Early);
        // One that is seldom added to, later.
        let slow = |at: f64| at * 0.1;
        assert_eq!(pace(&read(&FOUR, slow)), Pace::Early);
        assert_eq!(
            pace(&read(&[0.0, 30.0, 120.0, 240.0, 480.0, 900.0], slow)),
            Pace::Steady
        );
    }

    #[test]
    fn what_comes_to_rest_slows() {
        // Keys of a limited number, in any order: those that are new become fewer.
        for keys in [1_000.0, 5_000.0, 10_000.0] {
            let filling = |at: f64| keys * (1.0 - (-at * 12.0 / keys).exp());
            assert_eq!(pace(&read(&FOUR, filling)), Pace::Slows, "{keys}");
        }
        // Full before the last reading.
        assert_eq!(
            pace(&read(&FOUR, |at| (at * 12.0).min(1_500.0 + at))),
            Pace::Slows
        );
        // A burst at the end of which it is slow.
        let long = [0.0, 30.0, 120.0, 240.0, 900.0, 1800.0, 3600.0];
        assert_eq!(
            pace(&read(&long, |at| (at * 12.0).min(20_000.0 + at))),
            Pace::Slows
        );
    }

    #[test]
    fn a_burst_is_no_course() {
        let burst = |at: f64| if at < 200.0 { 100.0 + at / 30.0 } else { 5_000.0 };
        assert_eq!(pace(&read(&FOUR, burst)), Pace::Early);
        // Nor is what was read twice, whenever that was.
        assert_eq!(pace(&read(&[0.0, 3.0, 240.0], |at| at * 12.0)), Pace::Early);
        assert_eq!(pace(&read(&[0.0, 238.0, 240.0], |at| at * 12.0)), Pace::Early);
    }

    #[test]
    fn few_bytes_are_no_leak_yet() {
        let mut readings = read(&FOUR, |at| at * 12.0);
        readings.iter_mut().for_each(|reading| reading.bytes /= 100.0);
        assert_eq!(pace(&readings), Pace::Early);
        assert_eq!(pace(&[]), Pace::Early);
    }
}
