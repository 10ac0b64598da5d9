//! Plain values that every output is rendered from, and how a finding is made of counts and growth.

pub mod finding;
mod heap_finding;
mod leak;
pub mod monitor;
mod wording;

pub use finding::{Confidence, Finding, Kind, Place, RetainerStep, SiteShare, Suspect, Verdict};
pub use heap_finding::{explain_growth, path};
pub use leak::{Measured, explain_leak, per_call, site_lines};
pub use monitor::{CacheSeen, Check, Monitor, ThreadId};
pub use wording::explain;
