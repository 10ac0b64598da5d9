//! What a check cannot tell yet, and what it examined: facts of its answer beside the suspects.

use super::Kind;
use crate::growth::Growth;

/// Why a count that has grown may end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MayEnd {
    /// It grew for too short a time, or in too few steps.
    Short,
    /// It slows, or pauses.
    Slows,
    /// Each of it ends by itself, and a steady load fills it for as long.
    Lasts {
        /// The longest time that one lasts.
        lasts_ms: f64,
        /// What grows for longer is not explained by that.
        until_ms: f64,
    },
}

/// Why a check cannot tell. Threads are named as in [`super::Suspect::thread`].
#[derive(Debug, Clone, PartialEq)]
pub enum Unsettled {
    /// The program was watched too short a time.
    ShortHistory {
        /// Whose history it is.
        thread: String,
        /// How long it was watched, and how often.
        span_ms: f64,
        /// See `span_ms`.
        looks: u64,
        /// How long it must be watched.
        span_min_ms: f64,
    },
    /// It was looked at too seldom.
    FewLooks {
        /// Whose looks they are.
        thread: String,
        /// How many.
        looks: u64,
        /// In what time.
        whole_ms: f64,
    },
    /// A count has grown, and that may end.
    Count {
        /// Who holds it.
        thread: String,
        /// What it counts.
        kind: Kind,
        /// See [`super::Suspect::is_one_place`].
        is_one_place: bool,
        /// See [`super::Suspect::label`].
        label: String,
        /// How it grew.
        growth: Growth,
        /// Why it may end.
        why: MayEnd,
    },
    /// Memory rises, and too few collections have shown it.
    Memory {
        /// Whose memory it is.
        thread: String,
        /// Field of `process.memoryUsage()`.
        field: &'static str,
        /// How it rose; an interval is the time between two collections.
        growth: Growth,
    },
    /// All that was found is no more than a sign.
    OnlySigns,
}

impl Unsettled {
    /// The reason as a word that programs match on: part of the public report.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::ShortHistory { .. } => "short-history",
            Self::FewLooks { .. } => "few-looks",
            Self::Count { .. } => "may-end",
            Self::Memory { .. } => "memory",
            Self::OnlySigns => "only-signs",
        }
    }
}

/// What a check examined in one thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The thread.
    pub thread: String,
    /// Counts of something that is there.
    pub counts: usize,
    /// Memory fields.
    pub fields: usize,
    /// How long it was watched, in milliseconds.
    pub span_ms: f64,
    /// Readings.
    pub readings: u64,
}

impl Examined {
    /// What it is as a word that programs match on: part of the public report.
    pub fn what(&self) -> &'static str {
        "counts"
    }
}
