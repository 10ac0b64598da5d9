//! Series of memory readings, for JavaScript.

use std::collections::BTreeMap;

use napi_derive::napi;
use once_cell::sync::Lazy;
use parking_lot::Mutex;

use super::failure::{Result, to_napi};
use super::json::{facts, json};
use crate::error::Error;
use crate::finding::{Evidence, Finding, SiteShare};
use crate::growth::trend::hint::Hint;
use crate::growth::trend::long::{LongSeries, SPACES};
use crate::growth::trend::standing::Standing;
use crate::growth::trend::{Growth, Sample, Trend, Verdict, analyze, analyze_life};
use crate::monitor::Stood;
use crate::words::explain_trend;

/// Fields of a sample, in the order of lib/trend/trend.js.
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
    pub evidence: Vec<String>,
    /// Of a leak, as `fingerprint` and `facts`.
    pub advice: Option<String>,
    pub fingerprint: Option<String>,
    /// JSON of facts.
    pub facts: Option<String>,
    /// Why it is undecided.
    pub reason: Option<String>,
}

/// Judges samples in the order of time, one row of [`FIELDS`] after the other: t, heapUsed, external, arrayBuffers,
/// rss, malloc used and free, limit, major, minor, floor, floorExt. NaN is what was not read. `starts` are the rows that
/// are the first of a process, where that is known.
#[napi(catch_unwind)]
pub fn analyze_trend(page: &[f64], starts: Option<Vec<u32>>) -> Result<NativeTrend> {
    if !page.len().is_multiple_of(FIELDS) {
        return Err(to_napi(Error::invalid(format!(
            "samples: {} numbers are no rows of {FIELDS}",
            page.len()
        ))));
    }
    let samples: Vec<Sample> = page.chunks_exact(FIELDS).map(sample).collect();
    let starts: Option<Vec<usize>> =
        starts.map(|starts| starts.into_iter().map(|start| start as usize).collect());
    NativeTrend::of(&analyze(&samples, starts.as_deref()))
}

impl NativeTrend {
    fn of(trend: &Trend) -> Result<Self> {
        let (verdict, growth) = match &trend.verdict {
            Verdict::Clean | Verdict::Fragmented(..) => ("clean", None),
            Verdict::Leaking(growth) => ("leaking", Some(growth)),
            Verdict::Open(growth) => ("undecided", Some(growth)),
            Verdict::TooEarly => ("undecided", None),
        };
        let leak = match &trend.verdict {
            Verdict::Leaking(growth) => Some(growth),
            _ => None,
        };
        let found = leak.map(|growth| found(*growth, trend));
        let said = explain_trend(trend);
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Self {
            verdict: verdict.to_owned(),
            metric: growth.map(|growth| growth.metric.field().to_owned()),
            onset_index: growth.map(|growth| growth.onset as u32),
            per_hour: growth.map(|growth| growth.per_hour),
            confidence: growth.map(|growth| confidence(growth, &trend.verdict).to_owned()),
            reaches_limit_at: growth.map(|growth| growth.limit_at).filter(|at| at.is_finite()),
            advice: told(&said.advice),
            reason: told(said.reason),
            message: said.message,
            evidence: said.evidence,
            fingerprint: found.as_ref().map(Finding::fingerprint),
            facts: found.as_ref().map(json).transpose()?,
        })
    }
}

/// The finding of growth that was seen once: no place and no space is known.
fn found(growth: Growth, trend: &Trend) -> Finding {
    let stood = Stood {
        growth,
        times: 1,
        stood_s: 0.0,
        span_s: trend.span_s,
        readings: trend.samples as u64,
        left_s: f64::NAN,
        spaces: [0.0; SPACES],
        thread: String::new(),
    };
    stood.finding(Vec::new(), Vec::new())
}

/// What each thread has found, as its JSON, for the others; a thread's goes with its series.
static FOUND: Lazy<Mutex<BTreeMap<u32, String>>> = Lazy::new(|| Mutex::new(BTreeMap::new()));

/// The memory of one thread as it goes: its long history, and what stands. Its bytes are bounded.
#[napi]
pub struct MemorySeries {
    thread: u32,
    series: LongSeries,
    standing: Standing,
    hint: Hint,
}

impl Drop for MemorySeries {
    fn drop(&mut self) {
        FOUND.lock().remove(&self.thread);
    }
}

#[napi]
impl MemorySeries {
    /// `thread` is the thread's number.
    #[napi(constructor, catch_unwind)]
    pub fn new(thread: u32) -> Self {
        Self {
            thread,
            series: LongSeries::default(),
            standing: Standing::default(),
            hint: Hint::default(),
        }
    }

