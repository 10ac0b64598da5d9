//! Growth in proportion to the calls of an operation.

use super::evidence::lines;
use super::nouns::{made_at, singular, site_lines, things, verb};
use super::numbers::{amount, capitalised, per_calls};
use super::said::Words;
use super::{grew, holder};
use crate::finding::{Finding, Kind, Subject};

pub(super) fn words(finding: &Finding, doses: &[f64], readings: &[f64]) -> Words {
    let made = finding.sites.first().and_then(|site| site.frames.first());
    let is_bytes = finding.is_bytes();
    let mut evidence = vec![rounds(doses, readings, is_bytes)];
    evidence.extend(site_lines(&finding.sites, "made"));
    evidence.extend(finding.evidence.iter().flat_map(lines));
    Words {
        message: format!("{}{}", stays(finding), made_at(verb(finding.kind), made)),
        evidence,
        advice: advice(finding).to_owned(),
    }
}

/// What comes with the calls and does not go.
fn stays(finding: &Finding) -> String {
    let rate = finding.change.per_operation().unwrap_or(0.0);
    if finding.is_bytes() {
        let memory = match finding.kind {
            Kind::Heap => "The JavaScript heap grows",
            Kind::Buffer => "Memory of Buffers grows",
            _ => "Memory of native code grows",
        };
        return format!("{memory} by {} per call", amount(rate, true));
    }
    let (many, per) = per_calls(rate);
    let is_one = matches!(many.as_str(), "1" | "almost 1");
    if finding.kind == Kind::Collection {
        let what = match &finding.holder {
            Some(held) => format!("{}{}", holder::container(held), holder::at(held)),
            None => capitalised(&things(&finding.subject)),
        };
        let entries = if is_one { "entry" } else { "entries" };
        return format!("{what} gains {many} {entries} {per}");
    }
    let thing = thing(finding);
    let (what, does) = if is_one {
        (thing.one, thing.verb.0)
    } else {
        (thing.many, thing.verb.1)
    };
    capitalised(&format!("{many} {what} {per} {does}{}", thing.place))
}

/// What one and many do.
type Verb = (&'static str, &'static str);

const STAY: Verb = ("stays", "stay");
const STAY_IN_MEMORY: Verb = ("stays in memory", "stay in memory");
const NEVER_CLOSED: Verb = ("is never closed", "are never closed");

/// What does not go, for a sentence about one or many of them.
struct Thing {
    one: String,
    many: String,
    verb: Verb,
    /// Where they are; begins with a space or a comma, or is empty.
    place: String,
}

impl Thing {
    fn new(one: &str, verb: Verb) -> Self {
        Self::of(one.to_owned(), format!("{one}s"), verb)
    }

    fn of(one: String, many: String, verb: Verb) -> Self {
        Self {
            one,
            many,
            verb,
            place: String::new(),
        }
    }

    fn at(self, place: String) -> Self {
        Self { place, ..self }
    }
}

fn thing(finding: &Finding) -> Thing {
    let many = || things(&finding.subject);
    match (&finding.subject, finding.kind) {
        (Subject::Listeners { event, class, spread }, _) => {
            let one = match event {
                Some(event) => format!("'{event}' listener"),
                None => "listener".to_owned(),
            };
            Thing::new(&one, STAY).at(match class {
                Some(class) if *spread => format!(", spread over many {class} objects"),
                Some(class) => format!(" on one {class}"),
                None => String::new(),
            })
        }
        (Subject::Dependents { class, spread }, _) => {
            let class = class.as_deref().unwrap_or("AbortSignal");
            let one = "dependent signal (AbortSignal.any)".to_owned();
            let many = "dependent signals (AbortSignal.any)".to_owned();
            Thing::of(one, many, STAY).at(if *spread {
                format!(" on long-lived {class} objects")
            } else {
                format!(" on one {class}")
            })
        }
        (Subject::Descriptors { of }, _) if of == "file" => Thing::new("file descriptor", NEVER_CLOSED),
        (Subject::Descriptors { of }, _) => Thing::new(&format!("{of} descriptor"), NEVER_CLOSED),
        (
            Subject::Timers {
                function: Some(function),
            },
            _,
        ) if function == "setInterval" => Thing::new("interval", ("is never cleared", "are never cleared")),
        (Subject::Timers { .. }, _) => Thing::new("timer", ("stays pending", "stay pending")),
        (_, Kind::Handle) => Thing::of(singular(&many()), many(), NEVER_CLOSED),
        (_, Kind::Closure) => Thing::new("function", STAY_IN_MEMORY),
        (_, Kind::Promise) => Thing::new("promise", STAY_IN_MEMORY),
        (_, Kind::Context) => {
            let one = "context (vm or scope)".to_owned();
            Thing::of(one, "contexts (vm or scope)".to_owned(), STAY_IN_MEMORY)
        }
        (Subject::Objects { class }, _) => Thing::new(&format!("{class} object"), STAY_IN_MEMORY),
        _ => Thing::of(singular(&many()), many(), STAY),
    }
}

fn advice(finding: &Finding) -> &'static str {
    match finding.kind {
        Kind::Object | Kind::Closure | Kind::String => {
            "Find what still refers to them (start at the line that allocates them), and release it when the operation ends."
        }
        Kind::Promise => {
            "Settle the promise (or time it out), and do not wait on a promise that lives as long as the program."
        }
        Kind::Context => {
            "Release every reference into the context: one object or function of it retains all of it."
        }
        Kind::Collection => {
            "Delete entries that are no longer needed, bound the container, or use weak keys."
        }
        Kind::Heap => {
            "No container has more entries: look for values that replace smaller ones (a slice keeps its whole string), and for strings that are appended to."
        }
        Kind::Native => {
            "Free what native code allocates in each call: check the addon's release or close calls, and its version."
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
        .map(|(&dose, delta)| {
            format!(
                "{} more in {} calls",
                amount(delta, is_bytes),
                amount(dose, false)
            )
        })
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
            "1 'abort' listener per call stays on one AbortSignal; added at handle (/app/src/a.js:12)"
        );
        leak.change = Change::PerCall {
            doses: vec![100.0],
            readings: vec![0.0, 90.0],
        };
        assert!(
            of(&leak)
                .message
                .starts_with("Almost 1 'abort' listener per call stays on one AbortSignal"),
            "{}",
            of(&leak).message
        );
        assert_eq!(
            said.evidence[0],
            "100 more in 100 calls; 300 more in 300 calls; 200 more in 200 calls"
        );
    }
}
