//! Series of readings, and whether they grow without bound. Knows nothing of what the readings are of.

/// Hands each limit to a visitor, with its name. A field that is forgotten does not compile.
macro_rules! each {
    ($limits:expr, $visit:ident: $($name:ident),+) => {
        let Self { $($name),+ } = $limits;
        $($visit(stringify!($name), $name);)+
    };
}
pub(crate) use each;

pub mod counts;
pub mod dose;
pub mod exact;
pub mod history;
pub mod lives;
pub mod memory;
pub mod trend;

pub use history::{History, Point, Reading};

/// What a series says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judgement {
    /// Too few readings, over too short a time, to tell.
    TooEarly,
    /// It does not grow, or it grew and stopped.
    Steady,
    /// It grows, and whether it ends cannot be told yet.
    Filling(Growth),
    /// It grows without a bound in sight.
    Growing(Growth),
}

impl Judgement {
    /// The growth that was measured, where there is one.
    pub fn growth(&self) -> Option<Growth> {
        match self {
            Judgement::Filling(growth) | Judgement::Growing(growth) => Some(*growth),
            Judgement::TooEarly | Judgement::Steady => None,
        }
    }
}

/// How a series grew.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Growth {
    /// Value where the growth began.
    pub from: f64,
    /// Value that was reached and kept.
    pub to: f64,
    /// When it began, in the clock of the readings.
    pub since_ms: f64,
    /// When it was last seen to grow.
    pub until_ms: f64,
    /// The time between the two that was watched, in milliseconds: it may be less, and is what limits are of.
    pub watched_ms: f64,
    /// Intervals between readings in which it grew.
    pub steps: u32,
    /// Intervals between readings since it began.
    pub intervals: u32,
    /// Share of the growth that fell into the second half of the activity: 0.5 is linear, near 0 a plateau.
    pub late_share: f64,
}

impl Growth {
    /// What was added, in the unit of the series.
    pub fn total(&self) -> f64 {
        self.to - self.from
    }

    /// Time over which it grew, in milliseconds.
    pub fn span_ms(&self) -> f64 {
        (self.until_ms - self.since_ms).max(1.0)
    }

    /// Rate while it grew, per hour.
    pub fn per_hour(&self) -> f64 {
        self.total() * 3_600_000.0 / self.span_ms()
    }
}
