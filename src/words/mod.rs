//! The only place that makes sentences: facts in; message, evidence and advice out.
//!
//! Knows findings, how growth is measured, and steps of a graph's paths. Must not judge what leaks. One thing is judged here
//! still, by a limit: how sure growth between two heap snapshots is (`heap_finding`). Nobody reads a sentence but people.

mod check;
mod heap_finding;
mod kept_finding;
mod leak;
mod left_finding;
mod life_finding;
mod trend;
mod trend_finding;
mod wording;

pub use check::{Line, examined, noted, unsettled};
pub use heap_finding::{explain_growth, path};
pub use kept_finding::{Watched, explain_kept, explain_unseen, kept_fingerprint};
pub use leak::{Measured, explain_leak, per_call, site_lines};
pub use left_finding::explain_left;
pub use life_finding::{Hold, Lived, explain_life};
pub use trend::{TrendIdentity, TrendSaid, explain_trend, field_of, identity_of};
pub use trend_finding::{Stood, explain_stood};
pub use wording::explain;
