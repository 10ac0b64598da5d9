//! How growth between heap snapshots becomes a finding.

use super::wording::amount;
use crate::finding::{self, Confidence, Finding, Kind, Place, RetainerStep};
use crate::graph::{Grown, Held, LOCAL_VARIABLE, Step, Weight};

/// Steps of a path that are written out at the most; the middle is left out.
const STEPS_MAX: usize = 24;

/// So many more from one snapshot to the next are no start-up.
const LIKELY_ADDED_MIN: u32 = 100;

/// Of smaller memory it does not matter whether a view keeps it whole, in bytes.
const WHOLE_BYTES_MIN: u64 = 1000;

/// Puts a container that grew into words.
pub fn explain_growth(grown: &Grown) -> Finding {
    let at = grown
        .place
        .as_ref()
        .map(|p| format!(" ({}:{})", p.file, p.line))
        .unwrap_or_default();
    let added = f64::from(grown.added());
    let (kind, holder) = (kind(grown), holder(grown));
    let message = format!(
        "{holder}{at} {} {} more {}, {} more in all{}{}",
        match grown.held {
            Some(Held::Reactions | Held::Dependents) => "keeps",
            _ => "holds",
        },
        amount(added, false),
        things(grown),
        amount(grown.added_bytes() as f64, true),
        if grown.counts.len() > 2 {
            ", more at each snapshot"
        } else {
            ""
        },
        drags(grown)
    );
    Finding {
        kind,
        message,
        name: grown
            .name
            .clone()
            .or_else(|| (grown.held == Some(Held::Modules)).then(|| "modules".to_owned()))
            // What is in a container is no name of that.
            .or_else(|| grown.is_bare().then(|| class_name(&grown.class).to_owned())),
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
        evidence: evidence(grown, &holder),
        fingerprint: fingerprint(grown),
        advice: advice(grown, kind).to_owned(),
        retainer_path: path(&grown.path),
        counts: grown.counts.iter().map(|&c| f64::from(c)).collect(),
        places: grown.places,
    }
}

fn evidence(grown: &Grown, holder: &str) -> Vec<String> {
    let counts: Vec<String> = grown
        .counts
        .iter()
        .map(|&c| amount(f64::from(c), false))
        .collect();
    let bytes: Vec<String> = grown.bytes.iter().map(|&b| amount(b as f64, true)).collect();
    let mut lines = vec![
        format!("{}: {}", things(grown), counts.join(" -> ")),
        format!("bytes reached through them: {}", bytes.join(" -> ")),
    ];
    // Less than what was added: others hold that too, and the number would mislead.
    if grown.container_bytes > 0 && grown.container_bytes >= grown.added_bytes() {
        lines.push(format!(
            "{holder} retains {} now",
            amount(grown.container_bytes as f64, true)
        ));
    }
    lines.extend(grown.weight.as_ref().map(heaviest));
    lines
}

/// What small things keep that is large, for the message.
fn drags(grown: &Grown) -> String {
    let is_closure = matches!(kind(grown), Kind::Context);
    match &grown.weight {
        Some(Weight::Slice { whole_bytes }) => {
            format!(
                "; each is a slice that keeps a string of {} whole",
                amount(*whole_bytes as f64, true)
            )
        }
        Some(Weight::View { whole_bytes }) if *whole_bytes >= WHOLE_BYTES_MIN => {
            let bytes = amount(*whole_bytes as f64, true);
            format!("; each keeps an ArrayBuffer of {bytes} whole, however small the view")
        }
        Some(Weight::Variable { name, bytes, .. }) if is_closure => {
            format!(
                "; the scope of each keeps '{name}', {}",
                amount(*bytes as f64, true)
            )
        }
        _ => String::new(),
    }
}

/// What makes each of the new objects heavy.
fn heaviest(weight: &Weight) -> String {
    match weight {
        Weight::Slice { whole_bytes } => format!(
            "one of them is a slice of a larger string, which it keeps whole: {}",
            amount(*whole_bytes as f64, true)
        ),
        Weight::View { whole_bytes } => format!(
            "one of them pins the whole ArrayBuffer that it is a view of: {}",
            amount(*whole_bytes as f64, true)
        ),
        Weight::Variable {
            name,
            class,
            bytes,
            place,
        } => {
            let at = place
                .as_ref()
                .map(|p| format!(" of the function at {}:{}", p.file, p.line))
                .unwrap_or_default();
            let bytes = amount(*bytes as f64, true);
            format!("most of one is the variable '{name}' ({class}, {bytes}) in the scope{at}")
        }
        Weight::Property { name, class, bytes } => {
            format!("most of one is {name} ({class}, {})", amount(*bytes as f64, true))
        }
    }
}

