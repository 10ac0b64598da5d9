//! How it grew or stays: the numbers of each way of looking. Knows no sentence and judges nothing.

use serde::{Deserialize, Serialize};

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// A count or memory that a running guard read again and again.
    Grew {
        /// Value where the growth began.
        from: f64,
        /// Value that was reached and kept.
        to: f64,
        /// When it began, and when it was last seen to grow, in milliseconds of one clock.
        since_ms: f64,
        /// See `since_ms`.
        until_ms: f64,
        /// Intervals between readings in which it grew.
        steps: u32,
        /// Intervals between readings since it began.
        intervals: u32,
        /// Share of the growth that fell into the second half of the activity.
        late_share: f64,
        /// How many (or how many bytes) are there now.
        live: f64,
        /// The most there were.
        high_water: f64,
        /// Counted one by one, not estimated from samples.
        exact: bool,
    },
    /// In proportion to the calls of an operation.
    PerCall {
        /// Calls of each round.
        doses: Vec<f64>,
        /// Values before the first round and after each.
        readings: Vec<f64>,
    },
    /// From one heap graph to the next.
    Heaps {
        /// How many there were in each.
        counts: Vec<f64>,
        /// Bytes of what is reached through them, in each.
        bytes: Vec<f64>,
        /// How many for each call, where calls lie between.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        per_call: Option<f64>,
    },
    /// Readings of memory over hours.
    Trend {
        /// Bytes an hour since the onset, and in all.
        per_hour: f64,
        /// See `per_hour`.
        total: f64,
        /// Chance that it is something else.
        doubt: f64,
        /// Rows that were judged.
        rows: u32,
        /// How often it was found in a row, and over how many seconds.
        times: u32,
        /// See `times`.
        stood_s: f64,
        /// Seconds seen in all.
        span_s: f64,
        /// Readings taken.
        readings: f64,
        /// Seconds from now until a limit is reached, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_s: Option<f64>,
        /// ArrayBuffers explain it.
        #[serde(default)]
        in_buffers: bool,
        /// What the heap spaces grew by, in bytes: old space, large objects, code, others.
        spaces: [f64; 4],
    },
    /// Left behind by tests.
    Left {
        /// How many.
        count: u32,
        /// The tests; none where what was loaded left it behind.
        tests: Vec<String>,
    },
    /// There after they ought to be gone.
    Outlived {
        /// How many.
        count: u32,
    },
    /// Over, and there.
    Survived {
        /// Of so many that ended `age` or more later lives ago …
        followed: u32,
        /// … so many are there.
        alive: u32,
        /// See `followed`; 0 where it is not told by age.
        age: f64,
        /// Lives of the kind that have begun since it was followed.
        begun: f64,
        /// Survivors an hour of all, estimated.
        per_hour: f64,
    },
}

impl Change {
    /// What was added: a number, or bytes.
    pub fn total(&self) -> f64 {
        let added = |values: &[f64]| values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
        match self {
            Change::Grew { from, to, .. } => to - from,
            Change::PerCall { readings, .. } => added(readings),
            Change::Heaps { counts, .. } => added(counts),
            Change::Trend { total, .. } => *total,
            Change::Left { count, .. } | Change::Outlived { count } => f64::from(*count),
            Change::Survived { alive, .. } => f64::from(*alive),
        }
    }

    /// Rate an hour, where time was measured.
    pub fn per_hour(&self) -> Option<f64> {
        match self {
            Change::Grew {
                since_ms, until_ms, ..
            } => Some(self.total() * 3_600_000.0 / (until_ms - since_ms).max(1.0)),
            Change::Trend { per_hour, .. } => Some(*per_hour),
            Change::Survived { per_hour, .. } => Some(*per_hour).filter(|rate| *rate > 0.0),
            _ => None,
        }
    }

    /// How many for each call, where calls were counted.
    pub fn per_operation(&self) -> Option<f64> {
        match self {
            Change::PerCall { doses, .. } => Some(self.total() / doses.iter().sum::<f64>().max(1.0)),
            Change::Heaps { per_call, .. } => *per_call,
            _ => None,
        }
    }
}
