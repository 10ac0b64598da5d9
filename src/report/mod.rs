//! Plain values that every output is rendered from, and how a finding is made of counts and growth.

pub mod finding;
pub mod monitor;
mod wording;

pub use finding::{Confidence, Finding, Kind, Place, SiteShare, Suspect, Verdict};
pub use monitor::{Check, Monitor, ThreadId};
pub use wording::explain;
