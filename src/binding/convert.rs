//! Plain objects that cross the boundary, and their conversion.

use napi_derive::napi;

use serde::Serialize;

use super::failure::{Failure, Result};
use super::json::{facts, json};
use crate::finding::{self, Evidence, Finding, RetainerStep, Unsettled};
use crate::{monitor, words};

/// See [`finding::Place`].
#[napi(object)]
pub struct NativePlace {
    pub function: String,
    pub file: String,
    pub portable: String,
    pub line: u32,
    pub column: u32,
}

/// A step of a path, and how its link is written.
#[derive(Serialize)]
pub struct ShownStep {
    edge: String,
    #[serde(flatten)]
    step: RetainerStep,
}

impl From<RetainerStep> for ShownStep {
    fn from(step: RetainerStep) -> Self {
        Self {
            edge: step.link.text(),
            step,
        }
    }
}

/// See [`words::Words`], and what is made of the facts besides.
#[napi(object)]
pub struct NativeWords {
    pub message: String,
    pub evidence: Vec<String>,
    pub advice: String,
    pub fingerprint: String,
    /// `count` or `bytes`.
    pub unit: String,
    pub total: f64,
    pub per_hour: Option<f64>,
    pub per_operation: Option<f64>,
    /// How each link of the path is written.
    pub edges: Vec<String>,
    /// Some of what leaks.
    pub samples: Vec<String>,
}

/// Puts a finding, whose places are source-mapped by now, into words.
#[napi(catch_unwind)]
pub fn words_of(finding: String) -> Result<NativeWords> {
    let finding: Finding = facts(&finding)?;
    let words::Words {
        message,
        evidence,
        advice,
    } = words::words(&finding);
    Ok(NativeWords {
        message,
        evidence,
        advice,
        fingerprint: finding.fingerprint(),
        unit: if finding.is_bytes() { "bytes" } else { "count" }.to_owned(),
        total: finding.change.total(),
        per_hour: finding.change.per_hour(),
        per_operation: finding.change.per_operation(),
        edges: finding.path.iter().map(|step| step.link.text()).collect(),
        samples: finding.samples.iter().map(words::sample).collect(),
    })
}

/// One thing that a finding rests on, as a line.
#[napi(catch_unwind)]
pub fn evidence_line(evidence: String) -> Result<String> {
    Ok(words::line(&facts::<Evidence>(&evidence)?))
}

/// See [`monitor::Check`], without its verdict: findings of others have a say in that.
#[napi(object)]
pub struct NativeCheck {
    /// JSON of a list of facts, their places as V8 has them.
    pub findings: String,
    /// How each of them grew: time in milliseconds and value, by turns.
    pub series: Vec<Vec<f64>>,
    pub undecided: Vec<NativeUndecided>,
    /// Threads whose memory rises and cannot be judged yet; the main one is empty.
    pub rising: Vec<String>,
    pub examined: Vec<NativeExamined>,
}

/// See [`words::unsettled`].
#[napi(object)]
pub struct NativeUndecided {
    pub text: String,
    pub reason: String,
}

/// See [`words::examined`].
#[napi(object)]
pub struct NativeExamined {
    pub text: String,
    pub what: String,
}

impl From<finding::Place> for NativePlace {
    fn from(p: finding::Place) -> Self {
        Self {
            function: p.function,
            file: p.file,
            portable: p.portable,
            line: p.line,
            column: p.column,
        }
    }
}

/// Pairs, one after the other.
pub fn flat(points: &[(f64, f64)]) -> Vec<f64> {
    points.iter().flat_map(|&(at, value)| [at, value]).collect()
}

impl TryFrom<monitor::Check> for NativeCheck {
    type Error = Failure;

    fn try_from(c: monitor::Check) -> Result<Self> {
        let series = c.suspects.iter().map(|suspect| flat(&suspect.series)).collect();
        let findings: Vec<Finding> = c.suspects.into_iter().map(Into::into).collect();
        Ok(Self {
            findings: json(&findings)?,
            series,
            rising: rising(&c.undecided),
            undecided: words::unsettled(&c.undecided)
                .into_iter()
                .map(Into::into)
                .collect(),
            examined: c.examined.iter().map(|one| words::examined(one).into()).collect(),
        })
    }
}

fn rising(undecided: &[Unsettled]) -> Vec<String> {
    let threads = undecided.iter().filter_map(|one| match one {
        Unsettled::Memory { thread, .. } => Some(thread.clone()),
        _ => None,
    });
    threads.collect()
}

impl From<words::Line> for NativeUndecided {
    fn from(line: words::Line) -> Self {
        Self {
            text: line.text,
            reason: line.word.to_owned(),
        }
    }
}

impl From<words::Line> for NativeExamined {
    fn from(line: words::Line) -> Self {
        Self {
            text: line.text,
            what: line.word.to_owned(),
        }
    }
}
