//! The values that everything else is about: what is suspected (facts, raw call sites), what could not be told, and the
//! finding that a person reads. Knows how growth is measured ([`crate::growth::Growth`]) and hashes; must not know how
//! anything is judged, counted or worded.

mod fingerprint;
mod kind;
mod place;
mod suspect;
mod unsettled;

pub use fingerprint::fingerprint;
pub use kind::{Confidence, Kind, Verdict};
pub use place::{Place, RetainerStep, SiteShare};
pub use suspect::{DEPENDENTS_EVENT, DESCRIPTOR_GROUP, HANDLE_GROUP, Sign, Suspect};
pub use unsettled::{Examined, MayEnd, Unsettled};

/// What a person reads, see `Finding` in index.d.ts.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// One sentence.
    pub message: String,
    /// What it is called, where it has a name.
    pub name: Option<String>,
    /// The call to look at.
    pub culprit: Option<Place>,
    /// `count` or `bytes`.
    pub unit: &'static str,
    /// What was added while it was watched.
    pub total: f64,
    /// Rate while it grew.
    pub per_hour: f64,
    /// How sure.
    pub confidence: Confidence,
    /// One line each.
    pub evidence: Vec<String>,
    /// Stable across runs, machines and line shifts.
    pub fingerprint: String,
    /// What to do, in one sentence.
    pub advice: String,
    /// From the root to the object, empty where no heap was looked at.
    pub retainer_path: Vec<RetainerStep>,
    /// How many there were at each look, where they were counted.
    pub counts: Vec<f64>,
    /// Where an array holds them, how many its backing store has place for.
    pub places: u32,
}
