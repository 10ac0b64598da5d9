//! What things are called: counts, classes, places. Knows subjects of findings, and no change of them.

use crate::finding::{Kind, Place, SiteShare, Subject, class_word};

/// Plurals and their singulars, of what a test can leave behind.
const SINGULARS: [(&str, &str); 15] = [
    ("signals", "signal"),
    ("objects", "object"),
    ("functions", "function"),
    ("strings", "string"),
    ("listeners", "listener"),
    ("intervals", "interval"),
    ("timeouts", "timeout"),
    ("timers", "timer"),
    ("descriptors", "descriptor"),
    ("sockets", "socket"),
    ("servers", "server"),
    ("processes", "process"),
    ("threads", "thread"),
    ("watchers", "watcher"),
    ("handles", "handle"),
];

/// What a count is of, in the plural: `'change' listeners on one ConfigBus`.
pub(super) fn things(subject: &Subject) -> String {
    match subject {
        Subject::Listeners {
            event, class, spread, ..
        } => listeners(event.as_deref(), class.as_deref(), *spread),
        Subject::Dependents { class: None, .. } => "dependent signals (AbortSignal.any)".to_owned(),
        Subject::Dependents {
            class: Some(class),
            spread: false,
        } => format!("dependent signals (AbortSignal.any) of one {class}"),
        Subject::Dependents {
            class: Some(class), ..
        } => format!("dependent signals (AbortSignal.any) of long-lived {class} objects"),
        Subject::Timers { function } => timers(function.as_deref()).to_owned(),
        Subject::Immediates => "immediates".to_owned(),
        Subject::Handles { handle } => handles(handle),
        Subject::Descriptors { of } => descriptors(of),
        Subject::Collection { name } => format!("'{name}'"),
        Subject::Cache { name } => format!("cache '{name}'"),
        Subject::Container { class } => format!("a container of class {class}"),
        Subject::Memory { metric } => format!("memory ({metric})"),
        Subject::Objects { class } => plural(class),
        Subject::Reactions => "promise reactions".to_owned(),
        Subject::Modules => "modules".to_owned(),
        Subject::Watched { label, .. } => format!("'{label}'"),
        Subject::Lives { many, .. } => many.clone(),
    }
}

fn listeners(event: Option<&str>, class: Option<&str>, spread: bool) -> String {
    match (event, class) {
        (Some(event), Some(class)) if spread => {
            format!("'{event}' listeners, spread over many {class} objects")
        }
        (Some(event), Some(class)) => format!("'{event}' listeners on one {class}"),
        (Some(event), None) => format!("'{event}' listeners"),
        (None, _) => "listeners".to_owned(),
    }
}

fn timers(function: Option<&str>) -> String {
    match function {
        None => "timers".to_owned(),
        Some("setInterval") => "live intervals".to_owned(),
        Some("setTimeout") => "pending timeouts".to_owned(),
        Some(other) => format!("pending {other} timers"),
    }
}

pub(super) fn descriptors(of: &str) -> String {
    match of {
        "file" => "open file descriptors".to_owned(),
        other => format!("open {other} descriptors"),
    }
}

fn handles(handle: &str) -> String {
    match handle {
        "TCPSocketWrap" | "TCPWrap" => "open TCP sockets".to_owned(),
        "TCPServerWrap" => "listening TCP servers".to_owned(),
        "PipeWrap" => "open pipes".to_owned(),
        "UDPWrap" => "open UDP sockets".to_owned(),
        "ProcessWrap" => "live child processes".to_owned(),
        "Worker" => "live worker threads".to_owned(),
        "MessagePort" => "open message ports".to_owned(),
        "FSEventWrap" | "StatWatcher" => "live file watchers".to_owned(),
        other => format!("live {other} handles"),
    }
}

/// Objects of a class, in the plural.
pub(super) fn plural(class: &str) -> String {
    let word = class_word(class);
    match word {
        "string" | "number" | "anonymous function" | "bound function" => format!("{word}s"),
        _ if word != class => format!("{word}s"),
        other => match other.strip_prefix("function ") {
            Some(name) => format!("functions '{name}'"),
            None => format!("{other} objects"),
        },
    }
}

/// What one did to make one more of it.
pub(super) const fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Listener => "added",
        Kind::Timer => "started",
        Kind::Handle => "opened",
        Kind::Collection => "tracked",
        Kind::Cache => "made",
        _ => "allocated",
    }
}

/// A place in code: `handle (/app/a.js:3)`.
pub(super) fn location(place: &Place) -> String {
    if place.function.is_empty() {
        format!("{}:{}", place.file, place.line)
    } else {
        format!("{} ({}:{})", place.function, place.file, place.line)
    }
}

/// Where something is made, in a message.
pub(super) fn made_at(verb: &str, place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| format!("; {verb} at {}", location(place)))
}

/// A call site's share of all that was made, and who called it: `40 % made at …`.
pub(super) fn site_line(share: &SiteShare, all: f64, made: &str) -> Option<String> {
    let (call, callers) = share.frames.split_first()?;
    let percent = if all > 0.0 { share.count * 100.0 / all } else { 0.0 };
    let mut line = format!("{percent:.0} % {made} at {}", location(call));
    for caller in callers {
        line.push_str(", called from ");
        line.push_str(&location(caller));
    }
    Some(line)
}

/// The lines that made most of something, as evidence.
pub(super) fn site_lines(sites: &[SiteShare], made: &str) -> Vec<String> {
    let all: f64 = sites.iter().map(|site| site.count).sum();
    let most = sites.iter().take(3);
    most.filter_map(|site| site_line(site, all, made)).collect()
}

/// One of what is in the plural.
pub(super) fn singular(plural: &str) -> String {
    let found = SINGULARS
        .iter()
        .find(|(many, _)| plural.split(' ').any(|word| word == *many));
    found.map_or_else(|| plural.to_owned(), |(many, one)| plural.replacen(many, one, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_in_the_singular() {
        assert_eq!(
            singular("'change' listeners on one Bus"),
            "'change' listener on one Bus"
        );
        assert_eq!(singular("open file descriptors"), "open file descriptor");
    }
}
