//! Lives that are over and stay: requests that were answered, sockets that are closed.

use super::evidence::lines;
use super::holder::{at, of_object};
use super::numbers::amount;
use super::outlived::advice;
use super::said::Words;
use crate::finding::{Change, Evidence, Finding, Subject};

pub(super) fn words(finding: &Finding) -> Words {
    let Change::Survived {
        followed,
        alive,
        age,
        begun,
        ..
    } = finding.change
    else {
        return Words::default();
    };
    let many = match &finding.subject {
        Subject::Lives { many, .. } => many.as_str(),
        _ => "",
    };
    let subject = format!(
        "{} of {} followed {many} have ended and are still in memory",
        count(alive),
        count(followed)
    );
    let mut evidence = if age == 0.0 {
        vec!["they survived major GCs, several turns of the event loop apart".to_owned()]
    } else {
        vec![
            format!(
                "of {} followed {many} that ended more than {} {many} ago {} are alive, after at least two major GCs",
                count(followed),
                amount(age, false),
                count(alive)
            ),
            format!("{} {many} have begun since", amount(begun, false)),
        ]
    };
    evidence.extend(held(finding, many));
    if !finding.thread.is_empty() {
        evidence.push(format!("held in {}", finding.thread));
    }
    let (message, advice) = match &finding.holder {
        Some(holder) => (
            format!("{subject}: retained by {}{}", of_object(holder), at(holder)),
            advice(finding.kind, holder),
        ),
        None => (
            format!("{subject}; what retains them is not known yet"),
            "Find what still refers to them, and release them when they have ended.",
        ),
    };
    Words {
        message,
        evidence,
        advice: advice.to_owned(),
    }
}

fn held(finding: &Finding, many: &str) -> Vec<String> {
    let bytes = finding.evidence.iter().find_map(|one| match one {
        Evidence::Retains { bytes } => Some(*bytes),
        _ => None,
    });
    let line = |one: &Evidence| match one {
        Evidence::Retains { .. } => Vec::new(),
        Evidence::Survivors { count: held } => vec![format!(
            "{} of the survivors are retained this way; one retains {}",
            count(*held),
            amount(bytes.unwrap_or(0.0), true)
        )],
        Evidence::HolderGrew { from, to, lives } => vec![format!(
            "the container grew from {} to {} entries of that kind in {} {many}",
            amount(*from, false),
            amount(*to, false),
            amount(*lives, false)
        )],
        other => lines(other),
    };
    finding.evidence.iter().flat_map(line).collect()
}

fn count(value: u32) -> String {
    amount(f64::from(value), false)
}
