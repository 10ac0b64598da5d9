//! One thing that a finding rests on, as a line.

use super::nouns::{descriptors, site_lines};
use super::numbers::{amount, duration};
use crate::finding::{Bounded, Evidence, Meanwhile, Place};

fn number(value: f64) -> String {
    amount(value, false)
}

fn size(bytes: f64) -> String {
    amount(bytes, true)
}

fn at(place: Option<&Place>, before: &str) -> String {
    place.map_or_else(String::new, |p| format!("{before}{}:{}", p.file, p.line))
}

/// The lines of one thing: most have one. What a message says already has none.
pub(super) fn lines(evidence: &Evidence) -> Vec<String> {
    match evidence {
        Evidence::Allocated { sites } => site_lines(sites, "of the bytes allocated"),
        Evidence::NewKeys { .. } => new_keys(evidence),
        Evidence::Retains { .. } => Vec::new(),
        other => vec![line(other)],
    }
}

/// One thing as one line.
pub fn line(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Warned => "Node.js warned of it (MaxListenersExceededWarning)".to_owned(),
        Evidence::NewKeys { .. } | Evidence::Allocated { .. } => lines(evidence).join("; "),
        Evidence::Rounds {
            source,
            name,
            doses,
            deltas,
        } => rounds(source, name, doses, deltas),
        Evidence::Addon { addon, by } => {
            format!("loaded native addon: {addon}{}", at(by.as_ref(), ", by "))
        }
        Evidence::Capacity { places, each_bytes } => format!(
            "{} places, each of which may retain {}: {} when all are taken",
            number(*places),
            size(*each_bytes),
            size(places * each_bytes)
        ),
        Evidence::Retains { bytes } => format!("it retains {}", size(*bytes)),
        Evidence::Slice { whole_bytes } => format!(
            "one of them is a slice, which retains its whole string: {}",
            size(*whole_bytes)
        ),
        Evidence::View { whole_bytes } => format!(
            "one of them is a view, which retains its whole ArrayBuffer: {}",
            size(*whole_bytes)
        ),
        Evidence::Variable {
            name,
            class,
            bytes,
            place,
        } => format!(
            "most of one is the variable '{name}' ({class}, {}) in the scope{}",
            size(*bytes),
            at(place.as_ref(), " of the function at ")
        ),
        Evidence::Property { name, class, bytes } => {
            format!("most of one is {name} ({class}, {})", size(*bytes))
        }
        Evidence::Behind { names } => format!("retained only through it: {}", names.join(", ")),
        Evidence::WatchedAt { place } => {
            let function = match place.function.as_str() {
                "" => String::new(),
                name => format!(", in {name}"),
            };
            format!("watched at {}:{}{function}", place.file, place.line)
        }
        Evidence::WatchedBy { test } => format!("watched by test '{test}'"),
        Evidence::Survivors { count } => {
            format!(
                "{} of the survivors are retained this way",
                number(f64::from(*count))
            )
        }
        Evidence::HolderGrew { from, to, lives } => format!(
            "the container grew from {} to {} entries of that kind in {} lives",
            number(*from),
            number(*to),
            number(*lives)
        ),
        Evidence::MayEnd { by } => format!("it may end by itself: {}", meanwhile(*by)),
        Evidence::Bound(Bounded { name, at, entries }) => match at {
            Some(bound) => format!(
                "its code bounds {name} at {} entries; it has {} so far",
                number(*bound),
                number(*entries)
            ),
            None => {
                format!("its code removes entries from {name}, or could not be read: it may still be filling")
            }
        },
        Evidence::MayFill => {
            "what fills, warms up or waits looks the same so far: a leak is told once heap graphs show a container that goes on growing"
                .to_owned()
        }
        Evidence::InStore => {
            "what starts while an AsyncLocalStorage has a store retains that store for as long as it lives"
                .to_owned()
        }
        Evidence::Routes { routes } => {
            let named = routes
                .iter()
                .map(|share| format!("{} ({})", share.route, share.count));
            format!("routes: {}", named.collect::<Vec<_>>().join(", "))
        }
        Evidence::GrowsToo { message } => format!("also growing: {message}"),
        Evidence::Profile { seconds, bytes } => format!(
            "heap profile of {seconds:.0} s: {} allocated in its first half stayed in memory",
            size(*bytes)
        ),
        Evidence::Census {
            of,
            name,
            from,
            to,
            seconds,
        } => census(of, name, *from, *to, *seconds),
        Evidence::Gained {
            bytes,
            share,
            seconds,
            ..
        } => format!(
            "{} is {:.0} % of what the heap gained in {}, by graphs of copies of the process",
            size(*bytes),
            share * 100.0,
            duration(seconds * 1000.0)
        ),
        Evidence::Owner { .. } => owner(evidence),
        Evidence::NotSeen { what, why } => match what.as_str() {
            "profile" => format!("no heap profile: {why}"),
            "census" => format!("no heap census: {why}"),
            "comparison" => format!("heap censuses not compared: {why}"),
            _ => format!("no heap graph: {why}"),
        },
    }
}