/// What holds them, in words: `Map 'sessions'`.
fn holder(grown: &Grown) -> String {
    let keeper = match grown.held {
        Some(Held::Timers) => return "Node's list of active timers".to_owned(),
        Some(Held::Immediates) => return "Node's queue of immediates".to_owned(),
        Some(Held::Modules) if grown.container.is_none() => return "Node's list of ES modules".to_owned(),
        _ => grown.container.map_or("(root)", |i| grown.path[i].name.as_str()),
    };
    let is_local = grown
        .container
        .is_some_and(|i| grown.path[i].edge == LOCAL_VARIABLE);
    match &grown.name {
        Some(name) if is_local => format!("{keeper} in a local variable of {name}"),
        Some(name) if name != keeper => format!("{keeper} '{name}'"),
        _ => keeper.to_owned(),
    }
}

/// What there is more of, in the plural.
fn things(grown: &Grown) -> String {
    match grown.held {
        Some(Held::Listeners) => match event(grown) {
            Some(event) => format!("'{event}' listeners"),
            None => "listeners".to_owned(),
        },
        Some(Held::Timers) => "timers".to_owned(),
        Some(Held::Immediates) => "immediates".to_owned(),
        Some(Held::Reactions) => "handlers waiting".to_owned(),
        Some(Held::Modules) => "modules".to_owned(),
        Some(Held::Dependents) => "signals made of it by AbortSignal.any".to_owned(),
        None => plural(&grown.class),
    }
}

/// The event of an emitter's listeners.
fn event(grown: &Grown) -> Option<&str> {
    event_of(&grown.path)
}

/// The event of the listeners on a path.
pub(super) fn event_of(path: &[Step]) -> Option<&str> {
    let at = path.iter().rposition(|step| step.edge == "._events")?;
    let edge = path.get(at + 1)?.edge.as_str();
    edge.strip_prefix('.')
        .or_else(|| edge.strip_prefix("['")?.strip_suffix("']"))
}

/// Growth from one snapshot to the next may be filling; growth by many, or twice, hardly is.
fn confidence(grown: &Grown) -> Confidence {
    let is_likely = grown.counts.len() > 2 || grown.added() >= LIKELY_ADDED_MIN;
    if is_likely {
        Confidence::Likely
    } else {
        Confidence::Possible
    }
}

pub(super) fn scope_name(path: &[Step]) -> String {
    // Of the last scope: the functions before it are others.
    let last = path
        .iter()
        .rfind(|step| step.name.starts_with("scope of ") || step.edge == "closes over");
    last.and_then(|step| step.name.strip_prefix("scope of "))
        .filter(|name| *name != "an anonymous function")
        .unwrap_or("")
        .to_owned()
}

/// V8's own words for what a person knows by another.
const CLASS_NAMES: [(&str, &str); 7] = [
    ("TimersList", "Timeout"),
    ("system / PromiseReaction", "promise handler"),
    ("system / Context", "scope"),
    ("system / JSArrayBufferData", "buffer"),
    ("(array)", "table"),
    ("Object", "plain object"),
    ("heap number", "number"),
];

fn class_name(class: &str) -> &str {
    CLASS_NAMES
        .iter()
        .find(|(known, _)| *known == class)
        .map_or(class, |(_, word)| word)
}

fn plural(class: &str) -> String {
    match class_name(class) {
        "string" | "number" => format!("{class}s"),
        "anonymous function" | "bound function" => format!("{class}s"),
        "Object" => "objects".to_owned(),
        word if word != class => format!("{word}s"),
        other => match other.strip_prefix("function ") {
            Some(name) => format!("functions '{name}'"),
            None => format!("{other} objects"),
        },
    }
}

fn is_function(class: &str) -> bool {
    class.starts_with("function ") || class.ends_with(" function")
}

