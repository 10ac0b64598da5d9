//! Recorded services (__test__/trend/recorded), judged again without Node: each is answered as it was.

use std::fs;
use std::path::Path;

use leakguard::growth::trend::{Sample, Verdict, analyze};

/// What each is answered. Two are not seen, since five minutes are short: docs/how-it-works.md says why.
const ANSWERS: [(&str, &str); 13] = [
    ("healthy", "clean"),
    ("hour-buffer", "leaking external"),
    ("hour-bursts", "clean"),
    ("hour-healthy", "clean"),
    ("hour-heap", "leaking heapUsed"),
    ("hour-heap-late", "leaking heapUsed"),
    ("hour-malloc", "leaking malloc"),
    ("hour-timer", "leaking heapUsed"),
    ("hour-warming-cache", "clean"),
    ("leaking-buffers", "leaking external"),
    ("leaking-map", "clean"),
    ("leaking-map-faster", "open heapUsed"),
    ("warming-cache", "clean"),
];

fn samples(text: &str) -> Vec<Sample> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let sample = |line: &str| {
        let mut sample = Sample::EMPTY;
        for (name, cell) in names
            .iter()
            .zip(line.split(','))
            .filter(|(_, cell)| !cell.is_empty())
        {
            let field = match *name {
                "t" => &mut sample.t,
                "heapUsed" => &mut sample.heap_used,
                "external" => &mut sample.external,
                "arrayBuffers" => &mut sample.array_buffers,
                "rss" => &mut sample.rss,
                "malloc.used" => &mut sample.malloc_used,
                "malloc.free" => &mut sample.malloc_free,
                "limit" => &mut sample.limit,
                "gc.major" => &mut sample.major,
                "gc.minor" => &mut sample.minor,
                "gc.floor" => &mut sample.floor,
                "gc.floorExt" => &mut sample.floor_external,
                other => panic!("an unknown field: {other}"),
            };
            *field = cell.parse().unwrap();
        }
        sample
    };
    lines.map(sample).collect()
}

fn answer(samples: &[Sample]) -> String {
    match analyze(samples, None).verdict {
        Verdict::Clean => "clean".to_owned(),
        Verdict::Fragmented(..) => "fragmented".to_owned(),
        Verdict::TooEarly => "too early".to_owned(),
        Verdict::Leaking(growth) => format!("leaking {}", growth.metric.field()),
        Verdict::Open(growth) => format!("open {}", growth.metric.field()),
    }
}

#[test]
fn recorded_services_are_judged_as_they_were() {
    let folder = Path::new("__test__/trend/recorded");
    assert_eq!(fs::read_dir(folder).unwrap().count(), ANSWERS.len());
    let judged = ANSWERS.map(|(name, _)| {
        let text = fs::read_to_string(folder.join(name).with_extension("csv")).unwrap();
        (name, answer(&samples(&text)))
    });
    assert_eq!(judged, ANSWERS.map(|(name, answer)| (name, answer.to_owned())));
}

#[test]
fn a_service_that_has_only_begun_is_not_accused() {
    let text = fs::read_to_string("__test__/trend/recorded/healthy.csv").unwrap();
    let all = samples(&text);
    for share in 1..10 {
        let verdict = answer(&all[..all.len() * share / 10]);
        assert!(!verdict.starts_with("leaking"), "{share} tenths: {verdict}");
    }
}
