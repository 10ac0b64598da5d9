//! Plain objects that cross the boundary, and their conversion.

use napi_derive::napi;

use crate::finding::{self, Confidence, Kind};
use crate::growth::Growth;
use crate::{monitor, words};

/// What an export fails with: napi makes its first part the `code` of the error that JavaScript gets.
pub type Failure = napi::Error<&'static str>;

/// What an export gives.
pub type Result<T> = std::result::Result<T, Failure>;

/// Its code as a value. What the system says begins with the code, as Node has it.
pub fn to_napi(error: crate::error::Error) -> Failure {
    let is_ours = error.code.starts_with("ERR_");
    Failure::new(
        error.code,
        if is_ours { error.message } else { error.to_string() },
    )
}

/// What napi itself refuses: nothing that a caller can mend.
pub fn internal(error: napi::Error) -> Failure {
    to_napi(crate::error::Error::internal(error.reason))
}

/// See [`finding::Place`].
#[napi(object)]
pub struct NativePlace {
    pub function: String,
    pub file: String,
    pub portable: String,
    pub line: u32,
    pub column: u32,
}

/// See [`finding::SiteShare`].
#[napi(object)]
pub struct NativeSiteShare {
    pub frames: Vec<NativePlace>,
    pub count: f64,
}

/// See [`crate::growth::Growth`].
#[napi(object)]
pub struct NativeGrowth {
    pub from: f64,
    pub to: f64,
    pub since_ms: f64,
    pub until_ms: f64,
    pub steps: u32,
    pub intervals: u32,
    pub late_share: f64,
}

/// See [`finding::Suspect`].
#[napi(object)]
pub struct NativeSuspect {
    pub kind: String,
    pub confidence: String,
    pub label: String,
    pub thread: String,
    pub growth: NativeGrowth,
    pub live: f64,
    pub high_water: f64,
    pub exact: bool,
    pub is_one_place: bool,
    pub sites: Vec<NativeSiteShare>,
    pub notes: Vec<String>,
    /// Time in milliseconds and value, by turns.
    pub series: Option<Vec<f64>>,
}

/// See [`finding::Finding`].
#[napi(object)]
pub struct NativeFinding {
    pub kind: String,
    pub message: String,
    pub name: Option<String>,
    pub culprit: Option<NativePlace>,
    pub unit: String,
    pub total: f64,
    pub per_hour: f64,
    pub confidence: String,
    pub evidence: Vec<String>,
    pub fingerprint: String,
    pub advice: String,
    pub retainer_path: Vec<NativeStep>,
    pub counts: Vec<f64>,
    pub places: u32,
}

/// See [`finding::RetainerStep`].
#[napi(object)]
pub struct NativeStep {
    pub name: String,
    pub edge: String,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

/// See [`monitor::Check`], without its verdict: findings of others have a say in that.
#[napi(object)]
pub struct NativeCheck {
    pub suspects: Vec<NativeSuspect>,
    pub undecided: Vec<String>,
    pub looked: Vec<String>,
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

impl From<NativePlace> for finding::Place {
    fn from(p: NativePlace) -> Self {
        Self {
            function: p.function,
            file: p.file,
            portable: p.portable,
            line: p.line,
            column: p.column,
        }
    }
}

impl From<finding::SiteShare> for NativeSiteShare {
    fn from(s: finding::SiteShare) -> Self {
        Self {
            frames: s.frames.into_iter().map(Into::into).collect(),
            count: s.count,
        }
    }
}

impl From<NativeSiteShare> for finding::SiteShare {
    fn from(s: NativeSiteShare) -> Self {
        Self {
            frames: s.frames.into_iter().map(Into::into).collect(),
            count: s.count,
        }
    }
}

impl From<Growth> for NativeGrowth {
    fn from(g: Growth) -> Self {
        Self {
            from: g.from,
            to: g.to,
            since_ms: g.since_ms,
            until_ms: g.until_ms,
            steps: g.steps,
            intervals: g.intervals,
            late_share: g.late_share,
        }
    }
}

impl From<NativeGrowth> for Growth {
    fn from(g: NativeGrowth) -> Self {
        Self {
            from: g.from,
            to: g.to,
            since_ms: g.since_ms,
            until_ms: g.until_ms,
            // Of what is put into words nothing is judged any more.
            watched_ms: g.until_ms - g.since_ms,
            steps: g.steps,
            intervals: g.intervals,
            late_share: g.late_share,
        }
    }
}

/// Pairs, one after the other.
pub fn flat(points: &[(f64, f64)]) -> Vec<f64> {
    points.iter().flat_map(|&(at, value)| [at, value]).collect()
}

impl From<finding::Suspect> for NativeSuspect {
    fn from(s: finding::Suspect) -> Self {
        Self {
            kind: s.kind.name().to_owned(),
            confidence: s.confidence.name().to_owned(),
            label: s.label,
            thread: s.thread,
            growth: s.growth.into(),
            live: s.live,
            high_water: s.high_water,
            exact: s.exact,
            is_one_place: s.is_one_place,
            sites: s.sites.into_iter().map(Into::into).collect(),
            notes: s.notes,
            series: Some(flat(&s.series)),
        }
    }
}

impl TryFrom<NativeSuspect> for finding::Suspect {
    type Error = Failure;

    fn try_from(s: NativeSuspect) -> Result<Self> {
        let unknown = || {
            to_napi(crate::error::Error::invalid(format!(
                "suspect.kind: unknown kind '{}'",
                s.kind
            )))
        };
        Ok(Self {
            kind: Kind::from_name(&s.kind).ok_or_else(unknown)?,
            confidence: Confidence::from_name(&s.confidence),
            label: s.label,
            thread: s.thread,
            growth: s.growth.into(),
            live: s.live,
            high_water: s.high_water,
            exact: s.exact,
            is_one_place: s.is_one_place,
            sites: s.sites.into_iter().map(Into::into).collect(),
            sign: None,
            notes: s.notes,
            series: Vec::new(),
        })
    }
}

impl From<finding::RetainerStep> for NativeStep {
    fn from(s: finding::RetainerStep) -> Self {
        Self {
            name: s.name,
            edge: s.edge,
            file: s.file,
            line: s.line,
            column: s.column,
        }
    }
}

impl From<finding::Finding> for NativeFinding {
    fn from(f: finding::Finding) -> Self {
        Self {
            kind: f.kind.name().to_owned(),
            message: f.message,
            name: f.name,
            culprit: f.culprit.map(Into::into),
            unit: f.unit.to_owned(),
            total: f.total,
            per_hour: f.per_hour,
            confidence: f.confidence.name().to_owned(),
            evidence: f.evidence,
            fingerprint: f.fingerprint,
            advice: f.advice,
            retainer_path: f.retainer_path.into_iter().map(Into::into).collect(),
            counts: f.counts,
            places: f.places,
        }
    }
}

impl From<monitor::Check> for NativeCheck {
    fn from(c: monitor::Check) -> Self {
        Self {
            suspects: c
                .suspects
                .into_iter()
                .map(|suspect| words::noted(suspect).into())
                .collect(),
            undecided: words::unsettled(&c.undecided),
            looked: c.looked.iter().map(words::looked).collect(),
        }
    }
}
