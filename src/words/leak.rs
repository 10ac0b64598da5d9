//! How growth in proportion to calls becomes a finding.

use super::wording::{advice, amount, capitalised, finding_of, site_line, what};
use crate::finding::{Finding, Kind, SiteShare, Suspect};

/// What was measured: calls a round, and the readings around them.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Calls of each round.
    pub doses: Vec<f64>,
    /// One more than doses.
    pub readings: Vec<f64>,
}

/// How much for each call, as a person says it: `one for each call`, `one in 10 calls`, `1.0 KB for each call`.
pub fn per_call(rate: f64, is_bytes: bool) -> String {
    let whole = rate.round();
    match rate {
        rate if is_bytes => format!("{} for each call", amount(rate, true)),
        rate if whole >= 1.0 && (rate - whole).abs() <= 0.06 * whole => match whole {
            1.0 => "one for each call".to_owned(),
            many => format!("{} for each call", amount(many, false)),
        },
        rate if rate > 1.0 => format!("{rate:.1} for each call"),
        rate => match amount((1.0 / rate).max(1.0), false).as_str() {
            "1" => "nearly one for each call".to_owned(),
            calls => format!("one in {calls} calls"),
        },
    }
}

/// Puts something that grew in proportion to the calls into words. Of `suspect` the kind, label, sites and notes count.
pub fn explain_leak(suspect: &Suspect, measured: &Measured) -> Finding {
    let is_bytes = suspect.kind.is_bytes();
    let calls: f64 = measured.doses.iter().sum();
    let first = measured.readings.first().copied().unwrap_or(0.0);
    let total = measured.readings.last().copied().unwrap_or(0.0) - first;
    let rate = per_call(total / calls.max(1.0), is_bytes);
    let message = match suspect.kind {
        Kind::Collection => format!("{} grows, {rate}", subject(suspect)),
        _ if is_bytes => format!("{} grows by {rate}", subject(suspect)),
        _ => format!("{} stay, {rate}", subject(suspect)),
    };
    Finding {
        total,
        evidence: [rounds(measured, is_bytes)]
            .into_iter()
            .chain(site_lines(&suspect.sites))
            .chain(suspect.notes.iter().cloned())
            .collect(),
        advice: remedy(suspect),
        ..finding_of(suspect, message)
    }
}

fn subject(suspect: &Suspect) -> String {
    match suspect.kind {
        Kind::Closure => "Functions".to_owned(),
        Kind::Promise => "Promises".to_owned(),
        Kind::Object => format!("{} objects", suspect.label),
        Kind::Context => "Contexts (vm, scopes)".to_owned(),
        Kind::Collection => format!("A container of class {}", suspect.label),
        Kind::Heap => "The JavaScript heap".to_owned(),
        Kind::Native => "Memory of native code".to_owned(),
        Kind::Buffer => "Memory of Buffers".to_owned(),
        _ => capitalised(&what(suspect)),
    }
}

fn remedy(suspect: &Suspect) -> String {
    let text = match suspect.kind {
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
        _ => return advice(suspect),
    };
    text.to_owned()
}

/// The lines that made most of something, as evidence.
pub fn site_lines(sites: &[SiteShare]) -> Vec<String> {
    let all: f64 = sites.iter().map(|s| s.count).sum();
    sites.iter().take(3).filter_map(|s| site_line(s, all)).collect()
}

/// The doses and what each of them added.
pub fn rounds(measured: &Measured, is_bytes: bool) -> String {
    let deltas = measured.readings.windows(2).map(|pair| pair[1] - pair[0]);
    let parts: Vec<String> = measured
        .doses
        .iter()
        .zip(deltas)
        .map(|(&dose, delta)| format!("{} calls: {} more", amount(dose, false), amount(delta, is_bytes)))
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Confidence, Place};
    use crate::growth::Growth;

    fn suspect() -> Suspect {
        Suspect {
            kind: Kind::Listener,
            confidence: Confidence::Certain,
            label: "abort\nAbortSignal".into(),
            thread: String::new(),
            growth: Growth::default(),
            live: 0.0,
            high_water: 0.0,
            exact: true,
            is_one_place: true,
            sites: vec![SiteShare {
                frames: vec![Place {
                    function: "pTimeout".into(),
                    file: "/app/index.js".into(),
                    portable: "index.js".into(),
                    line: 12,
                    column: 3,
                }],
                count: 600.0,
            }],
            sign: None,
            notes: vec![],
            series: Vec::new(),
        }
    }

    #[test]
    fn a_leak_says_how_many_a_call_and_where() {
        let measured = Measured {
            doses: vec![100.0, 300.0, 200.0],
            readings: vec![5.0, 105.0, 405.0, 605.0],
        };
        let finding = explain_leak(&suspect(), &measured);
        assert_eq!(
            finding.message,
            "'abort' listeners on one AbortSignal stay, one for each call; added at pTimeout (/app/index.js:12)"
        );
        assert_eq!(
            finding.evidence[0],
            "100 calls: 100 more; 300 calls: 300 more; 200 calls: 200 more"
        );
    }

    #[test]
    fn rates_are_said_as_a_person_would() {
        assert_eq!(per_call(0.1, false), "one in 10 calls");
        assert_eq!(per_call(0.9, false), "nearly one for each call");
        assert_eq!(per_call(1.01, false), "one for each call");
        assert_eq!(per_call(2.0, false), "2 for each call");
        assert_eq!(per_call(1.5, false), "1.5 for each call");
        assert_eq!(per_call(4096.0, true), "4.1 KB for each call");
    }
}
