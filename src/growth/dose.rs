//! Dose and response: an operation is run in rounds of different length, and what it leaks grows in proportion to the
//! calls. Warm-up, compiled code and caches that fill do not, or fade. Readings are taken at rest, after a collection.

/// How a quantity answered to the doses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Response {
    /// It did not grow, or in no relation to the calls.
    None,
    /// It grew, and ever less: something that fills or warms up.
    Fading(Rate),
    /// It grew throughout, but not in proportion; more calls would tell.
    Unsteady(Rate),
    /// It grew in proportion to the calls.
    Proportional(Rate),
}

/// How fast it grew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// From the first reading to the last.
    pub total: f64,
    /// For each call.
    pub per_call: f64,
    /// Rate of the last round over that of all: 1 for a leak, towards 0 for what fills.
    pub late: f64,
}

impl Response {
    /// The name that JavaScript knows; none without growth.
    pub const fn name(&self) -> Option<&'static str> {
        match self {
            Response::None => None,
            Response::Fading(_) => Some("fading"),
            Response::Unsteady(_) => Some("unsteady"),
            Response::Proportional(_) => Some("proportional"),
        }
    }

    /// The rate, where there is growth.
    pub fn rate(&self) -> Option<Rate> {
        match self {
            Response::None => None,
            Response::Fading(rate) | Response::Unsteady(rate) | Response::Proportional(rate) => Some(*rate),
        }
    }
}

/// Limits of the rules. All numbers are `f64`: see [`DoseLimits::each`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoseLimits {
    /// Below so many in all nothing can be told from chance.
    pub count_total_min: f64,
    /// Fewer than one in so many calls is not followed up.
    pub count_calls_max: f64,
    /// With so few calls in all it must be one for each.
    pub few_calls: f64,
    /// How many of them must leave one for that.
    pub few_calls_rate: f64,
    /// Below this share of the mean rate the last round says that it fades.
    pub fading: f64,
    /// What fills brings less than this share of the round before.
    pub decline: f64,
    /// By so many standard deviations.
    pub decline_z: f64,
    /// So far, as a share of what was expected, a round may be off besides chance.
    pub count_slack: f64,
    /// So many of a round may be on their way still.
    pub count_grace: f64,
    /// So many, as a share of all, may go in a round besides.
    pub count_back: f64,
    /// How far below the mean rate a round of bytes may lie: tables grow by doubling.
    pub bytes_share_min: f64,
    /// How far above.
    pub bytes_share_max: f64,
    /// So much of the growth may go in one round; more is no growth, as long as there is little. Of more, a table that is
    /// made anew may be behind it.
    pub bytes_back_max: f64,
    /// See `bytes_back_max`.
    pub little_bytes: f64,
    /// Below this share of the mean rate the last round of bytes says that it fades; tables that double make it small by
    /// chance.
    pub bytes_fading: f64,
}

impl Default for DoseLimits {
    fn default() -> Self {
        Self {
            count_total_min: 4.0,
            count_calls_max: 250.0,
            few_calls: 16.0,
            few_calls_rate: 0.9,
            fading: 0.55,
            decline: 0.9,
            decline_z: 2.5,
            count_slack: 0.12,
            count_grace: 2.0,
            count_back: 0.1,
            bytes_share_min: 0.4,
            bytes_share_max: 2.5,
            bytes_back_max: 0.3,
            little_bytes: 256e3,
            bytes_fading: 0.1,
        }
    }
}

impl DoseLimits {
    /// Hands out each limit with its name.
    pub fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        each!(
            self, visit: count_total_min, count_calls_max, few_calls, few_calls_rate, fading, decline, decline_z,
            count_slack, count_grace, count_back, bytes_share_min, bytes_share_max, bytes_back_max, little_bytes,
            bytes_fading
        );
    }
}

/// Judges something that is counted exactly. `doses` are calls a round, `values` the readings around them: one more.
/// What comes in equal steps a round, whatever its length, is not the operation's. O(rounds).
pub fn judge_count(doses: &[f64], values: &[f64], limits: &DoseLimits) -> Response {
    let Some((rate, deltas)) = rates(doses, values) else {
        return Response::None;
    };
    let calls: f64 = doses.iter().sum();
    let is_too_rare = rate.per_call * limits.count_calls_max < 1.0 || rate.total < limits.count_total_min;
    if is_too_rare || (calls <= limits.few_calls && rate.per_call < limits.few_calls_rate) {
        return Response::None;
    }
    let expected: Vec<f64> = doses.iter().map(|dose| dose * rate.per_call).collect();
    if deltas
        .iter()
        .any(|&delta| delta < -(limits.count_grace + limits.count_back * rate.total))
    {
        return Response::None; // it comes down by itself
    }
    let is_close = |(delta, wanted): (&f64, &f64)| {
        (delta - wanted).abs() <= limits.count_grace + limits.count_slack * wanted + 2.0 * wanted.sqrt()
    };
    let is_fading = deltas.last().is_none_or(|&last| last <= 0.0)
        || rate.late < limits.fading && is_below(&deltas, &expected);
    if is_saturating(doses, &deltas, limits) {
        return Response::Fading(rate);
    }
    if !is_fading && likelihood(&deltas, &expected) > 0.0 {
        return if deltas.iter().zip(&expected).all(is_close) {
            Response::Proportional(rate)
        } else {
            Response::Unsteady(rate)
        };
    }
    // What came once, in the first round, must not hide what comes in the others.
    let others = match (doses, values) {
        ([_, doses @ ..], [_, values @ ..]) if doses.len() > 1 => judge_count(doses, values, limits),
        _ => Response::None,
    };
    match others {
        Response::Proportional(rate) | Response::Unsteady(rate) => Response::Unsteady(rate),
        _ if is_fading => Response::Fading(rate),
        _ => Response::None,
    }
}

