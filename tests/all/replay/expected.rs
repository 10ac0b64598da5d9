//! What a workload is to be told, and what is wrong with what it was told. The words are those of scripts/record.js.

use leakguard::finding::{Confidence, Suspect, Verdict};
use leakguard::recording::{Answer, Recording};

/// What the answers should be.
pub enum Expected {
    /// No suspect in any check.
    Clean { may_be_undecided: bool },
    /// A suspect of this kind in the last check, at one of these places, and nobody else.
    Leak {
        kind: String,
        /// None for memory, which has no line.
        place: Option<Lines>,
        may_be_possible: bool,
        guilty: Vec<Lines>,
    },
}

/// Lines of a file.
pub struct Lines {
    file: String,
    lines: Vec<u32>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        let (file, lines) = text.rsplit_once(':').unwrap();
        Lines {
            file: file.to_owned(),
            lines: lines.split(',').map(|line| line.parse().unwrap()).collect(),
        }
    }

    fn has(&self, suspect: &Suspect) -> bool {
        let place = suspect.sites.first().and_then(|site| site.frames.first());
        place.is_some_and(|place| place.file == self.file && self.lines.contains(&place.line))
    }
}

impl Expected {
    pub fn of(recording: &Recording) -> Expected {
        let words: Vec<&str> = recording.value("expect").unwrap().split(' ').collect();
        match words[..] {
            ["clean"] => Expected::Clean {
                may_be_undecided: false,
            },
            ["clean", "or", "undecided"] => Expected::Clean {
                may_be_undecided: true,
            },
            [how, kind, ref place @ ..] => Expected::Leak {
                kind: kind.to_owned(),
                place: place.first().map(|place| Lines::of(place)),
                may_be_possible: how == "possible",
                guilty: recording
                    .value("guilty")
                    .unwrap()
                    .split_whitespace()
                    .map(Lines::of)
                    .collect(),
            },
            _ => panic!("what is expected? {words:?}"),
        }
    }

    pub fn is_clean(&self) -> bool {
        matches!(self, Expected::Clean { .. })
    }
}

/// What is wrong with the answers, if anything is.
pub fn wrong(expected: &Expected, answers: &[Answer]) -> Option<String> {
    let last = answers.last()?;
    let said =
        |why: &str, answer: &Answer| Some(format!("{why} at {:.1} s: {}", answer.at_us / 1e6, answer.now));
    match expected {
        Expected::Clean { may_be_undecided } => {
            if let Some(accused) = answers.iter().find(|answer| !answer.check.suspects.is_empty()) {
                return said("accused", accused);
            }
            let is_right = last.check.verdict == Verdict::Clean || *may_be_undecided;
            if is_right { None } else { said("undecided", last) }
        }
        Expected::Leak {
            kind,
            place,
            may_be_possible,
            guilty,
        } => {
            let suspects = &last.check.suspects;
            let is_right = |suspect: &&Suspect| {
                suspect.kind.name() == kind && place.as_ref().is_none_or(|place| place.has(suspect))
            };
            let right: Vec<&Suspect> = suspects.iter().filter(is_right).collect();
            let is_innocent = |suspect: &&Suspect| {
                let has_place = suspect.sites.first().is_some_and(|site| !site.frames.is_empty());
                has_place && !guilty.iter().any(|lines| lines.has(suspect))
            };
            if right.is_empty() {
                return said(&format!("no {kind} at the line"), last);
            }
            let is_sure = right
                .iter()
                .any(|suspect| suspect.confidence != Confidence::Possible);
            let is_told = is_sure && last.check.verdict == Verdict::Leaking;
            if !(is_told || *may_be_possible) {
                return said("only possible", last);
            }
            suspects
                .iter()
                .any(|suspect| is_innocent(&suspect))
                .then(|| said("an innocent line", last))
                .flatten()
        }
    }
}
