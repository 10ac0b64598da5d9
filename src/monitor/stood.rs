//! A trend of memory that stands, as a finding. Must not know how it was judged.

use crate::finding::{Change, Confidence, Evidence, Finding, Kind, SiteShare, Subject};
use crate::growth::trend::{Growth, Metric};

/// What stands, and what is known around it.
#[derive(Debug, Clone)]
pub struct Stood {
    /// The growth.
    pub growth: Growth,
    /// How often it was found in a row, and over how many seconds.
    pub times: u32,
    /// See `times`.
    pub stood_s: f64,
    /// Seconds seen in all.
    pub span_s: f64,
    /// Readings taken.
    pub readings: u64,
    /// Seconds from now until the process has used up what it may have; NaN when that is not known.
    pub left_s: f64,
    /// What the heap spaces grew by, in bytes: old space, large objects, code, others.
    pub spaces: [f64; 4],
    /// Empty for the main thread.
    pub thread: String,
}

impl Stood {
    /// The finding. `sites` are where what stays alive was allocated, with the bytes sampled there: the first one is the
    /// culprit; `evidence` is what else is known.
    pub fn finding(self, sites: Vec<SiteShare>, evidence: Vec<Evidence>) -> Finding {
        let growth = &self.growth;
        let metric = growth.metric.field().to_owned();
        let change = Change::Trend {
            per_hour: growth.per_hour,
            total: growth.total,
            doubt: known(growth.doubt),
            rows: growth.rows as u32,
            times: self.times,
            stood_s: self.stood_s,
            span_s: self.span_s,
            readings: self.readings as f64,
            left_s: Some(self.left_s).filter(|left| left.is_finite()),
            in_buffers: growth.in_buffers,
            spaces: self.spaces.map(known),
        };
        Finding {
            kind: kind_of(growth),
            confidence: if growth.is_certain {
                Confidence::Certain
            } else {
                Confidence::Likely
            },
            sites,
            evidence,
            thread: self.thread,
            ..Finding::of(Subject::Memory { metric }, change)
        }
    }
}

/// Facts have no number that JSON has not.
const fn known(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}

/// What kind of memory rises. What rises outside of the heap and is in no ArrayBuffer is native.
fn kind_of(growth: &Growth) -> Kind {
    match growth.metric {
        Metric::HeapUsed => Kind::Heap,
        Metric::External if !growth.in_buffers => Kind::Native,
        Metric::External | Metric::ArrayBuffers => Kind::Buffer,
        Metric::Malloc | Metric::Rss => Kind::Native,
    }
}