/// Whether each round brought clearly less a call than the one before: what fills with what comes at random does, and
/// has an end.
fn is_saturating(doses: &[f64], deltas: &[f64], limits: &DoseLimits) -> bool {
    let rates: Vec<(f64, f64)> = deltas
        .iter()
        .zip(doses)
        .map(|(delta, dose)| (*delta, *dose))
        .collect();
    rates.len() > 2 && rates.windows(2).all(|pair| declines(pair[0], pair[1], limits))
}

/// Of two numbers of events, each with its calls, whether the second is the lower rate by more than chance.
pub fn declines(
    (before, calls_before): (f64, f64),
    (after, calls_after): (f64, f64),
    limits: &DoseLimits,
) -> bool {
    let (high, low) = (before / calls_before, after / calls_after);
    let variance = |rate: f64, calls: f64| {
        // Once for a call or not at all varies less than what may come several times.
        if rate <= 1.0 {
            rate * (1.0 - rate) / calls
        } else {
            rate / calls
        }
    };
    let pooled = (before + after).max(1.0) / (calls_before + calls_after);
    let spread = (variance(pooled, calls_before) + variance(pooled, calls_after)).sqrt();
    low < high * limits.decline && high - low > limits.decline_z * spread
}

/// Whether the last round is below what chance explains.
fn is_below(deltas: &[f64], expected: &[f64]) -> bool {
    match (deltas.last(), expected.last()) {
        (Some(delta), Some(wanted)) => *delta < wanted - 2.0 * wanted.sqrt(),
        _ => false,
    }
}

/// Logarithm of how much likelier the deltas are in proportion to the doses than equal in each round (Poisson).
fn likelihood(deltas: &[f64], expected: &[f64]) -> f64 {
    let mean = deltas.iter().sum::<f64>() / deltas.len() as f64;
    let ratio = |(delta, wanted): (&f64, &f64)| delta.max(0.0) * (wanted / mean).ln();
    deltas.iter().zip(expected).map(ratio).sum()
}

/// What a memory reading must exceed to be taken for growth.
#[derive(Debug, Clone, Copy)]
pub struct Floor {
    /// In all, in bytes.
    pub total_bytes: f64,
    /// For each call, in bytes.
    pub per_call_bytes: f64,
}

/// Judges bytes after a collection, which carry noise of a fixed amount a run. O(rounds).
pub fn judge_bytes(doses: &[f64], values: &[f64], floor: &Floor, limits: &DoseLimits) -> Response {
    let Some((rate, deltas)) = rates(doses, values) else {
        return Response::None;
    };
    if rate.total < floor.total_bytes || rate.per_call < floor.per_call_bytes {
        return Response::None;
    }
    let shares: Vec<f64> = deltas
        .iter()
        .zip(doses)
        .map(|(delta, dose)| delta / dose / rate.per_call)
        .collect();
    if shares
        .iter()
        .all(|share| (limits.bytes_share_min..=limits.bytes_share_max).contains(share))
    {
        Response::Proportional(rate)
    } else if rate.total < limits.little_bytes
        && deltas
            .iter()
            .any(|&delta| delta < -limits.bytes_back_max * rate.total)
    {
        Response::None // it comes and goes
    } else if rate.late < limits.bytes_fading {
        Response::Fading(rate)
    } else {
        Response::Unsteady(rate)
    }
}

