//! What cutting a holder off would free.

use super::holder::of_growth;
use super::nouns::things;
use super::numbers::amount;
use crate::finding::{Evidence, Finding, Frees, Subject};

/// From here on it is all.
const ALL: f64 = 0.995;

/// What would be free without what holds it; nothing where no graph says so.
pub(super) fn line(finding: &Finding) -> Option<String> {
    let frees = finding.frees.as_ref()?;
    let things = things(gained(&finding.evidence).unwrap_or(&finding.subject));
    let what = match finding.holder.as_ref() {
        Some(holder) if holder.held.is_some() => format!("taking the {things} from {}", of_growth(holder)),
        Some(holder) => format!("cutting {} off", of_growth(holder)),
        // What is counted stands on what the finding names.
        None => "taking them off".to_owned(),
    };
    Some(format!("{what} frees {}", said(frees, &things)))
}

/// What memory gained, where that is what is told.
fn gained(evidence: &[Evidence]) -> Option<&Subject> {
    evidence.iter().find_map(|one| match one {
        Evidence::Gained { of, .. } => Some(of),
        _ => None,
    })
}

fn said(frees: &Frees, things: &str) -> String {
    let Frees {
        bytes,
        count,
        share,
        also_held_by,
    } = frees;
    let (count, bytes) = (amount(*count, false), amount(*bytes, true));
    let others = also_held_by.iter().map(|name| format!("'{name}'"));
    let others: Vec<String> = others.collect();
    let rest = |what: &str| match others.as_slice() {
        [] => String::new(),
        names => format!("; {what} also held by {}", names.join(", ")),
    };
    if *share >= ALL {
        format!("all {count} {things} ({bytes})")
    } else if *share > 0.0 {
        format!(
            "{count} {things} ({bytes}), {:.0} % of them{}",
            share * 100.0,
            rest("the others are")
        )
    } else {
        format!("none of them{}", rest("they are"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Change, Holder};

    fn told(share: f64, also_held_by: &[&str]) -> Option<String> {
        let change = Change::Heaps {
            counts: vec![0.0, 200.0],
            bytes: vec![0.0, 4e6],
            per_call: None,
        };
        let frees = Frees {
            bytes: 4e6 * share,
            count: 200.0 * share,
            share,
            also_held_by: also_held_by.iter().map(|&name| name.to_owned()).collect(),
        };
        let holder = Holder {
            class: Some("Map".to_owned()),
            name: Some("sessions".to_owned()),
            is_container: true,
            ..Holder::default()
        };
        line(&Finding {
            holder: Some(holder),
            frees: Some(frees),
            ..Finding::of(Subject::of_heap(None, "Session", None), change)
        })
    }

    #[test]
    fn what_is_counted_is_taken_off() {
        let counted = Finding {
            frees: Some(Frees {
                bytes: 3200.0,
                count: 8.0,
                share: 1.0,
                also_held_by: Vec::new(),
            }),
            ..Finding::of(
                Subject::of_heap(None, "Session", None),
                Change::Heaps {
                    counts: vec![0.0, 8.0],
                    bytes: vec![0.0, 3200.0],
                    per_call: None,
                },
            )
        };
        let said = "taking them off frees all 8 Session objects (3.2 KB)";
        assert_eq!(line(&counted).as_deref(), Some(said));
    }

    #[test]
    fn what_a_cut_frees_is_said_with_what_else_holds_the_rest() {
        let all = "cutting Map 'sessions' off frees all 200 Session objects (4.0 MB)";
        assert_eq!(told(1.0, &[]).as_deref(), Some(all));
        let half = "cutting Map 'sessions' off frees 100 Session objects (2.0 MB), 50 % of them; the others are also held by 'recent'";
        assert_eq!(told(0.5, &["recent"]).as_deref(), Some(half));
        let none = "cutting Map 'sessions' off frees none of them; they are also held by 'a', 'b'";
        assert_eq!(told(0.0, &["a", "b"]).as_deref(), Some(none));
    }
}
