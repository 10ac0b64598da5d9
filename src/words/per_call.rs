//! Growth in proportion to the calls of an operation.

use super::evidence::{lines, made_at};
use super::nouns::{singular, site_lines, things, verb};
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
    let (one, others, is, are, after) = thing(finding);
    let (what, does) = if is_one { (one, is) } else { (others, are) };
    capitalised(&format!("{many} {what} {per} {does}{after}"))
}

/// One and many of them, what one and many do, and where.
fn thing(finding: &Finding) -> (String, String, &'static str, &'static str, String) {
    let here = String::new();
    let same = |one: &str, is, are| (one.to_owned(), format!("{one}s"), is, are, String::new());
    match (&finding.subject, finding.kind) {
        (Subject::Listeners { event, class, spread }, _) => {
            let of = event
                .as_ref()
                .map_or_else(String::new, |event| format!("'{event}' "));
            let after = match class {
                Some(class) if *spread => format!(", spread over many {class} objects"),
                Some(class) => format!(" on one {class}"),
                None => String::new(),
            };
            (
                format!("{of}listener"),
                format!("{of}listeners"),
                "stays",
                "stay",
                after,
            )
        }
        (Subject::Dependents { class, spread }, _) => {
            let class = class.as_deref().unwrap_or("AbortSignal");
            let after = if *spread {
                format!(" on long-lived {class} objects")
            } else {
                format!(" on one {class}")
            };
            let one = "dependent signal (AbortSignal.any)".to_owned();
            let many = "dependent signals (AbortSignal.any)".to_owned();
            (one, many, "stays", "stay", after)
        }
        (Subject::Descriptors { of }, _) => {
            let one = if of == "file" {
                "file descriptor".to_owned()
            } else {
                format!("{of} descriptor")
            };
            same(&one, "is never closed", "are never closed")
        }
        (
            Subject::Timers {
                function: Some(function),
            },
            _,
        ) if function == "setInterval" => same("interval", "is never cleared", "are never cleared"),
        (Subject::Timers { .. }, _) => same("timer", "stays pending", "stay pending"),
        (_, Kind::Handle) => {
            let many = things(&finding.subject);
            (singular(&many), many, "is never closed", "are never closed", here)
        }
        (_, Kind::Closure) => same("function", "stays in memory", "stay in memory"),
        (_, Kind::Promise) => same("promise", "stays in memory", "stay in memory"),
        (_, Kind::Context) => {
            let (one, many) = (
                "context (vm or scope)".to_owned(),
                "contexts (vm or scope)".to_owned(),
            );
            (one, many, "stays in memory", "stay in memory", here)
        }
        (Subject::Objects { class }, _) => {
            same(&format!("{class} object"), "stays in memory", "stay in memory")
        }
        _ => {
            let many = things(&finding.subject);
            (singular(&many), many, "stays", "stay", here)
        }
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
