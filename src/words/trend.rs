//! What a series of memory readings says, in words: which level rises, how fast, and what to do about it.

use super::numbers::{amount, duration};
use crate::growth::trend::{Growth, Metric, ROWS_MIN, SPAN_MIN_S, Shape, Trend, Verdict};

/// What a series says. No part ends with a full stop but the advice.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendSaid {
    /// One sentence: what rises and how fast, or why that cannot be told.
    pub message: String,
    /// What it rests on, one line each, with the numbers.
    pub evidence: Vec<String>,
    /// What to do about a leak; empty where there is none.
    pub advice: String,
    /// Why it is undecided, as a word that programs match on; empty where it is decided.
    pub reason: &'static str,
}

/// Puts a judgement into words.
pub fn explain_trend(trend: &Trend) -> TrendSaid {
    let mut said = match &trend.verdict {
        Verdict::Leaking(growth) => leaking(growth, trend),
        Verdict::Fragmented(growth, free) => decided(
            format!(
                "rss rises by {} per hour, but what malloc has handed out does not: the allocator keeps {} of freed memory; \
                 malloc_trim(0), MALLOC_ARENA_MAX=2 or jemalloc help",
                amount(growth.per_hour, true),
                amount(*free, true)
            ),
            vec![rows(trend, growth.rows, growth.on_floors)],
        ),
        Verdict::Open(growth) => TrendSaid {
            reason: "may-end",
            ..decided(
                format!(
                    "{} rises by {} per hour, but {} would explain it as well: record more hours to decide",
                    name_of(growth.metric),
                    amount(growth.per_hour, true),
                    explanation(growth.doubtful)
                ),
                vec![rows(trend, growth.rows, growth.on_floors)],
            )
        },
        Verdict::Clean => decided(
            format!("no memory rises independent of load in {}", hours(trend)),
            vec![rows(trend, trend.rows, trend.has_floors)],
        ),
        Verdict::TooEarly => TrendSaid {
            reason: "short-history",
            ..decided(too_early(trend), Vec::new())
        },
    };
    said.evidence.extend(lives(trend));
    said
}

fn decided(message: String, evidence: Vec<String>) -> TrendSaid {
    TrendSaid {
        message,
        evidence,
        advice: String::new(),
        reason: "",
    }
}

fn leaking(growth: &Growth, trend: &Trend) -> TrendSaid {
    let doubt = match growth.doubt {
        doubt if doubt < 1e-4 => "< 0.01 %".to_owned(),
        doubt => format!("{:.2} %", doubt * 100.0),
    };
    let end = match growth.limit_at {
        at if at.is_finite() => format!(", and reaches the limit at t = {at:.0} s"),
        _ => String::new(),
    };
    let message = format!(
        "{} rises by {} per hour ({} in {}), independent of load{end}",
        name_of(growth.metric),
        amount(growth.per_hour, true),
        amount(growth.total, true),
        hours(trend)
    );
    TrendSaid {
        advice: format!("{}.", advice_on(growth.metric, growth.in_buffers)),
        ..decided(
            message,
            vec![
                rows(trend, growth.rows, growth.on_floors),
                format!(
                    "chance of a false alarm: {doubt}; best other explanation: {}",
                    explanation(growth.doubtful)
                ),
            ],
        )
    }
}

/// What to do about it, without a full stop.
pub(super) fn advice_on(metric: Metric, in_buffers: bool) -> &'static str {
    match metric {
        Metric::HeapUsed => {
            "JavaScript objects are retained: compare two heap snapshots, taken before and after some work, with 'leakguard diff'"
        }
        Metric::External if !in_buffers => {
            "Native objects behind JavaScript objects are retained, other than Buffers: look for handles, contexts and sessions \
             that are not closed"
        }
        Metric::External | Metric::ArrayBuffers => {
            "Buffers are retained: look for streams and sockets that are not closed or not read to their end, and for small \
             slices of large Buffers"
        }
        Metric::Malloc => {
            "Native code does not free what it allocates: check addons, and what they want freed or closed; a heap snapshot \
             does not show it"
        }
        Metric::Rss => {
            "No JavaScript object holds it: native code leaks, or the allocator fragments. Record malloc's used and free bytes \
             to tell which; for free memory, malloc_trim(0), MALLOC_ARENA_MAX=2 or jemalloc help"
        }
    }
}

