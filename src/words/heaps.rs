//! Growth from one heap graph to the next: what holds more, of what, and what that drags along.

use super::evidence::{line, lines};
use super::holder::{at, of_growth};
use super::nouns::things;
use super::numbers::{amount, per_call};
use super::said::Words;
use crate::finding::{Evidence, Finding, Held, Holder, Kind};

/// Of smaller memory it does not matter whether a view keeps it whole, in bytes.
const WHOLE_BYTES_MIN: f64 = 1000.0;

pub(super) fn words(finding: &Finding, counts: &[f64], bytes: &[f64], rate: Option<f64>) -> Words {
    let root = Holder::default();
    let held = finding.holder.as_ref().unwrap_or(&root);
    let holder = of_growth(held);
    let added = |values: &[f64]| values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
    let keeps = match held.held {
        Some(Held::Reactions | Held::Dependents) => "keeps",
        _ => "holds",
    };
    let rises = if counts.len() > 2 {
        ", more at each snapshot"
    } else {
        ""
    };
    let message = format!(
        "{holder}{} {keeps} {} more {}, {} more in all{rises}{}{}",
        at(held),
        amount(added(counts), false),
        things(&finding.subject),
        amount(added(bytes).max(0.0), true),
        drags(finding),
        rate.map_or_else(String::new, |rate| format!(": {}", per_call(rate, false)))
    );
    Words {
        message,
        evidence: evidence(finding, &holder, counts, bytes),
        advice: advice(finding, held).to_owned(),
    }
}

fn evidence(finding: &Finding, holder: &str, counts: &[f64], bytes: &[f64]) -> Vec<String> {
    let series = |values: &[f64], is_bytes| {
        let all: Vec<String> = values.iter().map(|&value| amount(value, is_bytes)).collect();
        all.join(" -> ")
    };
    // What rounds of calls showed comes first: it is what the snapshots explain.
    let is_rounds = |evidence: &&Evidence| matches!(evidence, Evidence::Rounds { .. });
    let (rounds, others): (Vec<_>, Vec<_>) = finding.evidence.iter().partition(is_rounds);
    let mut all: Vec<String> = rounds.into_iter().map(line).collect();
    all.push(format!("{}: {}", things(&finding.subject), series(counts, false)));
    all.push(format!("bytes reached through them: {}", series(bytes, true)));
    for one in others {
        match one {
            Evidence::Retains { bytes } => {
                all.push(format!("{holder} retains {} now", amount(*bytes, true)));
            }
            other => all.extend(lines(other)),
        }
    }
    all
}

/// What small things keep that is large, for the message.
fn drags(finding: &Finding) -> String {
    let drag = |evidence: &Evidence| match evidence {
        Evidence::Slice { whole_bytes } => Some(format!(
            "; each is a slice that keeps a string of {} whole",
            amount(*whole_bytes, true)
        )),
        Evidence::View { whole_bytes } if *whole_bytes >= WHOLE_BYTES_MIN => Some(format!(
            "; each keeps an ArrayBuffer of {} whole, however small the view",
            amount(*whole_bytes, true)
        )),
        Evidence::Variable { name, bytes, .. } if finding.kind == Kind::Context => Some(format!(
            "; the scope of each keeps '{name}', {}",
            amount(*bytes, true)
        )),
        _ => None,
    };
    finding.evidence.iter().find_map(drag).unwrap_or_default()
}

fn advice(finding: &Finding, holder: &Holder) -> &'static str {
    let has = |wanted: fn(&Evidence) -> bool| finding.evidence.iter().any(wanted);
    match finding.kind {
        _ if holder.held == Some(Held::Modules) => {
            "Import or require a file once, under one name: Node keeps every module until the program ends, and one that was deleted from require.cache in the children of those that required it."
        }
        Kind::Listener if holder.held == Some(Held::Dependents) => {
            "Make one signal of several for each operation and let go of it, and do not follow one that lives as long as the program where a listener that is removed will do."
        }
        Kind::Listener => "Remove the listener on every way out, or subscribe once outside of the operation.",
        Kind::Timer => "Clear the timer on every way in which its owner can end.",
        Kind::Promise => {
            "Let the promise settle (or time it out), or do not wait for one that lives as long as the program."
        }
        Kind::Closure | Kind::Context if has(|one| matches!(one, Evidence::Variable { .. })) => {
            "Drop the function when it is done with; functions of one scope share its variables, so what is large and needed by another one only belongs in a scope of its own."
        }
        Kind::Closure | Kind::Context => "Drop the function when it is done with, or let it capture less.",
        Kind::String if has(|one| matches!(one, Evidence::Slice { .. })) => {
            "Delete entries when they are done with; keep a copy and not a slice of the string, for example Buffer.from(part).toString()."
        }
        Kind::Buffer => {
            "Delete entries when they are done with; where a view is much smaller than its whole ArrayBuffer, or from Buffer's pool, keep a copy (Uint8Array.prototype.slice, Buffer.copyBytesFrom)."
        }
        _ => "Delete entries when they are done with, bound the container, or key it weakly.",
    }
}
