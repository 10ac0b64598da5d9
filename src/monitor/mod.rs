//! Joins what is held with how it grew: one monitor for the process, one entry a thread. It judges, and gives facts.
//!
//! Knows the ledger, rules of growth and the values of findings. Must not know a sentence, a graph, a clock, or where
//! readings come from. A thread's entry goes when the thread goes. Rules and limits are explained in
//! docs/how-it-works.md.
//!
//! ```text
//! intake: told of threads, claims, looks -> thread: histories, births, floors
//! check -> tallies -> suspects -> sites
//!     |        +-> proof: what only collections can tell from garbage
//!     +-> memory: floors     +-> overlap: one thing, one suspect
//! ```
//! `stood` makes a finding of a trend that stands.

mod check;
mod intake;
pub mod limits;
mod memory;
mod overlap;
mod proof;
mod shown;
mod sites;
mod stood;
mod suspects;
mod tallies;
#[cfg(test)]
mod testing;
mod thread;

pub use check::Check;
pub use intake::{Monitor, ThreadId};
pub use limits::Limits;
pub use shown::{CacheSeen, LiveSeen};
pub use stood::Stood;
pub use thread::{MEMORY_FIELDS, Observation};