fn new_keys(evidence: &Evidence) -> Vec<String> {
    let Evidence::NewKeys {
        hits,
        misses,
        additions,
        keys,
        places,
        evictions,
        stale,
        entries,
        ..
    } = evidence
    else {
        return Vec::new();
    };
    vec![
        format!(
            "about {} different keys in {} additions, for {} places",
            number(*keys),
            number(*additions),
            number(*places)
        ),
        format!(
            "{} hits, {} misses, {} evictions, {} stale; {} entries now",
            number(*hits),
            number(*misses),
            number(*evictions),
            number(*stale),
            number(*entries)
        ),
    ]
}

fn rounds(source: &str, name: &str, doses: &[f64], deltas: &[f64]) -> String {
    let what = match source {
        "memory" => format!("bytes of the {name}"),
        "bytes" => format!("bytes of {name}s"),
        "container" => format!("entries of one {name}"),
        "class" => format!("live {name} objects"),
        _ => counted(name),
    };
    let each = doses
        .iter()
        .zip(deltas)
        .map(|(&dose, &delta)| format!("{} more in {} calls", number(delta), number(dose)));
    format!("{what}: {}", each.collect::<Vec<_>>().join(", "))
}

/// What a count is called, of its name in a measurement: `listener:change` and a class on a line of its own, `fd:file`.
fn counted(name: &str) -> String {
    if let Some(label) = name.strip_prefix("listener:") {
        let (event, class) = label.split_once('\n').unwrap_or((label, ""));
        return match class {
            "" => format!("'{event}' listeners"),
            class => format!("'{event}' listeners on one {class}"),
        };
    }
    name.strip_prefix("fd:")
        .map_or_else(|| name.to_owned(), descriptors)
}

fn census(of: &str, name: &str, from: f64, to: f64, seconds: f64) -> String {
    let figure = |value| amount(value, of == "buffer");
    let what = match of {
        "class" => "objects of ",
        "container" => "entries of ",
        "listener" => "listeners of ",
        _ => "",
    };
    format!(
        "census: {what}{name} grew from {} to {} in {seconds:.0} s",
        figure(from),
        figure(to)
    )
}

fn owner(evidence: &Evidence) -> String {
    let Evidence::Owner {
        name,
        class,
        count,
        retained_bytes,
        within,
        place,
        most,
    } = evidence
    else {
        return String::new();
    };
    let bytes = size(*retained_bytes);
    let Some(name) = name else {
        return format!("captured heap: {} {class} objects retain {bytes}", number(*count));
    };
    let many = if *count > 1.0 {
        format!("{} of ", number(*count))
    } else {
        String::new()
    };
    let within = within.as_ref().map_or_else(String::new, |of| format!(", {of}"));
    let most = most.as_ref().map_or_else(String::new, |one| {
        format!(
            ", {} of it by {} of {}",
            size(one.retained_bytes),
            number(one.count),
            one.class
        )
    });
    format!(
        "captured heap: {name} ({many}{class}{within}){} retains {bytes}{most}",
        at(place.as_ref(), " at ")
    )
}

const fn meanwhile(by: Meanwhile) -> &'static str {
    match by {
        Meanwhile::Timer => "only a pending timer retains it",
        Meanwhile::Context => "only an asynchronous context (AsyncLocalStorage) retains it",
        Meanwhile::Parser => "only an HTTP parser retains it",
        Meanwhile::Agent => "only an agent of node:http retains it",
        Meanwhile::Connection => "only an open connection retains it",
    }
}

#[cfg(test)]
mod tests {
    use super::rounds;

    #[test]
    fn counts_are_called_as_findings_call_them() {
        let said = |name| rounds("count", name, &[10.0], &[10.0]);
        assert_eq!(
            said("listener:x\nEventEmitter"),
            "'x' listeners on one EventEmitter: 10 more in 10 calls"
        );
        assert_eq!(said("listener:x"), "'x' listeners: 10 more in 10 calls");
        assert_eq!(said("fd:file"), "open file descriptors: 10 more in 10 calls");
        assert_eq!(said("fd:pipe"), "open pipe descriptors: 10 more in 10 calls");
        assert_eq!(said("setInterval"), "setInterval: 10 more in 10 calls");
    }
}
