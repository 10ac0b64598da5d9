//! Whether a count grows without bound.
//!
//! The series is reduced to its *kept level*: at each point the smallest value from there on, so that what comes
//! and goes does not count. Time is replaced by *activity*: an interval counts as much as the program was busy in
//! it, by CPU time or by counted events, compared with the intervals in which the series grew; so a leak whose
//! load has stopped is still a leak, and a pool that is full while work goes on is steady. A leak then grows
//! (1) until the end, up to the pauses it made before, (2) in many steps, (3) about as fast late as early, and
//! (4) to where it had not been in the first half of its growth: a wave had.

use super::{Growth, History, Judgement, Point};

/// Limits of the rule; the defaults are those of listeners. All numbers are `f64`, so that a test can change any of them
/// by its name: see [`CountLimits::each`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountLimits {
    /// Smallest growth worth a word, in the unit of the series.
    pub total_min: f64,
    /// Smallest growth, as a share of where it began.
    pub share_min: f64,
    /// Shortest time over which it must have been seen to grow, in milliseconds.
    pub span_min_ms: f64,
    /// Growth below this may be a pool that fills: it must have been seen `small_spans` times as long.
    pub large: f64,
    /// See `large`.
    pub small_spans: f64,
    /// Fewest intervals in which it must have grown.
    pub steps_min: f64,
    /// Smallest share of the growth in the second half of the activity.
    pub late_share_min: f64,
    /// Longest silence at the end, as a share of all activity, that growth survives whatever its pauses were.
    pub tail_max: f64,
    /// A silence this many times the longest pause between two steps ends the growth.
    pub tail_pauses: f64,
    /// Longest silence that growth survives, however long its pauses were.
    pub tail_of_any_pause: f64,
    /// The last of the growth, as a share, does not end a silence: a full pool still creeps.
    pub creep: f64,
    /// From this share on a silence at the end is a plateau, though a small growth was found before.
    pub plateau: f64,
    /// The end must be above all values of the first half by this share of the growth.
    pub new_share: f64,
    /// Share of the activity that is left out as start-up when the whole does not look like a leak.
    pub start_up: f64,
    /// `late_share_min` without start-up, where slow saturation looks straighter.
    pub late_share_after_start_up: f64,
    /// Growth that is later than this needs more steps: the newest readings have had little time to fall.
    pub late_share_max: f64,
    /// See `late_share_max`.
    pub steps_of_a_late_growth: f64,
    /// Share of the time from which growth that is no finding is at least worth mention.
    pub span_of_a_suspicion: f64,
    /// The same for its steps. What is read seldom and grew each time needs no more of them.
    pub steps_of_a_suspicion: f64,
    /// The same for its late share.
    pub late_share_of_a_suspicion: f64,
    /// An interval in which it grew counts as busy by no less than this.
    pub busy_min: f64,
}

impl Default for CountLimits {
    fn default() -> Self {
        Self {
            total_min: 10.0,
            share_min: 0.02,
            span_min_ms: 1000.0,
            large: 256.0,
            small_spans: 1.7,
            steps_min: 6.0,
            late_share_min: 0.35,
            tail_max: 0.12,
            tail_pauses: 2.5,
            tail_of_any_pause: 0.45,
            creep: 0.05,
            plateau: 0.3,
            new_share: 0.1,
            start_up: 0.25,
            late_share_after_start_up: 0.4,
            late_share_max: 0.7,
            steps_of_a_late_growth: 12.0,
            span_of_a_suspicion: 0.5,
            steps_of_a_suspicion: 4.0,
            late_share_of_a_suspicion: 0.25,
            busy_min: 0.05,
        }
    }
}

impl CountLimits {
    /// Hands out each limit with its name.
    pub fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(
            self, visit: total_min, share_min, span_min_ms, large, small_spans, steps_min, late_share_min, tail_max,
            tail_pauses, tail_of_any_pause, creep, plateau, new_share, start_up,
            late_share_after_start_up, late_share_max, steps_of_a_late_growth, span_of_a_suspicion,
            steps_of_a_suspicion, late_share_of_a_suspicion, busy_min
        );
    }
}