    /// Tells the other threads what was found here; an empty text takes it back.
    #[napi(catch_unwind)]
    pub fn share(&self, found: String) {
        if found.is_empty() {
            FOUND.lock().remove(&self.thread);
        } else {
            FOUND.lock().insert(self.thread, found);
        }
    }

    /// What the other threads have found.
    #[napi(catch_unwind)]
    pub fn shared(&self) -> Vec<String> {
        let all = FOUND.lock();
        all.iter()
            .filter(|(thread, _)| **thread != self.thread)
            .map(|(_, found)| found.clone())
            .collect()
    }

    /// Takes a reading: a row as [`analyze_trend`] takes them, and the bytes of four heap spaces (old, large objects,
    /// code, others).
    #[napi(catch_unwind)]
    pub fn push(&mut self, row: &[f64]) -> Result<()> {
        let wanted = FIELDS + SPACES;
        let (Some(fields), Some(spaces)) = (row.get(..FIELDS), row.get(FIELDS..wanted)) else {
            return Err(to_napi(Error::invalid(format!(
                "row: {} numbers, expected {wanted}",
                row.len()
            ))));
        };
        let mut bytes = [f64::NAN; SPACES];
        bytes.copy_from_slice(spaces);
        self.hint.push(&sample(fields), bytes[0]);
        self.series.push(sample(fields), bytes);
        Ok(())
    }

    /// Whether memory may be rising: worth a closer look, and no more.
    #[napi(catch_unwind)]
    pub fn may_rise(&self) -> bool {
        self.hint.may_rise()
    }

    /// Whether that is so, and no collection has told how much of it stays. O(1).
    #[napi(catch_unwind)]
    pub fn rises_unseen(&self) -> bool {
        self.hint.rises_unseen()
    }

    /// Judges what was read so far, for good: verdicts in a row make a finding stand.
    #[napi(catch_unwind)]
    pub fn judge(&mut self, now_s: f64) -> Result<NativeTrend> {
        let trend = analyze_life(&self.series.samples());
        self.standing.see(now_s, &trend);
        NativeTrend::of(&trend)
    }

    /// The name of the field whose growth stands; null while none does.
    #[napi(catch_unwind)]
    pub fn stands(&self) -> Option<String> {
        self.standing
            .stands()
            .map(|growth| growth.metric.field().to_owned())
    }

    /// JSON of the facts of what stands, with JSON of the places where what stays was allocated, if these are known.
    #[napi(catch_unwind)]
    pub fn finding(
        &self,
        now_s: f64,
        left_s: f64,
        thread: String,
        sites: String,
        evidence: String,
    ) -> Result<Option<String>> {
        let Some(growth) = self.standing.stands() else {
            return Ok(None);
        };
        let (times, since_s) = self.standing.said();
        let stood = Stood {
            growth,
            times,
            stood_s: now_s - since_s,
            span_s: self.series.span_s(),
            readings: self.series.readings(),
            left_s,
            spaces: self.series.spaces_grown(),
            thread,
        };
        let sites: Vec<SiteShare> = facts(&sites)?;
        let evidence: Vec<Evidence> = facts(&evidence)?;
        json(&stood.finding(sites, evidence)).map(Some)
    }

    /// Growth that stands, in bytes an hour; null while none does.
    #[napi(catch_unwind)]
    pub fn per_hour(&self) -> Option<f64> {
        self.standing.stands().map(|growth| growth.per_hour)
    }

    /// The history as rows of [`analyze_trend`].
    #[napi(catch_unwind)]
    pub fn rows(&self) -> Vec<f64> {
        self.series.samples().iter().flat_map(row).collect()
    }

    /// Readings taken, seconds seen, bytes held.
    #[napi(catch_unwind)]
    pub fn usage(&self) -> Vec<f64> {
        let held = self.series.bytes() as f64;
        vec![self.series.readings() as f64, self.series.span_s(), held]
    }
}

fn row(s: &Sample) -> [f64; FIELDS] {
    [
        s.t,
        s.heap_used,
        s.external,
        s.array_buffers,
        s.rss,
        s.malloc_used,
        s.malloc_free,
        s.limit,
        s.major,
        s.minor,
        s.floor,
        s.floor_external,
    ]
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

fn confidence(growth: &Growth, verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Leaking(_) if growth.is_certain => "certain",
        Verdict::Leaking(_) => "likely",
        _ => "possible",
    }
}
