//! How what a test left behind becomes a finding.

use super::leak::site_lines;
use super::wording::{amount, finding_of, what};
use crate::finding::{Confidence, Finding, Suspect};

/// Tests that are named in a message at the most.
const OWNERS_MAX: usize = 3;

/// Plurals and their singulars, of what a test can leave behind.
const SINGULARS: [(&str, &str); 11] = [
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

/// Puts `many` things that these tests (or none: what was loaded) left behind into words.
pub fn explain_left(suspect: &Suspect, many: u32, owners: &[String]) -> Finding {
    let things = if many == 1 {
        singular(&what(suspect))
    } else {
        what(suspect)
    };
    let message = format!(
        "{} {things} left behind{}",
        amount(f64::from(many), false),
        by(owners)
    );
    Finding {
        total: f64::from(many),
        confidence: Confidence::Certain,
        evidence: callers(suspect)
            .into_iter()
            .chain(
                owners
                    .iter()
                    .skip(OWNERS_MAX)
                    .map(|owner| format!("left by '{owner}' too")),
            )
            .collect(),
        ..finding_of(suspect, message)
    }
}

/// Who called the line that the message names.
fn callers(suspect: &Suspect) -> Vec<String> {
    let has_callers = suspect.sites.iter().any(|site| site.frames.len() > 1);
    if has_callers {
        site_lines(&suspect.sites)
    } else {
        Vec::new()
    }
}

fn by(owners: &[String]) -> String {
    let named: Vec<String> = owners
        .iter()
        .take(OWNERS_MAX)
        .map(|owner| format!("'{owner}'"))
        .collect();
    match owners.len() {
        0 => " outside of a test".to_owned(),
        1 => format!(" by test {}", named[0]),
        many if many > OWNERS_MAX => format!(" by tests {} and {} more", named.join(", "), many - OWNERS_MAX),
        _ => format!(" by tests {}", named.join(", ")),
    }
}

fn singular(plural: &str) -> String {
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
        assert_eq!(
            singular("open file descriptors of files"),
            "open file descriptor of files"
        );
    }

    #[test]
    fn tests_are_named_up_to_a_few() {
        let names = |count: usize| (0..count).map(|i| format!("t{i}")).collect::<Vec<_>>();
        assert_eq!(by(&names(0)), " outside of a test");
        assert_eq!(by(&names(1)), " by test 't0'");
        assert_eq!(by(&names(5)), " by tests 't0', 't1', 't2' and 2 more");
    }
}
