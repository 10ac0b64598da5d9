//! One thing that grows is one finding. Knows which counts are of the same thing: a child is its pipes, a socket its
//! descriptor. Must not know how any of them was judged.

use super::limits::FindingLimits;
use crate::finding::{DESCRIPTOR_GROUP, HANDLE_GROUP, Kind, Place, Suspect, Unsettled};
use crate::growth::Growth;

/// Leaves of each thing that grows the most exact suspect that knows the line.
pub(super) fn drop_repetitions(found: &mut Vec<Suspect>, limits: &FindingLimits) {
    let mut drop = vec![false; found.len()];
    for (i, a) in found.iter().enumerate() {
        drop[i] = found
            .iter()
            .enumerate()
            .any(|(j, b)| i != j && (says_more(b, a, limits) || j < i && is_same(a, b)));
    }
    let mut drop = drop.into_iter();
    found.retain(|_| !drop.next().unwrap_or(false));
}

/// Leaves of neighbours that tell of the same thing one: a group, and the samples of what it counts.
pub(super) fn drop_alike(undecided: &mut Vec<Unsettled>) {
    undecided.dedup_by(|b, a| is_alike(a, b));
}

fn is_alike(a: &Unsettled, b: &Unsettled) -> bool {
    let (
        Unsettled::Count {
            thread,
            kind,
            label,
            growth,
            why,
            ..
        },
        Unsettled::Count {
            thread: other_thread,
            kind: other_kind,
            label: other_label,
            growth: other,
            why: other_why,
            ..
        },
    ) = (a, b)
    else {
        return a == b;
    };
    // To the same whole numbers, in the same tenths of a second.
    let numbers = |growth: &Growth| {
        [
            growth.from.round(),
            growth.to.round(),
            (growth.span_ms() / 100.0).round(),
        ]
    };
    (thread, kind, bare(label), why) == (other_thread, other_kind, bare(other_label), other_why)
        && numbers(growth) == numbers(other)
}

fn first_frame(suspect: &Suspect) -> Option<&Place> {
    suspect.sites.first().and_then(|s| s.frames.first())
}

/// Whether two say the same: a count, and the samples of what it counts.
fn is_same(a: &Suspect, b: &Suspect) -> bool {
    let place = first_frame(a);
    (a.kind, &a.label, &a.thread) == (b.kind, &b.label, &b.thread)
        && place.is_some()
        && place == first_frame(b)
}

/// Whether `a` makes `b` superfluous.
fn says_more(a: &Suspect, b: &Suspect, limits: &FindingLimits) -> bool {
    let same_place = first_frame(a).is_some() && first_frame(a) == first_frame(b);
    let is_group = |s: &Suspect| s.label.starts_with(HANDLE_GROUP) || s.label.starts_with(DESCRIPTOR_GROUP);
    let has_place = |s: &Suspect| first_frame(s).is_some();
    match (a.kind, b.kind) {
        (Kind::Listener, Kind::Listener) => {
            a.thread == b.thread && a.is_one_place && !b.is_one_place && same_place
        }
        // Listeners on what is leaked are leaked with it.
        (Kind::Handle, Kind::Listener) => !b.is_one_place && classes_of(bare_label(a)).contains(&class_of(b)),
        // A child is its pipes, a worker its ports, a socket its descriptor: the one with a line is the cause.
        (Kind::Handle, Kind::Handle) if is_group(b) && !is_group(a) => {
            let same_thing = a.thread == b.thread && bare_label(a) == bare_label(b);
            same_thing
                || has_place(a)
                    && !has_place(b)
                    && a.growth.total() >= b.growth.total() * limits.explains_share
        }
        (Kind::Handle, Kind::Handle) if is_group(b) => {
            let is_socket = matches!(b.label.strip_prefix(DESCRIPTOR_GROUP), Some("socket" | "pipe"));
            is_socket && a.label.starts_with(HANDLE_GROUP) || has_place(a) && !has_place(b)
        }
        _ => false,
    }
}

