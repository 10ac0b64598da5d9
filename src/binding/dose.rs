//! Dose and response, for JavaScript.

use napi_derive::napi;

use super::failure::{Result, to_napi};
use super::json::json;
use crate::error::Error;
use crate::finding::{Change, Confidence, Finding, Kind, Subject};
use crate::growth::dose::{self, DoseLimits, Floor, Response, judge_bytes, judge_count};

/// How one quantity answered to the doses.
#[napi(object)]
pub struct NativeResponse {
    /// Its row.
    pub row: u32,
    /// `fading`, `unsteady` or `proportional`.
    pub response: String,
    pub total: f64,
    pub per_call: f64,
    /// Rate of the last round over that of all.
    pub late: f64,
}

/// Judges counts: `readings` holds one row after the other, each with one more reading than there are doses. Rows that
/// did not grow are left out.
#[napi(catch_unwind)]
pub fn judge_counts(doses: Vec<f64>, readings: &[f64]) -> Vec<NativeResponse> {
    let rows = readings.chunks_exact(doses.len() + 1);
    rows.enumerate()
        .filter_map(|(row, values)| response(row, judge_count(&doses, values, &DoseLimits::default())))
        .collect()
}

/// Whether the second rate is lower than the first by more than chance: events and calls of each.
#[napi(catch_unwind)]
pub fn declines(before: f64, calls_before: f64, after: f64, calls_after: f64) -> bool {
    dose::declines(
        (before, calls_before),
        (after, calls_after),
        &DoseLimits::default(),
    )
}

/// Judges one series of bytes; null when it does not grow by more than the floor.
#[napi(catch_unwind)]
pub fn judge_memory(
    doses: Vec<f64>,
    readings: Vec<f64>,
    floor_bytes: f64,
    floor_per_call: f64,
) -> Option<NativeResponse> {
    let floor = Floor {
        total_bytes: floor_bytes,
        per_call_bytes: floor_per_call,
    };
    response(0, judge_bytes(&doses, &readings, &floor, &DoseLimits::default()))
}

fn response(row: usize, response: Response) -> Option<NativeResponse> {
    let rate = response.rate()?;
    Some(NativeResponse {
        row: row as u32,
        response: response.name()?.to_owned(),
        total: rate.total,
        per_call: rate.per_call,
        late: rate.late,
    })
}

/// JSON of facts: what grew in proportion to the calls, `readings` around rounds of `doses` calls. `label` is the class,
/// event or type.
#[napi(catch_unwind)]
pub fn per_call_finding(
    kind: String,
    label: String,
    is_one_place: bool,
    confidence: String,
    doses: Vec<f64>,
    readings: Vec<f64>,
) -> Result<String> {
    let kind = kind_of(&kind)?;
    let subject = match kind {
        Kind::Collection => Subject::Container { class: label },
        kind => Subject::of_count(kind, &label, is_one_place),
    };
    json(&Finding {
        kind,
        confidence: Confidence::from_name(&confidence),
        ..Finding::of(subject, Change::PerCall { doses, readings })
    })
}

/// JSON of facts: what tests left behind.
#[napi(catch_unwind)]
pub fn left_finding(kind: String, label: String, count: u32, tests: Vec<String>) -> Result<String> {
    let kind = kind_of(&kind)?;
    let subject = Subject::of_count(kind, &label, true);
    json(&Finding {
        kind,
        ..Finding::of(subject, Change::Left { count, tests })
    })
}

fn kind_of(name: &str) -> Result<Kind> {
    let unknown = || to_napi(Error::invalid(format!("kind: unknown kind '{name}'")));
    Kind::from_name(name).ok_or_else(unknown)
}