/// Judges a series. `bound` is the largest value its owner allows; `found_before` says that it was found to grow
/// at an earlier time, which takes a longer silence to overturn. O(points).
pub fn judge(history: &History, bound: Option<f64>, found_before: bool, limits: &CountLimits) -> Judgement {
    let points = history.points();
    if points.len() < 2 {
        return Judgement::TooEarly;
    }
    if history.rise() < limits.total_min {
        return quiet(history, limits);
    }
    let level = kept_level(points);
    let Some(first_step) = (1..points.len()).find(|&i| level[i] > level[0]) else {
        return quiet(history, limits);
    };
    let whole = judge_from(points, &level, first_step - 1, found_before, limits);
    let judgement = match whole {
        Some(Judgement::Growing(growth)) => Judgement::Growing(growth),
        _ => {
            let after = after_start_up(points, &level, first_step - 1, limits);
            let strict = CountLimits {
                late_share_min: limits.late_share_after_start_up.max(limits.late_share_min),
                ..*limits
            };
            match judge_from(points, &level, after, found_before, &strict) {
                Some(Judgement::Growing(growth)) => Judgement::Growing(growth),
                _ => whole.unwrap_or_else(|| quiet(history, limits)),
            }
        }
    };
    match (bound, judgement.growth()) {
        (Some(max), Some(growth)) if growth.to <= max => Judgement::Filling(growth),
        _ => judgement,
    }
}

/// `None` where the growth since `from` is not worth a word.
fn judge_from(
    points: &[Point],
    level: &[f64],
    from: usize,
    found_before: bool,
    limits: &CountLimits,
) -> Option<Judgement> {
    let total = level[points.len() - 1] - level[from];
    let reached_before = points[..=from]
        .iter()
        .map(|p| p.high)
        .fold(f64::NEG_INFINITY, f64::max);
    let is_new = level[points.len() - 1] > reached_before * (1.0 + limits.share_min);
    if total < limits.total_min || total < level[from] * limits.share_min || !is_new {
        return None;
    }
    let doses = doses(points, level, from, limits);
    let shape = shape(level, &doses, from, limits);
    let growth = Growth {
        from: level[from],
        to: level[points.len() - 1],
        since_ms: points[from].last.at_ms,
        until_ms: points[shape.last_step].last.at_ms,
        watched_ms: points[shape.last_step].last.watched_ms - points[from].last.watched_ms,
        steps: shape.steps,
        intervals: (points.len() - 1 - from) as u32,
        late_share: shape.late_share,
    };
    let is_small = total < limits.large;
    let silence_max = if !found_before {
        let learnt = limits.tail_pauses * shape.longest_pause;
        limits.tail_max.max(learnt).min(limits.tail_of_any_pause)
    } else if is_small {
        limits.plateau // a pool that took its time to fill, and is full
    } else {
        f64::INFINITY // what ends it is that it reaches nothing new
    };
    let was_there = highest_of_first_half(points, &doses, from) + limits.new_share * total > growth.to;
    if was_there || shape.silence > silence_max {
        return Some(Judgement::Steady);
    }
    let span_min_ms = limits.span_min_ms * if is_small { limits.small_spans } else { 1.0 };
    // What is costly to count is counted seldom: then it must have grown every time.
    let steps = f64::from(growth.steps);
    let always = steps >= limits.steps_of_a_suspicion && growth.steps == growth.intervals;
    let enough_steps = steps >= limits.steps_min || always;
    let seen_enough = growth.watched_ms >= span_min_ms && enough_steps;
    // Few steps, most of them late, are what is under way just now.
    let even_enough = growth.late_share <= limits.late_share_max || steps >= limits.steps_of_a_late_growth;
    let late_enough = growth.late_share >= limits.late_share_min && even_enough || found_before;
    if seen_enough && late_enough {
        Some(Judgement::Growing(growth))
    } else if growth.watched_ms >= span_min_ms * limits.span_of_a_suspicion
        && steps >= limits.steps_of_a_suspicion
        && growth.late_share >= limits.late_share_of_a_suspicion
    {
        Some(Judgement::Filling(growth))
    } else {
        Some(Judgement::Steady)
    }
}

