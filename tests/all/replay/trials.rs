//! What the rules of dose and response were asked while operations were measured (tests/trials, made by
//! scripts/record.js --trials), asked again.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use leakguard::growth::dose::{DoseLimits, Floor, Response, declines, judge_bytes, judge_count};

use super::{files_in, on_all_cores};

const ROOT: &str = "tests/trials";

/// A question, with the answer that was given.
struct Asked {
    question: Question,
    answer: String,
}

enum Question {
    Count {
        doses: Vec<f64>,
        readings: Vec<f64>,
    },
    Bytes {
        doses: Vec<f64>,
        readings: Vec<f64>,
        floor: Floor,
    },
    Declines {
        before: (f64, f64),
        after: (f64, f64),
    },
}

struct Trial {
    name: String,
    asked: Vec<Asked>,
}

static ALL: LazyLock<Vec<Trial>> = LazyLock::new(|| {
    on_all_cores(&files_in(Path::new(ROOT)), |file| Trial {
        name: file
            .strip_prefix(ROOT)
            .unwrap()
            .with_extension("")
            .to_string_lossy()
            .replace('\\', "/"),
        asked: parse(&fs::read_to_string(file).unwrap()),
    })
});

fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

/// The lines are those of scripts/lib/record-trial.js.
fn parse(text: &str) -> Vec<Asked> {
    assert!(text.starts_with("leakguard trial 1\n"));
    let mut doses = Vec::new();
    let mut asked = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.starts_with("# ")) {
        let (mark, rest) = line.split_once(' ').unwrap();
        let Some((said, answer)) = rest.split_once(" > ") else {
            assert_eq!(mark, "d", "{line}");
            doses = numbers(rest);
            continue;
        };
        let question = match mark {
            "c" => Question::Count {
                doses: doses.clone(),
                readings: numbers(said),
            },
            "m" => {
                let (first, readings) = said.split_once(" | ").unwrap();
                let [total_bytes, per_call_bytes, ref doses @ ..] = numbers(first)[..] else {
                    panic!("{line}");
                };
                Question::Bytes {
                    doses: doses.to_vec(),
                    readings: numbers(readings),
                    floor: Floor {
                        total_bytes,
                        per_call_bytes,
                    },
                }
            }
            "r" => {
                let [before, calls_before, after, calls_after] = numbers(said)[..] else {
                    panic!("{line}");
                };
                Question::Declines {
                    before: (before, calls_before),
                    after: (after, calls_after),
                }
            }
            _ => panic!("{line}"),
        };
        let answer = answer.to_owned();
        asked.push(Asked { question, answer });
    }
    asked
}

fn answer(question: &Question, limits: &DoseLimits) -> &'static str {
    let name = |response: Response| response.name().unwrap_or("none");
    match question {
        Question::Count { doses, readings } => name(judge_count(doses, readings, limits)),
        Question::Bytes {
            doses,
            readings,
            floor,
        } => name(judge_bytes(doses, readings, floor, limits)),
        Question::Declines { before, after } if declines(*before, *after, limits) => "yes",
        Question::Declines { .. } => "no",
    }
}

/// How many questions of a trial are answered otherwise.
fn changed(trial: &Trial, limits: &DoseLimits) -> usize {
    let is_other = |asked: &&Asked| answer(&asked.question, limits) != asked.answer;
    trial.asked.iter().filter(is_other).count()
}

#[test]
fn every_trial_is_answered_as_it_was_when_it_was_recorded() {
    assert!(!ALL.is_empty());
    let changed = ALL
        .iter()
        .map(|trial| (&trial.name, changed(trial, &DoseLimits::default())));
    let changed: Vec<_> = changed.filter(|(_, count)| *count > 0).collect();
    assert!(
        changed.is_empty(),
        "answered otherwise, and how often; node scripts/record.js --trials --again records anew: {changed:?}"
    );
}

/// Questions made up for what no operation asks: few slow calls, what fills and stops, a rate that declines, noise.
const MADE_UP: &str = "leakguard trial 1
d 1 3 2
c 100 101 103 104 > none
d 100 300 200
c 100 200 500 520 > fading
d 10000 30000 20000
c 0 10500 39000 60000 > proportional
r 66 72 39 72 > yes
";

#[test]
fn no_limit_of_the_doses_can_be_changed_unnoticed() {
    let mut names = Vec::new();
    DoseLimits::default().each(&mut |name, limit| names.push((name, *limit)));
    let made_up = Trial {
        name: "made up".to_owned(),
        asked: parse(MADE_UP),
    };
    assert_eq!(changed(&made_up, &DoseLimits::default()), 0);
    let is_noticed = |name: &str, value: f64| {
        let mut limits = DoseLimits::default();
        limits.each(&mut |known, limit| {
            if known == name {
                *limit = value;
            }
        });
        ALL.iter()
            .chain([&made_up])
            .any(|trial| changed(trial, &limits) > 0)
    };
    let unnoticed = on_all_cores(&names, |(name, _)| {
        !is_noticed(name, 0.0) && !is_noticed(name, f64::INFINITY)
    });
    let unnoticed: Vec<&str> = names
        .iter()
        .zip(unnoticed)
        .filter(|(_, is)| *is)
        .map(|((name, _), _)| *name)
        .collect();
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
