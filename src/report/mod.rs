//! Plain values that every output is rendered from, and how a finding is made of counts and growth.

pub mod finding;
mod heap_finding;
mod kept_finding;
mod leak;
mod left_finding;
mod life_finding;
pub mod limits;
pub mod monitor;
mod trend;
mod trend_finding;
mod wording;

pub use finding::{Confidence, Finding, Kind, Place, RetainerStep, SiteShare, Suspect, Verdict};
pub use heap_finding::{explain_growth, path};
pub use kept_finding::{Watched, explain_kept, explain_unseen, kept_fingerprint};
pub use leak::{Measured, explain_leak, per_call, site_lines};
pub use left_finding::explain_left;
pub use life_finding::{Hold, Lived, explain_life};
pub use limits::Limits;
pub use monitor::{CacheSeen, Check, LiveSeen, Monitor, ThreadId};
pub use trend::explain_trend;
pub use trend_finding::{Stood, explain_stood, field_of};
pub use wording::explain;
