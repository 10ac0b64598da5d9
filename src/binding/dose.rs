//! Dose and response, for JavaScript.

use napi_derive::napi;

use super::convert::{NativeFinding, NativeSiteShare, NativeSuspect, Result};
use crate::finding::SiteShare;
use crate::growth::dose::{self, DoseLimits, Floor, Response, judge_bytes, judge_count};
use crate::words;

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

/// Puts what grew in proportion to the calls into words: `readings` around rounds of `doses` calls.
#[napi(catch_unwind)]
pub fn explain_leak(suspect: NativeSuspect, doses: Vec<f64>, readings: Vec<f64>) -> Result<NativeFinding> {
    let measured = words::Measured { doses, readings };
    Ok(words::explain_leak(&suspect.try_into()?, &measured).into())
}

/// Puts what tests left behind into words.
#[napi(catch_unwind)]
pub fn explain_left(suspect: NativeSuspect, many: u32, owners: Vec<String>) -> Result<NativeFinding> {
    Ok(words::explain_left(&suspect.try_into()?, many, &owners).into())
}

/// How much for each call, in words.
#[napi(catch_unwind)]
pub fn per_call(rate: f64, is_bytes: bool) -> String {
    words::per_call(rate, is_bytes)
}

/// Lines of evidence: where most of something was made.
#[napi(catch_unwind)]
pub fn site_lines(sites: Vec<NativeSiteShare>) -> Vec<String> {
    let sites: Vec<SiteShare> = sites.into_iter().map(Into::into).collect();
    words::site_lines(&sites)
}
