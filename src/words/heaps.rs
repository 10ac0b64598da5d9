//! Growth from one heap graph to the next: what holds more, of what, and what that drags along.

use super::evidence::{line, lines};
use super::holder::{at, of_growth};
use super::nouns::{made_at, site_lines, things};
use super::numbers::{amount, per_calls};
use super::said::Words;
use crate::finding::{Evidence, Finding, Held, Holder, Kind};

/// Of smaller memory it does not matter whether a view keeps it whole, in bytes.
const WHOLE_BYTES_MIN: f64 = 1000.0;

pub(super) fn words(finding: &Finding, counts: &[f64], bytes: &[f64], rate: Option<f64>) -> Words {
    let root = Holder::default();
    let held = finding.holder.as_ref().unwrap_or(&root);
    let holder = of_growth(held);
    let added = |values: &[f64]| values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
    let rises = if counts.len() > 2 {
        ", growing in every snapshot"
    } else {
        ""
    };
    let message = format!(
        "{holder}{} gained {} {} ({}){}{rises}{}{}",
        at(held),
        amount(added(counts), false),
        things(&finding.subject),
        amount(added(bytes).max(0.0), true),
        rate.map_or_else(String::new, per),
        drags(finding),
        made_at(
            "added",
            finding.added.first().and_then(|site| site.frames.first())
        )
    );
    Words {
        message,
        evidence: evidence(finding, &holder, counts, bytes),
        advice: advice(finding, held).to_owned(),
    }
}

fn per(rate: f64) -> String {
    let (many, per) = per_calls(rate);
    format!(", {many} {per}")
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
    all.extend(site_lines(&finding.added, "added"));
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
            "; each is a slice that retains a whole string of {}",
            amount(*whole_bytes, true)
        )),
        Evidence::View { whole_bytes } if *whole_bytes >= WHOLE_BYTES_MIN => Some(format!(
            "; each is a view that retains a whole ArrayBuffer of {}",
            amount(*whole_bytes, true)
        )),
        Evidence::Variable { name, bytes, .. } if finding.kind == Kind::Context => Some(format!(
            "; the scope of each retains '{name}' ({})",
            amount(*bytes, true)
        )),
        _ => None,
    };
    finding.evidence.iter().find_map(drag).unwrap_or_default()
}

/// What to do about a container that gains things.
pub(super) fn advice(finding: &Finding, holder: &Holder) -> &'static str {
    let has = |wanted: fn(&Evidence) -> bool| finding.evidence.iter().any(wanted);
    match finding.kind {
        _ if holder.held == Some(Held::Modules) => {
            "Import or require a file once, under one name: Node keeps every module until the program ends, also those deleted from require.cache (in the children of the modules that required them)."
        }
        Kind::Listener if holder.held == Some(Held::Dependents) => {
            "Combine signals once per operation and release the combined signal; for a signal that lives as long as the program, add a listener and remove it instead."
        }
        Kind::Listener => "Remove the listener on every code path, or subscribe once, outside the operation.",
        Kind::Timer => "Clear the timer on every path on which its owner ends.",
        Kind::Promise => {
            "Settle the promise (or time it out), and do not wait on a promise that lives as long as the program."
        }
        Kind::Closure | Kind::Context if has(|one| matches!(one, Evidence::Variable { .. })) => {
            "Release the function when it is no longer needed. Functions of one scope share its variables: move a large one that another function needs into a scope of its own."
        }
        Kind::Closure | Kind::Context => {
            "Release the function when it is no longer needed, or let it capture less."
        }
        Kind::String if has(|one| matches!(one, Evidence::Slice { .. })) => {
            "Delete entries that are no longer needed, and store a copy instead of a slice of the string, for example Buffer.from(part).toString()."
        }
        Kind::Buffer => {
            "Delete entries that are no longer needed; where a view is much smaller than its ArrayBuffer, or from Buffer's pool, store a copy (Uint8Array.prototype.slice, Buffer.copyBytesFrom)."
        }
        _ => "Delete entries that are no longer needed, bound the container, or use weak keys.",
    }
}
