//! How growth between heap snapshots becomes a finding.

use super::finding::{Confidence, Finding, Kind, Place, RetainerStep};
use super::wording::amount;
use crate::graph::{Grown, Step};

/// Steps of a path that are written out at the most; the middle is left out.
const STEPS_MAX: usize = 24;

/// So many more from one snapshot to the next are no start-up.
const LIKELY_ADDED_MIN: u32 = 100;

/// Puts a container that grew into words.
pub fn explain_growth(grown: &Grown) -> Finding {
    let container = grown.container.map(|i| &grown.path[i]);
    let container_name = container.map_or("(root)", |step| step.name.as_str());
    let held = match &grown.name {
        Some(name) if name != container_name => format!("{container_name} '{name}'"),
        _ => container_name.to_owned(),
    };
    let at = grown.place.as_ref().map(|p| format!(" ({}:{})", p.file, p.line)).unwrap_or_default();
    let added = f64::from(grown.added());
    let message = format!(
        "{held}{at} holds {} more {}, {} more in all{}",
        amount(added, false),
        plural(&grown.class),
        amount(grown.added_bytes() as f64, true),
        if grown.counts.len() > 2 { ", more at each snapshot" } else { "" }
    );
    let counts: Vec<String> = grown.counts.iter().map(|&c| amount(f64::from(c), false)).collect();
    let bytes: Vec<String> = grown.bytes.iter().map(|&b| amount(b as f64, true)).collect();
    Finding {
        kind: kind(grown),
        message,
        name: grown.name.clone().or_else(|| Some(grown.class.clone())),
        culprit: grown.place.as_ref().map(|p| Place {
            function: scope_name(&grown.path),
            file: p.file.clone(),
            portable: String::new(),
            line: p.line,
            column: p.column,
        }),
        unit: "count",
        total: added,
        per_hour: 0.0,
        confidence: confidence(grown),
        evidence: vec![
            format!("{}: {}", plural(&grown.class), counts.join(" -> ")),
            format!("bytes reached through them: {}", bytes.join(" -> ")),
            format!("{held} retains {} now", amount(grown.container_bytes as f64, true)),
        ],
        fingerprint: format!("{:016x}", grown.key),
        advice: advice(grown),
        retainer_path: path(&grown.path),
    }
}

/// Growth from one snapshot to the next may be filling; growth by many, or twice, hardly is.
fn confidence(grown: &Grown) -> Confidence {
    let is_likely = grown.counts.len() > 2 || grown.added() >= LIKELY_ADDED_MIN;
    if is_likely { Confidence::Likely } else { Confidence::Possible }
}

fn scope_name(path: &[Step]) -> String {
    let scope = path.iter().rev().find_map(|step| step.name.strip_prefix("scope of "));
    scope.filter(|name| *name != "an anonymous function").unwrap_or("").to_owned()
}

fn plural(class: &str) -> String {
    match class {
        "string" | "number" => format!("{class}s"),
        other => format!("{other} objects"),
    }
}

fn kind(grown: &Grown) -> Kind {
    let through = |what: &str| grown.path.iter().any(|step| step.edge == what);
    if through("._events") || through(".<symbol kEvents>") {
        return Kind::Listener;
    }
    match grown.class.as_str() {
        "Timeout" => Kind::Timer,
        "Promise" | "system / PromiseReaction" => Kind::Promise,
        "ArrayBuffer" | "Buffer" | "Uint8Array" | "system / JSArrayBufferData" => Kind::Buffer,
        "system / Context" => Kind::Context,
        class if class.starts_with("function ") || class == "anonymous function" => Kind::Closure,
        class => match grown.container.map(|i| grown.path[i].name.as_str()) {
            Some("Map" | "Set" | "Array" | "Object") => Kind::Collection,
            _ if class == "string" => Kind::String,
            _ => Kind::Object,
        },
    }
}

fn advice(grown: &Grown) -> String {
    let text = match kind(grown) {
        Kind::Listener => "Remove the listener on every way out, or subscribe once outside of the operation.",
        Kind::Timer => "Clear the timer on every way in which its owner can end.",
        Kind::Promise => "Let the promise settle (or time it out), or drop what waits for it.",
        Kind::Closure | Kind::Context => "Drop the function when it is done with, or let it capture less.",
        _ => "Delete entries when they are done with, bound the container, or key it weakly.",
    };
    text.to_owned()
}

/// A path for a report; the middle of a very long one is left out.
pub fn path(steps: &[Step]) -> Vec<RetainerStep> {
    let write = |step: &Step| RetainerStep {
        name: step.name.clone(),
        edge: step.edge.clone(),
        file: step.place.as_ref().map(|p| p.file.clone()),
        line: step.place.as_ref().map(|p| p.line),
        column: step.place.as_ref().map(|p| p.column),
    };
    if steps.len() <= STEPS_MAX {
        return steps.iter().map(write).collect();
    }
    let half = STEPS_MAX / 2;
    let left_out = steps.len() - 2 * half;
    let gap = RetainerStep { name: format!("({left_out} more)"), edge: "…".to_owned(), ..RetainerStep::default() };
    let (head, tail) = (&steps[..half], &steps[steps.len() - half..]);
    head.iter().map(write).chain([gap]).chain(tail.iter().map(write)).collect()
}
