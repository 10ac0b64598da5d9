//! What a monitor suspects, in facts: `words` makes sentences of them, once places are mapped to sources.

use super::{Confidence, Kind, SiteShare};
use crate::growth::Growth;

/// Prefix of the labels of groups that count open file descriptors.
pub const DESCRIPTOR_GROUP: &str = "fd:";
/// Prefix of the labels of groups that count live handles by type.
pub const HANDLE_GROUP: &str = "handle:";
/// Event under which dependents of a signal are counted.
pub const DEPENDENTS_EVENT: &str = "(dependent signals)";

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
    /// What it rests on, where that is not its growth; none once it has been put into `notes`.
    pub sign: Option<Sign>,
    /// More lines of evidence.
    pub notes: Vec<String>,
    /// How it grew: time in milliseconds and value, oldest first; empty where it is not known.
    pub series: Vec<(f64, f64)>,
}

/// What makes something a suspect that need not grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sign {
    /// Node.js warned of this listener list.
    Warned,
    /// A cache that is keyed by something that does not repeat.
    NewKeys {
        /// Lookups, and those of them that found something.
        lookups: f64,
        /// See `lookups`.
        hits: f64,
        /// Lookups that found nothing.
        misses: f64,
        /// Entries added, and how many different keys they had (estimated).
        additions: f64,
        /// See `additions`.
        keys: f64,
        /// Entries that it has place for.
        places: f64,
        /// Entries pushed out.
        evictions: f64,
        /// Entries that were too old when they were met.
        stale: f64,
        /// Entries now.
        entries: f64,
    },
}
