//! What a running guard saw grow: what it is, how fast, and where it is made. Its advice is that of all counts.

use super::evidence::lines;
use super::nouns::{made_at, site_line, site_lines, things, verb};
use super::numbers::{amount, capitalised, duration, percent, rate};
use super::said::Words;
use super::{heaps, holder};
use crate::finding::{Change, Evidence, Finding, Kind, Subject};

pub(super) fn words(finding: &Finding) -> Words {
    let held = holder::of_memory(finding);
    let mut message = capitalised(&match new_keys(finding) {
        // A cache that is full does not grow.
        Some(Evidence::NewKeys { hits, lookups, .. }) => format!(
            "{} has a hit rate of {} ({} of {} lookups): its keys hardly ever repeat",
            things(&finding.subject),
            percent(hits / lookups.max(1.0)),
            amount(*hits, false),
            amount(*lookups, false)
        ),
        _ => match &held {
            Some(holder) => format!("{holder}; {}", grew(finding)),
            None => grew(finding),
        },
    });
    if !finding.thread.is_empty() {
        message.push_str(&format!(", in {}", finding.thread));
    }
    if held.is_none() {
        message.push_str(&made_at(verb(finding.kind), finding.place()));
    }
    Words {
        message,
        evidence: evidence(finding),
        advice: advice(finding).to_owned(),
    }
}

fn new_keys(finding: &Finding) -> Option<&Evidence> {
    let is_new_keys = |evidence: &&Evidence| matches!(evidence, Evidence::NewKeys { .. });
    finding.evidence.iter().find(is_new_keys)
}

fn grew(finding: &Finding) -> String {
    let Change::Grew {
        from,
        to,
        since_ms,
        until_ms,
        ..
    } = finding.change
    else {
        return String::new();
    };
    let is_bytes = finding.kind.is_bytes();
    let entries = match finding.kind {
        Kind::Collection | Kind::Cache => " entries",
        _ => "",
    };
    let comma = match &finding.subject {
        Subject::Listeners { spread: true, .. } | Subject::Dependents { spread: true, .. } => ",",
        _ => "",
    };
    let per_second = (to - from) * 1000.0 / (until_ms - since_ms).max(1.0);
    format!(
        "{}{comma} grew from {} to {}{entries} ({}) and did not come down",
        things(&finding.subject),
        amount(from.max(0.0), is_bytes),
        amount(to, is_bytes),
        rate(per_second, is_bytes)
    )
}

fn evidence(finding: &Finding) -> Vec<String> {
    let Change::Grew {
        from,
        to,
        since_ms,
        until_ms,
        steps,
        intervals,
        late_share,
        live,
        high_water,
        exact,
    } = finding.change
    else {
        return Vec::new();
    };
    let is_bytes = finding.kind.is_bytes();
    let mut all = Vec::new();
    if new_keys(finding).is_some() {
        all.extend(finding.evidence.iter().flat_map(lines));
        let first = finding.sites.iter().take(1);
        all.extend(first.filter_map(|site| site_line(site, site.count, "made")));
    } else {
        all.push(format!(
            "{} -> {} in {}, rose in {steps} of {intervals} intervals; {:.0} % of the growth in the second half of the activity",
            amount(from, is_bytes),
            amount(to, is_bytes),
            duration((until_ms - since_ms).max(1.0)),
            late_share * 100.0,
        ));
        all.push(format!(
            "{} now, {} at most; {}",
            amount(live, is_bytes),
            amount(high_water.max(live), is_bytes),
            if exact {
                "counted exactly"
            } else {
                "estimated from samples"
            }
        ));
        all.extend(site_lines(&finding.sites, "made"));
        all.extend(finding.evidence.iter().flat_map(lines));
    }
    if !finding.thread.is_empty() {
        all.push(format!("held in {}", finding.thread));
    }
    all
}

