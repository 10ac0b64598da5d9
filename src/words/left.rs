//! What tests left behind.

use super::grew;
use super::nouns::{made_at, singular, site_lines, things, verb};
use super::numbers::amount;
use super::said::Words;
use crate::finding::Finding;

/// Tests that are named in a message at the most.
const TESTS_MAX: usize = 3;

pub(super) fn words(finding: &Finding, many: u32, tests: &[String]) -> Words {
    let plural = things(&finding.subject);
    let what = if many == 1 { singular(&plural) } else { plural };
    let message = format!(
        "{} {what} left behind{}{}",
        amount(f64::from(many), false),
        by(tests),
        made_at(verb(finding.kind), finding.place())
    );
    // The message names the line: what is left to say is who called it.
    let has_callers = finding.sites.iter().any(|site| site.frames.len() > 1);
    let mut evidence = if has_callers {
        site_lines(&finding.sites, "made")
    } else {
        Vec::new()
    };
    let others = tests.iter().skip(TESTS_MAX);
    evidence.extend(others.map(|test| format!("left by '{test}' too")));
    Words {
        message,
        evidence,
        advice: grew::advice(finding).to_owned(),
    }
}

fn by(tests: &[String]) -> String {
    let named: Vec<String> = tests
        .iter()
        .take(TESTS_MAX)
        .map(|test| format!("'{test}'"))
        .collect();
    match tests.len() {
        0 => " outside a test".to_owned(),
        1 => format!(" by test {}", named[0]),
        many if many > TESTS_MAX => format!(" by tests {} and {} more", named.join(", "), many - TESTS_MAX),
        _ => format!(" by tests {}", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_named_up_to_a_few() {
        let names = |count: usize| (0..count).map(|i| format!("t{i}")).collect::<Vec<_>>();
        assert_eq!(by(&names(0)), " outside a test");
        assert_eq!(by(&names(1)), " by test 't0'");
        assert_eq!(by(&names(5)), " by tests 't0', 't1', 't2' and 2 more");
    }
}
