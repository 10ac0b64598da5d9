//! How an object that ought to be gone, and is still there, becomes a finding.

use super::heap_finding::{event_of, hash, path, path_words, scope_name};
use super::wording::amount;
use crate::finding::{Confidence, Finding, Kind, Place};
use crate::graph::{Held, Kept, LOCAL_VARIABLE};

/// What was watched: objects that are kept alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The name it was watched under; empty where it has none.
    pub label: String,
    /// The scope that has ended; empty where there was none.
    pub scope: String,
}

/// The same for all objects that are kept alike, in each run and wherever lines move to.
pub fn kept_fingerprint(watched: &Watched, kept: &Kept) -> String {
    let file = kept.place.as_ref().map(|place| place.file.as_str());
    hash(
        path_words(kept.telling())
            .into_iter()
            .chain([watched.label.clone(), kept.class.clone()]),
        file,
    )
}

/// Puts `many` objects into words that are kept like this one. `behind` tells of others that it keeps.
pub fn explain_kept(watched: &Watched, kept: &Kept, many: u32, behind: &[String]) -> Finding {
    let at = kept
        .place
        .as_ref()
        .map(|p| format!(" ({}:{})", p.file, p.line))
        .unwrap_or_default();
    let kind = kind(kept);
    Finding {
        kind,
        message: format!(
            "{} still held by {}{at}",
            subject(watched, kept, many),
            keeper(kept)
        ),
        name: name(kept),
        culprit: kept.place.as_ref().map(|p| Place {
            function: scope_name(&kept.path),
            file: p.file.clone(),
            portable: String::new(),
            line: p.line,
            column: p.column,
        }),
        unit: "count",
        total: f64::from(many),
        per_hour: 0.0,
        confidence: Confidence::Certain,
        evidence: evidence(watched, kept, many, behind),
        fingerprint: kept_fingerprint(watched, kept),
        advice: advice(kept, kind).to_owned(),
        retainer_path: path(&kept.path),
        counts: Vec::new(),
        places: 0,
    }
}

/// The same where the heap could not be looked at.
pub fn explain_unseen(watched: &Watched) -> Finding {
    let what = match watched.label.as_str() {
        "" => "A watched object".to_owned(),
        label => format!("'{label}'"),
    };
    let words = ["unseen", &watched.label, &watched.scope].map(str::to_owned);
    Finding {
        kind: Kind::Object,
        message: format!("{what} ought to be gone and is still there; what holds it was not seen"),
        name: Some(watched.label.clone()).filter(|label| !label.is_empty()),
        culprit: None,
        unit: "count",
        total: 1.0,
        per_hour: 0.0,
        confidence: Confidence::Certain,
        evidence: vec![outlived(watched)],
        fingerprint: hash(words.into_iter(), None),
        advice: "Find what still refers to it, and drop that when it is done with.".to_owned(),
        retainer_path: Vec::new(),
        counts: Vec::new(),
        places: 0,
    }
}

fn outlived(watched: &Watched) -> String {
    match watched.scope.as_str() {
        "" => "it outlived full collections, some turns of the event loop apart".to_owned(),
        scope => format!("scope '{scope}' has ended, and it outlived full collections after that"),
    }
}

/// What ought to be gone: `'request' (IncomingMessage)`.
fn subject(watched: &Watched, kept: &Kept, many: u32) -> String {
    let class = &kept.class;
    let after = match watched.scope.as_str() {
        "" => String::new(),
        scope => format!(" of scope '{scope}'"),
    };
    match (watched.label.as_str(), many) {
        ("", 1) => format!("One {class}{after} that ought to be gone is"),
        ("", many) => format!(
            "{} {class} objects{after} that ought to be gone are",
            amount(f64::from(many), false)
        ),
        (label, 1) => format!("'{label}' ({class}){after} ought to be gone and is"),
        (label, many) => {
            let many = amount(f64::from(many), false);
            format!("{many} '{label}' ({class}){after} ought to be gone and are")
        }
    }
}

