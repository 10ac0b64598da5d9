//! What holds something, in words: `Map 'sessions'`.

use super::nouns::things;
use super::numbers::{amount, duration};
use crate::finding::{Evidence, Finding, Held, Holder};

/// A container by its class, and by the name that the program has for it.
pub(super) fn container(holder: &Holder) -> String {
    let class = holder.class.as_deref().unwrap_or("(root)");
    named(holder, class)
}

fn named(holder: &Holder, what: &str) -> String {
    match &holder.name {
        Some(name) if holder.is_local => format!("{what} in a local variable of {name}"),
        Some(name) if name != what => format!("{what} '{name}'"),
        _ => what.to_owned(),
    }
}

/// Where the code stands that owns it: ` (/app/a.js:3)`.
pub(super) fn at(holder: &Holder) -> String {
    let place = holder.place.as_ref();
    place.map_or_else(String::new, |p| format!(" ({}:{})", p.file, p.line))
}

/// What holds what grew.
pub(super) fn of_growth(holder: &Holder) -> String {
    match holder.held {
        Some(Held::Timers) => "Node's list of active timers".to_owned(),
        Some(Held::Immediates) => "Node's queue of immediates".to_owned(),
        Some(Held::Modules) if !holder.is_container => "Node's list of ES modules".to_owned(),
        _ if !holder.is_container => named(holder, "(root)"),
        _ => container(holder),
    }
}

/// What holds memory that grows, and what it gained: the headline, where that is known.
pub(super) fn of_memory(finding: &Finding) -> Option<String> {
    let held = finding.holder.as_ref()?;
    finding.evidence.iter().find_map(|one| match one {
        Evidence::Gained {
            of,
            count,
            bytes,
            seconds,
            ..
        } => Some(format!(
            "{}{} gained {} {} ({}) in {}",
            of_growth(held),
            at(held),
            amount(*count, false),
            things(of),
            amount(*bytes, true),
            duration(seconds * 1000.0)
        )),
        _ => None,
    })
}

/// What holds one object.
pub(super) fn of_object(holder: &Holder) -> String {
    let class = holder.class.as_deref();
    let or = |what: &'static str| match class {
        Some(class) if holder.is_container => named(holder, class),
        _ => named(holder, what),
    };
    let by = match holder.held {
        Some(Held::Timers) => "a pending timer".to_owned(),
        Some(Held::Immediates) => "a pending immediate".to_owned(),
        Some(Held::Listeners) => {
            let event = holder.event.as_ref();
            let event = event.map_or_else(String::new, |event| format!("'{event}' "));
            format!("a {event}listener of {}", or("an emitter"))
        }
        Some(Held::Reactions) => {
            format!("a reaction on {}, which is pending", or("a promise"))
        }
        Some(Held::Dependents) => format!("dependent signals of {}", or("a signal")),
        Some(Held::Modules) if !holder.is_container => "a module".to_owned(),
        Some(Held::Modules) | None if holder.is_container => container(holder),
        _ if holder.is_awaited => match class {
            Some(function) => format!("a local variable of the {function}"),
            None => "a local variable".to_owned(),
        },
        _ => match &holder.name {
            Some(name) => format!("'{name}'"),
            None => class.unwrap_or("V8").to_owned(),
        },
    };
    let store = if holder.is_in_store {
        ", in the store of an AsyncLocalStorage"
    } else {
        ""
    };
    format!("{by}{store}")
}