fn kind(grown: &Grown) -> Kind {
    match grown.held {
        Some(Held::Listeners | Held::Dependents) => return Kind::Listener,
        Some(Held::Timers | Held::Immediates) => return Kind::Timer,
        Some(Held::Reactions) => return Kind::Promise,
        Some(Held::Modules) => return Kind::Object,
        None => {}
    }
    match grown.weight {
        Some(Weight::Slice { .. }) => return Kind::String,
        Some(Weight::View { .. }) => return Kind::Buffer,
        Some(Weight::Variable { .. }) if is_function(&grown.class) => return Kind::Context,
        _ => {}
    }
    match grown.class.as_str() {
        "Timeout" | "Immediate" => Kind::Timer,
        "Promise" | "system / PromiseReaction" => Kind::Promise,
        "ArrayBuffer" | "Buffer" | "Uint8Array" | "system / JSArrayBufferData" => Kind::Buffer,
        "system / Context" => Kind::Context,
        class if is_function(class) => Kind::Closure,
        class => match grown.container.map(|i| grown.path[i].name.as_str()) {
            Some("Map" | "Set" | "Array" | "Object") => Kind::Collection,
            _ if class == "string" => Kind::String,
            _ => Kind::Object,
        },
    }
}

fn advice(grown: &Grown, kind: Kind) -> &'static str {
    match (kind, &grown.weight) {
        _ if grown.held == Some(Held::Modules) => {
            "Import or require a file once, under one name: Node keeps every module until the program ends, and one that was deleted from require.cache in the children of those that required it."
        }
        (Kind::Listener, _) if grown.held == Some(Held::Dependents) => {
            "Make one signal of several for each operation and let go of it, and do not follow one that lives as long as the program where a listener that is removed will do."
        }
        (Kind::Listener, _) => {
            "Remove the listener on every way out, or subscribe once outside of the operation."
        }
        (Kind::Timer, _) => "Clear the timer on every way in which its owner can end.",
        (Kind::Promise, _) => {
            "Let the promise settle (or time it out), or do not wait for one that lives as long as the program."
        }
        (Kind::Closure | Kind::Context, Some(Weight::Variable { .. })) => {
            "Drop the function when it is done with; functions of one scope share its variables, so what is large and needed by another one only belongs in a scope of its own."
        }
        (Kind::Closure | Kind::Context, _) => {
            "Drop the function when it is done with, or let it capture less."
        }
        (Kind::String, Some(Weight::Slice { .. })) => {
            "Delete entries when they are done with; keep a copy and not a slice of the string, for example Buffer.from(part).toString()."
        }
        (Kind::Buffer, _) => {
            "Delete entries when they are done with; where a view is much smaller than its whole ArrayBuffer, or from Buffer's pool, keep a copy (Uint8Array.prototype.slice, Buffer.copyBytesFrom)."
        }
        _ => "Delete entries when they are done with, bound the container, or key it weakly.",
    }
}

/// The same in each run, on each machine and wherever lines move to.
fn fingerprint(grown: &Grown) -> String {
    let last = grown.container.map_or(0, |i| i + 1);
    let words = path_words(&grown.path[..last.min(grown.path.len())]);
    let file = grown.place.as_ref().map(|place| place.file.as_str());
    hash(words.into_iter().chain([grown.class.clone()]), file)
}

/// Names on a path from the last scope on: how that is reached depends on what the program does at the moment.
pub(super) fn path_words(path: &[Step]) -> Vec<String> {
    let is_index = |edge: &str| edge.starts_with('[') && edge.ends_with(']') && !edge.contains(['\'', '(']);
    let index = |edge: &str| {
        if is_index(edge) {
            "[*]".to_owned()
        } else {
            base_name(edge)
        }
    };
    let scope = path.iter().rposition(|step| step.edge == "closes over");
    path[scope.unwrap_or(0)..]
        .iter()
        .flat_map(|step| [index(&step.edge), base_name(&step.name)])
        .collect()
}

/// Without folders, which differ from machine to machine.
fn base_name(text: &str) -> String {
    text.rsplit(['/', '\\']).next().unwrap_or("").to_owned()
}

/// The hash of words and a file's name, in hexadecimal.
pub(super) fn hash(words: impl Iterator<Item = String>, file: Option<&str>) -> String {
    finding::fingerprint(words.chain(file.map(base_name)))
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
    let gap = RetainerStep {
        name: format!("({left_out} more)"),
        edge: "…".to_owned(),
        ..RetainerStep::default()
    };
    let (head, tail) = (&steps[..half], &steps[steps.len() - half..]);
    head.iter()
        .map(write)
        .chain([gap])
        .chain(tail.iter().map(write))
        .collect()
}
