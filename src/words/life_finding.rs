//! How lives that are over and stay become a finding: requests that were answered, sockets that are closed.

use super::heap_finding::hash;
use super::kept_finding::{Watched, explain_kept, keeper};
use super::wording::amount;
use crate::finding::{Confidence, Finding, Kind};
use crate::graph::{Kept, Meanwhile};

/// What is known of the lives of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lived {
    /// One and many of them: `server request`, `server requests`.
    pub one: String,
    /// See [`Lived::one`].
    pub many: String,
    /// How sure.
    pub confidence: Confidence,
    /// Of so many that were over `age` or more later lives ago …
    pub followed: u32,
    /// … so many are there.
    pub alive: u32,
    /// See [`Lived::followed`].
    pub age: f64,
    /// Lives of the kind that have begun while it was followed.
    pub begun: f64,
    /// Survivors an hour of all, estimated.
    pub per_hour: f64,
    /// Lines about them: routes.
    pub notes: Vec<String>,
}

/// How lives are held.
#[derive(Debug, Clone)]
pub struct Hold<'a> {
    /// By what.
    pub kept: &'a Kept,
    /// Survivors that are held so.
    pub many: u32,
    /// What holds things for a while, where nothing else does.
    pub meanwhile: Option<Meanwhile>,
    /// Entries of the container at an earlier look and now, and the lives between; none where it did not grow.
    pub grew: Option<(u32, u32, f64)>,
    /// Why this is not surer: a bound that the code has.
    pub bound: Option<String>,
}

/// Puts lives into words, with what holds them where a heap was looked at.
pub fn explain_life(lived: &Lived, hold: Option<&Hold>) -> Finding {
    let subject = format!(
        "{} of {} followed {} are over and stay in memory",
        count(lived.alive),
        count(lived.followed),
        lived.many
    );
    let Some(hold) = hold else {
        return unseen(lived, &subject);
    };
    let kept = hold.kept;
    let place = kept.place.as_ref();
    let at = place
        .map(|p| format!(" ({}:{})", p.file, p.line))
        .unwrap_or_default();
    let watched = Watched {
        label: lived.many.clone(),
        scope: String::new(),
    };
    Finding {
        message: format!("{subject}: retained by {}{at}", keeper(kept)),
        total: f64::from(lived.alive),
        per_hour: lived.per_hour,
        confidence: lived.confidence,
        evidence: lines(lived, held(lived, hold)),
        ..explain_kept(&watched, kept, lived.alive, &[])
    }
}

/// What it rests on; `held` says more of what holds them.
fn lines(lived: &Lived, held: impl IntoIterator<Item = String>) -> Vec<String> {
    evidence(lived)
        .into_iter()
        .chain(held)
        .chain(lived.notes.iter().cloned())
        .collect()
}

fn unseen(lived: &Lived, subject: &str) -> Finding {
    Finding {
        kind: Kind::Object,
        message: format!("{subject}; no heap graph has shown what retains them"),
        name: Some(lived.one.clone()),
        culprit: None,
        unit: "count",
        total: f64::from(lived.alive),
        per_hour: lived.per_hour,
        confidence: lived.confidence,
        evidence: lines(lived, None),
        fingerprint: hash(["life", &lived.many].map(str::to_owned).into_iter(), None),
        advice: "Find what still refers to them, and drop that when they are done with.".to_owned(),
        retainer_path: Vec::new(),
        counts: Vec::new(),
        places: 0,
    }
}

fn evidence(lived: &Lived) -> Vec<String> {
    if lived.age == 0.0 {
        return vec!["they outlived full collections, some turns of the event loop apart".to_owned()];
    }
    vec![
        format!(
            "of {} followed {} that ended more than {} {} ago {} are alive, after at least two major GCs",
            count(lived.followed),
            lived.many,
            amount(lived.age, false),
            lived.many,
            count(lived.alive)
        ),
        format!("{} {} began meanwhile", amount(lived.begun, false), lived.many),
    ]
}

fn held(lived: &Lived, hold: &Hold) -> Vec<String> {
    let mut lines = vec![format!(
        "{} of the survivors are retained so; one retains {}",
        count(hold.many),
        amount(hold.kept.bytes as f64, true)
    )];
    if let Some((from, to, lives)) = hold.grew {
        lines.push(format!(
            "the container grew from {} to {} entries of that kind in {} {}",
            count(from),
            count(to),
            amount(lives, false),
            lived.many
        ));
    }
    if let Some(meanwhile) = hold.meanwhile {
        lines.push(format!("it may end by itself: {}", word(meanwhile)));
    }
    lines.extend(hold.bound.clone());
    lines
}

fn count(value: u32) -> String {
    amount(f64::from(value), false)
}

const fn word(meanwhile: Meanwhile) -> &'static str {
    match meanwhile {
        Meanwhile::Timer => "only a timer that has not fired holds it",
        Meanwhile::Context => "only an asynchronous context (AsyncLocalStorage) holds it",
        Meanwhile::Parser => "only an HTTP parser holds it",
        Meanwhile::Agent => "only an agent of node:http holds it",
        Meanwhile::Connection => "only an open connection holds it",
    }
}
