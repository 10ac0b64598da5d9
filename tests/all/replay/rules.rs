//! Each limit is needed: left out, a recording, a property or a program made up here notices. `node
//! scripts/mutate-limits.js` prints the table of all changes to all limits.

use leakguard::monitor::Limits;

use super::expected::wrong;
use super::on_all_cores;
use super::properties::{broken, varied};
use super::recorded::{ALL, Recorded};
use super::synthetic;
use super::vary;

/// Each limit, a value that leaves its rule out (or nearly), and who notices.
const WITNESSES: &[(&str, f64, &str)] = &[
    ("counts.total_min", 0.0, "made up, nine listeners"),
    (
        "counts.share_min",
        0.0,
        "made up, fifteen listeners more than a thousand",
    ),
    ("counts.span_min_ms", 0.0, "made up, four fifths of a second"),
    ("counts.large", 0.0, "v20-starved/clean/pool-ramp"),
    ("counts.small_spans", 0.0, "v20-starved/clean/burst-and-ebb"),
    ("counts.steps_min", 0.0, "v24/clean/abort-listener-removed"),
    ("counts.late_share_min", 0.0, "v20-starved/clean/delayed-jobs"),
    ("counts.tail_max", INF, "made up, a full pool that creeps"),
    (
        "counts.tail_pauses",
        0.0,
        "made up, a leak with pauses, in one of them",
    ),
    (
        "counts.tail_of_any_pause",
        INF,
        "made up, two bursts and a long silence",
    ),
    ("counts.creep", 0.0, "made up, a full pool that creeps"),
    (
        "counts.plateau",
        INF,
        "made up, a small leak that was found and has ended",
    ),
    ("counts.new_share", 0.0, "v24-starved/clean/ttl-map"),
    ("counts.start_up", 0.0, "made up, a leak after a large start"),
    (
        "counts.late_share_after_start_up",
        0.0,
        "made up, a growth that slows",
    ),
    (
        "counts.late_share_max",
        INF,
        "made up, a burst after a long quiet time",
    ),
    (
        "counts.steps_of_a_late_growth",
        0.0,
        "made up, a burst after a long quiet time",
    ),
    ("counts.span_of_a_suspicion", 0.0, "v22/clean/open-and-close"),
    (
        "counts.steps_of_a_suspicion",
        0.0,
        "v20-starved/clean/fetch-with-signals",
    ),
    (
        "counts.late_share_of_a_suspicion",
        0.0,
        "made up, a pool that is nearly full",
    ),
    ("counts.busy_min", 0.0, "made up, a leak that costs nothing"),
    ("floors.floors_min", 0.0, "v20-starved/clean/big-cache"),
    ("floors.span_min_ms", 0.0, "v20/clean/big-cache"),
    (
        "floors.total_min",
        0.0,
        "made up, a heap that rises for four seconds",
    ),
    ("floors.share_min", 0.0, "made up, a heap that grows by a quarter"),
    ("floors.steps_share_min", 0.0, "v24/clean/big-cache"),
    ("floors.late_share_min", 0.0, "v20/clean/big-cache"),
    (
        "floors.last_third_min",
        0.0,
        "made up, a heap that stops growing after two thirds",
    ),
    ("rss.floors_min", 0.0, "made up, rss after five collections"),
    ("rss.span_min_ms", 0.0, "made up, rss over six seconds"),
    ("rss.total_min", 0.0, "made up, rss that grows by 40 MB"),
    ("rss.share_min", 0.0, "made up, rss that grows by a fifth"),
    (
        "rss.steps_share_min",
        0.0,
        "made up, rss that grows in five jumps",
    ),
    ("rss.late_share_min", 0.0, "made up, rss that slows"),
    (
        "rss.last_third_min",
        0.0,
        "made up, rss that stops growing after two thirds",
    ),
    (
        "rise.total_min",
        INF,
        "made up, a heap that rises and cannot be judged yet",
    ),
    (
        "rise.total_min",
        0.0,
        "made up, a heap that rises by four megabytes",
    ),
    ("rise.share_min", 0.0, "made up, a heap that rises by a sixth"),
    (
        "rise.span_min_ms",
        0.0,
        "made up, a heap that rises for four seconds",
    ),
    (
        "rise.since_max",
        INF,
        "made up, a heap that rose, and then needed no collection",
    ),
    ("looks.gap_times", INF, "v22-starved/clean/big-cache"),
    ("looks.gap_min_ms", INF, "v22-starved/clean/big-cache"),
    ("looks.apart_min_ms", 0.0, "made up, looks that come in bursts"),
    ("looks.coarse_min", 0.0, "made up, looks that come in bursts"),
    ("looks.coarse_gap_ms", INF, "made up, looks that come in bursts"),
    (
        "kinds.handle_total_min",
        0.0,
        "v22-starved/clean/fetch-with-one-signal",
    ),
    ("kinds.pool_spans", 0.0, "v20-starved/clean/burst-and-ebb"),
    ("kinds.collection_total_min", 0.0, "made up, twenty entries"),
    (
        "kinds.collection_share_min",
        0.0,
        "made up, forty entries more than a thousand",
    ),
    ("kinds.filling_large", 0.0, "v20-starved/clean/delayed-jobs"),
    ("kinds.group_total_min", 0.0, "made up, nine sockets"),
    (
        "kinds.group_share_min",
        0.0,
        "made up, sixty sockets more than a thousand",
    ),
    ("kinds.group_spans", 0.0, "v20-starved/clean/pool-ramp"),
    (
        "proof.majors",
        0.0,
        "v20-starved/leaky/listeners-of-kept-emitters",
    ),
    ("proof.weak_majors", 0.0, "v22/leaky/abort-any-kept"),
    ("proof.samples_min", 0.0, "made up, nine samples that survived"),
    (
        "proof.span_share_min",
        0.0,
        "made up, survivors of the last third",
    ),
    ("proof.late_share_max", INF, "v20/clean/websockets"),
    ("cache.lookups_min", 0.0, "made up, a cache that was hardly asked"),
    ("cache.hits_max", INF, "made up, a cache that answers"),
    (
        "cache.turns_min",
        0.0,
        "made up, a cache with places for most keys",
    ),
    (
        "cache.new_keys_min",
        0.0,
        "made up, a cache whose keys come again, too late",
    ),
    ("finding.certain_steps", 0.0, "made up, a leak in eight steps"),
    ("finding.certain_span_ms", 0.0, "made up, a leak of three seconds"),
    (
        "finding.memory_steps",
        0.0,
        "made up, a heap that has grown a little, in few steps",
    ),
    (
        "finding.memory_span_ms",
        0.0,
        "made up, external memory that fills for some seconds while a server cannot be reached",
    ),
    ("finding.memory_large_steps", INF, "v20/leaky/buffers"),
    (
        "finding.memory_large_bytes",
        0.0,
        "made up, a heap that has grown a little, in few steps",
    ),
    (
        "finding.warning_holds_ms",
        INF,
        "made up, a list that Node warned of and that stands still",
    ),
    ("finding.warning_fell", 0.0, "v20/clean/abort-listener-removed"),
    (
        "finding.group_doubt_min",
        0.0,
        "made up, sockets under way, of no known line",
    ),
    (
        "finding.lately_share",
        0.0,
        "made up, a list that leaks, and a request under way that has added to it",
    ),
    (
        "finding.lasting_times",
        0.0,
        "made up, timeouts that fill for as long as they last",
    ),
    (
        "finding.explains_share",
        INF,
        "made up, children that leak, and their pipes",
    ),
];

