//! How a suspect becomes a sentence: names the thing, the rate and the line, and what to do about it.

use crate::finding::{
    self, DEPENDENTS_EVENT, DESCRIPTOR_GROUP, Finding, HANDLE_GROUP, Kind, Place, SiteShare, Suspect,
};

/// What a count is of, in the plural: `'change' listeners on ConfigBus`.
pub(super) fn noun(kind: Kind, is_one_place: bool, label: &str) -> String {
    match kind {
        Kind::Listener if is_one_place => listeners(label),
        Kind::Listener => spread_listeners(label),
        Kind::Timer => timers(label),
        Kind::Collection | Kind::Cache => format!("entries of '{label}'"),
        _ => handles(label),
    }
}

fn listeners(label: &str) -> String {
    match label.split_once('\n') {
        Some((DEPENDENTS_EVENT, class)) => format!("AbortSignal.any() dependents of one {class}"),
        Some((event, class)) => format!("'{event}' listeners on one {class}"),
        None => format!("'{label}' listeners"),
    }
}

fn spread_listeners(label: &str) -> String {
    match label.split_once('\n') {
        Some((DEPENDENTS_EVENT, class)) => {
            format!("AbortSignal.any() dependents of long-lived {class} objects")
        }
        Some((event, class)) => format!("'{event}' listeners, spread over many {class} objects"),
        None => listeners(label),
    }
}

fn timers(label: &str) -> String {
    match label {
        "setInterval" => "live intervals".to_owned(),
        "setTimeout" => "pending timeouts".to_owned(),
        other => format!("pending {other} timers"),
    }
}

fn handles(label: &str) -> String {
    if let Some(kind) = label.strip_prefix(DESCRIPTOR_GROUP) {
        return match kind {
            "file" => "open file descriptors of files".to_owned(),
            "socket" => "open file descriptors of sockets".to_owned(),
            "pipe" => "open file descriptors of pipes".to_owned(),
            other => format!("open file descriptors of {other}"),
        };
    }
    let kind = label.strip_prefix(HANDLE_GROUP).unwrap_or(label);
    match kind {
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

pub(super) fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Listener => "added",
        Kind::Timer => "started",
        Kind::Handle => "opened",
        Kind::Collection => "tracked",
        Kind::Cache => "made",
        _ => "allocated",
    }
}

pub(super) fn what(suspect: &Suspect) -> String {
    match suspect.kind {
        Kind::Listener if suspect.is_one_place => listeners(&suspect.label),
        Kind::Listener => format!("{},", spread_listeners(&suspect.label)),
        Kind::Timer => timers(&suspect.label),
        Kind::Handle => handles(&suspect.label),
        Kind::Collection => format!("'{}'", suspect.label),
        Kind::Cache => format!("cache '{}'", suspect.label),
        _ => format!("memory ({})", suspect.label),
    }
}

pub(super) fn advice(suspect: &Suspect) -> String {
    let text = match suspect.kind {
        Kind::Listener if suspect.label.starts_with(DEPENDENTS_EVENT) => {
            "Make the combined signal once for as long as its sources live, or give each operation a controller of its own and abort it when the operation ends."
        }
        Kind::Listener if suspect.label.ends_with("\nAbortSignal") => {
            "Remove the listener when the operation ends (removeEventListener in finally), or pass { signal } of a controller that lives as long as the operation; { once: true } alone does not help while the signal never aborts."
        }
        Kind::Listener if !suspect.is_one_place => {
            "The targets themselves are kept: find what still refers to them, or remove the listener and drop the target when it is done."
        }
        Kind::Listener => {
            "Remove the listener on every way out (removeListener in finally), or subscribe once outside of the operation."
        }
        Kind::Timer if suspect.label == "setInterval" => {
            "Keep what setInterval returns and clear it on every way in which its owner can end."
        }
        Kind::Timer => "Clear the timer once what it waits for has happened, for example in finally.",
        Kind::Handle if suspect.label.contains("file") => {
            "Close the descriptor on every way out, early returns and errors included (try … finally)."
        }
        Kind::Handle => "Close or destroy it on every way out, errors included.",
        Kind::Collection => {
            "Delete entries when they are done with, or bound the collection (a least-recently-used limit, an expiry), or key it weakly."
        }
        Kind::Cache if suspect.notes.is_empty() => {
            "Give the cache a bound (max or maxSize): an age alone does not limit it."
        }
        Kind::Cache => {
            "Key it by what repeats: leave out of the key what is new with each call (times, random or request ids, whole URLs), or do without the cache."
        }
        Kind::Buffer => {
            "Look for Buffers, typed arrays or streams that are kept: their memory is outside the JavaScript heap."
        }
        Kind::Heap => "If no finding above explains it, compare two heap snapshots taken some minutes apart.",
        _ => {
            "Neither the heap nor Buffers grow: look at native modules, and at allocator fragmentation (a smaller MALLOC_ARENA_MAX, or jemalloc)."
        }
    };
    text.to_owned()
}