/// What to do about a count or about memory.
pub(super) fn advice(finding: &Finding) -> &'static str {
    if let (Subject::Memory { .. }, Some(holder)) = (&finding.subject, &finding.holder) {
        return heaps::advice(finding, holder);
    }
    match (&finding.subject, finding.kind) {
        (Subject::Dependents { .. }, _) => {
            "Make the combined signal once for as long as its sources live, or give each operation a controller of its own and abort it when the operation ends."
        }
        (
            Subject::Listeners {
                class: Some(class), ..
            },
            _,
        ) if class == "AbortSignal" => {
            "Remove the listener when the operation ends (removeEventListener in finally), or pass { signal } of a controller that lives as long as the operation; { once: true } alone does not help while the signal never aborts."
        }
        (Subject::Listeners { spread: true, .. }, _) => {
            "The targets themselves are retained: find what still refers to them, or remove the listener and release the target when its work is done."
        }
        (_, Kind::Listener) => {
            "Remove the listener on every code path, errors included (removeListener in finally), or subscribe once, outside the operation."
        }
        (
            Subject::Timers {
                function: Some(function),
            },
            _,
        ) if function == "setInterval" => {
            "Keep what setInterval returns, and clear it (clearInterval) on every path on which its owner ends."
        }
        (_, Kind::Timer) => "Clear the timer once its work is obsolete, for example in finally.",
        (Subject::Descriptors { of }, _) if of.contains("file") => {
            "Close the descriptor on every code path, early returns and errors included (try … finally)."
        }
        (_, Kind::Handle) => "Close or destroy it on every code path, errors included.",
        (_, Kind::Collection) => {
            "Delete entries that are no longer needed, or bound the collection (an LRU limit, an expiry), or use weak keys."
        }
        (_, Kind::Cache) if new_keys(finding).is_none() => {
            "Give the cache a bound (max or maxSize): an age alone does not limit it."
        }
        (_, Kind::Cache) => {
            "Build the key from what repeats: leave out what differs in each call (times, random or request ids, whole URLs), or remove the cache."
        }
        (_, Kind::Buffer) => {
            "Look for retained Buffers, typed arrays and streams: their memory is outside the JavaScript heap."
        }
        (_, Kind::Heap) => {
            "If no finding above explains it, compare two heap graphs taken some minutes apart (captureHeap, diffHeaps)."
        }
        _ => {
            "Neither the heap nor Buffers grow: check native addons and allocator fragmentation (a smaller MALLOC_ARENA_MAX, or jemalloc)."
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::words as of;
    use super::*;
    use crate::finding::{Confidence, Holder, Place, SiteShare};

    pub fn finding(line: u32) -> Finding {
        let place = Place {
            function: "handle".into(),
            file: "/app/src/a.js".into(),
            portable: "src/a.js".into(),
            line,
            column: 7,
        };
        let subject = Subject::of_count(Kind::Listener, "change\nConfigBus", true);
        Finding {
            kind: Kind::Listener,
            confidence: Confidence::Likely,
            name: subject.name(),
            subject,
            change: Change::Grew {
                from: 10.0,
                to: 1244.0,
                since_ms: 0.0,
                until_ms: 4000.0,
                steps: 38,
                intervals: 40,
                late_share: 0.49,
                live: 1244.0,
                high_water: 1250.0,
                exact: true,
            },
            holder: None,
            culprit: None,
            added: Vec::new(),
            samples: Vec::new(),
            sites: vec![SiteShare {
                frames: vec![place],
                count: 20.0,
            }],
            path: Vec::new(),
            evidence: Vec::new(),
            thread: String::new(),
            key: Vec::new(),
            frees: None,
        }
    }

    #[test]
    fn a_finding_says_what_grows_how_fast_and_where() {
        let said = of(&finding(12));
        assert_eq!(
            said.message,
            "'change' listeners on one ConfigBus grew from 10 to 1,244 (308 per second) and did not come down; \
             added at handle (/app/src/a.js:12)"
        );
        assert_eq!(
            said.evidence[0],
            "10 -> 1,244 in 4.0 s, rose in 38 of 40 intervals; 49 % of the growth in the second half of the activity"
        );
        assert_eq!(said.evidence[2], "100 % made at handle (/app/src/a.js:12)");
    }

    #[test]
    fn a_fingerprint_survives_moved_lines_and_other_machines() {
        let mut elsewhere = finding(99);
        elsewhere.sites[0].frames[0].file = "/home/b/app/src/a.js".into();
        assert_eq!(finding(12).fingerprint(), elsewhere.fingerprint());
        elsewhere.subject = Subject::of_count(Kind::Listener, "close\nConfigBus", true);
        assert_ne!(finding(12).fingerprint(), elsewhere.fingerprint());
    }

    #[test]
    fn memory_is_headed_by_what_holds_it_and_is_the_same_finding_before_that_is_known() {
        let mut memory = finding(3);
        memory.kind = Kind::Heap;
        memory.subject = Subject::Memory {
            metric: "heapUsed".into(),
        };
        memory.sites = Vec::new();
        let before = memory.fingerprint();
        assert!(of(&memory).message.starts_with("Memory (heapUsed) grew from"));
        memory.holder = Some(Holder {
            class: Some("Map".into()),
            name: Some("sessions".into()),
            is_container: true,
            place: finding(3).sites[0].frames[0].clone().into(),
            ..Holder::default()
        });
        memory.evidence = vec![Evidence::Gained {
            of: Subject::Objects {
                class: "Session".into(),
            },
            count: 360.0,
            bytes: 2.4e6,
            seconds: 30.0,
            share: 0.913,
        }];
        let said = of(&memory);
        assert!(
            said.message.starts_with(
                "Map 'sessions' (/app/src/a.js:3) gained 360 Session objects (2.4 MB) in 30.0 s; memory (heapUsed) grew from"
            ),
            "{}",
            said.message
        );
        assert!(!said.message.contains("; added at"), "{}", said.message);
        assert!(
            said.evidence.contains(
                &"2.4 MB is 91 % of what the heap gained in 30.0 s, by graphs of copies of the process"
                    .to_owned()
            ),
            "{:?}",
            said.evidence
        );
        assert!(said.advice.contains("bound the container"), "{}", said.advice);
        assert_eq!(memory.fingerprint(), before);
    }

    #[test]
    fn a_cache_that_nobody_asks_twice_is_told_with_its_lookups() {
        let mut cache = finding(3);
        cache.kind = Kind::Cache;
        cache.subject = Subject::of_count(Kind::Cache, "unused", true);
        cache.evidence = vec![Evidence::NewKeys {
            lookups: 5_003.0,
            hits: 3.0,
            misses: 5_000.0,
            additions: 5_000.0,
            keys: 4_800.0,
            places: 10.0,
            evictions: 4_990.0,
            stale: 0.0,
            entries: 10.0,
        }];
        let said = of(&cache);
        assert!(
            said.message.starts_with(
                "Cache 'unused' has a hit rate of 0.06 % (3 of 5,003 lookups): its keys hardly ever repeat; made at"
            ),
            "{}",
            said.message
        );
        assert_eq!(
            said.evidence[0],
            "about 4,800 different keys in 5,000 additions, for 10 places"
        );
    }
}