const INF: f64 = f64::INFINITY;

/// The usual limits with one changed.
fn with(name: &str, value: f64) -> Limits {
    let mut limits = Limits::default();
    limits.each(&mut |known, limit| {
        if known == name {
            *limit = value;
        }
    });
    limits
}

/// All limits by name, with their values.
fn all_limits() -> Vec<(String, f64)> {
    let mut all = Vec::new();
    Limits::default().each(&mut |name, limit| all.push((name.to_owned(), *limit)));
    all
}

fn right() -> impl Iterator<Item = &'static Recorded> {
    ALL.iter().filter(|recorded| recorded.was_right)
}

/// Whether a witness notices that these limits are wrong.
fn notices(witness: &str, limits: Limits) -> bool {
    if let Some(name) = witness.strip_prefix("made up, ") {
        let made = synthetic::ALL.iter().find(|made| made.name == name).unwrap();
        return (made.wrong)(limits).is_some();
    }
    let recorded = ALL
        .iter()
        .find(|recorded| witness.split(", ").next() == Some(&recorded.name))
        .unwrap();
    let varied = witness.split_once(", ").map(|(_, how)| {
        let (name, seed) = how.split_once(", seed ").unwrap();
        let variation = vary::ALL.iter().find(|known| known.name == name).unwrap();
        varied(recorded, variation, seed.parse().unwrap())
    });
    match varied {
        Some(varied) => broken(&recorded.expected, &varied, limits).is_some(),
        None => wrong(&recorded.expected, &recorded.recording.replay(limits)).is_some(),
    }
}

