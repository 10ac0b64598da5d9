//! Exact readings of one container, seconds to hours apart: does it grow as before, or is it coming to rest? What fills
//! slows down, or is over before the last reading; a leak goes on as it began. What gains an entry for each request that
//! comes is told sooner: a program that warms up does not wait for requests, and no chance makes hundreds agree.

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
/// Two readings do where they are so many seconds apart, and it has come to what the first of them says at the same rate.
const TWO_SPAN_MIN_S: f64 = 840.0;

/// For each request, so many entries at most, from one reading to the next of those that have so many requests between them.
const PER_REQUEST_MAX: f64 = 4.0;
const REQUESTS_MIN: f64 = 250.0;
/// So many are under way when a reading is taken, or this share of all.
const UNDER_WAY: f64 = 4.0;
const UNDER_WAY_SHARE: f64 = 0.005;
/// Shortest time from the first to the last where all agree, in seconds; and where there are two only.
const BY_REQUEST_SPAN_MIN_S: f64 = 100.0;
const BY_REQUEST_TWO_SPAN_MIN_S: f64 = SPAN_MIN_S;

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
    /// Requests that had come.
    pub requests: f64,
}

/// Judges readings in the order of time, each with more entries than the one before, of a program that was first looked at
/// at `begun_s`. O(readings).
pub fn pace(readings: &[Reading], begun_s: f64) -> Pace {
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
        return Pace::Early;
    };
    let span_s = last.at_s - first.at_s;
    let gained = last.bytes - first.bytes;
    let is_much = last.count - first.count >= ADDED_MIN && gained >= GAINED_MIN_BYTES;
    if !is_much {
        return Pace::Early;
    }
    if is_by_request(readings) {
        return Pace::Steady;
    }
    if readings.len() < READINGS_MIN {
        let begun = Reading {
            at_s: begun_s,
            count: 0.0,
            bytes: 0.0,
            requests: 0.0,
        };
        let is_long = span_s >= TWO_SPAN_MIN_S && first.at_s > begun_s;
        return if is_long {
            compared(rate(&begun, first), rate(first, last), f64::INFINITY)
        } else {
            Pace::Early
        };
    }
    if span_s < SPAN_MIN_S {
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
    let newest = rate(&readings[readings.len() - 2], last);
    compared(rate(first, middle), rate(middle, last), newest)
}

/// By entries a second, before and after the middle, and last.
fn compared(early: f64, late: f64, newest: f64) -> Pace {
    if late < early * RATE_KEPT || newest < early * LAST_RATE_KEPT {
        Pace::Slows
    } else if early < late * EARLY_SHARE_MIN {
        Pace::Early
    } else {
        Pace::Steady
    }
}

