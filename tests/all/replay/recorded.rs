//! The recordings that there are, and that each is judged now as it was when it was made.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use leakguard::recording::{Answer, Recording};

use super::expected::{Expected, wrong};
use super::{files_in, limits, on_all_cores};

/// One recording, and what is expected of it.
pub struct Recorded {
    /// For example `v24-starved/leaky/intervals`.
    pub name: String,
    pub recording: Recording,
    pub expected: Expected,
    /// Whether the program was told the truth when it was recorded.
    pub was_right: bool,
}

const ROOT: &str = "tests/recordings";

/// All of them, by name.
pub static ALL: LazyLock<Vec<Recorded>> = LazyLock::new(|| {
    let mut files = files_in(Path::new(ROOT));
    // The table of limits stands beside the recordings.
    files.retain(|file| file.extension().is_some_and(|ending| ending == "txt"));
    let mut all = on_all_cores(&files, |file| {
        let name = file
            .strip_prefix(ROOT)
            .unwrap()
            .with_extension("")
            .to_string_lossy()
            .replace('\\', "/");
        let recording =
            Recording::parse(&fs::read_to_string(file).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        Recorded {
            expected: Expected::of(&recording),
            was_right: recording.value("outcome") == Some("right"),
            name,
            recording,
        }
    });
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
});

/// Names the first check that is judged otherwise than it was.
fn changed(recorded: &Recorded) -> Option<String> {
    let answers = recorded.recording.replay(limits());
    let other = answers.iter().find(|answer| answer.then != answer.now)?;
    let Recorded { name, .. } = recorded;
    let at_s = other.at_us / 1e6;
    Some(format!(
        "{name} at {at_s:.1} s\n  then: {}\n  now:  {}",
        other.then, other.now
    ))
}

#[test]
fn every_check_is_answered_as_it_was_when_it_was_recorded() {
    let changed: Vec<String> = on_all_cores(&ALL, changed).into_iter().flatten().collect();
    let many = changed.len();
    assert!(
        changed.is_empty(),
        "{many} recordings are judged otherwise. If that is meant, renew their answers (node scripts/record.js \
         --answers), and say in the commit which changed and why:\n{}",
        changed.join("\n")
    );
}

#[test]
fn every_recording_ends_as_its_program_should_or_as_it_is_known_to() {
    let judged = on_all_cores(&ALL, |recorded| {
        wrong(&recorded.expected, &recorded.recording.replay(limits()))
    });
    let unlike: Vec<String> = ALL
        .iter()
        .zip(judged)
        .filter(|(recorded, wrong)| recorded.was_right != wrong.is_none())
        .map(|(recorded, wrong)| {
            format!(
                "{}: {}",
                recorded.name,
                wrong.unwrap_or_else(|| "right".to_owned())
            )
        })
        .collect();
    assert!(
        unlike.is_empty(),
        "otherwise than recorded:\n{}",
        unlike.join("\n")
    );
}

#[test]
fn each_workload_is_recorded_on_each_node_at_rest_and_starved() {
    let mut missing = Vec::new();
    for kind in ["clean", "leaky"] {
        for entry in fs::read_dir(Path::new("__test__/workloads").join(kind)).unwrap() {
            let path = entry.unwrap().path();
            let workload = path.file_stem().unwrap().to_string_lossy().into_owned();
            for machine in [
                "v20",
                "v22",
                "v24",
                "v26",
                "v20-starved",
                "v22-starved",
                "v24-starved",
                "v26-starved",
            ] {
                let name = format!("{machine}/{kind}/{workload}");
                if ALL
                    .binary_search_by(|recorded| recorded.name.as_str().cmp(&name))
                    .is_err()
                {
                    missing.push(name);
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "missing, record them with node scripts/record.js: {missing:?}"
    );
}

/// The text of a recording with other answers.
fn with_answers(text: &str, answers: &[Answer], outcome: &str) -> String {
    let mut strings: Vec<String> = text
        .lines()
        .filter(|line| is_string(line))
        .map(str::to_owned)
        .collect();
    let mut answers = answers
        .iter()
        .map(|answer| format!("s {}", answer.now.replace('\n', "\\n")));
    let mut renew = |line: &str| {
        if !line.starts_with("q ") {
            return line.to_owned();
        }
        let answer = answers.next().unwrap();
        let known = strings.iter().position(|string| *string == answer);
        let number = known.unwrap_or_else(|| {
            strings.push(answer);
            strings.len() - 1
        });
        format!("q {number}")
    };
    let is_header = |line: &str| line.starts_with("# ") || line.starts_with("leakguard ");
    let calls: Vec<String> = text
        .lines()
        .filter(|l| !is_string(l) && !is_header(l))
        .map(&mut renew)
        .collect();
    let header = text
        .lines()
        .filter(|line| is_header(line))
        .map(|line| match line {
            line if line.starts_with("# outcome ") => format!("# outcome {outcome}"),
            line => line.to_owned(),
        });
    let lines: Vec<String> = header.chain(strings).chain(calls).collect();
    lines.join("\n") + "\n"
}

fn is_string(line: &str) -> bool {
    line.starts_with("s ")
}

#[test]
#[ignore = "writes: node scripts/record.js --answers"]
fn answers_are_renewed() {
    for Recorded {
        name,
        recording,
        expected,
        ..
    } in ALL.iter()
    {
        let file = Path::new(ROOT).join(name).with_extension("txt");
        let text = fs::read_to_string(&file).unwrap();
        let answers = recording.replay(limits());
        let outcome = wrong(expected, &answers).map_or("right".to_owned(), |why| {
            why.split(" at ").next().unwrap().to_owned()
        });
        let renewed = with_answers(&text, &answers, &outcome);
        if renewed != text {
            println!("{name}: {outcome}");
            fs::write(&file, renewed).unwrap();
        }
    }
}

#[test]
#[ignore = "prints what the recordings with LEAKGUARD_RECORDING in their names are answered, and when"]
fn a_recording_is_told() {
    let wanted = std::env::var("LEAKGUARD_RECORDING").unwrap();
    for recorded in ALL.iter().filter(|recorded| recorded.name.contains(&wanted)) {
        println!(
            "{} ({})",
            recorded.name,
            recorded.recording.value("machine").unwrap()
        );
        for Answer {
            at_us,
            then,
            now,
            check,
        } in recorded.recording.replay(limits())
        {
            let changed = if then == now {
                String::new()
            } else {
                format!(" (was: {then})")
            };
            println!("  {:.1} s {now}{changed} {:?}", at_us / 1e6, check.undecided);
        }
    }
}
