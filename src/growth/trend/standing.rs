//! Whether a verdict stands: a series that is judged again and again is accused wrongly once in a while, mostly while
//! something fills. Knows verdicts and times, not how they come about.

use super::median::median;
use super::{Growth, Metric, Trend, Verdict};

/// Fewest times that growth must have been found in a row.
pub const TIMES_MIN: u32 = 3;
/// They must span this share of the history.
const SHARE_MIN: f64 = 0.2;
/// And this many seconds.
const SPAN_MIN_S: f64 = 60.0;
/// What fills slows down: the rates found last must not be below this share of those found first.
const RATE_KEPT: f64 = 0.9;
/// The history must have grown by this share between two times that count.
const APART_SHARE: f64 = 0.02;
/// So many verdicts in a row without that growth end what stood.
const GONE_TIMES: u32 = 3;
/// Rates that are remembered of a row of verdicts.
const RATES_MAX: usize = 64;

/// What was said so far.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    metric: Option<Metric>,
    since_s: f64,
    counted_s: f64,
    times: u32,
    rates: Vec<f64>,
    stands: Option<Growth>,
    without: u32,
}

impl Standing {
    /// Takes the verdict of a moment, in the seconds of the samples, and gives what stands: growth of one field that
    /// was found at least [`TIMES_MIN`] times, over a fifth of the history, at a rate that does not fall. A verdict
    /// that leaves the same growth open neither counts nor breaks the row. O(1).
    pub fn see(&mut self, now_s: f64, trend: &Trend) -> Option<Growth> {
        match trend.verdict {
            Verdict::Leaking(growth) => self.found(now_s, trend.span_s, growth),
            Verdict::Open(growth) if self.metric == Some(growth.metric) => {}
            Verdict::Open(_) | Verdict::Clean | Verdict::Fragmented(..) | Verdict::TooEarly => {
                self.metric = None;
                self.times = 0;
            }
        }
        let is_there = self.stands.is_some_and(|stood| match trend.verdict {
            Verdict::Leaking(growth) | Verdict::Open(growth) => growth.metric == stood.metric,
            _ => false,
        });
        self.without = if is_there { 0 } else { self.without + 1 };
        if self.without >= GONE_TIMES {
            self.stands = None;
        }
        self.stands
    }

    fn found(&mut self, now_s: f64, span_s: f64, growth: Growth) {
        if self.metric != Some(growth.metric) {
            (self.metric, self.since_s) = (Some(growth.metric), now_s);
            (self.counted_s, self.times) = (now_s, 1);
            self.rates = vec![growth.per_hour];
        } else if now_s - self.counted_s >= span_s * APART_SHARE {
            self.counted_s = now_s;
            self.times += 1;
            if self.rates.len() == RATES_MAX {
                self.rates = self.rates.iter().step_by(2).copied().collect();
            }
            self.rates.push(growth.per_hour);
        }
        let is_long = now_s - self.since_s >= SPAN_MIN_S.max(span_s * SHARE_MIN);
        let stood = self.stands.is_some_and(|before| before.metric == growth.metric);
        if stood || (self.times >= TIMES_MIN && is_long && self.keeps_its_rate()) {
            self.stands = Some(growth);
            self.without = 0;
        }
    }

    fn keeps_its_rate(&self) -> bool {
        let half = (self.rates.len() / 2).max(1);
        let early = median(&mut self.rates[..half].to_vec());
        let late = median(&mut self.rates[self.rates.len() - half..].to_vec());
        late >= early * RATE_KEPT
    }

    /// What stands now.
    pub fn stands(&self) -> Option<Growth> {
        self.stands
    }

    /// Times in a row, and since when, in the seconds of the samples.
    pub fn said(&self) -> (u32, f64) {
        (self.times, self.since_s)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    fn trend(span_s: f64, verdict: Verdict) -> Trend {
        Trend {
            verdict,
            samples: 100,
            span_s,
            rows: 30,
            has_floors: true,
            restarts: 0,
            is_before_restart: false,
        }
    }

    fn growth(metric: Metric, per_hour: f64) -> Growth {
        Growth {
            metric,
            doubt: 0.001,
            doubtful: Shape::Filling,
            per_hour,
            total: 5e7,
            onset: 0,
            rows: 30,
            on_floors: true,
            is_certain: false,
            limit_at: f64::NAN,
            in_buffers: false,
        }
    }

    /// Verdicts a hundred seconds apart; the times at which something stood.
    fn stood(verdicts: &[Verdict]) -> Vec<usize> {
        let mut standing = Standing::default();
        let mut times = Vec::new();
        for (i, verdict) in verdicts.iter().enumerate() {
            let now_s = (i + 1) as f64 * 100.0;
            if standing.see(now_s, &trend(now_s, *verdict)).is_some() {
                times.push(i);
            }
        }
        times
    }

    #[test]
    fn once_or_twice_is_nothing_and_a_fifth_of_the_history_stands() {
        let heap = Verdict::Leaking(growth(Metric::HeapUsed, 1e6));
        assert!(
            stood(&[
                Verdict::Clean,
                heap,
                heap,
                Verdict::Clean,
                heap,
                heap,
                Verdict::Clean
            ])
            .is_empty()
        );
        assert_eq!(stood(&[Verdict::TooEarly, heap, heap, heap]), [3]);
        let mut late = vec![Verdict::Clean; 20];
        late.extend([heap; 10]);
        assert_eq!(stood(&late).first(), Some(&26));
    }

    #[test]
    fn what_is_left_open_does_not_break_the_row_and_another_field_does() {
        let heap = Verdict::Leaking(growth(Metric::HeapUsed, 1e6));
        let open = Verdict::Open(growth(Metric::HeapUsed, 1e6));
        let rss = Verdict::Leaking(growth(Metric::Rss, 1e6));
        assert_eq!(stood(&[heap, open, heap, open, heap]).first(), Some(&4));
        assert!(stood(&[heap, heap, rss, heap, heap]).is_empty());
    }

    #[test]
    fn what_slows_down_fills_and_does_not_stand() {
        let slower: Vec<Verdict> = (0..12)
            .map(|i| Verdict::Leaking(growth(Metric::HeapUsed, 1e6 * 0.93_f64.powi(i))))
            .collect();
        assert!(stood(&slower).is_empty());
    }

    #[test]
    fn it_is_gone_after_three_verdicts_without_it() {
        let heap = Verdict::Leaking(growth(Metric::HeapUsed, 1e6));
        let mut verdicts = vec![heap; 5];
        verdicts.extend([Verdict::Clean; 4]);
        assert_eq!(stood(&verdicts), [2, 3, 4, 5, 6]);
    }
}