/// The largest value in the first half of the activity since `from`.
fn highest_of_first_half(points: &[Point], doses: &[f64], from: usize) -> f64 {
    let half = doses.iter().sum::<f64>() / 2.0;
    let mut done = 0.0;
    let mut highest = points[from].high;
    for (k, dose) in doses.iter().enumerate() {
        done += dose;
        if done > half {
            break;
        }
        highest = highest.max(points[from + 1 + k].high);
    }
    highest
}

/// The point at which the start-up share of the activity since `from` is over.
fn after_start_up(points: &[Point], level: &[f64], from: usize, limits: &CountLimits) -> usize {
    let doses = doses(points, level, from, limits);
    let start_up = limits.start_up * doses.iter().sum::<f64>();
    let mut done = 0.0;
    let over = doses.iter().position(|dose| {
        done += dose;
        done >= start_up
    });
    (from + 1 + over.unwrap_or(0)).min(points.len() - 1)
}

fn quiet(history: &History, limits: &CountLimits) -> Judgement {
    if history.watched_ms() < limits.span_min_ms || (history.readings() as f64) < limits.steps_min {
        Judgement::TooEarly
    } else {
        Judgement::Steady
    }
}

/// The smallest value from each point on. The last point alone may be in the middle of an operation: it counts
/// no more than the one before it.
fn kept_level(points: &[Point]) -> Vec<f64> {
    let mut level: Vec<f64> = points.iter().map(|p| p.low).collect();
    let last = level.len() - 1;
    level[last] = points[last].last.value.min(points[last].low);
    for i in (0..last).rev() {
        level[i] = level[i].min(level[i + 1]);
    }
    level
}

/// Activity of each interval (index `i`: from point `i - 1` to `i`), from `from` on, in busy milliseconds.
fn doses(points: &[Point], level: &[f64], from: usize, limits: &CountLimits) -> Vec<f64> {
    let interval = |i: usize| {
        let (a, b) = (&points[i - 1].last, &points[i].last);
        (
            b.watched_ms - a.watched_ms,
            b.cpu_ms - a.cpu_ms,
            b.events - a.events,
        )
    };
    let (mut time, mut cpu, mut events) = (0.0, 0.0, 0.0);
    for i in (from + 1..points.len()).filter(|&i| level[i] > level[i - 1]) {
        let (dt, dc, de) = interval(i);
        time += dt;
        cpu += dc;
        events += de;
    }
    let relative = |part: f64, whole: f64, dt: f64| {
        if whole > 0.0 && dt > 0.0 {
            (part / dt) / (whole / time)
        } else {
            0.0
        }
    };
    (from + 1..points.len())
        .map(|i| {
            let (dt, dc, de) = interval(i);
            let busy = relative(dc, cpu, dt).max(relative(de, events, dt));
            let grew = level[i] > level[i - 1];
            dt * if grew {
                busy.clamp(limits.busy_min, 1.0)
            } else {
                busy.clamp(0.0, 1.0)
            }
        })
        .collect()
}

struct Shape {
    steps: u32,
    last_step: usize,
    /// Share of all activity after the last step that was not mere creeping.
    silence: f64,
    /// Longest share of all activity between two steps.
    longest_pause: f64,
    late_share: f64,
}