#[test]
fn no_limit_can_be_left_out_unnoticed() {
    let without: Vec<String> = all_limits()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !WITNESSES.iter().any(|(known, ..)| known == name))
        .collect();
    let unnoticed = on_all_cores(WITNESSES, |&(name, value, witness)| {
        (!notices(witness, with(name, value))).then(|| format!("{name} = {value}: not noticed by {witness}"))
    });
    let unnoticed: Vec<String> = unnoticed.into_iter().flatten().collect();
    assert!(
        without.is_empty() && unnoticed.is_empty(),
        "node scripts/mutate-limits.js tells who notices.\nwithout a witness: {without:?}\n{}",
        unnoticed.join("\n")
    );
}

#[test]
fn witnesses_are_content_with_the_limits_as_they_are() {
    let content = on_all_cores(WITNESSES, |(_, _, witness)| !notices(witness, Limits::default()));
    let unhappy: Vec<_> = WITNESSES.iter().zip(content).filter(|(_, is)| !is).collect();
    assert!(unhappy.is_empty(), "{unhappy:?}");
}

/// The first recording that ends otherwise than it should, or program made up that does.
fn first_to_notice(limits: Limits, wrongs: &[Option<String>]) -> Option<String> {
    let by_recording = right().zip(wrongs).find(|(_, wrong)| wrong.is_some());
    by_recording
        .map(|(recorded, _)| recorded.name.clone())
        .or_else(|| {
            let made = synthetic::ALL.iter().find(|made| (made.wrong)(limits).is_some());
            made.map(|made| format!("made up, {}", made.name))
        })
}

/// The first property that breaks. Costs seconds.
fn first_property(limits: Limits) -> Option<String> {
    let tries: Vec<_> = right()
        .flat_map(|recorded| vary::ALL.iter().map(move |how| (recorded, how)))
        .collect();
    let found = on_all_cores(&tries, |(recorded, how)| {
        broken(&recorded.expected, &varied(recorded, how, 1), limits)
    });
    let first = tries.iter().zip(found).find(|(_, broken)| broken.is_some());
    first.map(|((recorded, how), _)| format!("{}, {}, seed 1", recorded.name, how.name))
}

#[test]
#[ignore = "minutes: node scripts/mutate-limits.js"]
fn table_of_limits() {
    let wanted = std::env::var("LEAKGUARD_LIMIT").unwrap_or_default();
    let is_short = std::env::var("LEAKGUARD_SHORT").is_ok();
    let programs: Vec<&Recorded> = right().collect();
    let usual = on_all_cores(&programs, |recorded| told(recorded, Limits::default()));
    println!(
        "| limit | changed to | end otherwise than they should | answered otherwise | first to notice |"
    );
    println!("|---|---|---|---|---|");
    for (name, value) in all_limits()
        .into_iter()
        .filter(|(name, _)| name.contains(&wanted))
    {
        let out = WITNESSES.iter().find(|(known, ..)| *known == name);
        let mut others = vec![out.map_or(0.0, |(_, out, _)| *out), value / 2.0, value * 2.0];
        others.retain(|other| *other != value && (!is_short || Some(*other) == out.map(|(_, out, _)| *out)));
        let mut is_noticed = false;
        for other in &others {
            let limits = with(&name, *other);
            let results = on_all_cores(&programs, |recorded| told(recorded, limits));
            let changed = results
                .iter()
                .zip(&usual)
                .filter(|(now, then)| now.0 != then.0)
                .count();
            let wrongs: Vec<Option<String>> = results.into_iter().map(|(_, wrong)| wrong).collect();
            let many = wrongs.iter().flatten().count();
            let first = first_to_notice(limits, &wrongs);
            is_noticed |= first.is_some();
            println!(
                "| {name} = {value} | {other} | {many} | {changed} | {} |",
                first.unwrap_or_default()
            );
        }
        // Varying everything takes long: only for what nobody has noticed so far.
        let mut rest = others.iter().filter(|_| !is_noticed && !is_short);
        if let Some((other, first)) =
            rest.find_map(|other| Some((other, first_property(with(&name, *other))?)))
        {
            println!("| {name} = {value} | {other} | | | {first} |");
        }
    }
}

/// All answers, and what is wrong with them.
fn told(recorded: &Recorded, limits: Limits) -> (Vec<String>, Option<String>) {
    let answers = recorded.recording.replay(limits);
    let wrong = wrong(&recorded.expected, &answers);
    (answers.into_iter().map(|answer| answer.now).collect(), wrong)
}