/// The rate, and what each round added. `None` without growth.
fn rates(doses: &[f64], values: &[f64]) -> Option<(Rate, Vec<f64>)> {
    let calls: f64 = doses.iter().sum();
    let (first, last) = (values.first()?, values.last()?);
    let total = last - first;
    if doses.len() + 1 != values.len() || calls <= 0.0 || total <= 0.0 {
        return None;
    }
    let deltas: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let per_call = total / calls;
    let late = deltas.last()? / doses.last()?.max(1.0) / per_call;
    Some((
        Rate {
            total,
            per_call,
            late,
        },
        deltas,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_count(doses: &[f64], values: &[f64]) -> Response {
        super::judge_count(doses, values, &DoseLimits::default())
    }

    fn judge_bytes(doses: &[f64], values: &[f64], floor: &Floor) -> Response {
        super::judge_bytes(doses, values, floor, &DoseLimits::default())
    }

    fn declines(before: (f64, f64), after: (f64, f64)) -> bool {
        super::declines(before, after, &DoseLimits::default())
    }

    fn after(deltas: &[f64]) -> Vec<f64> {
        let sums = deltas.iter().scan(100.0, |sum, delta| {
            *sum += delta;
            Some(*sum)
        });
        [100.0].into_iter().chain(sums).collect()
    }

    const DOSES: [f64; 3] = [100.0, 300.0, 200.0];

    fn is_proportional(response: Response) -> bool {
        matches!(response, Response::Proportional(_))
    }

    #[test]
    fn what_comes_at_random_and_fills_fades() {
        let calls = [407.0, 1221.0, 814.0];
        let filling = judge_count(&calls, &after(&[272.0, 561.0, 215.0]));
        assert!(matches!(filling, Response::Fading(_)), "{filling:?}");
        let leak_after_start = judge_count(&DOSES, &after(&[160.0, 300.0, 200.0]));
        assert!(
            !matches!(leak_after_start, Response::Fading(_)),
            "{leak_after_start:?}"
        );
    }

    #[test]
    fn a_rate_declines_by_more_than_chance_only() {
        assert!(declines((66.0, 72.0), (39.0, 72.0)));
        assert!(!declines((50.0, 72.0), (44.0, 72.0)));
        assert!(
            !declines((72.0, 72.0), (600.0, 600.0)),
            "one for each call, then and now"
        );
        assert!(!declines((720.0, 72.0), (6000.0, 600.0)));
    }

    #[test]
    fn one_for_each_call_is_a_leak() {
        let response = judge_count(&DOSES, &after(&[100.0, 300.0, 200.0]));
        assert!(is_proportional(response));
        assert!((response.rate().unwrap().per_call - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_in_ten_by_chance_is_a_leak() {
        assert!(is_proportional(judge_count(&DOSES, &after(&[7.0, 34.0, 21.0]))));
    }

    #[test]
    fn one_for_each_of_six_slow_calls_is_a_leak_and_four_of_six_are_not() {
        assert!(is_proportional(judge_count(
            &[1.0, 3.0, 2.0],
            &after(&[1.0, 3.0, 2.0])
        )));
        assert_eq!(
            judge_count(&[1.0, 3.0, 2.0], &after(&[1.0, 2.0, 1.0])),
            Response::None
        );
    }

    #[test]
    fn the_same_step_in_each_round_is_not_the_operation() {
        for step in [2.0, 20.0] {
            assert_eq!(judge_count(&DOSES, &after(&[step; 3])), Response::None);
        }
        let longer = [100.0, 300.0, 200.0, 600.0, 200.0];
        assert_eq!(judge_count(&longer, &after(&[2.0; 5])), Response::None);
    }

    #[test]
    fn what_came_once_does_not_hide_a_leak() {
        let response = judge_count(&DOSES, &after(&[110.0, 30.0, 20.0]));
        assert!(matches!(response, Response::Unsteady(rate) if (rate.per_call - 0.1).abs() < 0.01));
    }

    #[test]
    fn what_fills_and_stops_fades() {
        let response = judge_count(&DOSES, &after(&[100.0, 300.0, 20.0]));
        assert!(matches!(response, Response::Fading(_)));
        assert!(matches!(
            judge_count(&DOSES, &after(&[100.0, 100.0, 0.0])),
            Response::Fading(_)
        ));
    }

    #[test]
    fn what_comes_down_again_is_nothing() {
        assert_eq!(
            judge_count(&DOSES, &after(&[900.0, -850.0, 100.0])),
            Response::None
        );
    }

    #[test]
    fn bytes_must_rise_in_every_round_and_above_the_noise() {
        let floor = Floor {
            total_bytes: 32e3,
            per_call_bytes: 2.0,
        };
        assert!(is_proportional(judge_bytes(
            &DOSES,
            &after(&[10e3, 25e3, 30e3]),
            &floor
        )));
        assert_eq!(
            judge_bytes(&DOSES, &after(&[1e3, 3e3, 2e3]), &floor),
            Response::None
        );
        assert!(matches!(
            judge_bytes(&DOSES, &after(&[60e3, 3e3, 1e3]), &floor),
            Response::Fading(_)
        ));
        assert!(matches!(
            judge_bytes(&DOSES, &after(&[60e3, 3e3, 40e3]), &floor),
            Response::Unsteady(_)
        ));
    }

    #[test]
    fn readings_that_do_not_fit_the_doses_say_nothing() {
        assert_eq!(judge_count(&DOSES, &[1.0, 2.0]), Response::None);
        assert_eq!(judge_count(&[], &[1.0]), Response::None);
        assert_eq!(judge_count(&[0.0], &[1.0, 50.0]), Response::None);
    }
}
