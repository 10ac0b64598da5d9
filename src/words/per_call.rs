//! Growth in proportion to the calls of an operation.

use super::evidence::{lines, made_at};
use super::nouns::{site_lines, things, verb};
use super::numbers::{amount, capitalised, per_call};
use super::said::Words;
use super::{grew, holder};
use crate::finding::{Finding, Kind, Subject};

pub(super) fn words(finding: &Finding, doses: &[f64], readings: &[f64]) -> Words {
    let is_bytes = finding.kind.is_bytes();
    let rate = per_call(finding.change.per_operation().unwrap_or(0.0), is_bytes);
    let what = subject(finding);
    let comma = match &finding.subject {
        Subject::Listeners { spread: true, .. } | Subject::Dependents { spread: true, .. } => ",",
        _ => "",
    };
    let grows = match finding.kind {
        Kind::Collection => format!("{what} grows, {rate}"),
        _ if is_bytes => format!("{what} grows by {rate}"),
        _ => format!("{what}{comma} stay, {rate}"),
    };
    let made = finding.sites.first().and_then(|site| site.frames.first());
    let mut evidence = vec![rounds(doses, readings, is_bytes)];
    evidence.extend(site_lines(&finding.sites, "made"));
    evidence.extend(finding.evidence.iter().flat_map(lines));
    Words {
        message: format!("{grows}{}", made_at(verb(finding.kind), made)),
        evidence,
        advice: advice(finding).to_owned(),
    }
}

fn subject(finding: &Finding) -> String {
    match (finding.kind, &finding.subject) {
        (Kind::Closure, _) => "Functions".to_owned(),
        (Kind::Promise, _) => "Promises".to_owned(),
        (Kind::Object, Subject::Objects { class }) => format!("{class} objects"),
        (Kind::Context, _) => "Contexts (vm, scopes)".to_owned(),
        (Kind::Collection, _) => match &finding.holder {
            Some(held) => format!("{}{}", holder::container(held), holder::at(held)),
            None => capitalised(&things(&finding.subject)),
        },
        (Kind::Heap, _) => "The JavaScript heap".to_owned(),
        (Kind::Native, _) => "Memory of native code".to_owned(),
        (Kind::Buffer, _) => "Memory of Buffers".to_owned(),
        _ => capitalised(&things(&finding.subject)),
    }
}

fn advice(finding: &Finding) -> &'static str {
    match finding.kind {
        Kind::Object | Kind::Closure | Kind::String => {
            "Find what still refers to them (the line that allocates them is a good start), and drop it when the operation ends."
        }
        Kind::Promise => {
            "Let the promise settle (or time it out), or do not wait for one that lives as long as the program."
        }
        Kind::Context => "Drop what refers to the context: an object or a function of it keeps all of it.",
        Kind::Collection => {
            "Delete entries when they are done with, or bound the container, or key it weakly."
        }
        Kind::Heap => {
            "No container has more entries: look for values that take the place of smaller ones (slices keep the whole string), and for strings that are added to."
        }
        Kind::Native => {
            "Free what native code allocates for each call: look at the addon's release or close calls, and at its version."
        }
        _ => grew::advice(finding),
    }
}

/// The rounds and what each of them added.
fn rounds(doses: &[f64], readings: &[f64], is_bytes: bool) -> String {
    let deltas = readings.windows(2).map(|pair| pair[1] - pair[0]);
    let parts: Vec<String> = doses
        .iter()
        .zip(deltas)
        .map(|(&dose, delta)| format!("{} calls: {} more", amount(dose, false), amount(delta, is_bytes)))
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::super::words as of;
    use crate::finding::{Change, Confidence, Kind, Subject};
    use crate::words::grew::tests::finding;

    #[test]
    fn a_leak_says_how_many_a_call_and_where() {
        let mut leak = finding(12);
        leak.confidence = Confidence::Certain;
        leak.subject = Subject::of_count(Kind::Listener, "abort\nAbortSignal", true);
        leak.change = Change::PerCall {
            doses: vec![100.0, 300.0, 200.0],
            readings: vec![5.0, 105.0, 405.0, 605.0],
        };
        let said = of(&leak);
        assert_eq!(
            said.message,
            "'abort' listeners on one AbortSignal stay, one for each call; added at handle (/app/src/a.js:12)"
        );
        assert_eq!(
            said.evidence[0],
            "100 calls: 100 more; 300 calls: 300 more; 200 calls: 200 more"
        );
    }
}