fn bare_label(suspect: &Suspect) -> &str {
    bare(&suspect.label)
}

/// A label without what tells a group from its samples.
fn bare(label: &str) -> &str {
    label.strip_prefix(HANDLE_GROUP).unwrap_or(label)
}

fn class_of(suspect: &Suspect) -> &str {
    suspect.label.split_once('\n').map_or("", |(_, class)| class)
}

/// Classes of the objects that come with a handle of this type.
fn classes_of(handle: &str) -> &'static [&'static str] {
    match handle {
        "TCPSocketWrap" | "TCPWrap" | "PipeWrap" => &[
            "Socket",
            "TLSSocket",
            "Server",
            "IncomingMessage",
            "ServerResponse",
            "ClientRequest",
        ],
        "UDPWrap" => &["Socket"],
        "ProcessWrap" => &["ChildProcess", "Socket"],
        "Worker" => &[
            "Worker",
            "MessagePort",
            "ReadableWorkerStdio",
            "WritableWorkerStdio",
        ],
        "FSEventWrap" | "StatWatcher" => &["FSWatcher", "StatWatcher"],
        "fd:file" => &["ReadStream", "WriteStream", "FileHandle"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{claim, look};
    use super::super::{Limits, Monitor};
    use super::*;
    use crate::finding::{Confidence, SiteShare};
    use crate::ledger::Pool;

    #[test]
    fn a_group_without_a_site_of_its_own_borrows_that_of_its_samples() {
        let mut monitor = Monitor::default();
        let id = monitor.add_thread("", 0);
        monitor
            .claim(id, &claim(Pool::Resource, "TCPSocketWrap"))
            .unwrap();
        for i in 0..60 {
            let groups = [
                ("handle:TCPSocketWrap".to_owned(), 3.0 * i as f64),
                ("fd:socket".to_owned(), 3.0 * i as f64),
            ];
            look(&mut monitor, id, i, &[1.0], &groups);
        }
        let check = monitor.check(id);
        assert_eq!(
            check.suspects.len(),
            1,
            "the descriptor is the handle's: {:?}",
            check.suspects
        );
        assert_eq!(check.suspects[0].sites[0].frames[0].file, "/app/a.js");
    }

    #[test]
    fn a_group_and_its_samples_are_one_doubt_and_others_are_two() {
        let grown = |label: &str, to: f64| Unsettled::Count {
            thread: String::new(),
            kind: Kind::Handle,
            is_one_place: false,
            label: label.to_owned(),
            growth: Growth {
                to,
                until_ms: 1_000.0,
                ..Growth::default()
            },
            why: crate::finding::MayEnd::Short,
        };
        let (samples, group) = (grown("TCPSocketWrap", 9.0), grown("handle:TCPSocketWrap", 9.2));
        let mut all = vec![
            samples.clone(),
            group,
            grown("handle:TCPSocketWrap", 12.0),
            samples,
        ];
        drop_alike(&mut all);
        assert_eq!(all.len(), 3, "{all:?}");
    }

    #[test]
    fn what_has_a_line_makes_a_group_without_one_superfluous_but_not_the_other_way_round() {
        let limits = Limits::default().finding;
        let suspect = |label: &str, frames: Vec<Place>| Suspect {
            kind: Kind::Handle,
            confidence: Confidence::Likely,
            label: label.to_owned(),
            thread: String::new(),
            growth: Growth {
                to: 40.0,
                ..Growth::default()
            },
            live: 40.0,
            high_water: 40.0,
            exact: true,
            is_one_place: false,
            sites: vec![SiteShare { frames, count: 1.0 }],
            sign: None,
            series: Vec::new(),
        };
        let child = suspect("ProcessWrap", vec![Place::default()]);
        let pipes = suspect("handle:PipeWrap", Vec::new());
        let mut found = vec![pipes, child.clone()];
        drop_repetitions(&mut found, &limits);
        assert_eq!(found, [child]);
    }
}
