//! What may not happen to any recording, however bad the machine: what leaks is never called clean, and what is clean is
//! never accused.

use leakguard::finding::Verdict;
use leakguard::monitor::Limits;
use leakguard::recording::Recording;

use super::expected::Expected;
use super::recorded::{ALL, Recorded};
use super::vary::{self, Random, Variation};
use super::{limits, on_all_cores};

/// One try each. A failure prints its seed.
const SEEDS: [u64; 2] = [1, 2];

/// What a recording that was varied must not answer, if it does.
pub fn broken(expected: &Expected, varied: &Recording, limits: Limits) -> Option<String> {
    let answers = varied.replay(limits);
    let bad = if expected.is_clean() {
        answers
            .iter()
            .find(|answer| answer.check.verdict == Verdict::Leaking)
    } else {
        answers
            .last()
            .filter(|answer| answer.check.verdict == Verdict::Clean)
    };
    bad.map(|answer| format!("at {:.1} s: {}", answer.at_us / 1e6, answer.now))
}

/// A recording, a variation and a seed, by which it can be made again.
pub fn varied(recorded: &Recorded, variation: &Variation, seed: u64) -> Recording {
    (variation.make)(&recorded.recording, &mut Random(seed))
}

#[test]
fn no_bad_machine_makes_a_leak_clean_or_a_clean_program_leak() {
    let right: Vec<&Recorded> = ALL.iter().filter(|recorded| recorded.was_right).collect();
    let failed = on_all_cores(&right, |recorded| {
        let tries = vary::ALL
            .iter()
            .flat_map(|variation| SEEDS.map(|seed| (variation, seed)));
        let broken = tries.filter_map(|(variation, seed)| {
            let said = broken(&recorded.expected, &varied(recorded, variation, seed), limits())?;
            Some(format!(
                "{}, {}, seed {seed}: {said}",
                recorded.name, variation.name
            ))
        });
        broken.collect::<Vec<_>>()
    });
    let failed: Vec<String> = failed.into_iter().flatten().collect();
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        right.len(),
        failed.join("\n")
    );
}