fn shape(level: &[f64], doses: &[f64], from: usize, limits: &CountLimits) -> Shape {
    let whole = doses.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let total = level[level.len() - 1] - level[from];
    let mut shape = Shape {
        steps: 0,
        last_step: from,
        silence: 0.0,
        longest_pause: 0.0,
        late_share: 0.0,
    };
    let (mut done, mut at_last_step, mut late) = (0.0, 0.0, 0.0);
    for (k, dose) in doses.iter().enumerate() {
        let i = from + 1 + k;
        let step = level[i] - level[i - 1];
        let before = done / whole;
        done += dose;
        let after = done / whole;
        if step <= 0.0 {
            continue;
        }
        shape.steps += 1;
        shape.last_step = i;
        shape.longest_pause = shape.longest_pause.max(before - at_last_step);
        at_last_step = after;
        if level[i - 1] < level[level.len() - 1] - limits.creep * total {
            shape.silence = 1.0 - after;
        }
        // An interval across the middle gives each half its share.
        let share_late = if after > before {
            ((after - 0.5) / (after - before)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        late += step * share_late;
    }
    shape.silence = shape.silence.max(0.0);
    shape.late_share = if total > 0.0 { late / total } else { 0.0 };
    shape
}

#[cfg(test)]
mod tests {
    use super::super::Reading;
    use super::*;

    /// A program read every 100 ms: `value(i)`, busy at `busy(i)` (1.0 = fully).
    fn series(n: usize, value: impl Fn(usize) -> f64, busy: impl Fn(usize) -> f64) -> History {
        let mut history = History::default();
        let (mut cpu_ms, mut events) = (0.0, 0.0);
        for i in 0..n {
            cpu_ms += 60.0 * busy(i);
            events += (200.0 * busy(i)).round();
            history.push(Reading {
                at_ms: i as f64 * 100.0,
                watched_ms: i as f64 * 100.0,
                cpu_ms,
                events,
                value: value(i),
            });
        }
        history
    }

    fn verdict(history: &History) -> &'static str {
        match judge(history, None, false, &CountLimits::default()) {
            Judgement::TooEarly => "early",
            Judgement::Steady => "steady",
            Judgement::Filling(_) => "filling",
            Judgement::Growing(_) => "growing",
        }
    }

    #[test]
    fn a_straight_line_grows() {
        let history = series(30, |i| 3.0 * i as f64, |_| 1.0);
        let Judgement::Growing(growth) = judge(&history, None, false, &CountLimits::default()) else {
            panic!("not growing")
        };
        assert!((growth.total() - 87.0).abs() < 1.0);
        assert!((growth.late_share - 0.5).abs() < 0.05);
        assert!((growth.per_hour() - 30.0 * 3600.0).abs() < 6000.0);
    }

    #[test]
    fn a_leak_after_a_large_start_grows() {
        assert_eq!(
            verdict(&series(
                60,
                |i| if i < 3 { 100.0 * i as f64 } else { 300.0 + i as f64 },
                |_| 1.0
            )),
            "growing"
        );
    }

    #[test]
    fn what_was_found_stays_found_until_as_much_work_went_by_without_growth() {
        let stopped_at = |stop: usize| series(60, move |i| 30.0 * i.min(stop) as f64, |_| 1.0);
        let found = |history: &History| judge(history, None, true, &CountLimits::default());
        assert!(matches!(found(&stopped_at(35)), Judgement::Growing(_)));
        assert_eq!(found(&stopped_at(20)), Judgement::Steady);
    }

    #[test]
    fn growth_that_comes_and_goes_in_part_still_grows() {
        assert_eq!(
            verdict(&series(
                40,
                |i| 2.0 * i as f64 + ((i * 7) % 5) as f64 * 9.0,
                |_| 1.0
            )),
            "growing"
        );
    }

    #[test]
    fn a_leak_whose_load_has_stopped_is_still_a_leak() {
        let busy = |i: usize| if i < 30 { 1.0 } else { 0.004 };
        assert_eq!(verdict(&series(300, |i| 3.0 * i.min(30) as f64, busy)), "growing");
    }

    #[test]
    fn a_leak_of_one_in_many_intervals_grows() {
        assert_eq!(verdict(&series(400, |i| (i / 20) as f64, |_| 1.0)), "growing");
    }

    #[test]
    fn a_pool_that_filled_is_steady() {
        assert_eq!(
            verdict(&series(60, |i| (5 * i).min(100) as f64, |_| 1.0)),
            "steady"
        );
    }

    #[test]
    fn a_pool_that_filled_while_starting_and_then_idles_along_is_not_accused() {
        let busy = |i: usize| if i < 20 { 1.0 } else { 0.1 };
        assert_ne!(verdict(&series(80, |i| (5 * i).min(100) as f64, busy)), "growing");
    }

    #[test]
    fn a_burst_that_ebbs_is_steady() {
        let value = |i: usize| {
            if i < 20 {
                10.0 * i as f64
            } else {
                400.0 - 10.0 * i as f64
            }
        };
        assert_eq!(verdict(&series(40, value, |_| 1.0)), "steady");
    }

    #[test]
    fn one_jump_is_not_a_leak() {
        assert_eq!(
            verdict(&series(40, |i| if i < 5 { 10.0 } else { 500.0 }, |_| 1.0)),
            "steady"
        );
        assert_ne!(
            verdict(&series(40, |i| if i < 39 { 10.0 } else { 500.0 }, |_| 1.0)),
            "growing"
        );
    }

    #[test]
    fn a_slowing_growth_is_not_accused() {
        assert_ne!(
            verdict(&series(
                40,
                |i| 200.0 * (1.0 - (-(i as f64) / 10.0).exp()),
                |_| 1.0
            )),
            "growing"
        );
    }

    #[test]
    fn a_daily_wave_is_steady() {
        assert_eq!(
            verdict(&series(400, |i| 100.0 + 80.0 * (i as f64 / 30.0).sin(), |_| 1.0)),
            "steady"
        );
    }

    #[test]
    fn a_ramp_of_a_second_and_a_half_is_not_accused_at_any_time_unless_it_is_large() {
        for end in 1..60 {
            assert_ne!(
                verdict(&series(end, |i| (3 * i).min(45) as f64, |_| 1.0)),
                "growing",
                "after {end} readings"
            );
        }
        assert_eq!(verdict(&series(15, |i| 100.0 * i as f64, |_| 1.0)), "growing");
    }

    #[test]
    fn what_is_read_seldom_must_have_grown_every_time() {
        let seldom = |value: fn(usize) -> f64| {
            let mut history = History::default();
            for i in 0..6 {
                let done = i as f64 * 700.0;
                history.push(Reading {
                    at_ms: done,
                    watched_ms: done,
                    cpu_ms: done / 2.0,
                    events: done,
                    value: value(i),
                });
            }
            verdict(&history)
        };
        assert_eq!(seldom(|i| 15.0 * i as f64), "growing");
        assert_ne!(seldom(|i| if i == 3 { 30.0 } else { 15.0 * i as f64 }), "growing");
    }

    #[test]
    fn a_wave_is_not_accused_on_its_way_up() {
        for end in 20..120 {
            let history = series(end, |i| 60.0 - 50.0 * (i as f64 / 5.0).cos(), |_| 1.0);
            assert_ne!(verdict(&history), "growing", "after {end} readings");
        }
    }

    #[test]
    fn a_full_pool_that_creeps_is_steady() {
        let value = |i: usize| {
            if i < 15 {
                2.0 * i as f64
            } else {
                30.0 + (i / 10) as f64 * 0.1
            }
        };
        assert_eq!(verdict(&series(40, value, |_| 1.0)), "steady");
    }

    #[test]
    fn too_little_is_too_little() {
        assert_eq!(verdict(&series(3, |_| 5.0, |_| 1.0)), "early");
        assert_eq!(verdict(&series(8, |i| 100.0 * i as f64, |_| 1.0)), "filling");
    }

    #[test]
    fn a_cache_below_its_bound_is_filling_and_above_it_grows() {
        let history = series(40, |i| 3.0 * i as f64, |_| 1.0);
        assert!(matches!(
            judge(&history, Some(1000.0), false, &CountLimits::default()),
            Judgement::Filling(_)
        ));
        assert!(matches!(
            judge(&history, Some(50.0), false, &CountLimits::default()),
            Judgement::Growing(_)
        ));
    }
}