fn too_early(trend: &Trend) -> String {
    let what = if trend.has_floors {
        "major GCs"
    } else {
        "stretches of samples"
    };
    if trend.rows >= ROWS_MIN {
        return format!(
            "{} is too short, at least {} are needed",
            hours(trend),
            duration(SPAN_MIN_S * 1000.0)
        );
    }
    format!(
        "only {} {what} in {}, at least {ROWS_MIN} are needed",
        trend.rows,
        hours(trend)
    )
}

pub(super) fn name_of(metric: Metric) -> &'static str {
    match metric {
        Metric::HeapUsed => "heapUsed after major GCs",
        Metric::External => "external memory",
        Metric::ArrayBuffers => "memory of ArrayBuffers",
        Metric::Malloc => "memory allocated by native code",
        Metric::Rss => "rss",
    }
}

/// What else it may be.
fn explanation(shape: Shape) -> &'static str {
    match shape {
        Shape::Nothing => "noise",
        Shape::Filling => "a cache warming up",
        Shape::Step => "a step",
        Shape::TwoSteps => "two steps",
        Shape::FillingAndStep => "a cache warming up plus a step",
        Shape::Wave => "a daily wave",
    }
}

fn hours(trend: &Trend) -> String {
    duration(trend.span_s * 1000.0)
}

/// What it rests on.
fn rows(trend: &Trend, count: usize, has_floors: bool) -> String {
    let what = if has_floors {
        "major GCs"
    } else {
        "stretches of time"
    };
    format!("{} samples, {count} {what}", trend.samples)
}

fn lives(trend: &Trend) -> Option<String> {
    match (trend.restarts, trend.is_before_restart) {
        (0, _) => None,
        (_, true) => {
            Some("this was before the last restart; what came after is too short to judge".to_owned())
        }
        (1, false) => Some("judged since the restart".to_owned()),
        (restarts, false) => Some(format!("judged since the last of {restarts} restarts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(verdict: Verdict) -> Trend {
        Trend {
            verdict,
            samples: 720,
            span_s: 86_400.0,
            rows: 34,
            has_floors: true,
            restarts: 0,
            is_before_restart: false,
        }
    }

    fn growth(metric: Metric) -> Growth {
        Growth {
            metric,
            doubt: 0.0012,
            doubtful: Shape::Filling,
            per_hour: 3.2e6,
            total: 76.8e6,
            onset: 0,
            rows: 34,
            on_floors: true,
            is_certain: false,
            limit_at: 100_000.4,
            in_buffers: false,
        }
    }

    #[test]
    fn a_leak_is_told_with_rate_limit_doubt_and_advice() {
        let said = explain_trend(&trend(Verdict::Leaking(growth(Metric::HeapUsed))));
        assert_eq!(
            said.message,
            "heapUsed after major GCs rises by 3.2 MB per hour (76.8 MB in 24.0 h), independent of load, and reaches the \
             limit at t = 100000 s"
        );
        assert_eq!(
            said.evidence,
            [
                "720 samples, 34 major GCs",
                "chance of a false alarm: 0.12 %; best other explanation: a cache warming up"
            ]
        );
        assert!(
            said.advice.starts_with("JavaScript objects are retained:"),
            "{}",
            said.advice
        );
        assert_eq!(said.reason, "");
    }

    #[test]
    fn each_place_has_advice_of_its_own() {
        let advice_on = |metric| explain_trend(&trend(Verdict::Leaking(growth(metric)))).advice;
        assert!(advice_on(Metric::ArrayBuffers).contains("streams and sockets that are not closed"));
        assert!(advice_on(Metric::Malloc).contains("addons"));
        assert!(advice_on(Metric::Rss).contains("jemalloc"));
        let kept = explain_trend(&trend(Verdict::Fragmented(growth(Metric::Rss), 5e7)));
        assert!(
            kept.message.contains("keeps 50.0 MB of freed memory") && kept.message.contains("malloc_trim(0)"),
            "{kept:?}"
        );
        assert_eq!(kept.advice, "");
    }

    #[test]
    fn little_and_restarts_are_told() {
        let mut early = trend(Verdict::TooEarly);
        early.rows = 3;
        let said = explain_trend(&early);
        assert_eq!(said.message, "only 3 major GCs in 24.0 h, at least 8 are needed");
        assert_eq!(said.reason, "short-history");
        let mut clean = trend(Verdict::Clean);
        clean.restarts = 2;
        assert_eq!(
            explain_trend(&clean).evidence.last().map(String::as_str),
            Some("judged since the last of 2 restarts")
        );
    }
}
