//! Plain values that every output is rendered from, and how a finding is made of counts and growth.

pub mod finding;
mod heap_finding;
pub mod monitor;
mod wording;

pub use finding::{Confidence, Finding, Kind, Place, RetainerStep, SiteShare, Suspect, Verdict};
pub use heap_finding::{explain_growth, path};
pub use monitor::{Check, Monitor, ThreadId};
pub use wording::explain;
