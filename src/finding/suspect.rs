//! What a monitor suspects, by the labels of its counts, and the finding that this becomes.

use super::{Change, Confidence, Evidence, Finding, Kind, SiteShare, Subject};
use crate::growth::Growth;

/// Something that grows, before it is put into words.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How sure.
    pub confidence: Confidence,
    /// What the program calls it: `event \n class` for listeners, a function for timers, a type or a name; the field of
    /// `process.memoryUsage()` for memory.
    pub label: String,
    /// The thread that holds it, empty for the main thread.
    pub thread: String,
    /// How it grew.
    pub growth: Growth,
    /// How many (or how many bytes) are there now.
    pub live: f64,
    /// The most there were.
    pub high_water: f64,
    /// Counted one by one, not estimated from samples.
    pub exact: bool,
    /// It is one place (a listener list, a collection), not a call site's work over many.
    pub is_one_place: bool,
    /// Made where, most first.
    pub sites: Vec<SiteShare>,
    /// What it rests on, where that is not its growth.
    pub sign: Option<Evidence>,
    /// How it grew: time in milliseconds and value, oldest first; empty where it is not known.
    pub series: Vec<(f64, f64)>,
}

impl From<Suspect> for Finding {
    fn from(suspect: Suspect) -> Self {
        let growth = &suspect.growth;
        let subject = Subject::of_count(suspect.kind, &suspect.label, suspect.is_one_place);
        let change = Change::Grew {
            from: growth.from,
            to: growth.to,
            since_ms: growth.since_ms,
            until_ms: growth.until_ms,
            steps: growth.steps,
            intervals: growth.intervals,
            late_share: growth.late_share,
            live: suspect.live,
            high_water: suspect.high_water,
            exact: suspect.exact,
        };
        Self {
            kind: suspect.kind,
            confidence: suspect.confidence,
            sites: suspect.sites,
            evidence: suspect.sign.into_iter().collect(),
            thread: suspect.thread,
            ..Self::of(subject, change)
        }
    }
}