/// A number a person reads: `1,234`, `12.3 MB`.
pub fn amount(value: f64, is_bytes: bool) -> String {
    if is_bytes {
        let units = ["B", "KB", "MB", "GB", "TB"];
        let mut scaled = value.abs();
        let mut unit = 0;
        while scaled >= 1000.0 && unit + 1 < units.len() {
            scaled /= 1000.0;
            unit += 1;
        }
        let sign = if value < 0.0 { "-" } else { "" };
        return if unit == 0 {
            format!("{sign}{scaled:.0} B")
        } else {
            format!("{sign}{scaled:.1} {}", units[unit])
        };
    }
    let digits = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(c);
    }
    if value < -0.5 {
        format!("-{grouped}")
    } else {
        grouped
    }
}

/// A time a person reads: `850 ms`, `4.2 s`, `3 min`, `1.5 h`.
pub fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 120_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 7_200_000.0 => format!("{:.0} min", ms / 60_000.0),
        ms => format!("{:.1} h", ms / 3_600_000.0),
    }
}

fn rate(suspect: &Suspect, is_bytes: bool) -> String {
    let per_second = suspect.growth.total() * 1000.0 / suspect.growth.span_ms();
    match per_second {
        r if r >= 1.0 => format!("{} per second", amount(r, is_bytes)),
        r if r >= 1.0 / 60.0 => format!("{} per minute", amount(r * 60.0, is_bytes)),
        r => format!("{} per hour", amount(r * 3600.0, is_bytes)),
    }
}

pub(super) fn location(place: &Place) -> String {
    if place.function.is_empty() {
        format!("{}:{}", place.file, place.line)
    } else {
        format!("{} ({}:{})", place.function, place.file, place.line)
    }
}

pub(super) fn site_line(share: &SiteShare, all: f64) -> Option<String> {
    let (call, callers) = share.frames.split_first()?;
    let percent = if all > 0.0 { share.count * 100.0 / all } else { 0.0 };
    let mut line = format!("{percent:.0} % made at {}", location(call));
    for caller in callers {
        line.push_str(", called from ");
        line.push_str(&location(caller));
    }
    Some(line)
}

fn evidence(suspect: &Suspect, is_bytes: bool) -> Vec<String> {
    if suspect.kind == Kind::Cache && !suspect.notes.is_empty() {
        let mut lines = suspect.notes[1..].to_vec();
        lines.extend(suspect.sites.iter().take(1).filter_map(|s| site_line(s, s.count)));
        if !suspect.thread.is_empty() {
            lines.push(format!("held by {}", suspect.thread));
        }
        return lines;
    }
    let growth = &suspect.growth;
    let mut lines = vec![
        format!(
            "{} -> {} in {}, higher in {} of {} intervals; {} of it in the later half of the work",
            amount(growth.from, is_bytes),
            amount(growth.to, is_bytes),
            duration(growth.span_ms()),
            growth.steps,
            growth.intervals,
            format_args!("{:.0} %", growth.late_share * 100.0),
        ),
        format!(
            "{} now, at most {} at once, {}",
            amount(suspect.live, is_bytes),
            amount(suspect.high_water.max(suspect.live), is_bytes),
            if suspect.exact {
                "counted one by one"
            } else {
                "estimated from samples"
            }
        ),
    ];
    let all: f64 = suspect.sites.iter().map(|s| s.count).sum();
    lines.extend(suspect.sites.iter().take(3).filter_map(|s| site_line(s, all)));
    lines.extend(suspect.notes.iter().cloned());
    if !suspect.thread.is_empty() {
        lines.push(format!("held by {}", suspect.thread));
    }
    lines
}

/// Puts a suspect, whose places are source-mapped by now, into words.
pub fn explain(suspect: &Suspect) -> Finding {
    let is_bytes = suspect.kind.is_bytes();
    let entries = match suspect.kind {
        Kind::Collection | Kind::Cache => " entries",
        _ => "",
    };
    let from = suspect.growth.to - suspect.growth.total();
    let mut message = format!(
        "{} grew from {} to {}{entries} ({}) and did not come down",
        capitalised(&what(suspect)),
        amount(from.max(0.0), is_bytes),
        amount(suspect.growth.to, is_bytes),
        rate(suspect, is_bytes)
    );
    // A cache that is full does not grow: the first note says what is wrong with it.
    if let (Kind::Cache, Some(note)) = (suspect.kind, suspect.notes.first()) {
        message = format!("{} {note}", capitalised(&what(suspect)));
    }
    if !suspect.thread.is_empty() {
        message.push_str(&format!(", in {}", suspect.thread));
    }
    Finding {
        total: suspect.growth.total(),
        per_hour: suspect.growth.per_hour(),
        evidence: evidence(suspect, is_bytes),
        ..finding_of(suspect, message)
    }
}

