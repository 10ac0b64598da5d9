//! What a check says beside its suspects: what it could not tell, what it examined, and what a sign means.
//! Must not know how any of that was judged.

use super::wording::{amount, duration, noun};
use crate::finding::{Examined, MayEnd, Sign, Suspect, Unsettled};

/// A sentence for people, and the word that programs match on.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// See [`Unsettled::reason`] and [`Examined::what`].
    pub word: &'static str,
    /// The sentence.
    pub text: String,
}

/// What could not be told, one sentence each; of neighbours that read alike one.
pub fn unsettled(all: &[Unsettled]) -> Vec<Line> {
    let line = |what: &Unsettled| Line {
        word: what.reason(),
        text: sentence(what),
    };
    let mut lines: Vec<Line> = all.iter().map(line).collect();
    lines.dedup();
    lines
}

fn sentence(what: &Unsettled) -> String {
    match what {
        Unsettled::ShortHistory {
            thread,
            span_ms,
            looks,
            span_min_ms,
        } => format!(
            "{}only {:.1} s and {looks} readings of history: let the program work for at least {:.0} s",
            in_thread(thread),
            span_ms / 1000.0,
            (span_min_ms / 1000.0).ceil()
        ),
        Unsettled::FewLooks {
            thread,
            looks,
            whole_ms,
        } => format!(
            "{}only {looks} readings in {:.1} s, as the machine or the program left no time for more: more of the same work would settle it",
            in_thread(thread),
            whole_ms / 1000.0
        ),
        Unsettled::Count {
            thread,
            kind,
            is_one_place,
            label,
            growth,
            why,
        } => format!(
            "{}{} grew from {:.0} to {:.0} in {:.1} s; {}",
            in_thread(thread),
            noun(*kind, *is_one_place, label),
            (growth.to - growth.total()).max(0.0),
            growth.to,
            growth.span_ms() / 1000.0,
            may_end(*why)
        ),
        Unsettled::Memory {
            thread,
            field,
            growth,
        } => format!(
            "{}{field} rose from {} to {} in {:.1} s, measured after {} major collections, and has not come to rest: more of the same work would \
             settle it. To decide now, capture the heap before and after that work (captureHeap), and compare both (diffHeaps)",
            in_thread(thread),
            amount(growth.from, true),
            amount(growth.to, true),
            growth.span_ms() / 1000.0,
            growth.intervals + 1
        ),
        Unsettled::OnlySigns => {
            "what is only possible is a sign, not a proof: more of the same work would settle it".to_owned()
        }
    }
}

fn may_end(why: MayEnd) -> String {
    match why {
        MayEnd::Short => {
            "that is too short to tell a leak from a pool that fills: more of the same work would settle it"
                .to_owned()
        }
        MayEnd::Slows => "the growth slows or has paused: more of the same work would settle it".to_owned(),
        MayEnd::Lasts { lasts_ms, until_ms } => format!(
            "each ends by itself within {}, so a steady load fills them for as long: {} of the same work would settle it",
            duration(lasts_ms),
            duration(until_ms)
        ),
    }
}

/// What was examined, in a sentence.
pub fn examined(what: &Examined) -> Line {
    let text = format!(
        "{}{} live counts (listeners, timers, handles, collections, caches) and {} memory fields over {:.1} s, {} readings",
        in_thread(&what.thread),
        what.counts,
        what.fields,
        what.span_ms / 1000.0,
        what.readings
    );
    let word = what.what();
    Line { word, text }
}

fn in_thread(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("{name}: ")
    }
}

/// The suspect with what its sign says among its notes.
pub fn noted(mut suspect: Suspect) -> Suspect {
    suspect
        .notes
        .extend(suspect.sign.take().iter().flat_map(sign_lines));
    suspect
}

fn sign_lines(sign: &Sign) -> Vec<String> {
    let number = |value: f64| amount(value, false);
    match *sign {
        Sign::Warned => vec!["Node.js warned of it (MaxListenersExceededWarning)".to_owned()],
        Sign::NewKeys {
            lookups,
            hits,
            misses,
            additions,
            keys,
            places,
            evictions,
            stale,
            entries,
        } => vec![
            format!(
                "is keyed by something that does not repeat: {} of {} lookups found something",
                number(hits),
                number(lookups)
            ),
            format!(
                "about {} different keys in {} additions, for {} places",
                number(keys),
                number(additions),
                number(places)
            ),
            format!(
                "{} hits, {} misses, {} evictions, {} stale; {} entries now",
                number(hits),
                number(misses),
                number(evictions),
                number(stale),
                number(entries)
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::explain;
    use super::*;
    use crate::finding::{Confidence, Kind, Place, SiteShare};
    use crate::growth::Growth;

    #[test]
    fn a_cache_that_nobody_asks_twice_is_told_with_its_lookups() {
        let site = SiteShare {
            frames: vec![Place {
                function: "handler".into(),
                file: "/app/a.js".into(),
                line: 3,
                column: 7,
                ..Place::default()
            }],
            count: 10.0,
        };
        let suspect = Suspect {
            kind: Kind::Cache,
            confidence: Confidence::Possible,
            label: "unused".into(),
            thread: String::new(),
            growth: Growth::default(),
            live: 10.0,
            high_water: 10.0,
            exact: true,
            is_one_place: true,
            sites: vec![site],
            sign: Some(Sign::NewKeys {
                lookups: 5_003.0,
                hits: 3.0,
                misses: 5_000.0,
                additions: 5_000.0,
                keys: 4_800.0,
                places: 10.0,
                evictions: 4_990.0,
                stale: 0.0,
                entries: 10.0,
            }),
            notes: Vec::new(),
            series: Vec::new(),
        };
        let finding = explain(&noted(suspect));
        assert!(finding.message.starts_with(
            "Cache 'unused' is keyed by something that does not repeat: 3 of 5,003 lookups found something; made at"
        ));
        assert_eq!(
            finding.evidence[0],
            "about 4,800 different keys in 5,000 additions, for 10 places"
        );
    }

    #[test]
    fn what_could_not_be_told_is_told_once_and_with_its_thread() {
        let few = Unsettled::FewLooks {
            thread: "worker 1".into(),
            looks: 9,
            whole_ms: 4_000.0,
        };
        let lines = unsettled(&[few.clone(), few, Unsettled::OnlySigns]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0]
                .text
                .starts_with("worker 1: only 9 readings in 4.0 s, as"),
            "{lines:?}"
        );
        assert_eq!(
            lines.iter().map(|line| line.word).collect::<Vec<_>>(),
            ["few-looks", "only-signs"]
        );
    }
}
