//! Series of memory readings, for JavaScript.

use napi::Result;
use napi_derive::napi;

use super::convert::to_napi;
use crate::error::Error;
use crate::growth::trend::{Growth, Metric, Sample, Verdict, analyze};
use crate::report::explain_trend;

/// Fields of a sample, in the order of lib/trend.js.
const FIELDS: usize = 12;

/// What a series says; absent is what does not apply.
#[napi(object)]
pub struct NativeTrend {
    pub verdict: String,
    pub metric: Option<String>,
    pub onset_index: Option<u32>,
    pub per_hour: Option<f64>,
    pub confidence: Option<String>,
    pub reaches_limit_at: Option<f64>,
    pub message: String,
}

/// Judges samples in the order of time, one row of [`FIELDS`] after the other: t, heapUsed, external, arrayBuffers,
/// rss, malloc used and free, limit, major, minor, floor, floorExt. NaN is what was not read.
#[napi(catch_unwind)]
pub fn analyze_trend(page: &[f64]) -> Result<NativeTrend> {
    if !page.len().is_multiple_of(FIELDS) {
        return Err(to_napi(Error::invalid(format!(
            "samples: {} numbers are no rows of {FIELDS}",
            page.len()
        ))));
    }
    let samples: Vec<Sample> = page.chunks_exact(FIELDS).map(sample).collect();
    let trend = analyze(&samples);
    let (verdict, growth) = match &trend.verdict {
        Verdict::Clean | Verdict::Fragmented(..) => ("clean", None),
        Verdict::Leaking(growth) => ("leaking", Some(growth)),
        Verdict::Open(growth) => ("undecided", Some(growth)),
        Verdict::TooEarly => ("undecided", None),
    };
    Ok(NativeTrend {
        verdict: verdict.to_owned(),
        metric: growth.map(|growth| field(growth.metric).to_owned()),
        onset_index: growth.map(|growth| growth.onset as u32),
        per_hour: growth.map(|growth| growth.per_hour),
        confidence: growth.map(|growth| confidence(growth, &trend.verdict).to_owned()),
        reaches_limit_at: growth.map(|growth| growth.limit_at).filter(|at| at.is_finite()),
        message: explain_trend(&trend),
    })
}

fn sample(row: &[f64]) -> Sample {
    Sample {
        t: row[0],
        heap_used: row[1],
        external: row[2],
        array_buffers: row[3],
        rss: row[4],
        malloc_used: row[5],
        malloc_free: row[6],
        limit: row[7],
        major: row[8],
        minor: row[9],
        floor: row[10],
        floor_external: row[11],
    }
}

fn field(metric: Metric) -> &'static str {
    match metric {
        Metric::HeapUsed => "heapUsed",
        Metric::External => "external",
        Metric::ArrayBuffers => "arrayBuffers",
        Metric::Malloc => "malloc",
        Metric::Rss => "rss",
    }
}

fn confidence(growth: &Growth, verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Leaking(_) if growth.is_certain => "certain",
        Verdict::Leaking(_) => "likely",
        _ => "possible",
    }
}
