//! How a trend that stands becomes a finding: which memory rises, since when, how fast, and what to do about it.

use super::leak::site_lines;
use super::trend::{advice_on, field_of, name_of, suspect_of};
use super::wording::{amount, duration, fingerprint, location};
use crate::finding::{Confidence, Finding, SiteShare};
use crate::growth::trend::{Growth, Metric};

/// Heap spaces in the order in which they are read.
pub const SPACES: [&str; 4] = ["old space", "large objects", "code", "other spaces"];
/// Evidence names a space that grew by at least this share of all.
const SPACE_SHARE: f64 = 0.1;

/// What stands, and what is known around it.
#[derive(Debug, Clone)]
pub struct Stood {
    /// The growth.
    pub growth: Growth,
    /// How often it was found in a row, and over how many seconds.
    pub times: u32,
    /// See `times`.
    pub stood_s: f64,
    /// Seconds seen in all.
    pub span_s: f64,
    /// Readings taken.
    pub readings: u64,
    /// Seconds from now until the process has used up what it may have; NaN when that is not known.
    pub left_s: f64,
    /// What the heap spaces grew by, in bytes, in the order of [`SPACES`].
    pub spaces: [f64; 4],
    /// Empty for the main thread.
    pub thread: String,
}

/// Puts it into words. `sites` are where what stays alive was allocated, with the bytes sampled there: the first one is
/// the culprit; `notes` is more evidence.
pub fn explain_stood(stood: &Stood, sites: &[SiteShare], notes: &[String]) -> Finding {
    let growth = &stood.growth;
    let culprit = sites.first().and_then(|s| s.frames.first()).cloned();
    let mut message = format!(
        "{}{} rises by {} an hour, {} in {}, whatever the load does",
        capital(name_of(growth.metric)),
        thread(&stood.thread),
        amount(growth.per_hour, true),
        amount(growth.total, true),
        duration(growth.total / growth.per_hour.max(f64::MIN_POSITIVE) * 3_600_000.0),
    );
    if stood.left_s.is_finite() {
        message.push_str(&format!(
            "; at this rate the limit is reached in {}",
            duration(stood.left_s * 1000.0)
        ));
    }
    if let Some(place) = &culprit {
        message.push_str(&format!(
            "; most of what stays is allocated at {}",
            location(place)
        ));
    }
    let suspect = suspect_of(growth);
    let mut evidence = vec![
        format!(
            "{} readings over {}, {} moments judged; found {} times in a row over {}",
            amount(stood.readings as f64, false),
            duration(stood.span_s * 1000.0),
            growth.rows,
            stood.times,
            duration(stood.stood_s * 1000.0)
        ),
        format!("chance that it is something else: {}", chance(growth.doubt)),
    ];
    evidence.extend(spaces(stood));
    evidence.extend(site_lines(sites));
    evidence.extend(notes.iter().cloned());
    Finding {
        kind: suspect.kind,
        message,
        name: Some(field_of(growth.metric).to_owned()),
        fingerprint: fingerprint(&suspect, culprit.as_ref()),
        culprit,
        unit: "bytes",
        total: growth.total,
        per_hour: growth.per_hour,
        confidence: if growth.is_certain {
            Confidence::Certain
        } else {
            Confidence::Likely
        },
        evidence,
        advice: if sites.is_empty() {
            format!("{}.", advice_on(growth))
        } else {
            "Look at what keeps what is allocated there: a collection without a bound, a listener, a timer, a closure."
                .to_owned()
        },
        retainer_path: Vec::new(),
        counts: Vec::new(),
        places: 0,
    }
}

fn chance(doubt: f64) -> String {
    match doubt {
        doubt if doubt < 1e-4 => "less than 0.01 %".to_owned(),
        doubt => format!("{:.2} %", doubt * 100.0),
    }
}

fn spaces(stood: &Stood) -> Option<String> {
    if stood.growth.metric != Metric::HeapUsed {
        return None;
    }
    let grown: Vec<String> = SPACES
        .iter()
        .zip(stood.spaces)
        .filter(|(_, by)| *by > stood.growth.total * SPACE_SHARE)
        .map(|(name, by)| format!("{name} by {}", amount(by, true)))
        .collect();
    (!grown.is_empty()).then(|| format!("heap spaces grew: {}", grown.join(", ")))
}

fn thread(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" of {name}")
    }
}

fn capital(text: &str) -> String {
    match text {
        "rss" | "heapUsed after collections" => text.to_owned(),
        other => super::wording::capitalised(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trend::tests::growth;
    use super::*;
    use crate::finding::{Kind, Place};

    fn stood(metric: Metric) -> Stood {
        Stood {
            growth: Growth {
                limit_at: f64::NAN,
                ..growth(metric)
            },
            times: 5,
            stood_s: 14_400.0,
            span_s: 86_400.0,
            readings: 8640,
            left_s: f64::NAN,
            spaces: [70e6, 0.0, 1e3, 0.0],
            thread: String::new(),
        }
    }

    fn site(line: u32) -> SiteShare {
        let place = Place {
            function: "remember".into(),
            file: "/app/src/a.js".into(),
            portable: "src/a.js".into(),
            line,
            column: 7,
        };
        SiteShare {
            frames: vec![place],
            count: 4e6,
        }
    }

    #[test]
    fn what_rises_is_told_with_rate_time_left_and_spaces() {
        let found = explain_stood(
            &Stood {
                left_s: 7200.0,
                ..stood(Metric::HeapUsed)
            },
            &[],
            &[],
        );
        assert_eq!(
            found.message,
            "heapUsed after collections rises by 3.2 MB an hour, 76.8 MB in 24.0 h, whatever the load does; at this rate \
             the limit is reached in 2.0 h"
        );
        assert!(
            found.evidence[2].contains("old space by 70.0 MB"),
            "{:?}",
            found.evidence
        );
        assert!(found.culprit.is_none() && found.advice.contains("leakguard diff"));
    }

    #[test]
    fn each_place_has_its_kind_and_a_fingerprint_of_its_own() {
        let all = [
            Metric::HeapUsed,
            Metric::External,
            Metric::ArrayBuffers,
            Metric::Malloc,
            Metric::Rss,
        ];
        let found = all.map(|metric| explain_stood(&stood(metric), &[], &[]));
        assert_eq!(
            found.each_ref().map(|f| f.kind),
            [Kind::Heap, Kind::Native, Kind::Buffer, Kind::Native, Kind::Native]
        );
        let mut prints = found.map(|f| f.fingerprint).to_vec();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), 5);
    }

    #[test]
    fn the_line_is_the_culprit_and_does_not_move_the_fingerprint() {
        let at = |line| explain_stood(&stood(Metric::HeapUsed), &[site(line)], &[]);
        assert!(
            at(12)
                .message
                .ends_with("most of what stays is allocated at remember (/app/src/a.js:12)"),
            "{}",
            at(12).message
        );
        assert_eq!(at(12).fingerprint, at(90).fingerprint);
        assert_ne!(
            at(12).fingerprint,
            explain_stood(&stood(Metric::HeapUsed), &[], &[]).fingerprint
        );
    }
}