/// What holds it, in words: `Map 'sessions'`.
pub(super) fn keeper(kept: &Kept) -> String {
    let store = if kept.is_in_store {
        ", in the store of an AsyncLocalStorage"
    } else {
        ""
    };
    let holder = kept.container.map(|at| kept.path[at].name.as_str());
    let is_local = kept
        .container
        .is_some_and(|at| kept.path[at].edge == LOCAL_VARIABLE);
    let named = |what: &str| match &kept.name {
        Some(name) if is_local => format!("{what} in a local variable of {name}"),
        Some(name) if name != what => format!("{what} '{name}'"),
        _ => what.to_owned(),
    };
    let by = match (kept.held, holder) {
        (Some(Held::Timers), _) => "a timer that has not fired".to_owned(),
        (Some(Held::Immediates), _) => "an immediate that has not run".to_owned(),
        (Some(Held::Listeners), holder) => {
            let event = event_of(&kept.path)
                .map(|event| format!("'{event}' "))
                .unwrap_or_default();
            format!("a {event}listener of {}", named(holder.unwrap_or("an emitter")))
        }
        (Some(Held::Reactions), holder) => {
            format!(
                "what waits for {}, which is not settled",
                named(holder.unwrap_or("a promise"))
            )
        }
        (Some(Held::Dependents), holder) => {
            format!("signals that follow {}", named(holder.unwrap_or("a signal")))
        }
        (Some(Held::Modules) | None, Some(holder)) => named(holder),
        (Some(Held::Modules), None) => "a module".to_owned(),
        (None, None) if kept.is_local() => match kept.path.len().checked_sub(2) {
            Some(before) => format!("a local variable of the {}", kept.path[before].name),
            None => "a local variable".to_owned(),
        },
        (None, None) => match &kept.name {
            Some(name) => format!("'{name}'"),
            None => kept
                .path
                .first()
                .map_or("V8", |step| step.name.as_str())
                .to_owned(),
        },
    };
    format!("{by}{store}")
}

fn name(kept: &Kept) -> Option<String> {
    let own = || kept.container.map(|at| kept.path[at].name.clone());
    kept.name.clone().or_else(own).or_else(|| match kept.held {
        Some(Held::Timers) => Some("Timeout".to_owned()),
        Some(Held::Immediates) => Some("Immediate".to_owned()),
        _ => None,
    })
}

fn kind(kept: &Kept) -> Kind {
    match kept.held {
        Some(Held::Listeners | Held::Dependents) => return Kind::Listener,
        Some(Held::Timers | Held::Immediates) => return Kind::Timer,
        Some(Held::Reactions) => return Kind::Promise,
        Some(Held::Modules) | None => {}
    }
    let holder = kept.container.map(|at| kept.path[at].name.as_str());
    let last = kept.path.last().map_or("", |step| step.edge.as_str());
    match holder {
        Some("Map" | "Set" | "Array" | "Object" | "WeakMap") => Kind::Collection,
        None if last.starts_with("variable ") && kept.path.len() > 2 => {
            let scope = &kept.path[kept.path.len() - 2].name;
            if scope == "module scope" {
                Kind::Object
            } else {
                Kind::Closure
            }
        }
        _ => Kind::Object,
    }
}

fn evidence(watched: &Watched, kept: &Kept, many: u32, behind: &[String]) -> Vec<String> {
    let mut lines = vec![outlived(watched)];
    let each = if many > 1 { "one of them" } else { "it" };
    lines.push(format!("{each} retains {}", amount(kept.bytes as f64, true)));
    if !behind.is_empty() {
        lines.push(format!("through it are also held: {}", behind.join(", ")));
    }
    if kept.is_in_store {
        lines.push("what was started while an AsyncLocalStorage had a store keeps that store for as long as it lives".to_owned());
    }
    lines
}

fn advice(kept: &Kept, kind: Kind) -> &'static str {
    match kind {
        _ if kept.is_in_store => {
            "Start what outlives the request outside of it (AsyncLocalStorage.exit, or before run), or stop it when the request ends."
        }
        Kind::Listener => {
            "Remove the listener when what it uses is done with, or let it not close over that."
        }
        Kind::Timer => "Clear the timer when what its function uses is done with.",
        Kind::Promise => {
            "Let the promise settle (or time it out), or do not wait for one that lives as long as the program."
        }
        Kind::Collection => "Delete the entry when it is done with, bound the container, or key it weakly.",
        Kind::Closure => "Drop the function when it is done with, or let it capture less.",
        _ if kept.is_local() => {
            "Let the function that waits end, or set its variable to null before it waits."
        }
        _ => "Set what refers to it to null when it is done with.",
    }
}