/// Whether as many entries came for each request all the time, but for those that are under way.
fn is_by_request(readings: &[Reading]) -> bool {
    let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
        return false;
    };
    let each = ((last.count - first.count) / (last.requests - first.requests)).round();
    let agrees = |from: &Reading, to: &Reading| {
        let requests = to.requests - from.requests;
        let under_way = UNDER_WAY.max(requests * UNDER_WAY_SHARE);
        (to.count - from.count - each * requests).abs() <= each * under_way
    };
    // Readings close together agree by chance.
    let mut apart = vec![first];
    for reading in &readings[1..] {
        if reading.requests - apart[apart.len() - 1].requests >= REQUESTS_MIN {
            apart.push(reading);
        }
    }
    let span_s = last.at_s - first.at_s;
    let is_long = match apart.len() {
        0 | 1 => false,
        2 => span_s >= BY_REQUEST_TWO_SPAN_MIN_S,
        _ => span_s >= BY_REQUEST_SPAN_MIN_S,
    };
    is_long
        && (1.0..=PER_REQUEST_MAX).contains(&each)
        && readings.windows(2).all(|pair| agrees(&pair[0], &pair[1]))
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
            requests: 0.0,
        };
        at_s.iter().map(reading).collect()
    }

    /// Of a program that has been looked at for long.
    fn paced(readings: &[Reading]) -> Pace {
        pace(readings, -1e6)
    }

    const FOUR: [f64; 4] = [0.0, 30.0, 120.0, 240.0];

    #[test]
    fn what_goes_on_as_it_began_is_steady_once_it_was_seen_for_long_enough() {
        let leak = |at: f64| 100.0 + at * 12.0;
        assert_eq!(paced(&read(&FOUR[..2], leak)), Pace::Early);
        assert_eq!(paced(&read(&FOUR[..3], leak)), Pace::Early);
        assert_eq!(paced(&read(&FOUR, leak)), Pace::Steady);
        // A large one too: a warm-up is large.
        assert_eq!(paced(&read(&FOUR[..3], |at| at * 600.0)), Pace::Early);
        // One that is seldom added to, later.
        let slow = |at: f64| at * 0.1;
        assert_eq!(paced(&read(&FOUR, slow)), Pace::Early);
        assert_eq!(
            paced(&read(&[0.0, 30.0, 120.0, 240.0, 480.0, 900.0], slow)),
            Pace::Steady
        );
    }

    #[test]
    fn what_comes_to_rest_slows() {
        // Keys of a limited number, in any order: those that are new become fewer.
        for keys in [1_000.0, 5_000.0, 10_000.0] {
            let filling = |at: f64| keys * (1.0 - (-at * 12.0 / keys).exp());
            assert_eq!(paced(&read(&FOUR, filling)), Pace::Slows, "{keys}");
        }
        // Full before the last reading.
        assert_eq!(
            paced(&read(&FOUR, |at| (at * 12.0).min(1_500.0 + at))),
            Pace::Slows
        );
        // A burst at the end of which it is slow.
        let long = [0.0, 30.0, 120.0, 240.0, 900.0, 1800.0, 3600.0];
        assert_eq!(
            paced(&read(&long, |at| (at * 12.0).min(20_000.0 + at))),
            Pace::Slows
        );
    }

    #[test]
    fn a_burst_is_no_course() {
        let burst = |at: f64| if at < 200.0 { 100.0 + at / 30.0 } else { 5_000.0 };
        assert_eq!(paced(&read(&FOUR, burst)), Pace::Early);
        // Nor is what was read twice, whenever that was.
        assert_eq!(paced(&read(&[0.0, 3.0, 240.0], |at| at * 12.0)), Pace::Early);
        assert_eq!(paced(&read(&[0.0, 238.0, 240.0], |at| at * 12.0)), Pace::Early);
    }

    #[test]
    fn few_bytes_are_no_leak_yet() {
        let mut readings = read(&FOUR, |at| at * 12.0);
        readings.iter_mut().for_each(|reading| reading.bytes /= 100.0);
        assert_eq!(paced(&readings), Pace::Early);
        assert_eq!(paced(&[]), Pace::Early);
    }

    /// With requests, twelve a second.
    fn asked(at_s: &[f64], entries: impl Fn(f64) -> f64) -> Vec<Reading> {
        let mut readings = read(at_s, entries);
        readings
            .iter_mut()
            .for_each(|reading| reading.requests = (reading.at_s * 12.0).round());
        readings
    }

    #[test]
    fn an_entry_for_each_request_is_told_sooner() {
        let three = [0.0, 60.0, 110.0];
        for each in [1.0, 2.0, 4.0] {
            let readings = asked(&three, |at| 40.0 + at * 12.0 * each);
            assert_eq!(paced(&readings), Pace::Steady, "{each}");
        }
        // Some are under way.
        assert_eq!(
            paced(&asked(&three, |at| at * 12.0 + (at % 7.0).min(3.0))),
            Pace::Steady
        );
        // What a timer adds, one of two requests, or what is known again more often: not by this alone.
        for other in [11.5, 12.5, 6.0, 120.0] {
            assert_eq!(paced(&asked(&three, |at| at * other)), Pace::Early, "{other}");
        }
        let filling = |at: f64| 20_000.0 * (1.0 - (-at * 12.0 / 20_000.0).exp());
        assert_eq!(paced(&asked(&three, filling)), Pace::Early);
        // Without requests, with few of them, or in a short time there is nothing to agree with.
        assert_eq!(paced(&read(&three, |at| at * 12.0)), Pace::Early);
        assert_eq!(paced(&asked(&[0.0, 10.0, 110.0], |at| at * 12.0)), Pace::Early);
        assert_eq!(paced(&asked(&[0.0, 25.0, 50.0], |at| at * 12.0)), Pace::Early);
        // Two readings do, further apart.
        assert_eq!(paced(&asked(&[0.0, 110.0], |at| at * 12.0)), Pace::Early);
        assert_eq!(paced(&asked(&[0.0, 250.0], |at| at * 12.0)), Pace::Steady);
    }

    #[test]
    fn two_readings_do_where_it_came_to_the_first_as_it_goes_on() {
        let leak = |at: f64| (at + 60.0) * 12.0;
        assert_eq!(pace(&read(&[0.0, 900.0], leak), -60.0), Pace::Steady);
        assert_eq!(pace(&read(&[0.0, 600.0], leak), -60.0), Pace::Early);
        // What was there before it began, and what comes to rest.
        assert_eq!(pace(&read(&[0.0, 900.0], |at| 9_000.0 + at), -60.0), Pace::Slows);
        let filling = |at: f64| ((at + 60.0) * 12.0).min(7_000.0 + at);
        assert_eq!(pace(&read(&[0.0, 900.0], filling), -60.0), Pace::Slows);
        // A burst after a pause.
        assert_eq!(pace(&read(&[0.0, 900.0], |at| 1.0 + at), -600.0), Pace::Early);
    }
}
