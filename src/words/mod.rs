//! The only place that makes sentences: facts in; message, evidence and advice out.
//!
//! | module | puts into words |
//! |---|---|
//! | `grew`, `per_call`, `heaps`, `left`, `outlived`, `survived`, `stood` | findings, by what was seen of them |
//! | `evidence`, `frees` | one thing that a finding rests on, and what a cut would free |
//! | `check`, `trend` | the answers of a check and of a trend |
//! | `nouns`, `numbers`, `holder` | things, figures, and what holds something |
//!
//! Knows findings. Must not judge anything. Nobody reads a sentence but people.

mod check;
mod evidence;
mod frees;
mod grew;
mod heaps;
mod holder;
mod left;
mod nouns;
mod numbers;
mod outlived;
mod per_call;
mod said;
mod samples;
mod stood;
mod survived;
mod trend;

pub use check::{Line, examined, unsettled};
pub use evidence::line;
pub use numbers::amount;
pub use said::Words;
pub use samples::sample;
pub use trend::{TrendSaid, explain_trend};

use crate::finding::{Change, Finding};

/// Puts a finding, whose places are mapped by now, into words.
pub fn words(finding: &Finding) -> Words {
    let mut words = of_change(finding);
    words.evidence.extend(frees::line(finding));
    words
}

fn of_change(finding: &Finding) -> Words {
    match &finding.change {
        Change::Grew { .. } => grew::words(finding),
        Change::PerCall { doses, readings } => per_call::words(finding, doses, readings),
        Change::Heaps {
            counts,
            bytes,
            per_call,
        } => heaps::words(finding, counts, bytes, *per_call),
        Change::Trend { .. } => stood::words(finding),
        Change::Left { count, tests } => left::words(finding, *count, tests),
        Change::Outlived { count } => outlived::words(finding, *count),
        Change::Survived { .. } => survived::words(finding),
    }
}