/// A finding of which no figure and no evidence is told yet; the message goes on with the place.
pub(super) fn finding_of(suspect: &Suspect, mut message: String) -> Finding {
    let culprit = suspect.sites.first().and_then(|s| s.frames.first()).cloned();
    if let Some(place) = &culprit {
        message.push_str(&format!("; {} at {}", verb(suspect.kind), location(place)));
    }
    Finding {
        kind: suspect.kind,
        message,
        name: name(suspect),
        fingerprint: fingerprint(suspect, culprit.as_ref()),
        culprit,
        unit: if suspect.kind.is_bytes() { "bytes" } else { "count" },
        total: 0.0,
        per_hour: 0.0,
        confidence: suspect.confidence,
        evidence: Vec::new(),
        advice: advice(suspect),
        retainer_path: Vec::new(),
        counts: Vec::new(),
        places: 0,
    }
}

pub(super) fn name(suspect: &Suspect) -> Option<String> {
    match suspect.kind {
        Kind::Listener => suspect.label.split('\n').next().map(str::to_owned),
        Kind::Handle => {
            let label = suspect.label.strip_prefix(HANDLE_GROUP).unwrap_or(&suspect.label);
            Some(label.to_owned())
        }
        _ => Some(suspect.label.clone()),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| {
        c.to_uppercase().collect::<String>() + chars.as_str()
    })
}

/// The hash of what stays the same when lines move: kind, label, file and function.
pub(super) fn fingerprint(suspect: &Suspect, culprit: Option<&Place>) -> String {
    let (file, function) = culprit.map_or(("", ""), |p| (p.portable.as_str(), p.function.as_str()));
    let parts = [suspect.kind.name(), suspect.label.as_str(), file, function];
    finding::fingerprint(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Confidence;
    use crate::growth::Growth;

    fn suspect(line: u32) -> Suspect {
        let place = Place {
            function: "handle".into(),
            file: "/app/src/a.js".into(),
            portable: "src/a.js".into(),
            line,
            column: 7,
        };
        Suspect {
            kind: Kind::Listener,
            confidence: Confidence::Likely,
            label: "change\nConfigBus".into(),
            thread: String::new(),
            growth: Growth {
                from: 10.0,
                to: 1244.0,
                since_ms: 0.0,
                until_ms: 4000.0,
                watched_ms: 4000.0,
                steps: 38,
                intervals: 40,
                late_share: 0.49,
            },
            live: 1244.0,
            high_water: 1250.0,
            exact: true,
            is_one_place: true,
            sites: vec![SiteShare {
                frames: vec![place],
                count: 20.0,
            }],
            sign: None,
            notes: vec![],
            series: Vec::new(),
        }
    }

    #[test]
    fn a_finding_says_what_grows_how_fast_and_where() {
        let finding = explain(&suspect(12));
        assert_eq!(
            finding.message,
            "'change' listeners on one ConfigBus grew from 10 to 1,244 (308 per second) and did not come down; \
             added at handle (/app/src/a.js:12)"
        );
        assert_eq!(
            finding.evidence[0],
            "10 -> 1,244 in 4.0 s, higher in 38 of 40 intervals; 49 % of it in the later half of the work"
        );
        assert_eq!(finding.evidence[2], "100 % made at handle (/app/src/a.js:12)");
    }

    #[test]
    fn a_fingerprint_survives_moved_lines_and_other_machines() {
        let mut elsewhere = suspect(99);
        elsewhere.sites[0].frames[0].file = "/home/b/app/src/a.js".into();
        assert_eq!(explain(&suspect(12)).fingerprint, explain(&elsewhere).fingerprint);
        elsewhere.label = "close\nConfigBus".into();
        assert_ne!(explain(&suspect(12)).fingerprint, explain(&elsewhere).fingerprint);
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(amount(1_234_567.0, false), "1,234,567");
        assert_eq!(amount(12_345_678.0, true), "12.3 MB");
        assert_eq!(amount(-12.0, false), "-12");
        assert_eq!(duration(4200.0), "4.2 s");
    }
}
