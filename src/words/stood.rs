//! Memory whose rise stands: which, since when, how fast, and what to do about it.

use super::evidence::lines;
use super::nouns::{made_at, site_lines};
use super::numbers::{amount, capitalised, duration};
use super::said::Words;
use super::trend::{advice_on, name_of};
use super::{heaps, holder};
use crate::finding::{Change, Finding, Subject};
use crate::growth::trend::Metric;

/// Heap spaces in the order in which they are read.
const SPACES: [&str; 4] = ["old space", "large objects", "code", "other spaces"];
/// Evidence names a space that grew by at least this share of all.
const SPACE_SHARE: f64 = 0.1;

pub(super) fn words(finding: &Finding) -> Words {
    let metric = match &finding.subject {
        Subject::Memory { metric } => Metric::from_field(metric).unwrap_or(Metric::Rss),
        _ => Metric::Rss,
    };
    let Change::Trend {
        per_hour,
        total,
        doubt,
        rows,
        times,
        stood_s,
        span_s,
        readings,
        left_s,
        in_buffers,
        spaces,
    } = finding.change
    else {
        return Words::default();
    };
    let thread = match finding.thread.as_str() {
        "" => String::new(),
        name => format!(" of {name}"),
    };
    let holder = holder::of_memory(finding);
    let mut message = format!(
        "{}{thread} rises by {} per hour ({} in {}), independent of load",
        match &holder {
            Some(holder) => format!("{holder}; {}", name_of(metric)),
            None => capital(name_of(metric)),
        },
        amount(per_hour, true),
        amount(total, true),
        duration(total / per_hour.max(f64::MIN_POSITIVE) * 3_600_000.0),
    );
    if let Some(left_s) = left_s.filter(|left| left.is_finite()) {
        message.push_str(&format!(
            "; at this rate the limit is reached in {}",
            duration(left_s * 1000.0)
        ));
    }
    let made = finding.sites.first().and_then(|site| site.frames.first());
    message.push_str(&made_at("most of what stays in memory is allocated", made));
    let mut evidence = vec![
        format!(
            "{} readings over {}, judged at {rows} points; found {times} times in a row over {}",
            amount(readings, false),
            duration(span_s * 1000.0),
            duration(stood_s * 1000.0)
        ),
        format!("chance of a false alarm: {}", chance(doubt)),
    ];
    if metric == Metric::HeapUsed {
        evidence.extend(grown_spaces(&spaces, total));
    }
    evidence.extend(site_lines(&finding.sites, "made"));
    evidence.extend(finding.evidence.iter().flat_map(lines));
    let advice = if let Some(holder) = &finding.holder {
        heaps::advice(finding, holder).to_owned()
    } else if finding.sites.is_empty() {
        format!("{}.", advice_on(metric, in_buffers))
    } else {
        "Look for what retains the objects allocated there: an unbounded collection, a listener, a timer, a closure."
            .to_owned()
    };
    Words {
        message,
        evidence,
        advice,
    }
}

fn chance(doubt: f64) -> String {
    match doubt {
        doubt if doubt < 1e-4 => "< 0.01 %".to_owned(),
        doubt => format!("{:.2} %", doubt * 100.0),
    }
}

fn grown_spaces(spaces: &[f64; 4], total: f64) -> Option<String> {
    let grown: Vec<String> = SPACES
        .iter()
        .zip(spaces)
        .filter(|(_, by)| **by > total * SPACE_SHARE)
        .map(|(name, by)| format!("{name} by {}", amount(*by, true)))
        .collect();
    (!grown.is_empty()).then(|| format!("heap spaces grew: {}", grown.join(", ")))
}

fn capital(text: &str) -> String {
    match text {
        "rss" | "heapUsed after major GCs" => text.to_owned(),
        other => capitalised(other),
    }
}
